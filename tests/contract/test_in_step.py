"""Owners and ownerships, a property's texts and its text: whatever is done in whatever order, they say the same."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from onebook.errors import Conflict, Invalid, NotFound
from onebook.model.account import Record
from onebook.model.property import Property
from onebook.model.property_text import PropertyText
from onebook.model.relationship import Relationship
from onebook.service.check import Difference, check_book
from onebook.service.merging import merge_contacts
from onebook.service.records import (
    change_record,
    create_record,
    get_record,
    record_history,
    remove_record,
    restore_record,
)
from onebook.service.session import Unit
from onebook.store.database import Transaction
from tests.book import START, Book, new_book
from tests.derived import differences

STEPS = 150


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    async with new_book(database_url) as it:
        yield it
    assert differences(database_url) == []


async def check(book: Book, *, repair: bool = False) -> list[Difference]:
    """What `onebook check` finds."""
    found = check_book(book.store, [book.account], repair=repair, told=lambda *_, **__: None, clock=lambda: START)
    return [one async for one in found]


async def write(book: Book, work: Callable[[Unit], Awaitable[Any]]) -> Any:
    """One command in a transaction of its own."""
    return await (await book.session()).write(work)


async def add(book: Book, record: Record) -> Any:
    """A new record."""
    return await write(book, lambda unit: create_record(unit, record))


async def change(book: Book, record: Record, **fields: Any) -> Any:
    """The record with other values."""
    return await write(
        book, lambda unit: change_record(unit, type(record), record.id, lambda one: replace(one, **fields))
    )


class Office:
    """Somebody who does what comes to mind with two houses, their owners and their texts."""

    def __init__(self, book: Book, chance: random.Random) -> None:
        """Nothing is there yet."""
        self.book, self.chance = book, chance
        self.people: list[int] = []
        self.there: dict[type[Record], list[Any]] = {Property: [], Relationship: [], PropertyText: []}

    async def begin(self) -> None:
        """Four people and two houses."""
        self.people = [(await self.book.create(last_name=name)).id for name in "ABCD"]
        for language in (None, "en"):
            house = Property(title="Haus", language=language, owner_contact_ids=tuple(self.people[:2]))
            self.there[Property].append(await add(self.book, house))

    def values(self, kind: type[Record]) -> dict[str, Any]:
        """What a record of the kind may be told."""
        choice, some = self.chance.choice, self.chance.sample
        text = choice((None, "", "eins", "zwei"))
        told: dict[str, Any]
        if kind is Property:
            owners = tuple(some(self.people, self.chance.randrange(4)))
            told = {"title": text, "description": text, "language": choice((None, "de", "en", "sv"))}
            told["owner_contact_ids"] = owners
        elif kind is Relationship:
            told = {"kind": choice(("ownership", "ownership", "favorite")), "contact_id": choice(self.people)}
            told["property_id"] = choice(self.there[Property]).id
        else:
            told = {"title": text, "other_text": text, "language": choice((None, "de", "en"))}
            told["property_id"] = choice((None, *(house.id for house in self.there[Property])))
        names = some(list(told), self.chance.randrange(1, len(told) + 1))
        return {name: told[name] for name in names}

    async def step(self) -> None:
        """One command; what is refused changes nothing."""
        kind = self.chance.choice(tuple(self.there))
        record = self.chance.choice(self.there[kind] or [None])
        what = self.chance.choice(("create", "change", "change", "remove", "restore", "merge"))
        try:
            if what == "merge":
                await self.merge()
            elif what == "create" and kind is not Property:
                needed = {"contact_id": self.people[0]} if kind is Relationship else {}
                made = await add(self.book, kind(**{**needed, **self.values(kind)}))
                self.there[kind].append(made)
            elif record is not None and what == "change":
                await change(self.book, record, **self.values(kind))
            elif record is not None and what in ("remove", "restore"):
                command = remove_record if what == "remove" else restore_record
                await write(self.book, lambda unit: command(unit, kind, record.id))
        except (NotFound, Invalid, Conflict):
            pass

    async def merge(self) -> None:
        """Two people were one; somebody new comes in place of the second."""
        one, other = self.chance.sample(self.people, 2)
        await write(self.book, lambda unit: merge_contacts(unit, one, [other]))
        self.people.remove(other)
        self.people.append((await self.book.create(last_name="Neu")).id)


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_is_done_both_say_the_same(book: Book, seed: int) -> None:
    office = Office(book, random.Random(seed))
    await office.begin()
    for _ in range(STEPS):
        await office.step()
    assert [one.text for one in await check(book)] == []


async def test_a_property_says_what_its_next_text_says_once_the_first_is_gone_or_another_language_s(book: Book) -> None:
    house = await add(book, Property(title="Haus"))
    texts = [
        await add(book, PropertyText(property_id=house.id, language=language, title=title))
        for language, title in (("de", "Erstes"), ("de", "Zweites"), (None, "Ohne"), ("en", "House"))
    ]

    async def title() -> str | None:
        return (await get_record(await book.view(), Property, house.id)).title

    assert await title() == "Erstes"
    await write(book, lambda unit: remove_record(unit, PropertyText, texts[0].id))
    assert await title() == "Zweites"
    await change(book, texts[1], language="sv")
    assert await title() == "Ohne"
    changed = await change(book, house, language="en", description="Large")
    assert (changed.title, changed.description) == ("House", "Large")
    english = await get_record(await book.view(), PropertyText, texts[3].id)
    assert (english.title, english.description) == ("House", "Large")
    await change(book, texts[3], property_id=None)
    assert await title() == "Ohne"
    await write(book, lambda unit: remove_record(unit, Property, house.id))
    await change(book, texts[2], title="Geändert")
    await write(book, lambda unit: restore_record(unit, Property, house.id))
    assert await title() == "Geändert"
    await write(book, lambda unit: remove_record(unit, PropertyText, texts[2].id))
    assert await title() == "Geändert"  # nobody else says it
    assert await check(book) == []


async def spoil(book: Book, resource: str, number: int, doc: bytes) -> None:
    """Another document in the place of a record's, past every command."""

    async def work(tx: Transaction) -> None:
        sql = "UPDATE records SET doc = $4 WHERE account_id = $1 AND resource = $2 AND id = $3"
        await tx.run(sql, tx.account_id, resource, number, doc.decode())

    await book.store.write(book.account.account_id, work)


async def test_a_check_finds_properties_that_are_out_of_step_and_mends_them(book: Book) -> None:
    first, second = (await book.create(last_name="A")).id, (await book.create(last_name="B")).id
    house = await add(book, Property(title="Haus", description="Groß", price=1, owner_contact_ids=(first,)))
    bare = await add(book, Property(title="Hof", owner_contact_ids=(first, second)))
    await add(book, PropertyText(property_id=house.id, language="de", other_text="Am See"))
    before = await get_record(await book.view(), Property, house.id)
    spoilt = replace(before, title="Zelt", other_text=None, owner_contact_ids=(second,))
    await spoil(book, "properties", house.id, msgspec.json.encode(spoilt))
    await spoil(book, "properties", bare.id, msgspec.json.encode(replace(bare, owner_contact_ids=(second,))))

    said = f"properties/{house.id}: other_text, owner_contact_ids, title differ from its ownerships and texts"
    assert said in [one.text for one in await check(book)]
    mended = await check(book, repair=True)
    assert said in [one.text for one in mended]
    assert all(one.mended for one in mended)
    assert await check(book) == []
    after = await get_record(await book.view(), Property, house.id)
    assert after == replace(before, version=before.version + 1, updated_at=START)
    told = (await record_history(await book.view(), Property, house.id))[-1]
    assert (told.actor, told.changes["title"]) == ("check", ("Zelt", "Haus"))
    assert (await get_record(await book.view(), Property, bare.id)).owner_contact_ids == (second, first)


async def test_a_property_is_left_alone_while_nobody_can_read_what_is_said_of_it(book: Book) -> None:
    owner = (await book.create(last_name="A")).id
    house = await add(book, Property(title="Haus", owner_contact_ids=(owner,)))
    ((link, doc),) = await book.store.reader(book.account.account_id).rows(
        "SELECT id, doc FROM records WHERE account_id = $1 AND resource = 'relationships'", book.account.account_id
    )
    await spoil(book, "relationships", link, b"{")
    assert [(one.text, one.mended) for one in await check(book, repair=True)] == [
        (f"relationships/{link}: its document cannot be read, or is another's", False)
    ]
    assert (await get_record(await book.view(), Property, house.id)).owner_contact_ids == (owner,)
    await spoil(book, "relationships", link, doc.encode())
    assert await check(book) == []
