"""Every error in the vendor's words: `{"message":"…"}`, and for 400 with `modelState`, Swedish, in JSON or XML.

Status codes and the texts of 401, 403 and 500 are those of the vendor's sample code, the sentences about limits those
of its tables; the bodies and all other texts are ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from onebook.dialects.vitec.formats import answer, encode, is_xml, media_type
from onebook.dialects.vitec.login import credential
from onebook.dialects.vitec.sent import SENTENCE
from onebook.dialects.vitec.xml_writer import escape
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
    "required": ["message"],
    "additionalProperties": False,
    "properties": {
        "message": {"type": "string", "xml": {"name": "Message"}},
        "modelState": {
            "type": "object",
            "description": "What is wrong, by the name of the value.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "xml": {"name": "ModelState"},
        },
    },
    "xml": {"name": "Error"},
}

TEXTS: Mapping[str, str] = {
    "bad_text": "Värdet innehåller otillåtna tecken",
    "duplicate": "Värdet används redan av en annan kontakt",
    "invalid_email": "Epostadressen är ogiltig",
    "itself": "En kontakt kan inte slås ihop med sig själv",
    "malformed": "Innehållet kan inte läsas",
    "not_a_date": "Värdet måste vara ett datum (ISO 8601)",
    "not_a_flag": "Värdet måste vara true eller false",
    "not_a_list": "Värdet måste vara en lista",
    "not_a_number": "Värdet måste vara ett giltigt tal",
    "not_a_text": "Värdet måste vara en text",
    "not_an_object": "Värdet måste vara ett objekt",
    "required": "Värdet krävs",
    "too_deep": "Innehållet är för djupt nästlat",
    "too_large": "Värdet är för stort",
    "too_long": "Värdet är för långt",
    "too_many": "Listan är för lång",
    "unknown_field": "Fältet finns inte",
    "unknown_id": "Värdet finns inte",
    "unknown_option": "Värdet är inget av alternativen",
}
"""What is wrong with a value, by the problem's code; ours."""

NAMES: Mapping[str, str] = {
    "": "body",
    "owner_id": "userId",
    "tag_ids": "categoryIds",
    "emails": "email.emailAddress",
    "phones": "telePhone",
    "addresses": "address",
    "custom": "CustomFieldValue",
    "external_ids": "contactId",
    "id": "contactIds",
    "first_name": "firstName",
    "last_name": "lastName",
    "company": "companyName",
    "social_security_number": "socialSecurityNumber",
    "corporate_number": "corporateNumber",
    "description": "note",
}
"""The names of the writing calls for the paths of services, by their first part; others stay as they are."""


def _unauthenticated(error: OnebookError, ask: Ask) -> str:
    known = credential(ask) is not None
    return "Användarnamnet eller lösenordet är felaktigt" if known else "Authorization headern är inte korrekt"


_ANSWERS: dict[type[OnebookError], tuple[int, Callable[[Any, Ask], str]]] = {
    Invalid: (400, lambda error, ask: "The request is invalid."),
    TooLarge: (413, lambda error, ask: "Begäran är för stor"),
    Unauthenticated: (401, _unauthenticated),
    Forbidden: (403, lambda error, ask: "Begärt data som det saknas åtkomst till"),
    NotFound: (404, lambda error, ask: "Begärt data finns inte"),
    NoSuchPath: (404, lambda error, ask: "Sökvägen finns inte"),
    NoSuchMethod: (405, lambda error, ask: "Metoden stöds inte"),
    Conflict: (409, lambda error, ask: "Ändringen krockar med befintligt data"),
    TooMany: (429, lambda error, ask: "För många anrop"),
    Upstream: (502, lambda error, ask: "Det andra systemet svarar inte som det ska"),
    Unavailable: (503, lambda error, ask: "Tjänsten är inte tillgänglig just nu"),
    OnebookError: (500, lambda error, ask: f"Oväntat fel, kontakta Vitec (begäran {ask.request_id})"),
}
"""The status and message of each class; one that is not named has its nearest parent's."""

_HEADERS: dict[type[OnebookError], Callable[[Any], tuple[bytes, bytes]]] = {
    Unauthenticated: lambda error: (b"WWW-Authenticate", b'Basic realm="Vitec Connect", charset="UTF-8"'),
    NoSuchMethod: lambda error: (b"Allow", ", ".join(error.allowed).encode()),
    TooMany: lambda error: (b"Retry-After", str(max(1, ceil(error.retry_after))).encode()),
    Unavailable: lambda error: (b"Retry-After", b"5"),
}


def error_reply(error: OnebookError, ask: Ask) -> Reply:
    """The answer that tells `error`, in the format the caller likes best."""
    status, text = next(_ANSWERS[kind] for kind in type(error).__mro__ if kind in _ANSWERS)
    message = text(error, ask)
    state = model_state(error.problems) if status == 400 else None
    media = media_type(ask)
    if is_xml(media):
        reply = answer(media, _xml(message, state), status)
    else:
        reply = answer(media, encode({"message": message} | ({"modelState": state} if state else {})), status)
    headers = tuple(write(error) for kind, write in _HEADERS.items() if isinstance(error, kind))
    return Reply(status, reply.body, reply.content_type, headers)


def model_state(problems: tuple[Problem, ...]) -> dict[str, list[str]]:
    """The texts of the problems by the vendor's name of the value."""
    state: dict[str, list[str]] = {}
    for problem in problems or (Problem("", "malformed", ""),):
        name = NAMES.get(problem.path) or NAMES.get(problem.path.partition(".")[0]) or problem.path
        text = problem.text if problem.code == SENTENCE else TEXTS.get(problem.code, "Värdet är ogiltigt")
        state.setdefault(name, []).append(text)
    return state


_NO_NAME = re.compile(r"[^\w.-]|^[^A-Za-z_]", re.ASCII)


def _xml(message: str, state: Mapping[str, list[str]] | None) -> str:
    """As .NET writes its HttpError: `<Error><Message>…</Message><ModelState>…`."""
    parts = [f"<Message>{escape(message)}</Message>"]
    if state:
        members = [(_local(key), escape(text)) for key, texts in state.items() for text in texts]
        parts.append(f"<ModelState>{''.join(f'<{name}>{text}</{name}>' for name, text in members)}</ModelState>")
    return f"<Error>{''.join(parts)}</Error>"


def _local(key: str) -> str:
    """`key` as an element's name: what no name may have is `_xHHHH_` (.NET's XmlConvert)."""
    return _NO_NAME.sub(lambda match: f"_x{ord(match[0]):04X}_", key)
