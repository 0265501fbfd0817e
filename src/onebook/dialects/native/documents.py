"""Documents: like every other record, and the body: in base64 or as a form's file, and bare on its way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import inspect
from msgspec.structs import replace

from onebook.dialects.native.codec import new_record, record_edit
from onebook.dialects.native.fields import bare, members
from onebook.dialects.native.replies import answer_with, check_match, object_reply, path_id, post
from onebook.errors import Invalid, Malformed
from onebook.http.body import check_value, parse_json
from onebook.http.documents import UNTYPED, document_reply
from onebook.http.forms import Part, is_form, read_form
from onebook.http.route import Ask, Handler, Reply, Schema
from onebook.model.document import Document
from onebook.service.documents import Body, decoded, take_body, with_body
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


FORM_BODY: Schema = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "contentMediaType": UNTYPED},
        **{name: {} for name in ("title", "contact_id", "property_id", "project_id", "deal_id", "user_id", "tags")},
    },
    "description": "The file, and any field of a document beside it; what is no text is written as in JSON.",
}
FILE_PARTS = ("file", "body")


@dataclass(frozen=True, slots=True)
class _Sent:
    """A request taken apart: the fields, the body where it is named at all, and what the caller says that is."""

    fields: Any
    names_body: bool
    body: bytes | None
    content_type: str | None = None


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
    """GET /documents/{id}/content: the body, all of it or a part."""
    document = await get_record(ask.session.view, Document, path_id(ask, "document"))
    return await document_reply(ask, document)


def _sent(ask: Ask) -> _Sent:
    """Everything but the body is held to what any field is held to; a body may be longer."""
    content_type = ask.headers.get("content-type", "")
    if is_form(content_type):
        return _form(read_form(ask.raw, content_type))
    value = parse_json(ask.raw)
    if not isinstance(value, dict):
        check_value(value)
        return _Sent(value, names_body=False, body=None)
    fields = {name: one for name, one in value.items() if name != "body"}
    check_value(fields)
    body = value.get("body")
    return _Sent(fields, "body" in value, None if body is None else decoded(body), _said_type(fields))


def _said_type(fields: Mapping[str, Any]) -> str | None:
    said = fields.get("content_type")
    return said if isinstance(said, str) else None


def _form(parts: Sequence[Part]) -> _Sent:
    """A form's fields; the body is its one file, in the part `file` or `body`; its name counts where none is given."""
    files = [part for part in parts if part.file_name is not None]
    if len(files) > 1 or any(part.name not in FILE_PARTS for part in files):
        raise Invalid.at("file", "must be one file", "too_many" if len(files) > 1 else "unknown_field")
    fields: dict[str, Any] = {}
    for part in parts:
        if part.file_name is None:
            _put_field(fields, part)
    if not files:
        return _Sent(fields, names_body=False, body=None)
    (file,) = files
    if file.file_name:
        check_value(file.file_name, "file_name")
        fields.setdefault("file_name", file.file_name)
    said = None if file.content_type in ("", UNTYPED) else file.content_type
    return _Sent(fields, names_body=True, body=bytes(file.data), content_type=_said_type(fields) or said)


def _put_field(fields: dict[str, Any], part: Part) -> None:
    """One field of a form: a text is one as it stands, anything else JSON; a list's name is repeated."""
    kind = next((bare(one.type)[0] for one in members(Document) if one.name == part.name), None)
    if isinstance(kind, inspect.VarTupleType):
        fields.setdefault(part.name, []).append(part.text)
    elif kind is None or isinstance(kind, inspect.StrType):
        fields[part.name] = part.text
    else:
        try:
            fields[part.name] = parse_json(part.text.encode())
        except Malformed:
            fields[part.name] = part.text
        check_value(fields[part.name], part.name)


async def _taken(ask: Ask, sent: _Sent, document: Document) -> Body | None:
    if sent.body is None:
        return None
    return await take_body(ask.session, sent.body, document.file_name, sent.content_type)


HANDLERS: dict[str, Handler] = {"create": create, "change": change}
