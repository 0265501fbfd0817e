"""Quentn's API V1 as a table of routes, who may call it, and how errors are told."""

from __future__ import annotations

from onebook.dialects.quentn import campaigns, comment_edits, contacts, custom_fields, people, terms
from onebook.dialects.quentn.errors import ERROR_SCHEMA, credential, error_reply, rate_headers
from onebook.dialects.quentn.lookups import DIALECT
from onebook.dialects.quentn.schemas import SCHEMAS, list_of, ref
from onebook.http.route import DialectServer, Handler, Param, Route, Schema

READ_ERRORS = (400, 401, 403, 404, 429)
WRITE_ERRORS = (400, 401, 403, 404, 409, 413, 429)

_LARGEST = 10**18 - 1
_NUMBER: Schema = {"type": "integer", "minimum": -_LARGEST, "maximum": _LARGEST}
_TEXT: Schema = {"type": "string", "pattern": r"^[^\x00]*$"}
_FIELDS = Param("fields", _TEXT, text="Names separated by commas; id, first_name, family_name and mail by default.")
_PAGING = (
    Param("range", _NUMBER, text="Which part, from 0."),
    Param("limit", _NUMBER, text="How many a part has; more than the most is the most."),
    Param("sort", {"enum": ["asc", "desc", ""]}, text="By id."),
)
_CONTACT, _TERMS, _COMMENTS = "/contact/{contact}", "/contact/{contact}/terms", "/contact/{contact}/comments"
_TERM, _FIELD = "/terms/{term}", "/custom-fields/{field}"


def _get(path: str, handler: Handler, scope: str, summary: str, schema: Schema, *params: Param) -> Route:
    return Route("GET", path, handler, scope, summary, params, answers={200: schema}, errors=READ_ERRORS)


def _write(
    method: str, path: str, handler: Handler, scope: str, summary: str, answer: str, body: str | None = None
) -> Route:
    return Route(
        method,
        path,
        handler,
        scope,
        summary,
        body=None if body is None else ref(body),
        body_required=body != "Ids",
        answers={200: ref(answer)},
        errors=WRITE_ERRORS,
    )


ROUTES = (
    _get("/check-credentials", people.check_credentials, "", "Whether the key is good", ref("Changed")),
    _get(
        _CONTACT,
        contacts.read,
        "contacts:read",
        "A contact by id, or a list of those with a mail; with range, limit or sort and no fields its comments",
        {"anyOf": [ref("Contact"), list_of(ref("Contact")), ref("Comments")]},
        _FIELDS,
        *_PAGING,
    ),
    _write(
        "POST",
        "/contact",
        contacts.create,
        "contacts:write",
        "Make a contact, or merge it into the one that it is",
        "Contact",
        "NewContact",
    ),
    Route(
        "POST",
        "/contacts",
        contacts.create_many,
        "contacts:write",
        "Make or merge several contacts, each for itself, answered in their order",
        body=ref("NewContacts"),
        answers={200: list_of(ref("ContactRow"))},
        errors=WRITE_ERRORS,
        body_limit=contacts.BODY_LIMIT,
    ),
    Route(
        "GET",
        "/contacts",
        contacts.no_list,
        "contacts:read",
        "No call of the vendor's: the 404 says which one is meant",
        answers={},
        errors=READ_ERRORS,
    ),
    _write(
        "PUT",
        _CONTACT,
        contacts.change,
        "contacts:write",
        "Change a contact: what is named is replaced or emptied",
        "ContactChanged",
        "ContactChange",
    ),
    _write("DELETE", _CONTACT, contacts.delete, "contacts:write", "Delete a contact: into the trash", "Done"),
    _get(_TERMS, terms.of_contact, "contacts:read", "The terms of a contact", list_of(ref("ContactTerm"))),
    _write(
        "POST", _TERMS, terms.set_terms, "contacts:write", "Replace the terms of a contact (deprecated)", "Done", "Ids"
    ),
    _write("PUT", _TERMS, terms.add_terms, "contacts:write", "Add terms to a contact", "Done", "Ids"),
    Route(
        "DELETE",
        _TERMS,
        terms.remove_terms,
        "contacts:write",
        "Take terms off a contact: a list in the body, or ids=1|2",
        (Param("ids", _TEXT, text="Ids separated by `|`, where there is no body."),),
        ref("Ids"),
        body_required=False,
        answers={200: ref("Done")},
        errors=WRITE_ERRORS,
    ),
    _get(_COMMENTS, comment_edits.read_all, "notes:read", "The comments of a contact", ref("Comments"), *_PAGING),
    _write(
        "POST", _COMMENTS, comment_edits.add, "notes:write", "Add a comment to a contact", "CommentAdded", "NewComment"
    ),
    _write("PUT", _COMMENTS, comment_edits.change, "notes:write", "Change a comment", "Done", "CommentChange"),
    _write("DELETE", _COMMENTS, comment_edits.delete, "notes:write", "Delete comments", "Done", "Ids"),
    _get(
        "/terms",
        terms.read_all,
        "tags:read",
        "All terms",
        list_of(ref("Term")),
        Param("offset", _NUMBER, text="How many are left out, from 0."),
        Param("limit", _NUMBER, text="500 by default and at most."),
    ),
    _write("POST", "/terms", terms.create, "tags:write", "Make a term, or find the one of this name", "Id", "NewTerm"),
    _get(_TERM, terms.read_one, "tags:read", "A term by id or name", ref("Term")),
    _write("PUT", _TERM, terms.change, "tags:write", "Change a term", "Changed", "TermChange"),
    _write("DELETE", _TERM, terms.delete, "tags:write", "Delete a term", "Changed"),
    _write(
        "DELETE",
        f"{_TERM}/terms",
        terms.delete,
        "tags:write",
        "The same, as the vendor's own client spells it",
        "Changed",
    ),
    _get(
        "/custom-fields",
        custom_fields.read_all,
        "custom_fields:read",
        "All custom fields of contacts",
        list_of(ref("CustomField")),
    ),
    _write(
        "POST",
        "/custom-fields",
        custom_fields.create,
        "custom_fields:write",
        "Make a custom field",
        "CustomFieldAdded",
        "NewCustomField",
    ),
    _get(
        _FIELD, custom_fields.read_one, "custom_fields:read", "A custom field by id or field_name", ref("CustomField")
    ),
    _write(
        "PUT",
        _FIELD,
        custom_fields.change,
        "custom_fields:write",
        "Change a custom field",
        "Changed",
        "CustomFieldChange",
    ),
    _write("DELETE", _FIELD, custom_fields.delete, "custom_fields:write", "Delete a custom field", "Changed"),
    _get("/users", people.read_users, "users:read", "The account's users", ref("Users"), *_PAGING),
    _get("/user/{user}", people.read_user, "users:read", "A user by uid or mail", ref("User")),
    _write(
        "POST",
        "/cb/{campaign}",
        campaigns.trigger,
        "contacts:write",
        "Set a campaign off for a contact, which is found or made",
        "Id",
        "Trigger",
    ),
    _get("/tracking", people.tracking, "", "Whether anybody is tracked: nobody is", ref("Tracking")),
)

SERVER = DialectServer(
    name=DIALECT,
    prefix="/quentn",
    sample="/terms?limit=2",
    base="/public/api/V1",
    title="Onebook, Quentn's API V1",
    description=(
        "Quentn's contacts, terms, comments, custom fields and users, on the same book as the other dialects."
        " The base may be spelled `v1`, and a path may end in a slash."
    ),
    routes=ROUTES,
    credential=credential,
    error_reply=error_reply,
    error_schema=ERROR_SCHEMA,
    security={"key": {"type": "http", "scheme": "bearer"}},
    schemas=SCHEMAS,
    rate_headers=rate_headers,
    any_case=True,
)
"""`V1` and `v1` are one, so case does not count; then parameters of a path come percent-encoded."""
