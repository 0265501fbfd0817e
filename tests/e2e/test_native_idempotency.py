"""A POST with an Idempotency-Key: sent again, it is answered as before and nothing is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from tests.book import START
from tests.native import Served, served

PERSON = {"first_name": "Ada", "emails": [{"address": "ada@example.org"}]}


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def book(database_url: str, clock: Clock) -> AsyncIterator[Served]:
    async with served(database_url, now=clock) as found:
        yield found


def named(name: str) -> dict[str, str]:
    """The header."""
    return {"Idempotency-Key": name}


async def test_the_same_request_twice_is_done_once_and_answered_the_same(book: Served) -> None:
    first = await book.client.post("/contacts", json=PERSON, headers=named("a"))
    again = await book.client.post("/contacts", json=PERSON, headers=named("a"))
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    for header in ("location", "etag", "content-type"):
        assert again.headers[header] == first.headers[header]
    assert len(await book.ids()) == 1
    await book.client.post("/contacts", json=PERSON, headers=named("b"))
    await book.client.post("/contacts", json=PERSON)
    assert len(await book.ids()) == 3


async def test_another_request_under_the_same_key_is_refused(book: Served) -> None:
    made = await book.client.post("/contacts", json=PERSON, headers=named("a"))
    number = made.json()["id"]
    for path, body in (
        ("/contacts", {**PERSON, "first_name": "B"}),
        ("/contacts?on_duplicate=merge", PERSON),
        ("/tags", {"name": "x"}),
        (f"/contacts/{number}/restore", None),
        ("/contacts/batch", {"data": []}),
    ):
        answer = await book.client.post(path, json=body, headers=named("a"))
        assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, "Idempotency-Key"), path
    assert len(await book.ids()) == 1


async def test_fifty_at_once_under_one_key_make_one_contact(book: Served) -> None:
    answers = await asyncio.gather(*[book.client.post("/contacts", json=PERSON, headers=named("a")) for _ in range(50)])
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 49
    assert len(await book.ids()) == 1


async def test_what_was_refused_is_not_kept(book: Served) -> None:
    body = {"first_name": "A", "owner_id": 5}
    assert (await book.client.post("/contacts", json=body, headers=named("a"))).status_code == 422
    while (await book.made("/users", first_name="U"))["id"] < 5:
        pass
    answer = await book.client.post("/contacts", json=body, headers=named("a"))
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


async def test_an_answer_is_kept_for_a_day(book: Served, clock: Clock) -> None:
    await book.client.post("/contacts", json=PERSON, headers=named("a"))
    clock.moment += timedelta(hours=24)
    assert "idempotency-replayed" in (await book.client.post("/contacts", json=PERSON, headers=named("a"))).headers
    clock.moment += timedelta(microseconds=1)
    later = await book.client.post("/contacts", json={"first_name": "B"}, headers=named("a"))
    assert (later.status_code, "idempotency-replayed" in later.headers) == (201, False)
    assert len(await book.ids()) == 2


async def test_every_post_knows_the_key(book: Served) -> None:
    tag = await book.client.post("/tags", json={"name": "x"}, headers=named("tag"))
    assert (await book.client.post("/tags", json={"name": "x"}, headers=named("tag"))).json() == tag.json()
    batch = {"data": [PERSON, {"first_name": []}]}
    first = await book.client.post("/contacts/batch", json=batch, headers=named("batch"))
    again = await book.client.post("/contacts/batch", json=batch, headers=named("batch"))
    assert (again.status_code, again.content) == (200, first.content)
    assert "location" not in again.headers
    number = first.json()["data"][0]["id"]
    await book.client.delete(f"/contacts/{number}")
    for replayed in (False, True):
        answer = await book.client.post(f"/contacts/{number}/restore", headers=named("restore"))
        assert (answer.status_code, "idempotency-replayed" in answer.headers) == (200, replayed)


async def test_a_key_belongs_to_its_caller(book: Served) -> None:
    await book.client.post("/contacts", json=PERSON, headers=named("a"))
    async with await book.client_of("contacts:write", "contacts:read") as other:
        answer = await other.post("/contacts", json=PERSON, headers=named("a"))
        assert (answer.status_code, "idempotency-replayed" in answer.headers) == (201, False)
    assert len(await book.ids()) == 2


async def test_a_key_has_1_to_255_characters(book: Served) -> None:
    for name in ("", "x" * 256):
        answer = await book.client.post("/contacts", json=PERSON, headers=named(name))
        assert answer.status_code == 422
    assert (await book.client.post("/contacts", json=PERSON, headers=named("x" * 255))).status_code == 201
