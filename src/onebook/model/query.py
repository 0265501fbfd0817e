"""What one can ask the list of contacts for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec
from msgspec import Struct

from onebook.model.contact import Email, Kind, Moment, Phone

SortField = Literal["id", "created_at", "updated_at", "last_contact_at", "first_name", "last_name"]


class ContactQuery(Struct, frozen=True, kw_only=True):
    """Every filter that is set must hold. Times are inclusive; `_to` is the last moment that still counts.

    `phone` is any spelling of a number; `text` is free words (`q`), found as docs/reference/search.md says.
    `custom` pairs are a field's name and the stored value as text. `archived`: None is both.
    `changed_after` and `unchanged_after` are positions in the change feed.
    """

    text: str | None = None
    phone: str | None = None
    email: str | None = None
    ids: tuple[int, ...] | None = None
    external_id: tuple[str, str] | None = None
    kinds: tuple[str, ...] | None = None
    owner_ids: tuple[int, ...] | None = None
    status_ids: tuple[int, ...] | None = None
    source_ids: tuple[int, ...] | None = None
    reason_ids: tuple[int, ...] | None = None
    tag_ids: tuple[int, ...] | None = None
    without_tag_ids: tuple[int, ...] | None = None
    parent_id: int | None = None
    only_roots: bool = False
    owns_property: bool | None = None
    consent_statuses: tuple[str, ...] | None = None
    newsletter: bool | None = None
    accept_contact: bool | None = None
    languages: tuple[str, ...] | None = None
    countries: tuple[str, ...] | None = None
    project_ids: tuple[int, ...] | None = None
    lead_scores: tuple[int, ...] | None = None
    custom: tuple[tuple[str, str], ...] = ()
    archived: bool | None = False
    trashed: bool = False
    created_from: datetime | None = None
    created_to: datetime | None = None
    updated_from: datetime | None = None
    updated_to: datetime | None = None
    changed_after: int | None = None
    unchanged_after: int | None = None
    sort: SortField = "id"
    descending: bool = False


class Brief(Struct, frozen=True, kw_only=True):
    """As much of a contact as a list of ids shows."""

    id: int
    kind: Kind = "person"
    updated_at: Moment | None = None
    external_ids: dict[str, str] = msgspec.field(default_factory=dict)


class Seen(Struct, frozen=True, kw_only=True):
    """What of a contact is looked at to tell strangers apart."""

    emails: tuple[Email, ...] = ()
    phones: tuple[Phone, ...] = ()
    birth_date: date | None = None


class Page(Struct, frozen=True, kw_only=True):
    """Which part of a list: after a cursor's position, or from an offset. `limit` rows at most."""

    limit: int
    offset: int = 0
    after: tuple[int | str | None, int] | None = None
    """The sort value and id of the last row that was shown."""
