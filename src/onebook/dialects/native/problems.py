"""Errors as RFC 9457 tells them: `application/problem+json`, one status for every class of `errors.py`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec

from onebook.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NoSuchMethod,
    NotFound,
    OnebookError,
    Stale,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Upstream,
)
from onebook.http.route import Ask, Reply, Schema

PROBLEM_JSON = "application/problem+json"
RETRY_UNAVAILABLE = 5
"""Seconds after which a caller may try again while the database does not answer: ours."""

STATUSES: dict[type[OnebookError], int] = {
    Malformed: 400,
    TooLarge: 413,
    Invalid: 422,
    NotFound: 404,
    NoSuchMethod: 405,
    Stale: 412,
    Conflict: 409,
    Unauthenticated: 401,
    Forbidden: 403,
    TooMany: 429,
    Upstream: 502,
    Unavailable: 503,
    OnebookError: 500,
}
"""The status of each class; one that is not named has its nearest parent's."""


def _allow(error: NoSuchMethod) -> tuple[bytes, bytes]:
    return b"Allow", ", ".join(error.allowed).encode()


_HEADERS: dict[type[OnebookError], Callable[[Any], tuple[bytes, bytes]]] = {
    NoSuchMethod: _allow,
    Unauthenticated: lambda _: (b"WWW-Authenticate", b"Bearer"),
    TooMany: lambda error: (b"Retry-After", str(max(1, math.ceil(error.retry_after))).encode()),
    Unavailable: lambda _: (b"Retry-After", str(RETRY_UNAVAILABLE).encode()),
}

PROBLEM_SCHEMA: Schema = {
    "type": "object",
    "description": "What is wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "problems"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "description": "Which kind of error it is, always the same for one kind."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong this time, in one line."},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "code", "message"],
                "additionalProperties": False,
                "properties": {
                    "path": {"type": "string", "description": "The field, dotted: `emails.0.address`."},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
        "contact_id": {"type": "integer", "description": "The contact that a refused duplicate clashes with."},
    },
}


def status_of(error: OnebookError) -> int:
    """The HTTP status that tells `error`."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def problem(error: OnebookError) -> dict[str, Any]:
    """The body that tells `error`."""
    told: dict[str, Any] = {
        "type": f"urn:onebook:problem:{error.code}",
        "title": _title(error),
        "status": status_of(error),
        "detail": error.message,
        "problems": [{"path": one.path, "code": one.code, "message": one.text} for one in error.problems],
    }
    if isinstance(error, Conflict) and error.contact_id is not None:
        told["contact_id"] = error.contact_id
    return told


def _title(error: OnebookError) -> str:
    """The same for every error of a kind: what its class says of itself."""
    return "Something went wrong here." if type(error) is OnebookError else (type(error).__doc__ or "").splitlines()[0]


def error_reply(error: OnebookError, ask: Ask) -> Reply:
    """The answer that tells `error`, with the headers that its status calls for."""
    headers = tuple(write(error) for kind, write in _HEADERS.items() if isinstance(error, kind))
    return Reply(status_of(error), msgspec.json.encode(problem(error)), PROBLEM_JSON, headers)
