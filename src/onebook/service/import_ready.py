"""What the workers of an import make of its entries, and what of a contact is looked for in the book."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from onebook.matching.strangers import Glance
from onebook.model.blocking import BlockingKey, mailbox_keys
from onebook.model.contact import Contact
from onebook.service.duplicates import MOST_COMPARED
from onebook.store.bulk_rows import Rows
from onebook.store.candidates import WEAK
from onebook.store.keys import key_value

MOST_NAMESAKES = 5
"""Where more contacts share a weak key, having nothing else in common with them makes nobody worth a look.

A common name has hundreds in a book of a million; what else they may share is a key of its own.
"""
_COMPARED = frozenset("email digits social_security_number corporate_number name birth company home mailbox".split())
"""The kinds of a contact's keys under which somebody is looked for who is the same (model/blocking.py)."""
Doubt = tuple[int, float, float]
"""A contact that may be the same, the probability, and the match weight."""


class Ready(Struct, array_like=True, tag=True):
    """One entry as the workers hand it over: where it stands among the rows of its batch, and by what it is compared.

    `filled` are the contact's fields that the entry speaks of. `near` is who was compared in the book, `same` who the
    entry certainly is (0: nobody), and `doubtful` who it may be, as the book was when the worker looked.
    """

    number: int
    at: int
    filled: str
    external_ids: dict[str, str]
    keys: tuple[str, ...] = ()
    glance: Glance = Glance("", "", "")
    near: tuple[int, ...] = ()
    same: int = 0
    doubtful: tuple[Doubt, ...] = ()


class Refused(Struct, array_like=True, tag=True):
    """One entry that makes nothing, and why."""

    number: int
    reason: str


class Prepared(Struct, array_like=True):
    """A batch: what each entry comes to, and names that the lists do not have yet, which must be added first."""

    entries: list[Ready | Refused]
    rows: Rows
    unknown: dict[str, list[str]]


def compared_keys(contact: Contact, keys: Iterable[BlockingKey]) -> tuple[str, ...]:
    """`lookup_keys` of a contact whose keys, as they are stored, are known already; each in one text."""
    found = [f"{kind} {value}" for kind, value in keys if kind in _COMPARED]
    return tuple(dict.fromkeys((*found, *key_texts(mailbox_keys(contact)))))


def key_texts(keys: Iterable[BlockingKey]) -> list[str]:
    """Keys as `compared_keys` has them."""
    return [f"{kind} {key_value(value)}" for kind, value in keys if value]


def nearest(keys: Sequence[str], holders: Callable[[str], Sequence[int] | None]) -> list[tuple[int, str]]:
    """Whom somebody with these keys may be, those first that share most; and the kind of a weak key that is all."""
    worth: dict[int, int] = {}
    alone: dict[int, str] = {}
    common: list[Sequence[int]] = []
    for key in keys:
        found = holders(key)
        if not found:
            continue
        kind = key[: key.index(" ")]
        weak = kind in WEAK
        if weak and len(found) > MOST_NAMESAKES:
            common.append(found)
            continue
        for number in found:
            worth[number] = worth.get(number, 0) + (1 if weak else 2)
            alone[number] = kind
    for found in common if worth else ():
        for number in worth.keys() & found:
            worth[number] += 1
    ranked = sorted(worth.items(), key=lambda item: (-item[1], item[0]))[:MOST_COMPARED]
    return [(number, alone[number] if much == 1 else "") for number, much in ranked]
