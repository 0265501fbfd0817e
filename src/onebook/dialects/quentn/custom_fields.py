"""The account's custom fields themselves: listed, made, changed, deleted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from onebook.dialects.quentn.contacts import path_text, root_of
from onebook.dialects.quentn.custom_values import PREFIX, FieldNames, shown_value, vendor_fields
from onebook.dialects.quentn.errors import answer
from onebook.dialects.quentn.lookups import DIALECT, record_shown, shown_id
from onebook.dialects.quentn.values import read_flag, read_number, read_text
from onebook.errors import Invalid, NotFound
from onebook.http.route import Ask, Reply
from onebook.model.account import CustomField, FieldType, Option, Vocabulary
from onebook.model.normal import fold
from onebook.service.contacts import is_own_id
from onebook.service.records import change_record, create_record, remove_record
from onebook.service.session import Unit

DONE: Mapping[str, Any] = {"success": True}
LENGTHS = (8, 16, 32, 64, 128, 255)
"""The sizes that the page offers for texts; the largest where nothing is said."""
TYPES: Mapping[str, FieldType] = {
    "text": "text",
    "selection": "choice",
    "date": "date",
    "integer": "number",
    "float": "number",
    "checkbox_confirmation": "consent",
    "url": "url",
}
"""`field_type` → the book's; a selection of several is `multiple_choice`."""
_SHOWN: Mapping[FieldType, tuple[str, str]] = {
    "text": ("text", "text_textfield"),
    "url": ("url", "text"),
    "number": ("float", "number"),
    "date": ("date", "date_popup"),
    "choice": ("selection", "options_select"),
    "multiple_choice": ("selection", "options_buttons"),
    "checkbox": ("checkbox_confirmation", "checkbox_confirmation"),
    "consent": ("checkbox_confirmation", "checkbox_confirmation"),
}
"""The book's type → `field_type` and `type`."""
MOST_OPTIONS = 1000
_NO_WORD = re.compile(r"[^a-z0-9]+")
_LONGEST = {"label": 255, "description": 10_000, "field_name": 64}


def encode_field(field: CustomField, name: str) -> dict[str, Any]:
    """A field under the vendor's name for it."""
    field_type, widget = _SHOWN[field.type]
    if field.extras.get(DIALECT, {}).get("field_type") == "integer":
        field_type = "integer"
    settings: dict[str, Any] = {}
    if field.type == "text" and field.max_length is not None:
        settings["max_length"] = field.max_length
    if field.options:
        settings["options"] = [option.name for option in field.options]
    return {
        "field_id": shown_id(field),
        "field_name": name,
        "label": field.label or field.name,
        "description": field.description or "",
        "type": widget,
        "field_type": field_type,
        "required": field.required,
        "multiple_selection": field.type == "multiple_choice",
        "default_value": shown_value(field, field.default),
        "settings": settings,
    }


async def read_all(ask: Ask) -> Reply:
    """GET custom-fields."""
    known = vendor_fields(ask.session.view.vocabulary)
    return answer([encode_field(field, name) for name, field in known.items()])


def field_named(known: FieldNames, named: str) -> tuple[str, CustomField]:
    """The field of this `field_id` or `field_name`, and its name. Raises NotFound."""
    if is_own_id(named):
        field = record_shown(known.values(), int(named))
        if field is not None:
            return next(name for name, one in known.items() if one.id == field.id), field
    if named not in known:
        raise NotFound(f"there is no custom field {named[:100]}")
    return named, known[named]


async def read_one(ask: Ask) -> Reply:
    """GET custom-fields/<id or field_name>."""
    name, field = field_named(vendor_fields(ask.session.view.vocabulary), path_text(ask, "field"))
    return answer(encode_field(field, name))


def _text(value: Any, name: str) -> str | None:
    return None if value is None else read_text(value, name, _LONGEST[name]).strip()


def _max_length(value: Any, name: str) -> int | None:
    number = None if value is None else read_number(value, name)
    if number is not None and number not in LENGTHS:
        raise Invalid.at(name, f"must be one of {', '.join(map(str, LENGTHS))}", "not_a_choice")
    return number


def _options(value: Any, name: str) -> tuple[Option, ...]:
    """`["a","b"]`; of the shape `{"key": "name"}` the names."""
    members = [] if value is None else list(value.values()) if isinstance(value, dict) else value
    if not isinstance(members, list) or len(members) > MOST_OPTIONS:
        raise Invalid.at(name, f"must be a list of at most {MOST_OPTIONS} texts", "not_a_list")
    names = [read_text(member, name, 255).strip() for member in members]
    return tuple(Option(name=one) for one in dict.fromkeys(names) if one)


def _default(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        raise Invalid.at(name, "must not be an object", "wrong_type")
    return None if value == "" else value


_PARTS: Mapping[str, tuple[str, Callable[[Any, str], Any]]] = {
    "label": ("label", _text),
    "description": ("description", _text),
    "required": ("required", read_flag),
    "max_length": ("max_length", _max_length),
    "options": ("options", _options),
    "default_value": ("default", _default),
}
"""The vendor's key → the attribute of the book's field, and what reads it."""


def _parts(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a body says of a field; `settings` may hold the length and the options, as answers show them."""
    settings = body.get("settings")
    given = {**(settings if isinstance(settings, dict) else {}), **body}
    return {attribute: read(given[key], key) for key, (attribute, read) in _PARTS.items() if key in given}


def _field_type(body: Mapping[str, Any]) -> str:
    value = body.get("field_type")
    if not isinstance(value, str) or value not in TYPES:
        raise Invalid.at("field_type", f"is required and must be one of {', '.join(TYPES)}", "not_a_choice")
    return value


async def create(ask: Ask) -> Reply:
    """POST custom-fields."""
    body = root_of(ask)
    parts, field_type = _parts(body), _field_type(body)
    if not parts.get("label"):
        raise Invalid.at("label", "is required", "required")
    several = TYPES[field_type] == "choice" and read_flag(body.get("multiple_selection"), "multiple_selection")
    kind: FieldType = "multiple_choice" if several else TYPES[field_type]
    if kind == "text" and parts.get("max_length") is None:
        parts["max_length"] = LENGTHS[-1]
    wished = _text(body.get("field_name"), "field_name")
    extras: dict[str, dict[str, object]] = {DIALECT: {"field_type": field_type}} if field_type == "integer" else {}

    async def work(unit: Unit) -> tuple[str, CustomField]:
        name = _with_prefix(wished) if wished else _free_name(parts["label"], unit.vocabulary)
        field = await create_record(unit, CustomField(name=name, type=kind, extras=extras, **parts))
        return name, field

    name, field = await ask.session.write(work)
    return answer({**DONE, "field_name": name, "field_id": shown_id(field)})


def _with_prefix(name: str) -> str:
    return name if name.startswith(PREFIX) else f"{PREFIX}{name}"


def _free_name(label: str, words: Vocabulary) -> str:
    """`field_my_new_textfield` for `My new textfield`, with a number where there is one already."""
    stem = _with_prefix(_NO_WORD.sub("_", fold(label)).strip("_")[:48] or "x")
    taken = {name.casefold() for name in vendor_fields(words)}
    number, name = 1, stem
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    return name


async def change(ask: Ask) -> Reply:
    """PUT custom-fields/<field_name>: what is named is changed; the type cannot be."""
    body = root_of(ask)
    parts = _parts(body)
    if "label" in parts and not parts["label"]:
        raise Invalid.at("label", "must not be empty", "required")

    async def work(unit: Unit) -> None:
        name, field = field_named(vendor_fields(unit.vocabulary), path_text(ask, "field"))
        shown = encode_field(field, name)
        for key in ("field_type", "multiple_selection"):
            if body.get(key) is not None and body[key] != shown[key]:
                raise Invalid.at(key, f"cannot be changed from {shown[key]}", "fixed")
        await change_record(unit, CustomField, field.id, lambda field: _changed(field, parts))

    await ask.session.write(work)
    return answer(DONE)


def _changed(field: CustomField, parts: Mapping[str, Any]) -> CustomField:
    """The field with these parts; an option that stays keeps its id, which contacts point to."""
    ids = {option.name: option.id for option in field.options}
    after = replace(field, **parts)
    highest = max(ids.values(), default=0)
    options = []
    for option in after.options:
        if option.name not in ids:
            highest += 1
        options.append(replace(option, id=ids.get(option.name, highest)))
    return replace(after, options=tuple(options))


async def delete(ask: Ask) -> Reply:
    """DELETE custom-fields/<field_name>: contacts keep its values, which nobody sees until it is restored."""

    async def work(unit: Unit) -> None:
        _, field = field_named(vendor_fields(unit.vocabulary), path_text(ask, "field"))
        await remove_record(unit, CustomField, field.id)

    await ask.session.write(work)
    return answer(DONE)
