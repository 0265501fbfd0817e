"""Where contacts stood in a list at an earlier position of the change feed: what a walk through the list needs.

A contact that is changed while somebody walks the list would move in it, and be shown twice or never. The change feed
says where it stood when the walk began.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from onebook.model.change import Changes
from onebook.model.contact import Contact
from onebook.model.query import ContactQuery
from onebook.store.contacts import find_positions, sort_position
from onebook.store.database import Reader

MOVING = frozenset({"updated_at", "last_contact_at", "first_name", "last_name"})
"""The sorts in which a change of a contact can move it."""

_decode = msgspec.json.Decoder(Changes).decode
_BEFORE = (
    "(SELECT p.at FROM changes p WHERE p.account_id = $1 AND p.seq = (SELECT max(o.seq) FROM changes o"
    " WHERE o.account_id = $1 AND o.resource = 'contacts' AND o.record_id = g.record_id AND o.seq <= $2))"
)
_SINCE = (
    "SELECT g.record_id, g.version, {} FROM changes g"
    " WHERE g.account_id = $1 AND g.seq > $2 AND g.resource = 'contacts' ORDER BY g.seq DESC"
)


async def feed_position(reader: Reader) -> int:
    """The position of the last change that is committed."""
    rows = await reader.rows("SELECT seq FROM account_state WHERE account_id = $1", reader.account_id)
    return int(rows[0][0]) if rows else 0


async def earlier_positions(reader: Reader, query: ContactQuery, seq: int, country: str) -> list[tuple[Any, int]]:
    """Where those contacts that `query` asks for and that have changed after `seq` stood in its order at `seq`.

    Those made since are left out: they stood nowhere.
    """
    # First how they are, then what has changed: what changes in between is undone below like the rest.
    current = await find_positions(reader, replace(query, changed_after=seq), country)
    if not current:
        return []
    before: dict[int, Any] = {}
    made: set[int] = set()
    moment = query.sort == "updated_at"
    sql = _SINCE.format(_BEFORE if moment else "g.changes")
    for contact_id, version, said in await reader.scan(sql, reader.account_id, seq):
        if version == 1:
            made.add(contact_id)
        elif moment:
            before[contact_id] = said
        elif f'"{query.sort}"' in said:
            was = _decode(said).get(query.sort)
            if was is not None:
                before[contact_id] = _sort_value(query, was[0])
    return [(before.get(number, value), number) for value, number in current if number not in made]


def _sort_value(query: ContactQuery, was: Any) -> Any:
    if query.sort == "last_contact_at":
        was = msgspec.convert(was, datetime | None)
    return sort_position(replace(Contact(), **{query.sort: was}), query)[0]
