"""Records of several kinds as one list, by when they were made; and the tags of documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from onebook.model.account import Record
from onebook.model.document import Document
from onebook.model.query import Page
from onebook.service.session import View
from onebook.store import feed as store
from onebook.store.keys import key_value
from onebook.store.moments import micros
from onebook.store.records import read_records

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


async def document_tags(view: View) -> list[str]:
    """Every tag that some document has, once whatever its case, as the oldest document spells it; by name."""
    found = dict(await store.key_values(view.reader, Document, "tag"))
    documents = await read_records(view.reader, Document, sorted(set(found.values())))
    names = []
    for value, number in found.items():
        spelled = (tag.strip() for tag in documents[number].tags) if number in documents else ()
        names.append(next((tag for tag in spelled if key_value(tag.casefold()) == value), value))
    return names
