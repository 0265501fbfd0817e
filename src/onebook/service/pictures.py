"""The pictures of properties: records of their own, which a dialect may show and write as a list of the property's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from onebook.model.document import Picture
from onebook.model.query import Page
from onebook.service.records import (
    change_record,
    create_record,
    find_records,
    remove_record,
)
from onebook.service.session import Unit, View

_ALL = Page(limit=1_000_000)


async def pictures_of(view: View, property_ids: Sequence[int], *, private: bool = False) -> dict[int, list[Picture]]:
    """The pictures of each property, in their order, the private ones only where asked; one query for them all."""
    found: dict[int, list[Picture]] = {number: [] for number in property_ids}
    if found:
        keys = [("property", [str(number) for number in found])]
        for one in await find_records(view, Picture, _ALL, keys=keys, order="id"):
            if one.url and (private or not one.is_private) and one.property_id is not None:
                found[one.property_id].append(one)
    for pictures in found.values():
        pictures.sort(key=lambda one: (one.position is None, one.position or 0, one.id))
    return found


async def put_pictures(unit: Unit, property_id: int, wanted: Sequence[Picture]) -> None:
    """Let the property have `wanted`, by `url` and `title`, in this order and no others; the private ones stay.

    One that is there keeps its id and all else that is known of it. Where nothing differs, nothing is written.
    """
    there = (await pictures_of(unit, [property_id]))[property_id]
    if [(one.url, one.title) for one in there] == [(one.url, one.title) for one in wanted]:
        return
    left = list(there)
    for position, one in enumerate(wanted, 1):
        known = next((other for other in left if other.url == one.url), None)
        if known is None:
            await create_record(unit, replace(one, property_id=property_id, position=position))
        else:
            left.remove(known)
            await change_record(unit, Picture, known.id, _shown_as(one.title, position))
    for gone in left:
        await remove_record(unit, Picture, gone.id)


def _shown_as(title: str | None, position: int) -> Callable[[Picture], Picture]:
    return lambda one: replace(one, title=title, position=position)
