"""What two records say of one thing, kept as one truth whichever of them is written.

The owners whom a property names are those who stand to it as owners, and its title and texts those of its text in its
own language. With its pictures it changes, too. What follows is written in the same transaction, and only where
it differs.

Where the two differ all the same, ownerships and texts are the truth: a property's list of ids and its five texts can
be made out of them, and they not out of those, for they have ids, names, languages and a trash of their own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import replace

from onebook.model.account import Record
from onebook.model.document import Picture
from onebook.model.property import Property
from onebook.model.property_text import PropertyText
from onebook.model.query import Page
from onebook.model.relationship import Relationship
from onebook.service.session import Unit
from onebook.store import records as store
from onebook.store.database import Reader, Transaction

R = TypeVar("R", bound=Record)
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
    if isinstance(after, Relationship):
        await _owned(unit, before if isinstance(before, Relationship) else None, after, writes)
    elif isinstance(after, Property) and after.deleted_at is None:
        house = before if isinstance(before, Property) else None
        await _owners(unit, house, after, writes)
        await _titled(unit, house, after, writes)
    elif isinstance(after, PropertyText):
        await _told(unit, before if isinstance(before, PropertyText) else None, after, writes)
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
            owns = bool(await _ownerships(unit.tx, house.id, one.contact_id))
            if owns != (one.contact_id in house.owner_contact_ids):
                await writes.change(unit, Property, house.id, _owned_by(one.contact_id, is_owner=owns))


def _owned_by(contact_id: int, *, is_owner: bool) -> Callable[[Property], Property]:
    def edit(house: Property) -> Property:
        others = tuple(number for number in house.owner_contact_ids if number != contact_id)
        return replace(house, owner_contact_ids=(*others, contact_id) if is_owner else others)

    return edit


async def _owners(unit: Unit, before: Property | None, after: Property, writes: Writes) -> None:
    restored = before is not None and before.deleted_at is not None
    was = before.owner_contact_ids if before is not None and not restored else ()
    now = after.owner_contact_ids
    for contact_id in dict.fromkeys(number for number in now if number not in was):
        if not await _ownerships(unit.tx, after.id, contact_id):
            made = Relationship(kind="ownership", contact_id=contact_id, property_id=after.id)
            await writes.create(unit, made)
    for contact_id in was:
        for one in await _ownerships(unit.tx, after.id, contact_id) if contact_id not in now else ():
            await writes.remove(unit, Relationship, one.id)
    for one in await _ownerships(unit.tx, after.id) if restored else ():
        await writes.change(unit, Property, after.id, _owned_by(one.contact_id, is_owner=True))


async def _ownerships(reader: Reader, property_id: int, contact_id: int | None = None) -> list[Relationship]:
    """Those of a property, or those of one owner; ascending by id."""
    keys = [("property", [str(property_id)]), ("kind", ["ownership"])]
    keys += [] if contact_id is None else [("contact", [str(contact_id)])]
    return await store.find_records(reader, Relationship, keys, _ALL, order="id")


async def _house(unit: Unit, number: int) -> Property | None:
    house = await store.read_record(unit.tx, Property, number)
    return None if house is None or house.deleted_at is not None else house


async def _titled(unit: Unit, before: Property | None, after: Property, writes: Writes) -> None:
    """What is new in the property its text says, too; all else it takes from the text, which may be another now."""
    if before is None:
        return
    there = before.deleted_at is None
    new = {name for name in TEXTS if there and getattr(before, name) != getattr(after, name)}
    text = await _own_text(unit, after) if new or not there or before.language != after.language else None
    if text is not None:
        said = {name: getattr(after if name in new else text, name) for name in TEXTS}
        await writes.change(unit, PropertyText, text.id, _saying(said))
        await writes.change(unit, Property, after.id, _saying(said))


async def _told(unit: Unit, before: PropertyText | None, after: PropertyText, writes: Writes) -> None:
    """A property whose text has changed, or is another now, says what it says."""
    new = before is None or before.deleted_at is not None
    for number in dict.fromkeys(one.property_id for one in (before, after) if one is not None):
        house = None if number is None else await _house(unit, number)
        text = None if house is None else await _own_text(unit, house)
        if house is None or text is None:
            continue
        said = {name: getattr(text, name) for name in TEXTS}
        if new and text.id == after.id:
            said = {name: getattr(house, name) if value is None else value for name, value in said.items()}
            await writes.change(unit, PropertyText, text.id, _saying(said))
        await writes.change(unit, Property, house.id, _saying(said))


async def bring_houses_in_step(unit: Unit, records: Sequence[Record]) -> None:
    """Let properties say what ownerships and texts among `records` say that have just been put in.

    For records that come from elsewhere as they were: whatever is changed stays as old as it is. What a text leaves
    open and its property says it says, too.
    """
    told = [one for one in records if isinstance(one, Relationship | PropertyText) and one.deleted_at is None]
    numbers = dict.fromkeys(one.property_id for one in told if one.property_id is not None)
    houses = await store.read_records(unit.tx, Property, list(numbers))
    # Most are in step: only of the others more is read.
    new = dict.fromkeys(one.property_id for one in told if one.property_id in houses and _is_new(unit, houses, one))
    for house in (houses[number] for number in new if number is not None):
        text = await _own_text(unit, house)
        if text is not None:
            text = await _put(unit, text, {name: getattr(house, name) for name in TEXTS if getattr(text, name) is None})
        after = as_told(house, await _ownerships(unit.tx, house.id), [text] if text else [], unit.account.language)
        await _put(unit, house, {name: getattr(after, name) for name in (*TEXTS, "owner_contact_ids")})


def _is_new(unit: Unit, houses: Mapping[int, Property], told: Relationship | PropertyText) -> bool:
    """Whether it may say anything that its property does not."""
    house = houses[told.property_id or 0]
    if house.deleted_at is not None:
        return False
    if isinstance(told, Relationship):
        return told.kind == "ownership" and told.contact_id not in house.owner_contact_ids
    its = told.language in (house.language or unit.account.language, None)
    return its and any(getattr(told, name) != getattr(house, name) for name in TEXTS)


async def _put(unit: Unit, before: R, values: Mapping[str, Any]) -> R:
    after = replace(before, **values, version=before.version + 1)
    if all(getattr(before, name) == value for name, value in values.items()):
        return before
    await store.save_record(unit.tx, before, after, actor=unit.actor, via=unit.via, action="changed")
    return after


async def _own_text(unit: Unit, house: Property) -> PropertyText | None:
    return _own(house, await _texts(unit.tx, house.id), unit.account.language)


async def _texts(reader: Reader, property_id: int) -> list[PropertyText]:
    return await store.find_records(reader, PropertyText, [("property", [str(property_id)])], _ALL, order="id")


def _own(house: Property, texts: Iterable[PropertyText], language: str) -> PropertyText | None:
    """The text in the property's language, else the account's; the first of several, before one in no language."""
    own = [text for text in texts if text.language in (house.language or language, None)]
    return min(own, key=lambda text: (text.language is None, text.id), default=None)


def as_told(
    house: Property, ownerships: Iterable[Relationship], texts: Iterable[PropertyText], language: str
) -> Property:
    """The property as its ownerships and its texts have it, all there are; `language` is the account's.

    Owners whom it names stay in its order; without a text in its language its own texts stay.
    """
    owners = [one.contact_id for one in ownerships]
    named = [number for number in house.owner_contact_ids if number in owners]
    text = _own(house, texts, language)
    values = {} if text is None else {name: getattr(text, name) for name in TEXTS}
    return replace(house, owner_contact_ids=tuple(dict.fromkeys((*named, *owners))), **values)


async def mend_house(tx: Transaction, number: int, language: str, now: datetime) -> None:
    """Let the property say what its ownerships and texts say by now. The change feed tells what it said before."""
    house = await store.read_record(tx, Property, number)
    if house is None or house.deleted_at is not None:
        return
    after = as_told(house, await _ownerships(tx, number), await _texts(tx, number), language)
    if after != house:
        after = replace(after, version=house.version + 1, updated_at=now)
        await store.save_record(tx, house, after, actor="check", via="check", action="changed")


def _saying(said: dict[str, Any]) -> Callable[[Any], Any]:
    return lambda record: replace(record, **said)
