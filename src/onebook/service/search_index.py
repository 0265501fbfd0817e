"""SQLite's search index put in order: what many writes have left in pieces is made one, a little at a time."""

from __future__ import annotations

import asyncio
from functools import partial

from onebook.store.database import OPERATOR, Store
from onebook.store.search_sqlite import count_segments, merge_segments

MANY = 8
"""From so many pieces on. A day's writes leave a few, an import ten, with which a search takes half as long again."""
PAGES = 100
"""So many are written in a transaction, which takes some 10 ms: others read and write between two of them."""


async def merge_search_index(store: Store) -> int:
    """Make one piece of the whole book's index where there are many; answers how many transactions that took."""
    if store.engine != "sqlite" or await count_segments(store.reader(OPERATOR)) < MANY:
        return 0
    steps = 1
    await store.write(OPERATOR, partial(merge_segments, pages=PAGES, first=True))
    while await store.write(OPERATOR, partial(merge_segments, pages=PAGES, first=False)):
        steps += 1
        await asyncio.sleep(0)
    return steps
