"""Relationships between contacts, properties and projects. The keys are those of the vendor's API, and ours."""

from __future__ import annotations

from onebook.dialects.propstack.tables.column import Table
from onebook.dialects.propstack.tables.rows import CREATED, DELETED, ID, UPDATED, one, same, words
from onebook.model.relationship import Relationship

KINDS = {"owner": "ownership", "partner": "partnership", "favorite": "favorite", "relationship": "other"}

RELATIONSHIPS = Table(
    "relationships",
    Relationship,
    (
        ID,
        words("internal_name", "kind", KINDS),
        *same("name"),
        one("client_id", "contact_id", "contacts", required=True),
        one("related_client_id", "related_contact_id", "contacts"),
        one("property_id", "property_id", "properties"),
        one("project_id", "project_id", "projects"),
        CREATED,
        UPDATED,
        DELETED,
    ),
)
