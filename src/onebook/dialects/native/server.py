"""The native API as a server: its routes, how a key is presented, how errors are told."""

from __future__ import annotations

from onebook.dialects.native.problems import PROBLEM_JSON, PROBLEM_SCHEMA, error_reply
from onebook.dialects.native.routes import ROUTES
from onebook.dialects.native.schemas import components
from onebook.http.route import Ask, DialectServer


def credential(ask: Ask) -> str | None:
    """The key out of `Authorization: Bearer …`, whatever the case of the scheme (RFC 6750)."""
    scheme, _, secret = ask.headers.get("authorization", "").strip().partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


SERVER = DialectServer(
    name="native",
    prefix="/api",
    sample="/contacts?limit=2",
    base="/v1",
    title="Onebook",
    description=(
        "The contact book as it is: every field of every contact, cursors that hold while others write, ETags, and"
        " POSTs that may be sent twice. Lists are also filtered by `custom.<name>=…` and `external_id.<dialect>=…`."
    ),
    routes=ROUTES,
    credential=credential,
    error_reply=error_reply,
    error_schema=PROBLEM_SCHEMA,
    security={"key": {"type": "http", "scheme": "bearer"}},
    schemas=components(),
    error_type=PROBLEM_JSON,
)
