"""Documents and their bodies: taken in, looked at for what they are, kept once, and given out again."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from dataclasses import dataclass

from msgspec.structs import replace

from onebook.errors import Invalid, NotFound, TooLarge
from onebook.model.document import Document
from onebook.model.file_type import content_type_of
from onebook.service.session import Session, Unit, View
from onebook.store.bodies import read_body, save_body
from onebook.store.body_files import MIB, Bodies, read_file, write_file


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was looked at; `data` is what the transaction has to keep, None where it is kept already."""

    content_type: str
    size: int
    sha256: str
    data: bytes | None


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
    return Body(found, len(data), digest, data if place is None else None)


def _look(data: bytes, file_name: str | None, content_type: str | None) -> tuple[str, str]:
    return content_type_of(data, file_name, content_type), hashlib.sha256(data).hexdigest()


async def with_body(unit: Unit, document: Document, body: Body) -> Document:
    """`document` with the body, which is kept in this transaction where it is not yet."""
    if body.data is not None:
        await save_body(unit.tx, body.sha256, body.data)
    return replace(document, content_type=body.content_type, size=body.size, sha256=body.sha256)


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
