"""Records of several kinds as one list, by when they were made: out of each kind's index, never reading them all."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from onebook.model.account import Record
from onebook.model.query import Page
from onebook.store.database import Reader, Where
from onebook.store.keys import key_value
from onebook.store.records import common_keys, key_term, read_records
from onebook.store.resources import BY_RECORD

Keys = Sequence[tuple[str, Sequence[str]]]
"""Kinds of keys, each with the values of which a record must have one."""


async def read_feed(
    reader: Reader,
    records: Sequence[type[Record]],
    keys: Keys,
    page: Page,
    *,
    created: tuple[int | None, int | None] = (None, None),
    descending: bool = True,
) -> list[Record]:
    """One page of the records of these kinds that are not in the trash; `created` bounds are inclusive microseconds."""
    if not records:
        return []
    where = Where(reader.account_id)
    direction = "DESC" if descending else "ASC"
    deepest = where.put(page.offset + page.limit)
    parts = []
    for number, record in enumerate(records):
        terms = _terms(where, record, keys, created, await common_keys(reader, record, keys))
        parts.append(
            f"SELECT * FROM (SELECT resource, id, created_at FROM records WHERE {terms}"
            f" ORDER BY created_at {direction}, id {direction} LIMIT {deepest}) AS of_{number}"
        )
    limits = f"LIMIT {where.put(page.limit)} OFFSET {where.put(page.offset)}"
    sql = f"{' UNION ALL '.join(parts)} ORDER BY created_at {direction}, id {direction} {limits}"
    rows = await reader.scan(sql, *where.args)
    by_name = {BY_RECORD[record].name: record for record in records}
    found: Mapping[str, Mapping[int, Record]] = {
        name: await read_records(reader, record, [row[1] for row in rows if row[0] == name])
        for name, record in by_name.items()
    }
    return [found[name][number] for name, number, _ in rows if number in found[name]]


async def count_feed(
    reader: Reader,
    records: Sequence[type[Record]],
    keys: Keys,
    *,
    created: tuple[int | None, int | None] = (None, None),
) -> int:
    """How many records `read_feed` finds, all pages together."""
    if not records:
        return 0
    where = Where(reader.account_id)
    parts = [f"(SELECT count(*) FROM records WHERE {_terms(where, record, keys, created)})" for record in records]
    rows = await reader.scan(f"SELECT {' + '.join(parts)}", *where.args)
    return int(rows[0][0])


def _terms(
    where: Where,
    record: type[Record],
    keys: Keys,
    created: tuple[int | None, int | None],
    common: Container[str] = (),
) -> str:
    name = where.put(BY_RECORD[record].name)
    terms = ["account_id = $1", f"resource = {name}", "deleted_at = 0"]
    for kind, values in keys:
        among = where.one_of("value", [key_value(value) for value in values])
        terms.append(key_term(name, where.put(kind), among, one_by_one=kind in common))
    for sign, bound in zip((">=", "<="), created, strict=True):
        if bound is not None:
            terms.append(f"created_at {sign} {where.put(bound)}")
    return " AND ".join(terms)


async def key_values(reader: Reader, record: type[Record], kind: str) -> list[tuple[str, int]]:
    """Every value that records of a kind are found under by one kind of key, and the lowest id under it."""
    sql = (
        "SELECT value, min(record_id) FROM record_keys WHERE account_id = $1 AND resource = $2 AND kind = $3"
        " GROUP BY value ORDER BY value"
    )
    rows = await reader.scan(sql, reader.account_id, BY_RECORD[record].name, kind)
    return [(row[0], row[1]) for row in rows]
