"""Properties: this vendor's keys to ours and back. Pure; every mistake is an Invalid.

The shape of the detail was recorded from the live API; keys of it that no field of ours can hold keep in the extras
what callers send, and show `OTHERS` until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from onebook.dialects.easybroker.fields import (
    DEGREES,
    FLAG,
    NUMBER,
    TEXT,
    WHOLE,
    Field,
    Given,
    as_given,
    choice,
    encode,
    extras_of,
    unknown,
)
from onebook.dialects.easybroker.people import user_name
from onebook.dialects.easybroker.public_ids import public_id
from onebook.dialects.easybroker.wire import local_moment
from onebook.model.account import User, Vocabulary
from onebook.model.document import Picture
from onebook.model.property import Property

PUBLISHED = "published"
STATUSES = (PUBLISHED, "not_published", "reserved", "sold", "rented", "suspended")
STATUS = choice(*STATUSES)
OPERATIONS = choice("sale", "rental", "temporary_rental")

ABOUT = (
    Field("title", "title", TEXT),
    Field("bedrooms", "bedrooms", WHOLE),
    Field("bathrooms", "bathrooms", WHOLE),
    Field("parking_spaces", "parking_spaces", WHOLE),
    Field("property_type", "property_type", TEXT),
    Field("lot_size", "lot_size", NUMBER),
    Field("construction_size", "construction_size", NUMBER),
    Field("show_prices", "show_prices", FLAG),
    Field("share_commission", "share_commission", FLAG),
)
"""What a row of the list shows as it is kept."""
DETAIL = (
    Field("description", "description", TEXT),
    Field("half_bathrooms", "half_bathrooms", WHOLE),
    Field("lot_length", "lot_length", NUMBER),
    Field("lot_width", "lot_width", NUMBER),
    Field("floors", "floors", WHOLE),
    Field("floor", "floor", WHOLE),
    Field("status", "status", STATUS),
)
"""What the detail shows besides; `status` is ours, the live API tells it in the listing statuses only."""
PLACE = (
    Field("latitude", "latitude", DEGREES),
    Field("longitude", "longitude", DEGREES),
    Field("street", "street", TEXT),
    Field("postal_code", "zip", TEXT),
    Field("show_exact_location", "show_exact_location", FLAG),
    Field("exterior_number", "house_number", TEXT),
    Field("interior_number", "unit_number", TEXT),
    Field("cross_street", "cross_street", TEXT),
)
"""The members of `location`, beside its `name`."""
PLACE_NAME = ("neighborhood", "city", "region")
"""What the `name` is put together of."""
OPERATION = (
    Field("type", "type", OPERATIONS),
    Field("amount", "amount", NUMBER),
    Field("currency", "currency", TEXT),
    Field("unit", "unit", TEXT),
)
IMAGE = (Field("title", "title", TEXT), Field("url", "url", TEXT))
OTHERS: Given = {
    "age": None,
    "internal_id": None,
    "expenses": None,
    "property_files": [],
    "videos": [],
    "virtual_tour": None,
    "collaboration_notes": None,
    "public_url": None,
    "tags": [],
    "features": [],
}
COMPUTED = (
    "public_id",
    "title_image_full",
    "title_image_thumb",
    "property_images",
    "created_at",
    "updated_at",
    "published_at",
)
"""Keys of the answers that a caller may send back without effect."""
KNOWN = (
    *(field.key for field in (*ABOUT, *DETAIL)),
    *("agent", "location", "show_exact_location", "operations", "images"),
    *COMPUTED,
)
NEEDED = ("title", "property_type", "status")
SIGNS = {"MXN": "$", "USD": "US$ ", None: "$"}
"""How amounts begin: pesos and dollars as recorded; any other currency by its code (ours)."""


def formatted_amount(amount: float | None, currency: str | None) -> str | None:
    """`$1,500,000`, `$2,725,779.85`, `US$ 500,000`: cents only where there are any (recorded)."""
    if amount is None:
        return None
    sign = SIGNS.get(currency, f"{currency} ")
    return sign + f"{amount:,.2f}".removesuffix(".00")


Pictures = Sequence[Picture]
"""A property's, the title picture first."""


def property_row(prop: Property, pictures: Pictures, words: Vocabulary, zone: ZoneInfo) -> Given:
    """One row of the list, where the location is a text."""
    return {
        "agent": user_name(words.users.get(prop.agent_id or 0)),
        "public_id": public_id(prop),
        **_title_picture(pictures),
        "location": place_name(prop) or "",
        "operations": _operations(prop),
        **encode(ABOUT, prop),
        "updated_at": local_moment(prop.updated_at, zone),
    }


def property_detail(prop: Property, pictures: Pictures, words: Vocabulary, zone: ZoneInfo) -> Given:
    """The whole property, where location and agent are objects."""
    kept = extras_of(prop)
    images = [encode(IMAGE, picture) for picture in pictures]
    shown = {
        **property_row(prop, pictures, words, zone),
        **encode(DETAIL, prop),
        "agent": _agent(words.users.get(prop.agent_id or 0)),
        "location": _location(prop, kept.get("location")),
        "created_at": local_moment(prop.created_at, zone),
        "published_at": local_moment(prop.published_at, zone),
        "property_images": images,
        "images": images,
    }
    return {**OTHERS, **unknown(kept, shown), **shown}


def listing_status(prop: Property, zone: ZoneInfo) -> Given:
    """One row of the listing statuses, the ids a partner may ask for."""
    return {
        "property_id": public_id(prop),
        "public_id": public_id(prop),
        "status": prop.status,
        "published": prop.status == PUBLISHED,
        "updated_at": local_moment(prop.updated_at, zone),
    }


def _title_picture(pictures: Pictures) -> Given:
    first = pictures[0] if pictures else Picture()
    return {"title_image_full": first.url, "title_image_thumb": first.thumbnail_url}


def _operations(prop: Property) -> list[Given]:
    kept = extras_of(prop).get("operations")
    return [
        as_given(encode(OPERATION, operation), kept, whole=True)
        | {"formatted_amount": formatted_amount(operation.amount, operation.currency)}
        for operation in prop.operations
    ]


def _agent(user: User | None) -> Given | None:
    if user is None:
        return None
    name = user_name(user)
    said = {"id": user.id, "name": name, "full_name": name, "mobile_phone": user.phone}
    return {**said, "profile_image_url": None, "email": user.email}


def place_name(prop: Property) -> str | None:
    """`Neighbourhood, City, Region`, as far as it is known."""
    return ", ".join(part for part in (prop.neighborhood, prop.city, prop.region) if part) or None


def _location(prop: Property, kept: Any) -> Given:
    place = {"name": place_name(prop), **encode(PLACE, prop), "hide_exact_location": not prop.show_exact_location}
    return {**(kept if isinstance(kept, dict) else {}), **place}
