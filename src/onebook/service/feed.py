"""Records of several kinds as one list, by when they were made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from onebook.model.account import Record
from onebook.model.query import Page
from onebook.service.session import View
from onebook.store import feed as store
from onebook.store.moments import micros

Span = tuple[datetime | None, datetime | None]


async def find_feed(
    view: View,
    records: Sequence[type[Record]],
    page: Page,
    *,
    keys: store.Keys = (),
    created: Span = (None, None),
    descending: bool = True,
) -> list[Record]:
    """One page; each of `keys` (store/resources.py lists the kinds) must fit. The bounds of `created` are inclusive."""
    return await store.read_feed(view.reader, records, keys, page, created=_micros(created), descending=descending)


async def count_feed(
    view: View, records: Sequence[type[Record]], *, keys: store.Keys = (), created: Span = (None, None)
) -> int:
    """How many records `find_feed` finds, all pages together."""
    return await store.count_feed(view.reader, records, keys, created=_micros(created))


def _micros(span: Span) -> tuple[int | None, int | None]:
    first, last = span
    return None if first is None else micros(first), None if last is None else micros(last)
