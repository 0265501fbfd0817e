"""The demo book: made-up people that nobody could take for real ones, the same for the same seed."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import get_args

import msgspec
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.demo.book import fill_demo
from onebook.demo.houses import reference
from onebook.demo.people import Lists, MadeUp, people
from onebook.errors import Conflict
from onebook.model.account import FieldType
from onebook.model.contact import display_name
from onebook.model.document import Document
from onebook.model.normal import email_problem, phone_e164
from onebook.service.access import accounts
from onebook.service.check import check_book
from onebook.service.documents import document_body
from onebook.service.records import find_records
from onebook.store.resources import RESOURCES
from tests.book import ALL, START, Book, opened
from tests.derived import Raw, differences

LISTS = Lists(users=(1, 2), sources=(3,), statuses=(4, 5), reasons=(6,), tags=(7, 8, 9), custom=True)


def crowd(count: int, seed: int = 1, home: str = "DE") -> list[MadeUp]:
    return list(people(Random(seed), count, now=START, lists=LISTS, home=home))


@given(st.integers(), st.integers(0, 40))
def test_the_same_seed_makes_the_same_people_and_another_one_others(seed: int, count: int) -> None:
    assert crowd(count, seed) == crowd(count, seed)
    if count > 10:
        assert crowd(count, seed) != crowd(count, seed + 1)


def test_a_longer_crowd_begins_like_a_shorter_one() -> None:
    assert crowd(300)[:100] == crowd(100)


def test_people_of_three_countries_companies_and_estates_are_there() -> None:
    made = [one.contact for one in crowd(2000)]
    assert {contact.kind for contact in made} == {"person", "company", "estate"}
    shares = Counter(contact.language for contact in made)
    assert shares["de"] > 900
    assert min(shares["sv"], shares["es"]) > 400
    assert all(display_name(contact) for contact in made)
    assert {contact.addresses[0].country for contact in made if contact.addresses} == {"DE", "SE", "MX"}


def test_whoever_has_a_parent_comes_after_it_and_it_is_a_company() -> None:
    made = crowd(1000)
    children = [(position, one) for position, one in enumerate(made) if one.parent is not None]
    assert len(children) > 30
    for position, one in children:
        assert one.parent is not None
        assert one.parent < position
        assert made[one.parent].contact.company == one.contact.company


def test_every_email_address_is_valid_reserved_for_examples_and_nobody_elses() -> None:
    addresses = [email.address for one in crowd(5000) for email in one.contact.emails]
    assert len(set(addresses)) == len(addresses)
    for address in addresses:
        assert email_problem(address) is None
        assert ".".join(address.rsplit("@")[1].split(".")[-2:]) in ("example.com", "example.org", "example.net")


@pytest.mark.parametrize("home", ["DE", "SE", "MX"])
def test_every_phone_number_is_one_of_its_country_wherever_the_agency_is(home: str) -> None:
    regions = {"DE": 49, "SE": 46, "MX": 52}
    for one in crowd(1500, home=home):
        country = one.contact.addresses[0].country if one.contact.addresses else None
        for phone in one.contact.phones:
            e164 = phone_e164(phone.number, home)
            assert e164 is not None, phone.number
            if country is not None:
                assert phonenumbers.parse(e164).country_code == regions[country]


def test_mobile_numbers_are_nobody_elses_up_to_a_large_crowd() -> None:
    numbers = [phone.number for one in crowd(20_000) for phone in one.contact.phones if phone.kind == "mobile"]
    assert len(set(numbers)) == len(numbers)


def test_swedish_personal_and_company_numbers_have_the_right_check_digit() -> None:
    made = [one.contact for one in crowd(1000)]
    personal = [contact.social_security_number[2:] for contact in made if contact.social_security_number]
    company = [contact.corporate_number for contact in made if contact.corporate_number]
    assert len(personal) > 50
    assert company
    for number in [*personal, *company]:
        digits = [int(char) for char in number if char.isdigit()]
        doubled = [digit * (2 if index % 2 == 0 else 1) for index, digit in enumerate(digits)]
        assert sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def test_without_lists_nobody_points_to_anything() -> None:
    for one in people(Random(3), 200, now=START):
        contact = one.contact
        assert (contact.owner_id, contact.source_id, contact.status_id, contact.reason_id) == (None,) * 4
        assert contact.tag_ids == ()
        assert contact.custom == {}


def test_a_public_number_is_eb_and_six_letters_and_digits() -> None:
    random = Random(2)
    for _ in range(100):
        assert len(reference(random)) == 9
        assert reference(random).startswith("EB-")


async def test_every_table_of_the_demo_book_has_rows_and_500_people_are_listed(database_url: str) -> None:
    async with opened(database_url) as store:
        heard: list[int] = []
        account = await fill_demo(store, now=START, random=Random(1), told=heard.append)
        book = Book(store, account)
        assert len(await book.find(ALL)) == 500
        assert sum(heard) == 500
        assert (account.name, account.country, account.language) == ("demo", "DE", "de")
        raw = Raw(database_url)
        counts: dict[str, int] = dict(raw.rows("SELECT resource, count(*) FROM records GROUP BY resource", 1))
        raw.close()
        assert set(counts) == {resource.name for resource in RESOURCES}
        assert counts["users"] >= 2
        plan = next(one for one in await find_records(await book.view(), Document, ALL) if one.sha256)
        body = await document_body(await book.view(), store.bodies, plan)
        assert (plan.content_type, body[-6:]) == ("application/pdf", b"%%EOF\n")
        fields = (await book.view()).vocabulary.custom_fields.values()
        assert {field.type for field in fields} == set(get_args(FieldType))
        assert differences(database_url) == []
        found = check_book(store, await accounts(store), repair=False, told=lambda step, more, total=None: None)
        assert [difference async for difference in found] == []


async def test_the_demo_book_has_a_history_and_is_found_by_name_and_number(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        book = Book(store, await fill_demo(store, now=START, random=Random(1), count=80))
        raw = Raw(sqlite_url)
        assert raw.rows("SELECT max(version) FROM changes WHERE resource = 'contacts'") == [(2,)]
        assert len(raw.rows("SELECT DISTINCT created_at FROM contacts")) > 2
        assert raw.rows(f"SELECT count(*) FROM changes WHERE at > {int(START.timestamp() * 1e6)}") == [(0,)]
        raw.close()
        assert await book.find(text="anna") or await book.find(text="maria")
        assert await book.find(text="0171 39200")


async def test_the_same_seed_makes_the_same_demo_book_but_for_its_tokens(sqlite_url: str) -> None:
    first, second = [await documents(sqlite_url.replace("onebook.db", f"{name}.db")) for name in "ab"]
    assert [row for _, row in first] == [row for _, row in second]
    assert len({token for token, _ in first + second} - {None}) == 60


async def documents(url: str) -> list[tuple[str | None, dict[str, object]]]:
    """Every document of a demo book of 30, its token apart."""
    async with opened(url) as store:
        await fill_demo(store, now=START, random=Random(9), count=30)
    raw = Raw(url)
    rows = raw.rows("SELECT doc FROM contacts ORDER BY id") + raw.rows("SELECT doc FROM records ORDER BY resource, id")
    raw.close()
    decoded = [msgspec.json.decode(row[0]) for row in rows]
    return [(doc.pop("token", None), doc) for doc in decoded]


async def test_a_book_has_one_demo_account_only(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await fill_demo(store, now=START, random=Random(1), count=5)
        with pytest.raises(Conflict):
            await fill_demo(store, now=START, random=Random(1), count=5)
        assert len(await accounts(store)) == 1
