"""Documents and pictures. The keys are those of the vendor's API, and in the dump ours."""

from __future__ import annotations

from onebook.dialects.propstack.tables.column import Column, Table
from onebook.dialects.propstack.tables.rows import (
    CREATED,
    DELETED,
    ID,
    UPDATED,
    one,
    only_here,
    same,
    switches,
    texts,
)
from onebook.dialects.propstack.values import FLAG, NUMBER
from onebook.model.document import Document, Picture

DOCUMENTS = Table(
    "documents",
    Document,
    (
        ID,
        *only_here("token"),
        *same("title"),
        Column("name", "file_name"),
        *same("url"),
        *same("position", kind=NUMBER),
        one("broker_id", "user_id", "users"),
        one("client_id", "contact_id", "contacts"),
        one("property_id", "property_id", "properties"),
        one("project_id", "project_id", "projects"),
        one("client_property_id", "deal_id", "deals"),
        *switches(is_private="is_private"),
        *only_here("on_landing_page", kind=FLAG, nothing=False),
        *switches(is_exposee="is_in_expose", is_floorplan="is_floorplan"),
        texts("tags", "tags"),
        Column("content_type", "content_type", written=False),
        Column("file_size", "size", NUMBER, written=False),
        Column("sha256", "sha256", written=False),
        CREATED,
        UPDATED,
        DELETED,
    ),
)
IMAGES = Table(
    "images",
    Picture,
    (
        ID,
        *same("title", "url", "thumbnail_url"),
        one("property_id", "property_id", "properties"),
        one("project_id", "project_id", "projects"),
        *same("position", kind=NUMBER),
        *switches(is_private="is_private", is_floorplan="is_floorplan"),
        texts("tags", "tags"),
        CREATED,
        UPDATED,
        DELETED,
    ),
)
