"""Contacts: the handlers of `/contacts` and what is below it."""

from __future__ import annotations

from typing import Any

from onebook.dialects.native.codec import chosen_fields, contact_edit, encode, shown
from onebook.dialects.native.cursor import read_cursor, write_cursor
from onebook.dialects.native.filters import SORTS, TEXTUAL, contact_query
from onebook.dialects.native.on_duplicate import asked_rule, duplicate_rule, write_contact
from onebook.dialects.native.replies import (
    answer_with,
    check_match,
    object_reply,
    path_id,
    post,
    read_reply,
)
from onebook.errors import Invalid
from onebook.http.params import Params
from onebook.http.route import Ask, Handler, Reply
from onebook.model.contact import Contact
from onebook.service.contacts import (
    change_contact,
    contact_history,
    count_contacts,
    get_contact,
    remove_contact,
    restore_contact,
)
from onebook.service.idempotency import Answer
from onebook.service.session import Unit
from onebook.service.walk import walk_contacts

DEFAULT_LIMIT = 50
MOST = 500


def page_limit(params: Params) -> int:
    """How many the list may show. Raises Invalid below 1 and above 500."""
    limit = params.integer("limit")
    if limit is not None and not 1 <= limit <= MOST:
        raise Invalid.at("limit", f"must be from 1 to {MOST}", "out_of_range")
    return DEFAULT_LIMIT if limit is None else limit


def list_body(rows: list[Any], cursor: str | None, total: int | None = None) -> bytes:
    """A list as it is answered; with `total` only where it was asked for."""
    told: dict[str, Any] = {"data": rows, "next_cursor": cursor}
    if total is not None:
        told["total"] = total
    return encode(told)


async def list_contacts(ask: Ask) -> Reply:
    """GET /contacts."""
    view, params = ask.session.view, ask.params
    limit, fields = page_limit(params), chosen_fields(Contact, params.texts("fields"))
    query = contact_query(params, view)
    sort = params.choice("sort", SORTS) or "id"
    place = read_cursor(params.text("cursor"), sort, textual=query.sort in TEXTUAL)
    total = await count_contacts(view, query) if params.flag("total") else None
    found, ended = await walk_contacts(view, query, limit, place)
    return Reply(200, list_body([shown(one, fields) for one in found], write_cursor(ended, sort), total))


async def read(ask: Ask) -> Reply:
    """GET /contacts/{id}."""
    fields = chosen_fields(Contact, ask.params.texts("fields"))
    return read_reply(ask, await get_contact(ask.session.view, path_id(ask, "contact")), fields)


async def create(ask: Ask) -> Reply:
    """POST /contacts."""
    body, rule = duplicate_rule(ask.json(), asked_rule(ask.params))
    edit = contact_edit(body, ask.session.view.zone)

    async def work(unit: Unit) -> Answer:
        return answer_with(*await write_contact(unit, edit, rule))

    return await post(ask, work, "contacts")


async def change(ask: Ask) -> Reply:
    """PATCH /contacts/{id}."""
    contact_id = path_id(ask, "contact")
    edit = contact_edit(ask.json(), ask.session.view.zone)

    async def work(unit: Unit) -> Contact:
        if "if-match" in ask.headers:
            check_match(ask, (await get_contact(unit, contact_id)).version)
        return await change_contact(unit, contact_id, edit)

    return object_reply(await ask.session.write(work))


async def remove(ask: Ask) -> Reply:
    """DELETE /contacts/{id}."""
    contact_id = path_id(ask, "contact")

    async def work(unit: Unit) -> Contact:
        if "if-match" in ask.headers:
            check_match(ask, (await get_contact(unit, contact_id)).version)
        return await remove_contact(unit, contact_id)

    await ask.session.write(work)
    return Reply(204)


async def restore(ask: Ask) -> Reply:
    """POST /contacts/{id}/restore."""
    contact_id = path_id(ask, "contact")

    async def work(unit: Unit) -> Answer:
        return answer_with(200, await restore_contact(unit, contact_id))

    return await post(ask, work)


async def history(ask: Ask) -> Reply:
    """GET /contacts/{id}/history."""
    entries = await contact_history(ask.session.view, path_id(ask, "contact"))
    return Reply(200, list_body(list(entries), None))


HANDLERS: dict[str, Handler] = {
    "list": list_contacts,
    "read": read,
    "create": create,
    "change": change,
    "remove": remove,
    "restore": restore,
    "history": history,
}
