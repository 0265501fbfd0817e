"""The paths of the small lists that contacts point to: sources, statuses, groups, custom fields, brokers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from onebook.dialects.propstack.draft import DIALECT
from onebook.dialects.propstack.ids import read_beside
from onebook.dialects.propstack.lookups import (
    ENTITIES,
    FOR_CLIENTS,
    encode_broker,
    encode_custom_field_group,
    encode_group,
    encode_source,
    encode_status,
    encode_super_group,
    entity_of,
)
from onebook.dialects.propstack.parameters import ENTITY, INCLUDE_GROUPS, SUPER_GROUP
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import data_of, list_of, ref
from onebook.dialects.propstack.shown import own_in
from onebook.dialects.propstack.tables.column import Table
from onebook.dialects.propstack.tables.organisation import REASONS, STATUSES
from onebook.dialects.propstack.values import NUMBER, TEXT, read_value
from onebook.errors import Invalid
from onebook.http.params import Params
from onebook.http.route import Ask, Reply, Route
from onebook.model.account import Record, Status, Tag
from onebook.service.records import create_record
from onebook.service.session import Unit, View

R = TypeVar("R", bound=Record)


async def _sources(ask: Ask) -> Reply:
    return answer([encode_source(source) for source in ask.session.view.vocabulary.sources.values()])


async def _statuses(ask: Ask) -> Reply:
    def position(status: Status) -> tuple[bool, int, int]:
        return status.position is None, status.position or 0, status.id

    statuses = ask.session.view.vocabulary.statuses.values()
    return answer([encode_status(status) for status in sorted(statuses, key=position)])


def _of_entity(records: Iterable[R], params: Params) -> list[R]:
    entity = params.text("entity")
    return [record for record in records if not entity or entity_of(record) == entity]


async def _groups(ask: Ask) -> Reply:
    tags = _of_entity(ask.session.view.vocabulary.tags.values(), ask.params)
    words, asked = ask.session.view.vocabulary, ask.params.integers("super_group")
    above = [own_in(words.tag_groups, number) or 0 for number in asked or ()]
    return answer([encode_group(tag, words) for tag in tags if not above or tag.group_id in above])


async def _create_group(ask: Ask) -> Reply:
    tag = _decode_group(ask.json(), ask.session.view)

    async def work(unit: Unit) -> Tag:
        return await create_record(unit, tag)

    return answer(encode_group(await ask.session.write(work), ask.session.view.vocabulary))


def _decode_group(body: Any, view: View) -> Tag:
    if not isinstance(body, dict):
        raise Invalid.at("name", "is required", "required")
    name = read_value(TEXT, body.get("name"), "name", view.zone)
    if name is None:
        raise Invalid.at("name", "is required", "required")
    entity = read_value(TEXT, body.get("entity"), "entity", view.zone)
    shown = read_value(NUMBER, body.get("super_group_id"), "super_group_id", view.zone)
    group_id = None if shown is None else own_in(view.vocabulary.tag_groups, shown)
    if shown is not None and group_id is None:
        raise Invalid.at("super_group_id", f"there is no {shown}", "unknown_id")
    extras: dict[str, dict[str, object]] = {DIALECT: {"entity": entity}} if entity and entity != FOR_CLIENTS else {}
    return Tag(name=name, group_id=group_id, extras=extras)


async def _super_groups(ask: Ask) -> Reply:
    words = ask.session.view.vocabulary
    groups = _of_entity(words.tag_groups.values(), ask.params)
    whole = "groups" in (ask.params.texts("include") or ())
    return answer({"data": [encode_super_group(group, words, whole=whole) for group in groups]})


async def _custom_field_groups(ask: Ask) -> Reply:
    words, asked = ask.session.view.vocabulary, ask.params.text("entity") or FOR_CLIENTS
    shown = [asked] if asked == FOR_CLIENTS or (asked in ENTITIES and words.fields_of(ENTITIES[asked][0])) else []
    return answer({"data": [encode_custom_field_group(entity, words) for entity in shown]})


async def _brokers(ask: Ask) -> Reply:
    words = ask.session.view.vocabulary
    return answer([encode_broker(user, words) for user in words.users.values()])


async def _reservation_reasons(ask: Ask) -> Reply:
    return answer(await _listed(ask.session.view, REASONS))


async def _property_statuses(ask: Ask) -> Reply:
    return answer(await _listed(ask.session.view, STATUSES))


async def _listed(view: View, table: Table[Any]) -> list[dict[str, Any]]:
    """A small list as it is put in order, what has no place behind."""
    found: list[Any] = list(view.vocabulary.listed(table.record).values())
    found.sort(key=lambda one: (one.position is None, one.position or 0, one.id))
    beside = await read_beside(view, [table], found)
    return [table.row(one, beside) for one in found]


_READ_ERRORS = (401, 422, 429)

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/contact_sources",
        _sources,
        "sources:read",
        "Kontakt-Quellen lesen",
        answers={200: list_of(ref("Source"))},
    ),
    Route(
        "GET",
        "/contact_statuses",
        _statuses,
        "statuses:read",
        "Kontakt-Status lesen",
        answers={200: list_of(ref("Status"))},
    ),
    Route(
        "GET",
        "/groups",
        _groups,
        "tags:read",
        "Merkmale lesen",
        params=(ENTITY, SUPER_GROUP),
        answers={200: list_of(ref("Group"))},
        errors=_READ_ERRORS,
    ),
    Route(
        "POST",
        "/groups",
        _create_group,
        "tags:write",
        "Merkmal erstellen",
        body=ref("GroupBody"),
        answers={200: ref("Group")},
        errors=(400, 401, 413, 422, 429),
    ),
    Route(
        "GET",
        "/super_groups",
        _super_groups,
        "tag_groups:read",
        "Merkmal-Gruppen lesen",
        params=(ENTITY, INCLUDE_GROUPS),
        answers={200: data_of(ref("SuperGroup"))},
        errors=_READ_ERRORS,
    ),
    Route(
        "GET",
        "/custom_field_groups",
        _custom_field_groups,
        "custom_fields:read",
        "Individuelle Felder lesen",
        params=(ENTITY,),
        answers={200: data_of(ref("CustomFieldGroup"))},
        errors=_READ_ERRORS,
    ),
    Route(
        "GET",
        "/brokers",
        _brokers,
        "users:read",
        "Nutzer lesen",
        answers={200: list_of(ref("Broker"))},
    ),
    Route(
        "GET",
        "/reservation_reasons",
        _reservation_reasons,
        "reservation_reasons:read",
        "Absagegründe lesen",
        answers={200: list_of(ref("ReservationReason"))},
    ),
    Route(
        "GET",
        "/property_statuses",
        _property_statuses,
        "property_statuses:read",
        "Objekt-Status lesen",
        answers={200: list_of(ref("PropertyStatus"))},
    ),
)
