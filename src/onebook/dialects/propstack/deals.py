"""The paths of deals, which the vendor calls client properties, and of their pipelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.associations import Around
from onebook.dialects.propstack.calls import LIST_ERRORS, READ_ERRORS, Calls
from onebook.dialects.propstack.codec import encode_row
from onebook.dialects.propstack.deal_search import SORTS, deal_order, indirect_keys, side_tests
from onebook.dialects.propstack.draft import DIALECT
from onebook.dialects.propstack.kinds import Filter, Kind
from onebook.dialects.propstack.parameters import FLAG, INCLUDE, ORDER, PAGE, PER, SPANS, TIME, ids, param
from onebook.dialects.propstack.properties import property_rows
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import data_of, ref
from onebook.dialects.propstack.search import bounds, search
from onebook.dialects.propstack.shapes import body_schema, row_schema, with_meta
from onebook.dialects.propstack.tables.column import EXTRAS, Column, put
from onebook.dialects.propstack.tables.deals import DEALS, PIPELINES
from onebook.dialects.propstack.tables.rows import one
from onebook.dialects.propstack.values import choice_of
from onebook.errors import NotFound
from onebook.http.params import Params
from onebook.http.route import Ask, Reply, Route, Schema
from onebook.model.deal import Deal, DealPipeline
from onebook.model.property import Property
from onebook.service.contacts import get_contacts
from onebook.service.records import get_records
from onebook.service.relations import count_children
from onebook.service.session import Unit, View


def _without_what_follows(deal: Deal) -> Deal:
    """A category that is told and would follow anyway is not kept."""
    plain = put(deal, [(_CATEGORY, None)])
    return plain if category_of(plain) == category_of(deal) else deal


async def _finished(unit: Unit, before: Deal | None, after: Deal) -> Deal:
    """A new stage brings its pipeline and chance along, a new property its project, where they were not given."""
    was = before or Deal()
    if after.stage_id != was.stage_id:
        for pipeline in unit.vocabulary.listed(DealPipeline).values():
            for stage in pipeline.stages:
                if stage.id == after.stage_id:
                    kept = after.pipeline_id != was.pipeline_id
                    after = after if kept else replace(after, pipeline_id=pipeline.id)
                    after = after if after.chance != was.chance else replace(after, chance=stage.chance)
    if after.property_id not in (None, was.property_id) and after.project_id == was.project_id:
        found = await get_records(unit, Property, [after.property_id or 0])
        house = found.get(after.property_id or 0)
        after = replace(after, project_id=house.project_id if house is not None else None)
    return _without_what_follows(after)


CATEGORIES = ("qualified", "unqualified", "lost")
RANGES = ("feeling", "start_date")
_CATEGORY = Column("category", f"{EXTRAS}.category", choice_of(*CATEGORIES))
DEAL = Kind(
    DEALS.with_columns(one("client_id", "contact_id", "contacts", required=True), _CATEGORY),
    "client_property",
    Deal(),
    entity="deals",
    finish=_finished,
)
PIPELINE = Kind(PIPELINES.without("created_at", "updated_at", "deleted_at"), "deal_pipeline", DealPipeline(name=""))
FILTERS = (
    Filter("client_id", "contact", "contacts"),
    Filter("property_id", "property", "properties"),
    Filter("project_id", "project", "projects"),
    Filter("broker_id", "user", "users"),
    Filter("deal_stage_id", "stage", "deal_stages"),
    Filter("deal_stage_ids", "stage", "deal_stages"),
    Filter("deal_pipeline_id", "pipeline", "deal_pipelines"),
    Filter("deal_pipeline_ids", "pipeline", "deal_pipelines"),
    Filter("client_source_id", "source", "sources"),
    Filter("reservation_reason_ids", "reservation_reason", "reservation_reasons"),
)


async def _list(ask: Ask) -> Reply:
    view, params = ask.session.view, ask.params
    keys = [*await kinds.keys_of(view, params, FILTERS), *await indirect_keys(view, params)]
    tests = [*bounds(params, view, DEALS, RANGES), *await side_tests(view, params, keys)]
    category = params.choice("category", CATEGORIES)
    if category is not None:
        tests.append(lambda deal: category_of(deal) == category)
    order = deal_order(params)
    if tests or order.pick is not None:
        found, total = await search(ask, Deal, keys, tests, order, count=True)
    else:
        listed = await kinds.list_page(ask, DEAL, keys, sort=(order.column, order.descending))
        found, total = listed.records, await listed.total()
    rows = await deal_rows(view, found)
    await _include(view, params, rows, found)
    return answer({"data": rows, "meta": {"total_count": total}})


def category_of(deal: Deal) -> str:
    """What was said of the deal, else lost with a reason, qualified at a stage, unqualified without one: ours."""
    said = deal.extras.get(DIALECT, {}).get("category")
    if said in CATEGORIES:
        return str(said)
    return "lost" if deal.reservation_reason_id is not None else "unqualified" if deal.stage_id is None else "qualified"


async def deal_rows(view: View, deals: Sequence[Deal]) -> list[dict[str, Any]]:
    """The deals as rows."""
    rows = await kinds.rows(view, DEAL, deals)
    for row, deal in zip(rows, deals, strict=True):
        row["category"] = category_of(deal)
    return rows


async def _row(view: View, deal: Deal) -> dict[str, Any]:
    return (await deal_rows(view, [deal]))[0]


async def _include(view: View, params: Params, rows: Sequence[dict[str, Any]], deals: Sequence[Deal]) -> None:
    """Put the contacts and properties into the rows where `include` asks for them."""
    asked = params.texts("include") or ()
    if "client" in asked:
        people = await get_contacts(view, sorted({deal.contact_id for deal in deals if deal.contact_id is not None}))
        around = Around(view.vocabulary, view.zone, await count_children(view, list(people.values())))
        for row, deal in zip(rows, deals, strict=True):
            person = people.get(deal.contact_id or 0)
            row["client"] = None if person is None else encode_row(person, around)
    if "property" in asked:
        wanted = sorted({deal.property_id for deal in deals if deal.property_id is not None})
        houses = await get_records(view, Property, wanted)
        shown = dict(zip(houses, await property_rows(view, list(houses.values())), strict=True))
        for row, deal in zip(rows, deals, strict=True):
            row["property"] = shown.get(deal.property_id or 0)


async def _read(ask: Ask) -> Reply:
    view = ask.session.view
    deal = await kinds.found(view, DEAL, ask.path_params["id"])
    rows = await deal_rows(view, [deal])
    await _include(view, ask.params, rows, [deal])
    return answer(rows[0])


async def _pipelines(ask: Ask) -> Reply:
    return answer({"data": await _pipeline_rows(ask.session.view)})


async def _pipeline(ask: Ask) -> Reply:
    for row in await _pipeline_rows(ask.session.view):
        if str(row["id"]) == ask.path_params["id"]:
            return answer(row)
    raise NotFound


async def _pipeline_rows(view: View) -> list[dict[str, Any]]:
    def position(pipeline: DealPipeline) -> tuple[bool, int, int]:
        return pipeline.position is None, pipeline.position or 0, pipeline.id

    return await kinds.rows(view, PIPELINE, sorted(view.vocabulary.listed(DealPipeline).values(), key=position))


_CALLS = Calls("/client_properties", DEAL, "Deal", "Deal", show=_row)
_INCLUDED: Mapping[str, Schema] = {
    "client": {"anyOf": [ref("ContactRow"), {"type": "null"}]},
    "property": {"anyOf": [ref("Property"), {"type": "null"}]},
}
ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/client_properties",
        _list,
        "deals:read",
        "Deals lesen",
        params=(
            *(ids(one.name) for one in FILTERS),
            ids("team_id", "Of a broker of these teams."),
            ids("property_broker_ids", "About properties of these brokers."),
            param("category", {"enum": [*CATEGORIES, ""]}),
            *(param(f"feeling_{end}", {"type": "number", "minimum": 0, "maximum": 3}) for end in ("from", "to")),
            *(param(f"start_date_{end}", TIME) for end in ("from", "to")),
            ids("client_broker_ids", "Of contacts of these brokers."),
            param("show_archived_clients", FLAG, "false: without those of archived contacts."),
            param("hide_archived_properties", FLAG, "true: without those about archived properties."),
            PAGE,
            PER,
            *SPANS,
            param("sort_by", {"enum": [*SORTS, ""]}, "What has none comes last."),
            ORDER,
            INCLUDE,
        ),
        answers={200: with_meta("data", ref("Deal"))},
        errors=LIST_ERRORS,
    ),
    _CALLS.creating(),
    Route(
        "GET",
        "/client_properties/{id}",
        _read,
        "deals:read",
        "Deal lesen",
        params=(INCLUDE,),
        answers={200: ref("Deal")},
        errors=READ_ERRORS,
    ),
    _CALLS.changing(),
    _CALLS.removing(),
    Route(
        "GET",
        "/deal_pipelines",
        _pipelines,
        "deal_pipelines:read",
        "Deal-Pipelines lesen",
        answers={200: data_of(ref("DealPipeline"))},
    ),
    Route(
        "GET",
        "/deal_pipelines/{id}",
        _pipeline,
        "deal_pipelines:read",
        "Deal-Pipeline lesen",
        answers={200: ref("DealPipeline")},
        errors=(401, 404, 429),
    ),
)
_DEAL = row_schema(DEAL.table, custom=True)
SCHEMAS: Mapping[str, Schema] = {
    "Deal": {**_DEAL, "properties": {**_DEAL["properties"], **_INCLUDED}},
    "DealBody": body_schema(DEAL.table, "client_property", new=False, custom=True),
    "NewDealBody": body_schema(DEAL.table, "client_property", new=True, custom=True),
    "DealPipeline": row_schema(PIPELINE.table),
}
