"""How much of an import is written at once: much while nobody else writes, little as soon as somebody does."""

from __future__ import annotations

import apsw

from onebook.service.import_batch import MOST_TOGETHER
from onebook.service.import_pace import AT_FIRST, Pace
from onebook.store.bulk import others_mark
from onebook.store.open import sqlite_path
from tests.book import new_book


def somebody_else_writes(url: str) -> None:
    connection = apsw.Connection(sqlite_path(url))
    connection.set_busy_timeout(30_000)
    connection.execute("UPDATE account_state SET stamp = stamp + 1 WHERE account_id = 1")
    connection.close()


async def test_transactions_grow_while_they_are_short(database_url: str) -> None:
    async with new_book(database_url) as book:
        pace, sizes = Pace(book.store), list[int]()
        for _ in range(6):
            sizes.append(pace.now())
            pace.took(sizes[-1], 0.01)
        assert sizes == [AT_FIRST, 10, MOST_TOGETHER, MOST_TOGETHER, MOST_TOGETHER, MOST_TOGETHER]


async def test_transactions_are_as_long_as_suits_the_engine(database_url: str) -> None:
    async with new_book(database_url) as book:
        pace, sizes = Pace(book.store), list[int]()
        for _ in range(6):
            sizes.append(pace.now())
            pace.took(sizes[-1], 0.3 * sizes[-1])
        assert sizes[-1] == (10 if book.store.engine == "sqlite" else 2)


async def test_where_somebody_else_writes_the_next_transactions_are_short(sqlite_url: str) -> None:
    async with new_book(sqlite_url) as book:
        pace = Pace(book.store)
        for _ in range(4):
            pace.took(pace.now(), 0.01)
        assert pace.now() == MOST_TOGETHER
        somebody_else_writes(sqlite_url)
        assert pace.now() == 4
        pace.took(4, 0.8)
        assert pace.most == 4
        assert pace.now() == 4
        pace.took(4, 0.8)
        assert pace.most == 8, "nobody has written since"


async def test_what_the_import_writes_itself_is_nobody_else_s(sqlite_url: str) -> None:
    async with new_book(sqlite_url) as book:
        before = others_mark(book.store)
        await book.create(last_name="Eigen")
        assert others_mark(book.store) == before
