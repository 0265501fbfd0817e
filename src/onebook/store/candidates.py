"""Whom a contact may be a second of: all that share one of its keys, those that share most of them first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from onebook.model.contact import Contact
from onebook.store.contacts import read_contacts
from onebook.store.database import Reader, Row, Value
from onebook.store.keys import ContactKey, key_value

MOST_COMMON = 100
"""So many contacts are looked at under one key; a key that more of them have says next to nothing."""
WEAK = frozenset({"name", "company", "home", "birth"})
"""The kinds of key that strangers share too."""
RARE = 10
"""A weak key that more contacts have is no reason to compare two who share nothing else: many are called Eva Müller."""
_STRONG_WORTH, _WEAK_WORTH, _COMMON_WORTH, _LEAST = 4, 2, 1, 2
"""What sharing a key is worth, only for whom to compare first; two common keys are a reason again."""


class Nearby(NamedTuple):
    """A contact that shares keys; `barely` no more than one weak one, or two that are common."""

    contact: Contact
    barely: bool


async def candidates(reader: Reader, keys: Sequence[ContactKey], limit: int, apart_from: int = 0) -> list[Nearby]:
    """At most `limit` contacts found under any of `keys`, `apart_from` one; trashed ones have no keys.

    Those that share most come first, of two that share as much the older one. One query for all keys, and one for the
    contacts where there are any: grouped by the database, the first alone takes SQLite five times as long.
    """
    if not keys:
        return []
    args: list[Value] = [reader.account_id]
    for kind, value in keys:
        args += (kind, key_value(value))
    rows = await reader.rows(_statement(len(keys)), *args)
    ranked = [(number, worth) for number, worth in _ranked(rows, keys) if number != apart_from][:limit]
    found = await read_contacts(reader, [number for number, _ in ranked])
    return [Nearby(found[number], worth <= _WEAK_WORTH) for number, worth in ranked if number in found]


def _ranked(rows: Iterable[Row], keys: Sequence[ContactKey]) -> list[tuple[int, int]]:
    """Who shares enough, and how much it is worth."""
    holders: dict[int, list[int]] = defaultdict(list)
    for position, contact_id in rows:
        holders[position].append(contact_id)
    worth: dict[int, int] = defaultdict(int)
    for position, ids in holders.items():
        weak = keys[position][0] in WEAK
        each = (_WEAK_WORTH if len(ids) <= RARE else _COMMON_WORTH) if weak else _STRONG_WORTH
        for number in ids:
            worth[number] += each
    shared = (found for found in worth.items() if found[1] >= _LEAST)
    return sorted(shared, key=lambda found: (-found[1], found[0]))


@lru_cache(maxsize=64)
def _statement(count: int) -> str:
    """The position of each of `count` keys, and who has it."""
    parts = (
        f"SELECT {number}, contact_id FROM (SELECT contact_id FROM contact_keys WHERE account_id = $1"
        f" AND kind = ${2 + 2 * number} AND value = ${3 + 2 * number} LIMIT {MOST_COMMON}) k{number}"
        for number in range(count)
    )
    return " UNION ALL ".join(parts)
