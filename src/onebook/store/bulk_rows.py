"""What the tables hold of new contacts, worked out without a database, column by column: some thousand at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, compress
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from onebook.model.change import difference
from onebook.model.contact import Contact
from onebook.store.contacts import DERIVED, decode_contact, derived_columns
from onebook.store.database import Engine
from onebook.store.keys import Words, contact_keys, contact_words
from onebook.store.search_postgres import word_rows, words_column, words_with_pieces
from onebook.store.search_sqlite import start_words


class Derived(NamedTuple):
    """All that the tables hold of a new contact whose id is not known yet."""

    columns: tuple[Any, ...]
    """As `store/contacts.DERIVED`, the document last, without an id in it."""
    keys: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, ...], tuple[str, ...]]
    """As `store/keys.Words`."""
    change: str


class Rows(Struct, array_like=True):
    """The rows of some new contacts, ready for one engine; a contact is called by where it stands among them.

    Lists of rows are in the order of their index, so that a page is written once however many rows come to it.
    """

    columns: list[list[Any]]
    """As `store/contacts.DERIVED`, the document last, without an id in it; a member for each contact."""
    changes: list[str]
    keys: dict[str, tuple[list[str], list[int]]]
    """By kind: the values, in order, and whose each is."""
    texts: list[str]
    """SQLite: the words that are cut into pieces. PostgreSQL: the column of words."""
    phones: list[str]
    starts: list[str]
    """Both SQLite's."""
    words: tuple[list[str], list[int]]
    """PostgreSQL's: each contact's words, in order, and whose each is."""
    pieces: list[str]
    """PostgreSQL's: the words that are long enough to be cut into pieces, none twice."""


def derive(contact: Contact, country: str) -> Derived:
    """What is written of `contact`, whose id is 0 and whose version is 1."""
    change = msgspec.json.encode(difference(None, contact)).decode()
    keys = tuple(sorted(contact_keys(contact, country)))
    words = contact_words(contact, country)
    return Derived(derived_columns(contact), keys, (words.texts, words.phones), change)


def rows_of(many: Sequence[Derived], engine: Engine) -> Rows:
    """The rows of all of `many`."""
    columns = [list(column) for column in zip(*(one.columns for one in many), strict=True)] or [[] for _ in DERIVED]
    kinds: dict[str, list[tuple[str, int]]] = {}
    for at, one in enumerate(many):
        for kind, value in one.keys:
            kinds.setdefault(kind, []).append((value, at))
    keys = {kind: _parted(found) for kind, found in kinds.items()}
    changes = [one.change for one in many]
    words = [Words(one.words) for one in many]
    if engine == "sqlite":
        texts, phones = [" ".join(one.texts) for one in words], [" ".join(one.phones) for one in words]
        return Rows(columns, changes, keys, texts, phones, [start_words(one) for one in words], ([], []), [])
    rows = [word_rows(one) for one in words]
    holders: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        for word in row:
            holders.setdefault(word, []).append(at)
    ordered = sorted(holders)
    pieces = words_with_pieces(ordered)
    texts = [word for word in ordered for _ in holders[word]]
    found = texts, [at for word in ordered for at in holders[word]]
    return Rows(columns, changes, keys, [words_column(one) for one in words], [], [], found, pieces)


def _parted(found: list[tuple[str, int]]) -> tuple[list[str], list[int]]:
    """In order; of those that are alike the first one stays the first."""
    found.sort(key=itemgetter(0))
    return [value for value, _ in found], [at for _, at in found]


Part = tuple[Sequence[int], Rows]
"""New contacts: the id of each, 0 for one that is not to be written after all, and the rows of all."""
Feed = tuple[int, int, str, str]
"""What the change feed tells of all: the last position before them, the moment in microseconds, actor and via."""


def contact_of(rows: Rows, at: int) -> Contact:
    """The contact, with the id 0."""
    return decode_contact(rows.columns[-1][at])


def written(part: Part) -> tuple[list[int], list[list[Any]], list[str]]:
    """Ids, columns and changes of those of the part that are to be written; the documents have their ids."""
    ids, rows = part
    columns, changes = rows.columns, rows.changes
    if 0 in ids:
        columns = [list(compress(column, ids)) for column in columns]
        ids, changes = [number for number in ids if number], list(compress(changes, ids))
    documents = [f'{{"id":{number},{doc[1:]}' for number, doc in zip(ids, columns[-1], strict=True)]
    return list(ids), [*columns[:-1], documents], changes


def owned(owners: Sequence[int], ids: Sequence[int], *columns: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Rows of `columns`, each with the id of whose it is behind it; without those that are not to be written."""
    found = zip(*columns, map(ids.__getitem__, owners), strict=True)
    return filter(itemgetter(-1), found) if 0 in ids else found


def keys_of(parts: Sequence[Part]) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """All keys, in the order of their index: each kind, with the values and whose they are."""
    for kind in sorted({kind for _, rows in parts for kind in rows.keys}):
        lists = [(ids, rows.keys[kind]) for ids, rows in parts if kind in rows.keys]
        # Lists that are in order already are merged by sorting faster than by anything else.
        yield (
            kind,
            sorted(chain.from_iterable(owned(found[1], ids, found[0]) for ids, found in lists), key=itemgetter(0)),
        )
