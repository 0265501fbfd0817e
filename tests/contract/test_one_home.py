"""What several dialects show and write is kept once: whichever of them writes it, all of them read the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.callers import World, world
from tests.derived import differences


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[World]:
    async with world(database_url, ("Eins",)) as it:
        yield it
    assert differences(database_url) == []


async def ok(client: httpx.AsyncClient, method: str, path: str, **json: Any) -> Any:
    answer = await client.request(method, path, json=json or None)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


HOUSE = {"title": "Casa", "property_type": "Casa", "status": "published"}
ONE, TWO = ({"url": f"https://img.example.com/{number}.jpg", "title": None} for number in (1, 2))


async def test_pictures_of_a_property_are_the_images_whoever_writes_them(book: World) -> None:
    async with book.client("easybroker") as easybroker, book.client("native") as native:
        public = (await ok(easybroker, "POST", "/properties", **HOUSE, images=[ONE, TWO]))["public_id"]
        (house,) = (await ok(native, "GET", f"/properties?reference={public}"))["data"]

        images = (await ok(native, "GET", f"/images?property_id={house['id']}"))["data"]
        assert [(one["url"], one["position"]) for one in images] == [(ONE["url"], 1), (TWO["url"], 2)]

        first = await ok(easybroker, "GET", "/properties")
        third = {"url": "https://img.example.com/3.jpg", "thumbnail_url": "https://img.example.com/3s.jpg"}
        await ok(native, "POST", "/images", **third, property_id=house["id"], position=0, title="Vista")
        await ok(
            native, "POST", "/images", url="https://img.example.com/4.jpg", property_id=house["id"], is_private=True
        )
        shown = await ok(easybroker, "GET", f"/properties/{public}")
        assert shown["images"] == shown["property_images"] == [{"title": "Vista", "url": third["url"]}, ONE, TWO]
        assert (shown["title_image_full"], shown["title_image_thumb"]) == (third["url"], third["thumbnail_url"])
        (row,) = (await ok(easybroker, "GET", "/properties"))["content"]
        assert row["updated_at"] >= first["content"][0]["updated_at"]
        told = (await ok(native, "GET", f"/properties/{house['id']}/history"))["data"]
        assert [(one["version"], one["changes"] == {}) for one in told] == [(1, False), (2, True), (3, True)]
        assert (row["title_image_full"], row["title_image_thumb"]) == (third["url"], third["thumbnail_url"])

        async with book.client("propstack") as propstack:
            row = await ok(propstack, "GET", f"/units/{house['id']}")
            assert [(one["url"], one["title"], one["is_private"]) for one in row["images"]] == [
                (third["url"], "Vista", False),
                (ONE["url"], None, False),
                (TWO["url"], None, False),
                ("https://img.example.com/4.jpg", None, True),
            ]
            assert (await ok(propstack, "PUT", f"/units/{house['id']}", property=row)) == row

        turned = await ok(easybroker, "PATCH", f"/properties/{public}", images=[TWO, ONE])
        assert turned["images"] == [TWO, ONE]
        assert turned["updated_at"] >= shown["updated_at"]
        kept = (await ok(native, "GET", f"/images?property_id={house['id']}"))["data"]
        assert {one["id"]: one["position"] for one in kept if not one["is_private"]} == {
            images[1]["id"]: 1,
            images[0]["id"]: 2,
        }
        assert len(kept) == 3
        before = (await ok(native, "GET", f"/properties/{house['id']}"))["version"]
        assert (await ok(easybroker, "PATCH", f"/properties/{public}", **turned))["images"] == [TWO, ONE]
        assert (await ok(native, "GET", f"/properties/{house['id']}"))["version"] == before
        await ok(native, "DELETE", f"/images/{images[0]['id']}")
        assert (await ok(easybroker, "GET", f"/properties/{public}"))["images"] == [TWO]


async def test_who_belongs_to_a_team_is_said_by_the_users_whoever_writes_it(book: World) -> None:
    async with book.client("propstack") as propstack, book.client("native") as native:
        team = (await ok(propstack, "POST", "/teams", team={"name": "Nord"}))["id"]
        eva, tom = [(await ok(native, "POST", "/users", first_name=name))["id"] for name in ("Eva", "Tom")]

        await ok(native, "PATCH", f"/users/{eva}", team_id=team)
        assert (await ok(propstack, "GET", f"/teams/{team}"))["broker_ids"] == [eva]
        assert (await ok(propstack, "PUT", f"/teams/{team}", team={"broker_ids": [str(tom)]}))["broker_ids"] == [tom]
        assert [user["team_id"] for user in await ok(propstack, "GET", "/brokers")] == [None, team]
        assert [one["id"] for one in (await ok(native, "GET", f"/users?team_id={team}"))["data"]] == [tom]
        assert (await ok(propstack, "PUT", f"/teams/{team}", team={"position": 2}))["broker_ids"] == [tom]
        await ok(native, "DELETE", f"/users/{tom}")
        assert (await ok(propstack, "GET", "/teams"))[0]["broker_ids"] == []
        await ok(native, "POST", f"/users/{tom}/restore")
        assert (await ok(propstack, "PUT", f"/teams/{team}", team={"broker_ids": None}))["broker_ids"] == []
        assert (await ok(native, "GET", f"/users/{tom}"))["team_id"] is None


async def test_owners_are_those_who_stand_so_to_the_property_whoever_says_it(book: World) -> None:
    async with book.client("propstack") as propstack, book.client("native") as native:
        one, two = [(await ok(native, "POST", "/contacts", last_name=name))["id"] for name in ("A", "B")]
        house = (await ok(native, "POST", "/properties", title="Haus", owner_contact_ids=[one]))["id"]

        async def related(contact: int) -> tuple[list[int], list[tuple[str, int]]]:
            shown = await ok(propstack, "GET", f"/contacts/{contact}?include=relationships")
            kinds = [(row["internal_name"], row["property_id"]) for row in shown["relationships"]]
            return [row["id"] for row in shown["owned_properties"]], kinds

        assert await related(one) == ([house], [("owner", house)])
        await ok(propstack, "POST", "/ownerships", client_id=two, property_id=house, name="Hälfte")
        assert (await ok(native, "GET", f"/properties/{house}"))["owner_contact_ids"] == [one, two]
        changed = await ok(native, "PATCH", f"/properties/{house}", owner_contact_ids=[two])
        assert changed["owner_contact_ids"] == [two]
        assert await related(one) == ([], [])
        assert await related(two) == ([house], [("owner", house)])
        await ok(propstack, "DELETE", "/ownerships", client_id=two, property_id=house)
        assert await related(two) == ([], [])
        assert (await ok(native, "GET", f"/properties/{house}"))["owner_contact_ids"] == []


async def test_a_property_says_what_its_text_in_its_own_language_says(book: World) -> None:
    async with book.client("easybroker") as easybroker, book.client("native") as native:
        public = (await ok(easybroker, "POST", "/properties", **HOUSE, description="Grande"))["public_id"]
        (house,) = (await ok(native, "GET", f"/properties?reference={public}"))["data"]
        at, english = f"/properties/{house['id']}", {"property_id": house["id"], "language": "en", "title": "House"}
        await ok(native, "POST", "/property-details", **english)
        assert (await ok(native, "GET", at))["version"] == house["version"]

        text = await ok(native, "POST", "/property-details", property_id=house["id"], language="de", title="Haus")
        assert (text["title"], text["description"]) == ("Haus", "Grande")
        shown = await ok(easybroker, "GET", f"/properties/{public}")
        assert (shown["title"], shown["description"]) == ("Haus", "Grande")
        await ok(easybroker, "PATCH", f"/properties/{public}", description="Groß")
        there = (await ok(native, "GET", f"/property-details?property_id={house['id']}&language=de"))["data"]
        assert [(one["title"], one["description"]) for one in there] == [("Haus", "Groß")]
        async with book.client("propstack") as propstack:
            await ok(propstack, "PUT", f"/units/{house['id']}", property={"location_note": "Am See"})
            again = (await ok(native, "GET", f"/property-details/{text['id']}"))["location_text"]
            assert (again, (await ok(native, "GET", at))["location_text"]) == ("Am See", "Am See")
        await ok(native, "PATCH", f"/property-details/{text['id']}", title=None)
        assert (await ok(native, "GET", at))["title"] is None
        await ok(native, "DELETE", f"/property-details/{text['id']}")
        assert (await ok(native, "GET", at))["description"] == "Groß"


async def test_owners_that_are_told_at_once_from_both_sides_all_stand(book: World) -> None:
    async with book.client("propstack") as propstack, book.client("native") as native:
        people = [(await ok(native, "POST", "/contacts", last_name=str(number)))["id"] for number in range(8)]
        house = (await ok(native, "POST", "/properties", title="Haus", owner_contact_ids=people[:2]))["id"]
        await asyncio.gather(
            *(ok(propstack, "POST", "/ownerships", client_id=one, property_id=house) for one in people[2:] * 2),
            *(ok(native, "PATCH", f"/properties/{house}", description=str(number)) for number in range(5)),
            ok(propstack, "DELETE", "/ownerships", client_id=people[0], property_id=house),
        )
        owners = (await ok(native, "GET", f"/properties/{house}"))["owner_contact_ids"]
        links = (await ok(native, "GET", f"/relationships?kind=ownership&property_id={house}"))["data"]
        assert sorted(owners) == sorted(one["contact_id"] for one in links) == people[1:]
