"""Answers, how a key is presented, and every error in the vendor's shape: `{"error":true,"message":"…"}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

import msgspec

from onebook.dialects.quentn.fields import VENDOR_NAMES
from onebook.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NoSuchMethod,
    NoSuchPath,
    NotFound,
    OnebookError,
    Problem,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Upstream,
)
from onebook.http.route import Ask, Reply, Schema

ERROR_SCHEMA: Schema = {
    "type": "object",
    "required": ["error", "message"],
    "additionalProperties": False,
    "properties": {"error": {"const": True}, "message": {"type": "string"}},
}
UNLIMITED = 1_000_000
"""What the rate headers say of a key without a limit: a client that reads 0 would wait."""
RETRY_UNAVAILABLE = 5
"""Seconds after which a client may try again while the database does not answer: ours."""


class _Spelled(bytes):
    """A header's name that stays as it is spelled: the server makes lower case of others."""

    def lower(self) -> bytes:
        """Itself."""
        return self


_LIMIT, _REMAINING, _RESET = (_Spelled(b"X-Rate-Limit-" + name) for name in (b"Limit", b"Remaining", b"Reset"))


def rate_headers(limit: float, remaining: int, reset: int) -> tuple[tuple[bytes, bytes], ...]:
    """The three headers of every answer; the vendor's client looks for this capitalisation. `reset` in seconds."""
    most = int(limit) or (1 if limit else UNLIMITED)
    left = remaining if limit else UNLIMITED
    return (_LIMIT, b"%d" % most), (_REMAINING, b"%d" % left), (_RESET, b"%d" % reset)


def answer(value: object) -> Reply:
    """`value` as JSON, with the one status of success."""
    return Reply(body=msgspec.json.encode(value))


def credential(ask: Ask) -> str | None:
    """The key out of `Authorization: Bearer …`, whatever the case of the scheme (RFC 6750)."""
    scheme, _, secret = ask.headers.get("authorization", "").strip().partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


def _told(error: OnebookError, ask: Ask) -> str:
    texts = [problem_text(problem) for problem in error.problems]
    return "; ".join(dict.fromkeys(texts)) or error.message


def problem_text(problem: Problem) -> str:
    """`mail: is no e-mail address`: the field under the vendor's name, and what is wrong with it."""
    head, _, rest = problem.path.partition(".")
    name = rest if head == "custom" else VENDOR_NAMES.get(head, problem.path)
    return f"{name}: {problem.text}" if name else problem.text


_HINTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), text)
    for pattern, text in (
        (r"/contacts/?$", "one contact is read by GET contact/<id> or GET contact/<mail>, and there is no list of all"),
        (r"/contacts/[^/]+/(tags|terms)", "the terms of a contact are at contact/<id>/terms"),
        (r"/contacts?/[^/]+/(tags?|term|labels?)(/|$)", "the terms of a contact are at contact/<id>/terms"),
        (r"/contacts/[^/]+/comments?", "the comments of a contact are at contact/<id>/comments"),
        (r"/contact/[^/]+/comment(/|$)", "the comments of a contact are at contact/<id>/comments"),
        (r"/contacts/", "one contact is at contact/<id> or contact/<mail>"),
        (r"/(tags?|term|labels?)(/|$)", "terms are at terms and terms/<id or name>"),
        (r"/users/", "one user is at user/<uid or mail>"),
        (r"/user/?$", "all users are at users, one is at user/<uid or mail>"),
        (r"/(custom[-_]?field|custom_fields|customfields|fields)(/|$)", "custom fields are at custom-fields"),
        (r"/(campaigns?|callback)(/|$)", "a campaign is triggered by POST cb/<id>"),
        (r"/contact/?$", "a contact is made by POST contact and read by GET contact/<id> or GET contact/<mail>"),
    )
)
"""What is guessed, and the call that is meant (what the vendor's users complain about)."""
_CALLS = "contact, contacts, terms, custom-fields, users, user, cb, check-credentials, tracking"


def _no_path(error: OnebookError, ask: Ask) -> str:
    hint = next((text for pattern, text in _HINTS if pattern.search(ask.path)), f"there are: {_CALLS}")
    return f"there is no path {ask.path[:200]}: {hint}"


def _no_method(error: NoSuchMethod, ask: Ask) -> str:
    known = f"this path takes {', '.join(error.allowed)}" if error.allowed else "no such method"
    hint = next((text for pattern, text in _HINTS if pattern.search(ask.path)), None)
    return f"{known}: {hint}" if hint else known


_ANSWERS: dict[type[OnebookError], tuple[int, Callable[[Any, Ask], str]]] = {
    Invalid: (400, _told),
    TooLarge: (413, _told),
    Unauthenticated: (401, lambda error, ask: "the header Authorization: Bearer <key> is missing"),
    Forbidden: (403, _told),
    NotFound: (404, _told),
    NoSuchPath: (404, _no_path),
    NoSuchMethod: (405, _no_method),
    Conflict: (409, _told),
    TooMany: (429, _told),
    Upstream: (502, lambda error, ask: "the other system does not answer as it should"),
    Unavailable: (503, lambda error, ask: "the book cannot be reached just now"),
    OnebookError: (500, lambda error, ask: f"internal error, request {ask.request_id}"),
}
"""The status and text of each class; one that is not named has its nearest parent's."""

_HEADERS: Mapping[type[OnebookError], Callable[[Any], tuple[bytes, bytes]]] = {
    NoSuchMethod: lambda error: (b"Allow", ", ".join(error.allowed).encode()),
    TooMany: lambda error: (b"Retry-After", str(max(1, ceil(error.retry_after))).encode()),
    Unavailable: lambda error: (b"Retry-After", str(RETRY_UNAVAILABLE).encode()),
}


def message_of(error: OnebookError, ask: Ask) -> tuple[int, str]:
    """The status of `error`, and what is said of it."""
    status, text = next(_ANSWERS[kind] for kind in type(error).__mro__ if kind in _ANSWERS)
    if isinstance(error, Unauthenticated) and credential(ask) is not None:
        return 403, "the key is not valid"
    return status, text(error, ask)


def error_reply(error: OnebookError, ask: Ask) -> Reply:
    """The answer that tells `error`."""
    status, message = message_of(error, ask)
    headers = tuple(write(error) for kind, write in _HEADERS.items() if isinstance(error, kind))
    return Reply(status, msgspec.json.encode({"error": True, "message": message}), headers=headers)
