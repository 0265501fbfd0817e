"""The paths of tasks: one for appointments, todos, notes and cancelations; what is said of one decides which it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import asdict, replace

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.calls import LIST_ERRORS, READ_ERRORS, WRITE_ERRORS
from onebook.dialects.propstack.custom_fields import custom_fields_shown
from onebook.dialects.propstack.draft import DIALECT
from onebook.dialects.propstack.filters import page_of
from onebook.dialects.propstack.ids import own_ids, read_beside
from onebook.dialects.propstack.kinds import Filter
from onebook.dialects.propstack.parameters import FLAG, ORDER, PAGE, PER, SPANS, ids, param
from onebook.dialects.propstack.permits import permitted
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import list_of, ref, shape
from onebook.dialects.propstack.shapes import CUSTOM_FIELDS, body_schema, row_schema, with_meta
from onebook.dialects.propstack.shown import shown_id
from onebook.dialects.propstack.tables.column import EXTRAS, Column, picker, put
from onebook.dialects.propstack.tables.tasks import FLAGS, TASKS, kind_of
from onebook.dialects.propstack.tables.written import CUSTOM, Written, read_written, unwrapped
from onebook.dialects.propstack.values import SWITCH, read_value
from onebook.errors import Forbidden, Invalid, NotFound
from onebook.http.route import Ask, Reply, Route, Schema
from onebook.model.activity import Activity, Note
from onebook.model.contact import display_name
from onebook.model.project import Project
from onebook.model.property import Property
from onebook.service.feed import count_feed, find_feed
from onebook.service.records import (
    change_record,
    create_record,
    get_records,
    records_by_shown_ids,
    remove_record,
    restore_record,
)
from onebook.service.session import Unit, View
from onebook.store.contacts import read_contacts


async def found_task(view: View, shown: str, among: Sequence[type[Activity]]) -> Activity:
    """The task of one of some kinds that answers to `shown`; raises NotFound."""
    if "\0" not in shown:
        for record in among:
            found = await records_by_shown_ids(view, record, DIALECT, [shown])
            if shown in found:
                return found[shown]
    raise NotFound


async def task_rows(view: View, tasks: Sequence[Activity]) -> list[dict[str, Any]]:
    """The tasks as they are read alone, each with all keys."""
    beside = await read_beside(view, TASKS.values(), tasks)
    fields = view.vocabulary.fields_of("activities")
    links = await read_links(view, tasks)
    rows = []
    for task in tasks:
        row = TASKS[type(task)].row(task, beside)
        row |= {name: isinstance(task, record) for name, record in FLAGS.items()}
        row[CUSTOM] = custom_fields_shown(task.custom, fields, view.zone)
        for name, found in links.items():
            row[name] = [found[number] for number in LINKS[name](task) if number in found]
        rows.append({**row, "attachments": []})
    return rows


LINKS: Mapping[str, Callable[[Activity], tuple[int, ...]]] = {
    "clients": lambda one: one.contact_ids,
    "units": lambda one: one.property_ids,
    "projects": lambda one: one.project_ids,
}
"""What a task is linked with, shown by id and name; written by `client_ids`, `property_ids`, `project_ids`."""


async def read_links(view: View, tasks: Sequence[Activity]) -> dict[str, dict[int, dict[str, Any]]]:
    """Shown id and name of all that the activities are linked with, by own id; one query for each kind."""
    wanted = {name: sorted({number for one in tasks for number in ids_of(one)}) for name, ids_of in LINKS.items()}
    people = await read_contacts(view.reader, wanted["clients"])
    houses = await get_records(view, Property, wanted["units"])
    projects = await get_records(view, Project, wanted["projects"])
    return {
        "clients": {key: {"id": shown_id(one), "name": display_name(one)} for key, one in people.items()},
        "units": {key: {"id": shown_id(one), "name": one.reference or one.title or ""} for key, one in houses.items()},
        "projects": {key: {"id": shown_id(one), "name": one.name or one.title or ""} for key, one in projects.items()},
    }


FILTERS = (
    *(Filter(name, "user", "users") for name in ("broker", "broker_id")),
    *(Filter(name, "contact", "contacts") for name in ("client", "client_id")),
    *(Filter(name, "property", "properties") for name in ("property", "property_id")),
    *(Filter(name, "project", "projects") for name in ("project", "project_id")),
    *(Filter(name, "type", "activity_types") for name in ("note_type", "note_type_id")),
)


async def _list(ask: Ask) -> Reply:
    """All four kinds of task, the newest first; `is_reminder` and `is_event` ask for one of them: ours."""
    view, params = ask.session.view, ask.params
    wanted = permitted(ask, "read", TASKS)
    for name, record in FLAGS.items():
        flag = params.flag(name)
        wanted = wanted if flag is None else [one for one in wanted if (one is record) == flag]
    keys, created = await kinds.keys_of(view, params, FILTERS), kinds.span(params, "created_at", view.zone)
    descending = kinds.sorting(params)[1] if params.text("order") else True
    if not wanted:
        return answer({"tasks": [], "meta": {"total_count": 0}})
    found = await find_feed(view, wanted, page_of(params), keys=keys, created=created, descending=descending)
    total = await count_feed(view, wanted, keys=keys, created=created)
    rows = await task_rows(view, [one for one in found if isinstance(one, Activity)])
    return answer({"tasks": rows, "meta": {"total_count": total}})


async def _read(ask: Ask) -> Reply:
    view = ask.session.view
    task = await found_task(view, ask.path_params["id"], permitted(ask, "read", TASKS))
    return answer((await task_rows(view, [task]))[0])


async def _create(ask: Ask) -> Reply:
    may = permitted(ask, "write", TASKS)
    given = given_in(ask, "task")

    async def work(unit: Unit) -> Activity:
        return await make_task(unit, given, may)

    return answer({"ok": True, "id": shown_id(await ask.session.write(work))})


async def _delete(ask: Ask) -> Reply:
    may = permitted(ask, "write", TASKS)

    async def work(unit: Unit) -> int:
        task = await found_task(unit, ask.path_params["id"], may)
        await remove_record(unit, type(task), task.id)
        return shown_id(task)

    return answer({"ok": True, "id": await ask.session.write(work)})


def given_in(ask: Ask, wrapper: str) -> Mapping[str, Any]:
    """What the body holds under its wrapper; raises Invalid where that is nothing."""
    given = unwrapped(ask.json(), wrapper)
    if not given:
        raise Invalid.at(wrapper, "must not be empty", "empty")
    return given


async def make_task(
    unit: Unit, given: Mapping[str, Any], may: Sequence[type[Activity]], *, untitled: bool = False
) -> Activity:
    """A new task of one of the kinds that one `may`.

    Without a title and a type it is refused (the vendor's page), unless it may be `untitled`.
    """
    written = _written(unit, given, None, may)
    task = await _edited(unit, written, None, written.table.record())
    if not untitled and not (task.title or "").strip() and task.type_id is None:
        raise Invalid.at("title", "or note_type_id is required", "required")
    return await create_record(unit, task)


_SHOWN_ONLY = frozenset({*FLAGS, *LINKS, "attachments"})


def _written(
    unit: Unit, given: Mapping[str, Any], before: type[Activity] | None, may: Sequence[type[Activity]]
) -> Written[Activity]:
    """What `given` says, as columns of the kind of task that it makes; raises Forbidden for one that one may not."""
    flags = {name: read_value(SWITCH, given[name], name, unit.zone) for name in FLAGS if name in given}
    said = {**given, **flags}
    record = kind_of(said, before)
    if record not in may:
        raise Forbidden
    table = TASKS[record]
    rest = {name: value for name, value in given.items() if name not in _SHOWN_ONLY}
    return read_written(table, rest, unit.zone, new=False, custom=True)


async def _edited(unit: Unit, written: Written[Activity], before: Activity | None, task: Activity) -> Activity:
    beside = None if before is None else await read_beside(unit, [written.table], [task])
    owns = await own_ids(unit, written.points())
    return written.edit(beside, owns, unit.vocabulary.fields_of("activities"))(task)


async def _change(ask: Ask) -> Reply:
    may = permitted(ask, "write", TASKS)
    given = given_in(ask, "task")

    async def work(unit: Unit) -> Activity:
        before = await found_task(unit, ask.path_params["id"], may)
        written = _written(unit, given, type(before), may)
        if isinstance(before, written.table.record):
            after = await _edited(unit, written, before, before)
            return await change_record(unit, type(before), before.id, lambda _: after)
        after = await _edited(unit, written, before, _moved(before, written.table.record, unit))
        await remove_record(unit, type(before), before.id)
        return await _placed(unit, before, after)

    changed = await ask.session.write(work)
    return answer((await task_rows(ask.session.view, [changed]))[0])


async def _placed(unit: Unit, before: Activity, after: Activity) -> Activity:
    """Write the moved task: in the place of what it was when it was of that kind before, else as a new one."""
    record, number = type(after), shown_id(before)
    was = (await get_records(unit, record, [number])).get(number)
    if was is None or was.deleted_at is None or was.created_at != before.created_at or DIALECT in was.external_ids:
        return await create_record(unit, after, as_it_was=True)
    own = {name: value for name, value in after.external_ids.items() if name != DIALECT}
    await restore_record(unit, record, number)
    return await change_record(unit, record, number, lambda _: replace(after, external_ids=own))


def _moved(before: Activity, record: type[Activity], unit: Unit) -> Activity:
    """The task as one of another kind, which answers to the same id; what that has no field for goes to the extras."""
    kept = {name: value for name, value in asdict(before).items() if name in record.__struct_fields__}
    kept["external_ids"] = {**before.external_ids, DIALECT: str(shown_id(before))}
    kept["updated_at"] = unit.now
    values: list[tuple[Column, Any]] = []
    for old, new in zip(TASKS[type(before)].columns, TASKS[record].columns, strict=True):
        if isinstance(old, Column) and isinstance(new, Column) and old.home != new.home:
            value = picker(old)(before)
            values += [(new, value)] if value else []
            values += [(old, None)] if old.home.startswith(EXTRAS) else []
    return put(record(**kept), values)


_TABLE = TASKS[Note]
MORE: Mapping[str, Schema] = {
    **{name: {"type": "boolean"} for name in FLAGS},
    CUSTOM: CUSTOM_FIELDS,
    **{name: list_of(shape({"id": {"type": "integer"}, "name": {"type": "string"}})) for name in LINKS},
    "attachments": list_of({"type": "object"}),
}
BODY = body_schema(_TABLE, "task", new=False, custom=True)
BODY["properties"]["task"]["properties"] |= dict.fromkeys(FLAGS, SWITCH.takes)
ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/tasks",
        _list,
        "",
        "Aufgaben, Termine, Notizen und Absagen lesen, die neuesten zuerst",
        params=(
            *(ids(one.name) for one in FILTERS),
            *(param(name, FLAG) for name in FLAGS),
            *SPANS[:2],
            ORDER,
            PAGE,
            PER,
        ),
        answers={200: with_meta("tasks", ref("Task"))},
        errors=LIST_ERRORS,
    ),
    Route(
        "POST",
        "/tasks",
        _create,
        "",
        "Aufgabe, Termin, Notiz oder Absage erstellen",
        body=ref("TaskBody"),
        answers={200: ref("Done")},
        errors=(400, 401, 413, 422, 429),
    ),
    Route("GET", "/tasks/{id}", _read, "", "Aufgabe lesen", answers={200: ref("Task")}, errors=READ_ERRORS),
    Route(
        "PUT",
        "/tasks/{id}",
        _change,
        "",
        "Aufgabe aktualisieren: nur was angegeben ist",
        body=ref("TaskBody"),
        answers={200: ref("Task")},
        errors=WRITE_ERRORS,
    ),
    Route(
        "DELETE",
        "/tasks/{id}",
        _delete,
        "",
        "Aufgabe löschen: kommt in den Papierkorb",
        answers={200: ref("Done")},
        errors=READ_ERRORS,
    ),
)
SCHEMAS: Mapping[str, Schema] = {"Task": row_schema(_TABLE, MORE), "TaskBody": BODY}
