"""Every error there is has its status and its shape in every dialect."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import jsonschema_rs
import msgspec
import pytest

from onebook import errors
from onebook.dialects import servers
from onebook.errors import OnebookError, Problem
from onebook.http.params import Params
from onebook.http.route import Ask, DialectServer, Headers

STATUSES = {
    errors.Invalid: {400, 422},
    errors.Malformed: {400, 422},
    errors.TooLarge: {413},
    errors.NotFound: {404},
    errors.NoSuchPath: {404},
    errors.NoSuchMethod: {405},
    errors.Conflict: {409, 422},
    errors.Stale: {409, 412, 422},
    errors.Unauthenticated: {401},
    errors.Forbidden: {401, 403},
    errors.TooMany: {429},
    errors.Upstream: {502, 503},
    errors.Unavailable: {503},
    errors.OnebookError: {500},
}
ASK = Ask("GET", "/x", {}, Params(""), Headers(()), b"", "http://onebook.test/x", "request-1")


def kinds() -> list[type[OnebookError]]:
    """Every class of error, found by walking the family."""
    found: list[type[OnebookError]] = []
    waiting: list[type[OnebookError]] = [OnebookError]
    while waiting:
        kind = waiting.pop()
        if kind not in found:
            found.append(kind)
            waiting += kind.__subclasses__()
    return sorted(found, key=lambda kind: kind.__name__)


def samples(kind: type[OnebookError]) -> Iterator[OnebookError]:
    """Such errors, with and without what they may carry."""
    problems = (Problem("emails.0.address", "invalid_email", "is none"), Problem("", "x", "ä"), Problem("x", "y", "z"))
    yield kind()
    known = inspect.signature(kind).parameters
    if "problems" in known:
        yield kind("something", problems)
        yield kind("something", problems[1:2])
    if "contact_id" in known:
        yield kind("something", problems, contact_id=7)  # type: ignore[call-arg]
    if "allowed" in known:
        yield kind(allowed=("GET", "POST"))  # type: ignore[call-arg]
    if "retry_after" in known:
        yield kind("slowly", retry_after=0.02)  # type: ignore[call-arg]


def test_every_kind_of_error_is_walked() -> None:
    assert set(kinds()) == set(STATUSES)
    codes = [kind.code for kind in kinds()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("dialect", servers(), ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_an_error_has_its_vendor_s_status_and_shape(dialect: DialectServer, kind: type[OnebookError]) -> None:
    for error in samples(kind):
        reply = dialect.error_reply(error, ASK)
        assert reply.status in STATUSES[kind]
        assert reply.content_type.split(";")[0] == dialect.error_type
        body = msgspec.json.decode(reply.body)
        components = {"components": {"schemas": {**dialect.schemas, "Error": dialect.error_schema}}}
        jsonschema_rs.Draft202012Validator({**components, "$ref": "#/components/schemas/Error"}).validate(body)
        headers = {name.lower(): value for name, value in reply.headers}
        if reply.status == 429:
            assert int(headers[b"retry-after"]) >= 1
        if reply.status == 405:
            assert headers[b"allow"] == b", ".join(name.encode() for name in error.allowed)  # type: ignore[attr-defined]


@pytest.mark.parametrize("dialect", servers(), ids=lambda dialect: dialect.name)
def test_a_bug_says_its_request_and_nothing_else(dialect: DialectServer) -> None:
    reply = dialect.error_reply(OnebookError("internal error, request request-1"), ASK)
    assert reply.status == 500
    assert b"request-1" in reply.body
