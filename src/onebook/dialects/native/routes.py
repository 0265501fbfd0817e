"""Every path of the native API: seven operations, the same for each collection, and the contacts' batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from onebook.dialects.native import contacts, documents, duplicates
from onebook.dialects.native.batch import BODY_LIMIT, batch
from onebook.dialects.native.collections import COLLECTIONS, Collection, list_params
from onebook.dialects.native.contacts import DEFAULT_LIMIT, MOST
from onebook.dialects.native.filters import FLAG, PARAMS, PLAIN
from onebook.dialects.native.on_duplicate import ON_DUPLICATE, THRESHOLD
from onebook.dialects.native.record_batch import batch_of
from onebook.dialects.native.record_filters import filter_params
from onebook.dialects.native.records import handlers
from onebook.dialects.native.schemas import ref
from onebook.http.forms import FORM
from onebook.http.route import Handler, Param, Route, Schema
from onebook.model.contact import Contact
from onebook.model.document import Document
from onebook.service.idempotency import LONGEST_NAME

_ETAG = {"type": "string"}
_ID: Mapping[str, Schema] = {"id": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}}
_LIMIT = Param("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT})
_CURSOR = Param("cursor", PLAIN, text="`next_cursor` of the page before")
_TOTAL = Param("total", FLAG, text="also tell how many there are in all")
_IF_MATCH = Param("If-Match", _ETAG, "header", text="the ETag that was read: refused with 412 where it is no longer so")
_IF_NONE_MATCH = Param("If-None-Match", _ETAG, "header", text="the ETag that is known: 304 where it is still so")
_RANGE = Param("Range", _ETAG, "header", text="`bytes=0-99`: of the body only these")
_RULE = Param("on_duplicate", {"enum": list(ON_DUPLICATE)}, text="what to do where the contact is there already")
_THRESHOLD = Param("threshold", THRESHOLD, text="from which probability on it is: by likeness, not by address alone")
_ONCE = Param(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]+$", "maxLength": LONGEST_NAME},
    "header",
    text="a name of your own for this request: sent again within a day, it is answered as before and nothing is done",
)


@dataclass(frozen=True, slots=True)
class _Operation:
    """One of what every collection can do. `answers` and `body` name a schema, with `{}` for the record's."""

    handler: str
    method: str
    below: str
    summary: str
    params: tuple[Param, ...]
    answers: Mapping[int, str | None]
    errors: tuple[int, ...]
    body: str | None = None


_READ = (401, 403, 404, 422, 429)
_WRITE = (400, 401, 403, 404, 409, 412, 413, 422, 429)
_OPERATIONS: tuple[_Operation, ...] = (
    _Operation("list", "GET", "", "List", (_LIMIT, _CURSOR, _TOTAL), {200: "{}List"}, (401, 403, 422, 429)),
    _Operation("create", "POST", "", "Make one", (_ONCE,), {201: "{}"}, _WRITE, "{}Input"),
    _Operation("read", "GET", "/{id}", "Read one", (_IF_NONE_MATCH,), {200: "{}Part", 304: None}, _READ),
    _Operation("change", "PATCH", "/{id}", "Change one: null clears", (_IF_MATCH,), {200: "{}"}, _WRITE, "{}Change"),
    _Operation("remove", "DELETE", "/{id}", "Put one into the trash", (_IF_MATCH,), {204: None}, _WRITE),
    _Operation("restore", "POST", "/{id}/restore", "Take one out of the trash", (_ONCE,), {200: "{}"}, _WRITE),
    _Operation("history", "GET", "/{id}/history", "All that happened, oldest first", (), {200: "History"}, _READ),
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What one collection has of its own: `more` holds further parameters and answers by the handler's name."""

    path: str
    resource: str
    record: type[Struct]
    do: Mapping[str, Handler]
    more_params: Mapping[str, tuple[Param, ...]]
    more_answers: Mapping[str, Mapping[int, str | None]] = field(default_factory=dict)
    body_limit: int = 1 << 20
    form: Schema | None = None


def _fields(record: type[Struct]) -> Param:
    names = {"enum": list(record.__struct_fields__)}
    return Param("fields", {"type": "array", "items": names}, text="of each object only these, and the id; a,b will do")


def _route(kind: _Kind, one: _Operation) -> Route:
    verb = "read" if one.method == "GET" else "write"
    schema, path = kind.record.__name__, f"{kind.path}{one.below}"
    fields = (_fields(kind.record),) if one.handler in ("list", "read") else ()
    answers = {**one.answers, **kind.more_answers.get(one.handler, {})}
    return Route(
        method=one.method,
        path=path,
        handler=kind.do[one.handler],
        scope=f"{kind.resource}:{verb}",
        summary=f"{kind.path.strip('/')}: {one.summary.lower()}",
        params=(*one.params, *fields, *kind.more_params.get(one.handler, ())),
        body=None if one.body is None else ref(one.body.format(schema)),
        answers={status: None if name is None else ref(name.format(schema)) for status, name in answers.items()},
        errors=one.errors,
        path_schemas=_ID if "{id}" in one.below else {},
        body_limit=kind.body_limit,
        other_bodies={FORM: kind.form} if kind.form is not None and one.body is not None else {},
        also=path.replace("-", "_") if "-" in path else "",
    )


_CONTACTS = _Kind(
    "/contacts",
    "contacts",
    Contact,
    contacts.HANDLERS,
    {"list": PARAMS, "create": (_RULE, _THRESHOLD)},
    {"create": {200: "{}"}},
)
_BATCH = Route(
    method="POST",
    path="/contacts/batch",
    handler=batch,
    scope="contacts:write",
    summary="contacts: make or change many, each for itself",
    params=(_ONCE, _RULE, _THRESHOLD, _fields(Contact)),
    body=ref("Batch"),
    answers={200: ref("BatchAnswer")},
    errors=(400, 401, 403, 413, 422, 429),
    body_limit=BODY_LIMIT,
)


def _kind(one: Collection) -> _Kind:
    """A collection's own handlers, with those in the place of some that a module of its own has."""
    own, limit = (documents.HANDLERS, documents.BODY_LIMIT) if one.record is Document else ({}, 1 << 20)
    do = {**handlers(one), **own}
    form = documents.FORM_BODY if own else None
    return _Kind(
        one.path,
        one.resource,
        one.record,
        do,
        {"list": (*list_params(one), *filter_params(one))},
        body_limit=limit,
        form=form,
    )


_KINDS = (_CONTACTS, *(_kind(one) for one in COLLECTIONS))
_CONTENT = Route(
    method="GET",
    path="/documents/{id}/content",
    handler=documents.content,
    scope="documents:read",
    summary="documents: the body of one",
    params=(_IF_NONE_MATCH, _RANGE),
    answers={200: {}, 206: {}, 304: None, 416: None},
    errors=_READ,
    path_schemas=_ID,
    answer_types=("*/*",),
)


def _batch(one: Collection) -> Route:
    schema = one.record.__name__
    return Route(
        method="POST",
        path=f"{one.path}/batch",
        handler=batch_of(one),
        scope=f"{one.resource}:write",
        summary=f"{one.path.strip('/')}: make or change many, each for itself",
        params=(_ONCE, _fields(one.record)),
        body=ref(f"{schema}Batch"),
        answers={200: ref(f"{schema}BatchAnswer")},
        errors=(400, 401, 403, 413, 422, 429),
        body_limit=BODY_LIMIT,
        also=f"{one.path}/batch".replace("-", "_") if "-" in one.path else "",
    )


_PAIRS = _Kind(
    duplicates.PAIRS.path,
    "contacts",
    duplicates.PAIRS.record,
    duplicates.HANDLERS,
    {"list": list_params(duplicates.PAIRS)},
)
_CHECKS = (
    Route(
        method="GET",
        path="/contacts/{id}/duplicates",
        handler=duplicates.duplicates,
        scope="contacts:read",
        summary="contacts: who may be the same, likeliest first",
        answers={200: ref("Candidates")},
        errors=_READ,
        path_schemas=_ID,
    ),
    Route(
        method="POST",
        path="/duplicates/check",
        handler=duplicates.check_contact,
        scope="contacts:read",
        summary="duplicates: who a contact that is not stored may be",
        params=(_ONCE,),
        body=ref("ContactChange"),
        answers={200: ref("Candidates")},
        errors=(400, 401, 403, 413, 422, 429),
    ),
)
ROUTES: tuple[Route, ...] = (
    _BATCH,
    _CONTENT,
    *(_batch(one) for one in COLLECTIONS if one.record is not Document),
    *(_route(kind, one) for kind in _KINDS for one in _OPERATIONS),
    *_CHECKS,
    *(_route(_PAIRS, one) for one in _OPERATIONS if one.handler in duplicates.HANDLERS),
)
