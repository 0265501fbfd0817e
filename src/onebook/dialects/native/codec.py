"""Bodies to edits and records to bodies. Pure; the table of fields is `fields.py`, which reads the model's structs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, defstruct, inspect
from msgspec.structs import replace

from onebook.dialects.native.fields import Reading, bare, members, missing, read_fields
from onebook.errors import Invalid
from onebook.model.account import Record, Vocabulary
from onebook.model.contact import BOOK_KEPT, Contact
from onebook.model.document import Document
from onebook.service.contacts import Edit

R = TypeVar("R", bound=Record)
RECORD_KEPT = frozenset({"id", "version", "created_at", "updated_at", "deleted_at"})
"""The fields of a record that the book sets itself, whatever a caller sends."""

_KEPT_OF: dict[type[Struct], frozenset[str]] = {Document: frozenset({"size", "sha256"})}
"""What the book works out itself besides."""
_MERGED = {"custom": 1, "features": 1, "external_ids": 1, "extras": 2}
"""The fields that are merged by key, and how many levels of keys; all others are replaced whole."""
_LONGEST_NAME = 64
encode = msgspec.json.Encoder().encode


def kept_of(struct: type[Struct]) -> frozenset[str]:
    """The fields of a record that a caller may send and that are not looked at."""
    return RECORD_KEPT | _KEPT_OF.get(struct, frozenset())


def contact_edit(body: Any, zone: ZoneInfo) -> Edit:
    """The change that `body` asks for: what it does not name stays. Raises Invalid with all that is wrong."""
    values = _read(Contact, body, zone, BOOK_KEPT)
    _check_external_ids(values.get("external_ids") or {})

    def edit(contact: Contact, _: Vocabulary) -> Contact:
        return replace(contact, **_merged(contact, values))

    return edit


def record_edit(struct: type[R], body: Any, zone: ZoneInfo) -> Callable[[R], R]:
    """The same for a record that is no contact."""
    values = _read(struct, body, zone, kept_of(struct))
    _check_external_ids(values.get("external_ids") or {})
    return lambda record: replace(record, **_merged(record, values))


def new_record(struct: type[R], body: Any, zone: ZoneInfo) -> R:
    """The record that `body` describes. Raises Invalid, also where a required field is missing."""
    reading = Reading(zone)
    values = read_fields(struct, body, "", reading, kept_of(struct))
    missing(struct, body if isinstance(body, dict) else {}, "", reading)
    reading.finish()
    for name, levels in _MERGED.items():
        if name in values:
            values[name] = _merge({}, values[name], levels)
    _check_external_ids(values.get("external_ids", {}))
    return struct(**values)


def _read(struct: type[Struct], body: Any, zone: ZoneInfo, kept: frozenset[str]) -> dict[str, Any]:
    reading = Reading(zone)
    values = read_fields(struct, body, "", reading, kept)
    reading.finish()
    for name in _MERGED:
        if name in values and body[name] is None:
            values[name] = None
    return values


def _merged(record: Struct, values: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(values)
    for name, levels in _MERGED.items():
        if name in values:
            merged[name] = {} if values[name] is None else _merge(getattr(record, name), values[name], levels)
    return merged


def _merge(old: Mapping[str, Any], new: Mapping[str, Any], levels: int) -> dict[str, Any]:
    merged = dict(old)
    for name, value in new.items():
        if value is None:
            merged.pop(name, None)
        elif levels > 1:
            merged[name] = _merge(merged.get(name, {}), value, levels - 1)
        else:
            merged[name] = value
    return merged


def _check_external_ids(given: Mapping[str, Any]) -> None:
    for name in given:
        if not 0 < len(name) <= _LONGEST_NAME:
            raise Invalid.at("external_ids", f"a name has 1 to {_LONGEST_NAME} characters", "too_long")
    if "native" in given:
        raise Invalid.at("external_ids.native", "everything answers here to its own id", "unknown_field")


@cache
def _shape(struct: type[Struct]) -> tuple[Callable[[Any], tuple[Any, ...]], type[Struct], tuple[tuple[int, Any], ...]]:
    """How a record is made whole: its values in order, the struct that leaves nothing out, and the lists in it."""
    lists = tuple(
        (index, kind.item_type.cls)
        for index, (kind, _) in enumerate(bare(member.type) for member in members(struct))
        if isinstance(kind, inspect.VarTupleType) and isinstance(kind.item_type, inspect.StructType)
    )
    names = struct.__struct_fields__
    return attrgetter(*names), defstruct(f"Whole{struct.__name__}", [(name, Any) for name in names]), lists


def whole(record: Struct) -> Struct:
    """`record` as it is encoded: every field, in the order of the model, also those that have no value."""
    values_of, struct, lists = _shape(type(record))
    values = values_of(record)
    if lists:
        filled = list(values)
        for index, _ in lists:
            if filled[index]:
                filled[index] = [whole(item) for item in filled[index]]
        return struct(*filled)
    return struct(*values)


def shown(record: Struct, fields: Sequence[str] | None) -> Struct | dict[str, Any]:
    """`record` whole, or of it what `fields` names."""
    complete = whole(record)
    return complete if fields is None else {name: getattr(complete, name) for name in fields}


def chosen_fields(struct: type[Struct], names: Sequence[str] | None) -> tuple[str, ...] | None:
    """What `fields=a,b` stands for, in the order of the model, the id always; None for everything.

    Raises Invalid for a name that is no field.
    """
    if names is None:
        return None
    known = [member.name for member in members(struct)]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Invalid.at("fields", f"there is no field {unknown[0][:40]}", "unknown_field")
    return tuple(name for name in known if name == "id" or name in names)
