"""Custom fields: written by name, read back as `{"<name>":{"value":…,"pretty_value":…}}` (measured on the live API)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from onebook.dialects.propstack.draft import Draft
from onebook.dialects.propstack.values import formatted_time, time_text
from onebook.model.account import CustomField, FieldType

UNKNOWN = "custom_fields"
"""Where values under names that the account has no field for are kept, among the extras."""

_UNSET: Mapping[str, Any] = {"value": None, "pretty_value": None}


def set_custom_fields(draft: Draft, given: Mapping[str, Any]) -> None:
    """Let `given` be all values there are; those under unknown names are kept beside."""
    draft.set("custom", {})
    set_partial_custom_fields(draft, given)


def set_partial_custom_fields(draft: Draft, given: Mapping[str, Any]) -> None:
    """Write the values of `given` and leave the others."""
    known, unknown = read_custom(given, draft.words.custom_fields)
    draft.set("custom", {**draft.get("custom"), **known})
    if unknown:
        kept = draft.get_extra(UNKNOWN)
        draft.set_extra(UNKNOWN, {**(kept if isinstance(kept, dict) else {}), **unknown})


def read_custom(given: Mapping[str, Any], fields: Mapping[str, CustomField]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The bare values of the account's fields, null for none, and those under names that are no field."""
    known = {name: _given(fields[name], value) for name, value in given.items() if name in fields}
    return known, {name: value for name, value in given.items() if name not in fields}


def _given(field: CustomField, value: Any) -> Any:
    """The bare value: out of the shape that answers have, and null for an empty text where text is no value."""
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    return None if value == "" and field.type not in ("text", "url") else value


def custom_fields_shown(
    custom: Mapping[str, Any], fields: Mapping[str, CustomField], zone: ZoneInfo
) -> dict[str, Mapping[str, Any]]:
    """Every field of the account, set or not."""
    shown: dict[str, Mapping[str, Any]] = {}
    for name, field in fields.items():
        value = custom.get(name)
        if value is None:
            shown[name] = _UNSET
        else:
            plain, pretty = _SHOW[field.type](field, value, zone)
            shown[name] = {"value": plain, "pretty_value": pretty}
    return shown


def _text(field: CustomField, value: Any, zone: ZoneInfo) -> tuple[Any, str]:
    return value, str(value)


def _number(field: CustomField, value: Any, zone: ZoneInfo) -> tuple[Any, str]:
    whole = isinstance(value, float) and value.is_integer()
    return value, str(int(value) if whole else value).replace(".", ",")


def _date(field: CustomField, value: Any, zone: ZoneInfo) -> tuple[Any, str]:
    text = str(value)
    try:
        if len(text) <= 10:
            day = date.fromisoformat(text)
            return text, f"{day.day:02}.{day.month:02}.{day.year:04}"
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text, text
    shown = time_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC), zone)
    return shown, formatted_time(shown)


def _choice(field: CustomField, value: Any, zone: ZoneInfo) -> tuple[Any, str]:
    return value, next((option.name for option in field.options if option.id == value), str(value))


def _choices(field: CustomField, value: Any, zone: ZoneInfo) -> tuple[Any, str]:
    members = value if isinstance(value, list) else [value]
    names = [_choice(field, member, zone)[1] for member in members]
    return ",".join(str(member) for member in members), ", ".join(names)


def _checkbox(field: CustomField, value: Any, zone: ZoneInfo) -> tuple[Any, str]:
    return value, "Ja" if value else "Nein"


def _consent(field: CustomField, value: Any, zone: ZoneInfo) -> tuple[Any, str]:
    return value, "Ja"


_SHOW: dict[FieldType, Callable[[CustomField, Any, ZoneInfo], tuple[Any, str]]] = {
    "text": _text,
    "url": _text,
    "number": _number,
    "date": _date,
    "choice": _choice,
    "multiple_choice": _choices,
    "checkbox": _checkbox,
    "consent": _consent,
}
FIELD_TYPES: Mapping[FieldType, str] = {
    "text": "String",
    "url": "String",
    "number": "Number",
    "date": "Date",
    "choice": "Dropdown",
    "multiple_choice": "Multiselect",
    "checkbox": "Checkbox",
    "consent": "Checkbox",
}
"""What the vendor calls each type."""
