"""What lists of properties are filtered and sorted by beside keys: ranges, words, types, countries, custom fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.search import Order, Pick, bounds, picker_of
from onebook.dialects.propstack.tables.properties import PROPERTIES
from onebook.errors import Invalid
from onebook.http.params import Params
from onebook.model.custom import custom_value
from onebook.model.normal import fold, plain
from onebook.model.organisation import PropertyStatus
from onebook.model.property import Property
from onebook.service.record_walk import Test
from onebook.service.session import View
from onebook.store.records import RecordSort

RANGES: tuple[str, ...] = (
    *("price", "base_rent", "total_rent", "property_space_value", "living_space", "plot_area"),
    *("number_of_rooms", "number_of_bed_rooms", "number_of_bath_rooms", "floor", "construction_year"),
)
"""With `_from` and `_to` behind them, both inclusive (the vendor's page *Objekte*)."""
_SEARCHED = ("unit_id", "street", "house_number", "zip_code", "city", "sublocality_level_1", "exposee_id", "title")
_NUMBERS = (
    *("price", "base_rent", "total_rent", "property_space_value", "living_space", "plot_area", "price_per_sqm"),
    *("number_of_rooms", "floor", "construction_year"),
)
_TEXTS: Mapping[str, str] = {
    "unit_id": "unit_id",
    "unit_id.raw": "unit_id",
    "exposee_id": "exposee_id",
    "street_number.raw": "house_number",
}
SORTS: tuple[str, ...] = (*kinds.SORTS, *_TEXTS, *_NUMBERS, "object_price", "property_status_position")
"""What the vendor's page sorts by, but the day of the sale; `unit_id` is ours."""


def property_tests(params: Params, view: View) -> list[Test]:
    """What the parameters ask of each property. Raises Invalid naming the parameter that is no number."""
    tests = bounds(params, view, PROPERTIES, RANGES)
    types, usages = params.texts("rs_type"), params.texts("object_type")
    if types:
        tests.append(lambda prop: prop.property_type in types)
    if usages:
        tests.append(lambda prop: prop.usage in usages)
    country = (params.text("country") or "").strip().casefold()
    if country:
        tests.append(lambda prop: (prop.country or "").casefold() == country)
    words = [fold(plain(word)) for word in (params.text("q") or "").split()]
    if words:
        tests.append(lambda prop: _has(prop, words))
    return [*tests, *_custom_tests(params, view)]


def _custom_tests(params: Params, view: View) -> list[Test]:
    """`cf_<name>=<value or option label>`; a name that no custom field has is an unknown parameter."""
    tests: list[Test] = []
    for name, field in view.vocabulary.fields_of("properties").items():
        text = params.text(f"cf_{name}")
        if text:
            wanted = custom_value(field, text, f"cf_{name}")
            tests.append(_custom_test(name, wanted))
    return tests


def _custom_test(name: str, wanted: Any) -> Test:
    def test(prop: Property) -> bool:
        value = prop.custom.get(name)
        return set(wanted) <= set(value or ()) if isinstance(wanted, list) else bool(value == wanted)

    return test


_PICKS = tuple(picker_of(PROPERTIES, name) for name in _SEARCHED)


def _has(prop: Property, words: Sequence[str]) -> bool:
    """Whether every word stands somewhere in what is searched."""
    texts = [fold(plain(text)) for pick in _PICKS if (text := pick(prop))]
    return all(any(word in text for text in texts) for word in words)


def property_order(params: Params, view: View) -> Order:
    """By what `sort_by` and `order` sort. Raises Invalid for another word."""
    name = params.choice("sort_by", SORTS)
    columns: dict[str, RecordSort] = {one: kinds.SORTS.get(one, "id") for one in SORTS}
    column, descending = kinds.sorting(params, columns)
    return Order(column, descending, None if name is None or name in kinds.SORTS else _pick(name, view))


def _pick(name: str, view: View) -> Pick:
    if name in _TEXTS:
        read = picker_of(PROPERTIES, _TEXTS[name])
        return lambda prop: _folded(read(prop))
    if name == "object_price":
        return lambda prop: prop.price if prop.price is not None else prop.base_rent
    if name == "property_status_position":
        statuses = view.vocabulary.listed(PropertyStatus)
        return lambda prop: getattr(statuses.get(prop.status_id or 0), "position", None)
    if name in _NUMBERS:
        return picker_of(PROPERTIES, name)
    raise Invalid.at("sort_by", f"must be one of {', '.join(SORTS)}", "not_a_choice")


def _folded(text: str | None) -> str | None:
    return plain(text) if text else None
