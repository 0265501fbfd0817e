"""How the agency is organised, and the small lists that its properties and cancelations point to."""

from __future__ import annotations

from onebook.model.account import Record


class Team(Record, frozen=True, omit_defaults=True, kw_only=True):
    """A firm or branch within the agency. Who belongs to it say the users themselves (`User.team_id`)."""

    name: str
    position: int | None = None
    logo_url: str | None = None


class Department(Record, frozen=True, omit_defaults=True, kw_only=True):
    """A group of users who see the same contacts and properties; users name theirs themselves."""

    name: str
    position: int | None = None
    color: str | None = None


class ReservationReason(Record, frozen=True, omit_defaults=True, kw_only=True):
    """Why somebody did not want a property."""

    name: str
    position: int | None = None


class PropertyStatus(Record, frozen=True, omit_defaults=True, kw_only=True):
    """Where a property stands with the agency."""

    name: str
    color: str | None = None
    position: int | None = None
