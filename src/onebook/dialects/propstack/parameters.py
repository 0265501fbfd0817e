"""The query parameters, as the OpenAPI document tells them."""

from __future__ import annotations

from onebook.dialects.propstack.filters import ARCHIVED, ORDERS, SORTS
from onebook.dialects.propstack.schemas import IDENTIFIER_TEXT, list_of
from onebook.http.route import Param, Schema

_ASKED: Schema = {"type": "string", "pattern": r"^[^\x00]*$"}
_LARGEST = 10**18 - 1
_NUMBER: Schema = {"type": "integer", "minimum": -_LARGEST, "maximum": _LARGEST}
_FLAG: Schema = {"enum": ["true", "false", "1", "0", ""]}
_TIME: Schema = {
    "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}, {"const": ""}],
}


def _param(name: str, schema: Schema | None = None, text: str = "") -> Param:
    return Param(name, _ASKED if schema is None else schema, text=text)


INCLUDE = _param("include", text="Associations, separated by commas.")
INCLUDE_GROUPS = _param("include", text="groups: each super group with its groups.")
SUPER_GROUP = _param("super_group", list_of(_NUMBER), "In any of these super groups.")
IDENTIFIER = _param("identifier", IDENTIFIER_TEXT)
ENTITY = _param("entity", text="for_clients or another; groups of contacts are for_clients.")
LIST_PARAMS: tuple[Param, ...] = (
    _param("q", text="Words in names, e-mails, addresses; pieces of them; digits of phones."),
    _param("phone_number", text="Any spelling of a number; every phone field is searched."),
    _param("email", text="Exact, whatever the case; secondary addresses too."),
    _param("broker_id", list_of(_NUMBER)),
    _param("status", list_of(_NUMBER), "client_status ids."),
    _param("sources", list_of(_NUMBER), "client_source ids."),
    _param("group", list_of(_NUMBER), "Has any of these groups."),
    _param("not_in_group", list_of(_NUMBER), "Has none of these groups."),
    _param("gdpr_status", list_of({"type": "integer", "minimum": 0, "maximum": 3})),
    _param("newsletter", _FLAG),
    _param("accept_contact", _FLAG),
    _param("owner", _FLAG, "Owns a property."),
    _param("archived", {"enum": [*ARCHIVED, ""]}, "Absent: active only, 1: archived only, -1: both."),
    _param("language", list_of(_ASKED)),
    _param("home_countries", list_of(_ASKED)),
    _param("project_ids", list_of(_NUMBER)),
    *(_param(name, _TIME) for name in ("created_at_from", "created_at_to", "updated_at_from", "updated_at_to")),
    _param("include_children", _FLAG, "Also contacts that have a parent."),
    _param("sort_by", {"enum": [*SORTS, ""]}),
    _param("order", {"enum": [*ORDERS, ""]}, "desc where sort_by is given, else asc."),
    _param("page", _NUMBER, "From 1."),
    _param("per", _NUMBER, "20 by default, at most 500."),
    _param("with_meta", _FLAG, "`{data, meta: {total_count}}` instead of a bare array."),
    _param("expand", text="Anything: rows have the shape of a single contact."),
    INCLUDE,
)
