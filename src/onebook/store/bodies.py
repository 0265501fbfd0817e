"""The bodies of documents that are kept in the database: once each, in parts, by their SHA-256."""

from __future__ import annotations

from onebook.store.database import Reader, Transaction

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
