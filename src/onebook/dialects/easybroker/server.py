"""EasyBroker's API as a table of routes, who may call it, and what it says when something is wrong."""

from __future__ import annotations

from onebook.dialects.easybroker.contact_requests import (
    PARTNER_REQUESTS,
    REQUESTS,
    create_partner_request,
    create_request,
    list_partner_requests,
    list_requests,
)
from onebook.dialects.easybroker.contacts import CONTACTS, change_one_contact, list_contacts, read_one_contact
from onebook.dialects.easybroker.errors import SCHEMA, error_reply
from onebook.dialects.easybroker.fields import NAME
from onebook.dialects.easybroker.properties import (
    LISTING_STATUSES,
    PARTNER_LISTING_STATUSES,
    PROPERTIES,
    change_property,
    create_property,
    list_listing_statuses,
    list_partner_listing_statuses,
    list_properties,
    read_one_property,
)
from onebook.dialects.easybroker.property_search import SEARCH
from onebook.dialects.easybroker.schemas import SCHEMAS, ref
from onebook.http.route import Ask, DialectServer, Handler, Param, Route
from onebook.service.access import PARTNER

READ_ERRORS = (400, 401, 403, 422, 429)
ONE_ERRORS = (400, 401, 403, 404, 422, 429)
WRITE_ERRORS = (400, 401, 403, 404, 409, 413, 422, 429)

_INTEGER = {"type": "integer", "minimum": 1 - 10**18, "maximum": 10**18 - 1}
_MOMENT = {"anyOf": [*({"type": "string", "format": form} for form in ("date-time", "date")), {"const": ""}]}
_MEANING = "ISO 8601; a bare date is the account's, and as an upper bound includes that day"
PAGING = (
    Param("page", _INTEGER, text="From 1; below it is the first page"),
    Param("limit", _INTEGER, text="20 unless given, at most 50; more is cut down to it"),
)
STATUS_PAGING = (PAGING[0], Param("limit", _INTEGER, text="100 unless given, and at most"))
HAPPENED = (
    Param("happened_after", _MOMENT, text=_MEANING),
    Param("happened_before", _MOMENT, text=_MEANING),
    Param("property_id", text="A property's public id"),
)
UPDATED = (
    Param("search[updated_after]", _MOMENT, text=_MEANING),
    Param("search[updated_before]", _MOMENT, text=_MEANING),
)
STATUSES = Param("search[statuses][]", {"type": "array", "items": {"type": "string"}}, text="Any of these")
PUBLISHED = Param("search[published]", {"type": "boolean"})
COUNTRY = Param(
    "Country-Code", {"type": "string", "examples": ["MX"]}, "header", True, "The country the partner works in"
)


def _list(path: str, handler: Handler, scope: str, summary: str, page: str, *params: Param) -> Route:
    """A route that answers a page of rows."""
    return Route("GET", path, handler, scope, summary, params, answers={200: ref(page)}, errors=READ_ERRORS)


def _one(path: str, handler: Handler, scope: str, summary: str, answer: str) -> Route:
    """A route that answers one thing, named by the last segment."""
    return Route("GET", path, handler, scope, summary, answers={200: ref(answer)}, errors=ONE_ERRORS)


def _write(
    method: str, path: str, handler: Handler, scope: str, summary: str, body: str, answer: str, *params: Param
) -> Route:
    """A route that takes one thing and answers one."""
    answers = {200: ref(answer)}
    return Route(method, path, handler, scope, summary, params, ref(body), answers=answers, errors=WRITE_ERRORS)


ROUTES = (
    _write(
        "POST",
        REQUESTS,
        create_request,
        "leads:write",
        "Somebody asks about a property, or in general",
        "NewContactRequest",
        "Taken",
    ),
    _list(
        REQUESTS,
        list_requests,
        "leads:read",
        "All contact requests, the newest first",
        "ContactRequestPage",
        *PAGING,
        *HAPPENED,
    ),
    _write(
        "POST",
        PARTNER_REQUESTS,
        create_partner_request,
        PARTNER,
        "A partner passes on a contact request, once for each remote_id",
        "NewPartnerContactRequest",
        "Taken",
        COUNTRY,
    ),
    _list(
        PARTNER_REQUESTS,
        list_partner_requests,
        PARTNER,
        "The contact requests that this partner has passed on",
        "PartnerContactRequestPage",
        COUNTRY,
        *PAGING,
        *HAPPENED,
    ),
    _list(
        PROPERTIES,
        list_properties,
        "properties:read",
        "The account's properties",
        "PropertyPage",
        *PAGING,
        STATUSES,
        *UPDATED,
        *SEARCH,
    ),
    _write(
        "POST",
        PROPERTIES,
        create_property,
        "properties:write",
        "Enter a property; it is given its public id",
        "NewProperty",
        "Property",
    ),
    _one(f"{PROPERTIES}/{{property_id}}", read_one_property, "properties:read", "One property", "Property"),
    _write(
        "PATCH",
        f"{PROPERTIES}/{{property_id}}",
        change_property,
        "properties:write",
        "Change some of a property's fields",
        "PropertyChange",
        "Property",
    ),
    _list(
        LISTING_STATUSES,
        list_listing_statuses,
        "properties:read",
        "Which properties there are, and whether they are published",
        "ListingStatusPage",
        *STATUS_PAGING,
        PUBLISHED,
        *UPDATED,
    ),
    _list(
        PARTNER_LISTING_STATUSES,
        list_partner_listing_statuses,
        PARTNER,
        "The properties a partner may send contact requests for",
        "ListingStatusPage",
        COUNTRY,
        *STATUS_PAGING,
        PUBLISHED,
        *UPDATED,
    ),
    _list(CONTACTS, list_contacts, "contacts:read", "The account's contacts", "ContactPage", *PAGING, *UPDATED),
    _one(f"{CONTACTS}/{{contact_id}}", read_one_contact, "contacts:read", "One contact", "Contact"),
    _write(
        "PATCH",
        f"{CONTACTS}/{{contact_id}}",
        change_one_contact,
        "contacts:write",
        "Change some of a contact's fields; a list replaces the whole list",
        "ContactChange",
        "Contact",
    ),
)


def credential(ask: Ask) -> str | None:
    """The key in `X-Authorization`, which has no scheme in front of it."""
    return ask.headers.get("x-authorization", "").strip() or None


SERVER = DialectServer(
    name=NAME,
    prefix="/easybroker",
    sample="/contact_requests?limit=2",
    base="/v1",
    title="Onebook, EasyBroker's API",
    description="EasyBroker's contact requests, properties and contacts, on the same book as the other dialects.",
    routes=ROUTES,
    credential=credential,
    error_reply=error_reply,
    error_schema=SCHEMA,
    security={"key": {"type": "apiKey", "in": "header", "name": "X-Authorization"}},
    schemas=SCHEMAS,
)
