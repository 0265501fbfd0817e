"""The calls on properties, and on the listing statuses that say which of them may be asked for."""

from __future__ import annotations

from collections.abc import Sequence

from onebook.dialects.easybroker.countries import require_country
from onebook.dialects.easybroker.listing_edit import asked_public_id, published, read_pictures, read_property
from onebook.dialects.easybroker.listings import PUBLISHED, STATUSES, listing_status, property_detail, property_row
from onebook.dialects.easybroker.property_search import property_tests
from onebook.dialects.easybroker.public_ids import new_public_id, own_number
from onebook.dialects.easybroker.wire import Paging, answer, updated_span
from onebook.errors import Conflict, Invalid, NotFound, Problem
from onebook.http.route import Ask, Reply
from onebook.model.account import Vocabulary
from onebook.model.property import Property
from onebook.service.pictures import pictures_of, put_pictures
from onebook.service.record_walk import Test, walk_records
from onebook.service.records import (
    Keys,
    change_record,
    count_records,
    create_record,
    find_records,
    get_record,
    record_by_key,
)
from onebook.service.session import Unit, View

PROPERTIES = "/properties"
LISTING_STATUSES = "/listing_statuses"
PARTNER_LISTING_STATUSES = "/integration_partners/listing_statuses"
MOST_STATUSES = 100
"""Rows a page of the listing statuses, usually and at most (the vendor's page)."""
MOST_WANTED = 100
"""Statuses in one filter."""
_TRIES = 100


async def property_by_public_id(view: View, public: str) -> Property | None:
    """The property that this public number means; None for none."""
    try:
        return await record_by_key(view, Property, "reference", public)
    except NotFound:
        number = own_number(public)
    try:
        prop = await get_record(view, Property, number or 0)
    except NotFound:
        return None
    return None if prop.reference else prop


async def _property(view: View, public: str) -> Property:
    prop = await property_by_public_id(view, public)
    if prop is None:
        raise NotFound("there is no such property", (Problem("property_id", "no_property", "is unknown"),))
    return prop


async def list_properties(ask: Ask) -> Reply:
    """`GET /properties`, by the order in which they were entered (ours)."""
    view, paging = ask.session.view, Paging(ask.params)
    statuses = set(ask.params.texts("search[statuses]") or ())
    if len(statuses) > MOST_WANTED:
        raise Invalid.at("search[statuses]", f"has more than {MOST_WANTED} values", "too_many")
    keys: Keys = [("status", sorted(statuses))] if statuses else []
    tests = property_tests(ask.params)
    found, total = await (_tested(ask, paging, keys, tests) if tests else _page(ask, paging, keys))
    pictures = await pictures_of(view, [prop.id for prop in found])
    rows = [property_row(prop, pictures[prop.id], view.vocabulary, view.zone) for prop in found]
    return paging.envelope(ask, PROPERTIES, total, rows)


async def read_one_property(ask: Ask) -> Reply:
    """`GET /properties/{property_id}`."""
    view = ask.session.view
    prop = await _property(view, ask.path_params["property_id"])
    return await _answer(ask, prop, view.vocabulary)


async def _answer(ask: Ask, prop: Property, words: Vocabulary) -> Reply:
    view = ask.session.view
    pictures = await pictures_of(view, [prop.id])
    return answer(property_detail(prop, pictures[prop.id], words, view.zone))


async def create_property(ask: Ask) -> Reply:
    """`POST /properties`: answers the detail, with the public number that the property has got."""
    body = ask.json()
    edit, wanted, pictures = read_property(body, new=True), asked_public_id(body), read_pictures(body)

    async def work(unit: Unit) -> tuple[Property, Vocabulary]:
        blank = Property(reference=await _free_public_id(unit, wanted))
        made = await create_record(unit, published(blank, edit(blank, unit.vocabulary), unit.now))
        await put_pictures(unit, made.id, pictures or ())
        return made, unit.vocabulary

    return await _answer(ask, *await ask.session.write(work))


async def _free_public_id(unit: Unit, wanted: str | None) -> str:
    """`wanted` where it is free, else a random one that is."""
    for candidate in [wanted] if wanted else (new_public_id(unit.new_token()) for _ in range(_TRIES)):
        if await property_by_public_id(unit, candidate) is None:
            return candidate
    raise Conflict("the public number is taken", (Problem("public_id", "duplicate", "is taken"),))


async def change_property(ask: Ask) -> Reply:
    """`PATCH /properties/{property_id}`: what is not in the body stays as it is."""
    body = ask.json()
    edit, pictures = read_property(body), read_pictures(body)

    async def work(unit: Unit) -> tuple[Property, Vocabulary]:
        def changed(before: Property) -> Property:
            return published(before, edit(before, unit.vocabulary), unit.now)

        number = (await _property(unit, ask.path_params["property_id"])).id
        prop = await change_record(unit, Property, number, changed)
        if pictures is not None:
            await put_pictures(unit, number, pictures)
            prop = await get_record(unit, Property, number)
        return prop, unit.vocabulary

    return await _answer(ask, *await ask.session.write(work))


async def list_listing_statuses(ask: Ask) -> Reply:
    """`GET /listing_statuses`, for the account itself."""
    return await _statuses(ask, LISTING_STATUSES)


async def list_partner_listing_statuses(ask: Ask) -> Reply:
    """`GET /integration_partners/listing_statuses`: the ids that a partner may send."""
    require_country(ask)
    return await _statuses(ask, PARTNER_LISTING_STATUSES)


async def _statuses(ask: Ask, path: str) -> Reply:
    paging = Paging(ask.params, usual=MOST_STATUSES, highest=MOST_STATUSES)
    wanted = ask.params.flag("search[published]")
    keys: Keys = []
    if wanted is not None:
        keys = [("status", [status for status in STATUSES if (status == PUBLISHED) == wanted])]
    found, total = await _page(ask, paging, keys)
    return paging.envelope(ask, path, total, [listing_status(prop, ask.session.view.zone) for prop in found])


async def _page(ask: Ask, paging: Paging, keys: Keys) -> tuple[list[Property], int]:
    view, updated = ask.session.view, updated_span(ask)
    found = await find_records(view, Property, paging.page, keys=keys, updated=updated)
    return found, await count_records(view, Property, keys=keys, updated=updated)


async def _tested(ask: Ask, paging: Paging, keys: Keys, tests: Sequence[Test]) -> tuple[list[Property], int]:
    """The page of those that pass the tests, and how many they are in all."""
    found: list[Property] = []
    total = 0
    first, last = paging.page.offset, paging.page.offset + paging.limit
    async for prop in walk_records(ask.session.view, Property, tests, keys=keys, updated=updated_span(ask)):
        if first <= total < last:
            found.append(prop)
        total += 1
    return found, total
