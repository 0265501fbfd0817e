"""Users, teams and departments, and the lists of which the dump has ids and names only.

What the vendor calls teams in its API are branches of the firm; its departments are groups of users.
"""

from __future__ import annotations

from onebook.dialects.propstack.tables.column import Column, MembersColumn, Table
from onebook.dialects.propstack.tables.rows import (
    CREATED,
    DELETED,
    ID,
    OLD_CRM_ID,
    UPDATED,
    many,
    one,
    only_here,
    same,
)
from onebook.dialects.propstack.values import NUMBER
from onebook.model.account import Reason, Record, Source, Status, Tag, User
from onebook.model.activity import ActivityType
from onebook.model.organisation import Department, PropertyStatus, ReservationReason, Team

NAME = Column("name", "name", required=True)
(POSITION,) = same("position", kind=NUMBER)
(COLOR,) = same("color")

BROKERS = Table(
    "brokers",
    User,
    (
        ID,
        *same("salutation", "academic_title", "first_name", "last_name"),
        *only_here("avatar", "avatar_url"),
        OLD_CRM_ID,
        *same("email", "position", "phone"),
        *only_here("phone_system_number"),
        *same("color"),
        one("team_id", "team_id", "teams"),
        many("department_ids", "department_ids", "departments"),
        *only_here("abstract", "description"),
        CREATED,
        UPDATED,
        DELETED,
    ),
)
TEAMS = Table(
    "teams",
    Team,
    (
        ID,
        NAME,
        POSITION,
        *same("logo_url"),
        MembersColumn("broker_ids", "users"),
        *only_here("cancellation_policy_note", "imprint_note", "terms_note", "privacy_note"),
        CREATED,
        UPDATED,
        DELETED,
    ),
)
DEPARTMENTS = Table("departments", Department, (ID, NAME, POSITION, COLOR, CREATED, UPDATED, DELETED))


def _named(name: str, record: type[Record]) -> Table[Record]:
    return Table(name, record, (ID, NAME))


LISTS: tuple[Table[Record], ...] = (
    _named("groups", Tag),
    _named("client_sources", Source),
    _named("client_reasons", Reason),
    _named("client_statuses", Status),
    _named("reservation_reasons", ReservationReason),
    _named("property_statuses", PropertyStatus),
)
"""The dump's key-value tables."""

REASONS = Table("reservation_reasons", ReservationReason, (ID, NAME, POSITION))
STATUSES = Table("property_statuses", PropertyStatus, (ID, NAME, COLOR, POSITION))
ACTIVITY_TYPES = Table("activity_types", ActivityType, (ID, NAME, COLOR, POSITION))
