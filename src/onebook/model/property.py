"""A property: what the agency sells or lets."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from onebook.model.account import Record
from onebook.model.contact import Moment

OperationType = Literal["sale", "rental", "temporary_rental"]


class Operation(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One way the property is offered: `amount` in whole units of `currency` (ISO 4217), per `unit` where it is let."""

    type: OperationType = "sale"
    amount: float | None = None
    currency: str | None = None
    unit: str | None = None


class Image(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One picture of the property, the first of them its title picture."""

    url: str
    title: str | None = None


class Property(Record, frozen=True, omit_defaults=True, kw_only=True):
    """`reference` is the public number, unique in the account; areas are in square metres, lengths in metres."""

    title: str | None = None
    reference: str | None = None
    status: str = "published"
    property_type: str | None = None
    description: str | None = None
    operations: tuple[Operation, ...] = ()
    bedrooms: int | None = None
    bathrooms: int | None = None
    half_bathrooms: int | None = None
    parking_spaces: int | None = None
    lot_size: float | None = None
    construction_size: float | None = None
    lot_length: float | None = None
    lot_width: float | None = None
    floors: int | None = None
    floor: int | None = None
    street: str | None = None
    house_number: str | None = None
    unit_number: str | None = None
    cross_street: str | None = None
    neighborhood: str | None = None
    zip: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    show_exact_location: bool = True
    show_prices: bool = True
    share_commission: bool = False
    image_url: str | None = None
    thumbnail_url: str | None = None
    images: tuple[Image, ...] = ()
    agent_id: int | None = None
    owner_contact_ids: tuple[int, ...] = ()
    published_at: Moment | None = None
