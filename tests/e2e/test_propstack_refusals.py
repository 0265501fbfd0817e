"""What Propstack's dialect refuses, and how: keys, permissions, bodies, ids, in the vendor's error shape."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from onebook import errors
from onebook.dialects.propstack.replies import error_reply
from onebook.errors import Invalid, NoSuchMethod, NoSuchPath, OnebookError, TooMany, Unavailable
from onebook.http.params import Params
from onebook.http.route import Ask
from tests.book import Book, new_account
from tests.conformance.propstack.served import BASE, Served, served


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it


# Keys


async def test_the_key_may_stand_in_the_header_in_any_case_or_in_the_query(book: Served) -> None:
    key = book.http.headers["X-API-KEY"]
    transport = httpx.ASGITransport(book.app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as bare:
        assert (await bare.get("/contacts", headers={"x-api-key": key})).status_code == 200
        assert (await bare.get("/contacts", headers={"X-Api-Key": f" {key} "})).status_code == 200
        assert (await bare.get(f"/contacts?api_key={key}")).status_code == 200
        assert (await bare.get("/contacts")).json() == {"errors": ["API-Key fehlt"]}
        wrong = await bare.get("/contacts", headers={"x-api-key": key + "x"})
        assert (wrong.status_code, wrong.json()) == (401, {"errors": ["API-Key ist ungültig"]})
        assert wrong.headers["content-type"] == "application/json; charset=utf-8"


async def test_a_missing_permission_is_401(book: Served) -> None:
    async with await book.client(scopes=["contacts:read"]) as reader:
        assert (await reader.get("/contacts")).status_code == 200
        for answer in (
            await reader.post("/contacts", json={"client": {"last_name": "X"}}),
            await reader.get("/groups"),
        ):
            assert (answer.status_code, answer.json()) == (401, {"errors": ["API-Key besitzt nicht genügend Rechte"]})


async def test_a_key_of_another_dialect_is_no_key(book: Served) -> None:
    async with await book.client(dialect="native") as other:
        assert (await other.get("/contacts")).status_code == 401


async def test_too_many_requests_are_429_with_retry_after(book: Served) -> None:
    async with await book.client(rate=1) as slow:
        answers = [await slow.get("/contacts") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].json() == {"errors": ["Zu viele Anfragen"]}


async def test_another_account_s_contact_is_not_there(book: Served) -> None:
    contact_id = await book.post(email="a@doe.de", old_crm_id="7")
    other = Book(book.book.store, await new_account(book.book.store, "Andere"))
    token = (await book.get(contact_id))["token"]

    async with await book.client(book=other) as stranger:
        for path in (f"{contact_id}", f"{token}?identifier=token", "7?identifier=old_crm_id"):
            assert (await stranger.get(f"/contacts/{path}")).status_code == 404
            assert (await stranger.put(f"/contacts/{path}", json={"client": {"company": "X"}})).status_code == 404
            assert (await stranger.delete(f"/contacts/{path}")).status_code == 404
        refused = await stranger.post("/contacts", json={"client": {"last_name": "X", "parent_id": contact_id}})
        assert refused.status_code == 422
        assert (await stranger.get("/contacts?archived=-1")).json() == []


# Ids


STRANGE = ("0", "-1", "abc", "99999999999999999999", "1.0", "007", "%00", "%ff", "%20", "a%2Fb", "4294967297")


async def test_an_id_that_is_none_is_404_in_the_vendor_s_shape(book: Served) -> None:
    queries = ("", "?identifier=token", "?identifier=email", "?identifier=old_crm_id")
    for method, shown, query in itertools.product(("GET", "PUT", "DELETE"), STRANGE, queries):
        body = {"client": {"last_name": "X"}} if method == "PUT" else None
        assert (await book.refused(method, f"/contacts/{shown}{query}", json=body))[0] == 404, (method, shown, query)


async def test_an_unknown_identifier_is_refused(book: Served) -> None:
    assert (await book.refused("GET", "/contacts/1?identifier=shoe_size"))[0] == 422
    body = {"client": {"last_name": "X"}, "identifier": ["id"]}
    assert (await book.refused("PUT", "/contacts/1", json=body))[0] == 422


# Bodies


BAD_BODIES: tuple[tuple[bytes, int], ...] = (
    (b"{", 400),
    (b"", 422),
    (b"null", 422),
    (b"[]", 422),
    (b'{"client":{}}', 422),
    (b'{"client":{"last_name":"\\u0000"}}', 422),
    (b'{"client":{"last_name":"\\ud800"}}', 400),
    (b'{"client":{"note":{"deep":"a\\u0007"}}}', 422),
    (b'{"client":{"\\u0000":1}}', 422),
    (b'{"client":{"last_name":"\xff"}}', 400),
    (b'{"client":{"note":123456789012345678901234567890}}', 422),
    (b'{"client":{"rating":1e999}}', 400),
    (b'{"client":{"note":' + b"[" * 40 + b"]" * 40 + b"}}", 422),
    (b'{"client":{"last_name":"' + b"x" * 70_000 + b'"}}', 422),
    (b'{"client":{"last_name":"' + b"x" * 2_000_000 + b'"}}', 413),
    (b'{"client":{"group_ids":[' + b"1," * 1000 + b"1]}}", 422),
    (b'{"client":{"dob":"2023-02-30"}}', 422),
    (b'{"client":{"email":"not an address"}}', 422),
    (b'{"client":{"emails":["a@x.de","@"]}}', 422),
    (b'{"client":{"broker_id":1}}', 422),
    (b'{"client":{"second_broker_id":"1"}}', 422),
    (b'{"client":{"client_status_id":1}}', 422),
    (b'{"client":{"client_source_id":9223372036854775807}}', 422),
    (b'{"client":{"client_reason_id":-1}}', 422),
    (b'{"client":{"group_ids":[1]}}', 422),
    (b'{"client":{"parent_id":1}}', 422),
)


async def test_a_bad_body_is_refused_and_nothing_is_written(book: Served) -> None:
    contact = await book.book.create(last_name="Doe")

    for body, status in BAD_BODIES:
        for method, path in (("POST", "/contacts"), ("PUT", f"/contacts/{contact.id}")):
            got, texts = await book.refused(method, path, content=body)
            assert got == status, (body[:60], texts)
            assert all(text and "Traceback" not in text for text in texts)
    assert await book.ids("archived=-1") == [contact.id]
    assert (await book.book.change(contact.id)).version == 1


NAMED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"broker_id": 404}, "broker_id existiert nicht"),
    ({"client_status_id": 404}, "client_status_id existiert nicht"),
    ({"client_source_id": 404}, "client_source_id existiert nicht"),
    ({"client_reason_id": 404}, "client_reason_id existiert nicht"),
    ({"second_broker_id": 404}, "second_broker_id existiert nicht"),
    ({"group_ids": [404]}, "group_ids existiert nicht"),
    ({"parent_id": 404}, "parent_id existiert nicht"),
    ({"email": "x"}, "email ist keine gültige E-Mail-Adresse"),
    ({"dob": "gestern"}, "dob ist kein gültiges Datum (ISO 8601)"),
    ({"rating": 4}, "rating muss zwischen 0 und 3 liegen"),
    ({"newsletter": "vielleicht"}, "newsletter muss true oder false sein"),
    ({"last_name": "\0"}, "last_name enthält unzulässige Zeichen"),
    ({"custom_fields": {"x": {"y": "\a"}}}, "custom_fields.x.y enthält unzulässige Zeichen"),
)


async def test_a_422_names_the_field_as_the_vendor_calls_it(book: Served) -> None:
    for client, text in NAMED:
        assert await book.refused("POST", "/contacts", json={"client": client}) == (422, [text])


async def test_another_contact_s_old_crm_id_is_refused_in_a_put(book: Served) -> None:
    await book.post(old_crm_id="7")
    other = await book.post(last_name="Doe")

    answer = await book.refused("PUT", f"/contacts/{other}", json={"client": {"old_crm_id": "7"}})
    assert answer == (422, ["old_crm_id ist bereits vergeben"])


# The table


def all_errors() -> list[OnebookError]:
    """One of each."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, OnebookError)]
    return [kind() for kind in kinds]


STATUSES = {
    "OnebookError": 500,
    "Invalid": 422,
    "Malformed": 400,
    "TooLarge": 413,
    "NotFound": 404,
    "NoSuchPath": 404,
    "NoSuchMethod": 405,
    "Conflict": 422,
    "Stale": 422,
    "Unauthenticated": 401,
    "Forbidden": 401,
    "TooMany": 429,
    "Upstream": 502,
    "Unavailable": 503,
}


def ask() -> Ask:
    """A request for contact 7."""
    return Ask("GET", "/propstack/v1/contacts/7", {"id": "7"}, Params(""), {}, b"", BASE, "r1")


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: type(error).__name__)
def test_every_error_has_its_status_and_the_vendor_s_shape(error: OnebookError) -> None:
    reply = error_reply(error, ask())
    assert reply.status == STATUSES[type(error).__name__]
    body = msgspec.json.decode(reply.body, type=dict[str, list[str]])
    assert list(body) == ["errors"]
    assert all(body["errors"])


def test_some_errors_say_more_in_their_headers() -> None:
    assert error_reply(NoSuchMethod(("GET", "PUT")), ask()).headers == ((b"Allow", b"GET, PUT"),)
    assert error_reply(TooMany(retry_after=0.2), ask()).headers == ((b"Retry-After", b"1"),)
    assert error_reply(Unavailable(), ask()).headers == ((b"Retry-After", b"5"),)


def test_a_problem_of_the_whole_body_says_so() -> None:
    assert b"Der Body ist zu tief verschachtelt" in error_reply(Invalid.at("", "", "too_deep"), ask()).body
    assert "Diesen Pfad gibt es nicht." in error_reply(NoSuchPath(), ask()).body.decode()


async def test_unknown_paths_and_methods_are_told_in_the_same_shape(book: Served) -> None:
    assert await book.refused("GET", "/nonsense") == (404, ["Diesen Pfad gibt es nicht."])
    assert await book.refused("PATCH", "/contacts/1") == (405, ["Diese Methode gibt es hier nicht."])
    assert await book.refused("DELETE", "/contacts") == (405, ["Diese Methode gibt es hier nicht."])
