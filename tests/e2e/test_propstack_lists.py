"""Propstack's small lists beside the contacts: sources, statuses, groups, custom fields, brokers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from onebook.model.account import CustomField, Option, Source, Status, Tag, TagGroup, User
from tests.conformance.propstack.served import Served, served


@pytest.fixture
async def book(sqlite_url: str) -> AsyncIterator[Served]:
    async with served(sqlite_url) as it:
        yield it


async def test_sources_and_statuses_are_bare_lists(book: Served) -> None:
    source = await book.add(Source(name="Web"))
    late = await book.add(Status(name="Kunde", color="#fff", position=2))
    first = await book.add(Status(name="Neu", position=1))
    nowhere = await book.add(Status(name="Alt"))

    assert (await book.http.get("/contact_sources")).json() == [{"id": source.id, "name": "Web"}]
    assert (await book.http.get("/contact_statuses")).json() == [
        {"id": first.id, "name": "Neu", "color": None, "position": 1},
        {"id": late.id, "name": "Kunde", "color": "#fff", "position": 2},
        {"id": nowhere.id, "name": "Alt", "color": None, "position": None},
    ]


async def test_groups_are_filtered_by_entity_and_super_group(book: Served) -> None:
    above = await book.add(TagGroup(name="Rolle"))
    inside = await book.add(Tag(name="Käufer", group_id=above.id))
    made = (await book.http.post("/groups", json={"name": "Haus", "entity": "for_properties"})).json()
    alone = await book.add(Tag(name="VIP"))

    async def ids(query: str) -> list[int]:
        return [row["id"] for row in (await book.http.get(f"/groups?{query}")).json()]

    assert await ids("") == [inside.id, made["id"], alone.id]
    assert await ids("entity=for_clients") == [inside.id, alone.id]
    assert await ids("entity=for_properties") == [made["id"]]
    assert await ids(f"entity=for_clients&super_group={above.id}") == [inside.id]
    assert await ids("super_group=") == [inside.id, made["id"], alone.id]


async def test_a_group_is_made_and_answered_as_it_is_listed(book: Served) -> None:
    above = await book.add(TagGroup(name="Rolle"))

    answer = await book.http.post(
        "/groups", json={"name": " Käufer ", "entity": "for_clients", "super_group_id": str(above.id)}
    )

    assert answer.status_code == 200
    assert answer.json() == {"id": answer.json()["id"], "name": "Käufer", "super_group_id": above.id}
    assert (await book.http.get("/groups")).json() == [answer.json()]


async def test_a_group_without_a_good_name_is_refused(book: Served) -> None:
    await book.http.post("/groups", json={"name": "Käufer"})

    assert await book.refused("POST", "/groups", json={"name": "KÄUFER"}) == (422, ["name ist bereits vergeben"])
    bad: tuple[Any, ...] = (
        {},
        {"name": None},
        {"name": "  "},
        {"name": ["x"]},
        [],
        {"name": "x", "super_group_id": 99},
    )
    for body in bad:
        status, (text,) = await book.refused("POST", "/groups", json=body)
        assert status == 422
        assert text.split()[0] in ("name", "super_group_id")
    assert len((await book.http.get("/groups")).json()) == 1


async def test_super_groups_show_their_groups_when_asked_to(book: Served) -> None:
    above = await book.add(TagGroup(name="Rolle"))
    group = await book.add(Tag(name="Käufer", group_id=above.id))
    plain = {"id": above.id, "name": "Rolle", "entity": "for_clients"}

    assert (await book.http.get("/super_groups")).json() == {"data": [plain]}
    assert (await book.http.get("/super_groups?entity=for_clients&include=groups")).json() == {
        "data": [{**plain, "groups": [{"id": group.id, "name": "Käufer", "super_group_id": above.id}]}]
    }
    assert (await book.http.get("/super_groups?entity=for_properties")).json() == {"data": []}


async def test_custom_fields_stand_in_one_group(book: Served) -> None:
    options = (Option(name="Rot"),)
    colour = await book.add(CustomField(name="farbe", label="Farbe", type="choice", options=options, position=5))
    note = await book.add(CustomField(name="notiz"))

    (group,) = (await book.http.get("/custom_field_groups?entity=for_clients")).json()["data"]
    assert (group["id"], group["entity"]) == (1, "for_clients")
    assert group["custom_fields"] == [
        {
            "id": colour.id,
            "name": "farbe",
            "pretty_name": "Farbe",
            "field_type": "Dropdown",
            "position": 5,
            "custom_options": [{"id": 1, "name": "Rot"}],
        },
        {
            "id": note.id,
            "name": "notiz",
            "pretty_name": "notiz",
            "field_type": "String",
            "position": 2,
            "custom_options": [],
        },
    ]
    assert (await book.http.get("/custom_field_groups?entity=for_properties")).json() == {"data": []}

    view = await book.add(CustomField(name="aussicht", entity="properties", type="checkbox"))
    (houses,) = (await book.http.get("/custom_field_groups?entity=for_properties")).json()["data"]
    assert (houses["name"], [one["id"] for one in houses["custom_fields"]]) == ("Objekte", [view.id])


async def test_brokers_are_the_account_s_users(book: Served) -> None:
    user = await book.add(
        User(
            first_name="Eva",
            last_name="Klein",
            email="eva@agentur.de",
            phone="030 1",
            position="Maklerin",
            extras={"propstack": {"phone_system_number": "42", "avatar": 7}},
        )
    )

    (broker,) = (await book.http.get("/brokers")).json()
    assert broker == {
        "id": user.id,
        "salutation": None,
        "academic_title": None,
        "first_name": "Eva",
        "last_name": "Klein",
        "name": "Eva Klein",
        "avatar": None,
        "avatar_url": None,
        "old_crm_id": None,
        "email": "eva@agentur.de",
        "position": "Maklerin",
        "phone": "030 1",
        "phone_system_number": "42",
        "color": None,
        "team_id": None,
        "department_ids": [],
        "shop": {"name": "Agentur", "color": None},
        "abstract": None,
        "description": None,
    }
