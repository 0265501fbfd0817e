"""The list of contacts: its filters, its search, and pages that hold while others write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.book import clock
from tests.native import Served, served

SORTS = ("id", "created_at", "updated_at", "last_contact_at", "first_name", "last_name")


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url, now=clock()) as found:
        yield found


async def test_every_filter_finds_its_contacts(book: Served) -> None:
    owner = (await book.made("/users", first_name="O", email="o@example.org"))["id"]
    status, source, reason = [(await book.made(path, name="x"))["id"] for path in ("/statuses", "/sources", "/reasons")]
    project = (await book.made("/projects", name="p"))["id"]
    tag, other_tag = [(await book.made("/tags", name=name))["id"] for name in ("t", "u")]
    target = await book.made(
        "/contacts",
        kind="company",
        company="Müller & Söhne",
        owner_id=owner,
        status_id=status,
        source_id=source,
        reason_id=reason,
        tag_ids=[tag],
        emails=[{"address": "Info@Mueller.example"}],
        phones=[{"number": "+49 157 12345678"}],
        addresses=[{"country": "SE"}],
        language="sv",
        consent_status="agreed",
        newsletter=True,
        accept_contact=True,
        project_ids=[project],
        external_ids={"crm": "k7"},
    )
    child = await book.made("/contacts", first_name="Kind", parent_id=target["id"], tag_ids=[tag, other_tag])
    property_ = await book.made("/properties", title="Haus", owner_contact_ids=[target["id"]])
    assert property_["owner_contact_ids"] == [target["id"]]
    found = [
        "kind=company",
        "kind=company,estate",
        f"owner_id={owner}",
        f"owner_id[]={owner}&owner_id[]=99",
        f"status_id={status}",
        f"source_id={source}",
        f"reason_id={reason}",
        f"tag_ids={tag}&without_tag_ids={other_tag}",
        "email=info@mueller.EXAMPLE",
        "phone=015712345678",
        "phone=0157-123-456-78",
        "phone=0049157%2012345678",
        "phone=%2049 157 12345678",
        "country=se",
        "language=sv",
        "consent_status=agreed",
        "newsletter=true",
        "accept_contact=1",
        f"project_ids={project}",
        "external_id.crm=k7",
        "only_roots=true",
        "owns_property=true",
        f"id={target['id']},999",
        "q=muller",
        "q=Mueller",
        "q=müll söhne",
        "q=0157 123",
        f"created_from={target['created_at']}&created_to={target['created_at']}",
        "unknown=1&kind=company",
        "owner_id=&kind=company&email=",
    ]
    for query in found:
        assert await book.ids(query) == [target["id"]], query
    assert await book.ids(f"parent_id={target['id']}") == [child["id"]]
    assert await book.ids(f"tag_id={tag}") == [target["id"], child["id"]]
    assert await book.ids("owns_property=false") == [child["id"]]
    assert await book.ids("newsletter=false") == [child["id"]]
    assert await book.ids("updated_from=2100-01-01") == []
    assert await book.ids("updated_to=2026-01-02&created_from=2026-01-02") == [target["id"], child["id"]]
    total = (await book.client.get("/contacts?total=true&limit=1")).json()
    assert (total["total"], len(total["data"])) == (2, 1)
    assert "total" not in (await book.client.get("/contacts")).json()


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "cursor=x",
        "sort=company",
        "kind=robot",
        "owner_id=x",
        "owner_id=1.5",
        "newsletter=maybe",
        "created_from=yesterday",
        "updated_to=2023-02-29",
        "fields=nothing",
        "is_archived=2",
        "consent_status=ja",
        "q=%00",
        "custom.%00=1",
        "external_id.a=1&external_id.b=2",
        "total=perhaps",
        "id=" + ",".join(str(number) for number in range(1001)),
    ],
)
async def test_a_value_that_is_none_is_refused_under_its_name(query: str, sqlite_url: str) -> None:
    async with served(sqlite_url) as book:
        answer = await book.client.get(f"/contacts?{query}")
        assert answer.status_code == 422, answer.text
        assert answer.json()["problems"][0]["path"].startswith(query.split("=")[0].split(".")[0].split("%")[0])


async def test_the_archived_are_listed_when_asked_for(book: Served) -> None:
    active = (await book.made("/contacts", first_name="A"))["id"]
    archived = (await book.made("/contacts", first_name="B", is_archived=True))["id"]
    assert await book.ids() == [active]
    assert await book.ids("is_archived=false") == [active]
    assert await book.ids("is_archived=true") == [archived]
    assert await book.ids("is_archived=any") == [active, archived]
    await book.client.delete(f"/contacts/{archived}")
    assert await book.ids("trashed=true") == [archived]
    assert await book.ids("trashed=true&is_archived=false") == []


async def test_fields_leaves_out_the_rest(book: Served) -> None:
    made = await book.made("/contacts", first_name="A")
    assert (await book.client.get("/contacts?fields=first_name, version")).json()["data"] == [
        {"id": made["id"], "first_name": "A", "version": 1}
    ]
    one = await book.client.get(f"/contacts/{made['id']}?fields=company")
    assert (one.json(), one.headers["etag"]) == ({"id": made["id"], "company": None}, '"1"')


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in SORTS for sign in ("", "-")])
async def test_pages_follow_each_other_in_every_order(sort: str, database_url: str) -> None:
    async with served(database_url, now=clock()) as book:
        rows = [
            {"first_name": name, "last_name": None if number % 3 else f"Ö{number}", "last_contact_at": moment}
            for number, (name, moment) in enumerate(
                zip(["b", "A", "ä", None, "a", "B", "", "z", "a"], [None, "2024-01-02", "2024-01-01"] * 3, strict=True)
            )
        ]
        made = [await book.made("/contacts", **row) for row in rows]
        await book.client.patch(f"/contacts/{made[2]['id']}", json={"company": "x"})
        pages = await book.walked(f"sort={sort}&limit=2")
        flat = [row["id"] for page in pages for row in page]
        assert sorted(flat) == [one["id"] for one in made]
        assert [len(page) for page in pages] == [2, 2, 2, 2, 1]
        assert flat == await book.ids(f"sort={sort}")
        turned = sort[1:] if sort.startswith("-") else f"-{sort}"
        assert flat[::-1] == await book.ids(f"sort={turned}")


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in SORTS for sign in ("", "-")])
async def test_nobody_is_shown_twice_or_never_while_others_write(sort: str, database_url: str) -> None:
    """Between the pages everybody is renamed, so that all of them would change their places."""
    async with served(database_url, now=clock()) as book:
        there = [
            await book.made("/contacts", first_name=chr(97 + n % 5), last_name=chr(97 + n % 3), language="de")
            for n in range(17)
        ]
        ids = [one["id"] for one in there]
        gone, other_language = ids[3], ids[8]
        seen: list[int] = []
        cursor: str | None = ""
        step = 0
        while cursor is not None:
            answer = (await book.client.get(f"/contacts?language=de&limit=3&sort={sort}&cursor={cursor}")).json()
            seen += [row["id"] for row in answer["data"]]
            cursor = answer["next_cursor"]
            step += 1
            await _disturb(book, ids, step)
            if step == 2:
                await book.client.delete(f"/contacts/{gone}")
                await book.client.patch(f"/contacts/{other_language}", json={"language": "sv"})
        assert len(seen) == len(set(seen))
        assert set(ids) - {gone, other_language} <= set(seen)


async def _disturb(book: Served, ids: list[int], step: int) -> None:
    """Somebody new in front and at the end, and half of all moved from one end of every order to the other."""
    for number in ids[step % 2 :: 2]:
        letter = "a" if (number + step) % 4 < 2 else "z"
        change: dict[str, Any] = {"first_name": letter, "last_name": letter, "company": str(step)}
        change["last_contact_at"] = f"20{20 + (number + step) % 9}-01-01"
        await book.client.patch(f"/contacts/{number}", json=change)
    for letter in ("a", "z"):
        await book.made("/contacts", first_name=letter, last_name=letter, language="de")


async def test_a_cursor_holds_for_its_own_order_only(book: Served) -> None:
    for name in "abc":
        await book.made("/contacts", first_name=name)
    cursor = (await book.client.get("/contacts?limit=1&sort=first_name")).json()["next_cursor"]
    assert (await book.client.get(f"/contacts?limit=1&sort=first_name&cursor={cursor}")).status_code == 200
    for sort in ("id", "-first_name", "last_name"):
        answer = await book.client.get(f"/contacts?sort={sort}&cursor={cursor}")
        assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, "cursor")
