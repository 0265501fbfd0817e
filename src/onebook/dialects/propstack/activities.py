"""The paths of activities, one feed of all that happened, and of the kinds of activities there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.calls import LIST_ERRORS, READ_ERRORS
from onebook.dialects.propstack.filters import page_of
from onebook.dialects.propstack.ids import read_beside
from onebook.dialects.propstack.kinds import Filter
from onebook.dialects.propstack.parameters import FLAG, ORDER, PAGE, PER, SPANS, ids, param
from onebook.dialects.propstack.permits import permitted
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import list_of, ref, shape
from onebook.dialects.propstack.shapes import row_schema, with_meta
from onebook.dialects.propstack.shown import shown_id
from onebook.dialects.propstack.tables import activities as dump
from onebook.dialects.propstack.tables.column import Column, Table
from onebook.dialects.propstack.tables.rows import CREATED, CREATOR, many
from onebook.dialects.propstack.tables.tasks import STATE, STATES, TASKS
from onebook.dialects.propstack.tasks import LINKS, read_links, task_rows
from onebook.dialects.propstack.values import NUMBER, nullable
from onebook.errors import Invalid, NotFound
from onebook.http.params import Params
from onebook.http.route import Ask, Reply, Route, Schema
from onebook.model.activity import (
    Activity,
    ActivityType,
    Appointment,
    Cancelation,
    Message,
    Note,
    Policy,
    Todo,
)
from onebook.model.organisation import ReservationReason
from onebook.service.contacts import is_own_id
from onebook.service.feed import count_feed, find_feed
from onebook.service.records import get_records
from onebook.service.session import View

TYPES: Mapping[str, type[Activity]] = {
    "message": Message,
    "note": Note,
    "reminder": Todo,
    "event": Appointment,
    "policy": Policy,
    "cancelation": Cancelation,
}
"""`item_type` and `conversation_type`; a cancelation's is ours."""
_NEVER = ("decision", "sms", "letter")
"""The vendor's other words for `item_type`: nothing here is one."""
_TYPE_OF = {record: name for name, record in TYPES.items()}
CATEGORIES: Mapping[str, str] = {
    "message": "message",
    "note": "for_notes",
    "reminder": "for_reminders",
    "event": "for_events",
    "cancelation": "for_cancelations",
    "policy": "for_policies",
}
"""The category of a kind of activity in the book, and here; the last two are ours."""
FILTERS = (
    Filter("category_id", "type", "activity_types"),
    Filter("client_id", "contact", "contacts"),
    Filter("property_id", "property", "properties"),
    Filter("project_id", "project", "projects"),
    Filter("broker_id", "user", "users"),
    Filter("client_ids", "contact", "contacts"),
    Filter("property_ids", "property", "properties"),
    Filter("project_ids", "project", "projects"),
    Filter("reason_ids", "reservation_reason", "reservation_reasons"),
)
_COLUMNS = (
    Column("id", "id", NUMBER, written=False),
    dump.BROKER,
    dump.CLIENTS,
    dump.PROPERTIES,
    dump.PROJECTS,
    dump.SOURCE,
    CREATOR,
    Column("category_id", "type_id", dump.NOTE_TYPE.kind, "activity_types"),
    CREATED,
    dump.STARTS,
    Column("state", "state", STATE, show=lambda number: STATES[number] if 0 <= number < 3 else "", nothing=STATES[0]),
    Column("title", "title"),
    Column("body", "body"),
    Column("private", "is_private", dump.ALL_DAY.kind, nothing=False),
    many("group_ids", "extras.group_ids", "tags"),
)
_FEED: Mapping[type[Activity], Table[Activity]] = {
    record: Table("activities", record, _COLUMNS) for record in TYPES.values()
}
_ACTIVATABLE: Mapping[type[Activity], Table[Any]] = {Message: dump.MESSAGES, Policy: dump.POLICIES}


async def _list(ask: Ask) -> Reply:
    view, params = ask.session.view, ask.params
    wanted = _wanted(params, permitted(ask, "read", TYPES.values()))
    keys = await kinds.keys_of(view, params, FILTERS)
    if params.flag("not_completed"):
        wanted = [record for record in wanted if record is Todo]
        keys.append(("is_done", ("0",)))
    created = (
        params.moment("created_at_from", view.zone),
        params.moment("created_at_to", view.zone, upper=True),
    )
    descending = kinds.sorting(params)[1] if params.text("order") else True
    found = await find_feed(view, wanted, page_of(params), keys=keys, created=created, descending=descending)
    total = await count_feed(view, wanted, keys=keys, created=created)
    activities = [one for one in found if isinstance(one, Activity)]
    return answer({"data": await _rows(view, activities), "meta": {"total_count": total}})


def _wanted(params: Params, among: Sequence[type[Activity]]) -> list[type[Activity]]:
    """Those that `item_type`, which some clients call `type`, asks for. Raises Invalid for an unknown word."""
    for name in ("item_type", "type"):
        asked = params.texts(name)
        if asked:
            if any(one not in TYPES and one not in _NEVER for one in asked):
                raise Invalid.at(name, f"must be one of {', '.join(TYPES)}", "not_a_choice")
            return [record for record in among if _TYPE_OF[record] in asked]
    return list(among)


async def _rows(view: View, found: Sequence[Activity]) -> list[dict[str, Any]]:
    beside = await read_beside(view, _FEED.values(), found)
    links = await read_links(view, found)
    rows = []
    for one in found:
        row = _FEED[type(one)].row(one, beside)
        row["conversation_type"] = _TYPE_OF[type(one)]
        row |= {"activatable_id": shown_id(one), "activatable_type": _container_type(one)}
        reason = view.vocabulary.listed(ReservationReason).get(getattr(one, "reservation_reason_id", None) or 0)
        row["reason_id"] = None if reason is None else shown_id(reason)
        row["done"] = getattr(one, "is_done", False)
        row["outgoing"] = getattr(one, "direction", None) == "out"
        for name, link in _NAMED.items():
            row[name] = [links[link][number]["name"] for number in LINKS[link](one) if number in links[link]]
        rows.append(row)
    return rows


_NAMED: Mapping[str, str] = {"client_names": "clients", "property_names": "units", "project_names": "projects"}


async def _read(ask: Ask) -> Reply:
    """An activity's id is the record's own in the book, whatever a task or e-mail shows: ours."""
    view, shown = ask.session.view, ask.path_params["id"]
    for record in permitted(ask, "read", TYPES.values()):
        found = await get_records(view, record, [int(shown)]) if is_own_id(shown) else {}
        for one in found.values():
            if one.deleted_at is None:
                return answer(await _container(view, one))
    raise NotFound


async def _container(view: View, one: Activity) -> dict[str, Any]:
    if isinstance(one, tuple(TASKS)):
        row = (await task_rows(view, [one]))[0]
    else:
        table = _ACTIVATABLE[type(one)]
        row = table.row(one, await read_beside(view, [table], [one]))
    return {"id": one.id, "activatable_type": _container_type(one), "activatable": row}


def _container_type(one: Activity) -> str:
    """What the activity is: its id in the list of those is `activatable_id`."""
    return "Task" if isinstance(one, tuple(TASKS)) else type(one).__name__


async def _types(ask: Ask) -> Reply:
    def position(one: ActivityType) -> tuple[bool, int, int]:
        return one.position is None, one.position or 0, one.id

    view = ask.session.view
    found = sorted(view.vocabulary.listed(ActivityType).values(), key=position)
    asked = ask.params.text("category")
    rows = [
        {"id": shown_id(one), "name": one.name, "category": CATEGORIES.get(one.category or ""), "color": one.color}
        for one in found
    ]
    rows = [row for row in rows if not asked or row["category"] == asked]
    return answer({"data": rows, "meta": {"total_count": len(rows)}})


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/activities",
        _list,
        "",
        "Aktivitäten lesen, die neuesten zuerst",
        params=(
            *(ids(one.name) for one in FILTERS),
            param("item_type", list_of({"enum": [*TYPES, *_NEVER]}), "Also as `type`."),
            param("not_completed", FLAG, "true: reminders that are not done."),
            *SPANS[:2],
            ORDER,
            PAGE,
            PER,
        ),
        answers={200: with_meta("data", ref("Activity"))},
        errors=LIST_ERRORS,
    ),
    Route(
        "GET",
        "/activities/{id}",
        _read,
        "",
        "Aktivität lesen",
        answers={200: ref("ActivityContainer")},
        errors=READ_ERRORS,
    ),
    Route(
        "GET",
        "/activity_types",
        _types,
        "activity_types:read",
        "Aktivitätstypen lesen",
        params=(param("category"),),
        answers={200: with_meta("data", ref("ActivityType"))},
        errors=LIST_ERRORS,
    ),
)
_NAMES: Schema = list_of({"type": "string"})
_CONTAINERS: Schema = {"enum": ["Task", "Message", "Policy"]}
SCHEMAS: Mapping[str, Schema] = {
    "Activity": row_schema(
        _FEED[Note],
        {
            "conversation_type": {"enum": [*TYPES]},
            "activatable_id": {"type": "integer"},
            "activatable_type": _CONTAINERS,
            "reason_id": nullable("integer"),
            "done": {"type": "boolean"},
            "outgoing": {"type": "boolean"},
            **dict.fromkeys(_NAMED, _NAMES),
        },
    ),
    "ActivityContainer": shape(
        {
            "id": {"type": "integer"},
            "activatable_type": _CONTAINERS,
            "activatable": {"anyOf": [ref("Task"), ref("Message"), ref("Policy")]},
        }
    ),
    "Message": row_schema(dump.MESSAGES),
    "Policy": row_schema(dump.POLICIES),
    "ActivityType": shape(
        {
            "id": {"type": "integer"},
            "name": {"type": "string"},
            "category": {"enum": [*CATEGORIES.values(), None]},
            "color": nullable("string"),
        }
    ),
}
