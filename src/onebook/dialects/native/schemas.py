"""The JSON schemas of all that goes in and out, made of the model's own types."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, inspect

from onebook.dialects.native.batch import MOST_ITEMS
from onebook.dialects.native.codec import kept_of
from onebook.dialects.native.collections import COLLECTIONS, batch_key
from onebook.dialects.native.documents import BODY
from onebook.dialects.native.duplicates import CANDIDATES, PAIR_CHANGE
from onebook.dialects.native.fields import DERIVED, bare, members, plans
from onebook.dialects.native.on_duplicate import ON_DUPLICATE, THRESHOLD
from onebook.dialects.native.problems import PROBLEM_SCHEMA
from onebook.http.body import MAX_TEXT
from onebook.http.route import Schema
from onebook.model.change import HistoryEntry
from onebook.model.contact import BOOK_KEPT, Contact
from onebook.model.document import Document
from onebook.model.duplicate import DuplicatePair

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


_PLAIN: dict[type[inspect.Type], Schema] = {
    inspect.FloatType: {"type": "number"},
    inspect.BoolType: {"type": "boolean"},
    inspect.DateType: {"type": "string", "format": "date"},
    inspect.DateTimeType: {"type": "string", "format": "date-time"},
}


def _schema(kind: inspect.Type, *, given: bool) -> dict[str, Any]:
    """The schema of a value; `given`: as it may be sent, else as it is answered. What is not known may be anything."""
    match kind:
        case inspect.UnionType():
            return _union(kind, given=given)
        case inspect.StrType():
            return dict(ref("Text")) if given else {"type": "string"}
        case inspect.LiteralType():
            return {"enum": list(kind.values)}
        case inspect.IntType():
            return _integer(kind, given=given)
        case inspect.VarTupleType() | inspect.ListType():
            return {"type": "array", "items": _schema(kind.item_type, given=given)}
        case inspect.TupleType():
            return {"type": "array", "minItems": len(kind.item_types), "maxItems": len(kind.item_types)}
        case inspect.DictType():
            member = _schema(kind.value_type, given=given)
            return {"type": "object", "additionalProperties": _or_null(member) if given else member}
        case inspect.StructType():
            return dict(ref(input_name(kind.cls) if given else kind.cls.__name__))
    return dict(_PLAIN.get(type(kind), {}))


def _union(kind: inspect.UnionType, *, given: bool) -> dict[str, Any]:
    """One of several types, and null where it is among them."""
    rest, nullable = bare(kind)
    if not isinstance(rest, inspect.UnionType):
        return _or_null(_schema(rest, given=given))
    kinds = {type(one) for one in rest.types}
    if kinds == {inspect.IntType, inspect.FloatType}:
        return {"type": ["number", "null"] if nullable else "number"}
    choices = [_schema(one, given=given) for one in rest.types]
    return {"anyOf": [*choices, {"type": "null"}] if nullable else choices}


def _integer(kind: inspect.IntType, *, given: bool) -> dict[str, Any]:
    lowest, highest = (kind.ge, kind.le) if kind.ge is not None or not given else (-(2**63), 2**63 - 1)
    bounds = {"minimum": lowest, "maximum": highest}
    return {"type": "integer", **{name: bound for name, bound in bounds.items() if bound is not None}}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema`, and null too; what takes null already stays."""
    if (
        not schema
        or {"type": "null"} in schema.get("anyOf", ())
        or None in schema.get("enum", ())
        or "null" in schema.get("type", ())
    ):
        return schema
    if "enum" in schema:
        return {"enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def output_schema(struct: type[Struct]) -> Schema:
    """A record as it is answered: every field, always."""
    fields = {member.name: member.type for member in members(struct)}
    return {
        "type": "object",
        "description": (struct.__doc__ or "").splitlines()[0],
        "required": list(fields),
        "additionalProperties": False,
        "properties": {name: _schema(kind, given=False) for name, kind in fields.items()},
    }


def input_schema(struct: type[Struct], kept: frozenset[str], *, partial: bool = False) -> Schema:
    """A record as it may be sent; `kept` is what the book sets itself. `partial`: nothing is required."""
    required = [name for name, plan in plans(struct).items() if plan.required]
    properties: dict[str, Any] = {}
    for member in members(struct):
        name, given = member.name, _schema(member.type, given=True)
        if name in kept:
            properties[name] = {**_schema(member.type, given=False), "readOnly": True}
        else:
            properties[name] = given if name in required else _or_null(given)
    schema: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    return schema if partial or not required else {**schema, "required": required}


def part_schema(struct: type[Struct]) -> Schema:
    """A record as it is answered where `fields=` may have left something out."""
    return {**output_schema(struct), "required": ["id"]}


def list_schema(row: Schema) -> Schema:
    """A list as it is answered."""
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


MORE_INPUT: dict[type[Struct], dict[str, Schema]] = {Document: BODY}
"""What may be sent for a record beside its fields."""
_RULE: dict[str, Schema] = {
    "on_duplicate": {"enum": list(ON_DUPLICATE)},
    "threshold": {**THRESHOLD, "type": ["number", "null"]},
}
_CONTACT_IN = input_schema(Contact, BOOK_KEPT)
_ITEM: Schema = {
    **_CONTACT_IN,
    "properties": {**_CONTACT_IN["properties"], **_RULE, "id": {"type": ["integer", "null"]}},
}


def _batch(item: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["data"],
        "additionalProperties": False,
        "properties": {"data": {"type": "array", "maxItems": MOST_ITEMS, "items": item}},
    }


def _batch_answer(name: str, schema: Schema) -> Schema:
    row = {"status": {"type": "integer"}, "id": {"type": "integer"}, name: schema, "error": PROBLEM_SCHEMA}
    rows = {"type": "object", "required": ["status"], "additionalProperties": False, "properties": row}
    return {
        "type": "object",
        "required": ["data"],
        "additionalProperties": False,
        "properties": {"data": {"type": "array", "items": rows}},
    }


def _with_more(record: type[Struct], schema: Schema) -> Schema:
    return {**schema, "properties": {**schema["properties"], **MORE_INPUT.get(record, {})}}


def _nested(struct: type[Struct]) -> list[type[Struct]]:
    """The structs that the fields of `struct` are lists of."""
    kinds = [bare(member.type)[0] for member in members(struct)]
    items = [kind.item_type for kind in kinds if isinstance(kind, inspect.VarTupleType)]
    return [item.cls for item in items if isinstance(item, inspect.StructType)]


def components() -> dict[str, Schema]:
    """Every schema that the routes refer to, by name."""
    found: dict[str, Schema] = {
        "Text": _TEXT,
        "Contact": output_schema(Contact),
        "ContactChange": _CONTACT_IN,
        "ContactInput": {**_CONTACT_IN, "properties": {**_CONTACT_IN["properties"], **_RULE}},
        "ContactPart": part_schema(Contact),
        "ContactList": list_schema(ref("ContactPart")),
        "History": list_schema(output_schema(HistoryEntry)),
        "Candidates": CANDIDATES,
        "DuplicatePair": output_schema(DuplicatePair),
        "DuplicatePairPart": part_schema(DuplicatePair),
        "DuplicatePairList": list_schema(ref("DuplicatePairPart")),
        "DuplicatePairChange": PAIR_CHANGE,
        "Batch": _batch(_ITEM),
        "BatchAnswer": _batch_answer("contact", ref("ContactPart")),
    }
    structs: list[type[Struct]] = [Contact, *(collection.record for collection in COLLECTIONS)]
    for struct in structs:
        for nested in _nested(struct):
            found[nested.__name__] = output_schema(nested)
            found[input_name(nested)] = input_schema(nested, DERIVED.get(nested, frozenset()))
    for collection in COLLECTIONS:
        record = collection.record
        found[record.__name__] = output_schema(record)
        found[f"{record.__name__}Part"] = part_schema(record)
        found[f"{record.__name__}List"] = list_schema(ref(f"{record.__name__}Part"))
        found[input_name(record)] = _with_more(record, input_schema(record, kept_of(record)))
        change = input_schema(record, kept_of(record), partial=True)
        found[f"{record.__name__}Change"] = _with_more(record, change)
        item = {**change, "properties": {**change["properties"], "id": {"type": ["integer", "null"]}}}
        found[f"{record.__name__}Batch"] = _batch(item)
        part = ref(f"{record.__name__}Part")
        found[f"{record.__name__}BatchAnswer"] = _batch_answer(batch_key(collection), part)
    return found
