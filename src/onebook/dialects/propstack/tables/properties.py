"""Properties: the page's keys in the page's order, then what the vendor's API has beside them."""

from __future__ import annotations

from onebook.dialects.propstack.tables.column import Column, NameColumn, Table
from onebook.dialects.propstack.tables.rows import (
    CREATED,
    CREATOR,
    DELETED,
    ID,
    OLD_CRM_ID,
    UPDATED,
    feature,
    feature_flags,
    flags,
    many,
    numbers_only_here,
    one,
    only_here,
    same,
    switches,
    texts,
)
from onebook.dialects.propstack.values import DATE, DECIMAL, FLAG, NUMBER, SWITCH, choice_of
from onebook.model.property import OperationType, Property
from onebook.model.property_text import PropertyText

MARKETING: dict[str, OperationType] = {"BUY": "sale", "RENT": "rental"}
_SHOWN_MARKETING = {"sale": "BUY", "rental": "RENT", "temporary_rental": "RENT"}


def _not(value: bool) -> bool:
    return not value


def _turned(name: str, home: str) -> Column:
    """A switch that the book has the other way round."""
    return Column(name, home, SWITCH, nothing=False, show=_not, keep=_not)


def _number(name: str, home: str) -> Column:
    return Column(name, home, DECIMAL)


MARKETING_TYPE = Column(
    "marketing_type", "operation", choice_of(*MARKETING), show=_SHOWN_MARKETING.get, keep=MARKETING.get
)

PROPERTIES = Table(
    "properties",
    Property,
    (
        *only_here("address"),
        Column("administrative_area_level_1", "region"),
        *switches(archived="is_archived"),
        _number("base_rent", "base_rent"),
        one("broker_id", "agent_id", "users"),
        many("brokers", "user_ids", "users"),
        *same("city"),
        *only_here("copying", kind=FLAG, nothing=False),
        *same("country"),
        Column("courtage", "commission"),
        CREATED,
        CREATOR,
        DELETED,
        many("department_ids", "department_ids", "departments"),
        *only_here("exposee_id"),
        *switches(featured="is_featured"),
        *only_here("for_bidding", kind=FLAG, nothing=False),
        feature("gastronomy_type"),
        Column("has_courtage", "has_commission", FLAG, nothing=False),
        _turned("hide_address", "show_exact_location"),
        *same("house_number"),
        ID,
        feature("industry_type"),
        feature("investment_type"),
        *only_here("is24_id"),
        _number("lat", "latitude"),
        _number("living_space", "living_space"),
        _number("lng", "longitude"),
        Column("locale", "language"),
        *only_here("location_id", kind=NUMBER),
        MARKETING_TYPE,
        _number("net_floor_space", "net_floor_space"),
        _number("number_of_rooms", "rooms"),
        Column("object_type", "usage"),
        feature("office_type"),
        OLD_CRM_ID,
        _number("plot_area", "lot_size"),
        _number("price", "price"),
        Column("price_interval_type", "price_interval"),
        one("project_id", "project_id", "projects"),
        one("property_status_id", "status_id", "property_statuses"),
        Column("rs_type", "property_type"),
        feature("short_term_accomodation_type"),
        feature("special_purpose_type"),
        Column("start_rental_date", "rental_start", DATE),
        *only_here("statistics", nothing="{}"),
        *same("street"),
        Column("sublocality_level_1", "neighborhood"),
        _number("total_floor_space", "total_floor_space"),
        Column("unit_id", "reference"),
        UPDATED,
        Column("zip_code", "zip"),
        *flags("lift"),
        *feature_flags("ramp"),
        Column("floor", "floor", NUMBER),
        *flags("sauna", "cellar", "garden", "loggia", "rented", "balcony", "chimney", "terrace", "monument"),
        *feature_flags("auto_lift"),
        *same("condition"),
        *feature_flags("storeroom", "demolition", "goods_lift", "non_smoker"),
        _number("total_rent", "total_rent"),
        *feature_flags("has_canteen", "lodger_flat"),
        _number("other_costs", "other_costs"),
        *flags("alarm_system", "barrier_free"),
        *feature_flags("crane_runway"),
        *same("firing_types"),
        *flags("guest_toilet"),
        *same("heating_type"),
        *feature_flags("high_voltage"),
        _number("rent_subsidy", "rent_subsidy"),
        texts("flooring_type", "flooring_types"),
        Column("has_furniture", "furnished", FLAG, nothing=False),
        _number("heating_costs", "heating_costs"),
        _number("rental_income", "rental_income"),
        *flags("swimming_pool"),
        *feature_flags("wellness_area", "winter_garden"),
        feature("apartment_type"),
        *feature_flags("rotation_fixed"),
        _number("service_charge", "service_charge"),
        *flags("air_conditioning", "built_in_kitchen"),
        *same("interior_quality"),
        *feature_flags("kitchen_complete"),
        Column("number_of_floors", "floors", NUMBER),
        _turned("price_on_inquiry", "show_prices"),
        Column("construction_year", "construction_year", NUMBER),
        *feature_flags("conservation_areas", "building_permission", "flat_share_suitable"),
        _number("maintenance_reserve", "maintenance_reserve"),
        *feature_flags("preliminary_enquiry"),
        *only_here("landing_page_blocked", kind=FLAG, nothing=False),
        *feature_flags("short_term_constructible", "construction_year_unknown", "summer_residence_practical"),
        Column("energy_certificate_availability", "energy_certificate"),
        *feature_flags(
            "heating_costs_in_service_charge",
            "certificate_of_eligibility_needed",
            "energy_consumption_contains_warm_water",
        ),
        NameColumn("status", "status_id", "property_statuses"),
        # Not on the page, but in the vendor's API.
        *same("title"),
        Column("description_note", "description"),
        Column("location_note", "location_text"),
        Column("furnishing_note", "furnishing_text"),
        Column("other_note", "other_text"),
        *only_here("courtage_note", "rs_category"),
        Column("number_of_bed_rooms", "bedrooms", NUMBER),
        Column("number_of_bath_rooms", "bathrooms", NUMBER),
        Column("number_of_parking_spaces", "parking_spaces", NUMBER),
        _number("usable_floor_space", "usable_space"),
        *numbers_only_here("property_space_value", "price_per_sqm", "thermal_characteristic"),
        *same("currency", "deposit"),
        many("group_ids", "tag_ids", "tags"),
    ),
)
DETAILS = Table(
    "property_details",
    PropertyText,
    (
        ID,
        one("property_id", "property_id", "properties"),
        Column("locale", "language"),
        *same("title"),
        Column("short_description_note", "short_description"),
        Column("description_note", "description"),
        Column("location_note", "location_text"),
        Column("furnishing_note", "furnishing_text"),
        Column("other_note", "other_text"),
        *only_here("courtage", "courtage_note"),
        CREATED,
        UPDATED,
        DELETED,
    ),
)
