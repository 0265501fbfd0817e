"""The search index put in order at night: one piece of many, and everybody is found as before."""

from __future__ import annotations

import asyncio

from onebook.service.search_index import MANY, merge_search_index
from onebook.store.database import OPERATOR
from onebook.store.search_sqlite import count_segments
from tests.book import Book, new_book, opened
from tests.derived import differences


async def pieces(book: Book) -> int:
    return await count_segments(book.store.reader(OPERATOR))


async def test_many_pieces_become_one_and_everybody_is_found_as_before(sqlite_url: str) -> None:
    async with new_book(sqlite_url) as book:
        made = [(await book.create(last_name=f"Bergmann{number}")).id for number in range(MANY + 4)]
        await book.change(made[0], last_name="Seefeld")
        await book.remove(made[1])
        assert await pieces(book) >= MANY
        assert await merge_search_index(book.store) > 0
        assert await pieces(book) == 1
        assert await book.find(text="ergman") == made[2:]
        assert await book.find(text="seefeld") == made[:1]
        assert await merge_search_index(book.store) == 0, "one piece is left alone"
        await book.change(made[0], last_name="Bergmann")
        assert await book.find(text="bergmann") == [made[0], *made[2:]]
    assert differences(sqlite_url) == []


async def test_others_write_while_it_is_put_in_order(sqlite_url: str) -> None:
    async with new_book(sqlite_url) as book, opened(sqlite_url) as store:
        other = Book(store, book.account)
        for number in range(MANY):
            await book.create(last_name=f"Bergmann{number}")
        writes = [other.create(last_name=f"Seefeld{number}") for number in range(20)]
        await asyncio.gather(merge_search_index(book.store), *writes)
        assert len(await book.find(text="bergmann")) == MANY
        assert len(await other.find(text="seefeld")) == 20
    assert differences(sqlite_url) == []


async def test_a_small_index_is_left_alone_and_so_is_postgresql(database_url: str) -> None:
    async with new_book(database_url) as book:
        await book.create(last_name="Bergmann")
        assert await merge_search_index(book.store) == 0
