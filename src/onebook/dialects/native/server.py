"""The native API as a server: its routes, how a key is presented, how errors are told."""

from __future__ import annotations

from onebook.dialects.native.problems import PROBLEM_JSON, PROBLEM_SCHEMA, error_reply
from onebook.http.route import Ask, DialectServer


def credential(ask: Ask) -> str | None:
    """The key out of `Authorization: Bearer …`, whatever the case of the scheme (RFC 6750)."""
    scheme, _, secret = ask.headers.get("authorization", "").strip().partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


SERVER = DialectServer(
    name="native",
    prefix="/api",
    base="/v1",
    title="Onebook",
    description="The contact book as it is: every field of every contact.",
    routes=(),
    credential=credential,
    error_reply=error_reply,
    error_schema=PROBLEM_SCHEMA,
    security={"key": {"type": "http", "scheme": "bearer"}},
    error_type=PROBLEM_JSON,
)
