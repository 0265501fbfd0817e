"""A property: what the agency sells or lets."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec
from msgspec import Struct

from onebook.model.account import Record
from onebook.model.contact import Moment
from onebook.model.number import Number

Feature = bool | int | float | str | list[str]
"""What a feature may be: there or not, a number, a word of the agency's own, or several words."""

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
    """`reference` is the public number, unique in the account; areas are in square metres, lengths in metres.

    Money is in whole units of the account's currency: rents and costs a month, `rental_income` a year. A flag that is
    None is not known. `features` are what has no field here, by a name in small letters: the long tail of flags and
    words that some vendor has. `operations` may name several ways; `operation`, `price` and `base_rent` are one.
    """

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
    lot_size: Number | None = None
    construction_size: Number | None = None
    lot_length: Number | None = None
    lot_width: Number | None = None
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
    # What it is
    usage: str | None = None
    rooms: Number | None = None
    living_space: Number | None = None
    usable_space: Number | None = None
    net_floor_space: Number | None = None
    total_floor_space: Number | None = None
    construction_year: int | None = None
    condition: str | None = None
    interior_quality: str | None = None
    heating_type: str | None = None
    firing_types: str | None = None
    flooring_types: tuple[str, ...] = ()
    energy_certificate: str | None = None
    language: str | None = None
    # What it costs
    operation: OperationType | None = None
    price: Number | None = None
    price_interval: str | None = None
    currency: str | None = None
    base_rent: Number | None = None
    total_rent: Number | None = None
    heating_costs: Number | None = None
    service_charge: Number | None = None
    other_costs: Number | None = None
    rent_subsidy: Number | None = None
    rental_income: Number | None = None
    maintenance_reserve: Number | None = None
    deposit: str | None = None
    commission: str | None = None
    has_commission: bool | None = None
    rental_start: date | None = None
    # What it has
    lift: bool | None = None
    balcony: bool | None = None
    terrace: bool | None = None
    loggia: bool | None = None
    garden: bool | None = None
    cellar: bool | None = None
    built_in_kitchen: bool | None = None
    guest_toilet: bool | None = None
    furnished: bool | None = None
    barrier_free: bool | None = None
    air_conditioning: bool | None = None
    alarm_system: bool | None = None
    swimming_pool: bool | None = None
    sauna: bool | None = None
    chimney: bool | None = None
    monument: bool | None = None
    rented: bool | None = None
    features: dict[str, Feature] = msgspec.field(default_factory=dict)
    # Where it stands with the agency
    status_id: int | None = None
    project_id: int | None = None
    user_ids: tuple[int, ...] = ()
    creator_id: int | None = None
    department_ids: tuple[int, ...] = ()
    tag_ids: tuple[int, ...] = ()
    is_archived: bool = False
    is_featured: bool = False
    custom: dict[str, Any] = msgspec.field(default_factory=dict)
