"""What every client of the vendor's depends on before it reads a contact: spellings, headers, statuses, errors."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from onebook.app import build_app
from onebook.settings import Settings
from tests.book import opened
from tests.callers import prepared, running
from tests.conformance.quentn.served import BASE, Served, client_of, served
from tests.e2e.server import serving

RATE = ("X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset")


@pytest.fixture
async def book(sqlite_url: str) -> AsyncIterator[Served]:
    async with served(sqlite_url) as it:
        yield it


def raw_answer(port: int, request: bytes) -> bytes:
    """All that the server puts on the wire before it closes the connection."""
    parts = []
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(request)
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_rate_headers_reach_the_wire_as_the_vendor_spells_them(sqlite_url: str) -> None:
    async def secret() -> str:
        async with opened(sqlite_url) as store:
            return (await prepared(store, ("Eins",))).logins[0]["quentn"].headers["Authorization"]

    key = asyncio.run(secret())
    with serving(sqlite_url) as server:
        port = httpx.URL(server.url).port
        assert port is not None
        for path, authorization, status in (
            ("check-credentials", key, b"200 OK"),
            ("contact/1", key, b"404 Not Found"),
            ("nothing", key, b"404 Not Found"),
            ("terms", "Bearer ob1x" + "0" * 48, b"403 Forbidden"),
            ("terms", "", b"401 Unauthorized"),
        ):
            head = f"GET /quentn/public/api/V1/{path} HTTP/1.1\r\nHost: book.example\r\nConnection: close\r\n"
            given = f"Authorization: {authorization}\r\n" if authorization else ""
            answer = raw_answer(port, f"{head}{given}\r\n".encode())
            assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
            for name in RATE:
                assert answer.count(f"\r\n{name}: ".encode()) == 1, (path, answer)


async def test_the_base_is_spelled_in_both_ways_and_a_slash_at_the_end_means_nothing(book: Served) -> None:
    number = await book.post(mail="a+b@example.com", first_name="A")
    for base in ("V1", "v1"):
        for path in (f"contact/{number}", "contact/a+b@example.com", "contact/a%2Bb%40example.com", "terms", "users"):
            for slash in ("", "/"):
                answer = await book.http.get(f"http://book.example/quentn/public/api/{base}/{path}{slash}")
                assert answer.status_code == 200, answer.text
    for method, path in (("POST", "contact/"), ("PUT", f"contact/{number}/"), ("POST", "terms/")):
        body = {"contact": {"mail": "c@example.com"}, "name": "T", "first_name": "B"}
        await book.ask(method, f"/{path}", body)
    assert await book.ask("GET", "/terms/?offset=0&limit=500") == await book.ask("GET", "/terms")


async def test_on_its_own_host_the_dialect_answers_at_the_vendor_s_paths(sqlite_url: str) -> None:
    async with served(sqlite_url) as book:
        app = build_app(Settings(database_url=sqlite_url, hosts={"id.srv.quentn.example": "quentn"}))
        async with running(app), client_of(app, dict(book.http.headers)) as client:
            for version in ("V1", "v1"):
                url = f"https://id.srv.quentn.example/public/api/{version}/check-credentials"
                assert (await client.get(url)).json() == {"success": True}


async def test_keys_are_shown_as_bearers_and_refused_in_the_vendor_s_words(book: Served) -> None:
    key = book.http.headers["Authorization"].split()[1]
    for value, status in (
        (f"Bearer {key}", 200),
        (f"bearer {key}", 200),
        (f"Bearer {key[:-1]}", 403),
        ("Bearer x", 403),
        (key, 401),
        (f"Basic {key}", 401),
        ("", 401),
    ):
        async with await book.client(headers={"Authorization": value} if value else {}) as client:
            answer = await client.get("/check-credentials")
            assert answer.status_code == status, value
            assert answer.json().keys() == ({"success"} if status == 200 else {"error", "message"})
    async with await book.client("tags:read") as client:
        assert (await client.get("/terms")).status_code == 200
        assert (await client.get("/contact/1")).status_code == 403
        assert (await client.post("/terms", json={"name": "T"})).status_code == 403
    number = await book.post(mail="a@example.com", comment="c")
    async with await book.client("contacts:read") as client:
        assert (await client.get(f"/contact/{number}")).status_code == 200
        for path in (f"/contact/{number}?range=0", f"/contact/{number}/comments"):
            assert (await client.get(path)).status_code == 403


async def test_past_the_rate_a_key_waits_and_is_told_how_long(book: Served) -> None:
    async with await book.client(rate=3) as client:
        answers = [await client.get("/check-credentials") for _ in range(5)]
    assert [answer.status_code for answer in answers][:3] == [200] * 3
    refused = answers[-1]
    assert refused.status_code == 429
    assert refused.json()["error"] is True
    assert int(refused.headers["Retry-After"]) >= 1
    told = [dict(answer.headers.raw) for answer in answers]
    assert [headers[b"X-Rate-Limit-Limit"] for headers in told] == [b"3"] * 5
    assert [headers[b"X-Rate-Limit-Remaining"] for headers in told] == [b"2", b"1", b"0", b"0", b"0"]
    assert all(int(headers[b"X-Rate-Limit-Reset"]) >= 1 for headers in told)


async def test_bodies_are_json_whatever_their_type_says_and_sender_headers_mean_nothing(book: Served) -> None:
    for number, kind in enumerate(("text/plain", "application/x-www-form-urlencoded", "application/xml", "", "x")):
        answer = await book.http.post(
            "/contact",
            content=b'\xef\xbb\xbf{"contact":{"mail":"a%d@example.com"}}' % number,
            headers={"Content-Type": kind, "X-sender-source": "plugin", "X-sender-source-key": "1"},
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"


async def test_old_clients_repeat_the_contact_at_the_root_and_number_the_items_there(book: Served) -> None:
    contact = {"first_name": "John", "mail": "john@example.com"}
    beside = {"duplicate_check_method": "email", "return_fields": ["first_name"], "flood_limit": 5}
    new = await book.ask("POST", "/contact", {"contact": contact, **beside, "spam_protection": True})
    old = await book.ask("POST", "/contact", {**contact, "contact": contact, **beside, "spam_protection": "1"})
    assert old == new
    items = [{"mail": "a@example.com"}, {"mail": "b@example.com"}]
    numbered = {str(number): item for number, item in enumerate(items)}
    first = await book.ask("POST", "/contacts", {"contacts": items, **beside})
    for body in ({"contacts": items, **numbered, **beside}, {"contacts": numbered, **beside}):
        assert await book.ask("POST", "/contacts", body) == first
    assert await book.count() == 3


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/contacts?email=a@example.com", "contact/<mail>"),
        ("/contacts", "contact/<id>"),
        ("/contacts/5", "contact/<id>"),
        ("/contact", "contact/<id>"),
        ("/contact/5/tags", "contact/<id>/terms"),
        ("/contact/5/term", "contact/<id>/terms"),
        ("/contact/5/comment", "contact/<id>/comments"),
        ("/tags", "terms/<id or name>"),
        ("/term/5", "terms/<id or name>"),
        ("/user", "user/<uid or mail>"),
        ("/users/5", "user/<uid or mail>"),
        ("/custom_fields", "custom-fields"),
        ("/campaign/5", "cb/<id>"),
        ("/nothing", "custom-fields"),
        ("", "terms"),
    ],
)
async def test_a_path_that_is_guessed_wrongly_is_answered_with_the_right_one(
    book: Served, path: str, meant: str
) -> None:
    for base in (BASE, BASE.replace("V1", "v1")):
        answer = await book.http.get(base + path)
        assert answer.status_code in (404, 405), path
        assert (answer.status_code == 405) == (path == "/contact")
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["error"] is True
        assert meant in answer.json()["message"], answer.text


async def test_a_success_is_200_and_has_no_error(book: Served) -> None:
    number = await book.post(mail="a@example.com", error="x", message="y")
    shown = await book.get(number, "error", "message", "mail")
    assert shown == {"id": number, "message": "y", "mail": "a@example.com"}
    answer: Any = await book.ask("PUT", f"/contact/{number}", {"error": 1, "return_fields": ["error", "success"]})
    assert answer == {"success": "true", "id": number}
