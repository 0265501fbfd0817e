"""Documents and their bodies: taken in, looked at for what they are, kept once, and given out again."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from onebook.errors import Invalid, NotFound, TooLarge
from onebook.model.document import Document
from onebook.model.file_type import content_type_of
from onebook.service.session import Session, Unit, View
from onebook.store.bodies import delete_bodies, hashes_after, hashes_in_use, read_body, save_body
from onebook.store.body_files import MIB, Bodies, read_file, remove_broken_off, stored_files, write_file
from onebook.store.database import Store, Transaction


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was looked at; `place` is its file, None where it goes into the database."""

    content_type: str
    size: int
    sha256: str
    data: bytes
    place: Path | None


def decoded(text: object) -> bytes:
    """A body out of base64, with or without a `data:` address around it. Raises Invalid at `body`."""
    if not isinstance(text, str):
        raise Invalid.at("body", "must be a text in base64", "wrong_type")
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid.at("body", "must be a text in base64", "wrong_type") from None


async def take_body(session: Session, data: bytes, file_name: str | None, content_type: str | None) -> Body:
    """Look at a body, and keep it where bodies are files; to be called before the transaction.

    Raises Invalid where it is not what its name or content type says, or of no type that is taken; TooLarge.
    """
    bodies = session.store.bodies
    if len(data) > bodies.limit:
        raise TooLarge.at("body", f"is larger than {bodies.limit // MIB} MiB", "too_large")
    found, digest = await asyncio.to_thread(_look, data, file_name, content_type)
    place = bodies.place(session.view.account_id, digest)
    if place is not None:
        await asyncio.to_thread(write_file, place, data)
    return Body(found, len(data), digest, data, place)


def _look(data: bytes, file_name: str | None, content_type: str | None) -> tuple[str, str]:
    return content_type_of(data, file_name, content_type), hashlib.sha256(data).hexdigest()


async def with_body(unit: Unit, document: Document, body: Body) -> Document:
    """`document` with the body, which is kept by the end of this transaction."""
    if body.place is None:
        await save_body(unit.tx, body.sha256, body.data)
    else:
        # Somebody may have swept it away since; while this transaction lasts nobody does.
        write_file(body.place, body.data)
    return replace(document, content_type=body.content_type, size=body.size, sha256=body.sha256)


async def body_place(view: View, bodies: Bodies, document: Document) -> Path | None:
    """The file that the document's body is in; None where it is in none."""
    place = None if document.sha256 is None else bodies.place(view.account_id, document.sha256)
    return place if place is not None and await asyncio.to_thread(place.is_file) else None


async def document_body(view: View, bodies: Bodies, document: Document) -> bytes:
    """The body of a document, wherever it is kept. Raises NotFound where it has none, or none in this book."""
    if document.sha256 is None:
        raise NotFound(f"document {document.id} has no body")
    place = bodies.place(view.account_id, document.sha256)
    found = await asyncio.to_thread(read_file, place) if place is not None else None
    if found is None:
        found = await read_body(view.reader, document.sha256)
    if found is None:
        raise NotFound(f"the body of document {document.id} is not in this book")
    return found


async def sweep_bodies(store: Store, account_id: int) -> int:
    """Remove the bodies that no document has any more, in the trash or not; answers how many that were."""
    reader, count, last = store.reader(account_id), 0, ""
    while some := await hashes_after(reader, last):
        count += await _sweep(store, account_id, some, {})
        last = some[-1]
    await asyncio.to_thread(remove_broken_off, store.bodies, account_id)
    files = {place.name: place for place in await asyncio.to_thread(stored_files, store.bodies, account_id)}
    names = sorted(files)
    for start in range(0, len(names), _AT_ONCE):
        count += await _sweep(store, account_id, names[start : start + _AT_ONCE], files)
    return count


_AT_ONCE = 500


async def _sweep(store: Store, account_id: int, hashes: Sequence[str], files: dict[str, Path]) -> int:
    used = await hashes_in_use(store.reader(account_id), hashes)
    if used >= set(hashes):
        return 0

    async def work(tx: Transaction) -> int:
        idle = sorted(set(hashes) - await hashes_in_use(tx, hashes))
        if files:
            for sha256 in idle:
                files[sha256].unlink(missing_ok=True)
        else:
            await delete_bodies(tx, idle)
        return len(idle)

    return await store.write(account_id, work)
