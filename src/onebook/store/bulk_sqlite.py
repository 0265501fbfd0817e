"""Some thousand new contacts into SQLite: a statement a table, its rows in the order of the index."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, repeat

from onebook.store.bulk_rows import Feed, Part, keys_of, written
from onebook.store.changes import ADD_CHANGE
from onebook.store.contacts import DERIVED
from onebook.store.database import Transaction

_COLUMNS = ("account_id", "id", *DERIVED)
_INSERT = (
    f"INSERT INTO contacts ({', '.join(_COLUMNS)})"
    f" VALUES ({', '.join(f'${number}' for number in range(1, len(_COLUMNS) + 1))})"
)
_INSERT_KEY = "INSERT INTO contact_keys (account_id, kind, value, contact_id) VALUES ($1, $2, $3, $4)"
_INSERT_PIECES = "INSERT INTO contact_pieces (rowid, words, phones) VALUES ($1, $2, $3)"
_INSERT_STARTS = "INSERT INTO contact_starts (rowid, words) VALUES ($1, $2)"


async def insert_sqlite(tx: Transaction, parts: Sequence[Part], feed: Feed) -> None:
    """Write the new contacts of all `parts`."""
    account = repeat(tx.account_id)
    seq, at, actor, via = feed
    for part in parts:
        ids, columns, changes = written(part)
        await tx.run_many(_INSERT, list(zip(account, ids, *columns, strict=False)))
        numbers = range(seq + 1, seq + len(ids) + 1)
        told = zip(numbers, ids, changes, strict=True)
        changed = [(tx.account_id, n, "contacts", i, 1, at, actor, via, "created", change) for n, i, change in told]
        await tx.run_many(ADD_CHANGE, changed)
        seq += len(ids)
    for kind, pairs in keys_of(parts):
        await tx.run_many(_INSERT_KEY, [(tx.account_id, kind, value, number) for value, number in pairs])
    for numbered, rows in parts:
        # Who has no word is not in the index.
        found = list(compress(zip(numbered, rows.texts, rows.phones, rows.starts, strict=True), numbered))
        found = [row for row in found if row[1] or row[2]]
        await tx.run_many(_INSERT_PIECES, [row[:3] for row in found])
        await tx.run_many(_INSERT_STARTS, [(row[0], row[3]) for row in found])
