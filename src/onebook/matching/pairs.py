"""Which records of a list are compared at all: those that share a key. For training and measuring only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from onebook.model.blocking import lookup_keys
from onebook.model.contact import Contact

MOST_COMMON = 100
"""A key that more records have is common, and only so many of them are looked at."""


def candidate_pairs(contacts: Iterable[Contact], country: str) -> Iterator[tuple[int, int]]:
    """The ids of every two that share a key, the smaller one first, each pair once."""
    keys = {contact.id: lookup_keys(contact, country) for contact in contacts}
    holders: dict[tuple[str, str], list[int]] = defaultdict(list)
    seen: set[tuple[int, int]] = set()
    for number in sorted(keys):
        for key in keys[number]:
            found = holders[_one_kind(key)]
            for other in found[:MOST_COMMON]:
                if (other, number) not in seen and other != number:
                    seen.add((other, number))
                    yield other, number
            if not found or found[-1] != number:
                found.append(number)


def _one_kind(key: tuple[str, str]) -> tuple[str, str]:
    """An address and the mailbox it is another spelling of are one key."""
    return ("email", key[1]) if key[0] == "mailbox" else key
