"""A column of one of the vendor's tables, and the table: a record as a row, and a row's keys as a change of a record.

Pure. Ids in rows are those that this dialect shows; what they are in the book comes in as `Beside` and `Owns`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar, cast

from msgspec.structs import replace

from onebook.dialects.propstack.draft import DIALECT
from onebook.dialects.propstack.values import (
    DATE,
    DECIMAL,
    FLAG,
    MOMENT,
    NUMBER,
    NUMBERS,
    OBJECTS,
    SWITCH,
    TEXT,
    TEXTS,
    YES_OR_NO,
    ValueType,
)
from onebook.errors import Invalid
from onebook.model.account import Record

R = TypeVar("R", bound=Record)
EXTRAS = "extras"
Owns = Mapping[tuple[str, int], int]
"""(resource, shown id) → own id, of all that a request points to and that there is."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What rows show of other records. `time` writes a moment.

    `shown` has by resource the shown id of each own id for which it is another one; `names` the names; `members` by
    the own id of a row the shown ids of the records that say they belong to it.
    """

    time: Callable[[datetime], str]
    shown: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    names: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    members: Mapping[str, Mapping[int, Sequence[int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """One key, and its `home`, the path of its value in the record.

    That is an attribute, `features.<name>` for a member of one, or `extras.<name>` for what only this vendor has.
    `to` is the resource whose ids it holds. `nothing` is what a row shows where there is no value. `show` turns the
    kept value into the shown one, `keep` a value that was read into the kept one. Not `written`: the book's own.
    A `required` one is never empty.
    """

    name: str
    home: str
    kind: ValueType = TEXT
    to: str = ""
    nothing: Any = None
    show: Callable[[Any], Any] | None = None
    keep: Callable[[Any], Any] | None = None
    written: bool = True
    required: bool = False


@dataclass(frozen=True, slots=True)
class NameColumn:
    """One key that shows the name of the record that `home` points to; where there is none, what was kept of it."""

    name: str
    home: str
    to: str
    kind: ValueType = TEXT
    written: bool = False


@dataclass(frozen=True, slots=True)
class MembersColumn:
    """One key that shows which records of `to` say that they belong to the row; writing it changes those."""

    name: str
    to: str
    kind: ValueType = NUMBERS
    written: bool = True
    required: bool = False


AnyColumn = Column | NameColumn | MembersColumn
Get = Callable[[Any, Beside], Any]

_TYPES: tuple[tuple[ValueType, tuple[type, ...]], ...] = (
    (TEXT, (str,)),
    (FLAG, (bool,)),
    (SWITCH, (bool,)),
    (YES_OR_NO, (bool,)),
    (NUMBER, (int,)),
    (DECIMAL, (int, float)),
    (TEXTS, (list, tuple)),
    (NUMBERS, (list, tuple)),
    (OBJECTS, (list,)),
    (DATE, (str,)),
    (MOMENT, (str,)),
)


class Table(Generic[R]):
    """One of the vendor's tables: its name, the record that its rows are, its columns in their order."""

    def __init__(self, name: str, record: type[R], columns: Sequence[AnyColumn]) -> None:
        """`name` is the dump's."""
        self.name = name
        self.record = record
        self.columns = tuple(columns)
        self.by_name = {column.name: column for column in self.columns}
        self._gets = tuple((column.name, getter(column)) for column in self.columns)

    def row(self, record: R, beside: Beside) -> dict[str, Any]:
        """The record as a row."""
        return {name: get(record, beside) for name, get in self._gets}

    def homes(self) -> dict[str, str]:
        """Home → key, of the columns that are written."""
        written = (column for column in self.columns if isinstance(column, Column) and column.written)
        return {column.home: column.name for column in written}

    def with_columns(self, *more: AnyColumn) -> Table[R]:
        """The same with `more` in place of those of the same name, the new ones at its end."""
        others = {column.name: column for column in more}
        kept = [others.pop(column.name, column) for column in self.columns]
        return Table(self.name, self.record, [*kept, *others.values()])

    def without(self, *names: str) -> Table[R]:
        """The same without some columns."""
        return Table(self.name, self.record, [column for column in self.columns if column.name not in names])


def getter(column: AnyColumn) -> Get:
    """What reads the column's value, as it is shown, out of a record."""
    if isinstance(column, NameColumn):
        return _name_getter(column)
    if isinstance(column, MembersColumn):
        return _members_getter(column)
    pick, show, nothing, to = picker(column), column.show, column.nothing, column.to
    if column.kind is MOMENT:
        return lambda record, beside: nothing if (value := pick(record)) is None else beside.time(value)
    if to and column.kind is NUMBERS:
        return lambda record, beside: [beside.shown.get(to, _NONE).get(one, one) for one in pick(record) or ()]
    if to:
        return lambda record, beside: _shown_id(pick(record), beside.shown.get(to, _NONE))
    if column.kind is DATE:
        return lambda record, beside: nothing if (value := pick(record)) is None else value.isoformat()
    if show is not None:
        turn = show
        return lambda record, beside: nothing if (value := pick(record)) is None else turn(value)
    if column.kind in (TEXTS, NUMBERS, OBJECTS):
        return lambda record, beside: list(pick(record) or ())
    return lambda record, beside: nothing if (value := pick(record)) is None else value


_NONE: Mapping[int, int] = {}


def _shown_id(own: int | None, shown: Mapping[int, int]) -> int | None:
    return None if own is None else shown.get(own, own)


def _name_getter(column: NameColumn) -> Get:
    kept = picker(Column(column.name, f"{EXTRAS}.{column.name}"))
    number = attrgetter(column.home)
    return lambda record, beside: beside.names.get(column.to, {}).get(number(record)) or kept(record)


def _members_getter(column: MembersColumn) -> Get:
    return lambda record, beside: list(beside.members.get(column.to, {}).get(record.id, ()))


def picker(column: Column) -> Callable[[Any], Any]:
    """What reads the kept value; of what the dialect or the agency named freely, only a value of the column's type."""
    head, _, member = column.home.partition(".")
    if not member:
        return cast(Callable[[Any], Any], attrgetter(head))
    types = next((types for kind, types in _TYPES if kind is column.kind), None)
    back = _BACK.get(id(column.kind))

    def pick(record: Any) -> Any:
        members: Mapping[str, Any] = getattr(record, head)
        value = (members.get(DIALECT, {}) if head == EXTRAS else members).get(member)
        if types is not None and not _is_of(value, types, column.kind):
            return None
        return back(value) if back is not None and value is not None else value

    return pick


def _is_of(value: Any, types: tuple[Any, ...], kind: ValueType) -> bool:
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        return False
    if kind is TEXTS:
        return all(isinstance(one, str) for one in value)
    if kind is OBJECTS:
        return all(isinstance(one, dict) for one in value)
    return kind is not NUMBERS or all(type(one) is int for one in value)


def _day_back(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _moment_back(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


_BACK: Mapping[int, Callable[[str], Any]] = {id(DATE): _day_back, id(MOMENT): _moment_back}
"""Of what is kept as a text where the record has no field for it."""


def put(record: R, values: Sequence[tuple[Column, Any]]) -> R:
    """`record` with each value at its column's home; None takes a member away."""
    changes: dict[str, Any] = {}
    for column, value in values:
        head, _, member = column.home.partition(".")
        if not member:
            changes[head] = value
            continue
        whole = dict(changes.get(head, getattr(record, head)))
        if head == EXTRAS:
            own = _with_member(dict(whole.get(DIALECT, {})), member, value)
            changes[head] = _with_member(whole, DIALECT, own or None)
        else:
            changes[head] = _with_member(whole, member, value)
    return replace(record, **changes) if changes else record


def put_extras(record: R, values: Mapping[str, Any]) -> R:
    """`record` with what no column holds kept as it came, null too."""
    own = {**record.extras.get(DIALECT, {}), **values}
    return replace(record, extras={**record.extras, DIALECT: own}) if values else record


def _with_member(members: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    if value is None:
        members.pop(name, None)
    elif isinstance(value, date):  # a moment is one too
        members[name] = value.isoformat()
    else:
        members[name] = list(value) if isinstance(value, tuple) else value
    return members


def own_value(column: Column, value: Any, owns: Owns) -> Any:
    """What was read, with own ids in place of shown ones. Raises Invalid naming the key for an id that there is not."""
    if not column.to or value is None:
        return value
    if isinstance(value, tuple):
        return tuple(own_id(column, one, owns) for one in value)
    return own_id(column, value, owns)


def own_id(column: Column | MembersColumn, shown: int, owns: Owns) -> int:
    """The own id of what a column calls `shown`. Raises Invalid naming the key where there is none."""
    own = owns.get((column.to, shown))
    if own is None:
        raise Invalid.at(column.name, f"there is no {shown}", "unknown_id")
    return own
