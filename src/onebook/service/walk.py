"""A list walked page by page while others write: nobody who is there throughout is shown twice or never."""

from __future__ import annotations

import operator

from msgspec import Struct
from msgspec.structs import replace

from onebook.model.contact import Contact
from onebook.model.query import ContactQuery, Page
from onebook.service.contacts import find_contacts
from onebook.service.session import View
from onebook.store.contacts import read_contacts, sort_position
from onebook.store.earlier import MOVING, earlier_positions, feed_position


class Place(Struct, frozen=True, array_like=True):
    """How far a walk has come: the sort value and id of the last contact shown.

    `seq` is the position of the change feed at which the walk began; the list is walked in the order of that moment.
    """

    value: int | str
    id: int
    seq: int


async def walk_contacts(
    view: View, query: ContactQuery, limit: int, place: Place | None
) -> tuple[list[Contact], Place | None]:
    """The next `limit` contacts that `query` asks for, and where they end; None when there are no more."""
    after = None if place is None else (place.value, place.id)
    page = Page(limit=limit + 1, after=after)
    if query.sort not in MOVING:
        found = await find_contacts(view, query, page)
        ended = Place(*sort_position(found[limit - 1], query), 0) if len(found) > limit else None
        return found[:limit], ended
    seq = place.seq if place is not None else await feed_position(view.reader)
    still = await find_contacts(view, replace(query, unchanged_after=seq), page)
    positions = {contact.id: sort_position(contact, query) for contact in still}
    moved = await earlier_positions(view.reader, query, seq, view.account.country)
    ahead = operator.lt if query.descending else operator.gt
    positions.update({where[1]: where for where in moved if after is None or ahead(where, after)})
    ordered = sorted(positions.values(), reverse=query.descending)
    known = {contact.id: contact for contact in still}
    known.update(await read_contacts(view.reader, [number for _, number in ordered[:limit] if number not in known]))
    shown = [known[number] for _, number in ordered[:limit] if number in known]
    ended = Place(*ordered[limit - 1], seq) if len(ordered) > limit else None
    return [contact for contact in shown if (contact.deleted_at is not None) == query.trashed], ended
