"""New contacts by the thousand: what is derived of each is worked out without a database, and written table by table.

One contact takes five statements by itself; a thousand here take five as well. What is in the tables afterwards is the
same as `save_contact` puts there, and `onebook check` compares it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Any, cast

import msgspec

from onebook.model.account import Record
from onebook.model.change import difference
from onebook.model.contact import Contact
from onebook.model.query import Seen
from onebook.store.bulk_postgres import SEPARATOR, array, insert_postgres
from onebook.store.bulk_records import insert_many_postgres
from onebook.store.bulk_rows import Derived, Part, rows_of
from onebook.store.bulk_sqlite import insert_sqlite
from onebook.store.changes import ADD_CHANGE
from onebook.store.contacts import decode_contact, is_external_id
from onebook.store.database import Reader, Store, Transaction, next_id
from onebook.store.keys import ContactKey, key_value
from onebook.store.records import INSERT_RECORD, INSERT_RECORD_KEY, record_columns, record_keys
from onebook.store.resources import BY_RECORD
from onebook.store.sqlite import SqliteStore

MOST_UNDER_ONE = 200
"""So many contacts are looked at under one key, as store/candidates.py does."""

WIDE = "PRAGMA cache_size = -262144; PRAGMA wal_autocheckpoint = 16000"
"""More of the book in memory, and put in order less often."""


def widen(store: Store) -> None:
    """Let the writer of an SQLite book hold more of it, and put it in order less often, while much is written."""
    if isinstance(store, SqliteStore):
        store.write_connection.execute(WIDE).fetchall()


def others_mark(store: Store) -> int:
    """Another number once another process has written to an SQLite book.

    Always 0 on PostgreSQL: nobody waits there but who writes to the same account.
    """
    if not isinstance(store, SqliteStore):
        return 0
    ((mark,),) = store.write_connection.execute("PRAGMA data_version").fetchall()
    return int(cast(int, mark))


async def free_id(tx: Transaction, apart_from: Container[int] = ()) -> int:
    """The id of a new contact: one that no contact answers to already (docs/decisions/0002).

    `apart_from` are those that contacts will answer to which are not written yet.
    """
    number = await next_id(tx)
    while number in apart_from or (number <= tx.state.top_external_id and await is_external_id(tx, str(number))):
        number = await next_id(tx)
    return number


async def free_ids(tx: Transaction, count: int, apart_from: Container[int] = ()) -> list[int]:
    """`free_id`, so many of them, ascending."""
    return [await free_id(tx, apart_from) for _ in range(count)]


async def ids_under_keys(reader: Reader, keys: Sequence[ContactKey]) -> dict[ContactKey, list[int]]:
    """The ids of the contacts under each of `keys`, ascending, 200 at most; one query for each kind."""
    texts = {key: f"{key[0]} {key_value(key[1])}" for key in keys}
    found = await holders_of(reader, dict.fromkeys(texts.values()))
    return {key: found[text] for key, text in texts.items() if text in found}


async def holders_of(reader: Reader, keys: Iterable[str]) -> dict[str, list[int]]:
    """`ids_under_keys` for keys as they are stored, the kind and the value in one text, none of them twice."""
    by_kind: dict[str, list[str]] = {}
    for key in keys:
        kind, _, value = key.partition(" ")
        by_kind.setdefault(kind, []).append(value)
    found: dict[str, list[int]] = {}
    for kind, values in by_kind.items():
        values.sort()  # neighbours are on one page of the index
        if reader.engine == "sqlite":
            rows = await reader.rows(_UNDER_SQLITE, reader.account_id, kind, msgspec.json.encode(values).decode())
            found.update((f"{kind} {values[row[0]]}", msgspec.json.decode(row[1])) for row in rows)
        else:
            rows = await reader.rows(_UNDER_POSTGRES, reader.account_id, kind, SEPARATOR.join(values))
            found.update((f"{kind} {row[0]}", row[1]) for row in rows)
    return found


_UNDER_SQLITE = f"""
SELECT number, ids FROM (
  SELECT asked.key AS number, (
    SELECT json_group_array(contact_id) FROM (
      SELECT contact_id FROM contact_keys k WHERE k.account_id = $1 AND k.kind = $2 AND k.value = asked.value
      ORDER BY contact_id LIMIT {MOST_UNDER_ONE})) AS ids
  FROM json_each($3) AS asked)
WHERE ids <> '[]'"""
_UNDER_POSTGRES = f"""
SELECT asked.value, found.ids FROM unnest({array("$3", "text[]")}) AS asked (value), LATERAL (
  SELECT array_agg(contact_id) AS ids FROM (
    SELECT contact_id FROM contact_keys k WHERE k.account_id = $1 AND k.kind = $2 AND k.value = asked.value
    ORDER BY contact_id LIMIT {MOST_UNDER_ONE}) few) found
WHERE found.ids IS NOT NULL"""


async def read_documents(reader: Reader, contact_ids: Sequence[int]) -> dict[int, Contact]:
    """Those of the contacts that there are, by id, in one query."""
    return {number: decode_contact(doc) for number, doc in (await read_stored(reader, contact_ids)).items()}


async def read_stored(reader: Reader, contact_ids: Sequence[int]) -> dict[int, str]:
    """`read_documents`, each as it is stored: for `decode_contact`, or `decode_seen`."""
    if reader.engine == "sqlite":
        rows = await reader.rows(_STORED_SQLITE, reader.account_id, msgspec.json.encode(contact_ids).decode())
    else:
        rows = await reader.rows(_STORED_POSTGRES, reader.account_id, SEPARATOR.join(map(str, contact_ids)))
    return {row[0]: row[1] for row in rows}


decode_seen = msgspec.json.Decoder(Seen).decode
"""What is seen at a glance of a stored contact, at a third of the cost of the whole."""
_STORED_SQLITE = (
    "SELECT c.id, c.doc FROM json_each($2) AS asked CROSS JOIN contacts c ON c.account_id = $1 AND c.id = asked.value"
)
_STORED_POSTGRES = f"SELECT id, doc FROM contacts WHERE account_id = $1 AND id = ANY ({array('$2', 'bigint[]')})"


async def insert_contacts(
    tx: Transaction, ids: Sequence[int], many: Sequence[Derived], *, at: int, actor: str, via: str
) -> None:
    """Write new contacts under `ids`; `at` is the moment in microseconds that the change feed tells."""
    if many:
        await insert_rows(tx, [(ids, rows_of(many, tx.engine))], at=at, actor=actor, via=via)


async def insert_rows(tx: Transaction, parts: Sequence[Part], *, at: int, actor: str, via: str) -> None:
    """Write the new contacts of all `parts`; `at` is the moment in microseconds that the change feed tells."""
    insert = insert_sqlite if tx.engine == "sqlite" else insert_postgres
    await insert(tx, parts, (tx.state.seq, at, actor, via))
    tx.state.seq += sum(1 for ids, _ in parts for number in ids if number)


async def insert_records(tx: Transaction, records: Sequence[Record], *, at: int, actor: str, via: str) -> None:
    """Write new records of one kind, whose ids and versions are set, with their keys, and tell the change feed."""
    if not records:
        return
    resource = BY_RECORD[type(records[0])]
    rows: list[tuple[Any, ...]] = []
    keys: list[tuple[str, str, int]] = []
    changes: list[tuple[int, int, int, str]] = []
    for record in records:
        tx.state.seq += 1
        doc = msgspec.json.encode(record).decode()
        rows.append((record.id, *record_columns(resource, record), doc))
        found = sorted(record_keys(resource, record))
        keys += [(kind, value, record.id) for kind, value in found]
        change = msgspec.json.encode(difference(None, record)).decode()
        changes.append((tx.state.seq, record.id, record.version, change))
    feed = (at, actor, via, "created")
    if tx.engine == "postgresql":
        await insert_many_postgres(tx, resource.name, rows, keys, changes, feed)
    else:
        named = (tx.account_id, resource.name)
        await tx.run_many(INSERT_RECORD, [(*named, *row) for row in rows])
        await tx.run_many(INSERT_RECORD_KEY, [(*named, *key) for key in keys])
        told = [(tx.account_id, seq, resource.name, one, version, *feed, what) for seq, one, version, what in changes]
        await tx.run_many(ADD_CHANGE, told)
    if resource.in_vocabulary:
        tx.state.stamp += 1
