"""The bodies of documents that a dump brings, each in a file that is called by its SHA-256."""

from __future__ import annotations

import hashlib
from pathlib import Path

from onebook.errors import Invalid
from onebook.model.document import Document
from onebook.model.file_type import content_type_of
from onebook.service.documents import Body, with_body
from onebook.service.session import Unit
from onebook.store.body_files import MIB, Bodies, read_file


def look_at_body(document: Document, place: Path | None, limit: int) -> None:
    """Whether a body is what its document says; a `place` of None is no body, `limit` is in bytes.

    Raises Invalid, Unavailable.
    """
    if place is None:
        return
    if place.stat().st_size > limit:
        raise Invalid.at("sha256", f"the body {place.name} is larger than {limit // MIB} MiB", "too_large")
    data = read_file(place) or b""
    if hashlib.sha256(data).hexdigest() != document.sha256 or document.size not in (None, len(data)):
        raise Invalid.at("sha256", f"the body {place.name} is damaged: it is not the one that the row tells", "invalid")
    content_type_of(data, document.file_name, document.content_type)


async def bring_body(unit: Unit, document: Document, place: Path | None, bodies: Bodies) -> None:
    """Keep the body of a document that is there by the end of this transaction. Raises Unavailable."""
    data = _read(place, bodies.limit)
    if data is not None and hashlib.sha256(data).hexdigest() == document.sha256:
        kept = bodies.place(unit.account_id, document.sha256)
        await with_body(unit, document, Body(document.content_type or "", len(data), document.sha256, data, kept))


def _read(place: Path | None, limit: int) -> bytes | None:
    return read_file(place) if place is not None and place.stat().st_size <= limit else None
