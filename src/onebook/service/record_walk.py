"""Records looked at one by one in the order of their list: for filters that are no keys.

An agency's tables but its contacts are some ten thousand rows, of which 500 at a time are read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeVar

from onebook.model.account import Record
from onebook.model.query import Page
from onebook.service.records import Keys, find_records
from onebook.service.session import View
from onebook.store.moments import micros
from onebook.store.records import RecordSort
from onebook.store.resources import BY_RECORD

R = TypeVar("R", bound=Record)
Test = Callable[[Any], bool]
_CHUNK = 500


async def walk_records(
    view: View,
    record: type[R],
    tests: Sequence[Test],
    *,
    keys: Keys = (),
    order: RecordSort = "id",
    descending: bool = False,
    after: tuple[int | str | None, int] | None = None,
    **spans: Any,
) -> AsyncIterator[R]:
    """Those that have the keys and pass the tests, from behind `after` on; `spans` are those of `find_records`."""
    chunk = Page(limit=_CHUNK, after=after)
    while some := await find_records(view, record, chunk, keys=keys, order=order, descending=descending, **spans):
        for one in some:
            if all(test(one) for test in tests):
                yield one
        if len(some) < _CHUNK:
            return
        chunk = Page(limit=_CHUNK, after=place_of(some[-1], order))


def place_of(record: Record, order: RecordSort) -> tuple[int, int]:
    """Where the record stands in a list sorted by a column: the column's value and its id."""
    if order == "position":
        return BY_RECORD[type(record)].position(record), record.id
    return record.id if order == "id" else micros(getattr(record, order)), record.id
