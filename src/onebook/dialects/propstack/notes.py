"""The paths of notes and of events, which are lists of the tasks that are the one or the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.calls import LIST_ERRORS
from onebook.dialects.propstack.draft import DIALECT
from onebook.dialects.propstack.ids import own_ids
from onebook.dialects.propstack.kinds import Filter, Kind
from onebook.dialects.propstack.parameters import FLAG, ORDER, PAGE, PER, SPANS, TIME, ids, param
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import list_of, ref, shape
from onebook.dialects.propstack.search import Order, picker_of, search
from onebook.dialects.propstack.shapes import row_schema, with_meta
from onebook.dialects.propstack.tables.tasks import STATE, STATES, TASKS
from onebook.dialects.propstack.tasks import BODY, MORE, given_in, make_task, task_rows
from onebook.dialects.propstack.values import nullable
from onebook.errors import Invalid
from onebook.http.params import Params
from onebook.http.route import Ask, Reply, Route, Schema
from onebook.model.activity import Activity, Appointment, Note
from onebook.service.record_walk import Test
from onebook.service.session import Unit, View
from onebook.store.records import RecordSort

NOTE: Kind[Activity] = Kind(TASKS[Note], "note", Note())
EVENT: Kind[Activity] = Kind(TASKS[Appointment], "task", Appointment())
FILTERS = (
    Filter("broker", "user", "users"),
    Filter("broker_id", "user", "users"),
    Filter("client", "contact", "contacts"),
    Filter("client_id", "contact", "contacts"),
    Filter("property", "property", "properties"),
    Filter("property_id", "property", "properties"),
    Filter("project", "project", "projects"),
    Filter("project_id", "project", "projects"),
    Filter("note_type", "type", "activity_types"),
)
EVENT_SORTS: Mapping[str, RecordSort] = {
    "starts_at": "position",
    "id": "id",
    "created_at": "created_at",
    "updated_at": "updated_at",
}


_SINGLE: Mapping[str, str] = {f"{name}_id": f"{name}_ids" for name in ("client", "property", "project")}
"""What a note is about, by the names of its filters."""


async def _notes(ask: Ask) -> Reply:
    view = ask.session.view
    listed = await kinds.list_page(ask, NOTE, await kinds.keys_of(view, ask.params, FILTERS))
    return answer({"notes": await _named_rows(view, listed.records)})


async def _named_rows(view: View, found: Sequence[Activity]) -> list[dict[str, Any]]:
    """The tasks, each with what its first contact and its first property are called."""
    rows = await task_rows(view, found)
    for row, one in zip(rows, found, strict=True):
        row["client"] = next(iter(row["clients"]), None)
        row["property"] = next(iter(row["units"]), None)
        row["get_title"] = one.title
        row["comment_size"] = 0
    return rows


async def _create(ask: Ask) -> Reply:
    given = given_in(ask, "note")
    rest = {name: value for name, value in given.items() if name not in ("is_event", "is_reminder", *_SINGLE)}
    rest |= {_SINGLE[name]: [given[name]] for name in _SINGLE if name in given and _SINGLE[name] not in given}
    bodies = [name for name in ("title", "note_type_id", "body") if rest.get(name) not in (None, "")]
    if not bodies:
        raise Invalid.at("body", "is required", "required")

    async def work(unit: Unit) -> Activity:
        return await make_task(unit, rest, (Note,), untitled=True)

    note = await ask.session.write(work)
    return answer((await _named_rows(ask.session.view, [note]))[0])


async def _events(ask: Ask) -> Reply:
    view, params = ask.session.view, ask.params
    keys = await kinds.keys_of(view, params, FILTERS)
    sort = (
        kinds.sorting(params, EVENT_SORTS) if params.text("sort_by") else ("position", params.text("order") == "desc")
    )
    tests = await _event_tests(view, params)
    if tests:
        order = Order(*sort)
        found, total = await search(ask, Appointment, keys, tests, order, happened="starts_at", count=True)
    else:
        listed = await kinds.list_page(ask, EVENT, keys, sort=sort, happened="starts_at")
        found, total = [one for one in listed.records if isinstance(one, Appointment)], await listed.total()
    return answer({"events": await _named_rows(view, found), "meta": {"total_count": total}})


async def _event_tests(view: View, params: Params) -> list[Test]:
    """What `state`, `recurring`, `tag` and the bounds of `ends_at` ask of each event. Raises Invalid."""
    tests: list[Test] = []
    state = params.text("state")
    if state:
        number = STATE.read(state, "state", view.zone)
        tests.append(lambda event: (event.state or 0) == number)
    recurring = params.flag("recurring")
    if recurring is not None:
        tests.append(lambda event: _recurs(event) == recurring)
    tags = params.integers("tag") or params.integers("group_id")
    if tags:
        owns = await own_ids(view, [("tags", number) for number in tags])
        wanted = set(owns.values())
        tests.append(lambda event: not wanted.isdisjoint(_GROUPS(event) or ()))
    first, last = kinds.span(params, "ends_at", view.zone)
    if first is not None:
        tests.append(lambda event: event.ends_at is not None and event.ends_at >= first)
    if last is not None:
        tests.append(lambda event: event.ends_at is not None and event.ends_at <= last)
    return tests


def _recurs(event: Appointment) -> bool:
    return bool(event.recurrence) or event.extras.get(DIALECT, {}).get("recurring") is True


_GROUPS = picker_of(TASKS[Appointment], "group_ids")


_ENDS = ("from", "to", "after", "before")
_FILTERS = tuple(ids(one.name) for one in FILTERS)
ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/notes",
        _notes,
        "notes:read",
        "Notizen lesen",
        params=(*_FILTERS, *SPANS, PAGE, PER, param("sort_by", {"enum": [*kinds.SORTS, ""]}), ORDER),
        answers={200: shape({"notes": list_of(ref("Note"))})},
        errors=LIST_ERRORS,
    ),
    Route(
        "POST",
        "/notes",
        _create,
        "notes:write",
        "Notiz erstellen",
        body=ref("NoteBody"),
        answers={200: ref("Note")},
        errors=(400, 401, 413, 422, 429),
    ),
    Route(
        "GET",
        "/events",
        _events,
        "appointments:read",
        "Termine lesen, nach ihrem Beginn",
        params=(
            *_FILTERS,
            *SPANS,
            *(param(f"{name}_{end}", TIME) for name in ("starts_at", "ends_at") for end in _ENDS),
            param("state", {"enum": [*STATES, ""]}),
            param("recurring", FLAG),
            ids("tag", "Has any of these groups."),
            ids("group_id", "The same."),
            PAGE,
            PER,
            param("sort_by", {"enum": [*EVENT_SORTS, ""]}),
            ORDER,
        ),
        answers={200: with_meta("events", ref("Note"))},
        errors=LIST_ERRORS,
    ),
)
_NAMED: Schema = {"anyOf": [shape({"id": {"type": "integer"}, "name": nullable("string")}), {"type": "null"}]}
SCHEMAS: Mapping[str, Schema] = {
    "Note": row_schema(
        TASKS[Note],
        {
            **MORE,
            "client": _NAMED,
            "property": _NAMED,
            "get_title": nullable("string"),
            "comment_size": {"type": "integer"},
        },
    ),
    "NoteBody": {"type": "object", "required": ["note"], "properties": {"note": BODY["properties"]["task"]}},
}
