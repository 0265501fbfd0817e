"""One table for every record that is no contact: a document a row, its keys, the change feed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import msgspec

from onebook.model.account import Record
from onebook.model.query import Page
from onebook.store.changes import append_change
from onebook.store.database import Reader, Transaction, Where
from onebook.store.keys import key_value
from onebook.store.moments import micros
from onebook.store.resources import BY_RECORD, KeyPair, Resource, all_keys

R = TypeVar("R", bound=Record)
_encode = msgspec.json.Encoder().encode
_decoders: dict[type[Record], Callable[[str], Record]] = {
    record: msgspec.json.Decoder(record).decode for record in BY_RECORD
}


async def read_record(reader: Reader, record: type[R], record_id: int) -> R | None:
    """The record with this id, in the trash or not; None where there is none."""
    sql = "SELECT doc FROM records WHERE account_id = $1 AND resource = $2 AND id = $3"
    rows = await reader.rows(sql, reader.account_id, BY_RECORD[record].name, record_id)
    return cast(R, _decoders[record](rows[0][0])) if rows else None


async def read_records(reader: Reader, record: type[R], record_ids: Sequence[int]) -> dict[int, R]:
    """Those of `record_ids` that there are, in the trash or not, by id, in one query."""
    if not record_ids:
        return {}
    where = Where(reader.account_id)
    resource = where.put(BY_RECORD[record].name)
    where.add(where.one_of("id", tuple(record_ids)))
    sql = f"SELECT id, doc FROM records WHERE account_id = $1 AND resource = {resource} AND {where.sql}"
    return {row[0]: cast(R, _decoders[record](row[1])) for row in await reader.rows(sql, *where.args)}


async def read_lists(reader: Reader, records: Sequence[type[Record]]) -> dict[type[Record], list[Any]]:
    """All records of several small kinds that are not in the trash, by position, in one query."""
    found: dict[type[Record], list[Any]] = {record: [] for record in records}
    by_name = {BY_RECORD[record].name: record for record in records}
    where = Where(reader.account_id)
    where.add(where.one_of("resource", tuple(by_name)))
    sql = f"SELECT resource, doc FROM records WHERE account_id = $1 AND {where.sql} AND deleted_at = 0"
    for name, doc in await reader.rows(f"{sql} ORDER BY position, id", *where.args):
        record = by_name[name]
        found[record].append(_decoders[record](doc))
    return found


async def ids_by_key(reader: Reader, record: type[Record], kind: str, value: str) -> list[int]:
    """The ids of the records found under a key, ascending; trashed ones have none."""
    sql = (
        "SELECT record_id FROM record_keys"
        " WHERE account_id = $1 AND resource = $2 AND kind = $3 AND value = $4 ORDER BY record_id"
    )
    rows = await reader.rows(sql, reader.account_id, BY_RECORD[record].name, kind, key_value(value))
    return [row[0] for row in rows]


async def find_records(
    reader: Reader,
    record: type[R],
    keys: list[tuple[str, list[str]]],
    page: Page,
    *,
    bounds: tuple[int | None, int | None] = (None, None),
    updated_from: int | None = None,
    updated_to: int | None = None,
    descending: bool = False,
    trashed: bool = False,
) -> list[R]:
    """Records that have one of the values of each of `keys`, by position, ties by id.

    `bounds` are the lowest and highest position, `updated_from` and `updated_to` microseconds; all are inclusive.
    """
    where = _where(reader, record, keys, bounds, (updated_from, updated_to), trashed=trashed)
    if page.after is not None:
        value, last_id = page.after
        where.add(f"(position, id) {'<' if descending else '>'} ({where.put(value)}, {where.put(last_id)})")
    direction = "DESC" if descending else "ASC"
    limits = f"LIMIT {where.put(page.limit)} OFFSET {where.put(page.offset)}"
    sql = f"SELECT doc FROM records WHERE {where.sql} ORDER BY position {direction}, id {direction} {limits}"
    return [cast(R, _decoders[record](row[0])) for row in await reader.scan(sql, *where.args)]


async def count_records(
    reader: Reader,
    record: type[Record],
    keys: list[tuple[str, list[str]]],
    *,
    bounds: tuple[int | None, int | None] = (None, None),
    updated_from: int | None = None,
    updated_to: int | None = None,
    trashed: bool = False,
) -> int:
    """How many records `find_records` finds, all pages together."""
    where = _where(reader, record, keys, bounds, (updated_from, updated_to), trashed=trashed)
    rows = await reader.scan(f"SELECT count(*) FROM records WHERE {where.sql}", *where.args)
    return int(rows[0][0])


def _where(
    reader: Reader,
    record: type[Record],
    keys: list[tuple[str, list[str]]],
    bounds: tuple[int | None, int | None],
    updated: tuple[int | None, int | None],
    *,
    trashed: bool,
) -> Where:
    where = Where(reader.account_id)
    where.add("account_id = $1")
    name = where.put(BY_RECORD[record].name)
    where.add(f"resource = {name}")
    where.add("deleted_at <> 0" if trashed else "deleted_at = 0")
    for kind, values in keys:
        among = where.one_of("value", [key_value(value) for value in values])
        where.add(
            f"id IN (SELECT record_id FROM record_keys WHERE account_id = $1 AND resource = {name}"
            f" AND kind = {where.put(kind)} AND {among})"
        )
    for column, (lowest, highest) in (("position", bounds), ("updated_at", updated)):
        if lowest is not None:
            where.add(f"{column} >= {where.put(lowest)}")
        if highest is not None:
            where.add(f"{column} <= {where.put(highest)}")
    return where


def record_keys(resource: Resource, record: Record | None) -> frozenset[KeyPair]:
    """The keys of `record`; none for one in the trash."""
    if record is None or record.deleted_at is not None:
        return frozenset()
    return frozenset((kind, key_value(value)) for kind, value in all_keys(resource, record))


async def save_record(
    tx: Transaction, before: Record | None, after: Record, *, actor: str, via: str, action: str
) -> None:
    """Write `after` in the place of `before` (None: it is new), its keys too, and tell the change feed."""
    resource = BY_RECORD[type(after)]
    doc = _encode(after).decode()
    sql = (
        "INSERT INTO records (account_id, resource, id, position, updated_at, deleted_at, doc)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        if before is None
        else "UPDATE records SET position = $4, updated_at = $5, deleted_at = $6, doc = $7"
        " WHERE account_id = $1 AND resource = $2 AND id = $3"
    )
    times = micros(after.updated_at), micros(after.deleted_at)
    await tx.run(sql, tx.account_id, resource.name, after.id, resource.position(after), *times, doc)
    old, new = record_keys(resource, before), record_keys(resource, after)
    for kind, value in sorted(old - new):
        await tx.run(
            "DELETE FROM record_keys"
            " WHERE account_id = $1 AND resource = $2 AND kind = $3 AND value = $4 AND record_id = $5",
            tx.account_id,
            resource.name,
            kind,
            value,
            after.id,
        )
    added = [(tx.account_id, resource.name, kind, value, after.id) for kind, value in sorted(new - old)]
    await tx.run_many(
        "INSERT INTO record_keys (account_id, resource, kind, value, record_id) VALUES ($1, $2, $3, $4, $5)", added
    )
    if resource.in_vocabulary:
        tx.state.stamp += 1
    await append_change(tx, resource.name, before, after, actor=actor, via=via, action=action)
