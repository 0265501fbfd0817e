"""The kinds of values that the vendor's keys hold: what is taken, what it becomes, what an answer shows.

Every reader takes the value, the key it stands under and the account's zone, and raises Invalid naming the key.
`null` never reaches a reader: it is the kind's `nothing`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from onebook.errors import Invalid
from onebook.http.params import parse_moment
from onebook.http.route import Schema
from onebook.model.contact import ConsentStatus

MOST_ENTRIES = 1000
"""Entries of one list in a body: ours."""

_TIME_LENGTH = len("2018-12-01T16:37:56.250+01:00")
_LARGEST = 2**63 - 1
_WHOLE = re.compile(r"[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_FLAGS: Mapping[Any, bool] = {True: True, False: False, "true": True, "false": False, "1": True, "0": False}
CONSENT: tuple[ConsentStatus, ...] = ("none", "ignored", "agreed", "revoked")
"""`gdpr_status` 0 to 3."""


@dataclass(frozen=True, slots=True)
class ValueType:
    """`takes` is the JSON Schema of a request's value, `shows` that of an answer's; `nothing` is what null becomes."""

    read: Callable[[Any, str, ZoneInfo], Any]
    takes: Schema
    shows: Schema
    nothing: Any = None


def read_value(kind: ValueType, value: Any, name: str, zone: ZoneInfo) -> Any:
    """`value` as it is kept. Raises Invalid naming `name`."""
    return kind.nothing if value is None else kind.read(value, name, zone)


def read_text(value: Any, name: str, zone: ZoneInfo) -> str:
    """A text; a number is kept as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid.at(name, "must be a text", "not_a_text")
    return str(value)


def read_flag(value: Any, name: str, zone: ZoneInfo) -> bool | None:
    """true, false, 1, 0, as texts too; an empty text is none of them."""
    if value == "":
        return None
    known = _FLAGS.get(value.lower() if isinstance(value, str) else value) if _is_scalar(value) else None
    if known is None:
        raise Invalid.at(name, "must be true or false", "not_a_flag")
    return known


def read_switch(value: Any, name: str, zone: ZoneInfo) -> bool:
    """As a flag, where neither is not known: it is off."""
    return bool(read_flag(value, name, zone))


def read_number(value: Any, name: str, zone: ZoneInfo) -> int | None:
    """A whole number, as a text too (clients send ids as texts); an empty text is none."""
    if isinstance(value, str):
        if not value.strip():
            return None
        if _WHOLE.fullmatch(value.strip()):
            return int(value)
    elif _is_whole(value) and abs(value) <= _LARGEST:
        return int(value)
    raise Invalid.at(name, "must be a whole number", "not_a_number")


def read_decimal(value: Any, name: str, zone: ZoneInfo) -> int | float | None:
    """A number, as a text too; whole ones stay whole, an empty text is none."""
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        if _DECIMAL.fullmatch(text):
            return float(text) if "." in text else int(text)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise Invalid.at(name, "must be a number", "not_a_decimal")


def read_numbers(value: Any, name: str, zone: ZoneInfo) -> tuple[int, ...]:
    """A list of whole numbers, each once; blank ones are left out."""
    numbers = [read_number(member, name, zone) for member in _entries(value, name) if member is not None]
    return tuple(dict.fromkeys(number for number in numbers if number is not None))


def read_texts(value: Any, name: str, zone: ZoneInfo) -> tuple[str, ...]:
    """A list of texts; blank ones are left out."""
    texts = [read_text(member, name, zone) for member in _entries(value, name) if member is not None]
    return tuple(text for text in texts if text.strip())


def read_date(value: Any, name: str, zone: ZoneInfo) -> date | None:
    """A day in ISO 8601; of a moment its day as it is written."""
    text = value.strip() if isinstance(value, str) else None
    if text == "":
        return None
    try:
        if text is not None:
            return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text).date()
    except ValueError:
        pass
    raise Invalid.at(name, "must be a date in ISO 8601", "not_a_date")


def read_moment(value: Any, name: str, zone: ZoneInfo) -> datetime | None:
    """A moment in ISO 8601, in UTC; without a zone it is the account's, a bare date its first moment."""
    if value == "":
        return None
    if not isinstance(value, str):
        raise Invalid.at(name, "must be a moment in ISO 8601", "not_a_date")
    try:
        return parse_moment(name, value, zone)
    except Invalid:
        raise Invalid.at(name, "must be a moment in ISO 8601", "not_a_date") from None


def read_rating(value: Any, name: str, zone: ZoneInfo) -> int | None:
    """0 to 3."""
    number = read_number(value, name, zone)
    if number is not None and not 0 <= number <= 3:
        raise Invalid.at(name, "must be between 0 and 3", "out_of_range")
    return number


def read_consent(value: Any, name: str, zone: ZoneInfo) -> ConsentStatus:
    """0 none, 1 ignored, 2 agreed, 3 revoked."""
    return CONSENT[read_rating(value, name, zone) or 0]


def read_object(value: Any, name: str, zone: ZoneInfo) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise Invalid.at(name, "must be an object", "not_an_object")
    return value


def read_objects(value: Any, name: str, zone: ZoneInfo) -> tuple[Any, ...]:
    """A list of objects."""
    return tuple(read_object(member, name, zone) for member in _entries(value, name))


def _is_whole(value: Any) -> bool:
    return value.is_integer() if isinstance(value, float) else isinstance(value, int) and not isinstance(value, bool)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, bool | int | str)


def _entries(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise Invalid.at(name, "must be a list", "not_a_list")
    if len(value) > MOST_ENTRIES:
        raise Invalid.at(name, f"has more than {MOST_ENTRIES} entries", "too_many")
    return value


def nullable(*types: str, **more: Any) -> Schema:
    """A JSON Schema of these types, or null."""
    return {"type": [*types, "null"], **more}


def time_text(moment: datetime, zone: ZoneInfo) -> str:
    """`2018-12-01T16:37:56.250+01:00` in `zone`; in UTC where the zone's clock has no such year or no whole minutes."""
    try:
        text = moment.astimezone(zone).isoformat(timespec="milliseconds")
    except OverflowError:
        text = ""
    return text if len(text) == _TIME_LENGTH else moment.astimezone(UTC).isoformat(timespec="milliseconds")


def formatted_time(text: str) -> str:
    """The same moment as German readers write it, `01.12.2018 16:37`; `text` is what `time_text` gave."""
    return f"{text[8:10]}.{text[5:7]}.{text[:4]} {text[11:16]}"


_NUMBER_TAKEN: Schema = {
    "anyOf": [
        {"type": "integer", "minimum": -_LARGEST, "maximum": _LARGEST},
        {"type": "string", "pattern": r"^(\d{1,18})?$"},
        {"type": "null"},
    ]
}
_DECIMAL_TAKEN: Schema = {
    "anyOf": [
        {"type": "number", "minimum": -1e15, "maximum": 1e15},
        {"type": "string", "pattern": r"^(-?\d{1,15}(\.\d{1,15})?)?$"},
        {"type": "null"},
    ]
}
_DATE_TAKEN: Schema = {
    "anyOf": [
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
        {"enum": ["", None]},
    ]
}
_SMALL_TAKEN: Schema = {"enum": [0, 1, 2, 3, "0", "1", "2", "3", "", None]}
_FLAG_TAKEN: Schema = {"enum": [True, False, 1, 0, "true", "false", "1", "0", "", None]}


_CLEAN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
"""Text without control characters but tab and line ends."""


def _list_of(entry: Schema) -> Schema:
    return {"type": ["array", "null"], "items": entry, "maxItems": MOST_ENTRIES}


TEXT = ValueType(read_text, nullable("string", "number", pattern=_CLEAN), nullable("string"))
FLAG = ValueType(read_flag, _FLAG_TAKEN, nullable("boolean"))
YES_OR_NO = ValueType(read_flag, _FLAG_TAKEN, {"type": "boolean"})
SWITCH = ValueType(read_switch, _FLAG_TAKEN, {"type": "boolean"}, False)
DATE = ValueType(read_date, _DATE_TAKEN, nullable("string", format="date"))
MOMENT = ValueType(read_moment, _DATE_TAKEN, nullable("string", format="date-time"))
NUMBER = ValueType(read_number, _NUMBER_TAKEN, nullable("integer"))
DECIMAL = ValueType(read_decimal, _DECIMAL_TAKEN, nullable("number"))
NUMBERS = ValueType(read_numbers, _list_of(_NUMBER_TAKEN), {"type": "array", "items": {"type": "integer"}}, ())
TEXTS = ValueType(read_texts, _list_of(TEXT.takes), {"type": "array", "items": {"type": "string"}}, ())
RATING = ValueType(read_rating, _SMALL_TAKEN, {"type": "integer", "minimum": 0, "maximum": 3})
CONSENT_STATUS = ValueType(read_consent, _SMALL_TAKEN, {"type": "integer", "minimum": 0, "maximum": 3}, "none")
OBJECT = ValueType(read_object, nullable("object"), {"type": "object"}, MappingProxyType({}))
OBJECTS = ValueType(read_objects, _list_of({"type": "object"}), {"type": "array", "items": {"type": "object"}}, ())


def choice_of(*words: str) -> ValueType:
    """One of some words."""

    def read(value: Any, name: str, zone: ZoneInfo) -> str | None:
        if value == "":
            return None
        if value not in words:
            raise Invalid.at(name, f"must be one of {', '.join(words)}", "not_a_choice")
        return str(value)

    return ValueType(read, {"enum": [*words, "", None]}, {"enum": [*words, None]})
