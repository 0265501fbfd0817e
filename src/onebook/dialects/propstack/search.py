"""Filters and orders of lists that are no keys of the records: each record is looked at on the way.

A list is walked in its order until the page is full; where it is sorted by what is no column, to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from onebook.dialects.propstack.filters import page_of
from onebook.dialects.propstack.kinds import Keys, spans_of
from onebook.dialects.propstack.tables.column import Column, Table, picker
from onebook.dialects.propstack.values import DATE, read_date, read_decimal
from onebook.http.params import Params
from onebook.http.route import Ask
from onebook.model.account import Record
from onebook.model.query import Page
from onebook.service.record_walk import Test, walk_records
from onebook.service.records import get_records
from onebook.service.session import View
from onebook.store.records import RecordSort

R = TypeVar("R", bound=Record)
Pick = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Order:
    """By what a list is sorted: a column of every record's, or what `pick` reads of it; what has none comes last."""

    column: RecordSort = "id"
    descending: bool = False
    pick: Pick | None = None


def bounds(params: Params, view: View, table: Table[Any], names: Sequence[str]) -> list[Test]:
    """The tests that `<name>_from` and `<name>_to` ask for, both inclusive. Raises Invalid naming the parameter."""
    return [
        _bound(picker_of(table, name), limit, lowest=end == "from")
        for name in names
        for end in ("from", "to")
        if (limit := _limit(params, f"{name}_{end}", view, table.by_name[name])) is not None
    ]


def _limit(params: Params, name: str, view: View, column: object) -> int | float | date | None:
    text = params.text(name)
    if text is None:
        return None
    is_date = isinstance(column, Column) and column.kind is DATE
    return read_date(text, name, view.zone) if is_date else read_decimal(text, name, view.zone)


def _bound(pick: Pick, limit: Any, *, lowest: bool) -> Test:
    def test(record: Any) -> bool:
        value = pick(record)
        return value is not None and bool(value >= limit if lowest else value <= limit)

    return test


def picker_of(table: Table[Any], name: str) -> Pick:
    """What reads the value of a table's column."""
    column = table.by_name[name]
    return picker(column) if isinstance(column, Column) else lambda record: None


async def search(
    ask: Ask, record: type[R], keys: Keys, tests: Sequence[Test], order: Order, *, happened: str = "", count: bool
) -> tuple[list[R], int]:
    """The page of the records that have the keys and pass the tests, and with `count` how many those are in all.

    `happened`: the parameters that bound the records' own moment begin so.
    """
    view, page, spans = ask.session.view, page_of(ask.params), spans_of(ask, happened)
    if order.pick is not None:
        return await _sorted(view, record, keys, tests, order, spans, page)
    found: list[R] = []
    passed = 0
    walk = walk_records(view, record, tests, keys=keys, order=order.column, descending=order.descending, **spans)
    async for one in walk:
        if page.offset <= passed < page.offset + page.limit:
            found.append(one)
        passed += 1
        if not count and passed >= page.offset + page.limit:
            break
    return found, passed


async def _sorted(
    view: View,
    record: type[R],
    keys: Keys,
    tests: Sequence[Test],
    order: Order,
    spans: Mapping[str, Any],
    page: Page,
) -> tuple[list[R], int]:
    pick = order.pick or (lambda one: one.id)
    places: list[tuple[Any, int]] = []
    nowhere: list[int] = []
    async for one in walk_records(view, record, tests, keys=keys, **spans):
        value = pick(one)
        if value is None:
            nowhere.append(one.id)
        else:
            places.append((value, one.id))
    places.sort(reverse=order.descending)
    nowhere.sort(reverse=order.descending)
    ids = [number for _, number in places] + nowhere
    shown = ids[page.offset : page.offset + page.limit]
    records = await get_records(view, record, shown)
    return [records[number] for number in shown if number in records], len(ids)
