"""What programs in use send to the vendor's API beside what its pages say, call by call."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from onebook.model.account import User
from onebook.model.activity import Todo
from onebook.model.deal import DealPipeline, DealStage
from onebook.model.document import Picture
from onebook.model.organisation import PropertyStatus, ReservationReason
from tests.conformance.propstack.served import Served, served


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it


@pytest.fixture
async def small(sqlite_url: str) -> AsyncIterator[Served]:
    async with served(sqlite_url) as it:
        yield it


async def got(book: Served, path: str, **params: Any) -> Any:
    """What a GET answers."""
    answer = await book.http.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def sent(book: Served, method: str, path: str, body: Any) -> Any:
    """What a request with a body answers."""
    answer = await book.http.request(method, path, json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def house(book: Served, **fields: Any) -> int:
    """The id of a new property."""
    return int((await sent(book, "POST", "/units", {"property": {"title": "Haus", **fields}}))["id"])


async def links(book: Served, client: int) -> list[tuple[str, int, str | None]]:
    """How the contact stands to properties."""
    found = (await book.get(client, include="relationships"))["relationships"]
    return [(one["internal_name"], one["property_id"], one["name"]) for one in found]


async def test_a_property_is_made_with_its_owner_and_partners_and_given_others(book: Served) -> None:
    seller, buyer = await book.post(last_name="Tango"), await book.post(last_name="Foxtrott")
    owner = {"internal_name": "owner", "related_client_id": str(seller)}
    flat = await house(book, relationships_attributes=[owner])
    assert await links(book, seller) == [("owner", flat, None)]
    assert [one["id"] for one in (await book.get(seller))["owned_properties"]] == [flat]

    partner = {"internal_name": "partner", "related_client_id": buyer, "name": "Käufer"}
    before = await got(book, f"/units/{flat}")
    after = await sent(book, "PUT", f"/units/{flat}", {"property": {"relationships_attributes": {"0": partner}}})
    assert {name for name in after if after[name] != before[name]} <= {"updated_at"}
    await sent(book, "PUT", f"/units/{flat}", {"property": {"price": 5, "relationships_attributes": [owner, partner]}})
    assert await links(book, buyer) == [("partner", flat, "Käufer")]
    assert await links(book, seller) == [("owner", flat, None)]

    gone = {"relationships_attributes": [{**owner, "_destroy": True}, {**owner, "_destroy": "1"}]}
    await sent(book, "PUT", f"/units/{flat}", {"property": gone})
    assert await links(book, seller) == []
    assert (await got(book, f"/units/{flat}"))["price"] == 5


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ("x", "relationships_attributes muss eine Liste sein"),
        ([1], "relationships_attributes muss eine Liste sein"),
        ([{"internal_name": "x", "related_client_id": 1}], "relationships_attributes.internal_name ist keiner der"),
        ([{"internal_name": "owner"}], "relationships_attributes.related_client_id muss ausgefüllt sein"),
        (
            [{"internal_name": "owner", "related_client_id": "x"}],
            "relationships_attributes.related_client_id muss eine",
        ),
        ([{"internal_name": "owner", "related_client_id": 99}], "relationships_attributes existiert nicht"),
    ],
)
async def test_of_a_property_whose_links_are_wrong_nothing_is_written(small: Served, entries: Any, text: str) -> None:
    status, errors = await small.refused(
        "POST", "/units", json={"property": {"title": "Haus", "relationships_attributes": entries}}
    )
    assert status == 422
    assert errors[0].startswith(text)
    assert await got(small, "/units") == []


async def test_a_status_is_set_by_its_id_under_either_key_and_a_row_sent_back_keeps_it(small: Served) -> None:
    first, second = [await small.add(PropertyStatus(name=name)) for name in ("Akquise", "Vermarktung")]
    flat = await house(small, status=first.id)
    row = await got(small, f"/units/{flat}")
    assert (row["property_status_id"], row["status"]) == (first.id, "Akquise")
    for said in (second.id, str(second.id), {"id": second.id, "name": "?"}):
        await sent(small, "PUT", f"/units/{flat}", {"property": {"status": first.id}})
        assert (await sent(small, "PUT", f"/units/{flat}", {"property": {"status": said}}))["status"] == "Vermarktung"
    assert (await sent(small, "PUT", f"/units/{flat}", {"property": row}))["status"] == "Akquise"
    assert await small.refused("PUT", f"/units/{flat}", json={"property": {"status": 99}}) == (
        422,
        ["property_status_id existiert nicht"],
    )


async def test_deals_are_found_and_sorted_by_what_their_two_sides_say(book: Served) -> None:
    eva, tom = [await book.add(User(first_name=name)) for name in ("Eva", "Tom")]
    pipeline = await book.add(DealPipeline(name="Verkauf", stages=(DealStage(name="A"), DealStage(name="B"))))
    first, second = pipeline.stages
    mine = await book.post(last_name="Tango", broker_id=eva.id)
    also = await book.post(last_name="Foxtrott", broker_id=tom.id, second_broker_id=eva.id, archived=True)
    other = await book.post(last_name="Walzer", broker_id=tom.id)
    flat, old = await house(book), await house(book, archived=True)
    deals = [
        (mine, flat, first.id, 300),
        (also, flat, second.id, 100),
        (other, old, first.id, None),
    ]
    made = [
        (await sent(book, "POST", "/client_properties", {"client_property": body}))["id"]
        for body in (
            {"client_id": client, "property_id": about, "deal_stage_id": stage, "price": price}
            for client, about, stage, price in deals
        )
    ]
    one, two, three = made
    for query, expected in (
        ("", made),
        (f"client_broker_ids[]={eva.id}", [one, two]),
        (f"client_broker_ids={tom.id}&show_archived_clients=false", [three]),
        ("client_broker_ids[]=99", []),
        ("show_archived_clients=true", made),
        ("show_archived_clients=0", [one, three]),
        ("hide_archived_properties=true", [one, two]),
        ("hide_archived_properties=false", made),
        (f"deal_pipeline_ids[]={pipeline.id}&deal_stage_ids[0]={second.id}", [two]),
        ("sort_by=price&order=asc", [two, one, three]),
        ("sort_by=price", [one, two, three]),
        ("sort_by=deal_stage_id&order=desc", [two, three, one]),
        ("sort_by=deal_stage_id&order=desc&per=1&page=2", [three]),
        ("sort_by=created_at&order=desc", [three, two, one]),
    ):
        answer = (await book.http.get(f"/client_properties?{query}")).json()
        assert [row["id"] for row in answer["data"]] == expected, query
        assert answer["meta"]["total_count"] == (3 if "per=1" in query else len(expected)), query
    for query in ("sort_by=name", "client_broker_ids=x", "hide_archived_properties=maybe"):
        assert (await book.refused("GET", f"/client_properties?{query}"))[0] == 422, query


async def test_activities_are_found_by_lists_of_ids_and_lead_to_their_task(book: Served) -> None:
    client, flat = await book.post(last_name="Tango"), await house(book)
    project = (await sent(book, "POST", "/projects", {"project": {"name": "Hof"}}))["id"]
    reason = await book.add(ReservationReason(name="Lage"))
    open_todo = await book.add(Todo(title="Anrufen", contact_ids=(client,), external_ids={"propstack": "900"}))
    tasks: list[dict[str, Any]] = [
        {"title": "Erledigt", "is_reminder": True, "done": True, "property_ids": [flat]},
        {"title": "Absage", "reservation_reason_id": reason.id, "project_ids": [project]},
        {"title": "Notiz", "client_ids": [client], "property_ids": [flat]},
    ]
    done, gone, note = [(await sent(book, "POST", "/tasks", {"task": task}))["id"] for task in tasks]
    for query, expected in (
        (f"client_ids[]={client}", [note, 900]),
        (f"client_ids={client}&property_ids[0]={flat}", [note]),
        (f"property_ids={flat},999", [note, done]),
        (f"project_ids[]={project}", [gone]),
        (f"reason_ids={reason.id}", [gone]),
        ("not_completed=true", [900]),
        ("not_completed=false&type=reminder", [done, 900]),
        ("item_type=note,sms", [note]),
        ("item_type=decision", []),
        ("client_ids[]=99", []),
    ):
        answer = (await book.http.get(f"/activities?{query}")).json()
        assert [row["activatable_id"] for row in answer["data"]] == expected, query
        assert answer["meta"]["total_count"] == len(expected), query
    (row,) = (await got(book, "/activities", not_completed="1"))["data"]
    assert (row["id"], row["activatable_type"]) == (open_todo.id, "Task")
    moved = await sent(book, "PUT", f"/tasks/{row['activatable_id']}", {"task": {"done": True}})
    assert (moved["id"], moved["done"]) == (900, True)
    assert (await book.refused("GET", "/activities?item_type=nope"))[0] == 422
    assert (await book.refused("GET", "/activities?type=nope"))[0] == 422


async def test_bodies_of_teams_and_documents_may_do_without_their_wrapper(small: Served) -> None:
    team = await sent(small, "POST", "/teams", {"name": "Süd", "position": 2})
    assert (await sent(small, "PUT", f"/teams/{team['id']}", {"name": "Nord"}))["position"] == 2
    client = await small.post(last_name="Tango")
    text = base64.b64encode(b"Guten Tag").decode()
    made = await sent(small, "POST", "/documents", {"doc": text, "client_id": str(client), "title": "a.txt"})
    assert (made["client_id"], made["title"]) == (client, "a.txt")
    assert (await sent(small, "PUT", f"/documents/{made['id']}", {"title": "b.txt"}))["title"] == "b.txt"
    for path, wrapper in (("/teams", "team"), ("/documents", "document")):
        bodies: tuple[Any, ...] = ({}, {wrapper: None}, {wrapper: []}, [], {"x": 1})
        for body in bodies:
            assert (await small.refused("POST", path, json=body))[0] == 422, (path, body)


async def test_lists_of_a_saved_query_may_be_one_text_and_a_note_may_name_one_contact(small: Served) -> None:
    client, flat = await small.post(last_name="Tango"), await house(small)
    query = {"client_id": client, "cities": "Berlin, Potsdam", "rs_types": "HOUSE", "regions": ["Süd"]}
    row = await sent(small, "POST", "/saved_queries", {"saved_query": query})
    assert (row["cities"], row["rs_types"], row["regions"]) == (["Berlin", "Potsdam"], ["HOUSE"], ["Süd"])
    changed = {"saved_query": {"cities": "", "rs_categories": "LOFT,VILLA"}}
    row = await sent(small, "PUT", f"/saved_queries/{row['id']}", changed)
    assert (row["cities"], row["rs_categories"], row["regions"]) == ([], ["LOFT", "VILLA"], ["Süd"])

    note = await sent(small, "POST", "/notes", {"note": {"body": "Da", "client_id": client, "property_id": str(flat)}})
    assert (note["client_ids"], note["property_ids"], note["project_ids"]) == ([client], [flat], [])


async def test_favorites_are_reached_by_the_contact_s_token(small: Served) -> None:
    client, flat = await small.post(last_name="Tango"), await house(small)
    token = (await small.get(client))["token"]
    await sent(small, "POST", f"/contacts/{token}/favorites", {"property_id": flat, "identifier": "token"})
    assert [row["id"] for row in await got(small, f"/contacts/{token}/favorites", identifier="token")] == [flat]
    assert (await small.refused("GET", f"/contacts/{token}/favorites"))[0] == 404


async def test_every_path_may_end_in_json(small: Served) -> None:
    client, flat = await small.post(last_name="Tango"), await house(small)
    assert await got(small, "/units.json", per=1) == await got(small, "/units")
    assert await got(small, f"/units/{flat}.json", locale="en") == await got(small, f"/units/{flat}")
    assert await got(small, f"/contacts/{client}/favorites.json/") == []
    assert (await sent(small, "POST", "/contacts.json", {"client": {"last_name": "Walzer"}}))["ok"] is True
    assert (await sent(small, "PUT", f"/units/{flat}.json", {"property": {"price": 5}}))["price"] == 5
    assert await small.refused("POST", "/units.json", json={"property": {"price": "x"}}) == (
        422,
        ["price muss eine Zahl sein"],
    )
    assert await small.refused("GET", "/units/99.json") == (
        404,
        ["Property mit der id=99 konnte nicht gefunden werden."],
    )
    assert (await small.refused("GET", "/contacts.xml"))[0] == 404
    assert (await small.refused("GET", "/datadump/contacts.json"))[0] == 404
    assert (await small.http.delete(f"/units/{flat}.json")).json() == {"ok": True, "id": flat}


async def test_the_parameters_of_a_get_may_stand_in_its_body(small: Served) -> None:
    first, second, third = [await house(small, price=price, archived=price == 3) for price in (1, 2, 3)]

    async def found(body: Any, query: str = "") -> list[int]:
        answer = await small.http.request("GET", f"/units?{query}", json=body)
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json()]

    assert await found({"per": 1, "page": 2}) == [second]
    assert await found({"property_ids": [first, str(second)], "archived": None}) == [first, second]
    assert await found({"archived": "-1", "price_from": 2, "sort_by": "price"}, "archived=0&order=asc") == [
        second,
        third,
    ]
    assert await found({"q": "Haus & Hof=1"}) == []
    ignored: tuple[Any, ...] = ([], {}, None, "x", {"deep": {"per": 1}})
    for nothing in ignored:
        assert await found(nothing) == [first, second]
    answer = await small.http.request("GET", "/units", json={"with_meta": True, "per": 1})
    assert answer.json()["meta"] == {"total_count": 2}
    client = await small.post(last_name="Tango")
    token = (await small.get(client))["token"]
    answer = await small.http.request("GET", f"/contacts/{token}", json={"identifier": "token"})
    assert answer.json()["id"] == client
    assert (await small.refused("GET", "/units", json={"per": "x"}))[0] == 422
    plain = await small.http.request("GET", "/units", content=b"{", headers={"content-type": "text/plain"})
    assert len(plain.json()) == 2
    assert (await small.refused("GET", "/units", content=b"{", headers={"content-type": "application/json"}))[0] == 400


async def test_a_property_read_anew_shows_what_stands_around_it(book: Served) -> None:
    eva = await book.add(User(first_name="Eva", last_name="Makler"))
    status = await book.add(PropertyStatus(name="Vermarktung", color="#fff"))
    project = (await sent(book, "POST", "/projects", {"project": {"name": "Hof"}}))["id"]
    flat = await house(book, broker_id=eva.id, property_status_id=status.id, project_id=project)
    for title, plan in (("Ansicht", False), ("Grundriss", True)):
        await book.add(Picture(property_id=flat, url=f"https://img.example.com/{title}.jpg", is_floorplan=plan))
    text = base64.b64encode(b"Guten Tag").decode()
    filed = await sent(book, "POST", "/documents", {"document": {"doc": text, "property_id": flat, "title": "a.txt"}})

    plain = await got(book, f"/units/{flat}")
    whole = await got(book, f"/units/{flat}", new=1, expand=1)
    assert {name: whole[name] for name in plain} == plain
    assert set(whole) - set(plain) == {"broker", "project", "property_status", "documents", "floorplans", "links"}
    assert whole["broker"] == (await got(book, "/brokers"))[0]
    assert whole["project"] == {"id": project, "name": "Hof"}
    assert [whole["property_status"]] == await got(book, "/property_statuses")
    assert whole["documents"] == [filed]
    assert [image["url"] for image in whole["floorplans"]] == ["https://img.example.com/Grundriss.jpg"]
    assert len(whole["images"]) == 2
    bare = await got(book, f"/properties/{await house(book)}", new="true")
    assert [bare[name] for name in ("broker", "project", "property_status", "documents")] == [None, None, None, []]


async def test_a_page_of_another_origin_may_call_it_out_of_a_browser(small: Served) -> None:
    page = {"Origin": "https://makler.example"}
    asks = {**page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-api-key"}
    for path in ("/contacts", "/units/1", "/units.json"):
        told = await without_key(small, "OPTIONS", path, asks)
        assert (told.status_code, told.content) == (204, b""), path
        assert told.headers["access-control-allow-origin"] == "*"
        assert told.headers["access-control-allow-headers"] == "X-API-KEY, Content-Type, Accept"
        assert {"GET", "POST"} & set(told.headers["access-control-allow-methods"].split(", "))

    answers = [
        await small.http.get("/units", headers=page),
        await small.http.post("/contacts", json={"client": {"last_name": "Tango"}}, headers=page),
        await small.http.get("/units/99", headers=page),
        await small.http.get("/nowhere", headers=page),
        await without_key(small, "GET", "/units", page),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404, 401]
    assert {answer.headers["access-control-allow-origin"] for answer in answers} == {"*"}
    assert "access-control-allow-origin" not in (await small.http.get("/units")).headers
    assert (await small.refused("OPTIONS", "/units"))[0] == 405
    native = await small.http.options("http://book.example/api/v1/contacts", headers=asks)
    assert native.status_code == 405
    assert "access-control-allow-origin" not in native.headers


async def without_key(book: Served, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """What somebody without a key is answered."""
    request = book.http.build_request(method, path, headers=headers)
    del request.headers["X-API-KEY"]
    return await book.http.send(request)
