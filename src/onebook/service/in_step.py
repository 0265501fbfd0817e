"""What two records say of one thing, kept as one truth whichever of them is written.

The owners whom a property names are those who stand to it as owners, and its title and texts those of its text in its
own language. With its pictures it changes, too. What follows is written in the same transaction, and only where
it differs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from onebook.model.account import Record
from onebook.model.document import Picture
from onebook.model.property import Property
from onebook.model.property_text import PropertyText
from onebook.model.query import Page
from onebook.model.relationship import Relationship
from onebook.service.session import Unit
from onebook.store import records as store

_ALL = Page(limit=1_000_000)
IN_STEP = (Picture, Property, PropertyText, Relationship)
"""The records of which something follows for others."""
TEXTS = ("title", "description", "location_text", "furnishing_text", "other_text")
"""What a property says itself of what its text says."""


@dataclass(frozen=True, slots=True)
class Writes:
    """How what follows is written: the commands of `service/records.py`."""

    create: Callable[[Unit, Any], Awaitable[Any]]
    change: Callable[[Unit, type[Any], int, Callable[[Any], Any]], Awaitable[Any]]
    remove: Callable[[Unit, type[Any], int], Awaitable[Any]]
    touch: Callable[[Unit, type[Any], int], Awaitable[Any]]


async def follow(unit: Unit, before: Record | None, after: Record, writes: Writes) -> None:
    """Write what follows from `after` standing in the place of `before` (None: it is new)."""
    was = before if before is None or before.deleted_at is None else None
    if isinstance(after, Relationship):
        await _owned(unit, before if isinstance(before, Relationship) else None, after, writes)
    elif isinstance(after, Property) and after.deleted_at is None:
        house = was if isinstance(was, Property) else None
        await _owners(unit, house, after, writes)
        await _titled(unit, house, after, writes)
    elif isinstance(after, PropertyText) and after.deleted_at is None:
        await _told(unit, after, writes, new=was is None)
    elif isinstance(after, Picture):
        shown = {one.property_id for one in (before, after) if isinstance(one, Picture)}
        for number in sorted(number for number in shown if number is not None):
            if await _house(unit, number) is not None:
                await writes.touch(unit, Property, number)


async def _owned(unit: Unit, before: Relationship | None, after: Relationship, writes: Writes) -> None:
    for one in (before, after):
        if one is None or one.kind != "ownership" or one.property_id is None:
            continue
        house = await _house(unit, one.property_id)
        if house is not None:
            owns = bool(await _ownerships(unit, one.contact_id, house.id))
            if owns != (one.contact_id in house.owner_contact_ids):
                await writes.change(unit, Property, house.id, _owned_by(one.contact_id, is_owner=owns))


def _owned_by(contact_id: int, *, is_owner: bool) -> Callable[[Property], Property]:
    def edit(house: Property) -> Property:
        others = tuple(number for number in house.owner_contact_ids if number != contact_id)
        return replace(house, owner_contact_ids=(*others, contact_id) if is_owner else others)

    return edit


async def _owners(unit: Unit, before: Property | None, after: Property, writes: Writes) -> None:
    was, now = before.owner_contact_ids if before is not None else (), after.owner_contact_ids
    for contact_id in dict.fromkeys(number for number in now if number not in was):
        if not await _ownerships(unit, contact_id, after.id):
            made = Relationship(kind="ownership", contact_id=contact_id, property_id=after.id)
            await writes.create(unit, made)
    for contact_id in was:
        for one in await _ownerships(unit, contact_id, after.id) if contact_id not in now else ():
            await writes.remove(unit, Relationship, one.id)


async def _ownerships(unit: Unit, contact_id: int, property_id: int) -> list[Relationship]:
    keys = [("contact", [str(contact_id)]), ("property", [str(property_id)]), ("kind", ["ownership"])]
    return await store.find_records(unit.tx, Relationship, keys, _ALL)


async def _house(unit: Unit, number: int) -> Property | None:
    house = await store.read_record(unit.tx, Property, number)
    return None if house is None or house.deleted_at is not None else house


async def _titled(unit: Unit, before: Property | None, after: Property, writes: Writes) -> None:
    said = {name: getattr(after, name) for name in TEXTS}
    if before is not None and said != {name: getattr(before, name) for name in TEXTS}:
        text = await _own_text(unit, after)
        if text is not None:
            await writes.change(unit, PropertyText, text.id, _saying(said))


async def _told(unit: Unit, after: PropertyText, writes: Writes, *, new: bool) -> None:
    house = None if after.property_id is None else await _house(unit, after.property_id)
    text = None if house is None else await _own_text(unit, house)
    if house is None or text is None or text.id != after.id:
        return
    said = {name: getattr(after, name) for name in TEXTS}
    if new:
        said = {name: getattr(house, name) if value is None else value for name, value in said.items()}
        await writes.change(unit, PropertyText, after.id, _saying(said))
    await writes.change(unit, Property, house.id, _saying(said))


async def title_houses(unit: Unit, records: Sequence[Record]) -> None:
    """Let properties without title and texts say what the texts among `records` say that have just been put in.

    For records that come from elsewhere as they were: the properties stay as old as they are.
    """
    texts = [one for one in records if isinstance(one, PropertyText) and one.deleted_at is None]
    said = {text.property_id: text for text in reversed(texts) if any(getattr(text, name) for name in TEXTS)}
    houses = await store.read_records(unit.tx, Property, [number for number in said if number is not None])
    for house in houses.values():
        if house.deleted_at is None and not any(getattr(house, name) for name in TEXTS):
            text = await _own_text(unit, house)
            if text is not None:
                values = {name: getattr(text, name) for name in TEXTS}
                after = replace(house, **values, version=house.version + 1)
                await store.save_record(unit.tx, house, after, actor=unit.actor, via=unit.via, action="changed")


async def _own_text(unit: Unit, house: Property) -> PropertyText | None:
    """The text in the property's language, else the account's; the first of several, before one in no language."""
    found = await store.find_records(unit.tx, PropertyText, [("property", [str(house.id)])], _ALL, order="id")
    language = house.language or unit.account.language
    own = [text for text in found if text.language in (language, None)]
    return min(own, key=lambda text: (text.language is None, text.id), default=None)


def _saying(said: dict[str, Any]) -> Callable[[Any], Any]:
    return lambda record: replace(record, **said)
