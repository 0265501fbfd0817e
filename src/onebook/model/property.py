"""A property: what the agency sells or lets."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

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


class Property(Record, frozen=True, omit_defaults=True, kw_only=True):
    """`reference` is the public number, unique in the account; areas are in square metres, lengths in metres.

    Money is in whole units of the account's currency: rents and costs a month, `rental_income` a year. A flag that is
    None is not known. `features` are what has no field here, by a name in small letters: the long tail of flags and
    words that some vendor has. `operations` may name several ways to
    have it; `operation`, `price` and `base_rent` say the same of one (`in_step`). Its pictures are records of their
    own (`document.Picture`).
    """

    title: str | None = None
    reference: str | None = None
    status: str = "published"
    property_type: str | None = None
    description: str | None = None
    location_text: str | None = None
    furnishing_text: str | None = None
    other_text: str | None = None
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


_AMOUNTS: dict[OperationType, str] = {"sale": "price", "rental": "base_rent"}
"""The field that says what an operation's amount says; a temporary rental has none."""


def in_step(before: Property | None, after: Property) -> Property:
    """`after` with one truth about its price, whichever way it was told.

    `operations` say the same as `operation`, `price` and `base_rent`; what has changed decides, of both the latter.
    """
    known = before or Property()
    changed = {name for name in ("operation", *_AMOUNTS.values()) if getattr(after, name) != getattr(known, name)}
    if not changed and after.operations == known.operations:
        return after
    told = after.operations
    if "operation" in changed:
        told = tuple(one for one in told if one.type == after.operation or one.type != known.operation)
    if changed and after.operation is not None and after.operation not in _types(told):
        unit = None if after.operation == "sale" else "month"
        amount = getattr(after, _AMOUNTS.get(after.operation, ""), None)
        told = (Operation(type=after.operation, amount=amount, currency=after.currency, unit=unit), *told)
    told = tuple(
        replace(one, amount=getattr(after, _AMOUNTS[one.type])) if _AMOUNTS.get(one.type) in changed else one
        for one in told
    )
    values: dict[str, Any] = {"operations": told}
    amounts = {one.type: one.amount for one in told}
    for kind, name in _AMOUNTS.items():
        if name not in changed and (kind in amounts or kind in _types(known.operations)):
            values[name] = amounts.get(kind)
    if "operation" not in changed and after.operation not in amounts:
        values["operation"] = told[0].type if told else None
    return replace(after, **values)


def _types(operations: tuple[Operation, ...]) -> frozenset[OperationType]:
    return frozenset(one.type for one in operations)
