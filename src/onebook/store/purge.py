"""What has been in the trash for long enough, taken out of the book for good; the change feed keeps a tombstone."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from onebook.store.changes import ADD_CHANGE
from onebook.store.contacts import read_contacts
from onebook.store.database import Reader, Transaction
from onebook.store.export import CONTACTS, PURGED
from onebook.store.records import read_records
from onebook.store.resources import RESOURCES

_RECORDS = {resource.name: resource.record for resource in RESOURCES}


async def in_trash_since(reader: Reader, before: int) -> list[tuple[str, int]]:
    """(resource, id) of what was put into the trash before a moment in microseconds."""
    where = "WHERE account_id = $1 AND deleted_at <> 0 AND deleted_at < $2"
    contacts = await reader.scan(f"SELECT id FROM contacts {where} ORDER BY id", reader.account_id, before)
    records = await reader.scan(
        f"SELECT resource, id FROM records {where} ORDER BY resource, id", reader.account_id, before
    )
    known = [(name, number) for name, number in records if name in _RECORDS]
    return [*((CONTACTS, number) for (number,) in contacts), *known]


async def purge(tx: Transaction, resource: str, ids: Sequence[int], before: int, at: int, actor: str) -> int:
    """Take those of `ids` away that are still in the trash since before that moment; answers how many there were.

    Of what happened to them no more is kept than that it did, and what they were called in other systems.
    """
    record = _RECORDS.get(resource)
    found = await (read_contacts(tx, ids) if record is None else read_records(tx, record, ids))
    count = 0
    for number, one in found.items():
        deleted_at = await _trashed_at(tx, resource, number)
        if 0 < deleted_at < before:
            await _remove(tx, resource, number)
            await _note(tx, resource, one, at, actor)
            count += 1
    return count


async def _trashed_at(tx: Transaction, resource: str, number: int) -> int:
    where, args = _named(resource, tx.account_id, number)
    rows = await tx.rows(f"SELECT deleted_at FROM {where}", *args)
    return int(rows[0][0]) if rows else 0


async def _remove(tx: Transaction, resource: str, number: int) -> None:
    # Keys and words went when it was put into the trash.
    where, args = _named(resource, tx.account_id, number)
    await tx.run(f"DELETE FROM {where}", *args)
    sql = "UPDATE changes SET changes = '{}', version = 0 WHERE account_id = $1 AND resource = $2 AND record_id = $3"
    await tx.run(sql, tx.account_id, resource, number)


async def _note(tx: Transaction, resource: str, gone: Struct, at: int, actor: str) -> None:
    known = {f"external_ids.{name}": (value, None) for name, value in getattr(gone, "external_ids", {}).items()}
    tx.state.seq += 1
    changes = msgspec.json.encode(known).decode()
    number = getattr(gone, "id", 0)
    await tx.run(ADD_CHANGE, tx.account_id, tx.state.seq, resource, number, 0, at, actor, actor, PURGED, changes)


def _named(resource: str, account_id: int, number: int) -> tuple[str, tuple[int | str, ...]]:
    if resource == CONTACTS:
        return "contacts WHERE account_id = $1 AND id = $2", (account_id, number)
    return "records WHERE account_id = $1 AND id = $2 AND resource = $3", (account_id, number, resource)
