"""What a POST or a PATCH of a property asks for, as a change of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from onebook.dialects.easybroker.fields import (
    FLAG,
    Given,
    decode,
    encode,
    extras_of,
    filled,
    objects,
    read_body,
    read_object,
    read_text,
    remember,
    unknown,
    with_extras,
)
from onebook.dialects.easybroker.listings import (
    ABOUT,
    DETAIL,
    IMAGE,
    KNOWN,
    NEEDED,
    OPERATION,
    OTHERS,
    PLACE,
    PLACE_NAME,
    PUBLISHED,
    place_name,
)
from onebook.dialects.easybroker.people import find_user, user_name
from onebook.dialects.easybroker.public_ids import own_number
from onebook.errors import Invalid
from onebook.model.account import Vocabulary
from onebook.model.document import Picture
from onebook.model.property import Operation, Property

Edit = Callable[[Property, Vocabulary], Property]


def read_property(body: Any, *, new: bool = False) -> Edit:
    """What a POST or a PATCH asks for; only the keys that are there change anything. Raises Invalid.

    The edit raises Invalid too, for an agent that is nobody.
    """
    given = read_body(body)
    missing = [key for key in NEEDED if not filled(read_text(given.get(key), key))] if new else []
    if missing:
        raise Invalid.at(", ".join(missing), "is needed", "missing")
    values = decode((*ABOUT, *DETAIL), given)
    extras = unknown(given, KNOWN)
    if "location" in given:
        values |= _read_location(given["location"])
        extras |= _location_extras(given["location"])
    if "show_exact_location" in given:
        values["show_exact_location"] = FLAG.read(given["show_exact_location"], "show_exact_location")
    if "operations" in given:
        values["operations"], extras["operations"] = _read_operations(given["operations"])

    def edit(prop: Property, words: Vocabulary) -> Property:
        changed = dict(values)
        if "agent" in given and given["agent"] != user_name(words.users.get(prop.agent_id or 0)):
            changed["agent_id"] = find_user(words, given["agent"])
        if place_name(prop) == place_name(replace(prop, **changed)):
            changed = {name: value for name, value in changed.items() if name not in PLACE_NAME}
        return replace(prop, **changed, extras=with_extras(prop.extras, _new_extras(prop, extras)))

    return edit


def read_pictures(body: Any) -> tuple[Picture, ...] | None:
    """The pictures that a POST or a PATCH asks for; None where it does not speak of them. Raises Invalid."""
    given = read_body(body)
    if "images" not in given:
        return None
    return tuple(_read_image(member, path) for path, member in objects(given["images"], "images"))


def _new_extras(prop: Property, extras: Given) -> Given:
    """What of `extras` is to be kept: a value that is shown without having been kept is none."""
    kept, new = extras_of(prop), dict(extras)
    if "location" in new:
        before = kept.get("location")
        new["location"] = {**(before if isinstance(before, dict) else {}), **new["location"]}
    shown = {**OTHERS, "operations": {}, **kept}
    return {key: value for key, value in new.items() if key not in shown or shown[key] != value}


def published(before: Property, after: Property, now: datetime) -> Property:
    """`after`, published now if it was not before."""
    fresh = after.status == PUBLISHED and (before.status != PUBLISHED or after.published_at is None)
    return replace(after, published_at=now) if fresh else after


def asked_public_id(body: Any) -> str | None:
    """The public number that the sender wants for a new property; None for none. Raises Invalid for a wrong one."""
    wanted = read_text(read_body(body).get("public_id"), "public_id")
    if not wanted:
        return None
    if own_number(wanted) is None:
        raise Invalid.at("public_id", "must be EB- and six characters of A-Z and 0-9", "invalid")
    return wanted


def _read_location(value: Any) -> dict[str, Any]:
    """The whole place for null, the name alone for a text, else what the object has."""
    if value is None:
        nothing = dict.fromkeys(field.name for field in PLACE if field.kind is not FLAG)
        return {**nothing, **_place(None)}
    if isinstance(value, str):
        return _place(value)
    given = read_object(value, "location")
    name = _place(read_text(given["name"], "location.name")) if "name" in given else {}
    return {**decode(PLACE, given, "location"), **name}


def _location_extras(value: Any) -> Given:
    known = ("name", "hide_exact_location", *(field.key for field in PLACE))
    more = unknown(value, known) if isinstance(value, Mapping) else {}
    return {"location": more} if more else {}


def _read_operations(value: Any) -> tuple[tuple[Operation, ...], dict[str, Any]]:
    found = objects(value, "operations")
    operations = tuple(_read_operation(member, path) for path, member in found)
    pairs = zip(found, operations, strict=True)
    sent = [(unknown(member, ("formatted_amount",)), encode(OPERATION, operation)) for (_, member), operation in pairs]
    return operations, remember(sent)


def _read_operation(given: Given, path: str) -> Operation:
    values = decode(OPERATION, given, path)
    if "type" not in values:
        raise Invalid.at(f"{path}.type", "is needed", "missing")
    currency = values.get("currency")
    if currency is not None and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise Invalid.at(f"{path}.currency", "must be three letters (ISO 4217)", "invalid")
    return Operation(**values)


def _read_image(given: Given, path: str) -> Picture:
    values = decode(IMAGE, given, path)
    if not filled(values.get("url")):
        raise Invalid.at(f"{path}.url", "is needed", "missing")
    return Picture(**values)


def _place(name: str | None) -> dict[str, str | None]:
    """The parts of a place's name, from the back; a text that is not so written is kept in one piece."""
    parts = (name or "").split(", ")
    if not all(part and part == part.strip() and "," not in part for part in parts):
        return {"neighborhood": name, "city": None, "region": None}
    before, city, region = ", ".join(parts[:-2]), parts[-2] if len(parts) > 1 else None, parts[-1]
    return {"neighborhood": before or None, "city": city, "region": region}
