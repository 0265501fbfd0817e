"""One table for every record that is no contact: a document a row, its keys, the change feed."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, Literal, TypeVar, cast

import msgspec

from onebook.model.account import DIALECTS, Record
from onebook.model.query import Page
from onebook.store.changes import append_change
from onebook.store.database import LAST_ID, Engine, Reader, Transaction, Where
from onebook.store.keys import key_value
from onebook.store.moments import micros
from onebook.store.resources import BY_RECORD, KeyPair, Resource, all_keys

R = TypeVar("R", bound=Record)
RecordSort = Literal["position", "id", "created_at", "updated_at"]
"""The columns that a list can be sorted by."""
Spans = Mapping[RecordSort, tuple[int | None, int | None]]
EVERY: Spans = {}
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


async def ids_by_values(reader: Reader, record: type[Record], kind: str, values: Sequence[str]) -> dict[str, int]:
    """For each of `values` the id of the record found under it, the lowest of several."""
    if not values:
        return {}
    where = Where(reader.account_id)
    name, given = where.put(BY_RECORD[record].name), where.put(kind)
    by_key = {key_value(value): value for value in values}
    where.add(where.one_of("value", list(by_key)))
    sql = (
        "SELECT value, record_id FROM record_keys"
        f" WHERE account_id = $1 AND resource = {name} AND kind = {given} AND {where.sql} ORDER BY record_id DESC"
    )
    return {by_key[value]: number for value, number in await reader.rows(sql, *where.args)}


async def existing(reader: Reader, resource: str, ids: Sequence[int]) -> dict[int, int]:
    """Those of `ids` that there are, and not in the trash, by themselves; a merged contact's is its survivor's id."""
    ids = [number for number in ids if 0 < number <= LAST_ID]
    if not ids:
        return {}
    where = Where(reader.account_id)
    table = "contacts" if resource == "contacts" else "records"
    where.add(where.one_of("id", ids))
    if table == "records":
        where.add(f"resource = {where.put(resource)}")
    sql = f"SELECT id FROM {table} WHERE account_id = $1 AND deleted_at = 0 AND {where.sql}"
    found = {row[0]: row[0] for row in await reader.rows(sql, *where.args)}
    if table == "contacts" and (lost := [str(number) for number in ids if number not in found]):
        merged = Where(reader.account_id)
        merged.add(merged.one_of("value", lost))
        sql = f"SELECT value, contact_id FROM contact_keys WHERE account_id = $1 AND kind = 'merged' AND {merged.sql}"
        found.update({int(value): survivor for value, survivor in await reader.rows(sql, *merged.args)})
    return found


async def pointing_to(reader: Reader, keys: Sequence[tuple[str, str]], value: str) -> list[tuple[str, int]]:
    """The resource and id of every record that is found under `value` by one of `keys`, (resource, kind) each."""
    found: dict[tuple[str, int], None] = {}
    where = Where(reader.account_id)
    wanted = where.put(key_value(value))
    for resource, kind in keys:
        where.add(f"(resource = {where.put(resource)} AND kind = {where.put(kind)})")
    sql = (
        f"SELECT resource, record_id FROM record_keys WHERE account_id = $1 AND value = {wanted}"
        f" AND ({' OR '.join(where.terms)}) ORDER BY resource, record_id"
    )
    for resource, number in await reader.rows(sql, *where.args):
        found[resource, number] = None
    return list(found)


async def is_external_id(reader: Reader, resource: str, value: str) -> bool:
    """Whether some record of the resource answers to `value` in some dialect in place of its own id."""
    where = Where(reader.account_id)
    where.add(f"resource = {where.put(resource)} AND value = {where.put(key_value(value))}")
    # A range of kinds would read every external id of the resource.
    where.add(where.one_of("kind", [f"id:{dialect}" for dialect in DIALECTS]))
    sql = f"SELECT 1 FROM record_keys WHERE account_id = $1 AND {where.sql} LIMIT 1"
    return bool(await reader.rows(sql, *where.args))


async def find_records(
    reader: Reader,
    record: type[R],
    keys: list[tuple[str, list[str]]],
    page: Page,
    *,
    order: RecordSort = "position",
    spans: Spans = EVERY,
    descending: bool = False,
    trashed: bool = False,
) -> list[R]:
    """Records that have one of the values of each of `keys`, in the order of a column, ties by id.

    `spans` are the lowest and highest value of columns, moments in microseconds, both inclusive.
    """
    common = await common_keys(reader, record, keys)
    where = _where(reader, record, keys, spans, trashed=trashed, common=common)
    columns = ("id",) if order == "id" else (order, "id")
    if page.after is not None:
        marks = [where.put(value) for value in page.after[-len(columns) :]]
        where.add(f"({', '.join(columns)}) {'<' if descending else '>'} ({', '.join(marks)})")
    direction = "DESC" if descending else "ASC"
    sorting = ", ".join(f"{column} {direction}" for column in columns)
    limits = f"LIMIT {where.put(page.limit)} OFFSET {where.put(page.offset)}"
    sql = f"SELECT doc FROM records WHERE {where.sql} ORDER BY {sorting} {limits}"
    return [cast(R, _decoders[record](row[0])) for row in await reader.scan(sql, *where.args)]


async def count_records(
    reader: Reader,
    record: type[Record],
    keys: list[tuple[str, list[str]]],
    *,
    spans: Spans = EVERY,
    trashed: bool = False,
) -> int:
    """How many records `find_records` finds, all pages together."""
    if len(keys) == 1 and len(keys[0][1]) == 1 and not trashed and not any(any(span) for span in spans.values()):
        return await _count_keys(reader, record, keys[0])
    where = _where(reader, record, keys, spans, trashed=trashed)
    rows = await reader.scan(f"SELECT count(*) FROM records WHERE {where.sql}", *where.args)
    return int(rows[0][0])


COMMON = 5000
"""A key that more records of a kind have is looked up record by record on the way through the list's order."""


async def common_keys(reader: Reader, record: type[Record], keys: Sequence[tuple[str, Sequence[str]]]) -> set[str]:
    """Those kinds of `keys` that more than `COMMON` records have; none on an engine that finds out by itself."""
    if reader.engine != "sqlite":
        return set()
    return {key[0] for key in keys if await _count_keys(reader, record, key, COMMON + 1) > COMMON}


async def _count_keys(
    reader: Reader, record: type[Record], key: tuple[str, Sequence[str]], most: int | None = None
) -> int:
    """How many rows of the keys have one of these values, as far as `most`. What is in the trash has none."""
    where = Where(reader.account_id)
    where.add(f"resource = {where.put(BY_RECORD[record].name)} AND kind = {where.put(key[0])}")
    where.add(where.one_of("value", [key_value(value) for value in key[1]]))
    limit = "" if most is None else f" LIMIT {where.put(most)}"
    inner = f"SELECT 1 FROM record_keys WHERE account_id = $1 AND {where.sql}{limit}"
    return int((await reader.scan(f"SELECT count(*) FROM ({inner}) AS found", *where.args))[0][0])


def _where(
    reader: Reader,
    record: type[Record],
    keys: list[tuple[str, list[str]]],
    spans: Spans,
    *,
    trashed: bool,
    common: Container[str] = (),
) -> Where:
    where = Where(reader.account_id)
    where.add("account_id = $1")
    name = where.put(BY_RECORD[record].name)
    where.add(f"resource = {name}")
    where.add("deleted_at <> 0" if trashed else "deleted_at = 0")
    for kind, values in keys:
        among = where.one_of("value", [key_value(value) for value in values])
        where.add(key_term(name, where.put(kind), among, one_by_one=kind in common))
    for column, (lowest, highest) in spans.items():
        if lowest is not None:
            where.add(f"{column} >= {where.put(lowest)}")
        if highest is not None:
            where.add(f"{column} <= {where.put(highest)}")
    return where


def key_term(resource: str, kind: str, among: str, *, one_by_one: bool) -> str:
    """A row of `records` has a key: `resource` and `kind` are arguments, `among` a condition on its value."""
    keys = f"FROM record_keys WHERE account_id = $1 AND resource = {resource} AND kind = {kind} AND {among}"
    return f"EXISTS (SELECT 1 {keys} AND record_id = records.id)" if one_by_one else f"id IN (SELECT record_id {keys})"


def record_keys(resource: Resource, record: Record | None) -> frozenset[KeyPair]:
    """The keys of `record`; none for one in the trash."""
    if record is None or record.deleted_at is not None:
        return frozenset()
    return frozenset((kind, key_value(value)) for kind, value in all_keys(resource, record))


RECORD_COLUMNS = ("position", "created_at", "updated_at", "deleted_at")


def record_columns(resource: Resource, record: Record) -> tuple[int, ...]:
    """What the columns beside the document hold."""
    times = (record.created_at, record.updated_at, record.deleted_at)
    return (resource.position(record), *(micros(moment) for moment in times))


async def ids_under_external(reader: Reader, resource: str, dialect: str, values: Sequence[str]) -> dict[int, int]:
    """Those of `values`, whole numbers, that some record answers to in the dialect, each with the record's id."""
    rows = await reader.rows(
        _EXTERNAL[reader.engine], reader.account_id, resource, f"id:{dialect}", f"[{','.join(values)}]"
    )
    return {int(row[0]): row[1] for row in rows}


_EXTERNAL: dict[Engine, str] = {
    # One key after the other: for a list of them either engine may choose to read every key of the kind.
    "sqlite": "SELECT k.value, k.record_id FROM json_each($4) asked CROSS JOIN record_keys k"
    " WHERE k.account_id = $1 AND k.resource = $2 AND k.kind = $3 AND k.value = CAST(asked.value AS text)",
    "postgresql": "SELECT k.value, k.record_id FROM json_array_elements_text($4::text::json) asked (value), LATERAL ("
    "SELECT value, record_id FROM record_keys"
    " WHERE account_id = $1 AND resource = $2 AND kind = $3 AND value = asked.value OFFSET 0) k",
}


INSERT_RECORD = (
    "INSERT INTO records (account_id, resource, id, position, created_at, updated_at, deleted_at, doc)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
INSERT_RECORD_KEY = "INSERT INTO record_keys (account_id, resource, kind, value, record_id) VALUES ($1, $2, $3, $4, $5)"


async def save_record(
    tx: Transaction, before: Record | None, after: Record, *, actor: str, via: str, action: str
) -> None:
    """Write `after` in the place of `before` (None: it is new), its keys too, and tell the change feed."""
    resource = BY_RECORD[type(after)]
    doc = _encode(after).decode()
    sql = (
        INSERT_RECORD
        if before is None
        else "UPDATE records SET position = $4, created_at = $5, updated_at = $6, deleted_at = $7, doc = $8"
        " WHERE account_id = $1 AND resource = $2 AND id = $3"
    )
    await tx.run(sql, tx.account_id, resource.name, after.id, *record_columns(resource, after), doc)
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
    await tx.run_many(INSERT_RECORD_KEY, added)
    if resource.in_vocabulary:
        tx.state.stamp += 1
    await append_change(tx, resource.name, before, after, actor=actor, via=via, action=action)
