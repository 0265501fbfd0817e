"""Lists beside Propstack's contacts: filters and orders that are no keys, texts in other languages, all attributes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from onebook.model.account import CustomField, Option, Tag, User
from onebook.model.activity import Appointment, Cancelation, Note, Todo
from onebook.model.deal import Deal, DealPipeline, DealStage
from onebook.model.document import Document
from onebook.model.organisation import PropertyStatus, ReservationReason, Team
from onebook.model.property import Property
from onebook.model.property_text import PropertyText
from tests.conformance.propstack.served import Served, served


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it


@pytest.fixture
async def small(sqlite_url: str) -> AsyncIterator[Served]:
    async with served(sqlite_url) as it:
        yield it


async def listed(book: Served, path: str, under: str = "", **params: Any) -> list[int]:
    """The ids of a list, which is counted right where it is counted."""
    answer = await book.http.get(path, params=params)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    rows = body[under] if under else body
    if under and "page" not in params:
        assert body["meta"]["total_count"] == len(rows)
    return [row["id"] for row in rows]


async def test_properties_are_sorted_by_what_the_page_names_and_what_has_none_comes_last(book: Served) -> None:
    late, early = [await book.add(PropertyStatus(name=name, position=place)) for name, place in (("A", 2), ("B", 1))]
    made = (
        Property(reference="b2", price=300, status_id=late.id, floor=2),
        Property(reference="A1", price=100, status_id=early.id),
        Property(reference="c3", base_rent=200, house_number="5"),
        Property(price=100, floor=-1),
    )
    one, two, three, four = [(await book.add(prop)).id for prop in made]

    for params, ids in (
        ({"sort_by": "price", "order": "asc"}, [two, four, one, three]),
        ({"sort_by": "price"}, [one, four, two, three]),
        ({"sort_by": "unit_id.raw", "order": "asc"}, [two, one, three, four]),
        ({"sort_by": "object_price", "order": "asc"}, [two, four, three, one]),
        ({"sort_by": "property_status_position", "order": "asc"}, [two, one, three, four]),
        ({"sort_by": "floor", "order": "asc", "per": 2, "page": 2}, [two, three]),
        ({"sort_by": "street_number.raw", "q": "c3"}, [three]),
        ({"sort_by": "price", "order": "asc", "property_ids": f"{one},{three},{two}"}, [two, one, three]),
        ({"sort_by": "updated_at", "order": "asc"}, [one, two, three, four]),
        ({"order": "desc"}, [four, three, two, one]),
    ):
        assert await listed(book, "/units", **params) == ids, params
    assert await book.refused("GET", "/units?sort_by=mood") == (422, ["sort_by ist ungültig"])


async def test_properties_are_found_by_their_custom_fields(small: Served) -> None:
    await small.add(CustomField(name="lage", entity="properties", type="choice", options=(Option(name="See"),)))
    await small.add(
        CustomField(
            name="art", entity="properties", type="multiple_choice", options=(Option(name="A"), Option(name="B"))
        )
    )
    both = (await small.add(Property(custom={"lage": 1, "art": [1, 2]}))).id
    one = (await small.add(Property(custom={"art": [2]}))).id
    assert await listed(small, "/units", cf_lage="See") == [both]
    assert await listed(small, "/units", cf_lage="1") == [both]
    assert await listed(small, "/units", cf_art="B") == [both, one]
    assert await listed(small, "/units", cf_nothing="x") == [both, one]


async def test_a_property_is_read_in_the_language_that_is_asked_for(book: Served) -> None:
    house = await book.add(Property(title="Haus", description="Groß", language="de"))
    await book.add(PropertyText(property_id=house.id, language="en", title="House", location_text="By the lake"))
    await book.add(PropertyText(property_id=house.id, language="sv", title="Hus"))

    async def read(locale: str, path: str = f"/units/{house.id}") -> tuple[Any, ...]:
        row = (await book.http.get(path, params={"locale": locale})).json()
        row = row[0] if isinstance(row, list) else row
        return row["locale"], row["title"], row["description_note"], row["location_note"]

    for path in (f"/units/{house.id}", "/properties"):
        assert await read("", path) == ("de", "Haus", "Groß", None)
        assert await read("en", path) == ("en", "House", "Groß", "By the lake")
        assert await read("fr,sv,en", path) == ("sv", "Hus", "Groß", None)
        assert await read("fr", path) == ("de", "Haus", "Groß", None)


async def test_every_attribute_that_the_vendor_knows_is_taken_and_comes_back(small: Served) -> None:
    given = {
        "free_from": "sofort", "parking_space_price": "45.5", "pets_allowed": True, "energy_efficiency_class": "A+",
        "recommended_use_types": ["GARDEN", "FARM"], "grz": 0.4, "number_of_units": 12, "sold_price": 250000,
    }  # fmt: skip
    number = (await small.http.post("/units", json={"property": {"title": "Haus", **given}})).json()["id"]
    row = (await small.http.get(f"/units/{number}")).json()
    assert {name: row[name] for name in given} == {**given, "parking_space_price": 45.5}
    assert "gfz" not in row
    again = await small.http.put(f"/units/{number}", json={"property": row})
    assert again.json() == row
    changed = (await small.http.put(f"/units/{number}", json={"property": {"grz": None}})).json()
    assert {name for name in row if row[name] != changed.get(name)} == {"grz", "updated_at"}
    for path in ("/units", "/properties"):
        assert await small.refused("POST", path, json={"property": {"colour": "red"}}) == (
            400,
            ["unknown attribute 'colour' for Property."],
        )


async def test_deals_are_found_by_category_feeling_start_team_and_the_property_s_broker(book: Served) -> None:
    client = await book.post(last_name="Tango")
    team = await book.add(Team(name="Nord"))
    eva, tom = await book.add(User(first_name="Eva", team_id=team.id)), await book.add(User(first_name="Tom"))
    stage = (await book.add(DealPipeline(name="Kauf", stages=(DealStage(name="Neu"),)))).stages[0].id
    reason = await book.add(ReservationReason(name="Preis"))
    flat = await book.add(Property(agent_id=tom.id))
    made = (
        Deal(contact_id=client, user_id=eva.id, start_date=date(2026, 5, 1)),
        Deal(contact_id=client, stage_id=stage, property_id=flat.id, start_date=date(2026, 6, 1)),
        Deal(contact_id=client, stage_id=stage, reservation_reason_id=reason.id),
    )
    one, two, three = [(await book.add(deal)).id for deal in made]
    path = f"/client_properties/{one}"
    assert (await book.http.put(path, json={"client_property": {"feeling": 3}})).json()["category"] == "unqualified"

    async def found(**params: Any) -> list[int]:
        return await listed(book, "/client_properties", "data", **params)

    assert await found(category="qualified") == [two]
    assert await found(category="unqualified") == [one]
    assert await found(category="lost") == [three]
    assert await found(feeling_from=2) == [one]
    assert await found(feeling_to=2) == []
    assert await found(start_date_from="2026-05-02") == [two]
    assert await found(start_date_to="2026-05-01", sort_by="created_at") == [one]
    assert await found(team_id=team.id) == [one]
    assert await found(team_id=99) == []
    assert await found(property_broker_ids=f"{tom.id},99") == [two]
    assert await found(property_broker_ids=eva.id) == []
    assert await book.refused("GET", "/client_properties?category=x") == (422, ["category ist ungültig"])
    assert await book.refused("GET", "/client_properties?start_date_from=x") == (
        422,
        ["start_date_from ist kein gültiges Datum (ISO 8601)"],
    )
    row = (await book.http.get(path)).json()
    await book.http.put(path, json={"client_property": row})
    moved = (await book.http.put(path, json={"client_property": {"deal_stage_id": stage}})).json()
    assert moved["category"] == "qualified"
    told = (await book.http.put(path, json={"client_property": {"category": "lost"}})).json()
    assert (told["category"], await found(category="lost")) == ("lost", [one, three])


async def test_events_are_found_by_state_recurrence_group_and_end(book: Served) -> None:
    tag = await book.add(Tag(name="Wichtig", external_ids={"propstack": "700"}))
    starts = datetime(2026, 5, 1, 9, tzinfo=UTC)
    made = (
        Appointment(starts_at=starts, ends_at=starts.replace(hour=10), state=2),
        Appointment(starts_at=starts.replace(hour=11), ends_at=starts.replace(hour=12), recurrence="FREQ=DAILY"),
        Appointment(
            starts_at=starts.replace(hour=13), extras={"propstack": {"group_ids": [tag.id], "recurring": True}}
        ),
    )
    one, two, three = [(await book.add(event)).id for event in made]

    async def found(**params: Any) -> list[int]:
        return await listed(book, "/events", "events", **params)

    assert await found(state="cancelled") == await found(state=2) == [one]
    assert await found(state="neutral", order="desc") == [three, two]
    assert await found(recurring=1) == [two, three]
    assert await found(recurring="false") == [one]
    assert await found(tag=700) == [three]
    assert await found(tag=999) == []
    assert await found(ends_at_after="2026-05-01T11:00:00Z") == [two]
    assert await found(ends_at_before="2026-05-01T11:00:00Z", starts_at_from="2026-05-01") == [one]
    assert await found(state="neutral", per=1, page=2) == [three]
    assert await book.refused("GET", "/events?state=weg") == (422, ["state ist keiner der möglichen Werte"])


async def test_documents_are_found_by_whether_they_are_private(small: Served) -> None:
    open_, secret = [(await small.add(Document(title="x", is_private=flag))).id for flag in (False, True)]
    assert await listed(small, "/documents", "documents") == [open_, secret]
    assert await listed(small, "/documents", "documents", is_private=1) == [secret]
    assert await listed(small, "/documents", "documents", is_private="false", order_by="created_at,desc") == [open_]


async def test_tasks_of_all_kinds_are_one_list_the_newest_first(small: Served) -> None:
    client = await small.post(last_name="Tango")
    made = (Note(title="N", contact_ids=(client,)), Todo(title="T"), Appointment(title="A"), Cancelation(title="C"))
    ids = [(await small.add(one)).id for one in made]
    note, todo, event, gone = ids

    async def found(**params: Any) -> list[int]:
        return await listed(small, "/tasks", "tasks", **params)

    assert await found() == [gone, event, todo, note]
    assert await found(order="asc") == ids
    assert await found(is_reminder=1) == [todo]
    assert await found(is_event="true") == [event]
    assert await found(is_event=1, is_reminder=1) == []
    assert await found(is_event=0, is_reminder=0) == [gone, note]
    assert await found(client_id=client) == [note]
    assert await found(client=f"{client},99", per=1, page=1) == [note]
    row = (await small.http.get("/tasks", params={"client": client})).json()["tasks"][0]
    assert row == (await small.http.get(f"/tasks/{note}")).json()
    async with await small.client(scopes=["todos:read"]) as key:
        assert [row["id"] for row in (await key.get("/tasks")).json()["tasks"]] == [todo]
