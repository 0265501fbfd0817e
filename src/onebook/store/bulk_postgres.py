"""Some thousand new contacts into PostgreSQL: a statement a table, each column in one text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from onebook.store.bulk_rows import Feed, Part, keys_of, owned, written
from onebook.store.contacts import DERIVED
from onebook.store.database import Transaction
from onebook.store.search_postgres import ADD_PIECES

SEPARATOR = "\x1f"
"""No text has this control character, and one joined text is sent at a third of an array's cost."""
_NULL = "\x1e"
"""Nor this one, which stands for no text where an empty one is another thing."""
_COLUMNS = ("id", *DERIVED, "words")
_CHANGE = ("seq", "resource", "record_id", "version", "at", "actor", "via", "action", "changes")
_INTEGERS = frozenset(
    "id created_at updated_at last_contact_at deleted_at owner_id source_id status_id reason_id parent_id"
    " seq record_id".split()
)
_FLAGS = frozenset("is_archived newsletter accept_contact".split())


async def insert_postgres(tx: Transaction, parts: Sequence[Part], feed: Feed) -> None:
    """Write the new contacts of all `parts`."""
    seq, at, actor, via = feed
    for part in parts:
        ids, columns, changes = written(part)
        if not ids:
            continue
        searched = [text for text, number in zip(part[1].texts, part[0], strict=True) if number]
        named = zip(_COLUMNS, (ids, *columns, searched), strict=True)
        await tx.run(_BULK, tx.account_id, *(_sent(name, column) for name, column in named))
        numbers = range(seq + 1, seq + len(ids) + 1)
        told = (_joined(numbers), _joined(ids), SEPARATOR.join(changes))
        await tx.run(_BULK_CHANGES, tx.account_id, at, actor, via, *told)
        seq += len(ids)
    for kind, pairs in keys_of(parts):
        if pairs:
            values, owners = zip(*pairs, strict=True)
            await tx.run(_BULK_KEYS, tx.account_id, kind, SEPARATOR.join(values), _joined(owners))
    pieces = sorted({word for _, rows in parts for word in rows.pieces})
    if pieces:
        await tx.run(ADD_PIECES.format(words=array("$2", "text[]")), tx.account_id, SEPARATOR.join(pieces))
    lists = (owned(rows.words[1], ids, rows.words[0]) for ids, rows in parts)
    words = sorted(chain.from_iterable(lists), key=itemgetter(0))
    if words:
        texts, owners = zip(*words, strict=True)
        await tx.run(_BULK_WORDS, tx.account_id, SEPARATOR.join(texts), _joined(owners))


def _joined(numbers: Iterable[int]) -> str:
    return SEPARATOR.join(map(str, numbers))


def _sent(name: str, column: Sequence[Any]) -> str:
    """A column in one text. Arrays of numbers take the size of the first for all; those of texts are escaped slowly."""
    if name in _INTEGERS or name in _FLAGS:
        return SEPARATOR.join("" if value is None else str(value) for value in column)
    return SEPARATOR.join(_NULL if value is None else value for value in column)


def array(mark: str, kind: str) -> str:
    """The SQL that makes an array of `kind` out of the argument `mark`, a joined text none of whose members is null."""
    return f"string_to_array({mark}::text, chr({ord(SEPARATOR)}))::{kind}"


def _given(name: str, number: int) -> str:
    kind = "bigint" if name in _INTEGERS else "boolean" if name in _FLAGS else "text"
    null = f"chr({ord(_NULL)})" if kind == "text" else "''"
    # The first is cut off again: of one empty text alone an array of nothing would be made.
    return f"(string_to_array(chr({ord(SEPARATOR)}) || ${number}::text, chr({ord(SEPARATOR)}), {null}))[2:]::{kind}[]"


_BULK = (
    f"INSERT INTO contacts (account_id, {', '.join(_COLUMNS)}) SELECT $1, given.* FROM unnest("
    f"{', '.join(_given(name, number) for number, name in enumerate(_COLUMNS, 2))}) given"
)
_BULK_CHANGES = (
    f"INSERT INTO changes (account_id, {', '.join(_CHANGE)})"
    " SELECT $1, given.seq, 'contacts', given.id, 1, $2, $3, $4, 'created', given.changes FROM unnest("
    f"{array('$5', 'bigint[]')}, {array('$6', 'bigint[]')}, {array('$7', 'text[]')}) given (seq, id, changes)"
)
_BULK_KEYS = (
    "INSERT INTO contact_keys (account_id, kind, value, contact_id) SELECT $1, $2, given.* FROM unnest("
    f"{array('$3', 'text[]')}, {array('$4', 'bigint[]')}) given"
)
_BULK_WORDS = (
    "INSERT INTO contact_words (account_id, word, contact_id) SELECT $1, given.* FROM unnest("
    f"{array('$2', 'text[]')}, {array('$3', 'bigint[]')}) given"
)
