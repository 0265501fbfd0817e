"""What callers are told when it does not work: `{"error": "<text>"}`, Spanish, or English for an account that reads it.

The texts marked R were recorded from the live API, C is what a client depends on; the others are ours.
"""

from __future__ import annotations

from math import ceil

from onebook.dialects.easybroker.wire import encode
from onebook.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NoSuchMethod,
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

PARTNERS = "/integration_partners"
"""Where the partners' paths begin, below the base."""

STATUSES: dict[type[OnebookError], int] = {
    OnebookError: 500,
    Invalid: 422,
    Malformed: 400,
    TooLarge: 413,
    NotFound: 404,
    NoSuchMethod: 405,
    Conflict: 409,
    Unauthenticated: 401,
    Forbidden: 403,
    TooMany: 429,
    Upstream: 502,
    Unavailable: 503,
}
"""The status of each class; one that is not named has its nearest parent's."""

_KEY = "Your API key is invalid."
_COUNTRY = "You need to provide a valid country code in which your integration works"

TEXTS: dict[str, tuple[str, str]] = {
    "unauthenticated": (_KEY, _KEY),  # R
    "unknown_country": (_COUNTRY, _COUNTRY),  # R
    "unknown_property": (  # R
        "No se encontró la propiedad especificada.",
        "The specified property was not found.",
    ),
    "no_property": ("No se encontró la propiedad", "The property was not found"),  # R
    "no_contact": ("No se encontró el contacto", "The contact was not found"),
    "missing_person": (  # R
        "Debes especificar un nombre, correo o número telefónico.",
        "You must specify a name, an email or a phone number.",
    ),
    "missing_reach": ("Debes especificar un email o teléfono.", "You must specify an email or a phone."),  # C
    "missing": ("Debes especificar: {field}.", "You must specify: {field}."),
    "required": ("Debes especificar: {field}.", "You must specify: {field}."),
    "invalid_email": ("El correo electrónico no es válido.", "The email is not valid."),
    "unknown_agent": ("No se encontró el agente especificado.", "The specified agent was not found."),
    "unknown_choice": ("El valor de {field} no es una opción válida.", "The value of {field} is not a valid option."),
    "wrong_type": ("El tipo de {field} no es válido.", "The type of {field} is not valid."),
    "too_long": ("El texto de {field} es demasiado largo.", "The text of {field} is too long."),
    "bad_text": (
        "El texto de {field} contiene caracteres no permitidos.",
        "The text of {field} has characters that are not allowed.",
    ),
    "duplicate": ("El valor de {field} ya está en uso.", "The value of {field} is taken already."),
    "invalid": ("El valor de {field} no es válido.", "The value of {field} is not valid."),
    "malformed": ("La solicitud no es JSON válido.", "The request is not valid JSON."),
    "too_large": ("La solicitud es demasiado grande.", "The request is too large."),
    "not_found": ("No se encontró el recurso", "The resource was not found"),
    "no_such_path": ("No se encontró la ruta", "The path was not found"),
    "no_such_method": ("El método no está permitido.", "The method is not allowed."),
    "conflict": ("La solicitud entra en conflicto con los datos.", "The request clashes with the data."),
    "stale": ("El registro cambió desde que lo leíste.", "The record has changed since you read it."),
    "forbidden": ("Tu API key no permite esta acción.", "Your API key does not allow this action."),
    "too_many": ("Demasiadas solicitudes, intenta más tarde.", "Too many requests, try again later."),
    "upstream": ("El otro sistema no respondió.", "The other system did not answer."),
    "unavailable": ("El servicio no está disponible.", "The service is not available."),
    "error": ("Ocurrió un error interno ({request}).", "There was an internal error ({request})."),
}
"""By code: Spanish, English. The first problem's code counts, else the error's own."""

SAME = {"too_large": "invalid", "too_deep": "invalid", "too_many": "invalid"}
"""Problems of one value that are told as others are; as errors of the whole request, the same codes mean another."""

FIELDS = {
    "": "request",
    "owner_id": "agent",
    "agent_id": "agent",
    "source_id": "source",
    "tag_ids": "tags",
    "reference": "public_id",
    "zip": "postal_code",
    "house_number": "exterior_number",
    "unit_number": "interior_number",
}
"""What this dialect calls the canonical fields that services complain of; the others are called the same."""

LONGEST_FIELD = 100
"""Characters of a name that are repeated to who sent it."""

SCHEMA: Schema = {
    "type": "object",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
    "additionalProperties": False,
}


def error_reply(error: OnebookError, ask: Ask) -> Reply:
    """The vendor's answer to `error`; on a partner's path a key that is no partner's is an unknown one (R)."""
    if isinstance(error, Forbidden) and PARTNERS in ask.path:
        error = Unauthenticated()
    status = next(STATUSES[cls] for cls in type(error).__mro__ if cls in STATUSES)
    english = ask.admitted is not None and ask.admitted.view.account.language == "en"
    return Reply(status, encode({"error": error_text(error, ask, english=english)}), JSON_UTF8, _headers(error))


def error_text(error: OnebookError, ask: Ask, *, english: bool) -> str:
    """The text for `error`, in one of the two languages."""
    problem = error.problems[0] if error.problems else Problem("", "", "")
    codes = (error.code,) if isinstance(error, TooLarge) else (SAME.get(problem.code, problem.code), error.code)
    code = next((code for code in codes if code in TEXTS), "error")
    field = FIELDS.get(problem.path) or FIELDS.get(problem.path.partition(".")[0]) or problem.path
    return TEXTS[code][english].format(field=field[:LONGEST_FIELD], request=ask.request_id)


def _headers(error: OnebookError) -> tuple[tuple[bytes, bytes], ...]:
    if isinstance(error, TooMany):
        return ((b"Retry-After", str(max(1, ceil(error.retry_after))).encode()),)
    if isinstance(error, NoSuchMethod):
        return ((b"Allow", ", ".join(error.allowed).encode()),)
    return ()
