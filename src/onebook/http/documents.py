"""The body of a document as an answer, for every dialect that gives one out."""

from __future__ import annotations

from collections.abc import AsyncIterator

from onebook.http.files import PIECE, attachment, file_reply, pieces_reply
from onebook.http.route import Ask, Reply
from onebook.model.document import Document
from onebook.service.documents import body_place, document_body

UNTYPED = "application/octet-stream"


async def document_reply(ask: Ask, document: Document) -> Reply:
    """The body, with ETag and Range, to be kept as a file: no browser shows it, guesses at it or runs what is in it.

    Raises NotFound where the document has none.
    """
    session = ask.session
    headers = (
        attachment(document.file_name or document.title or f"document-{document.id}"),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"Content-Security-Policy", b"default-src 'none'; sandbox"),
    )
    etag, content_type = document.sha256 or "", document.content_type or UNTYPED
    place = await body_place(session.view, session.store.bodies, document)
    if place is not None:
        return file_reply(ask, place, etag, content_type, pack=False, headers=headers)
    body = await document_body(session.view, session.store.bodies, document)

    async def pieces(first: int, end: int) -> AsyncIterator[bytes]:
        for start in range(first, end, PIECE):
            yield body[start : min(end, start + PIECE)]

    return pieces_reply(ask, pieces, len(body), etag, content_type, headers=headers)
