"""The change feed: every write appends to it, and nothing else records what happened."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from onebook.model.change import Changes, HistoryEntry, difference
from onebook.store.database import Reader, Row, Transaction, Value
from onebook.store.moments import micros, moment_of

ADD_CHANGE = (
    "INSERT INTO changes (account_id, seq, resource, record_id, version, at, actor, via, action, changes)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
)
_decode = msgspec.json.Decoder(Changes).decode


async def append_change(
    tx: Transaction, resource: str, before: Struct | None, after: Struct, *, actor: str, via: str, action: str
) -> None:
    """Add what `after` (a record with id, version and updated_at) differs in from `before`."""
    await tx.run(ADD_CHANGE, *change_row(tx, resource, before, after, actor=actor, via=via, action=action))


def change_row(
    tx: Transaction, resource: str, before: Struct | None, after: Struct, *, actor: str, via: str, action: str
) -> tuple[Value, ...]:
    """The values of the next row of the change feed, in the order of its columns; it takes the next position."""
    tx.state.seq += 1
    return (
        tx.account_id,
        tx.state.seq,
        resource,
        getattr(after, "id", 0),
        getattr(after, "version", 0),
        micros(getattr(after, "updated_at", None)),
        actor,
        via,
        action,
        msgspec.json.encode(difference(before, after)).decode(),
    )


async def read_history(reader: Reader, resource: str, record_id: int) -> list[HistoryEntry]:
    """All that happened to one record, oldest first."""
    # The positions first, out of the index alone: else SQLite, which has no statistics, reads the account's whole feed.
    sql = (
        "SELECT version, seq, at, actor, via, action, changes FROM changes WHERE account_id = $1 AND seq IN"
        " (SELECT seq FROM changes WHERE account_id = $1 AND resource = $2 AND record_id = $3) ORDER BY seq"
    )
    return [_entry(row) for row in await reader.scan(sql, reader.account_id, resource, record_id)]


async def last_position(reader: Reader) -> int:
    """Where the change feed ends."""
    rows = await reader.rows("SELECT seq FROM account_state WHERE account_id = $1", reader.account_id)
    return int(rows[0][0]) if rows else 0


async def records_changed(reader: Reader, resource: str, after: int, limit: int) -> list[int]:
    """At most `limit` of the records of `resource` that were written behind the position `after`, ascending."""
    sql = (
        "SELECT DISTINCT record_id FROM changes WHERE account_id = $1 AND seq > $2 AND resource = $3"
        " ORDER BY record_id LIMIT $4"
    )
    return [row[0] for row in await reader.scan(sql, reader.account_id, after, resource, limit)]


def _entry(row: Row) -> HistoryEntry:
    version, seq, at, actor, via, action, changes = row
    return HistoryEntry(
        version=version, seq=seq, at=moment_of(at), actor=actor, via=via, action=action, changes=_decode(changes)
    )
