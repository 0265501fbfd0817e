"""Every error of the book has its status, body and headers in the native API."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from onebook import errors
from onebook.dialects.native.problems import PROBLEM_JSON, error_reply
from onebook.errors import Conflict, Invalid, NoSuchMethod, OnebookError, Problem, TooMany
from onebook.http.params import Params
from onebook.http.route import Ask

EXPECTED = {
    "OnebookError": 500,
    "Invalid": 422,
    "Malformed": 400,
    "TooLarge": 413,
    "NotFound": 404,
    "NoSuchPath": 404,
    "NoSuchMethod": 405,
    "Conflict": 409,
    "Stale": 412,
    "Unauthenticated": 401,
    "Forbidden": 403,
    "TooMany": 429,
    "Upstream": 502,
    "Unavailable": 503,
}
ASK = Ask("GET", "/api/v1/contacts", {}, Params(""), {}, b"", "http://onebook.test/api/v1", "request1")


def family(parent: type[OnebookError] = OnebookError) -> Iterator[type[OnebookError]]:
    """The class and all below it."""
    yield parent
    for child in parent.__subclasses__():
        yield from family(child)


def test_no_error_was_forgotten() -> None:
    assert {kind.__name__ for kind in family() if kind.__module__ == errors.__name__} == set(EXPECTED)


@pytest.mark.parametrize("kind", [kind for kind in family() if kind.__module__ == errors.__name__])
def test_an_error_is_a_problem_of_its_status(kind: type[OnebookError]) -> None:
    reply = error_reply(kind(), ASK)
    told = json.loads(reply.body)
    assert reply.status == told["status"] == EXPECTED[kind.__name__]
    assert reply.content_type == PROBLEM_JSON
    assert told["type"] == f"urn:onebook:problem:{kind.code}"
    assert list(told) == ["type", "title", "status", "detail", "problems"]
    assert told["title"]


def test_a_problem_names_its_fields_and_the_contact_it_clashes_with() -> None:
    told = json.loads(error_reply(Conflict("no", (Problem("emails.0.address", "duplicate", "taken"),), 7), ASK).body)
    assert told["problems"] == [{"path": "emails.0.address", "code": "duplicate", "message": "taken"}]
    assert told["contact_id"] == 7
    assert told["detail"] == "no"
    assert json.loads(error_reply(Invalid.at("limit", "is odd"), ASK).body)["detail"] == "limit: is odd"


def test_statuses_that_call_for_a_header_have_it() -> None:
    assert error_reply(NoSuchMethod(("GET", "POST")), ASK).headers == ((b"Allow", b"GET, POST"),)
    assert error_reply(errors.Unauthenticated(), ASK).headers == ((b"WWW-Authenticate", b"Bearer"),)
    assert error_reply(TooMany(retry_after=1.2), ASK).headers == ((b"Retry-After", b"2"),)
    assert error_reply(errors.Unavailable(), ASK).headers[0][0] == b"Retry-After"
    assert error_reply(errors.Stale(), ASK).headers == ()
