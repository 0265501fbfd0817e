"""The runs of imports, and what they have not taken. A run's row is written with the rows of the book it speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from onebook.model.change import Changes
from onebook.model.imports import ImportRun, Reject
from onebook.store.database import Reader, Transaction, Where

_decode = msgspec.json.Decoder(ImportRun).decode
_decode_raw = msgspec.json.Decoder(list[str]).decode
_decode_changes = msgspec.json.Decoder(Changes).decode
_encode = msgspec.json.Encoder().encode
_AT_ONCE = 200


class Told(NamedTuple):
    """One change of a run: where it stands in the feed, what it was of, what it did and to which values."""

    seq: int
    resource: str
    record_id: int
    action: str
    changes: Changes


async def read_runs(reader: Reader) -> list[ImportRun]:
    """Every run of the account, the latest first."""
    sql = "SELECT doc FROM import_runs WHERE account_id = $1 ORDER BY run_id DESC"
    return [_decode(row[0]) for row in await reader.rows(sql, reader.account_id)]


async def read_run(reader: Reader, run_id: int) -> ImportRun | None:
    """The run; None where there is none."""
    sql = "SELECT doc FROM import_runs WHERE account_id = $1 AND run_id = $2"
    rows = await reader.rows(sql, reader.account_id, run_id)
    return _decode(rows[0][0]) if rows else None


async def add_run(tx: Transaction, run: ImportRun) -> None:
    """A new run."""
    sql = "INSERT INTO import_runs (account_id, run_id, doc) VALUES ($1, $2, $3)"
    await tx.run(sql, tx.account_id, run.run_id, _encode(run).decode())


async def save_run(tx: Transaction, run: ImportRun) -> None:
    """The run as it is now."""
    sql = "UPDATE import_runs SET doc = $3 WHERE account_id = $1 AND run_id = $2"
    await tx.run(sql, tx.account_id, run.run_id, _encode(run).decode())


async def add_rejects(tx: Transaction, run_id: int, rejects: Sequence[Reject]) -> None:
    """Keep what was not taken until the run is over."""
    sql = "INSERT INTO import_rejects (account_id, run_id, number, reason, raw) VALUES ($1, $2, $3, $4, $5)"
    rows = [(tx.account_id, run_id, one.number, one.reason, _encode(one.raw).decode()) for one in rejects]
    await tx.run_many(sql, rows)


async def read_rejects(reader: Reader, run_id: int, after: int, limit: int) -> list[Reject]:
    """The next `limit` entries that were not taken, in the order of the file, behind the number `after`."""
    sql = (
        "SELECT number, reason, raw FROM import_rejects WHERE account_id = $1 AND run_id = $2 AND number > $3"
        " ORDER BY number LIMIT $4"
    )
    rows = await reader.rows(sql, reader.account_id, run_id, after, limit)
    return [Reject(row[0], row[1], _decode_raw(row[2])) for row in rows]


async def drop_rejects(tx: Transaction, run_id: int) -> None:
    """Forget what was not taken; it is in a file by now."""
    await tx.run("DELETE FROM import_rejects WHERE account_id = $1 AND run_id = $2", tx.account_id, run_id)


async def made_by(reader: Reader, resource: str, ids: Sequence[int], vias: Sequence[str]) -> list[int]:
    """Those of `ids` that were made by one of `vias`, what the change feed calls imports."""
    found: list[int] = []
    for start in range(0, len(ids) if vias else 0, _AT_ONCE):
        where = Where(reader.account_id)
        where.add(f"resource = {where.put(resource)} AND action = 'created'")
        where.add(where.one_of("record_id", list(ids[start : start + _AT_ONCE])))
        sql = f"SELECT record_id, via FROM changes WHERE account_id = $1 AND {where.sql}"
        found += [row[0] for row in await reader.rows(sql, *where.args) if row[1] in vias]
    return found


async def changes_of_run(
    reader: Reader, run: ImportRun, below: int, limit: int, *, via: str | None = None
) -> list[Told]:
    """The last `limit` changes of the run before the position `below`, the latest first; or those made by `via`."""
    sql = (
        "SELECT seq, resource, record_id, action, changes FROM changes"
        " WHERE account_id = $1 AND seq >= $2 AND seq < $3 AND via = $4 ORDER BY seq DESC LIMIT $5"
    )
    rows = await reader.scan(sql, reader.account_id, run.first_seq, below, via or run.via, limit)
    return [Told(row[0], row[1], row[2], row[3], _decode_changes(row[4])) for row in rows]
