"""A dialect's OpenAPI 3.1 document, made of its route table; the table is what is served, so the two agree."""

from __future__ import annotations

import re
from typing import Any

from onebook import __version__
from onebook.http.route import DialectServer, Param, Reply, Route, dump_json

DOCUMENT, PAGE = "/openapi.json", "/docs"
"""Where the document and its page are, below a dialect's base."""

_NAME = re.compile(r"\{(\w+)\}")
_REASONS = {
    200: "Done",
    201: "Created",
    204: "Done, nothing to say",
    302: "Found elsewhere",
    304: "Not modified",
    400: "The request cannot be read",
    401: "The key is missing, unknown or may not do this",
    403: "The key may not do this",
    404: "There is no such thing",
    405: "The path does not know the method",
    409: "It clashes with what is there",
    412: "It has been changed since",
    413: "It is too large",
    422: "It is not valid",
    429: "Too many requests",
}


def openapi(dialect: DialectServer, server_url: str) -> dict[str, Any]:
    """The document as plain values; `server_url` is the absolute base the caller used."""
    paths: dict[str, dict[str, Any]] = {}
    for route in dialect.routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(dialect, route)
    return {
        "openapi": "3.1.0",
        "info": {"title": dialect.title, "version": __version__, "description": dialect.description},
        "servers": [{"url": server_url}],
        "paths": paths,
        "components": {
            "schemas": {**dialect.schemas, "Error": dialect.error_schema},
            "securitySchemes": dict(dialect.security),
        },
        "security": [{name: []} for name in dialect.security],
    }


def openapi_reply(dialect: DialectServer, server_url: str) -> Reply:
    """The document as it is served."""
    return Reply(200, dump_json(openapi(dialect, server_url)))


def _operation(dialect: DialectServer, route: Route) -> dict[str, Any]:
    path = [
        Param(name, route.path_schemas.get(name, {"type": "string"}), "path", True)
        for name in _NAME.findall(route.path)
    ]
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}{re.sub(r'[^A-Za-z0-9]+', '_', route.path)}".rstrip("_"),
        "summary": route.summary,
        "parameters": [_parameter(param) for param in (*path, *route.params)],
        "responses": _responses(dialect, route),
    }
    if route.body is not None:
        operation["requestBody"] = {
            "required": route.body_required,
            "content": {
                name: {"schema": schema}
                for name, schema in {"application/json": route.body, **route.other_bodies}.items()
            },
        }
    if route.scope is None:
        operation["security"] = []
    elif route.scope:
        operation["description"] = f"Needs the scope `{route.scope}`."
    return operation


def _parameter(param: Param) -> dict[str, Any]:
    parameter: dict[str, Any] = {"name": param.name, "in": param.where, "schema": param.schema}
    if param.required:
        parameter["required"] = True
    if param.text:
        parameter["description"] = param.text
    return parameter


def _responses(dialect: DialectServer, route: Route) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    types = route.answer_types or dialect.media_types
    for status, schema in route.answers.items():
        content = {} if schema is None else {"content": {name: {"schema": schema} for name in types}}
        responses[str(status)] = {"description": _REASONS.get(status, "Done"), **content}
    error_types = dialect.media_types if len(dialect.media_types) > 1 else (dialect.error_type,)
    error = {"content": {name: {"schema": {"$ref": "#/components/schemas/Error"}} for name in error_types}}
    for status in route.errors:
        responses.setdefault(str(status), {"description": _REASONS.get(status, "An error"), **error})
    return responses
