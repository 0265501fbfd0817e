"""Every table natively as contacts are: filtered by any field, by words and custom fields, and written in batches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.native import Served, served


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as found:
        yield found


@pytest.fixture
async def small(sqlite_url: str) -> AsyncIterator[Served]:
    async with served(sqlite_url) as found:
        yield found


async def found(book: Served, query: str) -> list[int]:
    """The ids that a list has, which is counted right."""
    answer = await book.client.get(f"{query}{'&' if '?' in query else '?'}total=1")
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["data"]) or answer.json()["next_cursor"]
    return [row["id"] for row in answer.json()["data"]]


async def test_a_list_is_filtered_by_any_field_under_its_name(book: Served) -> None:
    made = (
        {"title": "Haus", "city": "Köln", "rooms": 2.5, "lift": True, "rental_start": "2026-05-01",
         "flooring_types": ["Holz"]},
        {"title": "Villa am See", "city": "koln", "rooms": 3, "lift": False, "operation": "sale", "floors": 2},
        {"title": "Hof", "city": "Bonn", "language": "de", "is_featured": True},
    )  # fmt: skip
    one, two, three = [(await book.made("/properties", **house))["id"] for house in made]
    for query, ids in (
        ("city=KÖLN", [one, two]),
        ("city=Kol", []),
        ("rooms=2.5", [one]),
        ("rooms=3", [two]),
        ("lift=true", [one]),
        ("lift=false", [two]),
        ("is_featured=true", [three]),
        ("rental_start=2026-05-01", [one]),
        ("flooring_types=holz", [one]),
        ("floors=2&city=koln", [two]),
        ("operation=sale&floors=2", [two]),
        ("q=villa see", [two]),
        ("q=h&sort=-id", [three, one]),
        ("q=nichts", []),
        ("city=", [one, two, three]),
    ):
        assert await found(book, f"/properties?{query}") == ids, query
    pages = await book.walked("q=h&limit=1&sort=-created_at", "/properties")
    assert [[row["id"] for row in page] for page in pages if page] == [[three], [one]]
    await book.client.delete(f"/properties/{one}")
    assert await found(book, "/properties?q=haus&trashed=1") == [one]
    for query, path in (("rooms=viel", "rooms"), ("lift=vielleicht", "lift"), ("rental_start=morgen", "rental_start")):
        answer = await book.client.get(f"/properties?{query}")
        assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, path)


async def test_ids_words_and_whole_numbers_may_be_several_in_any_spelling_as_of_contacts(book: Served) -> None:
    eva, tom, ida = [(await book.made("/users", first_name=name))["id"] for name in ("Eva", "Tom", "Ida")]
    one, two, three = [
        (await book.made("/properties", title=name, agent_id=agent, user_ids=[agent], bedrooms=rooms, operation=offer))[
            "id"
        ]
        for name, agent, rooms, offer in (("A", eva, 1, "sale"), ("B", tom, 2, "rental"), ("C", ida, 3, None))
    ]
    for query, ids in (
        (f"agent_id={eva},{tom}", [one, two]),
        (f"agent_id[]={eva}&agent_id[]={ida}", [one, three]),
        (f"agent_id[0]={tom}", [two]),
        ("agent_id=", [one, two, three]),
        (f"user_ids={tom},{ida}", [two, three]),
        ("bedrooms=1,3&sort=-id", [three, one]),
        ("bedrooms[]=9", []),
        ("operation=sale,rental", [one, two]),
        ("operation[]=rental", [two]),
    ):
        assert await found(book, f"/properties?{query}") == ids, query
    for query in ("agent_id=x", f"agent_id={eva},x", "operation=sale,gift", "bedrooms=1,x", f"agent_id={'1,' * 1001}"):
        assert (await book.client.get(f"/properties?{query}")).status_code == 422, query


async def test_lists_are_filtered_by_custom_fields_of_their_own(small: Served) -> None:
    await small.made("/custom-fields", name="lage", entity="properties", type="choice", options=[{"name": "See"}])
    await small.made("/custom-fields", name="dringend", entity="activities", type="checkbox")
    house = await small.made("/properties", custom={"lage": 1})
    await small.made("/properties")
    note = await small.made("/notes", body="x", custom={"dringend": True})
    await small.made("/notes", body="y")
    assert await found(small, "/properties?custom.lage=See") == [house["id"]]
    assert await found(small, "/notes?custom.dringend=true") == [note["id"]]
    answer = await small.client.get("/properties?custom.dringend=true")
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, "custom.dringend")


async def test_a_batch_makes_and_changes_each_record_for_itself(book: Served) -> None:
    nord = await book.made("/tags", name="Nord")
    sent: dict[str, Any] = {
        "data": [
            {"name": "Süd"},
            {"id": nord["id"], "name": "Norden", "description": "oben"},
            {"name": "NORDEN"},
            {"id": 999_999, "name": "x"},
            {"nothing": 1},
            {"name": "Ost", "group_id": 999_999},
            {"id": "1"},
            5,
        ]
    }
    key = {"Idempotency-Key": "einmal"}
    answer = await book.client.post("/tags/batch", json=sent, headers=key)
    assert answer.status_code == 200, answer.text
    rows = answer.json()["data"]
    assert [row["status"] for row in rows] == [201, 200, 409, 404, 422, 422, 422, 422]
    assert (rows[0]["tag"]["name"], rows[1]["id"], rows[1]["tag"]["description"]) == ("Süd", nord["id"], "oben")
    assert [row["error"]["problems"][0]["path"] for row in rows[4:]] == ["nothing", "group_id", "id", ""]
    again = await book.client.post("/tags/batch", json=sent, headers=key)
    assert (again.json(), again.headers["idempotency-replayed"]) == (answer.json(), "true")
    assert len(await found(book, "/tags")) == 2


async def test_a_batch_is_refused_where_it_is_none_and_where_it_is_too_long(small: Served) -> None:
    for body, status in (({"x": []}, 422), (5, 422), ([{"body": "x"}] * 1001, 413)):
        assert (await small.client.post("/notes/batch", json=body)).status_code == status
    rows = (await small.client.post("/activity_types/batch?fields=name", json=[{"name": "Anruf"}])).json()["data"]
    assert rows[0]["activity_type"] == {"id": rows[0]["id"], "name": "Anruf"}
    async with await small.client_of("notes:read") as reader:
        assert (await reader.post("/notes/batch", json=[])).status_code == 403
