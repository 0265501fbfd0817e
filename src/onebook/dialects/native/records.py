"""The handlers of everything that is no contact: one set for all, made for each row of `collections.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from onebook.dialects.native.codec import chosen_fields, new_record, record_edit, shown
from onebook.dialects.native.collections import Collection
from onebook.dialects.native.contacts import list_body, page_limit
from onebook.dialects.native.cursor import read_cursor, write_cursor
from onebook.dialects.native.filters import external_id_filter
from onebook.dialects.native.record_filters import record_tests
from onebook.dialects.native.replies import answer_with, check_match, object_reply, path_id, post, read_reply
from onebook.errors import Invalid, NotFound
from onebook.http.params import Params
from onebook.http.route import Ask, Handler, Reply
from onebook.model.account import Record
from onebook.model.query import Page
from onebook.service.idempotency import Answer
from onebook.service.record_walk import Test, walk_records
from onebook.service.records import (
    change_record,
    count_records,
    create_record,
    find_records,
    get_record,
    record_history,
    remove_record,
    restore_record,
)
from onebook.service.session import Unit, View
from onebook.service.walk import Place
from onebook.store.moments import micros
from onebook.store.records import RecordSort

R = TypeVar("R", bound=Record)


def handlers(collection: Collection) -> dict[str, Handler]:
    """The handlers of one collection by name: list, read, create, change, remove, restore, history."""
    return {**_reading(collection), **_writing(collection)}


def _reading(collection: Collection) -> dict[str, Handler]:
    record = collection.record

    async def find(ask: Ask) -> Reply:
        view, params = ask.session.view, ask.params
        limit, fields = page_limit(params), chosen_fields(record, params.texts("fields"))
        sort = params.choice("sort", collection.sorts) or collection.first
        place = read_cursor(params.text("cursor"), sort, textual=False)
        asked: dict[str, Any] = {
            "keys": _keys(collection, params),
            **{_SPANS.get(field, "happened"): _span(ask, field) for field in collection.moments},
            "trashed": bool(params.flag("trashed")),
        }
        tests = record_tests(collection, params, view)
        after = None if place is None else (place.value, place.id)
        asked |= {"order": _order(sort.removeprefix("-")), "descending": sort.startswith("-")}
        if tests:
            found, total = await _walked(view, record, tests, limit + 1, after, asked, count=bool(params.flag("total")))
        else:
            total = await _counted(view, record, asked) if params.flag("total") else None
            found = await find_records(view, record, Page(limit=limit + 1, after=after), **asked)
        ended = _place(found[limit - 1], sort.removeprefix("-")) if len(found) > limit else None
        rows = [shown(one, fields) for one in found[:limit]]
        return Reply(200, list_body(rows, write_cursor(ended, sort), total))

    async def read(ask: Ask) -> Reply:
        fields = chosen_fields(record, ask.params.texts("fields"))
        found = await get_record(ask.session.view, record, path_id(ask, collection.noun))
        return read_reply(ask, found, fields)

    async def history(ask: Ask) -> Reply:
        number = path_id(ask, collection.noun)
        entries = await record_history(ask.session.view, record, number) if number < 2**31 else []
        if not entries:
            raise NotFound(f"there is no {collection.noun} {number}")
        return Reply(200, list_body(list(entries), None))

    return {"list": find, "read": read, "history": history}


async def _counted(view: View, record: type[Record], asked: dict[str, Any]) -> int:
    return await count_records(view, record, **{name: one for name, one in asked.items() if name not in _ORDER})


_ORDER = ("order", "descending")


async def _walked(
    view: View,
    record: type[R],
    tests: Sequence[Test],
    most: int,
    after: tuple[int | str | None, int] | None,
    asked: dict[str, Any],
    *,
    count: bool,
) -> tuple[list[R], int | None]:
    """The next `most` records that pass the tests, and with `count` how many do so on all pages together."""
    found: list[R] = []
    async for one in walk_records(view, record, tests, after=after, **asked):
        found.append(one)
        if len(found) == most:
            break
    if not count:
        return found, None
    total = 0
    async for _ in walk_records(view, record, tests, **asked):
        total += 1
    return found, total


def _writing(collection: Collection) -> dict[str, Handler]:
    record, what = collection.record, collection.noun

    async def create(ask: Ask) -> Reply:
        made = new_record(record, ask.json(), ask.session.view.zone)

        async def work(unit: Unit) -> Answer:
            return answer_with(201, await create_record(unit, made))

        return await post(ask, work, collection.path.strip("/"))

    async def change(ask: Ask) -> Reply:
        number = path_id(ask, what)
        edit = record_edit(record, ask.json(), ask.session.view.zone)

        async def work(unit: Unit) -> Record:
            if "if-match" in ask.headers:
                check_match(ask, (await get_record(unit, record, number)).version)
            return await change_record(unit, record, number, edit)

        return object_reply(await ask.session.write(work))

    async def remove(ask: Ask) -> Reply:
        number = path_id(ask, what)

        async def work(unit: Unit) -> Record:
            if "if-match" in ask.headers:
                check_match(ask, (await get_record(unit, record, number)).version)
            return await remove_record(unit, record, number)

        await ask.session.write(work)
        return Reply(204)

    async def restore(ask: Ask) -> Reply:
        number = path_id(ask, what)

        async def work(unit: Unit) -> Answer:
            return answer_with(200, await restore_record(unit, record, number))

        return await post(ask, work)

    return {"create": create, "change": change, "remove": remove, "restore": restore}


_SPANS = {"created_at": "created", "updated_at": "updated"}


def _order(sort: str) -> RecordSort:
    return sort if sort in ("id", "created_at", "updated_at") else "position"  # type: ignore[return-value]


def _place(record: Record, sort: str) -> Place:
    return Place(record.id if sort == "id" else micros(getattr(record, sort)), record.id, 0)


def _span(ask: Ask, field: str) -> tuple[Any, Any]:
    zone, name = ask.session.view.zone, field.removesuffix("_at")
    return ask.params.moment(f"{name}_from", zone), ask.params.moment(f"{name}_to", zone, upper=True)


def _keys(collection: Collection, params: Params) -> list[tuple[str, tuple[str, ...]]]:
    asked = [(one.kind, one.values(one.name, params)) for one in collection.filters]
    keys = [(kind, values) for kind, values in asked if values]
    external = external_id_filter(params)
    if external is not None:
        keys.append((f"id:{external[0]}", (external[1],)))
    if params.flag("trashed") and keys:
        raise Invalid.at("trashed", "what is in the trash is listed without these filters", "invalid")
    return keys
