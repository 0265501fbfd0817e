"""A list walked while others write shows nobody twice, and everybody who was there throughout."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from onebook.model.account import Tag
from onebook.model.contact import Contact
from onebook.model.query import ContactQuery, Page
from onebook.service.contacts import create_contact, find_contacts
from onebook.service.records import create_record, find_records
from onebook.service.session import Unit
from onebook.service.walk import Place, walk_contacts
from onebook.store.contacts import sort_position
from tests.book import START, Book, fill, new_book

SORTS = ["id", "created_at", "updated_at", "last_contact_at", "first_name", "last_name"]
NAMES = ["Anna", "anna", "Åsa", "Bo", "", None, "Zoe", "Émile"]


async def populated(book: Book, count: int, rng: random.Random) -> list[int]:
    async def work(unit: Unit) -> list[Contact]:
        return [await create_contact(unit, some_edit(rng)) for _ in range(count)]

    return [contact.id for contact in await (await book.session()).write(work)]


def some_edit(rng: random.Random) -> Any:
    return fill(
        first_name=rng.choice(NAMES),
        last_name=rng.choice(NAMES),
        last_contact_at=rng.choice([None, START + timedelta(seconds=rng.randint(0, 5))]),
        description=str(rng.random()),
    )


async def pages(book: Book, query: ContactQuery, limit: int) -> AsyncIterator[list[int]]:
    """Every page of the walk."""
    place: Place | None = None
    while True:
        found, place = await walk_contacts(await book.view(), query, limit, place)
        yield [contact.id for contact in found]
        if place is None:
            return


async def trouble(book: Book, ids: list[int], rng: random.Random, gone: set[int]) -> None:
    """One thing that somebody else does: a new contact, a change, a removal."""
    chance = rng.random()
    there = [number for number in ids if number not in gone]
    if chance < 0.3:
        await book.create(some_edit(rng))
    elif chance < 0.9 or len(there) < 10:
        await book.change(rng.choice(there), some_edit(rng))
    else:
        number = rng.choice(there)
        gone.add(number)
        await book.remove(number)
        if rng.random() < 0.3:
            await book.restore(number)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", SORTS)
async def test_a_walk_between_writes_shows_everybody_once(database_url: str, sort: Any, descending: bool) -> None:
    async with new_book(database_url) as book:
        for seed in range(3):
            rng = random.Random(seed)
            ids = await populated(book, 40, rng)
            before, gone = set(await book.find()), set[int]()
            seen: list[int] = []
            async for page in pages(book, ContactQuery(sort=sort, descending=descending), 7):
                seen += page
                for _ in range(rng.randint(0, 5)):
                    await trouble(book, ids, rng, gone)
            assert len(seen) == len(set(seen))
            assert before - gone <= set(seen)


@pytest.mark.parametrize("sort", SORTS)
async def test_a_walk_amid_writes_shows_everybody_once(database_url: str, sort: Any) -> None:
    async with new_book(database_url) as book:
        rng = random.Random(1)
        ids = await populated(book, 60, rng)
        stop = asyncio.Event()

        async def write(seed: int) -> None:
            own = random.Random(seed)
            while not stop.is_set():
                if own.random() < 0.3:
                    await book.create(some_edit(own))
                else:
                    await book.change(own.choice(ids), some_edit(own))
                await asyncio.sleep(0)

        writers = [asyncio.ensure_future(write(seed)) for seed in range(3)]
        try:
            for descending in (False, True):
                query = ContactQuery(sort=sort, descending=descending)
                seen = [number async for page in pages(book, query, 9) for number in page]
                assert len(seen) == len(set(seen))
                assert set(ids) <= set(seen)
        finally:
            stop.set()
            await asyncio.gather(*writers)


@pytest.mark.parametrize("sort", SORTS)
async def test_an_undisturbed_walk_is_the_list(database_url: str, sort: Any) -> None:
    async with new_book(database_url) as book:
        await populated(book, 30, random.Random(2))
        for limit, descending in itertools.product((1, 4, 29, 30, 31), (False, True)):
            query = ContactQuery(sort=sort, descending=descending)
            seen = [number async for page in pages(book, query, limit) for number in page]
            assert seen == await book.find(sort=sort, descending=descending)


async def test_a_walk_of_an_empty_list_ends_at_once(database_url: str) -> None:
    async with new_book(database_url) as book:
        for sort in SORTS:
            assert await walk_contacts(await book.view(), ContactQuery(sort=sort), 5, None) == ([], None)  # type: ignore[arg-type]


async def test_a_walk_with_a_filter_shows_whoever_fitted_throughout(database_url: str) -> None:
    async with new_book(database_url) as book:
        rng = random.Random(3)
        ids = await populated(book, 40, rng)
        query = ContactQuery(sort="updated_at", descending=True, text="a")
        fitting = set(await book.find(text="a"))
        seen: list[int] = []
        async for page in pages(book, query, 5):
            seen += page
            for number in rng.sample(ids, 5):
                await book.change(number, description=str(rng.random()))
        assert len(seen) == len(set(seen))
        assert fitting <= set(seen)


async def test_page_numbers_in_ascending_id_order_hold_while_others_create_and_change(database_url: str) -> None:
    async with new_book(database_url) as book:
        rng = random.Random(5)
        ids = await populated(book, 100, rng)
        stop = asyncio.Event()

        async def write(act: Callable[[], Awaitable[Any]]) -> None:
            while not stop.is_set():
                await act()
                await asyncio.sleep(0)

        acts: list[Callable[[], Awaitable[Any]]] = [
            lambda: book.create(some_edit(rng)),
            lambda: book.create(some_edit(rng)),
            lambda: book.change(rng.choice(ids), some_edit(rng)),
        ]
        writers = [asyncio.ensure_future(write(act)) for act in acts]
        try:
            for _ in range(3):
                seen: list[int] = []
                while len(seen) < 100 or len(seen) % 7 == 0:
                    rows = await find_contacts(await book.view(), ContactQuery(), Page(limit=7, offset=len(seen)))
                    seen += [row.id for row in rows]
                    if len(rows) < 7 or len(seen) > 300:
                        break
                assert seen == sorted(set(seen))
                assert seen[:100] == ids
        finally:
            stop.set()
            await asyncio.gather(*writers)


async def test_the_place_of_a_contact_is_where_the_database_sorts_it(database_url: str) -> None:
    async with new_book(database_url) as book:
        await populated(book, 30, random.Random(6))
        view = await book.view()
        for sort, descending in itertools.product(SORTS, (False, True)):
            query = ContactQuery(sort=sort, descending=descending)  # type: ignore[arg-type]
            rows = await find_contacts(view, query, Page(limit=100))
            for index, row in enumerate(rows):
                after = Page(limit=100, after=sort_position(row, query))
                assert [r.id for r in await find_contacts(view, query, after)] == [r.id for r in rows[index + 1 :]]


async def test_records_are_paged_without_a_gap(database_url: str) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        made = [
            (await session.write(lambda unit, name=name: create_record(unit, Tag(name=name)))).id  # type: ignore[misc]
            for name in (f"T{number}" for number in range(25))
        ]
        view = await book.view()
        for descending in (False, True):
            seen: list[int] = []
            after: tuple[int | str | None, int] | None = None
            while rows := await find_records(view, Tag, Page(limit=4, after=after), descending=descending):
                seen += [row.id for row in rows]
                after = (rows[-1].id, rows[-1].id)
            assert seen == sorted(made, reverse=descending)
