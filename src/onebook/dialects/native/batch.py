"""Many contacts in one request: each is written or refused on its own, all in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from onebook.dialects.native.codec import chosen_fields, contact_edit, encode, shown
from onebook.dialects.native.on_duplicate import DuplicateRule, asked_rule, duplicate_rule, write_contact
from onebook.dialects.native.problems import problem, status_of
from onebook.dialects.native.replies import post
from onebook.errors import Conflict, Invalid, NotFound, OnebookError, TooLarge
from onebook.http.body import check_value, parse_json
from onebook.http.route import Ask, Reply
from onebook.model.account import Record
from onebook.model.contact import Contact
from onebook.service.contacts import change_contact
from onebook.service.idempotency import Answer
from onebook.service.session import Unit

MOST_ITEMS = 1000
BODY_LIMIT = 16 << 20
_YIELD_EVERY = 8

Write = Callable[[Unit], Awaitable[tuple[int, Contact | Record]]]
"""What one item asks for: the status that it answers with, and what it has written."""


async def batch(ask: Ask) -> Reply:
    """POST /contacts/batch."""
    fields = chosen_fields(Contact, ask.params.texts("fields"))
    asked = asked_rule(ask.params)
    writes = [_write(item, asked, ask.session.view.zone) for item in items(parse_json(ask.raw), "contacts")]

    return await answered(ask, writes, fields, "contact")


async def answered(ask: Ask, writes: Sequence[Write | OnebookError], fields: tuple[str, ...] | None, key: str) -> Reply:
    """Write each in turn, in one transaction; the answer has a row for each, what it wrote under `key`."""

    async def work(unit: Unit) -> Answer:
        rows: list[dict[str, Any]] = []
        for write in writes:
            rows.append(await _row(unit, write, fields, key))
            if len(rows) % _YIELD_EVERY == 0:
                await asyncio.sleep(0)  # whoever only reads gets a turn
        return Answer(status=200, body=encode({"data": rows}))

    return await post(ask, work)


def items(body: Any, what: str) -> list[Any]:
    """The items of the body: bare, under `data` or under `what` they are. Raises Invalid, TooLarge."""
    if isinstance(body, dict):
        unknown = sorted(set(body) - {"data", what})
        if unknown:
            raise Invalid.at(unknown[0][:100], "there is no such field", "unknown_field")
        body = body.get("data", body.get(what))
    if not isinstance(body, list):
        raise Invalid.at("data", f"must be a list of {what}", "wrong_type")
    if len(body) > MOST_ITEMS:
        raise TooLarge.at("data", f"has more than {MOST_ITEMS} {what}", "too_many")
    return body


def asked_id(item: Any) -> int | None:
    """Which one the item changes; None where it makes one. Raises Invalid."""
    number = item.get("id") if isinstance(item, dict) else None
    if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
        raise Invalid.at("id", "must be a whole number", "wrong_type")
    return number


def _write(item: Any, asked: DuplicateRule, zone: ZoneInfo) -> Write | OnebookError:
    """What one item asks for, or what is wrong with it."""
    try:
        check_value(item)
        body, rule = duplicate_rule(item, asked)
        contact_id = asked_id(body)
        edit = contact_edit(body, zone)
    except Invalid as error:
        return error

    async def write(unit: Unit) -> tuple[int, Contact | Record]:
        if contact_id is None:
            return await write_contact(unit, edit, rule)
        return 200, await change_contact(unit, contact_id, edit)

    return write


async def _row(unit: Unit, write: Write | OnebookError, fields: tuple[str, ...] | None, key: str) -> dict[str, Any]:
    """What came of one item. What it refuses, it refuses before it writes anything."""
    if isinstance(write, OnebookError):
        return _refused(write)
    try:
        status, record = await write(unit)
    except (Invalid, Conflict, NotFound) as error:
        return _refused(error)
    return {"status": status, "id": record.id, key: shown(record, fields)}


def _refused(error: OnebookError) -> dict[str, Any]:
    """The row of an item that is not written."""
    return {"status": status_of(error), "error": problem(error)}
