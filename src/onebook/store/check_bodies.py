"""Whether the bodies of documents are still those that were kept: each is hashed again, a part at a time.

A document whose body is not in the book at all is no difference: a dump that was moved in carries none.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from onebook.store.body_files import Bodies, stored_files
from onebook.store.check import Finding
from onebook.store.snapshot import Snapshot


async def body_findings(snapshot: Snapshot, bodies: Bodies) -> AsyncIterator[Finding]:
    """Every body of the account that is damaged, in the database and in its files. None can be mended."""
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
    for place in await asyncio.to_thread(stored_files, bodies, snapshot.account_id):
        if await asyncio.to_thread(_digest, place) not in (place.name, None):
            yield _damaged(place.name)


def _damaged(sha256: str) -> Finding:
    return f"the body {sha256} of a document is damaged", None


def _digest(place: Path) -> str | None:
    try:
        with place.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
