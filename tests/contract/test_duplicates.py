"""Who is the same, asked of the book: candidates, `auto`, pairs for review, on both databases."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from onebook.errors import Invalid, NotFound
from onebook.model.contact import Address, Contact
from onebook.model.duplicate import DuplicatePair
from onebook.service.access import change_thresholds
from onebook.service.contacts import create_contact, get_contact
from onebook.service.duplicates import (
    MOST_COMPARED,
    Outcome,
    candidates,
    check,
    create_or_merge,
    decide_pair,
    duplicates_of,
    pairs_of,
)
from onebook.service.records import find_records
from onebook.store.candidates import MOST_COMMON
from tests.book import ALL, Book, emails, fill, new_account, new_book, opened, phones

HOME = Address(street="Hauptstraße", house_number="12a", zip="10115", city="Berlin")
KLARA: dict[str, Any] = {
    "first_name": "Klara",
    "last_name": "Müller",
    "emails": emails("klara.mueller@example.org"),
    "phones": phones("0157 123 456 78"),
    "addresses": (HOME,),
}
SPELLINGS: tuple[dict[str, Any], ...] = (
    KLARA,
    {**KLARA, "last_name": "Mueller", "phones": phones("+49 157 12345678"), "addresses": ()},
    {**KLARA, "first_name": "Dr. Klara", "last_name": "MÜLLER", "emails": emails("Klara.Mueller@Example.org")},
    {**KLARA, "first_name": "Clara", "last_name": "Muller", "phones": phones("0049157-12345678")},
    {"first_name": "Müller", "last_name": "Klara", "emails": emails("klara.mueller@example.org")},
)
"""One person in five ways."""


async def auto(book: Book, **fields: Any) -> Outcome:
    """What becomes of these fields."""
    return await (await book.session()).write(lambda unit: create_or_merge(unit, fill(**fields)))


async def test_50_simultaneous_posts_of_one_person_in_five_spellings_end_as_one_contact(database_url: str) -> None:
    async with new_book(database_url) as book:
        posts = [auto(book, **SPELLINGS[number % len(SPELLINGS)]) for number in range(50)]
        outcomes = await asyncio.gather(*posts)
        assert sum(outcome.is_new for outcome in outcomes) == 1
        assert len({outcome.contact.id for outcome in outcomes}) == 1
        (only,) = await book.find()
        found = await get_contact(await book.view(), only)
        assert [email.address.lower() for email in found.emails] == ["klara.mueller@example.org"]
        assert len(found.phones) == 1
        assert await find_records(await book.view(), DuplicatePair, ALL) == []


@pytest.mark.parametrize("order", range(len(SPELLINGS)))
async def test_whichever_spelling_comes_first_the_others_find_it(sqlite_url: str, order: int) -> None:
    async with new_book(sqlite_url) as book:
        ordered = (*SPELLINGS[order:], *SPELLINGS[:order])
        assert [(await auto(book, **one)).is_new for one in ordered] == [True, *[False] * (len(SPELLINGS) - 1)]


async def test_families_that_share_a_mailbox_a_phone_and_a_home_are_never_merged(database_url: str) -> None:
    shared = {
        "last_name": "Schäfer",
        "emails": emails("familie.schaefer@example.org"),
        "phones": phones("030 1234567"),
        "addresses": (HOME,),
    }
    async with new_book(database_url) as book:
        for first_name in ("Petra", "Uwe", "Hanna", "Jonas", "Emil"):
            outcome = await auto(book, first_name=first_name, **shared)
            assert outcome.is_new
        assert len(await book.find()) == 5
        found = await check(await book.view(), fill(first_name="Paula", **shared))
        assert len(found) == 5
        assert all(one.score.probability < 0.5 for one in found)


async def test_a_family_s_mailbox_without_a_first_name_is_merged_with_none_of_them(database_url: str) -> None:
    mailbox = {"last_name": "Schäfer", "emails": emails("schaefer@example.org")}
    async with new_book(database_url) as book:
        first = await auto(book, first_name="Petra", **mailbox)
        assert not (await auto(book, **mailbox)).is_new
        second = await auto(book, first_name="Uwe", **mailbox, phones=phones("0157 123 456 78"))
        outcome = await auto(book, **mailbox)
        assert outcome.is_new
        assert {number for pair in outcome.noted for number in pair.contact_ids} == {
            first.contact.id,
            second.contact.id,
            outcome.contact.id,
        }


async def test_a_low_threshold_merges_no_family_either(sqlite_url: str) -> None:
    async with new_book(sqlite_url) as book:
        await auto(book, **KLARA)
        session = await book.session()
        outcome = await session.write(
            lambda unit: create_or_merge(unit, fill(**{**KLARA, "first_name": "Bernd"}), threshold=0.0001)
        )
        assert outcome.is_new


async def test_father_and_son_of_one_name_are_told_apart_by_their_birthdays(sqlite_url: str) -> None:
    father = {"first_name": "Hans", "last_name": "Huber", "addresses": (HOME,), "phones": phones("089 1234567")}
    async with new_book(sqlite_url) as book:
        await auto(book, **father, birth_date=date(1950, 3, 4))
        assert (await auto(book, **father, birth_date=date(1981, 7, 8))).is_new
        assert not (await auto(book, **father, birth_date=date(1950, 3, 4))).is_new


async def test_a_merge_takes_nothing_out_of_a_list_and_fills_what_is_given(sqlite_url: str) -> None:
    async with new_book(sqlite_url) as book:
        first = await auto(book, **KLARA, description="known")
        outcome = await auto(
            book, **{**KLARA, "emails": emails("KLARA.mueller@example.org", "klara@example.net")}, position="Maklerin"
        )
        assert outcome.contact.id == first.contact.id
        assert [email.address for email in outcome.contact.emails] == ["klara.mueller@example.org", "klara@example.net"]
        assert outcome.contact.position == "Maklerin"
        assert outcome.contact.description == "known"
        assert outcome.merged_by is not None
        assert outcome.merged_by.contact_id == first.contact.id


async def test_the_change_may_be_another_s_own(sqlite_url: str) -> None:
    async with new_book(sqlite_url) as book:
        first = await auto(book, **KLARA)

        async def untouched(unit: Any, contact_id: int, _: Any) -> Contact:
            return await get_contact(unit, contact_id)

        session = await book.session()
        outcome = await session.write(lambda unit: create_or_merge(unit, fill(**KLARA, position="x"), change=untouched))
        assert outcome.contact == first.contact


async def doubtful(book: Book) -> tuple[Outcome, Outcome]:
    """Two contacts of whom nobody knows whether they are one: the thresholds are set so."""
    await change_thresholds(book.store, book.account, auto_merge=0.999999, review=0.001)
    namesake = {"first_name": "Käthe", "last_name": "Winkelmann", "addresses": (HOME,)}
    return await auto(book, **namesake), await auto(book, **namesake)


async def test_between_the_thresholds_the_contact_is_made_and_the_pair_noted(database_url: str) -> None:
    async with new_book(database_url) as book:
        first, second = await doubtful(book)
        assert second.is_new
        (pair,) = second.noted
        assert pair.contact_ids == (first.contact.id, second.contact.id)
        assert pair.status == "open"
        assert 0.001 <= pair.probability < 0.999999
        assert await pairs_of(await book.view(), first.contact.id, "open") == [pair]


async def test_a_pair_that_is_two_is_no_longer_told(database_url: str) -> None:
    async with new_book(database_url) as book:
        first, second = await doubtful(book)
        view = await book.view()
        assert [one.contact_id for one in await duplicates_of(view, first.contact)] == [second.contact.id]
        session = await book.session()
        decided = await session.write(lambda unit: decide_pair(unit, second.noted[0].id, "different"))
        assert decided.status == "different"
        assert await duplicates_of(await book.view(), first.contact) == []
        assert [one.contact_id for one in await candidates(await book.view(), first.contact)] == [second.contact.id]


async def test_a_pair_that_is_one_is_merged_into_the_older(database_url: str) -> None:
    async with new_book(database_url) as book:
        first, second = await doubtful(book)
        session = await book.session()
        decided = await session.write(lambda unit: decide_pair(unit, second.noted[0].id, "same"))
        assert decided.status == "same"
        assert await book.find() == [first.contact.id]
        assert (await get_contact(await book.view(), second.contact.id)).id == first.contact.id
        again = await session.write(lambda unit: decide_pair(unit, second.noted[0].id, "same"))
        assert again == decided


async def test_there_is_no_deciding_on_a_pair_that_is_not_there(sqlite_url: str) -> None:
    async with new_book(sqlite_url) as book:
        session = await book.session()
        with pytest.raises(NotFound):
            await session.write(lambda unit: decide_pair(unit, 99, "same"))


async def test_thresholds_are_the_account_s_own_and_are_probabilities(database_url: str) -> None:
    async with new_book(database_url) as book:
        changed = await change_thresholds(book.store, book.account, auto_merge=1.0)
        assert (changed.auto_merge_threshold, changed.review_threshold) == (1.0, book.account.review_threshold)
        await auto(book, **KLARA)
        outcome = await auto(book, **KLARA)
        assert outcome.is_new
        assert len(outcome.noted) == 1
        for wrong in ({"auto_merge": 1.5}, {"review": -0.1}, {"auto_merge": float("nan")}):
            with pytest.raises(Invalid):
                await change_thresholds(book.store, book.account, **wrong)


async def test_those_in_the_trash_are_no_candidates_and_archived_ones_are(sqlite_url: str) -> None:
    async with new_book(sqlite_url) as book:
        gone, kept = await book.create(**KLARA), await book.create(**KLARA, is_archived=True)
        await book.remove(gone.id)
        assert [one.contact_id for one in await check(await book.view(), fill(**KLARA))] == [kept.id]


async def test_candidates_stay_in_their_account(database_url: str) -> None:
    async with new_book(database_url) as book:
        await auto(book, **KLARA)
        other = Book(book.store, await new_account(book.store, "Andere"))
        assert await check(await other.view(), fill(**KLARA)) == []


async def test_a_key_that_everybody_has_hides_nobody_who_shares_more(database_url: str) -> None:
    switchboard = phones("030 5550000")
    async with new_book(database_url) as book:
        session = await book.session()
        many = MOST_COMMON + 50
        await session.write(
            lambda unit: _enter(unit, [{"last_name": f"Nr{number}", "phones": switchboard} for number in range(many)])
        )
        known = await book.create(**{**KLARA, "phones": switchboard})
        found = await check(await book.view(), fill(**{**KLARA, "phones": switchboard}))
        assert found[0].contact_id == known.id
        assert len(found) <= MOST_COMPARED


async def _enter(unit: Any, rows: list[dict[str, Any]]) -> None:
    for fields in rows:
        await create_contact(unit, fill(**fields))


async def test_an_empty_contact_has_no_candidates(sqlite_url: str) -> None:
    async with new_book(sqlite_url) as book:
        await book.create()
        assert await check(await book.view(), fill()) == []


async def test_two_servers_on_one_database_make_one_contact_of_one_person(postgres_url: str) -> None:
    async with new_book(postgres_url) as book, opened(postgres_url) as other_store:
        other = Book(other_store, book.account)
        posts = [auto((book, other)[number % 2], **SPELLINGS[number % len(SPELLINGS)]) for number in range(20)]
        outcomes = await asyncio.gather(*posts)
        assert sum(outcome.is_new for outcome in outcomes) == 1
