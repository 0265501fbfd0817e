"""Answers, and every error in the vendor's words: `{"errors":["<text>"]}`, German, one status for each kind.

The texts for a missing permission and an unknown contact were measured against the live API; the others are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

import msgspec

from onebook.dialects.propstack.fields import VENDOR_NAMES
from onebook.dialects.propstack.tables.deals import DEALS
from onebook.dialects.propstack.tables.documents import DOCUMENTS
from onebook.dialects.propstack.tables.organisation import TEAMS
from onebook.dialects.propstack.tables.projects import PROJECTS
from onebook.dialects.propstack.tables.properties import PROPERTIES
from onebook.dialects.propstack.tables.property_more import MORE
from onebook.dialects.propstack.tables.relationships import RELATIONSHIPS
from onebook.dialects.propstack.tables.saved_queries import SAVED_QUERIES
from onebook.dialects.propstack.tables.tasks import TASKS
from onebook.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
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
from onebook.http.route import JSON_UTF8, Ask, Reply, Schema

RETRY_UNAVAILABLE = 5
"""Seconds after which a client may try again while the database does not answer: ours."""

ERROR_SCHEMA: Schema = {
    "type": "object",
    "description": "Was falsch ist, ein Text je Fehler.",
    "required": ["errors"],
    "additionalProperties": False,
    "properties": {"errors": {"type": "array", "minItems": 1, "items": {"type": "string"}}},
}

TEXTS: Mapping[str, str] = {
    "bad_text": "enthält unzulässige Zeichen",
    "duplicate": "ist bereits vergeben",
    "empty": "darf nicht leer sein",
    "invalid_email": "ist keine gültige E-Mail-Adresse",
    "not_a_choice": "ist keiner der möglichen Werte",
    "not_a_date": "ist kein gültiges Datum (ISO 8601)",
    "not_a_decimal": "muss eine Zahl sein",
    "not_a_flag": "muss true oder false sein",
    "not_a_list": "muss eine Liste sein",
    "not_a_number": "muss eine ganze Zahl sein",
    "not_a_text": "muss ein Text sein",
    "not_an_object": "muss ein Objekt sein",
    "out_of_range": "muss zwischen 0 und 3 liegen",
    "required": "muss ausgefüllt sein",
    "too_deep": "ist zu tief verschachtelt",
    "too_large": "ist zu groß",
    "too_long": "ist zu lang",
    "too_many": "hat zu viele Einträge",
    "unknown_id": "existiert nicht",
    "unknown_option": "ist keine der Optionen",
    "wrong_type": "hat den falschen Typ",
}
"""What is wrong with a field, by the problem's code; an unknown code is `ist ungültig`."""


def _unauthenticated(error: OnebookError, ask: Ask) -> str:
    return "API-Key ist ungültig" if credential(ask) else "API-Key fehlt"


NOUNS: Mapping[str, str] = {
    "contacts": "Client",
    "units": "Property",
    "properties": "Property",
    "projects": "Project",
    "teams": "Team",
    "tasks": "Task",
    "activities": "Activity",
    "client_properties": "ClientProperty",
    "deal_pipelines": "DealPipeline",
    "saved_queries": "SavedQuery",
    "documents": "Document",
    "hooks": "Hook",
    "ownerships": "Ownership",
    "partnerships": "Partnership",
}
"""What the vendor calls one of a path's things; but for the contacts' ours."""


CONTACTS = "contacts"
_TASK = {name: key for table in TASKS.values() for name, key in table.homes().items()}
NAMES: Mapping[str, Mapping[str, str]] = {
    **dict.fromkeys(("units", "properties"), PROPERTIES.with_columns(*MORE).homes()),
    **dict.fromkeys(("tasks", "notes"), _TASK),
    "projects": PROJECTS.homes(),
    "teams": TEAMS.homes(),
    "client_properties": DEALS.homes(),
    "saved_queries": SAVED_QUERIES.homes(),
    "documents": {**DOCUMENTS.homes(), "body": "doc"},
    "ownerships": RELATIONSHIPS.homes(),
    "partnerships": RELATIONSHIPS.homes(),
    "hooks": {"url": "target_url"},
}
"""Canonical path → the vendor's key, of what stands beside the contacts."""


UNKNOWN_ATTRIBUTE = "unknown_attribute"


def unknown_attribute(name: str, noun: str) -> Malformed:
    """There is no such attribute; status and text were measured on the live API for properties."""
    text = f"unknown attribute '{name[:100]}' for {noun}."
    return Malformed(text, (Problem(name, UNKNOWN_ATTRIBUTE, text),))


def _malformed(error: OnebookError, ask: Ask) -> str:
    told = error.problems and error.problems[0].code == UNKNOWN_ATTRIBUTE
    return error.message if told else "Der Body enthält kein gültiges JSON."


def _not_found(error: OnebookError, ask: Ask) -> str:
    which = f" mit der id={ask.path_params['id']}" if "id" in ask.path_params else ""
    return f"{NOUNS.get(_about(ask.path), 'Client')}{which} konnte nicht gefunden werden."


_ANSWERS: dict[type[OnebookError], tuple[int, Callable[[Any, Ask], str]]] = {
    Malformed: (400, _malformed),
    TooLarge: (413, lambda error, ask: "Der Body ist zu groß."),
    Invalid: (422, lambda error, ask: "Die Anfrage ist ungültig."),
    Conflict: (422, lambda error, ask: "Die Änderung steht im Widerspruch zu vorhandenen Daten."),
    NoSuchPath: (404, lambda error, ask: "Diesen Pfad gibt es nicht."),
    NotFound: (404, _not_found),
    NoSuchMethod: (405, lambda error, ask: "Diese Methode gibt es hier nicht."),
    Unauthenticated: (401, _unauthenticated),
    Forbidden: (401, lambda error, ask: "API-Key besitzt nicht genügend Rechte"),
    TooMany: (429, lambda error, ask: "Zu viele Anfragen"),
    Upstream: (502, lambda error, ask: "Das andere System antwortet nicht, wie es soll."),
    Unavailable: (503, lambda error, ask: "Der Dienst ist zurzeit nicht erreichbar."),
    OnebookError: (500, lambda error, ask: f"Interner Fehler (Anfrage {ask.request_id})"),
}
"""The status and text of each class; one that is not named has its nearest parent's."""

_HEADERS: dict[type[OnebookError], Callable[[Any], tuple[bytes, bytes]]] = {
    NoSuchMethod: lambda error: (b"Allow", ", ".join(error.allowed).encode()),
    TooMany: lambda error: (b"Retry-After", str(max(1, ceil(error.retry_after))).encode()),
    Unavailable: lambda error: (b"Retry-After", str(RETRY_UNAVAILABLE).encode()),
}


def answer(value: object, status: int = 200) -> Reply:
    """`value` as JSON."""
    return Reply(status, msgspec.json.encode(value), JSON_UTF8)


def credential(ask: Ask) -> str | None:
    """The key out of the header `X-API-KEY`, in any case, else out of `?api_key=` (the vendor's page)."""
    given = ask.headers.get("x-api-key", "").strip() or next(
        (value.strip() for name, value in ask.params.pairs if name == "api_key"), ""
    )
    return given or None


def error_reply(error: OnebookError, ask: Ask) -> Reply:
    """The answer that tells `error`: one text for each problem that names a field, else the one of its class."""
    status, text = next(_ANSWERS[kind] for kind in type(error).__mro__ if kind in _ANSWERS)
    told = error.problems if isinstance(error, Invalid | Conflict) and status == 422 else ()
    about = _about(ask.path)
    texts = [problem_text(problem, about) for problem in told if problem.path or problem.code in TEXTS]
    headers = tuple(write(error) for kind, write in _HEADERS.items() if isinstance(error, kind))
    return Reply(status, msgspec.json.encode({"errors": texts or [text(error, ask)]}), JSON_UTF8, headers)


def problem_text(problem: Problem, about: str = CONTACTS) -> str:
    """`broker_id existiert nicht`: the field under the vendor's name, or the body, and what is wrong with it."""
    return f"{vendor_name(problem.path, about) or 'Der Body'} {TEXTS.get(problem.code, 'ist ungültig')}"


def _about(path: str) -> str:
    """Which of the vendor's things a path is about: its first word."""
    return path.rpartition("/v1/")[2].partition("/")[0].removesuffix(".json")


def vendor_name(path: str, about: str = CONTACTS) -> str:
    """What the vendor calls the field at a canonical path; a path that is the vendor's already stays."""
    if about in NAMES:
        head, _, rest = path.partition(".")
        return f"custom_fields.{rest}" if head == "custom" else NAMES[about].get(path, NAMES[about].get(head, path))
    path = path.removeprefix("client.")
    head, _, rest = path.partition(".")
    if head in ("custom", "emails", "phones"):
        return {"custom": f"custom_fields.{rest}", "emails": "email", "phones": "phone"}[head]
    return VENDOR_NAMES.get(path, VENDOR_NAMES.get(head, path))
