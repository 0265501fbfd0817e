"""Every table of the book natively: the same for all of them, and what each has of its own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from onebook.dialects.native.collections import COLLECTIONS, Collection
from onebook.model.references import REFERENCES
from onebook.service.merging import merge_contacts
from tests.book import Book, clock, opened
from tests.derived import differences
from tests.e2e.test_native_records import EXAMPLES
from tests.native import Served, served

ACTIVITY = {"title": "T", "body": "<p>B</p>", "starts_at": "2024-02-29T12:00:00Z", "state": 0}
TABLES: dict[str, dict[str, Any]] = {
    "/teams": {"name": "Mandant", "position": 1, "logo_url": "https://a.example/l.png"},
    "/departments": {"name": "Verkauf"},
    "/activity-types": {"name": "Besichtigung", "category": "event"},
    "/reservation-reasons": {"name": "Preis"},
    "/property-statuses": {"name": "Aktiv", "color": "#00ff00"},
    "/deal-pipelines": {"name": "Verkauf", "stages": [{"id": 0, "name": "Neu", "chance": 12.5}]},
    "/projects": {
        "name": "Park",
        "status": "im Bau",
        "price_from": 100_000,
        "features": {"lift": True, "views": ["N", "S"]},
    },
    "/property-details": {"language": "de", "title": "Haus", "description": "Schön"},
    "/documents": {
        "title": "Plan",
        "file_name": "plan.pdf",
        "url": "https://a.example/plan.pdf",
        "tags": ["Grundriss"],
    },
    "/images": {"title": "Bild", "url": "https://a.example/1.jpg", "position": 1},
    "/relationships": {"kind": "other", "name": "Nachbar"},
    "/saved-queries": {"price_to": 400_000, "rooms_from": 2.5, "cities": ["Berlin"], "features": {"balcony": True}},
    "/deals": {"price": 500_000, "start_date": "2021-07-19", "chance": 1},
    "/commission-splits": {"percent": 33.3, "amount": 1000},
    "/appointments": {**ACTIVITY, "recurrence": "FREQ=DAILY", "location": "Büro"},
    "/todos": {**ACTIVITY, "due_at": "2024-03-01T12:00:00Z", "is_done": True},
    "/notes": {**ACTIVITY},
    "/cancelations": {**ACTIVITY},
    "/messages": {**ACTIVITY, "sender": "a@b.example", "recipients": ["c@d.example"], "direction": "out"},
    "/policies": {**ACTIVITY, "kind": "revocation", "accepted_at": "2024-03-01T12:00:00Z"},
    "/webhooks": {"event": "client_created", "url": "https://a.example/hook", "dialect": "propstack"},
    "/campaigns": {"name": "Frühling"},
}
"""A row of every table that test_native_records does not have; what it points to is added."""
BY_PATH = {one.path: one for one in COLLECTIONS}
BY_RESOURCE = {one.resource: one for one in COLLECTIONS}


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    """A served book, of which at the end all that is derived must be what the documents say."""
    async with served(database_url, now=clock()) as found:
        yield found
    assert differences(database_url) == []


async def targets(book: Served) -> dict[str, int]:
    """One of everything that can be pointed to, by resource, and a pipeline's stage."""
    made = {"contacts": (await book.made("/contacts", last_name="Ziel"))["id"]}
    for resource in ("users", "tag_groups", "tags", "sources", "teams", "departments", "activity_types"):
        made[resource] = (await book.made(BY_RESOURCE[resource].path, **row(resource)))["id"]
    for resource in ("reservation_reasons", "property_statuses", "projects", "properties", "deals", "documents"):
        made[resource] = (await book.made(BY_RESOURCE[resource].path, **row(resource)))["id"]
    pipeline = await book.made("/deal-pipelines", **row("deal_pipelines"))
    return {**made, "deal_pipelines": pipeline["id"], "deal_stages": pipeline["stages"][0]["id"]}


def row(resource: str) -> dict[str, Any]:
    """The example of a resource."""
    path = BY_RESOURCE[resource].path
    return {**EXAMPLES, **TABLES}[path]


def pointing(one: Collection, made: dict[str, int]) -> dict[str, Any]:
    """What a row of the collection can point to, all of it."""
    found: dict[str, Any] = {}
    for reference in REFERENCES.get(one.record, ()):
        number = made[reference.target]
        found[reference.field] = [number] if reference.field.endswith("_ids") else number
    if one.resource == "relationships":
        del found["related_contact_id"]
    return found


def test_every_table_has_an_example() -> None:
    assert {*EXAMPLES, *TABLES} == {one.path for one in COLLECTIONS}


def test_the_page_of_tables_tells_of_every_table_its_filters_and_its_moment() -> None:
    told: dict[str, tuple[str, str]] = {}
    for line in (Path(__file__).parents[2] / "docs" / "reference" / "tables.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("| `/"):
            told.update(dict.fromkeys(re.findall("`(/[a-z-]+)`", cells[1]), (cells[3], cells[4])))
    assert told.keys() == BY_PATH.keys()
    for path, (moment, filters) in told.items():
        one = BY_PATH[path]
        pointers = {reference.field.removesuffix("s") for reference in REFERENCES.get(one.record, ())}
        assert re.findall("`(.+?)`", moment) == ([one.moment] if one.moment else []), path
        assert re.findall("`(.+?)`", filters) == [known.name for known in one.filters if known.name not in pointers]


async def test_a_row_of_every_table_is_made_found_by_what_it_points_to_changed_removed_and_restored(
    book: Served,
) -> None:
    made = await targets(book)
    for path, example in TABLES.items():
        points = pointing(BY_PATH[path], made)
        answer = await book.client.post(path, json={**example, **points})
        new = answer.json()
        assert answer.status_code == 201, (path, new)
        told = {name: new[name] for name in (*example, *points) if name != "stages"}
        assert told == {name: value for name, value in {**example, **points}.items() if name != "stages"}, path
        at = f"{path}/{new['id']}"
        assert (await book.client.get(at)).json() == new
        assert (await book.client.patch(at, json=new)).json() == new, "what is sent as it was read changes nothing"
        for one in BY_PATH[path].filters:
            name = one.name if one.name in new else f"{one.name}s"
            value = new[name][0] if isinstance(new[name], list) else new[name]
            if value is not None:
                text = str(value).lower() if isinstance(value, bool) else value
                found = (await book.client.get(path, params={one.name: text, "sort": "-created_at"})).json()
                assert found["data"][0]["id"] == new["id"], (path, one.name, found)
        changed = await book.client.patch(at, json={"extras": {"propstack": {"a": None, "b": 1}}})
        assert (changed.status_code, changed.json()["extras"]) == (200, {"propstack": {"b": 1}})
        assert (await book.client.delete(at)).status_code == 204
        assert (await book.client.get(at)).status_code == 404
        assert (await book.client.post(f"{at}/restore")).status_code == 200
        assert len((await book.client.get(f"{at}/history")).json()["data"]) == 4
        if "-" in path:
            assert (await book.client.get(at.replace("-", "_"))).status_code == 200


async def test_what_a_row_points_to_must_be_there_when_it_is_written_and_may_go_afterwards(book: Served) -> None:
    made = await targets(book)
    for one in COLLECTIONS:
        for reference in REFERENCES.get(one.record, ()):
            for wrong in (999_999, -1, 2**62):
                value = [wrong] if reference.field.endswith("_ids") else wrong
                whole = {**row(one.resource), **pointing(one, made), reference.field: value}
                answer = await book.client.post(one.path, json={**whole, "email": None} if "email" in whole else whole)
                assert answer.status_code == 422, (one.path, reference.field, answer.text)
                assert {"unknown_id"} == {problem["code"] for problem in answer.json()["problems"]}
                assert reference.field in {problem["path"] for problem in answer.json()["problems"]}
    note = await book.made("/notes", contact_ids=[made["contacts"]], project_ids=[made["projects"]], title="N")
    await book.client.delete(f"/projects/{made['projects']}")
    kept = await book.client.patch(f"/notes/{note['id']}", json={"title": "M"})
    assert (kept.status_code, kept.json()["project_ids"]) == (200, [made["projects"]])
    again = await book.client.post("/notes", json={"project_ids": [made["projects"]]})
    assert again.json()["problems"][0]["path"] == "project_ids"
    many = await book.client.post("/notes", json={"contact_ids": list(range(1, 1002))})
    assert many.json()["problems"] == [{"path": "contact_ids", "code": "too_many", "message": "has more than 1000 ids"}]


async def test_a_contact_is_in_projects_and_departments_that_are_there(book: Served) -> None:
    made = await targets(book)
    contact = await book.made("/contacts", project_ids=[made["projects"]], department_ids=[made["departments"]])
    for name in ("project_ids", "department_ids"):
        refused = await book.client.patch(f"/contacts/{contact['id']}", json={name: [999_999]})
        assert (refused.status_code, refused.json()["problems"][0]["path"]) == (422, name)
    assert (await book.client.get(f"/contacts/{contact['id']}")).json() == contact


async def test_after_a_merge_every_row_points_to_the_survivor(book: Served) -> None:
    made = await targets(book)
    keep, lose = [(await book.made("/contacts", last_name=name))["id"] for name in ("Bleibt", "Geht")]
    rows: dict[str, int] = {}
    for one in COLLECTIONS:
        pointers = [reference for reference in REFERENCES.get(one.record, ()) if reference.target == "contacts"]
        if pointers:
            # A public number is had by one property only, and there is one already.
            body = {**row(one.resource), **pointing(one, {**made, "contacts": lose})} | (
                {"reference": None} if one.path == "/properties" else {}
            )
            rows[one.path] = (await book.made(one.path, **body))["id"]
    both = await book.made("/relationships", contact_id=keep, related_contact_id=lose, name="Freund")
    gone = await book.made("/notes", contact_ids=[lose, keep])
    await book.client.delete(f"/notes/{gone['id']}")
    await merged(book, keep, lose)
    for path, number in rows.items():
        told = (await book.client.get(f"{path}/{number}")).json()
        for reference in REFERENCES[BY_PATH[path].record]:
            if reference.target == "contacts" and told[reference.field] is not None:
                assert told[reference.field] in (keep, [keep]), (path, reference.field)
    assert (await book.client.get(f"/relationships/{both['id']}")).status_code == 404
    restored = await book.client.post(f"/notes/{gone['id']}/restore")
    assert restored.json()["contact_ids"] == [keep]
    named = await book.made("/notes", contact_ids=[lose, keep], title="auch mit der alten Nummer")
    assert named["contact_ids"] == [keep]


async def merged(book: Served, keep: int, lose: int) -> None:
    """Merge one contact into another."""
    async with opened(book.url) as store:
        session = await Book(store, book.account).session()
        await session.write(lambda unit: merge_contacts(unit, keep, [lose]))


async def test_stages_have_ids_of_their_own_and_a_deal_is_in_the_pipeline_of_its_stage(book: Served) -> None:
    first = await book.made("/deal-pipelines", name="Verkauf", stages=[{"name": "Neu"}, {"name": "Alt"}])
    second = await book.made("/deal-pipelines", name="Verkauf", stages=[{"id": 77, "name": "Neu"}])
    ids = [stage["id"] for one in (first, second) for stage in one["stages"]]
    assert (len(set(ids)), ids[2]) == (3, 77)
    clash = await book.client.post("/deal-pipelines", json={"name": "c", "stages": [{"id": 77, "name": "x"}]})
    assert (clash.status_code, clash.json()["problems"][0]["path"]) == (409, "stages")
    twice = await book.client.post(
        "/deal-pipelines", json={"name": "c", "stages": [{"id": 5, "name": "x"}, {"id": 5, "name": "y"}]}
    )
    assert (twice.status_code, twice.json()["problems"][0]["path"]) == (422, "stages")
    more = await book.client.patch(f"/deal-pipelines/{first['id']}", json={"stages": [*first["stages"], {"name": "c"}]})
    assert [stage["name"] for stage in more.json()["stages"]] == ["Neu", "Alt", "c"]
    deal = await book.made("/deals", stage_id=77)
    assert deal["pipeline_id"] == second["id"]
    wrong = await book.client.patch(f"/deals/{deal['id']}", json={"pipeline_id": first["id"]})
    assert (wrong.status_code, wrong.json()["problems"][0]["path"]) == (422, "stage_id")


async def test_owners_by_relationship_are_the_property_s_owners(book: Served) -> None:
    one, two = [(await book.made("/contacts", last_name=name))["id"] for name in ("A", "B")]
    house = await book.made("/properties", title="Haus", owner_contact_ids=[one])
    at = f"/properties/{house['id']}"
    own = await book.made("/relationships", kind="ownership", contact_id=two, property_id=house["id"])
    assert (await book.client.get(at)).json()["owner_contact_ids"] == [one, two]
    await book.client.delete(f"/relationships/{own['id']}")
    assert (await book.client.get(at)).json()["owner_contact_ids"] == [one]
    await book.client.post(f"/relationships/{own['id']}/restore")
    await book.client.patch(f"/relationships/{own['id']}", json={"kind": "partnership"})
    assert (await book.client.get(at)).json()["owner_contact_ids"] == [one]
    for wrong, path in (({}, "property_id"), ({"related_contact_id": one}, "related_contact_id")):
        refused = await book.client.post("/relationships", json={"contact_id": one, **wrong})
        assert (refused.status_code, refused.json()["problems"][0]["path"]) == (422, path)


async def test_custom_fields_are_of_one_entity_and_may_be_called_alike(book: Served) -> None:
    for entity, kind in (("contacts", "text"), ("properties", "number"), ("activities", "checkbox")):
        await book.made("/custom-fields", name="extra", entity=entity, type=kind)
    clash = await book.client.post("/custom-fields", json={"name": "EXTRA ", "entity": "properties"})
    assert (clash.status_code, clash.json()["problems"][0]["path"]) == (409, "name")
    assert len((await book.client.get("/custom-fields?entity=properties")).json()["data"]) == 1
    assert (await book.made("/contacts", custom={"extra": "a"}))["custom"] == {"extra": "a"}
    house = await book.made("/properties", custom={"extra": "3"})
    assert house["custom"] == {"extra": 3}
    assert (await book.made("/notes", custom={"extra": "yes"}))["custom"] == {"extra": True}
    for path in ("/projects", "/deals", "/users"):
        refused = await book.client.post(path, json={"custom": {"extra": 1}})
        assert (refused.status_code, refused.json()["problems"][0]["path"]) == (422, "custom.extra")
    cleared = await book.client.patch(f"/properties/{house['id']}", json={"custom": {"extra": None}})
    assert cleared.json()["custom"] == {}


async def test_no_two_rows_of_a_table_answer_to_one_id_in_a_dialect(book: Served) -> None:
    first = await book.made("/notes", external_ids={"propstack": "500000", "other": "x"})
    await book.made("/todos", external_ids={"propstack": "500000"})
    await book.made("/notes", external_ids={"other": "x"})
    found = (await book.client.get("/notes?external_id.propstack=500000")).json()["data"]
    assert [one["id"] for one in found] == [first["id"]]
    second = await book.made("/notes")
    for wrong, status in (("500000", 409), (str(second["id"] + 0), 200), ("x", 422), ("", 422), ("007", 422)):
        answer = await book.client.patch(f"/notes/{second['id']}", json={"external_ids": {"propstack": wrong}})
        assert answer.status_code == status, (wrong, answer.text)
        if status != 200:
            assert answer.json()["problems"][0]["path"].startswith("external_ids")
    own = await book.client.patch(f"/notes/{first['id']}", json={"external_ids": {"propstack": str(second["id"])}})
    assert own.status_code == 409
    native = await book.client.post("/notes", json={"external_ids": {"native": "5"}})
    assert native.status_code == 422
    await book.client.delete(f"/notes/{first['id']}")
    await book.made("/notes", external_ids={"propstack": "500000"})
    assert (await book.client.post(f"/notes/{first['id']}/restore")).status_code == 409


async def test_of_many_who_take_one_id_or_one_stage_at_once_one_gets_it(book: Served) -> None:
    for path, body in (
        ("/todos", {"external_ids": {"propstack": "7000"}}),
        ("/deal-pipelines", {"name": "P", "stages": [{"id": 7000, "name": "S"}]}),
        ("/custom-fields", {"name": "F", "entity": "deals"}),
    ):
        answers = await asyncio.gather(*(book.client.post(path, json=body) for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7, path


async def test_a_number_taken_as_an_external_id_is_never_given_to_a_new_row(book: Served) -> None:
    last = (await book.made("/notes"))["id"]
    await book.client.patch(f"/notes/{last}", json={"external_ids": {"propstack": str(last + 2)}})
    todo = (await book.made("/todos"))["id"]
    made = [(await book.made("/notes"))["id"] for _ in range(3)]
    assert todo == last + 1
    assert made == [last + 3, last + 4, last + 5]


async def test_lists_are_sorted_and_bounded_by_any_moment(book: Served) -> None:
    days = [await book.made("/appointments", starts_at=f"2024-03-0{day}T10:00:00Z") for day in (3, 1, 2)]
    made = [one["id"] for one in days]
    third, first, second = made
    await book.client.patch(f"/appointments/{second}", json={"title": "x"})
    for sort, order in (
        ("id", made),
        ("-id", made[::-1]),
        ("starts_at", [first, second, third]),
        ("-starts_at", [third, second, first]),
        ("created_at", made),
        ("updated_at", [third, first, second]),
    ):
        pages = await book.walked(f"limit=1&sort={sort}", "/appointments")
        assert [one["id"] for page in pages for one in page] == order, sort
    for query, expected in (
        ("starts_from=2024-03-02", [third, second]),
        ("starts_to=2024-03-02", [first, second]),
        ("starts_from=2024-03-01T10:00:00Z&starts_to=2024-03-01T10:00:00Z", [first]),
        ("created_from=2100-01-01", []),
        ("created_to=2100-01-01", made),
    ):
        found = (await book.client.get(f"/appointments?{query}&total=true")).json()
        assert ([one["id"] for one in found["data"]], found["total"]) == (expected, len(expected)), query
    for query in ("sort=due_at", "starts_from=x", "user_id=x", "trashed=true&user_id=1"):
        assert (await book.client.get(f"/appointments?{query}")).status_code == 422, query


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("/properties", {"features": {"lift": {"a": 1}}}, "features.lift"),
        ("/properties", {"features": {"lift": [1, {}]}}, "features.lift.1"),
        ("/properties", {"price": "teuer"}, "price"),
        ("/properties", {"operation": "gift"}, "operation"),
        ("/properties", {"rental_start": "31.12.2024"}, "rental_start"),
        ("/deals", {"start_date": "2024-02-30"}, "start_date"),
        ("/todos", {"due_at": "soon"}, "due_at"),
        ("/teams", {"name": "  "}, "name"),
        ("/deal-pipelines", {"name": "a", "stages": [{"id": 1}]}, "stages.0.name"),
        ("/webhooks", {"event": "a", "url": "javascript:alert(1)"}, "url"),
        ("/webhooks", {"event": " ", "url": "http://a.example"}, "event"),
        ("/webhooks", {"event": "a", "url": "http://[::1"}, "url"),
        ("/documents", {"tags": "a"}, "tags"),
        ("/relationships", {"name": "a"}, "contact_id"),
        ("/saved-queries", {"cities": [["a"]]}, "cities.0"),
    ],
)
async def test_what_no_field_takes_is_refused_at_its_path(
    path: str, body: dict[str, Any], problem: str, sqlite_url: str
) -> None:
    async with served(sqlite_url) as book:
        refused = await book.client.post(path, json=body)
        assert (refused.status_code, refused.json()["problems"][0]["path"]) == (422, problem)


async def test_numbers_and_words_of_a_property_come_back_as_they_were(book: Served) -> None:
    given = {
        "price": 425000,
        "total_rent": 1784.3500000000001,
        "living_space": 127,
        "rooms": 2.5,
        "lift": False,
        "flooring_types": ["TERRACOTTA"],
        "features": {"ramp": False, "apartment_type": "ATTIKA", "floors_of": [], "weight": 3, "share": 0.5},
    }
    made = await book.made("/properties", **given)
    answer = await book.client.get(f"/properties/{made['id']}")
    assert '"price":425000,' in answer.text
    assert '"living_space":127,' in answer.text
    assert {name: answer.json()[name] for name in given} == given
    assert answer.json()["balcony"] is None
    at = f"/properties/{made['id']}"
    changed = await book.client.patch(at, json={"features": {"ramp": None, "weight": 4}})
    assert changed.json()["features"] == {"apartment_type": "ATTIKA", "floors_of": [], "weight": 4, "share": 0.5}
    assert (await book.client.patch(at, json={"features": None})).json()["features"] == {}
    blank = await book.made("/projects", features={"lift": None}, custom={"no": None}, extras={"a": {"b": None}})
    assert (await book.client.get(f"/projects/{blank['id']}")).json()["features"] == {}
