"""Whether the bodies of documents are still those that were kept: each is hashed again, a part at a time.

A file that no document has is told of when it is older than two days: by then the nightly sweep should have seen it.
A document whose body is not in the book at all is no difference: a dump that was moved in carries none.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import msgspec

from onebook.model.document import Document
from onebook.store.bodies import hashes_in_use
from onebook.store.body_files import Bodies, stored_files
from onebook.store.check import Finding
from onebook.store.database import Transaction
from onebook.store.snapshot import Snapshot

FORGOTTEN = 2 * 24 * 3600
_decode = msgspec.json.Decoder(Document).decode


async def body_findings(snapshot: Snapshot, bodies: Bodies) -> AsyncIterator[Finding]:
    """Every body of the account that is damaged, which cannot be mended, and every file that was left behind."""
    hashed, name = hashlib.sha256(), ""
    sql = "SELECT sha256, body FROM document_bodies WHERE account_id = $1 ORDER BY sha256, part"
    async for rows in snapshot.stream(sql, snapshot.account_id):
        for sha256, part in rows:
            if sha256 != name:
                if name and hashed.hexdigest() != name:
                    yield _damaged(name)
                hashed, name = hashlib.sha256(), sha256
            hashed.update(part)
    if name and hashed.hexdigest() != name:
        yield _damaged(name)
    files = await asyncio.to_thread(stored_files, bodies, snapshot.account_id)
    for place in files:
        if await asyncio.to_thread(_digest, place) not in (place.name, None):
            yield _damaged(place.name)
    async for finding in _idle(snapshot, files):
        yield finding


async def _idle(snapshot: Snapshot, files: Sequence[Path]) -> AsyncIterator[Finding]:
    """Files that no document has, though the trash has been emptied since they were written."""
    old = [place for place in files if await asyncio.to_thread(_age, place) > FORGOTTEN]
    if not old:
        return
    used: set[str] = set()
    sql = "SELECT value FROM record_keys WHERE account_id = $1 AND resource = 'documents' AND kind = 'sha256'"
    async for rows in snapshot.stream(sql, snapshot.account_id):
        used |= {value for (value,) in rows}
    sql = "SELECT doc FROM records WHERE account_id = $1 AND resource = 'documents' AND deleted_at <> 0"
    async for rows in snapshot.stream(sql, snapshot.account_id):
        used |= {_decode(doc).sha256 or "" for (doc,) in rows}
    for place in old:
        if place.name not in used:
            yield f"the body {place.name} is no document's", partial(_remove, place=place)


async def _remove(tx: Transaction, place: Path) -> None:
    """Remove the file, unless a document has taken it by now."""
    if not await hashes_in_use(tx, [place.name]):
        await asyncio.to_thread(place.unlink, missing_ok=True)


def _age(place: Path) -> float:
    try:
        return time.time() - place.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _damaged(sha256: str) -> Finding:
    return f"the body {sha256} of a document is damaged", None


def _digest(place: Path) -> str | None:
    try:
        with place.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
