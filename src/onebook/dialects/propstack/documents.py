"""The paths of documents: what is filed with contacts, properties, projects and deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.calls import LIST_ERRORS, READ_ERRORS
from onebook.dialects.propstack.kinds import Filter, Kind
from onebook.dialects.propstack.parameters import FLAG, PAGED, ids, param
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import list_of, ref, shape
from onebook.dialects.propstack.search import Order, search
from onebook.dialects.propstack.shapes import also_bare, body_schema, row_schema, with_meta
from onebook.dialects.propstack.tables.column import put_extras
from onebook.dialects.propstack.tables.documents import DOCUMENTS
from onebook.dialects.propstack.tables.written import read_written, unwrapped
from onebook.errors import Invalid
from onebook.http.body import check_value, parse_json
from onebook.http.documents import document_reply
from onebook.http.params import Params
from onebook.http.route import Ask, Param, Reply, Route, Schema
from onebook.model.document import Document
from onebook.service.documents import Body, decoded, take_body, with_body
from onebook.service.feed import document_tags
from onebook.service.records import change_record, create_record
from onebook.service.session import Unit, View
from onebook.store.records import RecordSort

DOCUMENT = Kind(DOCUMENTS.without("deleted_at", "sha256"), "document", Document())
FILTERS = (
    Filter("client", "contact", "contacts"),
    Filter("client_id", "contact", "contacts"),
    Filter("property", "property", "properties"),
    Filter("property_id", "property", "properties"),
    Filter("project", "project", "projects"),
    Filter("project_id", "project", "projects"),
    Filter("client_property", "deal", "deals"),
)


BODY_LIMIT = 24 << 20
"""A file of 16 MiB in base64, and what is said of it."""


async def document_rows(view: View, base: str, found: Sequence[Document]) -> list[dict[str, Any]]:
    """The documents as rows; the `url` of one whose body is in the book is a path of this API, below `base`."""
    rows = await kinds.rows(view, DOCUMENT, found)
    for row, document in zip(rows, found, strict=True):
        if document.sha256 is not None:
            row["url"] = f"{base}/documents/{row['id']}/file"
    return rows


async def _list(ask: Ask) -> Reply:
    view, params = ask.session.view, ask.params
    keys = await kinds.keys_of(view, params, FILTERS)
    tags = params.texts("tag")
    if tags:
        keys.append(("tag", tuple(tag.strip().casefold() for tag in tags)))
    private, sort = params.flag("is_private"), _sorting(params)
    if private is None:
        listed = await kinds.list_page(ask, DOCUMENT, keys, sort=sort)
        found, total = listed.records, await listed.total()
    else:
        tests = [lambda document: document.is_private == private]
        found, total = await search(ask, Document, keys, tests, Order(*sort), count=True)
    rows = await document_rows(view, ask.base, found)
    return answer({"documents": rows, "meta": {"total_count": total}})


def _sorting(params: Params) -> tuple[RecordSort, bool]:
    """`order_by=created_at,desc`; by position, which is the usual, means by id."""
    text = (params.text("order_by") or params.text("sort") or "").strip()
    if not text:
        return kinds.sorting(params)
    name, _, direction = text.partition(",")
    sort = {**kinds.SORTS, "position": "id"}.get(name.strip())
    if sort is None or direction.strip() not in ("", "asc", "desc"):
        raise Invalid.at("order_by", "must be a field and asc or desc", "not_a_choice")
    return sort, direction.strip() == "desc"


async def _read(ask: Ask) -> Reply:
    found = await kinds.found(ask.session.view, DOCUMENT, ask.path_params["id"])
    return await _answer(ask, found)


async def _answer(ask: Ask, document: Document) -> Reply:
    return answer((await document_rows(ask.session.view, ask.base, [document]))[0])


def _read_body(ask: Ask) -> tuple[Mapping[str, Any], str | None]:
    """What is said of the document, and its body in base64, which is longer than a text may be otherwise."""
    payload = parse_json(ask.raw)
    given = dict(unwrapped(payload, DOCUMENT.wrapper, bare=True))
    body = given.pop("doc", None)
    check_value(given)
    if body is not None and not isinstance(body, str):
        raise Invalid.at("doc", "must be a text in base64", "not_a_text")
    return given, body


async def _taken(ask: Ask, given: Mapping[str, Any], doc: str | None) -> Body | None:
    """The body, looked at and where it is a file kept; its name and what it says of itself must fit what it is."""
    if doc is None:
        return None
    head = doc[:200].partition(",")[0] if doc.startswith("data:") else ""
    content_type = head.removeprefix("data:").partition(";")[0].strip().lower() or None
    name = given.get("name")
    return await take_body(ask.session, decoded(doc), name if isinstance(name, str) else None, content_type)


async def _create(ask: Ask) -> Reply:
    given, doc = _read_body(ask)
    if doc is None and not given.get("url"):
        raise Invalid.at("doc", "is required", "required")
    body = await _taken(ask, given, doc)

    async def work(unit: Unit) -> Document:
        blank = await kinds.edited(unit, DOCUMENT, written, None)
        made = blank if body is None else await with_body(unit, blank, body)
        named = replace(made, file_name=made.file_name or made.title)
        return await create_record(unit, put_extras(named, {"token": unit.new_token()}))

    written = read_written(DOCUMENT.table, given, ask.session.view.zone, new=True, custom=False)
    return await _answer(ask, await ask.session.write(work))


async def _change(ask: Ask) -> Reply:
    given, doc = _read_body(ask)
    if not given and doc is None:
        raise Invalid.at(DOCUMENT.wrapper, "must not be empty", "empty")
    body = await _taken(ask, given, doc)
    rest = {name: value for name, value in given.items() if name not in ("url", "token")}
    written = read_written(DOCUMENT.table, rest, ask.session.view.zone, new=False, custom=False)

    async def work(unit: Unit) -> Document:
        before = await kinds.found(unit, DOCUMENT, ask.path_params["id"])
        after = await kinds.edited(unit, DOCUMENT, written, before)
        filled = after if body is None else await with_body(unit, after, body)
        return await change_record(unit, Document, before.id, lambda _: filled)

    return await _answer(ask, await ask.session.write(work))


async def _delete(ask: Ask) -> Reply:
    return answer({"ok": True, "id": await kinds.remove(ask, DOCUMENT)})


async def _file(ask: Ask) -> Reply:
    """The body itself: ours."""
    return await document_reply(ask, await kinds.found(ask.session.view, DOCUMENT, ask.path_params["id"]))


async def _tags(ask: Ask) -> Reply:
    """Every tag that some document has, once, by name."""
    return answer([{"name": name} for name in await document_tags(ask.session.view)])


_WRITE = ("documents:write", (400, 401, 404, 413, 422, 429))
ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/documents",
        _list,
        "documents:read",
        "Dokumente lesen",
        params=(
            *(ids(one.name) for one in FILTERS),
            param("tag"),
            param("is_private", FLAG),
            param("order_by", text="created_at,desc"),
            *PAGED,
        ),
        answers={200: with_meta("documents", ref("Document"))},
        errors=LIST_ERRORS,
    ),
    Route(
        "GET",
        "/documents/tags",
        _tags,
        "documents:read",
        "Schlagworte der Dokumente lesen",
        answers={200: list_of(shape({"name": {"type": "string"}}))},
    ),
    Route(
        "POST",
        "/documents",
        _create,
        _WRITE[0],
        "Dokument erstellen",
        body=ref("NewDocumentBody"),
        answers={200: ref("Document")},
        errors=(400, 401, 413, 422, 429),
        body_limit=BODY_LIMIT,
    ),
    Route(
        "GET",
        "/documents/{id}",
        _read,
        "documents:read",
        "Dokument lesen",
        answers={200: ref("Document")},
        errors=READ_ERRORS,
    ),
    Route(
        "GET",
        "/documents/{id}/file",
        _file,
        "documents:read",
        "Datei des Dokuments",
        params=tuple(Param(name, {"type": "string"}, "header") for name in ("If-None-Match", "Range")),
        answers={200: {}, 206: {}, 304: None, 416: None},
        errors=READ_ERRORS,
        answer_types=("*/*",),
    ),
    Route(
        "PUT",
        "/documents/{id}",
        _change,
        _WRITE[0],
        "Dokument aktualisieren: nur was angegeben ist",
        body=ref("DocumentBody"),
        answers={200: ref("Document")},
        errors=_WRITE[1],
        body_limit=BODY_LIMIT,
    ),
    Route(
        "DELETE",
        "/documents/{id}",
        _delete,
        _WRITE[0],
        "Dokument löschen: kommt in den Papierkorb",
        answers={200: ref("Done")},
        errors=READ_ERRORS,
    ),
)


def _body(*, new: bool) -> Schema:
    schema = dict(body_schema(DOCUMENT.table, DOCUMENT.wrapper, new=new))
    inner = dict(schema["properties"][DOCUMENT.wrapper])
    doc = {"type": "string", "contentEncoding": "base64", "description": "The file in base64, or as a data: address."}
    inner["properties"] = {**inner["properties"], "doc": doc}
    if new:
        inner["required"] = ["doc"]
    return also_bare({**schema, "properties": {DOCUMENT.wrapper: inner}}, DOCUMENT.wrapper)


SCHEMAS: Mapping[str, Schema] = {
    "Document": row_schema(DOCUMENT.table),
    "DocumentBody": _body(new=False),
    "NewDocumentBody": _body(new=True),
}
