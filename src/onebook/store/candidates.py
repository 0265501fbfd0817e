"""Whom a contact may be a second of: all that share one of its keys, those that share most of them first."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from onebook.model.contact import Contact
from onebook.store.database import Reader, Where
from onebook.store.keys import ContactKey, key_value

MOST_COMMON = 200
"""So many contacts are looked at under one key; a key that more of them have says next to nothing."""
_WORTH = {"name": 1, "company": 1, "home": 1}
"""What sharing a key of the kind is worth beside the others, which are worth 2: only for whom to look at first."""
_decode = msgspec.json.Decoder(Contact).decode


async def candidates(reader: Reader, keys: Sequence[ContactKey], limit: int, apart_from: int = 0) -> list[Contact]:
    """At most `limit` contacts found under any of `keys`, `apart_from` one, in one query; trashed ones have no keys."""
    if not keys:
        return []
    where = Where(reader.account_id)
    parts = [
        f"SELECT contact_id, {_WORTH.get(kind, 2)} AS worth FROM (SELECT contact_id FROM contact_keys"
        f" WHERE account_id = $1 AND kind = {where.put(kind)} AND value = {where.put(key_value(value))}"
        f" LIMIT {MOST_COMMON}) k{number}"
        for number, (kind, value) in enumerate(keys)
    ]
    sql = (
        f"SELECT c.doc FROM (SELECT contact_id, sum(worth) AS worth FROM ({' UNION ALL '.join(parts)}) shared"
        f" WHERE contact_id <> {where.put(apart_from)} GROUP BY contact_id ORDER BY 2 DESC, 1 LIMIT {where.put(limit)})"
        " found JOIN contacts c ON c.account_id = $1 AND c.id = found.contact_id"
    )
    return [_decode(row[0]) for row in await reader.rows(sql, *where.args)]
