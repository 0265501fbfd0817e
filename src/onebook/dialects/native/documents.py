"""Documents: like every other record, and the body beside their fields: base64 on its way in, bare on its way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from onebook.dialects.native.codec import new_record, record_edit
from onebook.dialects.native.replies import answer_with, check_match, object_reply, path_id, post
from onebook.http.body import check_value, parse_json
from onebook.http.route import Ask, Handler, Reply, Schema
from onebook.model.document import Document
from onebook.service.documents import Body, decoded, document_body, take_body, with_body
from onebook.service.idempotency import Answer
from onebook.service.records import change_record, create_record, get_record
from onebook.service.session import Unit

BODY: dict[str, Schema] = {
    "body": {
        "type": ["string", "null"],
        "contentEncoding": "base64",
        "description": "The file itself; null takes it away.",
    }
}
BODY_LIMIT = 24 << 20
"""Bytes of a request: 16 MiB in base64, and the fields."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A request taken apart: the fields, and the body in base64 where it is named at all."""

    fields: Any
    names_body: bool
    body: Any

    @property
    def content_type(self) -> str | None:
        """What the caller says the body is."""
        said = self.fields.get("content_type") if isinstance(self.fields, dict) else None
        return said if isinstance(said, str) else None


async def create(ask: Ask) -> Reply:
    """POST /documents."""
    sent = _sent(ask)
    made = new_record(Document, sent.fields, ask.session.view.zone)
    body = await _taken(ask, sent, made)

    async def work(unit: Unit) -> Answer:
        return answer_with(201, await create_record(unit, await with_body(unit, made, body) if body else made))

    return await post(ask, work, "documents")


async def change(ask: Ask) -> Reply:
    """PATCH /documents/{id}: another body takes the place of the one there is, null takes it away."""
    number, sent = path_id(ask, "document"), _sent(ask)
    edit = record_edit(Document, sent.fields, ask.session.view.zone)
    body = await _taken(ask, sent, edit(await get_record(ask.session.view, Document, number)))

    async def work(unit: Unit) -> Document:
        before = await get_record(unit, Document, number)
        if "if-match" in ask.headers:
            check_match(ask, before.version)
        after = edit(before)
        if body is not None:
            after = await with_body(unit, after, body)
        elif sent.names_body:
            after = replace(after, content_type=None, size=None, sha256=None)
        elif before.sha256 is not None:
            after = replace(after, content_type=before.content_type)
        return await change_record(unit, Document, number, lambda _: after)

    return object_reply(await ask.session.write(work))


async def content(ask: Ask) -> Reply:
    """GET /documents/{id}/content: the body, to be kept as a file and never to be run by a browser."""
    document = await get_record(ask.session.view, Document, path_id(ask, "document"))
    tag = f'"{document.sha256}"'
    headers = [(b"ETag", tag.encode()), (b"X-Content-Type-Options", b"nosniff")]
    known = ask.headers.get("if-none-match", "")
    if document.sha256 is not None and (known.strip() == "*" or tag in known):
        return Reply(304, content_type="", headers=tuple(headers))
    body = await document_body(ask.session.view, ask.session.store.bodies, document)
    name = quote(document.file_name or document.title or f"document-{document.id}", safe="")
    headers.append((b"Content-Disposition", f"attachment; filename*=UTF-8''{name}".encode()))
    headers.append((b"Content-Security-Policy", b"default-src 'none'; sandbox"))
    return Reply(200, body, document.content_type or "application/octet-stream", tuple(headers))


def _sent(ask: Ask) -> _Sent:
    """Everything but the body is held to what any field is held to; a body may be longer."""
    value = parse_json(ask.raw)
    if not isinstance(value, dict):
        check_value(value)
        return _Sent(value, names_body=False, body=None)
    fields = {name: one for name, one in value.items() if name != "body"}
    check_value(fields)
    return _Sent(fields, "body" in value, value.get("body"))


async def _taken(ask: Ask, sent: _Sent, document: Document) -> Body | None:
    if sent.body is None:
        return None
    return await take_body(ask.session, decoded(sent.body), document.file_name, sent.content_type)


HANDLERS: dict[str, Handler] = {"create": create, "change": change}
