"""What stands around a property, as clients that read one with `new=1` expect it beside the keys of its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onebook.dialects.propstack.documents import document_rows
from onebook.dialects.propstack.lookups import encode_broker
from onebook.dialects.propstack.parameters import param
from onebook.dialects.propstack.schemas import list_of, ref, shape
from onebook.dialects.propstack.shown import shown_id
from onebook.http.route import Ask, Schema
from onebook.model.document import Document
from onebook.model.organisation import PropertyStatus
from onebook.model.project import Project
from onebook.model.property import Property
from onebook.model.query import Page
from onebook.service.records import find_records, get_records

NEW = param("new", text="1: with broker, project, property_status, documents, floorplans and links.")
_FIRST = Page(limit=50)


async def around_property(ask: Ask, prop: Property, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with what stands around the property: the first 50 documents; `floorplans` are among its images."""
    view = ask.session.view
    words = view.vocabulary
    broker = words.users.get(prop.agent_id) if prop.agent_id is not None else None
    status = words.listed(PropertyStatus).get(prop.status_id or 0)
    project = (await get_records(view, Project, [prop.project_id or 0])).get(prop.project_id or 0)
    filed = await find_records(view, Document, _FIRST, keys=[("property", (str(prop.id),))])
    return {
        **row,
        "broker": None if broker is None else encode_broker(broker, words),
        "project": _named(project) if project is not None and project.deleted_at is None else None,
        "property_status": None if status is None else _status(status),
        "documents": await document_rows(view, ask.base, filed),
        "floorplans": [image for image in row["images"] if image["is_floorplan"]],
        "links": [],
    }


def _named(project: Project) -> dict[str, Any]:
    return {"id": shown_id(project), "name": project.name or project.title or ""}


def _status(status: PropertyStatus) -> dict[str, Any]:
    return {"id": shown_id(status), "name": status.name, "color": status.color, "position": status.position}


def around_schemas(image: Schema) -> Mapping[str, Schema]:
    """The keys that `around_property` adds; `image` is the schema of an image."""
    project = shape({"id": {"type": "integer"}, "name": {"type": "string"}})
    return {
        "broker": {"anyOf": [ref("Broker"), {"type": "null"}]},
        "project": {"anyOf": [project, {"type": "null"}]},
        "property_status": {"anyOf": [ref("PropertyStatus"), {"type": "null"}]},
        "documents": list_of(ref("Document")),
        "floorplans": list_of(image),
        "links": {"type": "array", "maxItems": 0},
    }
