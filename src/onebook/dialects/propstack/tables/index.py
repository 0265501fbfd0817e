"""All tables of the dump but the contacts, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onebook.dialects.propstack.tables import activities, deals, documents, organisation, properties
from onebook.dialects.propstack.tables.column import Table
from onebook.dialects.propstack.tables.projects import PROJECTS
from onebook.dialects.propstack.tables.relationships import RELATIONSHIPS
from onebook.dialects.propstack.tables.saved_queries import SAVED_QUERIES

_ALL: tuple[Table[Any], ...] = (
    activities.APPOINTMENTS,
    organisation.BROKERS,
    activities.CANCELATIONS,
    deals.SPLITS,
    deals.PIPELINES,
    deals.DEALS,
    organisation.DEPARTMENTS,
    documents.DOCUMENTS,
    documents.IMAGES,
    activities.MESSAGES,
    activities.NOTES,
    activities.POLICIES,
    PROJECTS,
    properties.PROPERTIES,
    properties.DETAILS,
    RELATIONSHIPS,
    SAVED_QUERIES,
    organisation.TEAMS,
    activities.TODOS,
    *organisation.LISTS,
)
TABLES: Mapping[str, Table[Any]] = {table.name: table for table in _ALL}
