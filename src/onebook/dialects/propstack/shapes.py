"""JSON Schemas of the tables: what an answer shows of a record, what a request may say of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onebook.dialects.propstack.schemas import list_of, shape
from onebook.dialects.propstack.tables.column import Column, MembersColumn, NameColumn, Table
from onebook.dialects.propstack.values import nullable
from onebook.http.route import Schema

META: Schema = shape({"total_count": {"type": "integer", "minimum": 0}})
CUSTOM_FIELDS: Schema = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["value", "pretty_value"],
        "additionalProperties": False,
        "properties": {"value": {}, "pretty_value": nullable("string")},
    },
}


def row_schema(table: Table[Any], more: Mapping[str, Schema] | None = None, *, custom: bool = False) -> Schema:
    """A row: every column, `more` behind them, and the custom fields where such records have some."""
    columns: dict[str, Schema] = {column.name: column.kind.shows for column in table.columns}
    return shape({**columns, **({"custom_fields": CUSTOM_FIELDS} if custom else {}), **(more or {})})


def body_schema(table: Table[Any], wrapper: str, *, new: bool, custom: bool = False, strict: bool = False) -> Schema:
    """The body of a POST (`new`) or a PUT: the columns that are written, under the wrapper.

    `strict`: no others; else they are kept as they came.
    """
    written = [column for column in table.columns if not isinstance(column, NameColumn) and column.written]
    fields: dict[str, Schema] = {column.name: _taken(column) for column in written}
    if custom:
        fields |= dict.fromkeys(("custom_fields", "partial_custom_fields"), nullable("object"))
    required = [column.name for column in written if column.required] if new else []
    inner: dict[str, Any] = {"type": "object", "minProperties": 1, "properties": fields}
    if required:
        inner["required"] = required
    if strict:
        own: dict[str, Schema] = {column.name: {} for column in table.columns if column.name not in fields}
        inner["properties"] = {**fields, **own}
        inner["additionalProperties"] = False
    return {"type": "object", "required": [wrapper], "properties": {wrapper: inner}}


def also_bare(body: Mapping[str, Any], wrapper: str) -> Schema:
    """The body, or what it holds without its wrapper."""
    inner = body["properties"][wrapper]
    return {"anyOf": [body, {**inner, "not": {"required": [wrapper]}}]}


def _taken(column: Column | MembersColumn) -> Schema:
    if not column.required:
        return column.kind.takes
    return {"allOf": [column.kind.takes, {"not": {"enum": ["", None]}}]}


def with_meta(name: str, schema: Schema) -> Schema:
    """`{"<name>":[…],"meta":{"total_count":…}}`."""
    return shape({name: list_of(schema), "meta": META})


def bare_or_meta(schema: Schema) -> Schema:
    """A bare array, or with `with_meta` one under `data`."""
    return {"anyOf": [list_of(schema), with_meta("data", schema)]}
