"""What somebody is looking for: a search that is kept with its contact."""

from __future__ import annotations

from typing import Any

import msgspec

from onebook.model.account import Record
from onebook.model.number import Number
from onebook.model.property import Feature, OperationType


class SavedQuery(Record, frozen=True, omit_defaults=True, kw_only=True):
    """`radius` in kilometres around latitude and longitude; areas in square metres; ranges include both ends."""

    contact_id: int | None = None
    user_id: int | None = None
    name: str | None = None
    note: str | None = None
    is_active: bool = True
    operation: OperationType | None = None
    property_types: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    radius: Number | None = None
    price_from: Number | None = None
    price_to: Number | None = None
    base_rent_from: Number | None = None
    base_rent_to: Number | None = None
    rooms_from: Number | None = None
    rooms_to: Number | None = None
    living_space_from: Number | None = None
    living_space_to: Number | None = None
    lot_size_from: Number | None = None
    lot_size_to: Number | None = None
    construction_year_from: int | None = None
    construction_year_to: int | None = None
    features: dict[str, Feature] = msgspec.field(default_factory=dict)
    custom: dict[str, Any] = msgspec.field(default_factory=dict)
