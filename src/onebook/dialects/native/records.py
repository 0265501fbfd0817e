"""Everything that is no contact: one table of what there is, and one set of handlers for all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from onebook.dialects.native.codec import chosen_fields, new_record, record_edit, shown
from onebook.dialects.native.contacts import list_body, page_limit
from onebook.dialects.native.cursor import read_cursor, write_cursor
from onebook.dialects.native.filters import FLAG, INTEGER, MOMENT, PLAIN
from onebook.dialects.native.replies import answer_with, check_match, object_reply, path_id, post, read_reply
from onebook.errors import Invalid, NotFound
from onebook.http.params import Params
from onebook.http.route import Ask, Handler, Param, Reply
from onebook.model.account import CustomField, Reason, Record, Source, Status, Tag, TagGroup, User
from onebook.model.lead import Lead
from onebook.model.normal import email_key
from onebook.model.property import Property
from onebook.model.query import Page
from onebook.service.idempotency import Answer
from onebook.service.records import (
    change_record,
    count_records,
    create_record,
    find_records,
    get_record,
    noun,
    record_history,
    remove_record,
    restore_record,
)
from onebook.service.session import Unit
from onebook.service.walk import Place
from onebook.store.resources import BY_RECORD, remote_key


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """A parameter that looks for a key of the record: the key's kind, and the form that the parameter has as a key."""

    name: str
    kind: str
    value: Callable[[str, Params], str]
    text: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """One path and the record it lists; `sort` is the field that its order is by, `id` or a moment."""

    path: str
    record: type[Record]
    filters: tuple[KeyFilter, ...]
    sort: str = "id"

    @property
    def resource(self) -> str:
        """The name that scopes and the change feed have for it."""
        return BY_RECORD[self.record].name

    @property
    def noun(self) -> str:
        """What one of them is called."""
        return noun(self.record)


def _as_is(value: str, _: Params) -> str:
    return value


def _name(value: str, _: Params) -> str:
    return value.strip().casefold()


def _email(value: str, _: Params) -> str:
    return email_key(value)


def _remote(value: str, params: Params) -> str:
    return remote_key(params.text("partner"), value)


BY_NAME = (KeyFilter("name", "name", _name, "of this name, whatever the case"),)
COLLECTIONS: tuple[Collection, ...] = (
    Collection("/tags", Tag, BY_NAME),
    Collection("/tag-groups", TagGroup, BY_NAME),
    Collection("/sources", Source, BY_NAME),
    Collection("/statuses", Status, BY_NAME),
    Collection("/reasons", Reason, BY_NAME),
    Collection("/custom-fields", CustomField, BY_NAME),
    Collection("/users", User, (KeyFilter("email", "email", _email, "with this address"),)),
    Collection(
        "/properties",
        Property,
        (
            KeyFilter("reference", "reference", _as_is, "with this public number"),
            KeyFilter("status", "status", _as_is, "with this status"),
            KeyFilter("owner_contact_id", "owner", _as_is, "that this contact owns", numeric=True),
        ),
    ),
    Collection(
        "/leads",
        Lead,
        (
            KeyFilter("contact_id", "contact", _as_is, "of this contact", numeric=True),
            KeyFilter("property_id", "property", _as_is, "about this property", numeric=True),
            KeyFilter("partner", "partner", _as_is, "from this portal"),
            KeyFilter("remote_id", "remote", _remote, "with this number of the portal's, which `partner` names"),
        ),
        sort="happened_at",
    ),
)


def list_params(collection: Collection) -> tuple[Param, ...]:
    """The parameters of the collection's list, for the OpenAPI document."""
    found = [Param(one.name, INTEGER if one.numeric else PLAIN, text=one.text) for one in collection.filters]
    if collection.sort != "id":
        found += [Param("happened_from", MOMENT, text="then or later"), Param("happened_to", MOMENT, text="or earlier")]
    return (
        *found,
        Param("updated_from", MOMENT, text="changed then or later"),
        Param("updated_to", MOMENT, text="changed then or earlier; a bare date includes the day"),
        Param("trashed", FLAG, text="what is in the trash; of the filters only the moments hold there"),
        Param("sort", {"enum": [collection.sort, f"-{collection.sort}"]}, text="a minus turns it round"),
    )


def handlers(collection: Collection) -> dict[str, Handler]:
    """The handlers of one collection by name: list, read, create, change, remove, restore, history."""
    return {**_reading(collection), **_writing(collection)}


def _reading(collection: Collection) -> dict[str, Handler]:
    record = collection.record

    async def find(ask: Ask) -> Reply:
        view, params = ask.session.view, ask.params
        limit, fields = page_limit(params), chosen_fields(record, params.texts("fields"))
        sort = params.choice("sort", (collection.sort, f"-{collection.sort}")) or collection.sort
        place = read_cursor(params.text("cursor"), sort, textual=False)
        asked: dict[str, Any] = {
            "keys": _keys(collection, params),
            "happened": _span(ask, "happened"),
            "updated": _span(ask, "updated"),
            "trashed": bool(params.flag("trashed")),
        }
        total = await count_records(view, record, **asked) if params.flag("total") else None
        page = Page(limit=limit + 1, after=None if place is None else (place.value, place.id))
        found = await find_records(view, record, page, descending=sort.startswith("-"), **asked)
        ended = _place(found[limit - 1]) if len(found) > limit else None
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


def _place(record: Record) -> Place:
    return Place(BY_RECORD[type(record)].position(record), record.id, 0)


def _span(ask: Ask, name: str) -> tuple[Any, Any]:
    zone = ask.session.view.zone
    return ask.params.moment(f"{name}_from", zone), ask.params.moment(f"{name}_to", zone, upper=True)


def _keys(collection: Collection, params: Params) -> list[tuple[str, tuple[str, ...]]]:
    keys: list[tuple[str, tuple[str, ...]]] = []
    for one in collection.filters:
        text = params.text(one.name)
        if not text:
            continue
        if one.numeric:
            text = str(params.integer(one.name))
        keys.append((one.kind, (one.value(text, params),)))
    if params.flag("trashed") and keys:
        raise Invalid.at("trashed", "what is in the trash is listed without these filters", "invalid")
    return keys
