"""Projects: the keys are those of the vendor's API, and in the dump ours."""

from __future__ import annotations

from onebook.dialects.propstack.tables.column import Column, Table
from onebook.dialects.propstack.tables.rows import (
    CREATED,
    CREATOR,
    DELETED,
    ID,
    UPDATED,
    feature,
    many,
    one,
    only_here,
    same,
    switches,
)
from onebook.dialects.propstack.values import DATE, DECIMAL, FLAG, NUMBER
from onebook.model.project import Project

PROJECTS = Table(
    "projects",
    Project,
    (
        ID,
        *same("name", "title", "status"),
        one("property_status_id", "status_id", "property_statuses"),
        one("broker_id", "user_id", "users"),
        many("broker_ids", "user_ids", "users"),
        Column("project_id", "reference"),
        *only_here("sub_headline", "tagline", "logo_url", "note", "warning_notice"),
        *only_here("for_rent", kind=FLAG, nothing=False),
        *same("street", "house_number"),
        Column("sublocality_level_1", "neighborhood"),
        Column("zip_code", "zip"),
        *same("city"),
        Column("administrative_area_level_1", "region"),
        *same("country"),
        *only_here("address"),
        Column("lat", "latitude", DECIMAL),
        Column("lng", "longitude", DECIMAL),
        *switches(hide_address="hide_address"),
        *only_here("location_id", kind=NUMBER),
        *only_here("courtage", "courtage_note"),
        Column("description_note", "description"),
        Column("location_note", "location_text"),
        Column("furnishing_note", "furnishing_text"),
        Column("other_note", "other_text"),
        feature("construction_year", NUMBER),
        Column("construction_start_date", "construction_start", DATE),
        Column("completion_date", "completion_date", DATE),
        Column("plot_area", "lot_size", DECIMAL),
        Column("price_from", "price_from", DECIMAL),
        Column("price_to", "price_to", DECIMAL),
        Column("locale", "language"),
        many("department_ids", "department_ids", "departments"),
        many("group_ids", "tag_ids", "tags"),
        many("owner_ids", "owner_contact_ids", "contacts"),
        *switches(archived="is_archived"),
        CREATOR,
        CREATED,
        UPDATED,
        DELETED,
    ),
)
