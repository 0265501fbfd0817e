"""A project: several properties that are built and marketed together."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from onebook.model.account import Record
from onebook.model.number import Number
from onebook.model.property import Feature


class Project(Record, frozen=True, omit_defaults=True, kw_only=True):
    """`reference` is the number that people know it by; its properties name it themselves."""

    name: str | None = None
    title: str | None = None
    reference: str | None = None
    status: str | None = None
    status_id: int | None = None
    language: str | None = None
    description: str | None = None
    location_text: str | None = None
    furnishing_text: str | None = None
    other_text: str | None = None
    street: str | None = None
    house_number: str | None = None
    neighborhood: str | None = None
    zip: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    hide_address: bool = False
    lot_size: Number | None = None
    price_from: Number | None = None
    price_to: Number | None = None
    construction_start: date | None = None
    completion_date: date | None = None
    user_id: int | None = None
    user_ids: tuple[int, ...] = ()
    creator_id: int | None = None
    department_ids: tuple[int, ...] = ()
    tag_ids: tuple[int, ...] = ()
    owner_contact_ids: tuple[int, ...] = ()
    is_archived: bool = False
    features: dict[str, Feature] = msgspec.field(default_factory=dict)
    custom: dict[str, Any] = msgspec.field(default_factory=dict)
