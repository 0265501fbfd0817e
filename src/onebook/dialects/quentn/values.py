"""The kinds of values that the vendor's keys hold: what is taken, and what it becomes.

Every reader takes the value and the key it stands under, and raises Invalid naming the key. `null` never reaches a
reader; of an empty text those that hold no text make None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from onebook.errors import Invalid
from onebook.http.route import Schema
from onebook.model.normal import email_problem

MOST_ENTRIES = 1000
"""Entries of one list in a body: ours."""
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_FLAGS: Mapping[Any, bool] = {True: True, False: False, "1": True, "0": False, "true": True, "false": False, "": False}
_CLEAN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
"""Text without control characters but tab and line ends."""
_LARGEST = 10**18 - 1


@dataclass(frozen=True, slots=True)
class Kind:
    """`takes` is the JSON Schema of a request's value, `shows` that of an answer's."""

    read: Callable[[Any, str], Any]
    takes: Schema
    shows: Schema


def nullable(*types: str, **more: Any) -> Schema:
    """A JSON Schema of these types, or null."""
    return {"type": [*types, "null"], **more}


def read_text(value: Any, name: str, longest: int) -> str:
    """A text, or a number as text, of at most `longest` characters; it is never cut."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Invalid.at(name, "must be a text", "not_a_text")
    text = str(value)
    if len(text) > longest:
        raise Invalid.at(name, f"is longer than {longest} characters", "too_long")
    return text


def read_number(value: Any, name: str) -> int | None:
    """A whole number, as a text too; None for an empty text."""
    if isinstance(value, str):
        if not value.strip():
            return None
        if value.isascii() and _WHOLE.fullmatch(value.strip()):
            return int(value)
    elif isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST:
        return int(value)
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return value
    raise Invalid.at(name, "must be a whole number", "not_a_number")


def read_flag(value: Any, name: str) -> bool:
    """true, false, 1, 0, as texts too; null and an empty text are false."""
    if value is None:
        return False
    known = value.strip().lower() if isinstance(value, str) else value
    if isinstance(known, str | int) and known in _FLAGS:
        return _FLAGS[known]
    raise Invalid.at(name, "must be true or false", "not_a_flag")


def read_ids(value: Any, name: str) -> tuple[int, ...]:
    """A list of ids, each once: whole numbers, also as texts; blank ones are left out (`[""]` is an empty list)."""
    if value is None or value == "":
        return ()
    if not isinstance(value, list):
        raise Invalid.at(name, "must be a list of ids", "not_a_list")
    if len(value) > MOST_ENTRIES:
        raise Invalid.at(name, f"has more than {MOST_ENTRIES} entries", "too_many")
    numbers = [read_number(member, name) for member in value if member is not None]
    return tuple(dict.fromkeys(number for number in numbers if number is not None))


def text(longest: int) -> Kind:
    """A text of at most `longest` characters."""
    taken = nullable("string", "number", maxLength=longest, pattern=_CLEAN)
    return Kind(lambda value, name: read_text(value, name, longest), taken, nullable("string"))


def _read_mail(value: Any, name: str) -> str:
    address = read_text(value, name, 255).strip()
    problem = email_problem(address) if address else None
    if problem is not None:
        raise Invalid.at(name, f"is no e-mail address: {problem}", "invalid_email")
    return address


def _read_date(value: Any, name: str) -> str | None:
    """ISO 8601, as the vendor writes it: a moment, a day as its first one in UTC."""
    given = value.strip() if isinstance(value, str) else None
    if given == "":
        return None
    try:
        if given is not None and len(given) <= 10:
            return f"{date.fromisoformat(given).isoformat()}T00:00:00+00:00"
        if given is not None:
            moment = datetime.fromisoformat(given)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat(timespec="seconds")
    except ValueError:
        pass
    raise Invalid.at(name, "must be a date in ISO 8601", "not_a_date")


def choice(*words: str) -> Kind:
    """One of `words`, whatever its case; an empty text is none."""

    def read(value: Any, name: str) -> str | None:
        word = value.strip().lower() if isinstance(value, str) else None
        if word == "":
            return None
        if word in words:
            return word
        raise Invalid.at(name, f"must be one of {', '.join(words)}", "not_a_choice")

    return Kind(read, {"enum": [*words, "", None]}, {"enum": [*words, None]})


def _read_country(value: Any, name: str) -> str | None:
    code = value.strip().upper() if isinstance(value, str) else None
    if code == "":
        return None
    if code is None or not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise Invalid.at(name, "must be a country's two letters (ISO 3166-1 alpha-2)", "not_a_country")
    return code


def numbered(count: int) -> Kind:
    """A whole number from 0 to below `count`."""

    def read(value: Any, name: str) -> int | None:
        number = read_number(value, name)
        if number is not None and not 0 <= number < count:
            raise Invalid.at(name, f"must be from 0 to {count - 1}", "out_of_range")
        return number

    taken: Schema = {"enum": [*range(count), *map(str, range(count)), "", None]}
    return Kind(read, taken, {"type": "integer", "minimum": 0, "maximum": count - 1})


def _read_owner(value: Any, name: str) -> int | str | None:
    """A user's id, or the address; of the object that answers show, its uid."""
    if isinstance(value, dict):
        value = value.get("uid", value.get("mail"))
    if value is None or (isinstance(value, str) and not _WHOLE.fullmatch(value.strip())):
        return (read_text(value, name, 255).strip() or None) if value else None
    return read_number(value, name)


_ID: Schema = {
    "type": ["integer", "string", "null"],
    "minimum": -_LARGEST,
    "maximum": _LARGEST,
    "pattern": r"^\d{0,18}$",
}
_OWNER_OBJECT: Schema = {
    "type": "object",
    "required": ["uid", "mail"],
    "additionalProperties": False,
    "properties": {"uid": {"type": "integer"}, "mail": nullable("string")},
}
IDS: Schema = {"type": "array", "items": _ID, "maxItems": MOST_ENTRIES}
"""A list of ids in a request's body."""

MAIL = Kind(_read_mail, nullable("string", maxLength=255, format="email"), nullable("string"))
DATE = Kind(
    _read_date,
    {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}, {"enum": ["", None]}]},
    nullable("string", format="date-time"),
)
COUNTRY = Kind(_read_country, nullable("string", pattern="^([A-Za-z]{2})?$"), nullable("string"))
TERMS = Kind(read_ids, {"anyOf": [IDS, {"enum": ["", None]}]}, {"type": "array", "items": {"type": "integer"}})
USER = Kind(read_number, _ID, nullable("integer"))
OWNER = Kind(
    _read_owner,
    {"anyOf": [_ID, {"type": "string", "format": "email"}, _OWNER_OBJECT]},
    {"anyOf": [_OWNER_OBJECT, {"type": "null"}]},
)
