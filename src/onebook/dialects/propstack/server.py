"""Propstack as a server: its paths, how a key is presented, how errors are told."""

from __future__ import annotations

from onebook.dialects.propstack import (
    activities,
    contacts,
    datadump,
    deals,
    documents,
    hooks,
    lists,
    notes,
    projects,
    properties,
    relationships,
    saved_queries,
    tasks,
    teams,
)
from onebook.dialects.propstack.lenient import lenient
from onebook.dialects.propstack.replies import ERROR_SCHEMA, credential, error_reply
from onebook.dialects.propstack.schemas import SCHEMAS
from onebook.http.route import DialectServer, Route, Schema

_TOPICS = (teams, tasks, activities, notes, deals, saved_queries, projects, properties, documents, relationships, hooks)
ROUTES: tuple[Route, ...] = (
    *contacts.ROUTES,
    *lists.ROUTES,
    *(route for topic in _TOPICS for route in topic.ROUTES),
    *datadump.ROUTES,
)
_SCHEMAS: dict[str, Schema] = {**SCHEMAS, **{name: one for topic in _TOPICS for name, one in topic.SCHEMAS.items()}}

SERVER = DialectServer(
    name="propstack",
    prefix="/propstack",
    browser_headers="X-API-KEY, Content-Type, Accept",
    sample="/contacts?per=2",
    base="/v1",
    title="Propstack API v1",
    description="The book as clients of Propstack's API v1 know it: contacts, and all that stands around them.",
    routes=tuple(lenient(route) for route in ROUTES),
    credential=credential,
    error_reply=error_reply,
    error_schema=ERROR_SCHEMA,
    security={
        "header": {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
        "query": {"type": "apiKey", "in": "query", "name": "api_key"},
    },
    schemas=_SCHEMAS,
)
