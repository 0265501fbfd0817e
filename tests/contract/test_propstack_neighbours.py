"""Around Propstack's contacts: ids that another system gave, what is refused and in which words, what a key may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from onebook.dialects.propstack.server import ROUTES
from onebook.model.account import CustomField, Option, Source, Status, Tag, TagGroup, User
from onebook.model.activity import ActivityType, Todo
from onebook.model.deal import DealPipeline, DealStage
from onebook.model.organisation import Department, PropertyStatus
from onebook.model.project import Project
from onebook.model.property import Property
from tests.conformance.propstack.served import Served, served


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it


@pytest.fixture
async def small(sqlite_url: str) -> AsyncIterator[Served]:
    async with served(sqlite_url) as it:
        yield it


def own(number: int) -> dict[str, str]:
    """What makes a record answer to the vendor's id."""
    return {"propstack": str(number)}


async def test_a_contact_names_others_by_the_ids_that_the_vendor_gave_them(book: Served) -> None:
    await book.add(User(first_name="Eva", external_ids=own(700)))
    await book.add(Status(name="Kunde", external_ids=own(701)))
    await book.add(Source(name="Web", external_ids=own(702)))
    above = await book.add(TagGroup(name="Rolle", external_ids=own(703)))
    await book.add(Tag(name="Käufer", group_id=above.id, external_ids=own(704)))
    await book.add(Project(name="Hof", external_ids=own(705)))
    await book.add(Department(name="Süd", external_ids=own(706)))
    client = await book.post(
        last_name="Tango", broker_id="700", client_status_id=701, client_source_id=702, group_ids=[704],
        project_ids=[705], department_ids=["706"], broker_ids=[700],
    )  # fmt: skip

    found = await book.get(client)
    assert (found["broker_id"], found["client_status_id"], found["client_source_id"]) == (700, 701, 702)
    assert (found["broker"]["id"], found["status"]["id"], found["client_source"]["id"]) == (700, 701, 702)
    assert found["groups"] == [{"id": 704, "name": "Käufer", "super_group_id": 703}]
    assert found["broker_ids"] == [700]
    for query in ("broker_id=700", "status=701", "sources=702", "group=704", "project_ids=705"):
        assert await book.ids(query) == [client], query
        assert await book.ids(query.replace("70", "80")) == [], query
    again = await book.put(client, **found)
    assert {name for name in again if again[name] != found[name]} <= {"updated_at", "updated_at_formatted"}
    assert (await book.http.get("/groups?super_group=703")).json()[0]["id"] == 704
    assert (await book.put(client, sub_group_ids=[704], broker_id=None))["groups"] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("project_ids", [99]),
        ("department_ids", ["99"]),
        ("broker_id", 99),
        ("client_status_id", 99),
        ("group_ids", [99]),
        ("broker_ids", [99]),
    ],
)
async def test_a_contact_that_points_to_what_is_not_there_is_refused(small: Served, key: str, value: Any) -> None:
    assert await small.refused("POST", "/contacts", json={"client": {"last_name": "T", key: value}}) == (
        422,
        [f"{key} existiert nicht"],
    )
    assert await small.ids() == []


async def test_an_own_id_that_is_hidden_by_the_vendor_s_names_nobody(small: Served) -> None:
    eva = await small.add(User(first_name="Eva", external_ids=own(700)))
    status, texts = await small.refused("POST", "/contacts", json={"client": {"broker_id": eva.id}})
    assert (status, texts) == (422, ["broker_id existiert nicht"])


async def test_a_row_sent_back_as_it_was_read_changes_nothing(book: Served) -> None:
    client = await book.post(last_name="Tango")
    eva = await book.add(User(first_name="Eva", external_ids=own(700)))
    kind = await book.add(ActivityType(name="Anruf", category="note", external_ids=own(701)))
    stage = (await book.add(DealPipeline(name="Kauf", stages=(DealStage(name="Neu"),)))).stages[0].id
    flat = await book.add(
        Property(reference="W1", agent_id=eva.id, operation="temporary_rental", features={"ramp": True, "x": "y"})
    )
    todo = await book.add(
        Todo(title="Anrufen", user_id=eva.id, type_id=kind.id, contact_ids=(client,), property_ids=(flat.id,))
    )
    ends = {"client_id": client, "property_id": flat.id}
    deal = (
        await book.http.post("/client_properties", json={"client_property": {**ends, "deal_stage_id": stage}})
    ).json()
    query = (await book.http.post("/saved_queries", json={"saved_query": {"client_id": client, "radius": 1}})).json()
    for path, wrapper in (
        (f"/units/{flat.id}", "property"),
        (f"/tasks/{todo.id}", "task"),
        (f"/client_properties/{deal['id']}", "client_property"),
        (f"/saved_queries/{query['id']}", "saved_query"),
    ):
        before = (await book.http.get(path)).json()
        answer = await book.http.put(path, json={wrapper: before})
        assert answer.json() == before, path


async def test_one_key_changes_one_key_and_null_and_empty_text_are_two_things(small: Served) -> None:
    number = (await small.http.post("/units", json={"property": {"title": "Haus", "city": "Berlin"}})).json()["id"]

    async def put(**keys: Any) -> dict[str, Any]:
        row: dict[str, Any] = (await small.http.put(f"/units/{number}", json={"property": keys})).json()
        return row

    before = (await small.http.get(f"/units/{number}")).json()
    for keys in ({"price": 1.5}, {"lift": "true"}, {"address": "x"}, {"city": ""}, {"city": None}, {"ramp": True}):
        after = await put(**keys)
        changed = {name for name in after if after[name] != before[name]} - {"updated_at"}
        assert changed == set(keys), keys
        before = after


async def test_custom_fields_are_those_of_properties(small: Served) -> None:
    await small.add(CustomField(name="aussicht", entity="properties", type="choice", options=(Option(name="See"),)))
    await small.add(CustomField(name="schuhgröße"))
    body = {"property": {"custom_fields": {"aussicht": "See", "fremd": 1}}}
    number = (await small.http.post("/units", json=body)).json()["id"]

    row = (await small.http.get(f"/units/{number}")).json()
    assert row["custom_fields"] == {"aussicht": {"value": 1, "pretty_value": "See"}}
    answer = await small.http.put(f"/units/{number}", json={"property": {"partial_custom_fields": {"aussicht": None}}})
    assert answer.json()["custom_fields"] == {"aussicht": {"value": None, "pretty_value": None}}
    bad = {"property": {"custom_fields": {"aussicht": "Meer"}}}
    assert await small.refused("PUT", f"/units/{number}", json=bad) == (
        422,
        ["custom_fields.aussicht ist keine der Optionen"],
    )


@pytest.mark.parametrize(
    ("path", "body", "texts"),
    [
        ("/teams", {"team": {}}, ["team darf nicht leer sein"]),
        ("/teams", {"team": {"name": " "}}, ["name muss ausgefüllt sein"]),
        ("/teams", {"team": {"position": 1}}, ["name muss ausgefüllt sein"]),
        ("/projects", {"name": "ohne Hülle"}, ["project muss ausgefüllt sein"]),
        ("/teams", {"team": {"name": "A", "broker_ids": [9]}}, ["broker_ids existiert nicht"]),
        ("/tasks", {"task": {"body": "x"}}, ["title muss ausgefüllt sein"]),
        ("/tasks", {"task": {"title": "x", "due_date": "morgen"}}, ["due_date ist kein gültiges Datum (ISO 8601)"]),
        ("/tasks", {"task": {"title": "x", "state": "weg"}}, ["state ist keiner der möglichen Werte"]),
        ("/tasks", {"task": {"title": "x", "is_event": "ja"}}, ["is_event muss true oder false sein"]),
        ("/tasks", {"task": {"title": "x", "client_ids": [1, 2]}}, ["client_ids existiert nicht"]),
        ("/tasks", {"task": {"title": "x", "note_type_id": 9}}, ["note_type_id existiert nicht"]),
        ("/notes", {"note": {"client_ids": []}}, ["body muss ausgefüllt sein"]),
        ("/client_properties", {"client_property": {"price": 1}}, ["client_id muss ausgefüllt sein"]),
        (
            "/client_properties",
            {"client_property": {"client_id": 9, "deal_stage_id": 8, "price": "viel"}},
            ["price muss eine Zahl sein"],
        ),
        (
            "/client_properties",
            {"client_property": {"client_id": 9, "deal_stage_id": 8}},
            ["deal_stage_id existiert nicht", "client_id existiert nicht"],
        ),
        ("/saved_queries", {"saved_query": {"client_id": 9}}, ["client_id existiert nicht"]),
        ("/units", {"property": {"marketing_type": "LEASE"}}, ["marketing_type ist keiner der möglichen Werte"]),
        ("/units", {"property": {"property_status_id": 9}}, ["property_status_id existiert nicht"]),
        ("/units", {"property": {"price": True, "floor": 1}}, ["price muss eine Zahl sein"]),
        ("/projects", {"project": {"broker_id": 9}}, ["broker_id existiert nicht"]),
        ("/hooks", {"event": "client_created"}, ["target_url muss ausgefüllt sein"]),
        ("/hooks", {"event": "tea_time", "target_url": "https://a.example"}, ["event ist keiner der möglichen Werte"]),
        ("/hooks", {"event": "client_created", "target_url": "nirgendwo"}, ["target_url ist ungültig"]),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_under_the_vendor_s_name(
    small: Served, path: str, body: dict[str, Any], texts: list[str]
) -> None:
    assert await small.refused("POST", path, json=body) == (422, texts)


async def test_two_properties_never_have_one_number(small: Served) -> None:
    await small.http.post("/units", json={"property": {"unit_id": "W1"}})
    assert await small.refused("POST", "/units", json={"property": {"unit_id": "W1"}}) == (
        422,
        ["unit_id ist bereits vergeben"],
    )


async def test_every_call_needs_its_scope_and_without_it_the_answer_is_401(small: Served) -> None:
    async with await small.client(scopes=["leads:read"]) as nobody:
        for route in ROUTES:
            if route.scope is not None:
                answer = await nobody.request(route.method, route.path.replace("{id}", "1"), json={})
                assert answer.status_code == 401, (route.method, route.path, answer.text)
                assert answer.json() == {"errors": ["API-Key besitzt nicht genügend Rechte"]}


async def test_a_key_for_one_kind_of_task_reaches_no_other(small: Served) -> None:
    event = (await small.http.post("/tasks", json={"task": {"title": "Termin", "is_event": True}})).json()["id"]
    note = (await small.http.post("/notes", json={"note": {"body": "x"}})).json()["id"]
    async with await small.client(scopes=["notes:read", "notes:write"]) as key:
        assert (await key.get(f"/tasks/{note}")).status_code == 200
        assert (await key.get(f"/tasks/{event}")).status_code == 404
        assert [row["id"] for row in (await key.get("/activities")).json()["data"]] == [note]
        answer = await key.post("/tasks", json={"task": {"title": "Termin", "is_event": True}})
        assert answer.status_code == 401
        assert (await key.put(f"/tasks/{note}", json={"task": {"is_event": True}})).status_code == 401


async def test_properties_are_filtered_and_paged(small: Served) -> None:
    active = await small.add(PropertyStatus(name="Aktiv", external_ids=own(6)))
    ids = []
    for number in range(5):
        made = Property(reference=f"W{number}", status_id=active.id if number % 2 else None, is_archived=number == 4)
        ids.append((await small.add(made)).id)

    async def found(query: str) -> list[int]:
        return [row["id"] for row in (await small.http.get(f"/units?{query}")).json()]

    assert await found("") == ids[:4]
    assert await found("archived=1") == ids[4:]
    assert await found("archived=-1&per=2&page=2") == ids[2:4]
    assert await found("status=6") == [ids[1], ids[3]]
    assert await found("status=7") == []
    assert await found(f"property_ids={ids[3]},{ids[0]},{ids[4]}") == [ids[0], ids[3]]
    assert await found("unit_id=W2") == [ids[2]]
    assert await found("sort_by=id&per=1") == [ids[3]]
    assert await small.refused("GET", "/units?sort_by=mood") == (422, ["sort_by ist ungültig"])


async def test_writes_at_once_to_different_keys_of_one_record_all_stand(book: Served) -> None:
    number = (await book.http.post("/units", json={"property": {"title": "Haus"}})).json()["id"]
    keys: dict[str, Any] = {
        "price": 1, "living_space": 2.5, "city": "Berlin", "lift": True, "ramp": True, "address": "x", "floor": 3,
        "flooring_type": ["TILE"], "marketing_type": "RENT", "start_rental_date": "2026-05-01",
    }  # fmt: skip

    def put(name: str) -> Any:
        return book.http.put(f"/units/{number}", json={"property": {name: keys[name]}})

    answers = await asyncio.gather(*(put(name) for name in keys))
    assert {answer.status_code for answer in answers} == {200}
    row = (await book.http.get(f"/units/{number}")).json()
    assert {name: row[name] for name in keys} == keys


async def test_links_made_at_once_are_made_once(book: Served) -> None:
    client = await book.post(last_name="Tango")
    flat = (await book.http.post("/units", json={"property": {"title": "Haus"}})).json()["id"]
    ends = {"client_id": client, "property_id": flat}
    hook = {"target_url": "https://agentur.example/hook", "event": "task_created"}

    await asyncio.gather(
        *(book.http.post("/ownerships", json=ends) for _ in range(5)),
        *(book.http.post("/hooks", json=hook) for _ in range(5)),
        *(book.http.post(f"/contacts/{client}/favorites", json={"property_id": flat}) for _ in range(5)),
    )

    contact = await book.get(client, include="relationships")
    assert sorted(one["internal_name"] for one in contact["relationships"]) == ["favorite", "owner"]
    assert len((await book.http.get("/hooks")).json()["hooks"]) == 1


async def test_properties_are_searched_by_words_and_ranges(book: Served) -> None:
    made = (
        Property(reference="W1", city="Köln", street="Ährenweg", price=100, rooms=2.5, property_type="HOUSE"),
        Property(reference="W2", city="Bonn", title="Haus in Koeln", price=200, country="DE", usage="LIVING"),
        Property(reference="X3", city="Koblenz", features={"x": 1}, extras={"propstack": {"property_space_value": 80}}),
        Property(reference="W4", city="Köln", price=300, is_archived=True),
    )
    ids = [(await book.add(one)).id for one in made]

    async def found(query: str) -> list[int]:
        answer = (await book.http.get(f"/units?with_meta=1&{query}")).json()
        assert answer["meta"]["total_count"] >= len(answer["data"])
        return [row["id"] for row in answer["data"]]

    assert await found("q=koln") == ids[:2]
    assert await found("q=koln ahren") == ids[:1]
    assert await found("q=w&archived=-1") == [ids[0], ids[1], ids[3]]
    assert await found("q=w&archived=-1&per=1&page=2&sort_by=created_at") == [ids[1]]
    assert await found("price_from=100&price_to=199.5") == ids[:1]
    assert await found("number_of_rooms_from=2.5") == ids[:1]
    assert await found("property_space_value_to=80") == ids[2:3]
    assert await found("rs_type=HOUSE,FLAT") == ids[:1]
    assert await found("country=de") == ids[1:2]
    assert await found("object_type[]=LIVING&object_type[]=INVESTMENT") == ids[1:2]
    assert await found("q=w&created_at_from=2099-01-01") == []
    assert await book.refused("GET", "/units?price_from=viel") == (422, ["price_from muss eine Zahl sein"])
