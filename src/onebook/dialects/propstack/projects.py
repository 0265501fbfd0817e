"""The paths of projects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.calls import LIST_ERRORS, Calls
from onebook.dialects.propstack.kinds import Filter, Kind
from onebook.dialects.propstack.parameters import PAGED, WITH_META, ids, param
from onebook.dialects.propstack.properties import archived_key
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import ref
from onebook.dialects.propstack.shapes import bare_or_meta, body_schema, row_schema
from onebook.dialects.propstack.tables.column import Column
from onebook.dialects.propstack.tables.projects import PROJECTS
from onebook.dialects.propstack.values import TEXT, ValueType, nullable, read_text
from onebook.http.route import Ask, Reply, Route, Schema
from onebook.model.project import Project

LABELS: Mapping[str, str] = {
    "ACQUISITION": "Akquise",
    "PROGRESS": "In Vorbereitung",
    "SALES": "Vertrieb",
    "SOLD": "Verkauft",
}
"""A project's status as it is written, and as the vendor's users read it; two of the labels are ours."""
_WORDS = {label: word for word, label in LABELS.items()}


def _read_status(value: Any, name: str, zone: ZoneInfo) -> str | None:
    """A word, or what a row shows."""
    if isinstance(value, dict):
        label = value.get("label")
        value = _WORDS.get(label, label) if isinstance(label, str) else label
    return None if value is None else read_text(value, name, zone)


_STATUS = ValueType(
    _read_status,
    {"anyOf": [TEXT.takes, {"type": "object", "properties": {"label": TEXT.takes}}]},
    {
        "anyOf": [
            {"type": "null"},
            {
                "type": "object",
                "required": ["label", "color"],
                "additionalProperties": False,
                "properties": {"label": {"type": "string"}, "color": nullable("string")},
            },
        ]
    },
)


def _status_shown(word: str) -> dict[str, Any]:
    return {"label": LABELS.get(word, word), "color": None}


PROJECT = Kind(
    PROJECTS.with_columns(Column("status", "status", _STATUS, show=_status_shown)),
    "project",
    Project(),
    entity="projects",
)
FILTERS = (
    Filter("broker_id", "user", "users"),
    Filter("group", "tag", "tags"),
    Filter("department_ids", "department", "departments"),
)


async def _list(ask: Ask) -> Reply:
    view, params = ask.session.view, ask.params
    keys = [*await kinds.keys_of(view, params, FILTERS), *archived_key(params)]
    listed = await kinds.list_page(ask, PROJECT, keys)
    rows = await kinds.rows(view, PROJECT, listed.records)
    return answer({"data": rows, "meta": {"total_count": await listed.total()}} if params.flag("with_meta") else rows)


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/projects",
        _list,
        "projects:read",
        "Projekte lesen",
        params=(
            *(ids(one.name) for one in FILTERS),
            param("archived", {"enum": ["1", "true", "-1", "0", "false", ""]}),
            *PAGED,
            WITH_META,
            param("expand", text="Anything; rows always have all keys."),
        ),
        answers={200: bare_or_meta(ref("Project"))},
        errors=LIST_ERRORS,
    ),
    *Calls("/projects", PROJECT, "Project", "Projekt", stub=True, status=201).routes(),
)
SCHEMAS: Mapping[str, Schema] = {
    "Project": row_schema(PROJECT.table, custom=True),
    "ProjectBody": body_schema(PROJECT.table, "project", new=False, custom=True),
    "NewProjectBody": body_schema(PROJECT.table, "project", new=True, custom=True),
}
