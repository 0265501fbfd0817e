"""The bodies of documents beside the tables of a dump: each once, in a file that is called by its SHA-256."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from array import array
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from onebook.model.document import Document
from onebook.service.dump_tables import DumpColumn, Row
from onebook.service.dumps import sync
from onebook.store.body_files import Bodies
from onebook.store.export import AT_ONCE, Export

FOLDER = "documents"
"""Where the bodies are, beside the tables."""
TABLE = "document_bodies"
"""The file that names them all, so that a manifest which names that vouches for each of them."""
COLUMNS = (DumpColumn("sha256", "text"), DumpColumn("bytes", "integer"), DumpColumn("path", "text"))
_PIECE = 1 << 20
_decode = msgspec.json.Decoder(Document).decode


async def write_bodies(
    export: Export, bodies: Bodies, account_id: int, place: Path, changed: array[int] | None
) -> list[Row]:
    """Write the bodies of all documents, or of the changed ones, below `place`; answers the rows of `TABLE`.

    One that is not in the book, or is damaged, is left out: `onebook check` tells of those. Raises OSError.
    """
    folder = place / FOLDER
    folder.mkdir()
    rows: list[Row] = []
    done: set[bytes] = set()
    async for documents in _documents(export, changed):
        for sha256 in (_decode(one).sha256 for one in documents):
            if sha256 is None or bytes.fromhex(sha256) in done:
                continue
            done.add(bytes.fromhex(sha256))
            size = await _write(export, bodies.place(account_id, sha256), sha256, folder / sha256)
            if size is not None:
                rows.append((sha256, size, f"{FOLDER}/{sha256}"))
    sync(folder)
    return rows


async def _documents(export: Export, changed: array[int] | None) -> AsyncIterator[Sequence[bytes]]:
    if changed is None:
        async for span in export.spans("documents"):
            yield await export.documents("documents", span)
    else:
        for at in range(0, len(changed), AT_ONCE):
            yield await export.documents_of("documents", changed[at : at + AT_ONCE])


async def _write(export: Export, source: Path | None, sha256: str, place: Path) -> int | None:
    """One body's file, on disk when this has returned, and how many bytes it has; None where there is none."""
    digest, size = hashlib.sha256(), 0
    with place.open("xb", buffering=0) as file:
        async for part in _parts(export, source, sha256):
            digest.update(part)
            size += len(part)
            file.write(part)
        os.fsync(file.fileno())
    if digest.hexdigest() == sha256:
        return size
    await asyncio.to_thread(place.unlink)
    return None


async def _parts(export: Export, source: Path | None, sha256: str) -> AsyncIterator[bytes]:
    """A body out of its file, else out of the database; nothing where it is in neither."""
    try:
        with source.open("rb") if source is not None else contextlib.nullcontext() as file:
            while file is not None and (part := file.read(_PIECE)):
                yield part
        if source is not None:
            return
    except FileNotFoundError:
        pass
    async for part in export.body_parts(sha256):
        yield part
