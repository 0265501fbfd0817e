"""Snapshots that are called off in the middle of a read."""

from __future__ import annotations

import asyncio

import pytest

from onebook.store.snapshot import open_snapshot
from tests.book import new_book

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e12) SELECT count(*) FROM n"


async def test_a_read_that_is_called_off_ends_and_the_book_goes_on(database_url: str) -> None:
    async with new_book(database_url) as book:
        reading = asyncio.Event()

        async def read() -> None:
            async with open_snapshot(book.store, book.account.account_id) as snapshot:
                await snapshot.moment()
                reading.set()
                async for _ in snapshot.stream(ENDLESS):
                    raise AssertionError("it ended")

        task = asyncio.ensure_future(read())
        await reading.wait()
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        made = await book.create(last_name="Berg")
        assert await book.find() == [made.id]
