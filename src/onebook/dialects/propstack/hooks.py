"""The paths of webhooks: who wants to be told of what. The telling itself is no part of this module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.calls import READ_ERRORS
from onebook.dialects.propstack.draft import DIALECT
from onebook.dialects.propstack.kinds import Kind
from onebook.dialects.propstack.parameters import param
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import list_of, ref, shape
from onebook.dialects.propstack.shown import shown_id
from onebook.dialects.propstack.tables.column import Column, Table
from onebook.dialects.propstack.tables.rows import ID
from onebook.dialects.propstack.values import TEXT, read_value
from onebook.errors import Invalid, NotFound
from onebook.http.route import Ask, Reply, Route, Schema
from onebook.model.query import Page
from onebook.model.webhook import Webhook
from onebook.service.records import create_record, find_records, remove_record
from onebook.service.session import Unit

EVENTS: tuple[str, ...] = (
    *("client_created", "client_updated", "property_created", "property_updated"),
    *("task_created", "task_updated", "task_deleted"),
    *("client_property_created", "client_property_updated", "client_property_deleted"),
    *("project_created", "project_updated"),
    *("document_created", "document_updated", "document_deleted"),
    *("saved_query_created", "saved_query_updated", "saved_query_deleted"),
)
"""The vendor's page; written in any case, read back in capitals."""
_ALL = Page(limit=10_000)
HOOK = Kind(
    Table("hooks", Webhook, (ID, Column("event", "event", show=str.upper), Column("target_url", "url"))),
    "hook",
    Webhook(event="", url=""),
)


async def _list(ask: Ask) -> Reply:
    view = ask.session.view
    found = await find_records(view, Webhook, _ALL, keys=[("dialect", (DIALECT,))])
    return answer({"hooks": await kinds.rows(view, HOOK, found)})


async def _create(ask: Ask) -> Reply:
    url, event = _said(ask, "target_url"), _said(ask, "event").lower()
    if event not in EVENTS:
        raise Invalid.at("event", f"must be one of {', '.join(EVENTS)}", "not_a_choice")

    async def work(unit: Unit) -> Webhook:
        known = await find_records(unit, Webhook, _ALL, keys=[("dialect", (DIALECT,)), ("event", (event,))])
        same = next((one for one in known if one.url == url), None)
        return same or await create_record(unit, Webhook(event=event, url=url, dialect=DIALECT))

    return answer({"id": shown_id(await ask.session.write(work))})


def _said(ask: Ask, name: str) -> str:
    """What the query says, else the body, which may be wrapped in `hook`. Raises Invalid where neither does."""
    asked = ask.params.text(name)
    payload: Any = ask.json() if asked is None else {}
    inner = payload.get("hook", payload) if isinstance(payload, dict) else {}
    value = asked if asked is not None or not isinstance(inner, dict) else inner.get(name)
    text = read_value(TEXT, value, name, ask.session.view.zone)
    if text is None or not text.strip():
        raise Invalid.at(name, "is required", "required")
    return str(text).strip()


async def _delete(ask: Ask) -> Reply:
    async def work(unit: Unit) -> None:
        hook = await kinds.found(unit, HOOK, ask.path_params["id"])
        if hook.dialect != DIALECT:
            raise NotFound
        await remove_record(unit, Webhook, hook.id)

    await ask.session.write(work)
    return answer({"ok": True})


ROUTES: tuple[Route, ...] = (
    Route("GET", "/hooks", _list, "webhooks:read", "Hooks aufrufen", answers={200: ref("Hooks")}),
    Route(
        "POST",
        "/hooks",
        _create,
        "webhooks:write",
        "Hook erstellen",
        params=(param("target_url"), param("event", {"enum": [*EVENTS, *(event.upper() for event in EVENTS)]})),
        body={
            "type": "object",
            "properties": {
                "target_url": {"type": "string", "format": "uri"},
                "event": {"enum": [*EVENTS, *(event.upper() for event in EVENTS)]},
            },
        },
        body_required=False,
        answers={200: ref("HookMade")},
        errors=(400, 401, 413, 422, 429),
    ),
    Route(
        "DELETE",
        "/hooks/{id}",
        _delete,
        "webhooks:write",
        "Hook löschen",
        answers={200: ref("Ok")},
        errors=READ_ERRORS,
    ),
)
_HOOK: Mapping[str, Schema] = {"id": {"type": "integer"}, "event": {"type": "string"}, "target_url": {"type": "string"}}
SCHEMAS: Mapping[str, Schema] = {
    "Hooks": shape({"hooks": list_of(shape(_HOOK))}),
    "HookMade": shape({"id": {"type": "integer"}}),
}
