"""Propstack's list of contacts: filters, paging, sorting, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

import pytest

from onebook.dialects.propstack.fields import FIELDS, ROW
from onebook.model.account import CustomField, Option, Source, Status, Tag, User
from onebook.model.project import Project
from onebook.model.property import Property
from tests.conformance.propstack.served import Served, served


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it


async def people(book: Served, *clients: dict[str, Any]) -> list[int]:
    """Contacts, one for each."""
    return [await book.post(**client) for client in clients]


SPELLINGS = (
    *("0157 123 456 78", "015712345678", "0157-123-456-78", "0157/123 456.78", "(0157) 12345678"),
    *("%2B49 157 12345678", "+49 157 12345678", "004915712345678", "0049 157 123 45678"),
)


async def test_any_spelling_of_a_number_finds_it_in_any_phone_field(book: Served) -> None:
    keys = ("phone", "home_phone", "home_cell", "office_phone", "office_cell", "office_fax")
    ids = await people(book, *({key: unquote(spelling)} for key, spelling in zip(keys, SPELLINGS, strict=False)))
    ids += await people(book, {"home_cell": "+49 (157) 123.456/78"})
    await people(book, {"home_cell": "0157 123 456 79"})

    for spelling in SPELLINGS:
        assert await book.ids(f"phone_number={spelling}") == ids, spelling
        assert await book.ids(f"q={spelling}") == ids, spelling


async def test_a_phone_number_without_digits_finds_nobody(book: Served) -> None:
    await people(book, {"last_name": "Doe"})

    assert await book.ids("phone_number=") == await book.ids("phone_number=anonymous") == await book.ids("email=") == []


async def test_a_name_is_found_in_every_spelling(book: Served) -> None:
    ids = await people(book, {"last_name": "Müller"}, {"last_name": "Mueller"}, {"last_name": "Möller"})

    for name in ("Müller", "Mueller", "Muller", "müller", "MÜLLER"):
        assert await book.ids(f"q={name}") == ids[:2], name


async def test_q_looks_in_names_emails_addresses_and_phones(book: Served) -> None:
    (wanted, _) = await people(
        book,
        {
            "first_name": "Atze",
            "last_name": "Tango",
            "emails": ["a@doe.de", "zweite@beispiel.de"],
            "home_street": "Musterstrasse",
            "office_cell": "0157 123 456 78",
        },
        {"last_name": "Doe"},
    )

    for words in ("atze tango", "zweite@beispiel.de", "musterstr", "15712345678", "ango"):
        assert await book.ids(f"q={words}") == [wanted], words
    assert len(await book.ids("q=")) == 2


async def test_email_is_exact_whatever_the_case_and_looks_at_secondary_addresses(book: Served) -> None:
    wanted, _ = await people(book, {"emails": ["a@doe.de", "b@doe.de"]}, {"email": "bb@doe.de"})

    assert await book.ids("email=B@DOE.de") == [wanted]


async def test_lists_of_ids_arrive_in_three_spellings(book: Served) -> None:
    one, two, three = [(await book.add(Status(name=name))).id for name in ("A", "B", "C")]
    ids = await people(book, *({"client_status_id": number} for number in (one, two, three)))

    for query in (f"status={one},{two}", f"status[]={one}&status[]={two}", f"status[0]={one}&status[1]={two}"):
        assert await book.ids(query) == ids[:2]
    assert await book.ids("status=") == ids


async def test_the_filters_by_what_a_contact_points_to(book: Served) -> None:
    broker = (await book.add(User(first_name="Eva"))).id
    source = (await book.add(Source(name="Web"))).id
    red, green = [(await book.add(Tag(name=name))).id for name in ("Rot", "Grün")]
    project = (await book.add(Project(name="Park"))).id
    first, second, third = await people(
        book,
        {"broker_id": broker, "group_ids": [red, green]},
        {"client_source_id": source, "group_ids": [green]},
        {"project_ids": [project]},
    )
    await book.add(Property(title="Villa", owner_contact_ids=(third,)))

    assert await book.ids(f"broker_id={broker}") == [first]
    assert await book.ids(f"sources={source}") == [second]
    assert await book.ids(f"group={red},{green}") == [first, second]
    assert await book.ids(f"not_in_group={red}") == [second, third]
    assert await book.ids(f"project_ids={project},8") == [third]
    assert await book.ids("owner=true") == [third]
    assert await book.ids("owner=0") == [first, second]


async def test_the_filters_by_what_a_contact_says(book: Served) -> None:
    first, second = await people(
        book,
        {"gdpr_status": 2, "newsletter": True, "language": "de", "home_country": "Deutschland"},
        {"gdpr_status": 3, "accept_contact": True, "language": "en", "home_country": "DE"},
    )

    assert await book.ids("gdpr_status=2") == [first]
    assert await book.ids("gdpr_status[]=2&gdpr_status[]=3") == [first, second]
    assert await book.ids("newsletter=1") == [first]
    assert await book.ids("newsletter=false") == [second]
    assert await book.ids("accept_contact=true") == [second]
    assert await book.ids("language=de,fr") == [first]
    assert await book.ids("home_countries=deutschland") == [first]


async def test_archived_is_active_only_archived_only_or_both(book: Served) -> None:
    active, archived = await people(book, {"last_name": "A"}, {"last_name": "B", "archived": True})

    assert await book.ids() == await book.ids("archived=0") == [active]
    assert await book.ids("archived=1") == [archived]
    assert await book.ids("archived=-1") == [active, archived]


async def test_contacts_with_a_parent_are_listed_only_when_asked_for(book: Served) -> None:
    (parent,) = await people(book, {"company": "Doe AG"})
    (child,) = await people(book, {"last_name": "Doe", "parent_id": parent})

    assert await book.ids() == [parent]
    assert await book.ids("include_children=1") == [parent, child]
    (row,) = (await book.http.get("/contacts")).json()
    assert row["children_size"] == 1


async def test_moments_bound_the_list_and_a_bare_date_includes_its_day(book: Served) -> None:
    # The tests' clock begins on 2026-01-02 at 04:04:05 in Berlin and ticks a second a request.
    first, second = await people(book, {"last_name": "A"}, {"last_name": "B"})
    created = (await book.get(second))["created_at"]

    assert await book.ids("created_at_from=2026-01-02&created_at_to=2026-01-02") == [first, second]
    assert await book.ids("created_at_to=2026-01-01") == []
    assert await book.ids(f"created_at_from={created.replace('+', '%2B')}") == [second]
    assert await book.ids(f"created_at_from={created}") == [second]
    await book.put(first, company="X")
    moved = (await book.get(first))["updated_at"]
    assert await book.ids(f"updated_at_from={moved}") == [first]
    assert await book.ids(f"updated_at_to={created}") == []


async def test_custom_fields_are_filtered_by_value_or_label(book: Served) -> None:
    options = (Option(name="Rot"), Option(name="Hell Grün"))
    await book.add(CustomField(name="farbe", type="choice", options=options))
    await book.add(CustomField(name="farben", type="multiple_choice", options=options))
    await book.add(CustomField(name="notiz"))
    await book.add(CustomField(name="zimmer", type="number"))
    await book.add(CustomField(name="vip", type="checkbox"))
    first, second = await people(
        book,
        {"custom_fields": {"farbe": 1, "farben": "1,2", "notiz": "Alt, aber schön", "zimmer": 3, "vip": True}},
        {"custom_fields": {"farbe": 2, "farben": "2", "notiz": "neu", "zimmer": 2.5, "vip": False}},
    )

    assert await book.ids("cf_farbe=1") == [first]
    assert await book.ids("cf_farbe=hell grün") == await book.ids("cf_farbe=Hell Grün") == [second]
    assert await book.ids("cf_farben=2") == [first, second]
    assert await book.ids("cf_farben=1,2") == await book.ids("cf_farben[]=1&cf_farben[]=2") == [first]
    assert await book.ids("cf_notiz=alt, aber schön") == [first]
    assert await book.ids("cf_zimmer=3.0") == [first]
    assert await book.ids("cf_vip=true") == [first]
    assert await book.ids("cf_unbekannt=1") == [first, second]
    assert (await book.refused("GET", "/contacts?cf_farbe=Blau"))[0] == 422


async def test_pages_are_counted_from_1_with_20_rows_and_at_most_500(book: Served) -> None:
    ids = await people(book, *({"last_name": f"P{number}"} for number in range(23)))

    assert await book.ids() == await book.ids("page=1") == await book.ids("per_page=5&limit=5") == ids[:20]
    assert await book.ids("page=2") == ids[20:]
    assert await book.ids("per=5&page=3") == ids[10:15]
    assert await book.ids("per=999999") == ids
    assert await book.ids("page=3") == await book.ids("page=999999999999999999&per=500") == []
    assert await book.ids("page=0&per=0") == ids[:20]


async def test_with_meta_wraps_the_rows_and_counts_them_all(book: Served) -> None:
    ids = await people(book, *({"last_name": f"P{number}"} for number in range(3)))

    answer = (await book.http.get("/contacts?with_meta=1&per=2&q=p")).json()
    assert [row["id"] for row in answer["data"]] == ids[:2]
    assert answer["meta"] == {"total_count": 3}


async def test_the_list_is_sorted_descending_unless_asked_otherwise_and_ties_go_by_id(book: Served) -> None:
    a, c, b = await people(book, {"last_name": "A"}, {"last_name": "C"}, {"last_name": "B"})

    assert await book.ids("sort_by=last_name") == [c, b, a]
    assert await book.ids("sort_by=last_name&order=asc") == [a, b, c]
    assert await book.ids("sort_by=id") == await book.ids("order=desc") == [b, c, a]
    assert await book.ids("sort_by=first_name&order=ASC") == [a, c, b]
    assert await book.ids("sort_by=first_name&order=desc") == [b, c, a]
    assert await book.ids("sort_by=created_at&order=asc") == [a, c, b]


async def test_expand_gives_each_row_the_shape_of_a_contact_alone(book: Served) -> None:
    parent = await book.book.create(company="Doe AG", external_ids={"propstack": "90001"})
    child = await book.post(last_name="Doe", parent_id=90001)
    await book.add(Property(title="Villa", owner_contact_ids=(parent.id,)))

    rows = (await book.http.get("/contacts?expand=true&include_children=1")).json()
    assert rows == [await book.get(90001), await book.get(child)]
    assert list(rows[0]) == [field.name for field in FIELDS if field.shows is not None]


async def test_include_adds_associations_to_the_rows(book: Served) -> None:
    broker = await book.add(User(first_name="Eva"))
    await people(book, {"broker_id": broker.id})

    (row,) = (await book.http.get("/contacts?include=broker,children,relationships,nonsense")).json()
    assert list(row) == [*ROW, "broker", "children", "relationships"]
    assert (row["broker"]["id"], row["children"], row["relationships"]) == (broker.id, [], [])


SENSELESS = (
    *(
        "page=x",
        "per=1.5",
        "status=x",
        "gdpr_status=4",
        "newsletter=maybe",
        "archived=2",
        "sort_by=company",
        "order=up",
    ),
    *("created_at_from=yesterday", "updated_at_to=2024-02-30", "status=99999999999999999999", "q=%00"),
)


async def test_a_filter_that_makes_no_sense_is_refused_by_name(book: Served) -> None:
    for query in SENSELESS:
        status, (text,) = await book.refused("GET", f"/contacts?{query}")
        assert (status, text.split()[0]) == (422, query.split("=")[0])


async def test_unknown_parameters_are_ignored(book: Served) -> None:
    (contact_id,) = await people(book, {"last_name": "Doe"})

    assert await book.ids("nonsense=1&q[x]=y&&=&%00=1") == [contact_id]


async def test_pages_in_id_order_show_each_contact_once_while_others_write(book: Served) -> None:
    ids = await people(book, *({"last_name": f"P{number}"} for number in range(30)))

    seen: list[int] = []
    for page in range(1, 4):
        seen += await book.ids(f"per=10&page={page}")
        await book.post(last_name="Neu")
        await book.put(ids[page], company=f"X{page}")
    assert seen == ids
