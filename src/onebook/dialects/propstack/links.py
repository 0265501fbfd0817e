"""Links of contacts to properties: found, made and ended; and those that the body of a property names beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from onebook.dialects.propstack.ids import own_ids
from onebook.dialects.propstack.shown import shown_id
from onebook.dialects.propstack.values import NUMBER, SWITCH, TEXT, nullable, read_value
from onebook.errors import Invalid, NotFound, Problem
from onebook.http.route import Schema
from onebook.model.property import Property
from onebook.model.query import Page
from onebook.model.relationship import Relationship, RelationshipKind
from onebook.service.records import change_record, create_record, find_records, remove_record
from onebook.service.session import Unit, View

BESIDE = "relationships_attributes"
"""The key of a property's body; what stands in it is read out of what three clients send."""
_ALL = Page(limit=10_000)
_KINDS: Mapping[str, RelationshipKind] = {"owner": "ownership", "partner": "partnership"}
_MOST = 100


@dataclass(frozen=True, slots=True)
class Link:
    """What a request says: shown ids, and what the relationship is called."""

    client_id: int
    property_id: int
    name: str | None


async def ends(view: View, link: Link) -> tuple[int, int]:
    """The own ids of the contact and the property; raises Invalid naming the key for one that there is not."""
    points = (("contacts", link.client_id), ("properties", link.property_id))
    owns = await own_ids(view, points)
    for name, point in zip(("client_id", "property_id"), points, strict=True):
        if point not in owns:
            raise Invalid.at(name, f"there is no {point[1]}", "unknown_id")
    return owns[points[0]], owns[points[1]]


async def between(view: View, kind: RelationshipKind, contact_id: int, property_id: int) -> list[Relationship]:
    """The relationships of a kind that the two have."""
    keys = [("contact", (str(contact_id),)), ("property", (str(property_id),)), ("kind", (kind,))]
    return await find_records(view, Relationship, _ALL, keys=keys)


async def link_ends(unit: Unit, kind: RelationshipKind, link: Link) -> None:
    """Make the relationship; where there is one of this name already, or one without, it is that."""
    contact_id, property_id = await ends(unit, link)
    for known in await between(unit, kind, contact_id, property_id):
        if link.name is None or known.name in (None, link.name):
            if link.name is not None and known.name != link.name:
                await change_record(unit, Relationship, known.id, lambda one: replace(one, name=link.name))
            return
    made = Relationship(kind=kind, name=link.name, contact_id=contact_id, property_id=property_id)
    await create_record(unit, made)


async def unlink_ends(unit: Unit, kind: RelationshipKind, link: Link) -> None:
    """Put the relationships of this name, or with none given all of the kind, into the trash; raises NotFound."""
    contact_id, property_id = await ends(unit, link)
    known = await between(unit, kind, contact_id, property_id)
    gone = [one for one in known if link.name is None or one.name == link.name]
    if not gone:
        raise NotFound
    for one in gone:
        await remove_record(unit, Relationship, one.id)


@dataclass(frozen=True, slots=True)
class _Named:
    """One entry of `relationships_attributes`: the shown id of the contact, what it is, whether it is to end."""

    kind: RelationshipKind
    client_id: int
    name: str | None
    ends: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """What a property's body says of its relationships, to be written once the property is there."""

    entries: tuple[_Named, ...]

    async def write(self, unit: Unit, house: Property) -> None:
        """Make and end them. Raises Invalid naming the key for a contact that there is not."""
        for one in self.entries:
            link = Link(one.client_id, shown_id(house), one.name)
            try:
                await (unlink_ends if one.ends else link_ends)(unit, one.kind, link)
            except NotFound:
                continue  # it has ended already
            except Invalid as error:
                raise Invalid.at(BESIDE, error.message, error.problems[0].code) from None


def read_beside_property(value: Any, zone: ZoneInfo) -> Beside:
    """A list of `{internal_name, related_client_id, name}`, or an object of such under any keys. Raises Invalid."""
    entries = [] if value is None else list(value.values()) if isinstance(value, dict) else value
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise Invalid.at(BESIDE, "must be a list", "not_a_list")
    if len(entries) > _MOST:
        raise Invalid.at(BESIDE, f"must be a list of at most {_MOST}", "too_many")
    return Beside(tuple(_read_named(one, zone) for one in entries))


def _read_named(given: Mapping[str, Any], zone: ZoneInfo) -> _Named:
    kind = _KINDS.get(str(given.get("internal_name")))
    if kind is None:
        text = f"must be one of {', '.join(_KINDS)}"
        raise Invalid("internal_name: " + text, (Problem(f"{BESIDE}.internal_name", "not_a_choice", text),))
    name = f"{BESIDE}.related_client_id"
    client_id = read_value(NUMBER, given.get("related_client_id"), name, zone)
    if client_id is None:
        raise Invalid.at(name, "is required", "required")
    called = read_value(TEXT, given.get("name"), f"{BESIDE}.name", zone) or None
    gone = read_value(SWITCH, given.get("_destroy"), f"{BESIDE}._destroy", zone)
    return _Named(kind, client_id, called, bool(gone))


_ENTRY: Schema = {
    "type": "object",
    "required": ["internal_name", "related_client_id"],
    "properties": {
        "internal_name": {"enum": [*_KINDS]},
        "related_client_id": {"type": "integer"},
        "name": TEXT.takes,
        "_destroy": SWITCH.takes,
    },
}
BESIDE_SCHEMA: Schema = {**nullable("array"), "items": _ENTRY, "maxItems": _MOST}
