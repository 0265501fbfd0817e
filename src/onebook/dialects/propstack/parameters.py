"""The query parameters, as the OpenAPI document tells them."""

from __future__ import annotations

from onebook.dialects.propstack.filters import ARCHIVED, ORDERS, SORTS
from onebook.dialects.propstack.schemas import IDENTIFIER_TEXT, list_of
from onebook.http.route import Param, Schema

ASKED: Schema = {"type": "string", "pattern": r"^[^\x00]*$"}
_LARGEST = 10**18 - 1
NUMBER: Schema = {"type": "integer", "minimum": -_LARGEST, "maximum": _LARGEST}
FLAG: Schema = {"enum": ["true", "false", "1", "0", ""]}
TIME: Schema = {
    "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}, {"const": ""}],
}


def param(name: str, schema: Schema | None = None, text: str = "") -> Param:
    """A query parameter, a text unless it is said otherwise."""
    return Param(name, ASKED if schema is None else schema, text=text)


INCLUDE = param("include", text="Associations, separated by commas.")
INCLUDE_GROUPS = param("include", text="groups: each super group with its groups.")
SUPER_GROUP = param("super_group", list_of(NUMBER), "In any of these super groups.")
IDENTIFIER = param("identifier", IDENTIFIER_TEXT)
ENTITY = param("entity", text="for_clients or another; groups of contacts are for_clients.")
PAGE = param("page", NUMBER, "From 1.")
PER = param("per", NUMBER, "20 by default, at most 500.")
WITH_META = param("with_meta", FLAG, "`{data, meta: {total_count}}` instead of a bare array.")
SPANS = tuple(param(name, TIME) for name in ("created_at_from", "created_at_to", "updated_at_from", "updated_at_to"))
LIST_PARAMS: tuple[Param, ...] = (
    param("q", text="Words in names, e-mails, addresses; pieces of them; digits of phones."),
    param("phone_number", text="Any spelling of a number; every phone field is searched."),
    param("email", text="Exact, whatever the case; secondary addresses too."),
    param("broker_id", list_of(NUMBER)),
    param("status", list_of(NUMBER), "client_status ids."),
    param("sources", list_of(NUMBER), "client_source ids."),
    param("group", list_of(NUMBER), "Has any of these groups."),
    param("not_in_group", list_of(NUMBER), "Has none of these groups."),
    param("gdpr_status", list_of({"type": "integer", "minimum": 0, "maximum": 3})),
    param("newsletter", FLAG),
    param("accept_contact", FLAG),
    param("owner", FLAG, "Owns a property."),
    param("archived", {"enum": [*ARCHIVED, ""]}, "Absent: active only, 1: archived only, -1: both."),
    param("language", list_of(ASKED)),
    param("home_countries", list_of(ASKED)),
    param("project_ids", list_of(NUMBER)),
    *SPANS,
    param("include_children", FLAG, "Also contacts that have a parent."),
    param("sort_by", {"enum": [*SORTS, ""]}),
    param("order", {"enum": [*ORDERS, ""]}, "desc where sort_by is given, else asc."),
    PAGE,
    PER,
    WITH_META,
    param("expand", text="Anything: rows have the shape of a single contact."),
    INCLUDE,
)
ORDER = param("order", {"enum": [*ORDERS, ""]}, "desc where sort_by is given, else asc.")
SORTING: tuple[Param, ...] = (param("sort_by", {"enum": ["id", "created_at", "updated_at", ""]}), ORDER)
PAGED: tuple[Param, ...] = (PAGE, PER, *SPANS, *SORTING)
"""What every list of records takes."""


def ids(name: str, text: str = "") -> Param:
    """A list of ids."""
    return param(name, list_of(NUMBER), text)
