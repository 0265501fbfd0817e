"""Bad input of every kind: refused as a problem that names the field, nothing written, never a 500."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onebook.dialects.native.collections import COLLECTIONS
from onebook.dialects.native.fields import plans
from onebook.dialects.native.filters import FILTERS
from onebook.model.contact import Contact
from tests.native import Served, served

T = TypeVar("T")
DEEP = b'{"extras":{"native":{"a":' + b"[" * 40 + b"]" * 40 + b"}}}"


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as found:
        yield found


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        (b"{", 400, ""),
        (b"\xff\xfe", 400, ""),
        (b"{'a': 1}", 400, ""),
        (b"", 422, ""),
        (b"null", 422, ""),
        (b"[]", 422, ""),
        (b'"text"', 422, ""),
        (b'{"first_name": "a\\u0000"}', 422, "first_name"),
        (b'{"first_name": "a\\u0007"}', 422, "first_name"),
        (b'{"first_name": "\\ud800"}', 400, ""),
        (b'{"extras": {"native": {"a\\u0000": 1}}}', 422, "extras.native"),
        (b'{"lead_score": 9223372036854775808}', 422, "lead_score"),
        (b'{"lead_score": 1e400}', 400, ""),
        (b'{"birth_date": "2023-02-29"}', 422, "birth_date"),
        (b'{"last_contact_at": "0001-01-01T00:00:00+14:00"}', 422, "last_contact_at"),
        (b'{"parent_id": 9223372036854775807}', 422, "parent_id"),
        (b'{"tag_ids": [-1]}', 422, "tag_ids"),
        (b'{"first_name": "' + b"x" * 65_537 + b'"}', 422, "first_name"),
        (b'{"nothing": 1}', 422, "nothing"),
        (b'{"custom": {"nothing": 1}}', 422, "custom.nothing"),
        (b'{"emails": [{"address": "a@"}]}', 422, "emails.0.address"),
        (DEEP, 422, ""),
        (b"[" * 100_000, 422, ""),
        (b'{"a":' * 100_000, 422, ""),
        (b'{"first_name": "' + b"x" * 10_000_000 + b'"}', 413, None),
    ],
    ids=range(25),
)
async def test_a_bad_body_is_refused_and_nothing_is_written(
    body: bytes, status: int, path: str | None, book: Served
) -> None:
    known = await book.made("/contacts", first_name="A")
    for answer in (
        await book.client.post("/contacts", content=body),
        await book.client.patch(f"/contacts/{known['id']}", content=body),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
        assert (answer.json()["problems"] or [{"path": None}])[0]["path"] == path
    assert (await book.client.get("/contacts")).json()["data"] == [known]


async def test_a_path_that_is_none_and_a_method_that_is_none_are_problems(book: Served) -> None:
    for path in (
        "/nothing",
        "/contacts/1/nothing",
        "/contacts/1/2/3",
        "/contacts/%00",
        "/contacts/x",
        "/contacts/" + "9" * 300,
    ):
        answer = await book.client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path
    for method, path, allowed in (
        ("PUT", "/contacts/1", "DELETE, GET, HEAD, PATCH"),
        ("DELETE", "/tags", "GET, HEAD, POST"),
        ("GET", "/contacts/batch", "POST"),
        ("OPTIONS", "/contacts", "GET, HEAD, POST"),
    ):
        answer = await book.client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_a_thousand_parameters_and_one_are_too_many(book: Served) -> None:
    assert (await book.client.get("/contacts?" + "&".join(["a=1"] * 1001))).status_code == 422
    assert (await book.client.get("/contacts?" + "&".join(["a=1"] * 1000))).status_code == 200


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["a@b.de", "0157 123456", "2024-02-29", "person", "mobile", "DE"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["address", "number", "kind", "name", "id", "native"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
BODIES = st.dictionaries(st.sampled_from(sorted(plans(Contact))) | st.text(max_size=8), VALUES, max_size=4)
WORDS = st.text(max_size=12) | st.sampled_from(
    ["1", "-1", "true", "2024-01-01", "9" * 18, "0157 12", "a,b", "person", "+"]
)
NAMES = st.sampled_from(
    [name for one in FILTERS for name in one.names]
    + [
        "sort",
        "limit",
        "cursor",
        "fields",
        "total",
        "is_archived",
        "custom.size",
        "external_id.crm",
        "partner",
        "remote_id",
    ]
)


def check(url: str, body: Callable[[Served, Callable[[Awaitable[T]], T]], None]) -> None:
    """Run a property against one served book, which all its examples share."""
    with asyncio.Runner() as runner:
        context = served(url)
        book = runner.run(context.__aenter__())
        try:
            runner.run(book.made("/custom-fields", name="size", type="number"))
            body(book, lambda awaited: runner.run(_wait(awaited)))
        finally:
            runner.run(context.__aexit__(None, None, None))


async def _wait(awaited: Awaitable[T]) -> T:
    return await awaited


EXAMPLES = settings(max_examples=100, suppress_health_check=list(HealthCheck))


def told(answer: httpx.Response) -> None:
    """Whatever it is, it is no 500; and what is refused is a problem."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"


def test_any_body_to_any_path_is_taken_or_refused(database_url: str) -> None:
    paths = ["/contacts", "/contacts?on_duplicate=merge", *(one.path for one in COLLECTIONS)]

    def body(book: Served, run: Callable[[Awaitable[Any]], Any]) -> None:
        made = run(book.made("/contacts", first_name="A"))["id"]

        @EXAMPLES
        @given(st.sampled_from(paths), BODIES, st.booleans())
        def every(path: str, fields: dict[str, Any], patch: bool) -> None:
            content = json.dumps(fields, ensure_ascii=True).encode()
            method, where = ("PATCH", f"/contacts/{made}") if patch else ("POST", path)
            told(run(book.client.request(method, where, content=content)))
            told(run(book.client.post("/contacts/batch", content=b'{"data":[' + content + b"]}")))

        every()

    check(database_url, body)


def test_any_query_at_all_is_answered_or_refused(database_url: str) -> None:
    paths = ["/contacts", *(one.path for one in COLLECTIONS)]

    def body(book: Served, run: Callable[[Awaitable[Any]], Any]) -> None:
        for name in ("Ada", "Änne"):
            run(book.made("/contacts", first_name=name, emails=[{"address": "a@example.org"}]))

        @EXAMPLES
        @given(st.sampled_from(paths), st.lists(st.tuples(NAMES, WORDS), max_size=4))
        def every(path: str, pairs: list[tuple[str, str]]) -> None:
            query = "&".join(f"{name}={quote(value.encode(errors='replace'))}" for name, value in pairs)
            told(run(book.client.get(f"{path}?{query}")))

        every()

    check(database_url, body)


def test_any_bytes_at_all_are_taken_or_refused(tmp_path: Path) -> None:
    def body(book: Served, run: Callable[[Awaitable[Any]], Any]) -> None:
        @EXAMPLES
        @given(st.binary(max_size=60), st.sampled_from(["/contacts", "/contacts/batch", "/tags"]))
        def every(raw: bytes, path: str) -> None:
            told(run(book.client.post(path, content=raw)))

        every()

    check(f"sqlite:///{tmp_path / 'book.db'}", body)
