"""The values of custom fields: what each type takes, and the form it is kept in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from onebook.errors import Invalid
from onebook.model.account import CustomField, FieldType
from onebook.model.contact import Consent
from onebook.model.normal import plain


def custom_value(field: CustomField, value: Any, path: str) -> Any:
    """`value` as the field keeps it; None for none. Raises Invalid at `path` for one it does not take.

    Kept are: text and url as text, number as number, date as ISO 8601 text (a day, or a moment in UTC), choice as the
    option's id, multiple_choice as a list of ids, checkbox as a boolean, consent as its members.
    """
    if value is None:
        return None
    return _READERS[field.type](field, value, path)


def option_id(field: CustomField, value: Any, path: str) -> int:
    """The id of the option that `value` names: by id, or by its name whatever the case. Raises Invalid at `path`."""
    if isinstance(value, int | str) and not isinstance(value, bool):
        for option in field.options:
            if str(option.id) == str(value).strip() or plain(option.name) == plain(str(value)):
                return option.id
    raise Invalid.at(path, f"{value!r} is none of the options of {field.name}", "unknown_option")


def _text(field: CustomField, value: Any, path: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Invalid.at(path, "must be a text", "wrong_type")
    text = str(value)
    if field.max_length is not None and len(text) > field.max_length:
        raise Invalid.at(path, f"is longer than {field.max_length} characters", "too_long")
    return text


def _number(field: CustomField, value: Any, path: str) -> Any:
    if isinstance(value, str):
        try:
            value = float(value) if any(char in value for char in ".eE") else int(value)
        except ValueError:
            raise Invalid.at(path, "must be a number", "wrong_type") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -(2**63) <= value < 2**63:
        raise Invalid.at(path, "must be a number of at most 64 bits", "wrong_type")
    return value


def _date(field: CustomField, value: Any, path: str) -> Any:
    text = str(value).strip()
    try:
        if (isinstance(value, int) and not isinstance(value, bool)) or (
            text.isascii() and text.isdigit() and len(text) > 8
        ):
            return datetime.fromtimestamp(int(text), UTC).isoformat()
        if isinstance(value, str) and len(text) == 10:
            return date.fromisoformat(text).isoformat()
        if isinstance(value, str):
            moment = datetime.fromisoformat(text)
            return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)).isoformat()
    except (ValueError, OverflowError, OSError):
        pass
    raise Invalid.at(path, "must be a date in ISO 8601", "wrong_type")


def _choice(field: CustomField, value: Any, path: str) -> Any:
    return option_id(field, value, path) if value != "" else None


def _choices(field: CustomField, value: Any, path: str) -> Any:
    values = [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    if not isinstance(values, list):
        values = [values]
    return list(dict.fromkeys(option_id(field, member, path) for member in values))


_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off", ""})


def _checkbox(field: CustomField, value: Any, path: str) -> Any:
    text = str(value).strip().lower()
    if isinstance(value, bool | int | str) and text in _YES | _NO:
        return text in _YES
    raise Invalid.at(path, "must be true or false", "wrong_type")


def _consent(field: CustomField, value: Any, path: str) -> Any:
    try:
        return msgspec.to_builtins(msgspec.convert(value, Consent))
    except msgspec.ValidationError as error:
        raise Invalid.at(path, f"must be an object of ip, created and source: {error}", "wrong_type") from None


_READERS: dict[FieldType, Callable[[CustomField, Any, str], Any]] = {
    "text": _text,
    "url": _text,
    "number": _number,
    "date": _date,
    "choice": _choice,
    "multiple_choice": _choices,
    "checkbox": _checkbox,
    "consent": _consent,
}
