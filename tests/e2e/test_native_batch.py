"""Many contacts in one request: the good ones are written, a bad one writes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.book import clock
from tests.native import Served, served


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url, now=clock()) as found:
        yield found


async def test_each_item_is_answered_in_its_place(book: Served) -> None:
    known = await book.made("/contacts", first_name="Known", emails=[{"address": "known@example.org"}])
    items: list[Any] = [
        {"first_name": "New"},
        {"first_name": True},
        {"id": known["id"], "last_name": "Changed"},
        {"id": 999_999, "last_name": "Nobody"},
        {"owner_id": 999_999},
        "no contact",
        {"first_name": "bad\x00text"},
        {"emails": [{"address": "known@example.org"}], "on_duplicate": "refuse"},
        {"emails": [{"address": "KNOWN@example.org"}], "company": "C", "on_duplicate": "merge"},
        {"id": "7"},
        {"external_ids": {"crm": "1"}},
        {"external_ids": {"crm": "1"}},
    ]
    answer = await book.client.post("/contacts/batch", json={"data": items})
    assert answer.status_code == 200
    rows = answer.json()["data"]
    assert [row["status"] for row in rows] == [201, 422, 200, 404, 422, 422, 422, 409, 200, 422, 201, 409]
    for row in rows:
        assert list(row) == (["status", "id", "contact"] if row["status"] < 300 else ["status", "error"])
        assert row.get("error", row)["status"] == row["status"]
    assert [rows[index]["error"]["problems"][0]["path"] for index in (1, 4, 5, 6, 7, 9, 11)] == [
        "first_name",
        "owner_id",
        "",
        "first_name",
        "emails.0.address",
        "id",
        "external_ids.crm",
    ]
    assert rows[7]["error"]["contact_id"] == known["id"]
    assert rows[11]["error"]["contact_id"] == rows[10]["id"]
    listed = (await book.client.get("/contacts")).json()["data"]
    assert [row["contact"] for row in (rows[8], rows[0], rows[10])] == listed
    assert (listed[0]["last_name"], listed[0]["company"], listed[0]["version"]) == ("Changed", "C", 3)


async def test_three_shapes_of_a_body_are_taken(book: Served) -> None:
    for body in ([{"first_name": "A"}], {"data": [{"first_name": "B"}]}, {"contacts": [{"first_name": "C"}]}):
        answer = await book.client.post("/contacts/batch?fields=first_name", json=body)
        assert [list(row["contact"]) for row in answer.json()["data"]] == [["id", "first_name"]]
    wrong: tuple[Any, ...] = ({}, {"data": {}}, {"data": None}, None, 7, {"data": [], "x": 1})
    for bad in wrong:
        assert (await book.client.post("/contacts/batch", json=bad)).status_code == 422
    assert (await book.client.post("/contacts/batch", content=b"[{]")).status_code == 400
    assert (await book.client.post("/contacts/batch", json=[])).json() == {"data": []}


async def test_a_thousand_are_taken_and_no_more(book: Served) -> None:
    people = [{"first_name": f"P{n}", "emails": [{"address": f"p{n}@example.org"}]} for n in range(1001)]
    refused = await book.client.post("/contacts/batch", json=people)
    assert (refused.status_code, refused.json()["problems"][0]["path"]) == (413, "data")
    answer = await book.client.post("/contacts/batch?fields=id", json=people[:1000])
    assert [row["status"] for row in answer.json()["data"]] == [201] * 1000
    assert (await book.client.get("/contacts?total=true&limit=1")).json()["total"] == 1000


async def test_one_rule_for_duplicates_holds_for_all_items_that_have_none_of_their_own(book: Served) -> None:
    ada = {"emails": [{"address": "ada@example.org"}]}
    answer = await book.client.post(
        "/contacts/batch?on_duplicate=merge", json=[ada, ada, {**ada, "on_duplicate": "create"}]
    )
    assert [row["status"] for row in answer.json()["data"]] == [201, 200, 201]


async def test_a_body_of_16_mib_is_taken_and_a_larger_one_is_not(book: Served) -> None:
    text = "x" * 60_000
    items = [{"description": text, "warning_notice": text} for _ in range(139)]
    assert (await book.client.post("/contacts/batch?fields=id", json=items)).status_code == 200
    assert (await book.client.post("/contacts/batch?fields=id", json=items * 2)).status_code == 413
