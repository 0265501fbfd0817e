"""What else the vendor knows of a property: attributes that its API takes, beside those of the page *Datendump*.

They are read out of forms and lists of fields that clients send. Each is a feature of the same name; what nobody says
what it is (`ANY`) is kept as it comes.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from onebook.dialects.propstack.tables.column import Column
from onebook.dialects.propstack.tables.rows import feature
from onebook.dialects.propstack.values import DECIMAL, ValueType, read_text, read_texts
from onebook.errors import Invalid

_PLAIN = ["string", "number", "boolean", "null"]


def _read_any(value: Any, name: str, zone: ZoneInfo) -> Any:
    """A text, a number, a flag or a list of texts, as it is."""
    if isinstance(value, list):
        return read_texts(value, name, zone)
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        raise Invalid.at(name, "must be a text", "not_a_text")
    return read_text(value, name, zone)


_ANY_OF = {"anyOf": [{"type": _PLAIN}, {"type": "array", "items": {"type": "string"}}]}
_CLEAN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
ANY = ValueType(
    _read_any,
    {
        "anyOf": [
            {"type": _PLAIN, "pattern": _CLEAN},
            {"type": "array", "maxItems": 1000, "items": {"type": "string", "pattern": _CLEAN}},
        ]
    },
    _ANY_OF,
)
NUMBERS: tuple[str, ...] = (
    *("sold_price", "object_price", "cubature", "parking_space_price", "number_of_balconies", "number_of_terraces"),
    *("balcony_space", "min_divisible", "length_garage", "width_garage", "height_garage", "max_number_of_persons"),
    *("distance_to_pt", "distance_to_fm", "distance_to_mrs", "distance_to_airport", "additional_area"),
    *("number_seats", "number_beds", "shop_window_length", "goods_lift_load", "floor_load", "hall_height"),
    *("connected_load", "crane_runway_load", "number_of_apartments", "number_of_commercials", "number_of_units"),
    *("rental_income_target", "rental_income_actual", "price_multiplier", "price_multiplier_target", "yield_target"),
    *("yield_actual", "industrial_area", "walt", "number_of_single_rooms", "single_rooms_quota", "occupancy_rate"),
    "number_of_vacancies",
)
OTHERS: tuple[str, ...] = (
    *("corridor", "plot_number", "district", "region", "floor_position", "parking_space_type", "last_refurbishment"),
    *("long_description_note", "long_location_note", "long_furnishing_note", "long_other_note"),
    *("free_from", "free_until", "pets_allowed", "building_type", "construction_phase", "tenancy", "gender"),
    *("commercialization_type", "utilization_trade_site", "recommended_use_types", "site_development_type"),
    *("site_constructible_type", "grz", "gfz", "bmz", "garage_type", "end_rental_date", "min_rental_time"),
    *("max_rental_time", "price_type", "rent_duration", "store_type", "location_classification_type", "supply_type"),
    *("lan_cables", "investment_category", "purchase_form", "tenant_structure", "building_energy_rating_type"),
    *("energy_efficiency_class", "energy_certificate_start_date", "energy_certificate_end_date"),
    *("internal_brokerage", "warning_notice", "note", "sold_date", "reserved_until"),
)
MORE: tuple[Column, ...] = (*(feature(name, DECIMAL) for name in NUMBERS), *(feature(name, ANY) for name in OTHERS))
