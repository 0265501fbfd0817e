"""Merging: nothing is lost, every id goes on finding the one, and what pointed to the others points to it."""

from __future__ import annotations

import pytest
from hypothesis import given

from onebook.errors import Conflict, Invalid, NotFound
from onebook.model.account import CustomField
from onebook.model.contact import Address, Contact, Email, Phone
from onebook.model.lead import Lead
from onebook.model.normal import email_key
from onebook.model.property import Property
from onebook.service.contacts import contact_by_shown_id, contact_history, contacts_by_shown_ids, get_contact
from onebook.service.merging import merge_contacts, united
from onebook.service.records import create_record, get_record
from tests.book import Book, emails, new_book, phones
from tests.unit.test_vitec_codec import contacts


async def merge(book: Book, target: Contact, *others: Contact) -> Contact:
    session = await book.session()
    return await session.write(lambda unit: merge_contacts(unit, target.id, [other.id for other in others]))


async def test_lists_are_united_gaps_are_filled_and_what_is_there_stays(database_url: str) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        for name in ("Etage", "Zimmer"):
            await session.write(lambda unit, name=name: create_record(unit, CustomField(name=name)))  # type: ignore[misc]
        target = await book.create(
            first_name="Åsa",
            last_name="",
            emails=emails("a@x.se"),
            phones=phones("0157 1234567"),
            custom={"Etage": "1"},
        )
        second = await book.create(
            first_name="Asa",
            last_name="Öst",
            emails=(Email(address="A@X.se", label="old"), Email(address="b@x.se", is_primary=True)),
            phones=(Phone(number="+49 157 1234567"), Phone(number="030 1", kind="home")),
            custom={"Etage": "2", "Zimmer": "3"},
            extras={"vitec": {"k": [1]}},
            rating=2,
        )
        third = await book.create(last_name="Nord", addresses=(Address(city="Umeå"),), rating=3, newsletter=False)
        one = await merge(book, target, second, third)
        assert (one.first_name, one.last_name, one.rating, one.newsletter) == ("Åsa", "Öst", 2, False)
        assert [email.address for email in one.emails] == ["a@x.se", "b@x.se"]
        assert [phone.number for phone in one.phones] == ["0157 1234567", "030 1"]
        assert one.custom == {"Etage": "1", "Zimmer": "3"}
        assert one.extras == {"vitec": {"k": [1]}}
        assert one.addresses == (Address(city="Umeå"),)
        assert (one.version, one.merged_ids) == (2, (second.id, third.id))
        assert await book.find() == [target.id]
        assert await book.find(text="öst") == [target.id]
        assert await book.find(trashed=True, archived=None) == [second.id, third.id]
        view = await book.view()
        assert [entry.action for entry in await contact_history(view, second.id)] == ["created", "merged"]
        assert [entry.action for entry in await contact_history(view, target.id)] == ["created", "merged"]


async def test_every_old_id_finds_the_survivor_after_several_merges_too(database_url: str) -> None:
    async with new_book(database_url) as book:
        plain = await book.create(first_name="A")
        vendor = await book.create(first_name="B", external_ids={"vitec": "V1", "quentn": "77"})
        last = await book.create(first_name="C", external_ids={"vitec": "V2"})
        await merge(book, vendor, plain)
        one = await merge(book, last, vendor)
        view = await book.view()
        for number in (plain.id, vendor.id, last.id):
            assert (await get_contact(view, number)).id == one.id
        finding = {
            "vitec": ["V1", "V2", str(plain.id)],
            "quentn": ["77", str(plain.id), str(last.id)],
            "propstack": [str(plain.id), str(vendor.id), str(last.id)],
        }
        for dialect, shown in finding.items():
            assert {(await contact_by_shown_id(view, dialect, each)).id for each in shown} == {one.id}
            assert set(await contacts_by_shown_ids(view, dialect, shown)) == set(shown)
        for dialect, nobody in (("vitec", str(vendor.id)), ("vitec", str(last.id)), ("quentn", str(vendor.id))):
            with pytest.raises(NotFound):
                await contact_by_shown_id(view, dialect, nobody)


async def test_nobody_else_gets_an_id_that_a_merged_contact_had(database_url: str) -> None:
    async with new_book(database_url) as book:
        first, second = await book.create(), await book.create(external_ids={"vitec": "V1"})
        await merge(book, first, second)
        with pytest.raises(Conflict):
            await book.create(external_ids={"vitec": "V1"})
        with pytest.raises(Conflict):
            await book.restore(second.id)


async def test_what_pointed_to_the_others_points_to_the_survivor(database_url: str) -> None:
    async with new_book(database_url) as book:
        target, other = await book.create(), await book.create()
        child = await book.create(parent_id=other.id)
        session = await book.session()
        lead = await session.write(lambda unit: create_record(unit, Lead(contact_id=other.id)))
        owned = await session.write(
            lambda unit: create_record(unit, Property(title="Haus", owner_contact_ids=(other.id, target.id)))
        )
        await merge(book, target, other)
        view = await book.view()
        assert (await get_contact(view, child.id)).parent_id == target.id
        assert (await get_record(view, Lead, lead.id)).contact_id == target.id
        assert (await get_record(view, Property, owned.id)).owner_contact_ids == (target.id,)


async def test_nobody_becomes_a_parent_of_itself(database_url: str) -> None:
    async with new_book(database_url) as book:
        top = await book.create()
        middle = await book.create(parent_id=top.id)
        bottom = await book.create(parent_id=middle.id)
        await merge(book, bottom, top)
        view = await book.view()
        assert (await get_contact(view, middle.id)).parent_id is None
        assert (await get_contact(view, bottom.id)).parent_id == middle.id
        await merge(book, bottom, middle)
        assert (await get_contact(await book.view(), bottom.id)).parent_id is None


async def test_what_cannot_be_merged_is_refused_whole(database_url: str) -> None:
    async with new_book(database_url) as book:
        first, second = await book.create(), await book.create()
        gone = await book.create()
        await book.remove(gone.id)
        for others, error in (([second, first], Invalid), ([second, gone], NotFound)):
            with pytest.raises(error):
                await merge(book, first, *others)
        assert await book.find() == [first.id, second.id]
        assert await merge(book, first) == first


@given(contacts, contacts)
def test_uniting_keeps_every_mailbox_tag_and_value(survivor: Contact, other: Contact) -> None:
    one = united(survivor, other)
    assert {email_key(email.address) for email in one.emails} == {
        email_key(email.address) for email in (*survivor.emails, *other.emails)
    }
    assert set(one.tag_ids) == {*survivor.tag_ids, *other.tag_ids}
    assert set(one.addresses) == {*survivor.addresses, *other.addresses}
    assert sum(email.is_primary for email in one.emails) <= max(
        sum(email.is_primary for email in emails) for emails in (survivor.emails, other.emails)
    )
    assert (one.last_name or None) == (survivor.last_name or other.last_name or None)
    assert (one.id, one.kind, one.external_ids) == (survivor.id, survivor.kind, survivor.external_ids)
