"""What the columns of a dump's table cannot say of a record: the key `onebook` at the end of its rows, both ways.

Ours. It holds fields of the book by their own names (docs/reference/tables.md), ids in them as this dialect shows
them, and is null where the other keys say all there is. So a dump that is read into an empty book loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import NODEFAULT, Struct

from onebook.dialects.propstack.draft import DIALECT, OLD_CRM
from onebook.dialects.propstack.tables.column import EXTRAS, Column, NameColumn, Table, getter, put
from onebook.dialects.propstack.tables.column import Beside as Shown
from onebook.dialects.propstack.values import TEXTS, read_value
from onebook.errors import Invalid
from onebook.model.references import REFERENCES
from onebook.service.import_dump_files import Own

BEYOND = "onebook"
_NESTED = ("external_ids", EXTRAS, "features", "custom")
_NEVER = frozenset({"id", "version", "token"})
"""What a record gets anew wherever it is imported."""
_NONE: Mapping[int, int] = {}
_UTC = ZoneInfo("UTC")
Beyond = Callable[[Any], dict[str, Any] | None]
Turns = Mapping[str, Callable[[Any], Any] | None]


def defaults_of(record: type[Struct]) -> dict[str, Any]:
    """The value that each field has where nothing is said of it; required ones are left out."""
    found = {}
    for field in msgspec.structs.fields(record):
        if field.default is not NODEFAULT:
            found[field.name] = field.default
        elif field.default_factory is not NODEFAULT:
            found[field.name] = field.default_factory()
    return found


def read_back(column: Column, given: Any, default: Any = None) -> Any:
    """What an import makes of a shown value that is no id; None where it leaves the field as it is. Raises Invalid."""
    value = read_value(column.kind, given, column.name, _UTC)
    if value is None:
        return None
    if column.keep is None:
        # What is shown where nothing is known says nothing, except of what is always known.
        return None if value == column.nothing and not isinstance(default, bool) else value
    try:
        return column.keep(value)
    except msgspec.ValidationError as error:
        raise Invalid.at(column.name, str(error), "wrong_type") from None


def _regained(column: Column, given: Any, default: Any = None) -> Any:
    try:
        return read_back(column, given, default)
    except Invalid:
        return None


def beyond_of(table: Table[Any], shown: Shown, custom: Turns) -> Beyond:
    """What turns a record of the table into the value of its key `onebook`.

    `custom` is what an import makes of the values of the custom fields that there are; None where they stay the same.
    """
    return _OfTable(table, shown, custom).beyond


class _OfTable:
    """A table looked at: which fields its columns leave out, and which they may lose."""

    def __init__(self, table: Table[Any], shown: Shown, custom: Turns) -> None:
        self.record, self.shown, self.custom = table.record, shown, custom
        self.defaults = defaults_of(table.record)
        columns = [column for column in table.columns if isinstance(column, Column)]
        self.homes = {column.home: column for column in columns}
        self.names = [column for column in table.columns if isinstance(column, NameColumn)]
        self.left = [name for name in self.defaults if name not in self.homes and name not in (*_NESTED, *_NEVER)]
        self.pick = attrgetter(*self.left, "id", "version")  # two at least, so that it answers a tuple
        self.nothing = tuple(self.defaults[name] for name in self.left)
        self.doubtful = [(one, getter(one), attrgetter(one.home)) for one in columns if _may_lose(one)]
        self.ids = {DIALECT, OLD_CRM} if f"external_ids.{OLD_CRM}" in self.homes else {DIALECT}
        self.nested = [name for name in ("features", "custom") if name in self.defaults]

    def beyond(self, record: Any) -> dict[str, Any] | None:
        """The value of the key; None where the columns say all there is."""
        found: dict[str, Any] = {}
        values = self.pick(record)[:-2]
        if values != self.nothing:
            found = {name: one for name, one, no in zip(self.left, values, self.nothing, strict=True) if one != no}
        for column, show, get in self.doubtful:
            value, default = get(record), self.defaults.get(column.home)
            if value != default and _regained(column, show(record, self.shown), default) != value:
                found[column.home] = value
        found = _with_shown_ids(self.record, found, self.shown.shown)
        if record.external_ids:
            _note(
                found, "external_ids", {name: one for name, one in record.external_ids.items() if name not in self.ids}
            )
        if record.extras:
            _note(found, EXTRAS, self._extras(record))
        for name in self.nested:
            held = getattr(record, name)
            if held:
                _note(
                    found,
                    name,
                    self._members(record, name, held) if name == "features" else custom_beyond(held, self.custom),
                )
        return msgspec.to_builtins(found, order="deterministic") if found else None

    def _extras(self, record: Any) -> dict[str, Any]:
        """What no column shows: all of other dialects, and what is under no key here."""
        found = {dialect: dict(held) for dialect, held in record.extras.items() if dialect != DIALECT and held}
        own = dict(record.extras.get(DIALECT, {}))
        for column in self.names:
            # Told by the row where nothing is pointed to, and there only.
            if getattr(record, column.home) is None and isinstance(own.get(column.name), str):
                del own[column.name]
        left = self._members(record, EXTRAS, own)
        return {**found, DIALECT: left} if left else found

    def _members(self, record: Any, head: str, held: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: value
            for name, value in held.items()
            if not self._is_said(record, self.homes.get(f"{head}.{name}"), value)
        }

    def _is_said(self, record: Any, column: Column | None, value: Any) -> bool:
        """Whether an import gets a member back that a column shows."""
        if column is None:
            return False
        if column.to:
            return isinstance(value, list)
        kept = _regained(column, getter(column)(record, self.shown))
        if kept is None:
            return False
        head, _, member = column.home.partition(".")
        made = getattr(put(record, [(column, kept)]), head)
        return bool((made[DIALECT] if head == EXTRAS else made)[member] == value)


def custom_beyond(custom: Mapping[str, Any], turns: Turns) -> dict[str, Any]:
    """Values of custom fields that there are no more, or that another value stands for in a dump."""
    found = {}
    for name, value in custom.items():
        turn: Callable[[Any], Any] | None = turns.get(name, _lost)
        if turn is not None and value is not None and turn(value) != value:
            found[name] = value
    return dict(sorted(found.items()))


def _lost(_: Any) -> None:
    """What is left of a value that no column shows."""


def _note(found: dict[str, Any], name: str, members: Mapping[str, Any]) -> None:
    if members:
        found[name] = members


def _may_lose(column: Column) -> bool:
    """Whether a field's value may come back as another one, as a flag that shows no for not known."""
    if "." in column.home or column.to or column.name == "id":
        return False
    return (
        column.show is not None or column.keep is not None or column.nothing not in (None, ()) or column.kind is TEXTS
    )


def _with_shown_ids(record: type, fields: dict[str, Any], shown: Mapping[str, Mapping[int, int]]) -> dict[str, Any]:
    """`fields` with the ids in them as the dialect shows them."""
    for reference in REFERENCES.get(record, ()) if fields else ():
        value = fields.get(reference.field)
        if value is not None:
            of = shown.get(reference.target, _NONE)
            fields[reference.field] = (
                [of.get(one, one) for one in value] if isinstance(value, tuple | list) else of.get(value, value)
            )
    return fields


def with_beyond(record: Any, given: Any, own: Own) -> Any:
    """`record` with what its row's key `onebook` says. Raises Invalid."""
    if given is None:
        return record
    if not isinstance(given, dict):
        raise Invalid.at(BEYOND, "must be an object", "not_an_object")
    kind = type(record)
    for name in given:
        if name not in kind.__struct_fields__ or name in _NEVER:
            raise Invalid.at(f"{BEYOND}.{name}"[:80], "is no field", "unknown_field")
    whole = {**msgspec.to_builtins(record)}
    for name, value in given.items():
        whole[name] = _united(whole.get(name, {}), value, deeper=name == EXTRAS) if name in _NESTED else value
    try:
        made = msgspec.convert(whole, kind)
    except msgspec.ValidationError as error:
        raise Invalid.at(BEYOND, str(error), "wrong_type") from None
    return _with_own_ids(made, given, own)


def _united(there: Any, given: Any, *, deeper: bool) -> Any:
    """Members of two objects, the given ones first; what is no object is left to be refused."""
    if not isinstance(there, dict) or not isinstance(given, dict):
        return given
    if not deeper:
        return {**there, **given}
    return {**there, **{name: _united(there.get(name, {}), one, deeper=False) for name, one in given.items()}}


def _with_own_ids(record: Any, given: Mapping[str, Any], own: Own) -> Any:
    changed: dict[str, Any] = {}
    for reference in REFERENCES.get(type(record), ()):
        value = getattr(record, reference.field) if reference.field in given else None
        if isinstance(value, tuple):
            changed[reference.field] = tuple(own(reference.target, one) for one in value)
        elif value is not None:
            changed[reference.field] = own(reference.target, value)
    return msgspec.structs.replace(record, **changed)
