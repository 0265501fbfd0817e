"""The JSON schemas of all that goes in and out, made of the model's own types."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, inspect

from onebook.dialects.native.codec import RECORD_KEPT
from onebook.dialects.native.contacts import ON_DUPLICATE
from onebook.dialects.native.batch import MOST_ITEMS
from onebook.dialects.native.fields import DERIVED, bare, plans
from onebook.dialects.native.problems import PROBLEM_SCHEMA
from onebook.dialects.native.records import COLLECTIONS
from onebook.http.body import MAX_TEXT
from onebook.http.route import Schema
from onebook.model.change import HistoryEntry
from onebook.model.contact import BOOK_KEPT, Contact

_TEXT: Schema = {
    "type": ["string", "number"],
    "pattern": "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$",
    "maxLength": MAX_TEXT // 4,
    "description": "Text; a number is kept as its text.",
}


def ref(name: str) -> Schema:
    """A component."""
    return {"$ref": f"#/components/schemas/{name}"}


def input_name(struct: type[Struct]) -> str:
    """The component of what may be sent for `struct`."""
    return f"{struct.__name__}Input"


def _schema(kind: inspect.Type, *, given: bool) -> dict[str, Any]:
    """The schema of a value; `given`: as it may be sent, else as it is answered."""
    bound: dict[str, Any] = {}
    match kind:
        case inspect.UnionType():
            return _or_null(_schema(bare(kind)[0], given=given))
        case inspect.StrType():
            return dict(ref("Text")) if given else {"type": "string"}
        case inspect.LiteralType():
            return {"enum": list(kind.values)}
        case inspect.IntType():
            if given:
                bound = {"minimum": -(2**63), "maximum": 2**63 - 1}
            bound |= {name: value for name, value in (("minimum", kind.ge), ("maximum", kind.le)) if value is not None}
            return {"type": "integer", **bound}
        case inspect.FloatType():
            return {"type": "number"}
        case inspect.BoolType():
            return {"type": "boolean"}
        case inspect.DateType():
            return {"type": "string", "format": "date"}
        case inspect.DateTimeType():
            return {"type": "string", "format": "date-time"}
        case inspect.VarTupleType():
            return {"type": "array", "items": _schema(kind.item_type, given=given)}
        case inspect.DictType():
            member = _schema(kind.value_type, given=given)
            return {"type": "object", "additionalProperties": _or_null(member) if given else member}
        case inspect.StructType():
            return dict(ref(input_name(kind.cls) if given else kind.cls.__name__))
        case inspect.TupleType():
            return {"type": "array", "prefixItems": [_schema(one, given=given) for one in kind.item_types]}
    return {}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if not schema:
        return schema
    if "enum" in schema:
        return {"enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def output_schema(struct: type[Struct]) -> Schema:
    """A record as it is answered: every field, always."""
    members = _members(struct)
    return {
        "type": "object",
        "description": (struct.__doc__ or "").splitlines()[0],
        "required": list(members),
        "additionalProperties": False,
        "properties": {name: _schema(kind, given=False) for name, kind in members.items()},
    }


def input_schema(struct: type[Struct], kept: frozenset[str], *, partial: bool = False) -> Schema:
    """A record as it may be sent: what the book keeps itself is taken and not looked at. `partial`: nothing is required."""
    required = [name for name, plan in plans(struct).items() if plan.required]
    properties: dict[str, Any] = {}
    for name, kind in _members(struct).items():
        given = _schema(kind, given=True)
        properties[name] = {} if name in kept else given if name in required else _or_null(given)
    schema: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    return schema if partial or not required else {**schema, "required": required}


def _members(struct: type[Struct]) -> dict[str, inspect.Type]:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    return {member.name: member.type for member in info.fields}


def list_schema(struct: type[Struct]) -> Schema:
    """A list as it is answered; with `fields=` the rows have less."""
    row = {"type": "object", "properties": output_schema(struct)["properties"], "additionalProperties": False}
    return {
        "type": "object",
        "required": ["data", "next_cursor"],
        "additionalProperties": False,
        "properties": {
            "data": {"type": "array", "items": row},
            "next_cursor": {"type": ["string", "null"]},
            "total": {"type": "integer"},
        },
    }


_RULE: Schema = {"enum": list(ON_DUPLICATE)}
_CONTACT_IN = input_schema(Contact, BOOK_KEPT)
_ITEM: Schema = {
    **_CONTACT_IN,
    "properties": {**_CONTACT_IN["properties"], "on_duplicate": _RULE, "id": {"type": ["integer", "null"]}},
}
_ROW: Schema = {
    "type": "object",
    "required": ["status"],
    "additionalProperties": False,
    "properties": {
        "status": {"type": "integer"},
        "id": {"type": "integer"},
        "contact": {
            "type": "object",
            "properties": output_schema(Contact)["properties"],
            "additionalProperties": False,
        },
        "error": PROBLEM_SCHEMA,
    },
}


def _nested(struct: type[Struct]) -> list[type[Struct]]:
    """The structs that the fields of `struct` are lists of."""
    kinds = [bare(kind)[0] for kind in _members(struct).values()]
    items = [kind.item_type for kind in kinds if isinstance(kind, inspect.VarTupleType)]
    return [item.cls for item in items if isinstance(item, inspect.StructType)]


def components() -> dict[str, Schema]:
    """Every schema that the routes refer to, by name."""
    found: dict[str, Schema] = {
        "Text": _TEXT,
        "Contact": output_schema(Contact),
        "ContactChange": _CONTACT_IN,
        "ContactInput": {**_CONTACT_IN, "properties": {**_CONTACT_IN["properties"], "on_duplicate": _RULE}},
        "ContactList": list_schema(Contact),
        "History": list_schema(HistoryEntry),
        "Batch": {
            "type": "object",
            "required": ["data"],
            "additionalProperties": False,
            "properties": {"data": {"type": "array", "maxItems": MOST_ITEMS, "items": _ITEM}},
        },
        "BatchAnswer": {
            "type": "object",
            "required": ["data"],
            "additionalProperties": False,
            "properties": {"data": {"type": "array", "items": _ROW}},
        },
    }
    for struct in (Contact, *(collection.record for collection in COLLECTIONS)):
        for nested in _nested(struct):
            found[nested.__name__] = output_schema(nested)
            found[input_name(nested)] = input_schema(nested, DERIVED.get(nested, frozenset()))
    for collection in COLLECTIONS:
        record = collection.record
        found[record.__name__] = output_schema(record)
        found[f"{record.__name__}List"] = list_schema(record)
        found[input_name(record)] = input_schema(record, RECORD_KEPT)
        found[f"{record.__name__}Change"] = input_schema(record, RECORD_KEPT, partial=True)
    return found
