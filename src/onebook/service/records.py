"""Every record that is no contact (users, tags, properties, leads, …): read, list, create, change, remove, restore."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import replace

from onebook.errors import Conflict, Invalid, NotFound, Problem, Stale
from onebook.model.account import CustomField, Reason, Record, Source, Status, Tag, TagGroup, User
from onebook.model.change import HistoryEntry, difference
from onebook.model.lead import Lead
from onebook.model.normal import email_problem
from onebook.model.property import Property
from onebook.model.query import Page
from onebook.service.session import Unit, View
from onebook.store import changes as change_store
from onebook.store import records as store
from onebook.store.contacts import read_contact
from onebook.store.database import next_id
from onebook.store.moments import micros
from onebook.store.resources import BY_RECORD
from onebook.store.vocabulary import with_record

R = TypeVar("R", bound=Record)
Named = TypeVar("Named", Tag, TagGroup, Source, Status, Reason)
Keys = Sequence[tuple[str, Sequence[str]]]
"""Kinds of keys (store/resources.py lists them), each with the values of which a record must have one."""
Span = tuple[datetime | None, datetime | None]
"""The first and the last moment that count; None for no bound."""
OPEN: Span = (None, None)


async def get_record(view: View, record: type[R], record_id: int) -> R:
    """The record; raises NotFound where there is none, or it is in the trash."""
    found = await store.read_record(view.reader, record, record_id) if 0 < record_id < 2**31 else None
    if found is None or found.deleted_at is not None:
        raise NotFound(f"there is no {noun(record)} {record_id}")
    return found


async def record_by_key(view: View, record: type[R], kind: str, value: str) -> R:
    """The record found under a key (store/resources.py lists the kinds); raises NotFound."""
    ids = await store.ids_by_key(view.reader, record, kind, value)
    if not ids:
        raise NotFound(f"there is no {noun(record)} {value}")
    return await get_record(view, record, ids[0])


async def get_records(view: View, record: type[R], record_ids: Sequence[int]) -> dict[int, R]:
    """Those of the records that there are, those in the trash too, in one query."""
    return await store.read_records(view.reader, record, [number for number in record_ids if 0 < number < 2**31])


async def find_records(
    view: View,
    record: type[R],
    page: Page,
    *,
    keys: Keys = (),
    happened: Span = OPEN,
    updated: Span = OPEN,
    descending: bool = False,
    trashed: bool = False,
) -> list[R]:
    """One page of the records, by their position; `happened` bounds the position of those that have a moment for it.

    Those in the trash have no keys: `trashed` finds them without.
    """
    return await store.find_records(
        view.reader,
        record,
        [(kind, list(values)) for kind, values in keys],
        page,
        bounds=_micros(happened),
        updated_from=_micros(updated)[0],
        updated_to=_micros(updated)[1],
        descending=descending,
        trashed=trashed,
    )


async def count_records(
    view: View,
    record: type[Record],
    *,
    keys: Keys = (),
    happened: Span = OPEN,
    updated: Span = OPEN,
    trashed: bool = False,
) -> int:
    """How many records `find_records` finds, all pages together."""
    return await store.count_records(
        view.reader,
        record,
        [(kind, list(values)) for kind, values in keys],
        bounds=_micros(happened),
        updated_from=_micros(updated)[0],
        updated_to=_micros(updated)[1],
        trashed=trashed,
    )


def _micros(span: Span) -> tuple[int | None, int | None]:
    first, last = span
    return None if first is None else micros(first), None if last is None else micros(last)


async def named_record(unit: Unit, record: type[Named], name: str) -> Named:
    """The record of this name, whatever its case; made where there is none. Raises Invalid for an empty name."""
    ids = await store.ids_by_key(unit.tx, record, "name", name.strip().casefold())
    return await get_record(unit, record, ids[0]) if ids else await create_record(unit, record(name=name))


async def record_history(view: View, record: type[Record], record_id: int) -> list[HistoryEntry]:
    """All that happened to the record, oldest first."""
    return await change_store.read_history(view.reader, BY_RECORD[record].name, record_id)


async def create_record(unit: Unit, record: R) -> R:
    """Write a new record under an id of its own. Raises Invalid, Conflict where a unique key is taken."""
    made = replace(
        record, id=await next_id(unit.tx), version=1, created_at=unit.now, updated_at=unit.now, deleted_at=None
    )
    return await _save(unit, None, made, "created")


async def change_record(
    unit: Unit, record: type[R], record_id: int, edit: Callable[[R], R], *, if_version: int | None = None
) -> R:
    """The record as `edit` makes it; where nothing differs, nothing is written.

    Raises NotFound, Invalid, Conflict, and Stale where `if_version` is no longer the record's version.
    """
    before = await get_record(unit, record, record_id)
    _check_version(before, if_version)
    after = edit(before)
    after = replace(after, id=before.id, version=before.version, created_at=before.created_at, deleted_at=None)
    if not difference(before, after):
        return before
    return await _save(unit, before, replace(after, version=before.version + 1, updated_at=unit.now), "changed")


async def remove_record(unit: Unit, record: type[R], record_id: int, *, if_version: int | None = None) -> R:
    """Put the record into the trash; raises NotFound, Stale."""
    before = await get_record(unit, record, record_id)
    _check_version(before, if_version)
    gone = replace(before, version=before.version + 1, updated_at=unit.now, deleted_at=unit.now)
    return await _save(unit, before, gone, "deleted")


async def restore_record(unit: Unit, record: type[R], record_id: int) -> R:
    """Take the record out of the trash; raises NotFound, and Conflict where its unique key is taken by now."""
    before = await store.read_record(unit.tx, record, record_id) if 0 < record_id < 2**31 else None
    if before is None:
        raise NotFound(f"there is no {noun(record)} {record_id}")
    if before.deleted_at is None:
        return before
    after = replace(before, version=before.version + 1, updated_at=unit.now, deleted_at=None)
    return await _save(unit, before, after, "restored")


def noun(record: type[Record]) -> str:
    """What one of them is called: `tag group`."""
    name = BY_RECORD[record].name.replace("_", " ")
    return {"statuses": "status", "properties": "property"}.get(name, name.removesuffix("s"))


def _check_version(record: Record, if_version: int | None) -> None:
    if if_version is not None and record.version != if_version:
        raise Stale(f"{noun(type(record))} {record.id} is at version {record.version}, not {if_version}")


async def _save(unit: Unit, before: R | None, after: R, action: str) -> R:
    if after.deleted_at is None:
        after = _CHECKS[type(after)](after) if type(after) in _CHECKS else after
        await _check_references(unit, before, after)
        await _check_unique(unit, after)
    await store.save_record(unit.tx, before, after, actor=unit.actor, via=unit.via, action=action)
    unit.vocabulary = with_record(unit.tx, unit.vocabulary, after)
    return after


async def _check_unique(unit: Unit, record: Record) -> None:
    resource = BY_RECORD[type(record)]
    for kind, value in resource.keys(record):
        if kind in resource.unique:
            others = [
                other for other in await store.ids_by_key(unit.tx, type(record), kind, value) if other != record.id
            ]
            if others:
                text = f"{noun(type(record))} {others[0]} has this {_UNIQUE_FIELDS.get(kind, kind)} already"
                raise Conflict(text, (Problem(_UNIQUE_FIELDS.get(kind, kind), "duplicate", text),))


_UNIQUE_FIELDS = {"field": "name", "stage": "stages", "remote": "remote_id"}
"""Unique kinds of keys whose field is called otherwise."""


async def _check_references(unit: Unit, before: Record | None, after: Record) -> None:
    if isinstance(after, Tag):
        _known("group_id", after.group_id, unit.vocabulary.tag_groups)
    if isinstance(after, Property):
        _known("agent_id", after.agent_id, unit.vocabulary.users)
        for contact_id in after.owner_contact_ids:
            await _known_contact(unit, "owner_contact_ids", contact_id)
    if isinstance(after, Lead):
        was = before if isinstance(before, Lead) else Lead()
        if after.contact_id is not None and after.contact_id != was.contact_id:
            await _known_contact(unit, "contact_id", after.contact_id)
        if after.property_id is not None and after.property_id != was.property_id:
            prop = await store.read_record(unit.tx, Property, after.property_id) if after.property_id < 2**31 else None
            _known("property_id", after.property_id, {prop.id} if prop and prop.deleted_at is None else ())


async def _known_contact(unit: Unit, path: str, contact_id: int) -> None:
    contact = await read_contact(unit.tx, contact_id) if 0 < contact_id < 2**31 else None
    _known(path, contact_id, {contact.id} if contact and contact.deleted_at is None else ())


def _known(path: str, value: int | None, known: Container[int]) -> None:
    if value is not None and value not in known:
        raise Invalid.at(path, f"there is no {path.removesuffix('s')} {value}", "unknown_id")


def _checked_name(record: R) -> R:
    name = str(getattr(record, "name", "")).strip()
    if not name:
        raise Invalid.at("name", "must not be empty", "required")
    return replace(record, name=name)


def _checked_user(user: User) -> User:
    if user.email and (problem := email_problem(user.email)) is not None:
        raise Invalid.at("email", f"is no e-mail address: {problem}", "invalid_email")
    return user


def _checked_field(field: CustomField) -> CustomField:
    field = _checked_name(field)
    highest = max((option.id for option in field.options), default=0)
    options = []
    for option in field.options:
        if option.id == 0:
            highest += 1
            option = replace(option, id=highest)
        options.append(option)
    if len({option.id for option in options}) != len(options):
        raise Invalid.at("options", "two options have one id", "duplicate")
    return replace(field, options=tuple(options))


_CHECKS: dict[type[Record], Callable[[Any], Any]] = {
    User: _checked_user,
    CustomField: _checked_field,
    **{
        resource.record: _checked_name
        for resource in BY_RECORD.values()
        if resource.unique == {"name"} and resource.record is not CustomField
    },
}
