"""Saved queries: what somebody is looking for. The keys are those of the vendor's API, and in the dump ours."""

from __future__ import annotations

from onebook.dialects.propstack.tables.column import AnyColumn, Column, Table
from onebook.dialects.propstack.tables.properties import MARKETING_TYPE
from onebook.dialects.propstack.tables.rows import (
    CREATED,
    DELETED,
    ID,
    UPDATED,
    feature,
    many,
    numbers_only_here,
    one,
    only_here,
    same,
    switches,
    texts,
)
from onebook.dialects.propstack.values import DECIMAL, FLAG, NUMBER, NUMBERS, TEXTS, ValueType
from onebook.model.saved_query import SavedQuery

METRES = 1000


def _metres(kilometres: float) -> float:
    metres = round(kilometres * METRES, 6)
    return int(metres) if metres == int(metres) else metres


def _kilometres(metres: float | None) -> float | None:
    if metres is None:
        return None
    return metres // METRES if isinstance(metres, int) and metres % METRES == 0 else metres / METRES


def _range(name: str, home: str, kind: ValueType = DECIMAL) -> tuple[AnyColumn, ...]:
    return Column(name, f"{home}_from", kind), Column(f"{name}_to", f"{home}_to", kind)


def _range_only_here(name: str) -> tuple[AnyColumn, ...]:
    return numbers_only_here(name, f"{name}_to")


SAVED_QUERIES = Table(
    "saved_queries",
    SavedQuery,
    (
        ID,
        one("client_id", "contact_id", "contacts"),
        one("broker_id", "user_id", "users"),
        *same("name", "note"),
        *switches(active="is_active"),
        MARKETING_TYPE,
        texts("rs_types", "property_types"),
        *only_here("rs_categories", kind=TEXTS, nothing=()),
        texts("cities", "cities"),
        texts("regions", "regions"),
        Column("lat", "latitude", DECIMAL),
        Column("lng", "longitude", DECIMAL),
        Column("radius", "radius", DECIMAL, show=_metres, keep=_kilometres),
        *only_here("location_ids", kind=NUMBERS, nothing=()),
        *_range("price", "price"),
        *_range("base_rent", "base_rent"),
        *_range_only_here("total_rent"),
        *_range("living_space", "living_space"),
        *_range("plot_area", "lot_size"),
        *_range("number_of_rooms", "rooms"),
        *_range_only_here("number_of_bed_rooms"),
        *_range_only_here("floor"),
        *_range("construction_year", "construction_year", NUMBER),
        *_range_only_here("price_per_sqm"),
        *_range_only_here("price_multiplier"),
        *_range_only_here("yield_actual"),
        *(feature(name, FLAG) for name in ("lift", "balcony", "garden", "built_in_kitchen", "cellar", "rented")),
        many("group_ids", "extras.group_ids", "tags"),
        CREATED,
        UPDATED,
        DELETED,
    ),
)
