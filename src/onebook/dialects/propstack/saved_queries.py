"""The paths of saved queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.calls import LIST_ERRORS, Calls
from onebook.dialects.propstack.kinds import Filter, Kind
from onebook.dialects.propstack.parameters import FLAG, PAGED, WITH_META, ids, param
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import data_of, ref
from onebook.dialects.propstack.shapes import body_schema, row_schema, with_meta
from onebook.dialects.propstack.tables.rows import one
from onebook.dialects.propstack.tables.saved_queries import SAVED_QUERIES
from onebook.dialects.propstack.values import TEXT
from onebook.http.route import Ask, Reply, Route, Schema
from onebook.model.saved_query import SavedQuery

LISTS = ("cities", "regions", "rs_types", "rs_categories")


def _reworded(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Lists of texts also come as one text with commas, or as a number."""
    texts = {name: str(given[name]) for name in LISTS if type(given.get(name)) in (str, int, float)}
    return {**given, **{name: [part.strip() for part in text.split(",")] for name, text in texts.items()}}


QUERY = Kind(
    SAVED_QUERIES.with_columns(one("client_id", "contact_id", "contacts", required=True)),
    "saved_query",
    SavedQuery(),
    entity="saved_queries",
    reword=_reworded,
)
FILTERS = (
    Filter("client", "contact", "contacts"),
    Filter("client_id", "contact", "contacts"),
    Filter("broker_id", "user", "users"),
)


async def _list(ask: Ask) -> Reply:
    view, params = ask.session.view, ask.params
    keys = await kinds.keys_of(view, params, FILTERS)
    active = params.flag("active")
    if active is not None:
        keys.append(("is_active", (str(int(active)),)))
    listed = await kinds.list_page(ask, QUERY, keys)
    rows = await kinds.rows(view, QUERY, listed.records)
    meta = {"meta": {"total_count": await listed.total()}} if params.flag("with_meta") else {}
    return answer({"data": rows, **meta})


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/saved_queries",
        _list,
        "saved_queries:read",
        "Suchprofile lesen",
        params=(*(ids(one.name) for one in FILTERS), param("active", FLAG), *PAGED, WITH_META),
        answers={200: {"anyOf": [data_of(ref("SavedQuery")), with_meta("data", ref("SavedQuery"))]}},
        errors=LIST_ERRORS,
    ),
    *Calls("/saved_queries", QUERY, "SavedQuery", "Suchprofil").routes(),
)


def _body(*, new: bool) -> Schema:
    body = body_schema(QUERY.table, "saved_query", new=new, custom=True)
    inner = body["properties"]["saved_query"]
    lists = {name: {"anyOf": [inner["properties"][name], TEXT.takes]} for name in LISTS}
    return {**body, "properties": {"saved_query": {**inner, "properties": {**inner["properties"], **lists}}}}


SCHEMAS: Mapping[str, Schema] = {
    "SavedQuery": row_schema(QUERY.table, custom=True),
    "SavedQueryBody": _body(new=False),
    "NewSavedQueryBody": _body(new=True),
}
