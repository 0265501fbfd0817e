"""Contacts through the native API, on both databases, with the whole application in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.book import clock
from tests.native import Served, client, served

ADA = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "emails": [{"address": "ada@example.org", "is_primary": True}, {"address": "ada@example.net", "label": "office"}],
    "phones": [{"number": "0157 123 456 78", "kind": "mobile"}],
    "addresses": [{"street": "Musterstrasse", "house_number": "76", "zip": 42573, "city": "Berlin", "country": "DE"}],
}


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url, now=clock()) as found:
        yield found


async def test_a_contact_is_made_read_changed_removed_and_restored(book: Served) -> None:
    answer = await book.client.post("/contacts", json=ADA)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"http://onebook.test/api/v1/contacts/{made['id']}"
    assert answer.headers["etag"] == '"1"'
    assert made["phones"] == [
        {"number": "0157 123 456 78", "e164": "+4915712345678", "kind": "mobile", "label": None, "is_primary": False}
    ]
    assert made["version"] == 1
    assert made["addresses"][0]["zip"] == "42573"

    path = f"/contacts/{made['id']}"
    read = await book.client.get(path)
    assert (read.status_code, read.json(), read.headers["etag"]) == (200, made, '"1"')

    changed = await book.client.patch(path, json={"first_name": None, "company": "Engine Ltd"})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    after = changed.json()
    assert {name for name in made if made[name] != after[name]} == {"first_name", "company", "version", "updated_at"}

    removed = await book.client.delete(path)
    assert (removed.status_code, removed.content) == (204, b"")
    assert (await book.client.get(path)).status_code == 404
    assert (await book.client.patch(path, json={})).status_code == 404
    assert await book.ids() == []
    assert await book.ids("trashed=true") == [made["id"]]

    restored = await book.client.post(f"{path}/restore")
    assert (restored.status_code, restored.headers["etag"], restored.json()["deleted_at"]) == (200, '"4"', None)
    assert (await book.client.get(path)).json() == restored.json()

    told = (await book.client.get(f"{path}/history")).json()
    assert told["next_cursor"] is None
    assert [(one["version"], one["action"], one["actor"], one["via"]) for one in told["data"]] == [
        (1, "created", "tester", "native"),
        (2, "changed", "tester", "native"),
        (3, "deleted", "tester", "native"),
        (4, "restored", "tester", "native"),
    ]
    assert told["data"][1]["changes"] == {"company": [None, "Engine Ltd"], "first_name": ["Ada", None]}
    assert list(told["data"][0]) == ["version", "seq", "at", "actor", "via", "action", "changes"]
    assert told["data"][0]["at"].endswith("Z")


async def test_a_patch_that_changes_nothing_writes_nothing(book: Served) -> None:
    made = await book.made("/contacts", **ADA)
    same = await book.client.patch(f"/contacts/{made['id']}", json=made)
    assert (same.status_code, same.json()) == (200, made)
    assert len((await book.client.get(f"/contacts/{made['id']}/history")).json()["data"]) == 1


async def test_etags_say_whether_a_contact_is_still_as_it_was_read(book: Served) -> None:
    path = f"/contacts/{(await book.made('/contacts', **ADA))['id']}"
    for known in ('"1"', 'W/"1"', '"7", "1"', "*"):
        unchanged = await book.client.get(path, headers={"If-None-Match": known})
        assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", '"1"')
    assert (await book.client.get(path, headers={"If-None-Match": '"2"'})).status_code == 200

    for stale in ('"2"', 'W/"1"', "1", "nonsense", '"11"'):
        refused = await book.client.patch(path, json={"company": "X"}, headers={"If-Match": stale})
        assert (refused.status_code, refused.json()["type"]) == (412, "urn:onebook:problem:stale")
        assert (await book.client.delete(path, headers={"If-Match": stale})).status_code == 412
    for good in ('"1"', "*", '"9", "3"'):
        assert (await book.client.patch(path, json={"company": good}, headers={"If-Match": good})).status_code == 200
    assert (await book.client.delete(path, headers={"If-Match": '"4"'})).status_code == 204


async def test_a_head_is_a_get_without_its_body(book: Served) -> None:
    path = f"/contacts/{(await book.made('/contacts', **ADA))['id']}"
    head, get = await book.client.head(path), await book.client.get(path)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", '"1"')
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_a_duplicate_is_made_refused_or_merged_as_the_caller_says(book: Served) -> None:
    first = await book.made("/contacts", **ADA, external_ids={"crm": 17})
    twin = {"first_name": "A.", "emails": [{"address": "ADA@example.NET"}]}
    second = await book.client.post("/contacts", json=twin)
    assert second.status_code == 201

    refused = await book.client.post("/contacts?on_duplicate=refuse", json=twin)
    assert (refused.status_code, refused.json()["contact_id"]) == (409, first["id"])
    assert refused.json()["problems"][0]["path"] == "emails.0.address"

    merged = await book.client.post(
        "/contacts", json={"on_duplicate": "merge", **twin, "emails": ADA["emails"], "title": 1}
    )
    assert (merged.status_code, merged.json()["problems"][0]["path"]) == (422, "title")
    merged = await book.client.post("/contacts", json={**twin, "on_duplicate": "merge", "emails": ADA["emails"]})
    assert (merged.status_code, merged.json()["id"], merged.json()["version"]) == (200, first["id"], 2)
    assert (merged.json()["first_name"], merged.json()["last_name"]) == ("A.", "Lovelace")

    by_id = await book.client.post("/contacts?on_duplicate=merge", json={"external_ids": {"crm": "17"}, "company": "C"})
    assert (by_id.status_code, by_id.json()["id"], by_id.json()["company"]) == (200, first["id"], "C")
    clash = await book.client.post("/contacts", json={"external_ids": {"crm": "17"}})
    assert (clash.status_code, clash.json()["contact_id"]) == (409, first["id"])
    assert clash.json()["problems"][0]["path"] == "external_ids.crm"

    new = await book.client.post("/contacts?on_duplicate=refuse", json={"emails": [{"address": "new@example.org"}]})
    assert new.status_code == 201
    assert (await book.client.post("/contacts?on_duplicate=maybe", json={})).status_code == 422
    assert (await book.client.post("/contacts", json={"on_duplicate": []})).status_code == 422


async def test_the_external_id_decides_where_it_and_the_address_name_two_people(book: Served) -> None:
    await book.made("/contacts", emails=[{"address": "one@example.org"}])
    two = await book.made("/contacts", external_ids={"crm": "2"})
    merged = await book.client.post(
        "/contacts?on_duplicate=merge", json={"emails": [{"address": "one@example.org"}], "external_ids": {"crm": "2"}}
    )
    assert (merged.status_code, merged.json()["id"]) == (200, two["id"])


async def test_the_trash_has_no_duplicates_and_the_archive_has(book: Served) -> None:
    one = await book.made("/contacts", **ADA)
    await book.client.delete(f"/contacts/{one['id']}")
    two = await book.client.post("/contacts?on_duplicate=refuse", json={**ADA, "is_archived": True})
    assert two.status_code == 201
    assert (await book.client.post("/contacts?on_duplicate=refuse", json=ADA)).json()["contact_id"] == two.json()["id"]


async def test_fifty_who_post_one_address_at_once_make_one_contact(book: Served) -> None:
    posts = [book.client.post("/contacts?on_duplicate=merge", json=ADA | {"lead_score": n}) for n in range(50)]
    answers = await asyncio.gather(*posts)
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await book.ids()) == 1


async def test_fifty_changes_at_once_are_all_there(book: Served) -> None:
    path = f"/contacts/{(await book.made('/contacts', **ADA))['id']}"
    patches = [book.client.patch(path, json={"extras": {"native": {f"k{n}": n}}}) for n in range(50)]
    assert {answer.status_code for answer in await asyncio.gather(*patches)} == {200}
    assert (await book.client.get(path)).json()["extras"] == {"native": {f"k{n}": n for n in range(50)}}
    told = (await book.client.get(f"{path}/history")).json()["data"]
    assert [one["version"] for one in told] == list(range(1, 52))


async def test_keys_open_what_their_scopes_say_in_any_case_of_the_scheme(book: Served) -> None:
    async with await book.client_of("contacts:read") as reader, await book.client_of(dialect="propstack") as foreign:
        assert (await reader.get("/contacts")).status_code == 200
        refused = await reader.post("/contacts", json={})
        assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
        assert (await reader.get("/tags")).status_code == 403
        assert (await foreign.get("/contacts")).status_code == 401
    secret = book.client.headers["authorization"].split()[1]
    for value, status in (
        (f"bearer {secret}", 200),
        (f"BEARER  {secret}", 200),
        (f"Basic {secret}", 401),
        (secret, 401),
        ("Bearer", 401),
        ("Bearer ob1x" + "0" * 48, 401),
        ("", 401),
    ):
        answer = await book.client.get("/contacts", headers={"Authorization": value})
        assert answer.status_code == status, value
        assert ("www-authenticate" in answer.headers) == (status == 401)


async def test_another_accounts_contacts_are_not_there(book: Served) -> None:
    mine = await book.made("/contacts", **ADA)
    tag = await book.made("/tags", name="mine")
    other = await _other_account(book)
    async with other as stranger:
        assert (await stranger.get(f"/contacts/{mine['id']}")).status_code == 404
        assert (await stranger.patch(f"/contacts/{mine['id']}", json={})).status_code == 404
        assert (await stranger.get(f"/contacts/{mine['id']}/history")).status_code == 404
        assert (await stranger.post(f"/contacts/{mine['id']}/restore")).status_code == 404
        refused = await stranger.post("/contacts", json={"tag_ids": [tag["id"]], "parent_id": mine["id"]})
        assert refused.status_code == 422
        assert (await stranger.get("/contacts")).json()["data"] == []


async def _other_account(book: Served) -> Any:
    from onebook.service.access import create_account, create_key
    from onebook.store.open import open_store
    from tests.book import START

    store = await open_store(book.url)
    account = await create_account(
        store, "Other", now=START, country="SE", language="sv", timezone="Europe/Stockholm", customer_id=None
    )
    key = await create_key(store, [account.account_id], "native", now=START, rate=0)
    await store.close()
    return client(book.app, key.secret)


async def test_references_that_are_not_there_are_named_all_at_once(book: Served) -> None:
    answer = await book.client.post("/contacts", json={"owner_id": 999999, "tag_ids": [999998], "status_id": 2**40})
    assert answer.status_code == 422
    assert [one["path"] for one in answer.json()["problems"]] == ["owner_id", "status_id", "tag_ids"]
    bad = await book.client.post("/contacts", json={"emails": [{"address": "good@example.org"}, {"address": "no"}]})
    assert [one["path"] for one in bad.json()["problems"]] == ["emails.1.address"]
    assert await book.ids() == []


async def test_custom_fields_are_kept_by_their_type(book: Served) -> None:
    await book.made("/custom-fields", name="colour", type="choice", options=[{"name": "red"}, {"name": "blue"}])
    await book.made("/custom-fields", name="since", type="date")
    await book.made("/custom-fields", name="size", type="number")
    await book.made("/custom-fields", name="likes", type="multiple_choice", options=[{"name": "a"}, {"name": "b"}])
    made = await book.made("/contacts", custom={"colour": "Blue", "since": "2024-02-29", "size": "7", "likes": "1,2"})
    assert made["custom"] == {"colour": 2, "since": "2024-02-29", "size": 7, "likes": [1, 2]}
    await book.made("/contacts", custom={"colour": 1, "likes": ["b"]})
    for query in (
        "custom.colour=blue",
        "custom.colour=2",
        "custom.since=2024-02-29",
        "custom.size=7.0",
        "custom.likes=a,b",
    ):
        assert await book.ids(query) == [made["id"]], query
    assert len(await book.ids("custom.likes=b")) == 2
    for query in ("custom.nothing=1", "custom.colour=green", "custom.colour=", "custom.size=x"):
        answer = await book.client.get(f"/contacts?{query}")
        assert answer.status_code == 422, query
        assert answer.json()["problems"][0]["path"] == query.split("=")[0]
    cleared = await book.client.patch(f"/contacts/{made['id']}", json={"custom": {"size": None, "colour": "red"}})
    assert cleared.json()["custom"] == {"colour": 1, "since": "2024-02-29", "likes": [1, 2]}
    unknown = await book.client.post("/contacts", json={"custom": {"nothing": 1}})
    assert (unknown.status_code, unknown.json()["problems"][0]["path"]) == (422, "custom.nothing")
