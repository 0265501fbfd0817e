"""Terms, comments, custom fields, users and campaigns: the book's own, in the vendor's words, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from onebook.model.account import CustomField, Option, Tag, User
from onebook.model.activity import Note
from onebook.model.campaign import Campaign
from onebook.service.access import create_key
from onebook.service.contacts import contact_history
from onebook.service.records import remove_record
from tests.book import START, emails
from tests.callers import base
from tests.conformance.quentn.served import Served, served
from tests.derived import differences, feed


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it
        assert differences(database_url) == []


async def native(book: Served, dialect: Any = "native") -> httpx.AsyncClient:
    """A client of another dialect on the same book."""
    made = await create_key(book.book.store, [book.book.account.account_id], dialect, now=START, rate=0)
    headers = {"Authorization": f"Bearer {made.secret}", "X-API-KEY": made.secret}
    return httpx.AsyncClient(transport=httpx.ASGITransport(book.app), base_url=base(dialect), headers=headers)


async def test_terms_are_made_once_found_by_id_and_name_changed_and_deleted(book: Served) -> None:
    first = await book.ask("POST", "/terms", {"name": " Käufer ", "description": "kauft"})
    assert await book.ask("POST", "/terms", {"name": "KÄUFER", "description": "anders"}) == first
    number = first["id"]
    shown = {"id": number, "name": "Käufer", "description": "kauft", "deletion_blocked": False}
    for path in (f"/terms/{number}", "/terms/Käufer", "/terms/k%C3%A4UFER", f"/terms/{number}/"):
        assert await book.ask("GET", path) == shown
    digits = (await book.ask("POST", "/terms", {"name": str(number)}))["id"]
    named = (await book.ask("POST", "/terms", {"name": "4711 / a+b?"}))["id"]
    assert (await book.ask("GET", f"/terms/{number}"))["id"] == number
    assert (await book.ask("GET", "/terms/4711%20%2F%20a+b%3F"))["id"] == named
    assert await book.ask("PUT", f"/terms/{number}", {"description": None}) == {"success": True}
    assert await book.ask("GET", "/terms") == [
        {**shown, "description": ""},
        {"id": digits, "name": str(number), "description": "", "deletion_blocked": False},
        {"id": named, "name": "4711 / a+b?", "description": "", "deletion_blocked": False},
    ]
    assert [term["id"] for term in await book.ask("GET", "/terms?offset=1&limit=1")] == [digits]
    assert len(await book.ask("GET", "/terms?limit=5000")) == 3
    await book.ask("PUT", f"/terms/{digits}", {"name": "käufer"}, status=409)
    assert await book.ask("DELETE", f"/terms/{named}/terms") == {"success": True}
    assert await book.ask("DELETE", f"/terms/{digits}") == {"success": True}
    await book.ask("DELETE", f"/terms/{digits}", status=404)
    bodies: tuple[Any, ...] = ({}, {"name": ""}, {"name": " "}, {"name": None}, {"name": []}, {"name": "x" * 256}, [])
    for body in bodies:
        await book.ask("POST", "/terms", body, status=400)


async def test_a_blocked_term_stays(book: Served) -> None:
    tag = await book.record(Tag(name="T", is_locked=True))
    assert (await book.ask("GET", f"/terms/{tag.id}"))["deletion_blocked"] is True
    for path in (f"/terms/{tag.id}", f"/terms/{tag.id}/terms"):
        await book.ask("DELETE", path, status=403)
    assert len(await book.ask("GET", "/terms")) == 1


async def test_terms_of_a_contact_in_every_spelling(book: Served) -> None:
    one, two, three = [(await book.record(Tag(name=name))).id for name in "ABC"]
    number = await book.post(mail="a@example.com", terms=[str(one), ""])
    path = f"/contact/{number}/terms"

    async def ids() -> list[int]:
        return [term["id"] for term in await book.ask("GET", path)]

    assert await ids() == [one]
    await book.ask("PUT", path, [two, str(three), two])
    assert await ids() == [one, two, three]
    await book.ask("DELETE", f"{path}?ids={one}%7C{three}")
    assert await ids() == [two]
    await book.ask("DELETE", f"{path}?ids={two}|{two}")
    assert await ids() == []
    await book.ask("POST", path, [one, three])
    await book.ask("DELETE", path, [two, three])
    assert await ids() == [one]
    before = feed(book.book.store.url, 1)
    for method in ("PUT", "POST", "DELETE"):
        assert "4711" in (await book.ask(method, path, [one, 4711], status=400))["message"]
        bodies: tuple[Any, ...] = ({"a": 1}, "x", [[1]], [True], ["x"])
        for body in bodies:
            await book.ask(method, path, body, status=400)
    await book.ask("PUT", path, [""])
    assert feed(book.book.store.url, 1) == before
    assert (await book.http.post(path, content=b"")).json() == {"success": "true"}
    assert await ids() == []
    for missing in ("/contact/4711/terms", "/contact/x/terms", "/contact/a@example.com/terms"):
        await book.ask("GET", missing, status=404)
        await book.ask("PUT", missing, [one], status=404)


async def test_a_term_that_was_deleted_is_shown_no_more_and_can_be_taken_off(book: Served) -> None:
    one, two = [(await book.record(Tag(name=name))).id for name in "AB"]
    number = await book.post(mail="a@example.com", terms=[one, two])
    await book.ask("DELETE", f"/terms/{one}")
    assert [term["id"] for term in await book.ask("GET", f"/contact/{number}/terms")] == [two]
    await book.ask("DELETE", f"/contact/{number}/terms", [one])
    assert (await book.stored(number)).tag_ids == (two,)
    await book.ask("PUT", f"/contact/{number}/terms", [one], status=400)


async def test_terms_are_the_other_dialects_tags_and_comments_the_book_s_notes(book: Served) -> None:
    term = (await book.ask("POST", "/terms", {"name": "Käufer"}))["id"]
    number = await book.post(mail="a@example.com", terms=[term], comment="Hallo\nWelt")
    async with await native(book, "propstack") as client:
        groups = (await client.get(f"/contacts/{number}")).json()["groups"]
        assert [(group["id"], group["name"]) for group in groups] == [(term, "Käufer")]
    async with await native(book) as client:
        notes = (await client.get(f"/notes?contact_id={number}")).json()["data"]
        assert [(note["body"], note["contact_ids"]) for note in notes] == [("Hallo\nWelt", [number])]
        made = (await client.post("/notes", json={"title": "T", "body": "B", "contact_ids": [number]})).json()
    comments = (await book.ask("GET", f"/contact/{number}/comments"))["comments"]
    assert [comment["comment"] for comment in comments] == ["Hallo\nWelt", "T\nB"]
    assert comments[1]["id"] == made["id"]


async def test_comments_are_paged_and_only_those_of_the_contact(book: Served) -> None:
    number, other = await book.post(mail="a@example.com"), await book.post(mail="b@example.com", first_name="B")
    path = f"/contact/{number}/comments"
    made = [(await book.ask("POST", path, {"comment": f"c{n}"}))["comment_id"] for n in range(53)]
    foreign = (await book.ask("POST", f"/contact/{other}/comments", {"comment": "x"}))["comment_id"]
    page = await book.ask("GET", path)
    assert (page["range"], page["limit"], page["sort"]) == (0, 50, "asc")
    assert (page["number_comments"], page["number_ranges"]) == (53, 2)
    assert [one["id"] for one in page["comments"]] == made[:50]
    assert [one["id"] for one in (await book.ask("GET", f"{path}?range=1&limit=500"))["comments"]] == made[50:]
    assert [one["id"] for one in (await book.ask("GET", f"{path}?limit=2&sort=desc"))["comments"]] == made[:-3:-1]
    assert (await book.ask("GET", f"{path}?range=9"))["comments"] == []
    spelled = f"/contact/{number}?limit=2&fields=mail"
    assert await book.ask("GET", spelled) == {"id": number, "mail": "a@example.com"}
    for query in ("range=-1", "limit=0", "sort=up", "range=x"):
        await book.ask("GET", f"{path}?{query}", status=400)
    await book.ask("PUT", path, {"id": foreign, "comment": "y"}, status=404)
    await book.ask("DELETE", path, [made[0], foreign], status=404)
    assert (await book.ask("GET", path))["number_comments"] == 53
    bodies: tuple[Any, ...] = ({}, {"comment": ""}, {"comment": None}, {"comment": ["x"]}, [1])
    for body in bodies:
        await book.ask("POST", path, body, status=400)
        await book.ask("PUT", path, body, status=400)
    for body in ({}, {"id": 1}, "x", ["x"]):
        await book.ask("DELETE", path, body, status=400)
    await book.ask("PUT", f"/contact/{number}", {"comment": "per PUT"})
    assert (await book.ask("GET", f"{path}?sort=desc"))["comments"][0]["comment"] == "per PUT"


async def test_custom_fields_of_every_type_are_made_and_hold_values(book: Served) -> None:
    options = {"options": ["a", "b"], "multiple_selection": True}
    kinds: dict[str, tuple[dict[str, Any], Any, Any, str]] = {
        "text": ({"max_length": 8}, "x" * 8, "x" * 9, "text_textfield"),
        "selection": ({"options": ["a", "b"]}, "b", "c", "options_select"),
        "date": ({}, "2007-12-24T18:21:00+00:00", "gestern", "date_popup"),
        "integer": ({}, 7, 7.5, "number"),
        "float": ({}, 7.5, "7,5", "number"),
        "checkbox_confirmation": (
            {},
            {"ip": "1.1.1.1", "created": "2020-01-01T00:00:00+00:00", "source": "Formular"},
            "ja",
            "checkbox_confirmation",
        ),
        "url": ({}, "https://example.com", {"a": 1}, "text"),
    }
    number = await book.post(mail="a@example.com")
    for kind, (more, good, bad, widget) in kinds.items():
        made = await book.ask("POST", "/custom-fields", {"label": f"Feld {kind}", "field_type": kind, **more})
        name = made["field_name"]
        assert made == {"success": True, "field_name": f"field_feld_{kind}", "field_id": made["field_id"]}
        shown = await book.ask("GET", f"/custom-fields/{made['field_id']}")
        assert shown == await book.ask("GET", f"/custom-fields/{name}")
        assert (shown["field_type"], shown["type"], shown["label"]) == (kind, widget, f"Feld {kind}")
        assert shown["settings"] == more
        assert name in (await book.ask("PUT", f"/contact/{number}", {name: bad}, status=400))["message"]
        await book.ask("PUT", f"/contact/{number}", {name: good})
        assert (await book.get(number, name))[name] == good
    several = await book.ask("POST", "/custom-fields", {"label": "Mehrere", "field_type": "selection", **options})
    shown = await book.ask("GET", f"/custom-fields/{several['field_name']}")
    assert (shown["type"], shown["multiple_selection"], shown["settings"]) == (
        "options_buttons",
        True,
        {"options": ["a", "b"]},
    )
    assert len(await book.ask("GET", "/custom-fields")) == 8
    again = await book.ask("POST", "/custom-fields", {"label": "Feld text", "field_type": "text"})
    assert again["field_name"] == "field_feld_text_2"
    named = await book.ask("POST", "/custom-fields", {"label": "L", "field_type": "text", "field_name": "eigen"})
    assert named["field_name"] == "field_eigen"
    await book.ask("POST", "/custom-fields", {"label": "L", "field_type": "text", "field_name": "eigen"}, status=409)


async def test_the_vendor_s_own_example_of_a_custom_field(book: Served) -> None:
    body = {
        "label": "My new textfield",
        "description": "D",
        "field_type": "text",
        "max_length": 64,
        "required": False,
        "default_value": "",
    }
    made = await book.ask("POST", "/custom-fields", body)
    assert made["field_name"] == "field_my_new_textfield"
    path = f"/custom-fields/{made['field_name']}"
    assert await book.ask("PUT", path, {"label": "Neu", "max_length": 128}) == {"success": True}
    shown = await book.ask("GET", path)
    assert (shown["label"], shown["description"], shown["settings"]) == ("Neu", "D", {"max_length": 128})
    await book.ask("PUT", path, shown)
    assert await book.ask("GET", path) == shown
    await book.ask("PUT", path, {"field_type": "date"}, status=400)
    assert await book.ask("DELETE", path) == {"success": True}
    for method in ("GET", "PUT", "DELETE"):
        await book.ask(method, path, {} if method == "PUT" else None, status=404)
    wrong: tuple[dict[str, Any], ...] = (
        {"field_type": "text"},
        {"label": "x"},
        {"label": "", "field_type": "text"},
        {"label": "x", "field_type": "colour"},
        {"label": "x", "field_type": "text", "max_length": 7},
        {"label": "x", "field_type": "selection", "options": "a"},
        {"label": "x", "field_type": ["text"]},
    )
    for given in wrong:
        await book.ask("POST", "/custom-fields", given, status=400)
    assert await book.ask("GET", "/custom-fields") == []


async def test_fields_made_elsewhere_are_shown_with_the_prefix_and_options_keep_their_meaning(book: Served) -> None:
    options = (Option(id=7, name="Balkon"), Option(id=8, name="Garten"))
    await book.record(CustomField(name="budget", type="number", label="Budget"))
    await book.record(CustomField(name="Extras", type="multiple_choice", options=options))
    await book.record(CustomField(name="field_budget", type="text"))
    await book.record(CustomField(name="nobody_s", entity="properties", type="text"))
    names = [field["field_name"] for field in await book.ask("GET", "/custom-fields")]
    assert sorted(names) == ["field_Extras", "field_budget"]
    number = await book.post(mail="a@example.com", field_Extras=["garten"], field_budget="viel")
    stored = await book.stored(number)
    assert stored.custom == {"Extras": [8], "field_budget": "viel"}
    await book.ask("PUT", "/custom-fields/field_Extras", {"options": ["Keller", "Garten"]})
    assert (await book.get(number, "field_Extras"))["field_Extras"] == ["Garten"]


async def test_users_are_paged_and_read_by_number_and_mail(book: Served) -> None:
    made = [await book.record(User(last_name=f"U{n}", email=f"u{n}@example.com", role="admin")) for n in range(23)]
    page = await book.ask("GET", "/users")
    assert (page["number_users"], page["range"], page["limit"], page["sort"], page["number_ranges"]) == (
        *(23, 0, 20, "asc", 2),
    )
    assert [user["uid"] for user in page["users"]] == [user.id for user in made[:20]]
    assert [user["uid"] for user in (await book.ask("GET", "/users?range=1&limit=99"))["users"]] == [
        user.id for user in made[20:]
    ]
    assert (await book.ask("GET", "/users?limit=1&sort=desc"))["users"][0]["uid"] == made[-1].id
    shown = await book.ask("GET", f"/user/{made[3].id}")
    assert shown == await book.ask("GET", "/user/U3@example.com")
    assert shown == {
        "uid": made[3].id,
        "mail": "u3@example.com",
        "first_name": None,
        "last_name": "U3",
        "timezone": "Europe/Berlin",
        "language": "de",
        "created": int(START.timestamp()),
        "changed": int(START.timestamp()),
        "roles": [{"rid": 1, "name": "admin"}],
    }
    for nobody in ("/user/4711", "/user/x@example.com", "/user/x", "/user/0"):
        await book.ask("GET", nobody, status=404)


async def test_a_campaign_made_natively_is_set_off_and_stands_in_the_history(book: Served) -> None:
    async with await native(book) as client:
        answer = await client.post("/campaigns", json={"name": "Newsletter"})
        assert answer.status_code == 201, answer.text
        path = f"/cb/{answer.json()['id']}"
        assert (await client.get("/campaigns?name=newsletter")).json()["data"][0]["name"] == "Newsletter"
    person = {"mail": "a@example.com", "first_name": "Anna", "family_name": "Wülfrath", "phone": "0157 12345678"}
    made = (await book.ask("POST", path, person))["id"]
    assert await book.ask("POST", path, {**person, "job_title": "Neu", "first_name": ""}) == {"id": made}
    assert await book.ask("POST", path, {"id": made}) == {"id": made}
    assert await book.ask("POST", path, {"id": str(made), "job_title": "Neuer"}) == {"id": made}
    shown = await book.get(made, "first_name", "job_title")
    assert shown == {"id": made, "first_name": "Anna", "job_title": "Neuer"}
    entries = await contact_history(await book.book.view(), made)
    told = path.replace("/cb/", "campaign ")
    actions = [entry.action for entry in entries]
    assert actions == ["created", told, "changed", told, told, "changed", told]
    assert [entry.version for entry in entries] == list(range(1, 8))
    before = feed(book.book.store.url, 1)
    for wrong, body, status in (
        ("/cb/4711", person, 404),
        ("/cb/x", person, 404),
        (f"/cb/{made}", person, 404),
        (path, {"id": 4711}, 404),
        (path, {}, 400),
        (path, {"mail": "x"}, 400),
        (path, {"id": "x"}, 400),
    ):
        await book.ask("POST", wrong, body, status=status)
    assert feed(book.book.store.url, 1) == before


async def test_a_campaign_in_the_trash_is_set_off_no_more(book: Served) -> None:
    campaign = await book.record(Campaign(name="C"))
    session = await book.book.session()
    await session.write(lambda unit: remove_record(unit, Campaign, campaign.id))
    await book.ask("POST", f"/cb/{campaign.id}", {"mail": "a@example.com"}, status=404)
    assert await book.count() == 0


async def test_what_answers_to_the_vendor_s_ids_is_found_by_them(book: Served) -> None:
    tag = await book.record(Tag(name="T", external_ids={"quentn": "70001"}))
    user = await book.record(User(last_name="U", email="u@example.com", external_ids={"quentn": "70002"}))
    contact = await book.book.create(emails=emails("a@example.com"), external_ids={"quentn": "70003"})
    note = await book.record(Note(body="N", contact_ids=(contact.id,), external_ids={"quentn": "70004"}))
    assert (await book.ask("GET", "/terms/70001"))["name"] == tag.name
    await book.ask("PUT", "/contact/70003", {"terms": [70001], "uid": 70002})
    stored = await book.stored(contact.id)
    assert (stored.tag_ids, stored.owner_id) == ((tag.id,), user.id)
    shown = await book.get(70003, "terms", "owner")
    assert shown == {"id": 70003, "terms": [70001], "owner": {"uid": 70002, "mail": "u@example.com"}}
    path = "/contact/70003/comments"
    assert [(one["id"], one["contact_id"]) for one in (await book.ask("GET", path))["comments"]] == [(70004, 70003)]
    await book.ask("PUT", path, {"id": 70004, "comment": "M"})
    await book.ask("PUT", path, {"id": note.id, "comment": "M"}, status=404)
    await book.ask("GET", f"/contact/{contact.id}", status=404)


async def test_the_rest(book: Served) -> None:
    assert await book.ask("GET", "/check-credentials") == {"success": True}
    assert await book.ask("GET", "/tracking") == {"tracking_enabled": False, "domains": []}
