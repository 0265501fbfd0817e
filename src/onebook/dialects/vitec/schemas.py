"""JSON Schemas for the OpenAPI document, made of the same tables as the writers; `xml` tells the XML's names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    return component(shape.name)


def component(name: str) -> Schema:
    """The component of this name."""
    return {"$ref": f"#/components/schemas/{name}"}


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


CONTROLS = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f"
"""What no text may have (http/body.py)."""
CLEAN = f"^[^{CONTROLS}]*$"
SPEAKING = rf"^[^{CONTROLS}]*[^\s{CONTROLS}][^{CONTROLS}]*$"
ID_TEXT: Schema = {"type": "string", "pattern": SPEAKING, "maxLength": 40}
"""An id or a customerId."""
_WHOLE: Schema = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
_KEPT: Schema = {"anyOf": [{"type": "string", "pattern": CLEAN}, _WHOLE, {"type": ["boolean", "null"]}]}


def sent_schema(known: Mapping[str, Place], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a writing call takes; what the page does not have is kept, whatever it is."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {place.own.sent: _sent(place) for place in known.values()},
        "propertyNames": {"pattern": CLEAN},
        "additionalProperties": _KEPT,
    }


def form_schema(known: Mapping[str, Place], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The same as a form: nothing but texts, with the names of objects before those of their members."""
    members = {name: _form_text(member) for name, member in _flat(known, "")}
    return {
        "type": "object",
        "required": list(required),
        "properties": members,
        "propertyNames": {"pattern": CLEAN},
        "additionalProperties": {"type": "string", "pattern": CLEAN},
    }


def _flat(known: Mapping[str, Place], prefix: str) -> Iterator[tuple[str, Member]]:
    for place in known.values():
        if place.inside is not None:
            yield from _flat(place.inside, f"{prefix}{place.own.sent}.")
        else:
            yield f"{prefix}{place.own.sent}", place.own


def _form_text(member: Member) -> Schema:
    return _IDS if member.many else _text(member)


_IDS: dict[str, Any] = {"type": "array", "items": ID_TEXT, "maxItems": MOST_IDS}


def _text(member: Member) -> dict[str, Any]:
    """The schema of a simple member, null aside."""
    if member is CUSTOMER_ID:
        return dict(ID_TEXT)
    schema = dict(_PLAIN[str(member.type)])
    if member.type == "string":
        schema["pattern"] = CLEAN
    if member.limit is not None:
        schema["maxLength"] = member.limit
    if member.key in LARGEST_DEGREES:
        schema |= {"minimum": -LARGEST_DEGREES[member.key], "maximum": LARGEST_DEGREES[member.key]}
    return schema


def _sent(place: Place) -> Schema:
    if place.own is CUSTOMER_ID:
        return ID_TEXT
    schema = sent_schema(place.inside) if place.inside is not None else _IDS if place.own.many else _text(place.own)
    return {**schema, "type": [schema["type"], "null"]}


def _new_address(schema: dict[str, Any]) -> Schema:
    """One of the texts must say something."""
    texts = ("streetAddress", "zipCode", "city", "countryCode")
    speaks = {"type": "string", "pattern": SPEAKING}
    return {**schema, "anyOf": [{"required": [name], "properties": {name: speaks}} for name in texts]}


SCHEMAS: dict[str, Schema] = {
    **_shapes((*SHAPE_OF.values(), LIST, MATCHES, SOCIAL_MATCHES, WITH_PHONE, SYNC, CATEGORY_LIST, RELATIONS)),
    BASE.name: _polymorphic(),
    "UpdatePerson": sent_schema(SENT["person"], (CUSTOMER_ID.sent,)),
    "UpdateCompany": sent_schema(SENT["company"], (CUSTOMER_ID.sent,)),
    "ContactsSyncCriteria": sent_schema(SYNC_BODY, (CUSTOMER_ID.sent,)),
    "NewAddress": _new_address(sent_schema(NEW_ADDRESS)),
    "UpdatePersonForm": form_schema(SENT["person"], (CUSTOMER_ID.sent,)),
    "UpdateCompanyForm": form_schema(SENT["company"], (CUSTOMER_ID.sent,)),
    "ContactsSyncCriteriaForm": form_schema(SYNC_BODY, (CUSTOMER_ID.sent,)),
    "NewAddressForm": _new_address(form_schema(NEW_ADDRESS)),
}
for _kind, _shape in SHAPE_OF.items():
    SCHEMAS[_shape.name] = _derived(SCHEMAS[_shape.name], TYPE_OF[_kind])
