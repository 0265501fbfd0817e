"""Filters of properties that are no keys: ranges of prices and areas, words, types. Each property is looked at.

An agency has some thousand properties, so the list is walked in its order, 500 at a time, until the page is full.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from onebook.dialects.propstack.filters import page_of
from onebook.dialects.propstack.kinds import Keys, spans_of
from onebook.dialects.propstack.tables.column import Column, picker
from onebook.dialects.propstack.tables.properties import PROPERTIES
from onebook.dialects.propstack.values import read_decimal
from onebook.http.params import Params
from onebook.http.route import Ask
from onebook.model.normal import fold, plain
from onebook.model.property import Property
from onebook.model.query import Page
from onebook.service.records import find_records
from onebook.service.session import View
from onebook.store.moments import micros
from onebook.store.records import RecordSort

Test = Callable[[Property], bool]
RANGES: tuple[str, ...] = (
    *("price", "base_rent", "total_rent", "property_space_value", "living_space", "plot_area"),
    *("number_of_rooms", "number_of_bed_rooms", "number_of_bath_rooms", "floor", "construction_year"),
)
"""With `_from` and `_to` behind them, both inclusive (the vendor's page *Objekte*)."""
_CHUNK = 500
_SEARCHED = ("unit_id", "street", "house_number", "zip_code", "city", "sublocality_level_1", "exposee_id", "title")


def property_tests(params: Params, view: View) -> list[Test]:
    """What the parameters ask of each property. Raises Invalid naming the parameter that is no number."""
    tests = [
        _bound(name, limit, lowest=end == "from")
        for name in RANGES
        for end in ("from", "to")
        if (limit := _number(params, f"{name}_{end}", view)) is not None
    ]
    types = params.texts("rs_type")
    if types:
        tests.append(lambda prop: prop.property_type in types)
    country = (params.text("country") or "").strip().casefold()
    if country:
        tests.append(lambda prop: (prop.country or "").casefold() == country)
    words = [fold(plain(word)) for word in (params.text("q") or "").split()]
    if words:
        tests.append(lambda prop: _has(prop, words))
    return tests


def _number(params: Params, name: str, view: View) -> int | float | None:
    text = params.text(name)
    return None if text is None else read_decimal(text, name, view.zone)


def _bound(name: str, limit: int | float, *, lowest: bool) -> Test:
    column = PROPERTIES.by_name[name]
    pick = picker(column) if isinstance(column, Column) else lambda prop: None

    def test(prop: Property) -> bool:
        value = pick(prop)
        return value is not None and (value >= limit if lowest else value <= limit)

    return test


_PICKS = tuple(picker(column) for name in _SEARCHED if isinstance(column := PROPERTIES.by_name[name], Column))


def _has(prop: Property, words: Sequence[str]) -> bool:
    """Whether every word stands somewhere in what is searched."""
    texts = [fold(plain(text)) for pick in _PICKS if (text := pick(prop))]
    return all(any(word in text for text in texts) for word in words)


async def search_properties(
    ask: Ask, keys: Keys, tests: Sequence[Test], sort: tuple[RecordSort, bool], *, count: bool
) -> tuple[list[Property], int]:
    """The page of the properties that have the keys and pass the tests, and with `count` how many those are in all."""
    view, page, spans = ask.session.view, page_of(ask.params), spans_of(ask)
    order, descending = sort
    found: list[Property] = []
    passed = 0
    chunk = Page(limit=_CHUNK)
    while True:
        some = await find_records(view, Property, chunk, keys=keys, order=order, descending=descending, **spans)
        for prop in some:
            if all(test(prop) for test in tests):
                if page.offset <= passed < page.offset + page.limit:
                    found.append(prop)
                passed += 1
        if len(some) < _CHUNK or (not count and passed >= page.offset + page.limit):
            return found, passed
        last = some[-1]
        moments = {"created_at": last.created_at, "updated_at": last.updated_at}
        chunk = Page(limit=_CHUNK, after=(micros(moments[order]) if order in moments else last.id, last.id))
