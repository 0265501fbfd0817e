"""Every record that is no contact (users, tags, properties, leads, …): read, list, create, change, remove, restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from onebook.errors import Conflict, NotFound, Problem, Stale
from onebook.model.account import Reason, Record, Source, Status, Tag, TagGroup
from onebook.model.change import HistoryEntry, difference
from onebook.model.deal import DealPipeline
from onebook.model.query import Page
from onebook.service.in_step import IN_STEP, Writes, follow
from onebook.service.record_checks import checked, numbered
from onebook.service.record_references import (
    check_record_ids,
    check_references,
    free_id,
    with_pipeline,
    with_survivors,
)
from onebook.service.references import is_number
from onebook.service.session import Unit, View
from onebook.store import changes as change_store
from onebook.store import records as store
from onebook.store.database import next_id
from onebook.store.moments import micros
from onebook.store.records import RecordSort, Spans
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


async def record_by_shown_id(view: View, record: type[R], dialect: str, shown: str) -> R:
    """The record that answers to `shown` in a dialect: to its external id there, else to its own. Raises NotFound."""
    found = await records_by_shown_ids(view, record, dialect, [shown])
    if shown not in found:
        raise NotFound(f"there is no {noun(record)} {shown[:40]}")
    return found[shown]


async def records_by_shown_ids(view: View, record: type[R], dialect: str, shown: Sequence[str]) -> dict[str, R]:
    """Those of the records that answer to an id in `shown`, by that, in at most three queries; none in the trash."""
    by_key = await store.ids_by_values(view.reader, record, f"id:{dialect}", shown)
    own = {text: int(text) for text in shown if text not in by_key and is_number(text)}
    found = await get_records(view, record, [*by_key.values(), *own.values()])
    named = {text: found[number] for text, number in by_key.items() if number in found}
    for text, number in own.items():
        if number in found and dialect not in found[number].external_ids:
            named[text] = found[number]
    return {text: one for text, one in named.items() if one.deleted_at is None}


async def find_records(
    view: View,
    record: type[R],
    page: Page,
    *,
    keys: Keys = (),
    order: RecordSort = "position",
    happened: Span = OPEN,
    created: Span = OPEN,
    updated: Span = OPEN,
    descending: bool = False,
    trashed: bool = False,
) -> list[R]:
    """One page of the records; `happened` bounds the position of those that have a moment for it.

    Those in the trash have no keys: `trashed` finds them without.
    """
    return await store.find_records(
        view.reader,
        record,
        [(kind, list(values)) for kind, values in keys],
        page,
        order=order,
        spans=_spans(happened, created, updated),
        descending=descending,
        trashed=trashed,
    )


async def count_records(
    view: View,
    record: type[Record],
    *,
    keys: Keys = (),
    happened: Span = OPEN,
    created: Span = OPEN,
    updated: Span = OPEN,
    trashed: bool = False,
) -> int:
    """How many records `find_records` finds, all pages together."""
    found = [(kind, list(values)) for kind, values in keys]
    spans = _spans(happened, created, updated)
    return await store.count_records(view.reader, record, found, spans=spans, trashed=trashed)


def _spans(happened: Span, created: Span, updated: Span) -> Spans:
    return {"position": _micros(happened), "created_at": _micros(created), "updated_at": _micros(updated)}


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


async def create_record(unit: Unit, record: R, *, as_it_was: bool = False) -> R:
    """Write a new record under an id of its own. Raises Invalid, Conflict where a unique key is taken.

    `as_it_was`: it comes from elsewhere, and keeps when it was made, changed and put into the trash.
    """
    made = replace(record, id=await free_id(unit, type(record)), version=1)
    now = unit.now
    if as_it_was:
        created = record.created_at or now
        made = replace(made, created_at=created, updated_at=record.updated_at or created)
    else:
        made = replace(made, created_at=now, updated_at=now, deleted_at=None)
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


async def touch_record(unit: Unit, record: type[R], record_id: int) -> R:
    """The record as one that has changed, since what belongs to it has; once a transaction. Raises NotFound."""
    before = await get_record(unit, record, record_id)
    if before.updated_at == unit.now:
        return before
    return await _save(unit, before, replace(before, version=before.version + 1, updated_at=unit.now), "changed")


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
    after = await with_survivors(unit, before)
    after = replace(after, version=before.version + 1, updated_at=unit.now, deleted_at=None)
    return await _save(unit, before, after, "restored")


def noun(record: type[Record]) -> str:
    """What one of them is called: `tag group`."""
    name = BY_RECORD[record].name.replace("_", " ")
    return _NOUNS.get(name, name.removesuffix("s"))


_NOUNS = {
    "statuses": "status",
    "properties": "property",
    "property statuses": "property status",
    "property details": "property text",
    "saved queries": "saved query",
    "policies": "policy",
}


def _check_version(record: Record, if_version: int | None) -> None:
    if if_version is not None and record.version != if_version:
        raise Stale(f"{noun(type(record))} {record.id} is at version {record.version}, not {if_version}")


async def _save(unit: Unit, before: R | None, after: R, action: str) -> R:
    if after.deleted_at is None:
        after = checked(unit.vocabulary, before, after)
        after = with_pipeline(unit, await check_references(unit, before, after))
        after = await _with_stage_ids(unit, after)
        await check_record_ids(unit, before, after)
        await _check_unique(unit, after)
    await store.save_record(unit.tx, before, after, actor=unit.actor, via=unit.via, action=action)
    unit.vocabulary = with_record(unit.tx, unit.vocabulary, after)
    if isinstance(after, IN_STEP):
        await follow(unit, before, after, _WRITES)
        after = await _as_it_is(unit, after)
    return after


async def _as_it_is(unit: Unit, record: R) -> R:
    """The record as it stands by now."""
    found = await store.read_record(unit.tx, type(record), record.id)
    return record if found is None else found


async def _with_stage_ids(unit: Unit, pipeline: R) -> R:
    """Every stage of a pipeline has an id that no other's has, one that is given stays; so does all else."""
    if not isinstance(pipeline, DealPipeline):
        return pipeline
    taken = {stage.id for one in unit.vocabulary.listed(DealPipeline).values() for stage in one.stages}
    taken |= {stage.id for stage in pipeline.stages}
    free: list[int] = []
    while len(free) < sum(not stage.id for stage in pipeline.stages):
        number = await next_id(unit.tx)
        free += [number] if number not in taken else []
    return replace(pipeline, stages=numbered(pipeline.stages, free, "stages"))


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


_WRITES = Writes(create_record, change_record, remove_record, touch_record)
_UNIQUE_FIELDS = {"field": "name", "stage": "stages", "remote": "remote_id"}
"""Unique kinds of keys whose field is called otherwise."""
