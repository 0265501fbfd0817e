"""The bodies of documents that are kept in the database: once each, in parts, by their SHA-256."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from onebook.model.document import Document
from onebook.store.database import Reader, Transaction, Where

_decode = msgspec.json.Decoder(Document).decode
PART = 1 << 20
"""Bytes of one part."""


async def save_body(tx: Transaction, sha256: str, body: bytes) -> None:
    """Put a body into the database, unless it is there."""
    sql = "SELECT 1 FROM document_bodies WHERE account_id = $1 AND sha256 = $2 AND part = 0"
    if not await tx.rows(sql, tx.account_id, sha256):
        parts = [
            (tx.account_id, sha256, number, body[start : start + PART])
            for number, start in enumerate(range(0, len(body), PART))
        ]
        await tx.run_many("INSERT INTO document_bodies (account_id, sha256, part, body) VALUES ($1, $2, $3, $4)", parts)


async def read_body(reader: Reader, sha256: str) -> bytes | None:
    """A body out of the database; None where it is not there."""
    sql = "SELECT body FROM document_bodies WHERE account_id = $1 AND sha256 = $2 ORDER BY part"
    rows = await reader.scan(sql, reader.account_id, sha256)
    return b"".join(bytes(row[0]) for row in rows) if rows else None


async def hashes_after(reader: Reader, last: str, most: int = 500) -> list[str]:
    """The next hashes of bodies in the database, ascending."""
    sql = "SELECT sha256 FROM document_bodies WHERE account_id = $1 AND part = 0 AND sha256 > $2 ORDER BY sha256"
    return [row[0] for row in await reader.scan(f"{sql} LIMIT $3", reader.account_id, last, most)]


async def hashes_in_use(reader: Reader, hashes: Sequence[str]) -> set[str]:
    """Those of `hashes` that some document has, in the trash or not."""
    where = Where(reader.account_id)
    where.add(where.one_of("value", tuple(hashes)))
    keys = "SELECT value FROM record_keys WHERE account_id = $1 AND resource = 'documents' AND kind = 'sha256'"
    used = {row[0] for row in await reader.rows(f"{keys} AND {where.sql}", *where.args)}
    trash = "SELECT doc FROM records WHERE account_id = $1 AND resource = 'documents' AND deleted_at <> 0"
    return (used | {_decode(row[0]).sha256 or "" for row in await reader.scan(trash, reader.account_id)}) & set(hashes)


async def delete_bodies(tx: Transaction, hashes: Sequence[str]) -> None:
    """Take bodies out of the database."""
    sql = "DELETE FROM document_bodies WHERE account_id = $1 AND sha256 = $2"
    await tx.run_many(sql, [(tx.account_id, sha256) for sha256 in hashes])
