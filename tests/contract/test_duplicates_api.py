"""The duplicate check over HTTP, natively, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from onebook.service.access import change_thresholds
from onebook.store.open import open_store
from tests.native import Served, served

KLARA: dict[str, Any] = {
    "first_name": "Klara",
    "last_name": "Müller",
    "emails": [{"address": "klara.mueller@example.org"}],
    "phones": [{"number": "0157 123 456 78"}],
}
SPELLINGS: tuple[dict[str, Any], ...] = (
    KLARA,
    {**KLARA, "last_name": "Mueller", "phones": [{"number": "+49 157 12345678"}]},
    {**KLARA, "first_name": "Dr. Klara", "last_name": "MÜLLER", "emails": [{"address": "Klara.Mueller@EXAMPLE.org"}]},
    {**KLARA, "first_name": "Clara", "last_name": "Muller", "emails": []},
    {"first_name": "Müller", "last_name": "Klara", "emails": [{"address": "klara.mueller@example.org"}]},
)


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    """An empty book, served."""
    async with served(database_url) as found:
        yield found


async def test_a_contact_s_duplicates_are_told_with_the_weight_of_every_field(book: Served) -> None:
    first, second = await book.made("/contacts", **KLARA), await book.made("/contacts", **SPELLINGS[1])
    stranger = await book.made("/contacts", first_name="Otto", last_name="Winkelmann")
    answer = await book.client.get(f"/contacts/{first['id']}/duplicates")
    assert answer.status_code == 200
    assert list(answer.json()) == ["data"]
    (told,) = answer.json()["data"]
    assert list(told) == ["contact_id", "probability", "match_weight", "fields"]
    assert told["contact_id"] == second["id"]
    assert told["probability"] > 0.99
    assert {"field": "salutation", "level": "missing", "weight": 0.0} in told["fields"]
    by_field = {one["field"]: one for one in told["fields"]}
    assert by_field["email"]["level"] == "same, first names agree"
    assert by_field["email"]["weight"] > 5
    assert (await book.client.get(f"/contacts/{stranger['id']}/duplicates")).json() == {"data": []}
    assert (await book.client.get("/contacts/99999/duplicates")).status_code == 404


async def test_a_contact_that_is_not_stored_is_checked_and_is_not_stored_by_it(book: Served) -> None:
    first = await book.made("/contacts", **KLARA)
    for spelling in SPELLINGS:
        answer = await book.client.post("/duplicates/check", json=spelling)
        assert answer.status_code == 200, answer.text
        assert [one["contact_id"] for one in answer.json()["data"]] == [first["id"]]
    likeliest = (await book.client.post("/duplicates/check", json=KLARA)).json()["data"]
    assert likeliest == sorted(likeliest, key=lambda one: -one["probability"])
    assert await book.ids() == [first["id"]]
    wrong = await book.client.post("/duplicates/check", json={"first_name": ["no"]})
    assert (wrong.status_code, wrong.json()["problems"][0]["path"]) == (422, "first_name")


async def test_a_check_with_an_idempotency_key_is_answered_as_before(book: Served) -> None:
    await book.made("/contacts", **KLARA)
    header = {"Idempotency-Key": "check-1"}
    before = await book.client.post("/duplicates/check", json=KLARA, headers=header)
    await book.made("/contacts", **KLARA)
    again = await book.client.post("/duplicates/check", json=KLARA, headers=header)
    assert again.json() == before.json()
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_with_a_threshold_likeness_decides_what_on_duplicate_does(book: Served) -> None:
    first = await book.made("/contacts", **KLARA)
    other = {"first_name": "Klara", "last_name": "Mueller", "phones": KLARA["phones"]}

    refused = await book.client.post("/contacts?on_duplicate=refuse&threshold=0.9", json=other)
    assert (refused.status_code, refused.json()["contact_id"]) == (409, first["id"])
    merged = await book.client.post("/contacts", json={**other, "on_duplicate": "merge", "threshold": 0.9})
    assert (merged.status_code, merged.json()["id"]) == (200, first["id"])
    assert [one["address"] for one in merged.json()["emails"]] == ["klara.mueller@example.org"]
    certain = await book.client.post("/contacts?on_duplicate=merge&threshold=1", json=other)
    assert certain.status_code == 201
    without = await book.client.post("/contacts?on_duplicate=merge", json=other)
    assert without.status_code == 201

    for wrong in ("2", "-1", "x", "nan"):
        answer = await book.client.post(f"/contacts?on_duplicate=merge&threshold={wrong}", json=other)
        assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, "threshold")
    answer = await book.client.post("/contacts", json={**other, "on_duplicate": "merge", "threshold": "0.9"})
    assert answer.status_code == 422


async def test_a_family_with_one_mailbox_is_not_merged_by_likeness(book: Served) -> None:
    family = {"last_name": "Schäfer", "emails": [{"address": "schaefer@example.org"}]}
    for name in ("Petra", "Uwe", "Hanna"):
        answer = await book.client.post(
            "/contacts?on_duplicate=merge&threshold=0.5", json={"first_name": name, **family}
        )
        assert answer.status_code == 201
    refused = await book.client.post(
        "/contacts?on_duplicate=refuse&threshold=0.5", json={"first_name": "Emil", **family}
    )
    assert refused.status_code == 201


async def test_an_external_id_decides_before_likeness(book: Served) -> None:
    await book.made("/contacts", **KLARA)
    known = await book.made("/contacts", last_name="Winkelmann", external_ids={"crm": "7"})
    answer = await book.client.post(
        "/contacts?on_duplicate=merge&threshold=0.9", json={**KLARA, "external_ids": {"crm": "7"}}
    )
    assert (answer.status_code, answer.json()["id"]) == (200, known["id"])


async def test_50_simultaneous_posts_of_one_person_in_five_spellings_end_as_one_contact(book: Served) -> None:
    posts = [
        book.client.post("/contacts?on_duplicate=merge&threshold=0.8", json=SPELLINGS[number % len(SPELLINGS)])
        for number in range(50)
    ]
    answers = await asyncio.gather(*posts)
    assert [answer.text for answer in answers if answer.status_code not in (200, 201)] == []
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await book.ids()) == 1


async def test_a_batch_takes_a_threshold_too(book: Served) -> None:
    answer = await book.client.post("/contacts/batch?on_duplicate=merge&threshold=0.8", json={"data": [*SPELLINGS]})
    assert [row["status"] for row in answer.json()["data"]] == [201, 200, 200, 200, 200]


async def test_doubtful_pairs_are_listed_and_decided(book: Served) -> None:
    store = await open_store(book.url)
    await change_thresholds(store, book.account, auto_merge=0.999999, review=0.001)
    await store.close()
    namesake = {"first_name": "Käthe", "last_name": "Winkelmann", "phones": [{"number": "030 1234567"}]}
    first = await book.made("/contacts", **namesake)
    second = await book.made("/contacts?on_duplicate=merge&threshold=1", **namesake)

    listed = (await book.client.get("/duplicates/pairs?status=open")).json()
    (pair,) = listed["data"]
    assert pair["contact_ids"] == [first["id"], second["id"]]
    assert (pair["status"], pair["version"]) == ("open", 1)
    assert (await book.client.get(f"/duplicates/pairs?contact_id={second['id']}")).json()["data"] == [pair]
    assert (await book.client.get("/duplicates/pairs?status=same")).json()["data"] == []
    path = f"/duplicates/pairs/{pair['id']}"
    assert (await book.client.get(path)).json() == pair

    bodies: tuple[Any, ...] = ({"status": "perhaps"}, {}, {"status": "same", "probability": 1}, [], None)
    for wrong in bodies:
        assert (await book.client.patch(path, json=wrong)).status_code == 422
    stale = await book.client.patch(path, json={"status": "different"}, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    apart = await book.client.patch(path, json={"status": "different"})
    assert (apart.status_code, apart.json()["status"]) == (200, "different")
    assert (await book.client.get(f"/contacts/{first['id']}/duplicates")).json() == {"data": []}
    merged = await book.client.patch(path, json={"status": "same"})
    assert (merged.status_code, merged.json()["status"]) == (200, "same")
    assert await book.ids() == [first["id"]]
    assert (await book.client.get(f"/contacts/{second['id']}")).json()["id"] == first["id"]
    history = (await book.client.get(f"{path}/history")).json()["data"]
    assert [entry["version"] for entry in history] == [1, 2, 3]
    assert (await book.client.patch("/duplicates/pairs/99999", json={"status": "same"})).status_code == 404


async def test_a_key_that_may_only_read_checks_and_decides_nothing(book: Served) -> None:
    await book.made("/contacts", **KLARA)
    async with await book.client_of("contacts:read") as reader:
        assert (await reader.post("/duplicates/check", json=KLARA)).status_code == 200
        assert (await reader.get("/duplicates/pairs")).status_code == 200
        assert (await reader.patch("/duplicates/pairs/1", json={"status": "same"})).status_code == 403
