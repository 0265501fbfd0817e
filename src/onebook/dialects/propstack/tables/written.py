"""What a request says of one record: a table's columns read, and the change that they ask for as a pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from onebook.dialects.propstack.custom_fields import UNKNOWN, read_custom
from onebook.dialects.propstack.draft import DIALECT
from onebook.dialects.propstack.tables.column import (
    Beside,
    Column,
    MembersColumn,
    Owns,
    Table,
    getter,
    own_id,
    own_value,
    put,
    put_extras,
)
from onebook.dialects.propstack.values import OBJECT, TEXT, read_value
from onebook.errors import Invalid, Problem
from onebook.model.account import CustomField, Record

R = TypeVar("R", bound=Record)
CUSTOM, PARTIAL = "custom_fields", "partial_custom_fields"
Fields = Mapping[str, CustomField]


@dataclass(frozen=True, slots=True)
class Written(Generic[R]):
    """`values` are columns with what was read and what was given; `unknown` the keys that are no column.

    `custom` is what `custom_fields` and `partial_custom_fields` hold, by which of them it was; `members` the column
    and shown ids of those that are to belong to the record, where the request says so.
    """

    table: Table[R]
    values: tuple[tuple[Column, Any, Any], ...]
    unknown: Mapping[str, Any] = field(default_factory=dict)
    custom: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    members: tuple[MembersColumn, tuple[int, ...]] | None = None

    def points(self) -> Iterator[tuple[str, int]]:
        """The resource and shown id of all that the request points to."""
        for column, value, _ in self.values:
            if column.to and value is not None:
                for shown in value if isinstance(value, tuple) else (value,):
                    yield column.to, shown
        if self.members is not None:
            for shown in self.members[1]:
                yield self.members[0].to, shown

    def member_ids(self, owns: Owns) -> tuple[int, ...] | None:
        """The own ids of `members`; None where nothing is said of them. Raises Invalid for an id that there is not."""
        if self.members is None:
            return None
        column, shown = self.members
        return tuple(own_id(column, one, owns) for one in shown)

    def edit(self, beside: Beside | None, owns: Owns, fields: Fields | None = None) -> Callable[[R], R]:
        """The change. `beside` is what the row shows now, None of a new record: what is sent back as shown stays.

        `fields` are the custom fields of such records. The change raises Invalid for an id that there is not.
        """

        def change(record: R) -> R:
            values: list[tuple[Column, Any]] = []
            problems: list[Problem] = []
            for column, value, given in self.values:
                if beside is None or getter(column)(record, beside) != given:
                    try:
                        values.append((column, _kept(column, own_value(column, value, owns))))
                    except Invalid as error:
                        problems += error.problems
            if problems:
                raise Invalid(f"{problems[0].path}: {problems[0].text}", tuple(problems))
            changed = put_extras(put(record, values), self.unknown)
            for name, given in self.custom.items():
                changed = _with_custom(changed, given, fields or {}, whole=name == CUSTOM)
            return changed

        return change


def _kept(column: Column, value: Any) -> Any:
    return column.keep(value) if column.keep is not None and value is not None else value


def _with_custom(record: R, given: Mapping[str, Any], fields: Fields, *, whole: bool) -> R:
    known, unknown = read_custom(given, fields)
    before: Mapping[str, Any] = {} if whole else getattr(record, "custom", {})
    custom = {name: value for name, value in {**before, **known}.items() if value is not None}
    record = replace(record, custom=custom)
    if unknown:
        kept = record.extras.get(DIALECT, {}).get(UNKNOWN)
        record = put_extras(record, {UNKNOWN: {**(kept if isinstance(kept, dict) else {}), **unknown}})
    return record


def unwrapped(payload: Any, wrapper: str, *, bare: bool = False) -> Mapping[str, Any]:
    """The object under `wrapper`; with `bare` a body without it will do too. Raises Invalid."""
    if not isinstance(payload, dict):
        raise Invalid.at(wrapper, "is required", "required")
    inner = payload if bare and wrapper not in payload else payload.get(wrapper)
    if not isinstance(inner, dict):
        raise Invalid.at(wrapper, "is required", "required" if inner is None else "not_an_object")
    return inner


def read_written(table: Table[R], given: Mapping[str, Any], zone: ZoneInfo, *, new: bool, custom: bool) -> Written[R]:
    """What `given` says of one record of `table`; the book's own keys are ignored.

    `new`: the required keys must be there. `custom`: such records have custom fields. Raises Invalid with a problem
    for each bad value, each under its key.
    """
    values: list[tuple[Column, Any, Any]] = []
    unknown: dict[str, Any] = {}
    fields: dict[str, Mapping[str, Any]] = {}
    members: tuple[MembersColumn, tuple[int, ...]] | None = None
    problems: list[Problem] = []
    for name, value in given.items():
        column = table.by_name.get(name)
        try:
            if custom and name in (CUSTOM, PARTIAL):
                fields[name] = read_value(OBJECT, value, name, zone)
            elif column is None:
                unknown[name] = value
            elif isinstance(column, MembersColumn):
                members = column, read_value(column.kind, value, name, zone)
            elif isinstance(column, Column) and column.written:
                values.append((column, _read(column, value, zone), value))
        except Invalid as error:
            problems += error.problems
    if new:
        problems += _missing(table, given)
    if problems:
        raise Invalid(f"{problems[0].path}: {problems[0].text}", tuple(problems))
    order = {column.name: position for position, column in enumerate(table.columns)}
    values.sort(key=lambda one: order[one[0].name])
    return Written(table, tuple(values), unknown, fields, members)


def _read(column: Column, given: Any, zone: ZoneInfo) -> Any:
    value = read_value(column.kind, given, column.name, zone)
    if column.required and (value is None or (column.kind is TEXT and not value.strip())):
        raise Invalid.at(column.name, "is required", "required")
    if column.keep is not None and value is not None:
        try:
            column.keep(value)
        except msgspec.ValidationError:
            raise Invalid.at(column.name, "has the wrong type", "wrong_type") from None
    return value


def _missing(table: Table[R], given: Mapping[str, Any]) -> Iterator[Problem]:
    for column in table.columns:
        if isinstance(column, Column) and column.required and column.name not in given:
            yield Problem(column.name, "required", "is required")
