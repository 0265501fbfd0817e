"""How contacts stand to properties: the paths of ownerships, partnerships and favorites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onebook.dialects.propstack.calls import READ_ERRORS, WRITE_ERRORS
from onebook.dialects.propstack.contacts import find_contact
from onebook.dialects.propstack.filters import page_of
from onebook.dialects.propstack.ids import own_ids
from onebook.dialects.propstack.links import Link, between, link_ends, unlink_ends
from onebook.dialects.propstack.parameters import IDENTIFIER, PAGE, PER
from onebook.dialects.propstack.properties import property_rows
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import IDENTIFIER_TEXT, list_of, ref
from onebook.dialects.propstack.shapes import row_schema
from onebook.dialects.propstack.tables.relationships import RELATIONSHIPS
from onebook.dialects.propstack.values import NUMBER, NUMBERS, TEXT, read_value
from onebook.errors import Invalid, Problem
from onebook.http.route import Ask, Reply, Route, Schema
from onebook.model.property import Property
from onebook.model.relationship import Relationship, RelationshipKind
from onebook.service.records import create_record, find_records, get_records
from onebook.service.session import Unit


def _read_link(ask: Ask, wrapper: str) -> Link:
    payload = ask.json()
    inner = payload.get(wrapper, payload) if isinstance(payload, dict) else None
    if not isinstance(inner, dict):
        raise Invalid.at(wrapper, "must be an object", "not_an_object")
    zone = ask.session.view.zone
    numbers = {name: read_value(NUMBER, inner.get(name), name, zone) for name in ("client_id", "property_id")}
    missing = tuple(Problem(name, "required", "is required") for name, value in numbers.items() if value is None)
    if missing:
        raise Invalid(f"{missing[0].path}: is required", missing)
    return Link(numbers["client_id"], numbers["property_id"], read_value(TEXT, inner.get("name"), "name", zone))


def _routes(path: str, wrapper: str, kind: RelationshipKind, noun: str) -> tuple[Route, ...]:
    async def create(ask: Ask) -> Reply:
        link = _read_link(ask, wrapper)
        await ask.session.write(lambda unit: link_ends(unit, kind, link))
        return answer({"okay": True})

    async def remove(ask: Ask) -> Reply:
        link = _read_link(ask, wrapper)
        await ask.session.write(lambda unit: unlink_ends(unit, kind, link))
        return answer({"okay": True})

    fields = {"client_id": NUMBER.takes, "property_id": NUMBER.takes, "name": TEXT.takes}
    body = {"type": "object", "required": ["client_id", "property_id"], "properties": fields}
    return tuple(
        Route(
            method,
            path,
            handler,
            "relationships:write",
            f"{noun} {verb}",
            body=body,
            answers={200: ref("Okay")},
            errors=errors,
        )
        for method, handler, verb, errors in (
            ("POST", create, "erstellen", (400, 401, 413, 422, 429)),
            ("DELETE", remove, "löschen", WRITE_ERRORS),
        )
    )


async def _favorites(ask: Ask) -> Reply:
    view = ask.session.view
    contact = await find_contact(view, ask.path_params["id"], ask.params.text("identifier"))
    keys = [("contact", (str(contact.id),)), ("kind", ("favorite",))]
    liked = await find_records(view, Relationship, page_of(ask.params), keys=keys, order="id")
    houses = await get_records(view, Property, [one.property_id or 0 for one in liked])
    there = [houses[one.property_id or 0] for one in liked if (one.property_id or 0) in houses]
    return answer(await property_rows(view, [house for house in there if house.deleted_at is None]))


async def _add_favorites(ask: Ask) -> Reply:
    shown, payload = ask.path_params["id"], ask.json()
    wanted = _read_favorites(payload, ask)
    beside = payload.get("identifier")
    identifier = ask.params.text("identifier") if beside is None else beside

    async def work(unit: Unit) -> None:
        contact = await find_contact(unit, shown, identifier)
        owns = await own_ids(unit, [("properties", number) for number in wanted])
        for number in wanted:
            own = owns.get(("properties", number))
            if own is None:
                raise Invalid.at("property_id", f"there is no {number}", "unknown_id")
            if not await between(unit, "favorite", contact.id, own):
                made = Relationship(kind="favorite", contact_id=contact.id, property_id=own)
                await create_record(unit, made)

    await ask.session.write(work)
    return answer({"okay": True})


def _read_favorites(payload: Any, ask: Ask) -> tuple[int, ...]:
    """`property_id` or `property_ids`, also wrapped in `favorite`."""
    inner = payload.get("favorite", payload) if isinstance(payload, dict) else None
    if not isinstance(inner, dict):
        raise Invalid.at("property_id", "is required", "required")
    zone = ask.session.view.zone
    one = read_value(NUMBER, inner.get("property_id"), "property_id", zone)
    found: tuple[int, ...] = read_value(NUMBERS, inner.get("property_ids"), "property_ids", zone)
    found = found if one is None else (one, *found)
    if not found:
        raise Invalid.at("property_id", "is required", "required")
    return found


ROUTES: tuple[Route, ...] = (
    *_routes("/ownerships", "ownership", "ownership", "Eigentümer"),
    *_routes("/partnerships", "partnership", "partnership", "Partner"),
    Route(
        "GET",
        "/contacts/{id}/favorites",
        _favorites,
        "relationships:read",
        "Favoriten des Kontakts lesen",
        params=(IDENTIFIER, PAGE, PER),
        answers={200: list_of(ref("Property"))},
        errors=READ_ERRORS,
    ),
    Route(
        "POST",
        "/contacts/{id}/favorites",
        _add_favorites,
        "relationships:write",
        "Favoriten des Kontakts hinzufügen",
        params=(IDENTIFIER,),
        body={
            "type": "object",
            "properties": {
                "property_id": NUMBER.takes,
                "property_ids": NUMBERS.takes,
                "identifier": {"anyOf": [IDENTIFIER_TEXT, {"type": "null"}]},
            },
        },
        answers={200: ref("Okay")},
        errors=WRITE_ERRORS,
    ),
)
SCHEMAS: Mapping[str, Schema] = {"Relationship": row_schema(RELATIONSHIPS)}
