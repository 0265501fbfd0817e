"""Everything beside the contacts: one set of paths for all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.book import clock
from tests.native import Served, served

EXAMPLES: dict[str, dict[str, Any]] = {
    "/tags": {"name": "VIP", "description": "a"},
    "/tag-groups": {"name": "Interests"},
    "/sources": {"name": "Portal"},
    "/statuses": {"name": "Lead", "color": "#ff0000", "position": 3},
    "/reasons": {"name": "Contract"},
    "/custom-fields": {"name": "size", "label": "Size", "type": "number", "required": False, "max_length": 8},
    "/users": {"first_name": "Ada", "last_name": "L", "email": "ada@example.org", "phone": "1", "position": "Boss"},
    "/properties": {"title": "House", "reference": "EB-AAAA01", "status": "published"},
    "/leads": {"name": "Ada", "email": "ada@example.org", "message": "Hello", "happened_at": "2024-02-29T12:00:00Z"},
}


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url, now=clock()) as found:
        yield found


@pytest.mark.parametrize("path", EXAMPLES)
async def test_a_record_is_made_read_changed_removed_and_restored(path: str, book: Served) -> None:
    answer = await book.client.post(path, json=EXAMPLES[path])
    made = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.headers["location"] == f"http://onebook.test/api/v1{path}/{made['id']}"
    assert {name: made[name] for name in EXAMPLES[path]} == EXAMPLES[path]

    at = f"{path}/{made['id']}"
    assert (await book.client.get(at)).json() == made
    assert (await book.client.get(at, headers={"If-None-Match": '"1"'})).status_code == 304
    assert (await book.client.get(f"{at}?fields=version")).json() == {"id": made["id"], "version": 1}
    assert (
        await book.client.patch(at, json={"extras": {"quentn": {"a": 1}}}, headers={"If-Match": '"2"'})
    ).status_code == 412
    changed = await book.client.patch(at, json={"extras": {"quentn": {"a": 1}}}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["extras"]) == (200, {"quentn": {"a": 1}})
    assert (await book.client.patch(at, json={})).json() == changed.json()
    assert (await book.client.patch(at, json={"nothing": 1})).json()["problems"][0]["path"] == "nothing"

    assert (await book.client.delete(at, headers={"If-Match": '"1"'})).status_code == 412
    assert (await book.client.delete(at)).status_code == 204
    assert (await book.client.get(at)).status_code == 404
    assert (await book.client.get(path)).json() == {"data": [], "next_cursor": None}
    assert [row["id"] for row in (await book.client.get(f"{path}?trashed=true")).json()["data"]] == [made["id"]]
    assert (await book.client.post(f"{at}/restore")).headers["etag"] == '"4"'
    told = (await book.client.get(f"{at}/history")).json()
    assert [one["action"] for one in told["data"]] == ["created", "changed", "deleted", "restored"]
    for bad in (f"{path}/999999", f"{path}/x", f"{path}/99999999999999999999", f"{path}/0", f"{path}/-1"):
        assert (await book.client.get(bad)).status_code == 404
        assert (await book.client.get(f"{bad}/history")).status_code == 404
        assert (await book.client.post(f"{bad}/restore")).status_code == 404


@pytest.mark.parametrize("path", EXAMPLES)
async def test_a_list_goes_on_by_cursor(path: str, book: Served) -> None:
    unique = {name for name in ("name", "email", "reference") if name in EXAMPLES[path] and path != "/leads"}
    made = []
    for number in range(5):
        body = EXAMPLES[path] | {name: f"{number}{EXAMPLES[path][name]}" for name in unique}
        made.append((await book.made(path, **body))["id"])
    pages = await book.walked("limit=2", path)
    assert [[row["id"] for row in page] for page in pages] == [made[:2], made[2:4], made[4:]]
    sort = "happened_at" if path == "/leads" else "id"
    assert [row["id"] for page in await book.walked(f"limit=2&sort=-{sort}", path) for row in page] == made[::-1]
    answer = (await book.client.get(f"{path}?limit=1&total=true")).json()
    assert answer["total"] == 5
    assert (await book.client.get(f"{path}?sort=-{sort}&cursor={answer['next_cursor']}")).status_code == 422
    for query in ("limit=0", "limit=501", "sort=x", "cursor=x", "fields=x", "updated_from=x"):
        assert (await book.client.get(f"{path}?{query}")).status_code == 422


async def test_records_are_found_by_their_keys(book: Served) -> None:
    contact = (await book.made("/contacts", first_name="A"))["id"]
    other = await book.made("/properties", reference="EB-BBBB01", status="sold")
    house = await book.made("/properties", **EXAMPLES["/properties"], owner_contact_ids=[contact])
    lead = await book.made("/leads", contact_id=contact, property_id=house["id"], partner="portal", remote_id=17)
    await book.made("/leads", partner="other", remote_id="17", happened_at="2024-01-01")
    await book.made("/tags", name="Größe")
    user = await book.made("/users", email="Ada@Example.org")
    for path, query, expected in (
        ("/tags", "name=größe", None),
        ("/tags", "name= GRÖßE ", None),
        ("/users", "email=ada@example.ORG", user["id"]),
        ("/properties", "reference=EB-AAAA01", house["id"]),
        ("/properties", "status=sold", other["id"]),
        ("/properties", f"owner_contact_id={contact}", house["id"]),
        ("/leads", f"contact_id={contact}", lead["id"]),
        ("/leads", f"property_id={house['id']}", lead["id"]),
        ("/leads", "partner=portal", lead["id"]),
        ("/leads", "partner=portal&remote_id=17", lead["id"]),
    ):
        rows = (await book.client.get(f"{path}?{query}")).json()["data"]
        assert len(rows) == 1, query
        assert expected in (None, rows[0]["id"])
    assert lead["remote_id"] == "17"
    assert len((await book.client.get("/leads?happened_from=2024-01-01&happened_to=2024-01-01")).json()["data"]) == 1
    assert (await book.client.get("/leads?contact_id=x")).json()["problems"][0]["path"] == "contact_id"
    assert (await book.client.get("/leads?trashed=true&partner=portal")).status_code == 422


async def test_a_name_is_had_by_one_only_whatever_its_case(book: Served) -> None:
    one = await book.made("/tags", name="VIP")
    clash = await book.client.post("/tags", json={"name": " vip "})
    assert (clash.status_code, clash.json()["problems"][0]["path"]) == (409, "name")
    await book.client.delete(f"/tags/{one['id']}")
    two = await book.made("/tags", name="vip")
    assert (await book.client.post(f"/tags/{one['id']}/restore")).status_code == 409
    assert (await book.client.patch(f"/tags/{two['id']}", json={"name": None})).status_code == 422
    wrong: tuple[Any, ...] = ({}, {"name": ""}, {"name": None}, {"name": []}, [], None)
    for body in wrong:
        answer = await book.client.post("/tags", json=body)
        assert (answer.status_code, "problems" in answer.json()) == (422, True)


async def test_a_tag_stands_in_a_group_that_is_there(book: Served) -> None:
    group = await book.made("/tag-groups", name="G")
    assert (await book.made("/tags", name="a", group_id=group["id"]))["group_id"] == group["id"]
    refused = await book.client.post("/tags", json={"name": "b", "group_id": 999_999})
    assert (refused.status_code, refused.json()["problems"][0]["path"]) == (422, "group_id")


async def test_options_without_an_id_are_given_one(book: Served) -> None:
    field = await book.made(
        "/custom-fields", name="c", type="choice", options=[{"name": "a"}, {"id": 7, "name": "b"}, {"name": "c"}]
    )
    assert field["options"] == [{"id": 8, "name": "a"}, {"id": 7, "name": "b"}, {"id": 9, "name": "c"}]
