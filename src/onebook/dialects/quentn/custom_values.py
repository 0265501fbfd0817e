"""Custom fields as the vendor names them, `field_…`, and their values both ways (the page's last table).

A field of the book whose name does not begin with `field_` is shown with it in front.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from onebook.errors import Invalid
from onebook.model.account import CustomField, FieldType, Vocabulary
from onebook.model.normal import plain

PREFIX = "field_"
FieldNames = Mapping[str, CustomField]
"""The account's custom fields by the vendor's name."""


def vendor_fields(words: Vocabulary) -> FieldNames:
    """Every custom field of contacts; of two that would be called alike, the one that is called so itself."""
    known = words.custom_fields
    named = {name: field for name, field in known.items() if name.startswith(PREFIX)}
    others = {f"{PREFIX}{name}": field for name, field in known.items() if not name.startswith(PREFIX)}
    return {**others, **named}


def shown_value(field: CustomField, value: Any) -> Any:
    """A stored value as the vendor shows it: an option's name, several as a list; dates in ISO 8601."""
    show = _SHOW.get(field.type)
    return value if show is None or value is None else show(field, value)


def stored_value(field: CustomField, value: Any, name: str) -> Any:
    """A client's value as the book takes it; None for none. Raises Invalid under `name`.

    An empty text is kept where the field holds text and is none elsewhere.
    """
    if value is None or (value == "" and field.type not in ("text", "url")):
        return None
    read = _READ.get(field.type)
    return value if read is None else read(field, value, name)


def _option(field: CustomField, value: Any) -> Any:
    return next((option.name for option in field.options if option.id == value), value)


def _options(field: CustomField, value: Any) -> list[Any]:
    return [_option(field, member) for member in (value if isinstance(value, list) else [value])]


def _shown_date(field: CustomField, value: Any) -> Any:
    text = str(value)
    try:
        if len(text) == 10:
            return f"{date.fromisoformat(text).isoformat()}T00:00:00+00:00"
        return datetime.fromisoformat(text).isoformat(timespec="seconds")
    except ValueError:
        return text


def _shown_number(field: CustomField, value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() and is_integer(field) else value


def _shown_consent(field: CustomField, value: Any) -> Any:
    given = value if isinstance(value, dict) else {}
    created = given.get("created")
    return {
        "ip": given.get("ip"),
        "created": None if created is None else _shown_date(field, created),
        "source": given.get("source"),
    }


_SHOW: Mapping[FieldType, Callable[[CustomField, Any], Any]] = {
    "choice": _option,
    "multiple_choice": _options,
    "date": _shown_date,
    "number": _shown_number,
    "consent": _shown_consent,
}


def is_integer(field: CustomField) -> bool:
    """Whether the vendor's field takes whole numbers only; the book's numbers may be both."""
    return field.extras.get("quentn", {}).get("field_type") == "integer"


def _chosen(field: CustomField, value: Any, name: str) -> Any:
    """The id of the option of this name; what is none is left to the book, which knows ids too."""
    if isinstance(value, str):
        return next((one.id for one in field.options if plain(one.name) == plain(value)), value)
    return value


def _several(field: CustomField, value: Any, name: str) -> Any:
    members = value if isinstance(value, list) else [value]
    return [_chosen(field, member, name) for member in members if member not in (None, "")]


def _number(field: CustomField, value: Any, name: str) -> Any:
    if is_integer(field):
        whole = value.is_integer() if isinstance(value, float) else True
        if not whole or (isinstance(value, str) and not value.strip().lstrip("-").isdecimal()):
            raise Invalid.at(name, "must be a whole number", "not_a_number")
    return value


def _date(field: CustomField, value: Any, name: str) -> Any:
    """A moment stays one; one at midnight in UTC, as answers show days, is that day."""
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and text.lstrip("-").isdecimal() and text.isascii() and len(text) != 8:
        text = int(text)
    try:
        if isinstance(text, int) and not isinstance(text, bool):
            return datetime.fromtimestamp(text, UTC).isoformat()
        if isinstance(text, str) and text.endswith("T00:00:00+00:00") and len(text) == 25:
            return date.fromisoformat(text[:10]).isoformat()
    except (ValueError, OverflowError, OSError):
        raise Invalid.at(name, "must be a date in ISO 8601 or a unix timestamp", "not_a_date") from None
    return text


def _consent(field: CustomField, value: Any, name: str) -> Any:
    if isinstance(value, dict):
        kept = {key: value[key] for key in ("ip", "created", "source") if value.get(key) is not None}
        if "created" in kept:
            kept["created"] = _date(field, kept["created"], name)
            if isinstance(kept["created"], str) and len(kept["created"]) == 10:
                kept["created"] += "T00:00:00+00:00"
        return kept
    return value


_READ: Mapping[FieldType, Callable[[CustomField, Any, str], Any]] = {
    "choice": _chosen,
    "multiple_choice": _several,
    "number": _number,
    "date": _date,
    "consent": _consent,
}
