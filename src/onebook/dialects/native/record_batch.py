"""Many records of one table in one request, as `batch.py` does it for contacts: each written or refused for itself."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from onebook.dialects.native.batch import Write, answered, asked_id, items
from onebook.dialects.native.codec import chosen_fields, new_record, record_edit
from onebook.dialects.native.collections import Collection, batch_key
from onebook.errors import Invalid, OnebookError
from onebook.http.body import check_value, parse_json
from onebook.http.route import Ask, Handler, Reply
from onebook.model.account import Record
from onebook.model.contact import Contact
from onebook.service.records import change_record, create_record
from onebook.service.session import Unit


def batch_of(collection: Collection) -> Handler:
    """POST of the collection's `/batch`: an item with an `id` changes that record, one without makes one."""
    record, key = collection.record, batch_key(collection)

    async def batch(ask: Ask) -> Reply:
        fields = chosen_fields(record, ask.params.texts("fields"))
        listed = items(parse_json(ask.raw), collection.resource)
        writes = [_write(record, item, ask.session.view.zone) for item in listed]
        return await answered(ask, writes, fields, key)

    return batch


def _write(record: type[Record], item: Any, zone: ZoneInfo) -> Write | OnebookError:
    try:
        check_value(item)
        number = asked_id(item)
        if number is None:
            return _making(new_record(record, item, zone))
        edit = record_edit(record, {name: value for name, value in item.items() if name != "id"}, zone)
    except Invalid as error:
        return error

    async def change(unit: Unit) -> tuple[int, Contact | Record]:
        return 200, await change_record(unit, record, number, edit)

    return change


def _making(made: Record) -> Write:
    async def make(unit: Unit) -> tuple[int, Contact | Record]:
        return 201, await create_record(unit, made)

    return make
