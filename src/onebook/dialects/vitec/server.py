"""Vitec Connect's CRM/Contact as a server: its routes, its login, its errors. README.md says what is served."""

from __future__ import annotations

from onebook.dialects.vitec.answers import (
    CATEGORY_LIST,
    LIST,
    MATCHES,
    RELATIONS,
    SOCIAL_MATCHES,
    SYNC,
    WITH_PHONE,
)
from onebook.dialects.vitec.asked import FORM, MOST_IDS
from onebook.dialects.vitec.book import NAME
from onebook.dialects.vitec.contacts import by_ids, by_type, by_type_and_ids
from onebook.dialects.vitec.errors import ERROR_SCHEMA, error_reply
from onebook.dialects.vitec.fields import BASE, SHAPE_OF, TYPE_OF
from onebook.dialects.vitec.finding import HIGHEST_SIZE, by_social_number, search, with_phone_number
from onebook.dialects.vitec.formats import MEDIA_TYPES
from onebook.dialects.vitec.lists import FILTERS, all_contacts, sync_list
from onebook.dialects.vitec.login import credential
from onebook.dialects.vitec.neighbours import categories, relations
from onebook.dialects.vitec.schemas import CONTROLS, ID_TEXT, SCHEMAS, component, list_of, ref
from onebook.dialects.vitec.writing import merge, new_address, opt_out, remove_category, update
from onebook.http.route import DialectServer, Handler, Param, Route, Schema
from onebook.model.contact import Kind

READ, WRITE = "contacts:read", "contacts:write"
CUSTOMER = "/CRM/Contact/{customerId}"
CONTACT = f"{CUSTOMER}/{{contactId}}"

_TEXT: Schema = {"type": "string"}
_ASKED: Schema = {"type": "string", "pattern": r"^[^\x00]*$"}
_ONE_ID = rf"[^,\s{CONTROLS}]{{1,40}}"
_IDS: Schema = {
    "type": "string",
    "pattern": f"^{_ONE_ID}(,{_ONE_ID}){{0,{MOST_IDS - 1}}}$",
    "description": f"At most {MOST_IDS}, with commas between",
}
_SIZE: Schema = {"type": "integer", "minimum": 1, "maximum": HIGHEST_SIZE}
_SCORE: Schema = {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}
_PATH: dict[str, Schema] = {
    "customerId": ID_TEXT,
    "contactId": ID_TEXT,
    "targetContactId": ID_TEXT,
    "contactIds": _IDS,
    "categoryId": {"type": "string", "minLength": 1},
}
_NONE = (400, 401, 403, 429)
_ONE = (400, 401, 403, 404, 429)
_BODY = (400, 401, 403, 404, 409, 413, 429)


def _get(
    path: str, handler: Handler, summary: str, answer: Schema, *params: Param, errors: tuple[int, ...] = _ONE
) -> Route:
    """A call that reads contacts."""
    return Route("GET", path, handler, READ, summary, params, answers={200: answer}, errors=errors, path_schemas=_PATH)


def _post(
    path: str, handler: Handler, summary: str, answer: Schema, body: str | None = None, scope: str = WRITE
) -> Route:
    """A call with a body, as JSON or as a form."""
    return Route(
        "POST",
        path,
        handler,
        scope,
        summary,
        body=component(body) if body else None,
        answers={200: answer},
        errors=_BODY,
        path_schemas=_PATH,
        other_bodies={FORM: component(f"{body}Form")} if body else {},
    )


def _done(method: str, path: str, handler: Handler, summary: str) -> Route:
    """A call that answers nothing."""
    return Route(method, path, handler, WRITE, summary, answers={204: None}, errors=_ONE, path_schemas=_PATH)


def _filter(name: str) -> Param:
    if name.endswith(("From", "To")):
        return Param(name, {"type": "string", "format": "date-time"}, text="ISO 8601; a bare date is a day")
    return Param(name, _SCORE if name == "LeadScore" else _ASKED)


def _typed(kind: Kind) -> tuple[Route, ...]:
    """The calls of one type."""
    shape, path = SHAPE_OF[kind], f"{CUSTOMER}/{TYPE_OF[kind]}"
    several = Param("contactIds", _PATH["contactIds"], required=True)
    either: Schema = {"oneOf": [ref(shape), list_of(shape)]}
    return (
        _get(path, by_type(kind), f"{TYPE_OF[kind]}: several as a list", list_of(shape), several, errors=_NONE),
        _get(f"{path}/{{contactIds}}", by_type_and_ids(kind), f"{TYPE_OF[kind]}: one, or a list", either),
    )


ROUTES = (
    _get(CUSTOMER, all_contacts, "All contacts as ids", ref(LIST), *map(_filter, FILTERS), errors=_NONE),
    _get(
        f"{CUSTOMER}/Search",
        search,
        "Free search",
        ref(MATCHES),
        Param("Term", {"type": "string", "pattern": r"^[^\s\x00][^\x00]{3,}[^\s\x00]$"}, required=True),
        Param("MaxSize", _SIZE),
        errors=_NONE,
    ),
    _get(
        f"{CUSTOMER}/search/SocialNumber",
        by_social_number,
        "Who has this identity number",
        ref(SOCIAL_MATCHES),
        Param("SocialNumber", {"type": "string", "pattern": r"^[^\s\x00][^\x00]{8,11}[^\s\x00]$"}, required=True),
        Param("MaxSize", _SIZE),
        errors=_NONE,
    ),
    *(route for kind in SHAPE_OF for route in _typed(kind)),
    _get(
        f"{CUSTOMER}/{{contactIds}}",
        by_ids,
        "Contacts by id: a list, or with single=true one",
        {"oneOf": [list_of(BASE), ref(BASE)]},
        Param("single", {"type": "boolean"}, text="Of one id: true answers the object, false a list of one"),
    ),
    _get(f"{CONTACT}/ContactRelations", relations, "Whom the contact belongs to, and who to it", ref(RELATIONS)),
    _done("PUT", f"{CONTACT}/OptOut", opt_out, "No advertising from now on"),
    _done("DELETE", f"{CONTACT}/Category/{{categoryId}}", remove_category, "Take a category off the contact"),
    _post(f"{CONTACT}/NewAddress", new_address, "The contact has moved", _TEXT, "NewAddress"),
    _post("/CRM/MergeContact/{customerId}/{targetContactId}/Merge/{contactIds}", merge, "Several made into one", _TEXT),
    _post("/Contacts/UpdatePerson", update("person"), "Change or make a person", _TEXT, "UpdatePerson"),
    _post("/Contacts/UpdateCompany", update("company"), "Change or make a company", _TEXT, "UpdateCompany"),
    _get(
        "/Contacts/GetContactsWithPhonenumber",
        with_phone_number,
        "Who has this phone number",
        list_of(WITH_PHONE),
        Param("phoneNumber", {"type": "string", "pattern": r"^[^\x00]*[^\s\x00][^\x00]*$"}, required=True),
        Param("customerId", ID_TEXT, required=True),
        errors=_NONE,
    ),
    _post(
        "/Contacts/GetContactsSyncList",
        sync_list,
        "What has changed since",
        list_of(SYNC),
        "ContactsSyncCriteria",
        READ,
    ),
    Route(
        "GET",
        "/Category/GetCategories",
        categories,
        "tags:read",
        "All categories",
        (Param("customerId", ID_TEXT, required=True),),
        answers={200: ref(CATEGORY_LIST)},
        errors=_NONE,
    ),
)

SERVER = DialectServer(
    name=NAME,
    prefix="/vitec",
    base="",
    title="Onebook, Vitec Connect's CRM/Contact",
    description="The contacts of Vitec Connect, in JSON and XML, on the same book as the other dialects.",
    routes=ROUTES,
    credential=credential,
    error_reply=error_reply,
    error_schema=ERROR_SCHEMA,
    security={"login": {"type": "http", "scheme": "basic"}},
    schemas=SCHEMAS,
    media_types=MEDIA_TYPES,
    any_case=True,
    sample="/CRM/Contact/M1/Search?Term=example&MaxSize=2",
)
