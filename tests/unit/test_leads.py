"""Who a request comes from is found in the book, or entered there; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from onebook.errors import Invalid
from onebook.model.account import Source
from onebook.model.contact import Contact, Phone
from onebook.model.lead import Lead
from onebook.model.query import Page
from onebook.service.contacts import get_contact
from onebook.service.leads import person_keys, request, split_name
from onebook.service.records import count_records, find_records, named_record
from onebook.store.database import Reader
from onebook.store.records import read_lists
from tests.book import Book, emails, new_book, phones

ASKED = Lead(name="Ana María López", email="ana@example.com", phone="55 5909 0909", source="Mi sitio", message="¿Aún?")


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    async with new_book(database_url, country="MX") as made:
        yield made


async def ask(book: Book, lead: Lead) -> Lead:
    session = await book.session()
    return await session.write(lambda unit: request(unit, lead))


async def _sources(reader: Reader) -> list[Source]:
    return (await read_lists(reader, [Source]))[Source]


async def person(book: Book, lead: Lead) -> Contact:
    assert lead.contact_id is not None
    return await get_contact(await book.view(), lead.contact_id)


async def test_somebody_new_is_entered_with_all_that_was_said(book: Book) -> None:
    made = await ask(book, ASKED)
    contact = await person(book, made)
    assert (contact.first_name, contact.last_name) == ("Ana", "María López")
    assert contact.emails == emails("ana@example.com")
    assert contact.phones == (Phone(number="55 5909 0909", e164="+525559090909"),)
    (source,) = await _sources((await book.view()).reader)
    assert (source.name, contact.source_id) == ("Mi sitio", source.id)
    assert replace(made, id=0, version=0, created_at=None, updated_at=None, contact_id=None, happened_at=None) == ASKED


async def test_a_request_happens_now_unless_it_says_when(book: Book) -> None:
    assert (await ask(book, ASKED)).happened_at is not None
    then = datetime(2020, 3, 1, 23, 26, 53, 402000, UTC)
    assert (await ask(book, replace(ASKED, happened_at=then))).happened_at == then


async def test_the_email_finds_the_oldest_contact_and_changes_nothing_in_it(book: Book) -> None:
    oldest = await book.create(last_name="Primera", emails=emails("otra@example.com", "ANA@example.com"))
    await book.create(last_name="Segunda", emails=emails("ana@example.com"), phones=phones("5559090909"))
    made = await ask(book, replace(ASKED, source="Fuente nueva"))
    assert await person(book, made) == oldest
    assert await _sources((await book.view()).reader) == []


async def test_the_email_decides_where_it_and_the_phone_name_two_people(book: Book) -> None:
    await book.create(phones=phones("5559090909"))
    by_email = await book.create(emails=emails("ana@example.com"))
    assert (await ask(book, ASKED)).contact_id == by_email.id


@pytest.mark.parametrize("number", ["5559090909", "+52 55 5909 0909", "0052 55 59 09 09 09", "(55) 5909-0909"])
async def test_the_phone_finds_in_any_spelling(book: Book, number: str) -> None:
    known = await book.create(phones=phones("+525559090909"))
    made = await ask(book, Lead(name="Ana", email="neu@example.com", phone=number))
    assert await person(book, made) == known


async def test_archived_contacts_are_found_and_trashed_ones_are_not(book: Book) -> None:
    trashed = await book.create(emails=emails("ana@example.com"))
    await book.remove(trashed.id)
    archived = await book.create(emails=emails("ana@example.com"), is_archived=True)
    assert (await ask(book, ASKED)).contact_id == archived.id


async def test_a_number_that_is_none_is_compared_by_its_digits_if_it_is_long_enough(book: Book) -> None:
    odd = await ask(book, Lead(phone="999-999 99999999999999"))
    assert (await ask(book, Lead(phone="999 99999 999999999999"))).contact_id == odd.contact_id
    short = await ask(book, Lead(phone="12"))
    assert (await ask(book, Lead(phone="12"))).contact_id != short.contact_id


async def test_a_name_alone_finds_nobody(book: Book) -> None:
    first, second = await ask(book, Lead(name="Ana")), await ask(book, Lead(name="Ana"))
    assert first.contact_id != second.contact_id


async def test_an_address_that_is_none_is_refused_and_nothing_is_written(book: Book) -> None:
    await book.create(phones=phones("5559090909"))
    for address in ("ana", "ana@", "ana@@example.com", "ana maria@example.com", "[email protected]"):
        with pytest.raises(Invalid) as refused:
            await ask(book, replace(ASKED, email=address))
        assert refused.value.problems[0].code == "invalid_email"
    view = await book.view()
    assert await count_records(view, Lead) == 0
    assert await _sources(view.reader) == []
    assert len(await book.find()) == 1


async def test_a_property_that_is_not_there_is_refused(book: Book) -> None:
    with pytest.raises(Invalid):
        await ask(book, replace(ASKED, property_id=4711))
    assert await book.find() == []


async def test_a_partners_own_id_is_taken_once(book: Book) -> None:
    sent = replace(ASKED, partner="Portal", remote_id="1516")
    first = await ask(book, sent)
    assert await ask(book, replace(sent, message="otra vez", email="b@example.com")) == first
    assert (await ask(book, replace(sent, partner="Otro"))).id != first.id
    assert (await ask(book, replace(sent, remote_id="1517"))).id != first.id
    view = await book.view()
    assert await count_records(view, Lead) == 3
    assert await count_records(view, Lead, keys=[("partner", ["Portal"])]) == 2
    assert len(await book.find()) == 1


async def test_fifty_requests_at_the_same_moment_make_one_contact(book: Book) -> None:
    session = await book.session()
    made = await asyncio.gather(*(session.write(lambda unit: request(unit, ASKED)) for _ in range(50)))
    assert len({lead.contact_id for lead in made}) == 1
    assert len({lead.id for lead in made}) == 50
    assert len(await book.find()) == 1


async def test_fifty_sendings_of_one_remote_id_make_one_lead(book: Book) -> None:
    session, sent = await book.session(), replace(ASKED, partner="Portal", remote_id="1")
    made = await asyncio.gather(*(session.write(lambda unit: request(unit, sent)) for _ in range(50)))
    assert len({lead.id for lead in made}) == 1


async def test_leads_are_listed_newest_first_and_by_when_they_happened(book: Book) -> None:
    moments = [datetime(2026, 5, day, tzinfo=UTC) for day in (2, 3, 1)]
    made = [await ask(book, replace(ASKED, happened_at=moment)) for moment in moments]
    view, page = await book.view(), Page(limit=2)
    found = await find_records(view, Lead, page, descending=True)
    assert [lead.id for lead in found] == [made[1].id, made[0].id]
    within = (moments[2], moments[0])
    assert [lead.id for lead in await find_records(view, Lead, page, happened=within)] == [made[2].id, made[0].id]
    assert await count_records(view, Lead, happened=within) == 2
    assert await count_records(view, Lead, updated=(view.now, None)) == 0
    assert await count_records(view, Lead, updated=(None, view.now)) == 3


async def test_a_named_record_is_found_whatever_the_case_or_made(book: Book) -> None:
    session = await book.session()
    first = await session.write(lambda unit: named_record(unit, Source, " Mi Sitio "))
    assert first.name == "Mi Sitio"
    assert await session.write(lambda unit: named_record(unit, Source, "MI SITIO")) == first
    with pytest.raises(Invalid):
        await session.write(lambda unit: named_record(unit, Source, " "))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ana", ("Ana", None)),
        (" Ana  López García ", ("Ana", "López García")),
        ("", (None, None)),
        (None, (None, None)),
    ],
)
def test_the_first_word_of_a_name_is_the_first_name(name: str | None, parts: tuple[str | None, str | None]) -> None:
    assert split_name(name) == parts


def test_blanks_are_no_way_to_find_anybody() -> None:
    assert list(person_keys(Lead(email=" ", phone=" "), "MX")) == []
