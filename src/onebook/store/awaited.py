"""Who answers to which id of another system: rows of the book, those in its trash, and ids kept for who is to come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onebook.store.database import Engine, Reader, Transaction, Where

CONTACTS = "contacts"
_AT_ONCE = 500
_EXTERNAL: dict[Engine, str] = {
    "sqlite": "doc -> 'external_ids' ->> {dialect}",
    "postgresql": "doc::json -> 'external_ids' ->> {dialect}",
}
_MEMBER: dict[Engine, str] = {"sqlite": "doc ->> {name}", "postgresql": "doc::json ->> {name}"}


def _rows_of(reader: Reader, resource: str) -> tuple[str, Where]:
    """The table that a resource's rows are in, and the condition of being one of them."""
    where = Where(reader.account_id)
    where.add("account_id = $1")
    if resource == CONTACTS:
        return CONTACTS, where
    where.add(f"resource = {where.put(resource)}")
    return "records", where


async def is_any(reader: Reader, resource: str) -> bool:
    """Whether there is any row of the resource, those in the trash too."""
    table, where = _rows_of(reader, resource)
    return bool(await reader.rows(f"SELECT 1 FROM {table} WHERE {where.sql} LIMIT 1", *where.args))


async def awaited_ids(reader: Reader, resource: str, dialect: str) -> dict[int, int]:
    """The ids that are kept for those who are to come, by the other system's."""
    sql = "SELECT shown, record_id FROM awaited_ids WHERE account_id = $1 AND resource = $2 AND dialect = $3"
    return {row[0]: row[1] for row in await reader.rows(sql, reader.account_id, resource, dialect)}


async def keep_ids(tx: Transaction, dialect: str, awaited: Iterable[tuple[str, int, int]]) -> None:
    """Keep own ids for whoever comes: (resource, the other system's id, the own one)."""
    sql = (
        "INSERT INTO awaited_ids (account_id, resource, dialect, shown, record_id) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (account_id, resource, dialect, shown) DO NOTHING"
    )
    await tx.run_many(sql, [(tx.account_id, resource, dialect, shown, own) for resource, shown, own in awaited])


async def ids_came(tx: Transaction, resource: str, dialect: str, shown: Iterable[int]) -> None:
    """Nobody waits for those ids any more."""
    sql = "DELETE FROM awaited_ids WHERE account_id = $1 AND resource = $2 AND dialect = $3 AND shown = $4"
    await tx.run_many(sql, [(tx.account_id, resource, dialect, one) for one in shown])


async def ids_there(reader: Reader, resource: str, ids: Sequence[int]) -> set[int]:
    """Those of `ids` that there are, in the trash or not."""
    found: set[int] = set()
    for start in range(0, len(ids), _AT_ONCE):
        table, where = _rows_of(reader, resource)
        where.add(where.one_of("id", tuple(ids[start : start + _AT_ONCE])))
        found.update(row[0] for row in await reader.rows(f"SELECT id FROM {table} WHERE {where.sql}", *where.args))
    return found


async def trashed_ids(reader: Reader, resource: str, dialect: str) -> dict[int, list[int]]:
    """By the id that they showed in the dialect the own ids of what lies in the trash: it is under no key."""
    table, where = _rows_of(reader, resource)
    where.add("deleted_at <> 0")
    external = _EXTERNAL[reader.engine].format(dialect=where.put(dialect))
    sql = f"SELECT id, {external} FROM {table} WHERE {where.sql} ORDER BY id"
    found: dict[int, list[int]] = {}
    for own, text in await reader.scan(sql, *where.args):
        if text is not None and text.isascii() and text.isdigit():
            found.setdefault(int(text), []).append(own)
    return found


async def made_at(reader: Reader, resource: str, dialect: str, ids: Sequence[int]) -> dict[int, tuple[int, str | None]]:
    """When those of `ids` were made that are called by their own id in the dialect, in microseconds, and their name.

    Those in the trash are among them.
    """
    table, where = _rows_of(reader, resource)
    where.add(where.one_of("id", tuple(ids)))
    external = _EXTERNAL[reader.engine].format(dialect=where.put(dialect))
    name = _MEMBER[reader.engine].format(name=where.put("name"))
    sql = f"SELECT id, created_at, {name}, {external} FROM {table} WHERE {where.sql}"
    rows = await reader.rows(sql, *where.args)
    return {row[0]: (row[1], row[2]) for row in rows if row[3] is None}
