"""One table per object of the vendor's, used in both directions: reading what callers send, showing what is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from onebook.errors import Invalid
from onebook.http.route import Schema
from onebook.model.account import Dialect

NAME: Dialect = "easybroker"
"""This dialect's key in `extras` and `external_ids`."""

MOST_MEMBERS = 200
Given = dict[str, Any]
Extras = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: `read` turns what was sent at a path into what is kept, or raises Invalid."""

    read: Callable[[Any, str], Any]
    takes: Schema
    shows: Schema


@dataclass(frozen=True, slots=True)
class Field:
    """The vendor's key, and the attribute of ours that holds its value."""

    key: str
    name: str
    kind: Kind


def read_text(value: Any, path: str) -> str | None:
    """A text; numbers become text, null is no value."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid.at(path, "must be a text", "wrong_type")
    return str(value)


def read_whole(value: Any, path: str) -> int | None:
    """A whole number of things, none to 2³¹; null is no value."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise Invalid.at(path, "must be a whole number", "wrong_type")
    if not 0 <= value < 2**31:
        raise Invalid.at(path, "must be 0 to 2147483647", "invalid")
    return int(value)


def read_number(value: Any, path: str) -> float | None:
    """A number from 0 to 10¹⁵; null is no value."""
    return _between(value, path, 0, 1e15)


def read_degrees(value: Any, path: str) -> float | None:
    """Degrees of latitude or longitude; null is no value."""
    return _between(value, path, -180, 180)


def _between(value: Any, path: str, lowest: float, highest: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid.at(path, "must be a number", "wrong_type")
    if not lowest <= value <= highest:
        raise Invalid.at(path, f"must be {lowest} to {highest}", "invalid")
    return float(value)


def read_flag(value: Any, path: str) -> bool:
    """A flag: true or false, and nothing that stands for it."""
    if not isinstance(value, bool):
        raise Invalid.at(path, "must be true or false", "wrong_type")
    return value


def read_object(value: Any, path: str) -> Given:
    """An object; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid.at(path, "must be an object", "wrong_type")
    return value


def read_body(body: Any) -> Given:
    """The object that a change is sent as."""
    if not isinstance(body, dict):
        raise Invalid.at("", "must be an object", "wrong_type")
    return body


def read_list(value: Any, path: str) -> list[Any]:
    """A list of 200 members at most (ours); null is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid.at(path, "must be a list", "wrong_type")
    if len(value) > MOST_MEMBERS:
        raise Invalid.at(path, f"has more than {MOST_MEMBERS} members", "too_many")
    return value


def read_texts(value: Any, path: str) -> tuple[str, ...]:
    """A list of texts none of which is blank; null is an empty one."""
    texts = []
    for index, member in enumerate(read_list(value, path)):
        text = read_text(member, f"{path}.{index}")
        if not filled(text):
            raise Invalid.at(f"{path}.{index}", "must not be empty", "required")
        texts.append(text)
    return tuple(text for text in texts if text is not None)


def filled(text: str | None) -> bool:
    """Whether there is anything in `text` but blanks."""
    return text is not None and bool(text.strip())


def choice(*words: str) -> Kind:
    """One of a few words; null is refused."""

    def read(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise Invalid.at(path, "must be a text", "wrong_type")
        if value not in words:
            raise Invalid.at(path, f"must be one of {', '.join(words)}", "unknown_choice")
        return value

    schema: Schema = {"type": "string", "enum": list(words)}
    return Kind(read, schema, {"type": "string"})


_CONTROLS = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f"
NUMBERS: Schema = {"exclusiveMinimum": -1e308, "exclusiveMaximum": 1e308}
ANY_TEXT: Schema = {"type": ["string", "number", "null"], "pattern": f"^[^{_CONTROLS}]*$", **NUMBERS}
"""A text as it is sent; http/body.py refuses control characters everywhere."""
WORD: Schema = {
    "type": ["string", "number"],
    "pattern": rf"^[^{_CONTROLS}]*[^\s{_CONTROLS}][^{_CONTROLS}]*$",
    **NUMBERS,
}
"""A text that says something."""

TEXT = Kind(read_text, ANY_TEXT, {"type": ["string", "null"]})
WHOLE = Kind(
    read_whole, {"type": ["integer", "null"], "minimum": 0, "maximum": 2**31 - 1}, {"type": ["integer", "null"]}
)
NUMBER = Kind(read_number, {"type": ["number", "null"], "minimum": 0, "maximum": 1e15}, {"type": ["number", "null"]})
DEGREES = Kind(
    read_degrees, {"type": ["number", "null"], "minimum": -180, "maximum": 180}, {"type": ["number", "null"]}
)
FLAG = Kind(read_flag, {"type": "boolean"}, {"type": "boolean"})


def decode(table: Iterable[Field], given: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The attributes that `given` sets, and no others. Raises Invalid at the vendor's path."""
    return {
        field.name: field.kind.read(given[field.key], f"{path}.{field.key}" if path else field.key)
        for field in table
        if field.key in given
    }


def encode(table: Iterable[Field], record: object) -> Given:
    """What the vendor shows of `record`."""
    return {field.key: getattr(record, field.name) for field in table}


def takes(table: Iterable[Field]) -> dict[str, Schema]:
    """The schema of each key as it is sent."""
    return {field.key: field.kind.takes for field in table}


def shows(table: Iterable[Field]) -> dict[str, Schema]:
    """The schema of each key as it is shown."""
    return {field.key: field.kind.shows for field in table}


# What no field of ours can say is kept in the record's extras and comes back as it came.


def unknown(given: Mapping[str, Any], known: Iterable[str]) -> Given:
    """What was sent under keys that this dialect does not know."""
    return {key: value for key, value in given.items() if key not in set(known)}


def extras_of(record: Any) -> Given:
    """What this dialect has kept beside the fields of `record`."""
    kept: Extras = record.extras
    return dict(kept.get(NAME, {}))


def with_extras(extras: Extras, changed: Mapping[str, Any]) -> Extras:
    """`extras` with this dialect's members changed; a member that is None there is still a member."""
    if not changed:
        return extras
    return {**extras, NAME: {**extras.get(NAME, {}), **changed}}


def _mark(shown: Given) -> str:
    return hashlib.sha256(msgspec.json.encode(shown)).hexdigest()[:16]


def remember(pairs: Iterable[tuple[Given, Given]]) -> dict[str, Any]:
    """What is to be kept of a list's objects, so that `as_given` brings them back: pairs of sent and shown.

    Only the difference is kept, under a mark of what is shown; an object that is changed elsewhere sheds it.
    """
    kept: dict[str, Any] = {}
    for given, shown in pairs:
        words = {key: value for key, value in given.items() if isinstance(value, str) and shown.get(key) != value}
        more = unknown(given, shown) | words
        absent = [key for key in shown if key not in given]
        if more or absent:
            kept[_mark(shown)] = {"more": more, "absent": absent}
    return kept


def as_given(shown: Given, kept: Any, *, whole: bool = False) -> Given:
    """`shown` as it was sent; `whole` keeps the keys that were not sent, and our value of those that are ours."""
    difference = kept.get(_mark(shown)) if isinstance(kept, dict) and kept else None
    if not isinstance(difference, dict):
        return shown
    more, absent = difference.get("more"), difference.get("absent")
    if not isinstance(more, dict) or not isinstance(absent, list):
        return shown
    if whole:
        return {**shown, **unknown(more, shown)}
    return {key: value for key, value in shown.items() if key not in absent} | more


def objects(value: Any, path: str) -> Sequence[tuple[str, Given]]:
    """A list of objects, each with its path; null is an empty one."""
    found = []
    for index, member in enumerate(read_list(value, path)):
        if not isinstance(member, dict):
            raise Invalid.at(f"{path}.{index}", "must be an object", "wrong_type")
        found.append((f"{path}.{index}", member))
    return found
