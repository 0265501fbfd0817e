"""What stands around the contacts: envelopes, wrappers and keys of the vendor's pages, call by call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from onebook.model.account import User
from onebook.model.activity import ActivityType, Message, Policy
from onebook.model.deal import DealPipeline, DealStage
from onebook.model.organisation import Department, PropertyStatus, ReservationReason, Team
from tests.conformance.propstack.served import Served, served

EXAMPLES = Path(__file__).parent / "neighbours"
PAGE_ROW = Path(__file__).parent / "datadump" / "properties.json"
HOUR = "2026-03-01T10:00:00.000+01:00"


def example(name: str) -> Any:
    """One answer as the vendor documents it, or the keys of one."""
    return msgspec.json.decode((EXAMPLES / f"{name}.json").read_bytes())


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it


async def got(book: Served, path: str, **params: Any) -> Any:
    """The answer to a GET."""
    answer = await book.http.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def sent(book: Served, method: str, path: str, status: int = 200, **body: Any) -> Any:
    """The answer to a request with a body."""
    answer = await book.http.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def own(number: int) -> dict[str, str]:
    """What makes a record answer to the vendor's id."""
    return {"propstack": str(number)}


async def house(book: Served, **fields: Any) -> int:
    """A property."""
    made = await sent(book, "POST", "/units", property={"unit_id": "W1", **fields})
    assert made == {"ok": True, "id": made["id"]}
    return int(made["id"])


async def test_brokers_and_teams_are_shown_as_on_the_page_under_the_ids_that_the_vendor_gave_them(book: Served) -> None:
    (broker,) = example("brokers")
    department = await book.add(Department(name="Süd", external_ids=own(32)))
    texts = ("avatar", "avatar_url", "phone_system_number", "abstract", "description")
    paul = await book.add(
        User(
            **{name: broker[name] for name in ("salutation", "academic_title", "first_name", "last_name", "email")},
            **{name: broker[name] for name in ("position", "phone", "color")},
            department_ids=(department.id,),
            external_ids=own(123),
            extras={"propstack": {name: broker[name] for name in texts}},
        )
    )
    (team,) = example("teams")
    await book.add(
        Team(
            name="Vertrieb",
            position=2,
            logo_url=team["logo_url"],
            external_ids=own(31),
            extras={"propstack": {"cancellation_policy_note": "<p>Widerruf</p>", "imprint_note": ""}},
        )
    )
    await sent(book, "PUT", "/teams/31", team={"broker_ids": ["123"]})

    assert await got(book, "/brokers") == example("brokers")
    assert await got(book, "/teams") == example("teams")
    assert await got(book, "/teams/31") == team
    assert paul.id != 123


async def test_a_team_is_made_changed_and_deleted_in_the_wrapper_of_the_page(book: Served) -> None:
    eva, tom = await book.add(User(first_name="Eva")), await book.add(User(first_name="Tom"))
    first = await sent(book, "POST", "/teams", team={"name": "A", "broker_ids": [eva.id, tom.id]})
    second = await sent(book, "POST", "/teams", team={"name": "B", "broker_ids": [tom.id]})

    assert [team["broker_ids"] for team in await got(book, "/teams")] == [[eva.id], [tom.id]]
    assert [user["team_id"] for user in await got(book, "/brokers")] == [first["id"], second["id"]]
    changed = await sent(book, "PUT", f"/teams/{first['id']}", team={"position": 3})
    assert changed == {**first, "position": 3, "broker_ids": [eva.id]}
    assert await sent(book, "DELETE", f"/teams/{second['id']}") == {"id": second["id"]}
    assert [team["name"] for team in await got(book, "/teams")] == ["A"]


async def test_hooks_are_taken_from_query_or_body_and_read_back_in_capitals(book: Served) -> None:
    url = "https://agentur.example/hook"
    answer = await book.http.post("/hooks", params={"target_url": url, "event": "client_created"})
    number = answer.json()["id"]
    assert answer.json() == {"id": number}
    assert await sent(book, "POST", "/hooks", target_url=url, event="CLIENT_CREATED") == {"id": number}

    (hook,) = example("hooks")["hooks"]
    assert await got(book, "/hooks") == {"hooks": [{**hook, "id": number}]}
    assert (await book.http.delete(f"/hooks/{number}")).json() == {"ok": True}
    assert await got(book, "/hooks") == {"hooks": []}


async def test_pipelines_stand_under_data_with_their_stages(book: Served) -> None:
    paul = await book.add(User(first_name="Paul", external_ids=own(123)))
    stages = tuple(msgspec.convert(one, DealStage) for one in example("deal_pipelines")["data"][0]["deal_stages"])
    await book.add(DealPipeline(name="Verkauf", user_ids=(paul.id,), stages=stages, external_ids=own(5)))

    assert await got(book, "/deal_pipelines") == example("deal_pipelines")
    assert await got(book, "/deal_pipelines/5") == example("deal_pipelines")["data"][0]
    assert await book.refused("GET", "/deal_pipelines/6") == (
        404,
        ["DealPipeline mit der id=6 konnte nicht gefunden werden."],
    )


async def test_small_lists_are_bare_and_kinds_of_activities_stand_under_data(book: Served) -> None:
    await book.add(ReservationReason(name="zu teuer", external_ids=own(1)))
    await book.add(PropertyStatus(name="Aktiv", color="#0f0", position=2, external_ids=own(6)))
    await book.add(ActivityType(name="Anruf", category="note", external_ids=own(56)))
    await book.add(ActivityType(name="Besichtigung", category="event", external_ids=own(57)))

    assert await got(book, "/reservation_reasons") == [{"id": 1, "name": "zu teuer", "position": None}]
    assert await got(book, "/property_statuses") == [{"id": 6, "name": "Aktiv", "color": "#0f0", "position": 2}]
    call = {"id": 56, "name": "Anruf", "category": "for_notes", "color": None}
    visit = {"id": 57, "name": "Besichtigung", "category": "for_events", "color": None}
    assert await got(book, "/activity_types") == {"data": [call, visit], "meta": {"total_count": 2}}
    assert await got(book, "/activity_types", category="for_events") == {"data": [visit], "meta": {"total_count": 1}}


async def test_a_property_has_every_key_of_the_page_with_a_value_of_its_type(book: Served) -> None:
    (page,) = msgspec.json.decode(PAGE_ROW.read_bytes())
    skipped = {"broker_id", "brokers", "project_id", "property_status_id", "status", "created_at", "updated_at", "id"}
    number = await house(book, **{name: value for name, value in page.items() if name not in skipped})

    row = await got(book, f"/properties/{number}")
    assert [name for name in row if name in page] == list(page)
    assert {name: row[name] for name in page if name not in skipped} == {
        name: value for name, value in page.items() if name not in skipped
    }
    listed = await got(book, "/units")
    assert listed == [row]
    assert await got(book, "/properties", with_meta=1) == {"data": [row], "meta": {"total_count": 1}}


async def test_an_attribute_that_no_property_has_is_400_in_the_vendor_s_words(book: Served) -> None:
    body = {"property": {"title": "Haus", "quark": 1}}
    assert await book.refused("POST", "/units", json=body) == (400, ["unknown attribute 'quark' for Property."])
    number = await house(book)
    assert (await book.refused("PUT", f"/properties/{number}", json=body))[0] == 400
    assert (await got(book, f"/units/{number}"))["title"] is None


async def test_projects_are_a_bare_list_and_made_with_201(book: Served) -> None:
    body = {"name": "Hof", "title": "Am Hof", "status": "SALES", "lat": 52.5, "sub_headline": "neu", "note": "x"}
    made = await sent(book, "POST", "/projects", 201, project=body)
    assert made == {"ok": True, "id": made["id"]}

    (row,) = await got(book, "/projects")
    assert set(example("project")) <= set(row)
    assert row["status"] == {"label": "Vertrieb", "color": None}
    changed = await sent(book, "PUT", f"/projects/{made['id']}", project={**row, "status": "SOLD"})
    assert changed == {**row, "status": {"label": "Verkauft", "color": None}, "updated_at": changed["updated_at"]}


async def test_a_deal_takes_pipeline_chance_and_project_from_what_it_is_about(book: Served) -> None:
    client = await book.post(last_name="Tango")
    stages = (DealStage(name="Neu", chance=10), DealStage(name="Notar", chance=90))
    pipeline = await book.add(DealPipeline(name="Kauf", stages=stages))
    project = (await sent(book, "POST", "/projects", 201, project={"name": "Hof"}))["id"]
    flat = await house(book, project_id=project)
    stage = pipeline.stages[0].id

    made = await sent(
        book, "POST", "/client_properties", client_property={"client_id": str(client), "property_id": flat,
        "deal_stage_id": stage, "price": 500000.5, "note": "eilig", "date": "2026-03-02"}
    )  # fmt: skip

    assert set(example("deal")) <= set(made)
    assert (made["deal_pipeline_id"], made["deal_stage_chance"], made["project_id"]) == (pipeline.id, 10, project)
    moved = {"client_property": {"deal_stage_id": pipeline.stages[1].id}}
    changed = (await book.http.put(f"/client_properties/{made['id']}", json=moved)).json()
    assert (changed["deal_stage_chance"], changed["price"], changed["note"]) == (90, 500000.5, "eilig")
    listed = await got(book, "/client_properties", client_id=client, include="client,property")
    assert listed["meta"] == {"total_count": 1}
    assert (listed["data"][0]["client"]["name"], listed["data"][0]["property"]["unit_id"]) == ("Tango", "W1")
    assert (await got(book, "/client_properties", deal_stage_ids=stage))["data"] == []


async def test_a_saved_query_keeps_what_is_looked_for(book: Served) -> None:
    client = await book.post(last_name="Tango")
    wanted = {
        "client_id": client, "active": True, "cities": ["Berlin"], "lat": 52.5, "lng": 13.4, "radius": 1500,
        "marketing_type": "BUY", "rs_types": ["APARTMENT"], "price": 300000, "price_to": 400000, "balcony": "true",
        "floor_to": 3, "note": "bald",
    }  # fmt: skip
    made = await sent(book, "POST", "/saved_queries", saved_query=wanted)

    assert set(example("saved_query")) <= set(made)
    assert {name: made[name] for name in wanted} == {**wanted, "balcony": True}
    assert await got(book, "/saved_queries", client=client) == {"data": [made]}
    assert await got(book, "/saved_queries", client=client + 1) == {"data": []}
    number = made["id"]
    assert (await sent(book, "PUT", f"/saved_queries/{number}", saved_query={"active": False}))["active"] is False
    assert (await book.http.delete(f"/saved_queries/{number}")).json() == {"ok": True, "id": number}


async def test_tasks_notes_and_events_are_one_feed_of_activities(book: Served) -> None:
    client, flat = await book.post(last_name="Tango"), await house(book)
    links = {"client_ids": [client], "property_ids": [str(flat)]}
    reason = await book.add(ReservationReason(name="zu teuer"))
    note = await sent(book, "POST", "/notes", note={"body": "rief an", **links})
    todo = (await sent(book, "POST", "/tasks", task={"title": "Anrufen", "is_reminder": True, "due_date": HOUR}))["id"]
    event = (
        await sent(book, "POST", "/tasks", task={"title": "Termin", "is_event": True, "starts_at": HOUR, **links})
    )["id"]
    told_off = {"title": "Absage", "reservation_reason_id": reason.id, **links}
    off = (await sent(book, "POST", "/tasks", task=told_off))["id"]
    await book.add(Message(title="Exposé", direction="out", contact_ids=(client,)))
    await book.add(Policy(title="Widerruf", contact_ids=(client,)))

    task = await got(book, f"/tasks/{event}")
    assert set(example("task")) <= set(task)
    assert (task["is_event"], task["is_reminder"], task["starts_at"], task["state"]) == (True, False, HOUR, "neutral")
    assert set(example("note")) <= set(note)
    assert note["client"] == {"id": client, "name": "Tango"}
    assert await got(book, "/notes", client=client) == {"notes": [note]}
    assert [row["id"] for row in (await got(book, "/events", starts_at_from="2026-03-01"))["events"]] == [event]
    assert (await got(book, "/events", starts_at_from="2026-03-02"))["meta"] == {"total_count": 0}

    feed = await got(book, "/activities", per=4)
    assert feed["meta"] == {"total_count": 6}
    assert [row["conversation_type"] for row in feed["data"]] == ["policy", "message", "cancelation", "event"]
    assert set(example("activity")) <= set(feed["data"][0])
    rest = await got(book, "/activities", per=4, page=2)
    assert [row["title"] for row in rest["data"]] == ["Anrufen", None]
    about = await got(book, "/activities", client_id=client, item_type="note,event", order="asc")
    assert [(row["id"], row["client_names"], row["property_names"]) for row in about["data"]] == [
        (note["id"], ["Tango"], ["W1"]),
        (event, ["Tango"], ["W1"]),
    ]
    assert await got(book, f"/activities/{event}") == {"id": event, "activatable_type": "Task", "activatable": task}
    assert (await got(book, f"/activities/{feed['data'][0]['id']}"))["activatable_type"] == "Policy"
    assert (await got(book, "/activities", created_at_to="2026-01-01"))["data"] == []
    assert (await got(book, f"/tasks/{off}"))["reservation_reason_id"] == reason.id
    assert (await got(book, f"/tasks/{todo}"))["due_date"] == HOUR


async def test_a_task_that_becomes_another_kind_keeps_its_id_and_all_that_was_said(book: Served) -> None:
    client = await book.post(last_name="Tango")
    said = {"title": "Anrufen", "due_date": HOUR, "client_ids": [client], "colour": "rot", "remind_at": HOUR}
    number = (await sent(book, "POST", "/tasks", task=said))["id"]
    before = await got(book, f"/tasks/{number}")
    assert before["is_reminder"]

    event = {"is_reminder": False, "is_event": True, "starts_at": HOUR, "location": "Büro", "state": "took_place"}
    after = await sent(book, "PUT", f"/tasks/{number}", task=event)

    changed = {"is_reminder", "is_event", "starts_at", "location", "state", "updated_at"}
    assert {name for name in after if after[name] != before[name]} == changed
    assert [row["id"] for row in (await got(book, "/events"))["events"]] == [number]
    assert len((await got(book, "/activities"))["data"]) == 1
    back = await sent(book, "PUT", f"/tasks/{number}", task={"is_event": False, "is_reminder": True})
    assert (back["due_date"], back["location"], back["created_at"]) == (HOUR, "Büro", before["created_at"])
    assert await sent(book, "PUT", f"/tasks/{number}", task=back) == back


async def test_ownerships_and_partnerships_are_made_and_deleted_by_their_two_ends(book: Served) -> None:
    client, flat = await book.post(last_name="Tango"), await house(book, title="Wohnung")
    ends: dict[str, Any] = {"client_id": client, "property_id": str(flat)}

    assert await sent(book, "POST", "/ownerships", **ends) == {"okay": True}
    assert await sent(book, "POST", "/ownerships", ownership=ends) == {"okay": True}
    assert await sent(book, "POST", "/partnerships", **ends, name="Käufer") == {"okay": True}
    contact = await book.get(client, include="relationships")
    assert [one["id"] for one in contact["owned_properties"]] == [flat]
    assert [(one["internal_name"], one["name"]) for one in contact["relationships"]] == [
        ("owner", None),
        ("partner", "Käufer"),
    ]

    assert await sent(book, "DELETE", "/ownerships", **ends) == {"okay": True}
    assert (await book.get(client))["owned_properties"] == []
    status, _ = await book.refused("DELETE", "/ownerships", json=ends)
    assert status == 404
    unknown = {"client_id": 999, "property_id": 999}
    assert await book.refused("POST", "/partnerships", json=unknown) == (422, ["client_id existiert nicht"])
    assert await book.refused("POST", "/ownerships", json={}) == (
        422,
        ["client_id muss ausgefüllt sein", "property_id muss ausgefüllt sein"],
    )


async def test_favorites_are_the_properties_that_a_contact_likes(book: Served) -> None:
    client, flat = await book.post(last_name="Tango"), await house(book)
    assert await got(book, f"/contacts/{client}/favorites") == []

    await sent(book, "POST", f"/contacts/{client}/favorites", property_id=flat)
    await sent(book, "POST", f"/contacts/{client}/favorites", property_ids=[flat])

    assert await got(book, f"/contacts/{client}/favorites") == [await got(book, f"/units/{flat}")]
