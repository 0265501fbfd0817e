"""Propstack as a server: its paths, how a key is presented, how errors are told."""

from __future__ import annotations

from onebook.dialects.propstack import contacts, lists
from onebook.dialects.propstack.replies import ERROR_SCHEMA, credential, error_reply
from onebook.dialects.propstack.schemas import SCHEMAS
from onebook.http.route import DialectServer

SERVER = DialectServer(
    name="propstack",
    prefix="/propstack",
    sample="/contacts?per=2",
    base="/v1",
    title="Propstack API v1: Kontakte",
    description="The contact book as clients of Propstack's API v1 know it.",
    routes=(*contacts.ROUTES, *lists.ROUTES),
    credential=credential,
    error_reply=error_reply,
    error_schema=ERROR_SCHEMA,
    security={
        "header": {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
        "query": {"type": "apiKey", "in": "query", "name": "api_key"},
    },
    schemas=SCHEMAS,
)
