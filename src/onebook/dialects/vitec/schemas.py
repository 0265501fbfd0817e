"""JSON Schemas for the OpenAPI document, made of the same tables as the writers; `xml` tells the XML's names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from onebook.dialects.vitec.answers import (
    CATEGORY_LIST,
    LIST,
    MATCHES,
    RELATIONS,
    SOCIAL_MATCHES,
    SYNC,
    WITH_PHONE,
)
from onebook.dialects.vitec.codec import SENT
from onebook.dialects.vitec.fields import BASE, CUSTOMER_ID, SHAPE_OF, TYPE_OF
from onebook.dialects.vitec.lists import SYNC_BODY
from onebook.dialects.vitec.sent import LARGEST_DEGREES, MOST_IDS, Place
from onebook.dialects.vitec.shapes import WORDS, Member, Shape
from onebook.dialects.vitec.writing import NEW_ADDRESS
from onebook.http.route import Schema

_PLAIN: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "date": {"type": "string", "format": "date-time"},
    **{name: {"type": "string", "enum": list(words)} for name, words in WORDS.items()},
}
_ALWAYS = frozenset({"id", "type", "customerId", "createdAt", "changedAt", "contactId", "dateChanged"})
"""The members that are never null, beside flags, enumerations and objects that are always there."""


def ref(shape: Shape) -> Schema:
    """The component of `shape`."""
    return {"$ref": f"#/components/schemas/{shape.name}"}


def list_of(shape: Shape) -> Schema:
    """A list of the component, as a document."""
    xml = {"name": f"ArrayOf{shape.name}", "namespace": shape.namespace, "wrapped": True}
    return {"type": "array", "items": ref(shape), "xml": xml}


def _schema(shape: Shape) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [member.key for member in shape.members],
        "properties": {member.key: _member(member, shape) for member in shape.members},
        "additionalProperties": False,
        "xml": {"name": shape.name, "namespace": shape.namespace},
    }


def _member(member: Member, owner: Shape) -> dict[str, Any]:
    xml = {"name": member.name, "namespace": owner.namespace}
    if isinstance(member.type, Shape):
        inner: dict[str, Any] = dict(ref(member.type))
        if member.many:
            return {"type": "array", "items": inner, "xml": {**xml, "wrapped": True}}
        return {"oneOf": [inner, {"type": "null"}]} if member.key == "wgs84Coordinate" else inner
    schema = dict(_PLAIN[member.type])
    if member.limit is not None:
        schema["maxLength"] = member.limit
    if member.many:
        return {"type": "array", "items": schema, "xml": {**xml, "wrapped": True}}
    if member.key not in _ALWAYS and member.type in ("string", "integer", "number", "date"):
        schema["type"] = [schema["type"], "null"]
    return {**schema, "xml": xml}


def _shapes(roots: Iterable[Shape]) -> dict[str, Schema]:
    """The component of every shape that `roots` are made of."""
    found: dict[str, Schema] = {}
    waiting = list(roots)
    while waiting:
        shape = waiting.pop()
        if shape.name not in found:
            found[shape.name] = _schema(shape)
            waiting += [member.type for member in shape.members if isinstance(member.type, Shape)]
    return found


def _polymorphic() -> Schema:
    """Any contact: which type it is, its member `type` says."""
    return {
        "description": "A contact, always as the whole of its derived type; in XML the type is told by `i:type`.",
        "oneOf": [ref(shape) for shape in SHAPE_OF.values()],
        "discriminator": {
            "propertyName": "type",
            "mapping": {TYPE_OF[kind]: ref(shape)["$ref"] for kind, shape in SHAPE_OF.items()},
        },
        "xml": {"name": BASE.name, "namespace": BASE.namespace},
    }


def _derived(component: Schema, word: str) -> Schema:
    properties = {**component["properties"]}
    properties["type"] = {"type": "string", "const": word, "xml": properties["type"]["xml"]}
    return {**component, "properties": properties}


def sent_schema(known: Mapping[str, Place], required: tuple[str, ...] = ()) -> Schema:
    """What a writing call takes."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {place.own.sent: _sent(place) for place in known.values()},
    }


def _sent(place: Place) -> Schema:
    member = place.own
    if place.inside is not None:
        return {**sent_schema(place.inside), "type": ["object", "null"]}
    if member.many:
        ids = {"type": "array", "items": {"type": ["string", "integer"], "maxLength": 40}, "maxItems": MOST_IDS}
        return {**ids, "type": ["array", "null"]}
    schema = dict(_PLAIN[str(member.type)])
    if member.limit is not None:
        schema["maxLength"] = member.limit
    if member.key in LARGEST_DEGREES:
        schema |= {"minimum": -LARGEST_DEGREES[member.key], "maximum": LARGEST_DEGREES[member.key]}
    if member is CUSTOMER_ID:
        return {**schema, "minLength": 1, "pattern": r"\S"}
    return {**schema, "type": [schema["type"], "null"]}


SCHEMAS: dict[str, Schema] = {
    **_shapes((*SHAPE_OF.values(), LIST, MATCHES, SOCIAL_MATCHES, WITH_PHONE, SYNC, CATEGORY_LIST, RELATIONS)),
    BASE.name: _polymorphic(),
    "UpdatePerson": sent_schema(SENT["person"], ("customerId",)),
    "UpdateCompany": sent_schema(SENT["company"], ("customerId",)),
    "ContactsSyncCriteria": sent_schema(SYNC_BODY, ("customerId",)),
    "NewAddress": sent_schema(NEW_ADDRESS),
}
for _kind, _shape in SHAPE_OF.items():
    SCHEMAS[_shape.name] = _derived(SCHEMAS[_shape.name], TYPE_OF[_kind])
