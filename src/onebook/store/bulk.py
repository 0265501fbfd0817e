"""New contacts by the thousand: what is derived of each is worked out without a database, and written table by table.

One contact takes five statements by itself; a thousand here take five as well. What is in the tables afterwards is the
same as `save_contact` puts there, and `onebook check` compares it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from onebook.model.account import DIALECTS, Record
from onebook.model.change import difference
from onebook.model.contact import Contact
from onebook.store.changes import ADD_CHANGE
from onebook.store.contacts import DERIVED, decode_contact, derived_columns
from onebook.store.database import Reader, Store, Transaction, Where, next_id
from onebook.store.keys import ContactKey, Words, contact_keys, contact_words, key_value
from onebook.store.records import INSERT_RECORD, INSERT_RECORD_KEY, record_columns, record_keys
from onebook.store.resources import BY_RECORD
from onebook.store.search_postgres import ADD_PIECES, word_rows, words_column, words_with_pieces
from onebook.store.search_sqlite import start_words
from onebook.store.sqlite import SqliteStore

MOST_UNDER_ONE = 200
"""So many contacts are looked at under one key, as store/candidates.py does."""
_AT_ONCE = 500
_SEPARATOR = "\x1f"
"""No text has this control character, and one joined text is sent at a third of an array's cost."""
_NULL = "\x1e"
"""Nor this one, which stands for no text where an empty one is another thing."""


def _array(mark: str, kind: str) -> str:
    return f"string_to_array({mark}::text, chr({ord(_SEPARATOR)}))::{kind}"


def widen(store: Store) -> None:
    """Let the writer of an SQLite book hold more of it, and put it in order less often, while much is written."""
    if isinstance(store, SqliteStore):
        store.write_connection.execute(_WIDE).fetchall()


_WIDE = "PRAGMA cache_size = -262144; PRAGMA wal_autocheckpoint = 16000"


class Derived(NamedTuple):
    """All that the tables hold of a new contact whose id is not known yet."""

    columns: tuple[Any, ...]
    """As `store/contacts.DERIVED`, the document last, without an id in it."""
    keys: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, ...], tuple[str, ...]]
    """As `store/keys.Words`."""
    change: str


def derive(contact: Contact, country: str) -> Derived:
    """What is written of `contact`, whose id is 0 and whose version is 1."""
    change = msgspec.json.encode(difference(None, contact)).decode()
    keys = tuple(sorted(contact_keys(contact, country)))
    words = contact_words(contact, country)
    return Derived(derived_columns(contact), keys, (words.texts, words.phones), change)


def contact_of(derived: Derived) -> Contact:
    """The contact, with the id 0."""
    return decode_contact(derived.columns[-1])


async def free_ids(tx: Transaction, count: int, apart_from: Container[int] = ()) -> list[int]:
    """Ids for new contacts, ascending, none of which some contact answers to already (docs/decisions/0002).

    `apart_from` are those that contacts will answer to which are not written yet.
    """
    found: list[int] = []
    while len(found) < count:
        some = [await next_id(tx) for _ in range(count - len(found))]
        low = [number for number in some if number <= tx.state.top_external_id]
        taken = await _external_ids(tx, low) if low else frozenset()
        found += [number for number in some if number not in taken and number not in apart_from]
    return found


async def _external_ids(tx: Transaction, numbers: Sequence[int]) -> frozenset[int]:
    keys = [(f"id:{dialect}", str(number)) for dialect in DIALECTS for number in numbers]
    return frozenset(int(value) for _, value in await ids_under_keys(tx, keys))


async def ids_under_keys(reader: Reader, keys: Sequence[ContactKey]) -> dict[ContactKey, list[int]]:
    """The ids of the contacts under each of `keys`, ascending, 200 at most; one query whatever their number."""
    if not keys:
        return {}
    asked = list(dict.fromkeys((kind, key_value(value)) for kind, value in keys))
    if reader.engine == "sqlite":
        rows = await reader.rows(_UNDER_SQLITE, reader.account_id, msgspec.json.encode(asked).decode())
        found = {asked[row[0]]: msgspec.json.decode(row[1]) for row in rows}
    else:
        kinds, values = (_SEPARATOR.join(texts) for texts in zip(*asked, strict=True))
        rows = await reader.rows(_UNDER_POSTGRES, reader.account_id, kinds, values)
        found = {(row[0], row[1]): row[2] for row in rows}
    under = ((key, found.get((key[0], key_value(key[1])))) for key in keys)
    return {key: ids for key, ids in under if ids}


_UNDER_SQLITE = f"""
SELECT number, ids FROM (
  SELECT asked.key AS number, (
    SELECT json_group_array(contact_id) FROM (
      SELECT contact_id FROM contact_keys k
      WHERE k.account_id = $1 AND k.kind = asked.value ->> 0 AND k.value = asked.value ->> 1
      ORDER BY contact_id LIMIT {MOST_UNDER_ONE})) AS ids
  FROM json_each($2) AS asked)
WHERE ids <> '[]'"""
_ASKED = f"unnest({_array('$2', 'text[]')}, {_array('$3', 'text[]')}) AS asked (kind, value)"
_UNDER_POSTGRES = f"""
SELECT asked.kind, asked.value, found.ids FROM {_ASKED}, LATERAL (
  SELECT array_agg(contact_id) AS ids FROM (
    SELECT contact_id FROM contact_keys k WHERE k.account_id = $1 AND k.kind = asked.kind AND k.value = asked.value
    ORDER BY contact_id LIMIT {MOST_UNDER_ONE}) few) found
WHERE found.ids IS NOT NULL"""


async def read_documents(reader: Reader, contact_ids: Sequence[int]) -> dict[int, Contact]:
    """Those of the contacts that there are, by id, some hundred a query."""
    found: dict[int, Contact] = {}
    for start in range(0, len(contact_ids), _AT_ONCE):
        where = Where(reader.account_id)
        where.add(where.one_of("id", tuple(contact_ids[start : start + _AT_ONCE])))
        rows = await reader.rows(f"SELECT id, doc FROM contacts WHERE account_id = $1 AND {where.sql}", *where.args)
        found.update((row[0], decode_contact(row[1])) for row in rows)
    return found


async def insert_contacts(
    tx: Transaction, ids: Sequence[int], many: Sequence[Derived], *, at: int, actor: str, via: str
) -> None:
    """Write new contacts under `ids`; `at` is the moment in microseconds that the change feed tells."""
    numbered = [(number, *_with_id(number, one.columns)) for number, one in zip(ids, many, strict=True)]
    changes = []
    for number, one in zip(ids, many, strict=True):
        tx.state.seq += 1
        changes.append((tx.account_id, tx.state.seq, "contacts", number, 1, at, actor, via, "created", one.change))
    if tx.engine == "sqlite":
        await tx.run_many(_INSERT, [(tx.account_id, *row) for row in numbered])
        keys = sorted((*key, number) for number, one in zip(ids, many, strict=True) for key in one.keys)
        await tx.run_many(_INSERT_KEY, [(tx.account_id, *key) for key in keys])
        found = [(number, Words(one.words)) for number, one in zip(ids, many, strict=True) if any(one.words)]
        pieces = [(number, " ".join(words.texts), " ".join(words.phones)) for number, words in found]
        await tx.run_many("INSERT INTO contact_pieces (rowid, words, phones) VALUES ($1, $2, $3)", pieces)
        starts = [(number, start_words(words)) for number, words in found]
        await tx.run_many("INSERT INTO contact_starts (rowid, words) VALUES ($1, $2)", starts)
        await tx.run_many(ADD_CHANGE, changes)
        return
    for start in range(0, len(numbered), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        await _insert_postgres(tx, numbered[part], ids[part], many[part], changes[part])


def _with_id(number: int, columns: tuple[Any, ...]) -> Iterator[Any]:
    yield from columns[:-1]
    yield f'{{"id":{number},{columns[-1][1:]}'


_COLUMNS = ("id", *DERIVED)
_INSERT = (
    f"INSERT INTO contacts (account_id, {', '.join(_COLUMNS)})"
    f" VALUES ({', '.join(f'${number}' for number in range(1, len(_COLUMNS) + 2))})"
)
_INSERT_KEY = "INSERT INTO contact_keys (account_id, kind, value, contact_id) VALUES ($1, $2, $3, $4)"


async def _insert_postgres(
    tx: Transaction,
    rows: Sequence[tuple[Any, ...]],
    ids: Sequence[int],
    many: Sequence[Derived],
    changes: Sequence[tuple[Any, ...]],
) -> None:
    words = [sorted(word_rows(Words(one.words))) for one in many]
    given = zip(_COLUMNS, zip(*rows, strict=True), strict=True)
    columns = [_sent(name, column) for name, column in given]
    searched = _SEPARATOR.join(words_column(Words(one.words)) for one in many)
    await tx.run(_BULK, tx.account_id, *columns, searched)
    keys = [(*key, number) for number, one in zip(ids, many, strict=True) for key in one.keys]
    if keys:
        kinds, values, owners = (_SEPARATOR.join(map(str, column)) for column in zip(*sorted(keys), strict=True))
        await tx.run(_BULK_KEYS, tx.account_id, kinds, values, owners)
    if pieces := sorted({word for one in words for word in words_with_pieces(one)}):
        await tx.run(ADD_PIECES.format(words=_array("$2", "text[]")), tx.account_id, _SEPARATOR.join(pieces))
    found = sorted((word, number) for number, one in zip(ids, words, strict=True) for word in one)
    if found:
        texts_, owners = (_SEPARATOR.join(map(str, column)) for column in zip(*found, strict=True))
        await tx.run(_BULK_WORDS, tx.account_id, texts_, owners)
    feed = zip(_CHANGE, zip(*(row[1:] for row in changes), strict=True), strict=True)
    told = [_sent(name, column) for name, column in feed]
    await tx.run(_BULK_CHANGES, tx.account_id, *told)


def _sent(name: str, column: Sequence[Any]) -> str:
    """A column in one text. Arrays of numbers take the size of the first for all; those of texts are escaped slowly."""
    if name in _INTEGERS or name in _FLAGS:
        return _SEPARATOR.join("" if value is None else str(value) for value in column)
    return _SEPARATOR.join(_NULL if value is None else value for value in column)


_INTEGERS = frozenset(
    "id created_at updated_at last_contact_at deleted_at owner_id source_id status_id reason_id parent_id"
    " seq record_id version at".split()
)
_FLAGS = frozenset("is_archived newsletter accept_contact".split())
_CHANGE = ("seq", "resource", "record_id", "version", "at", "actor", "via", "action", "changes")


def _given(name: str, number: int) -> str:
    kind = "bigint" if name in _INTEGERS else "boolean" if name in _FLAGS else "text"
    null = f"chr({ord(_NULL)})" if kind == "text" else "''"
    # The first is cut off again: of one empty text alone an array of nothing would be made.
    return f"(string_to_array(chr({ord(_SEPARATOR)}) || ${number}::text, chr({ord(_SEPARATOR)}), {null}))[2:]::{kind}[]"


def _bulk(table: str, columns: Sequence[str]) -> str:
    given = ", ".join(_given(name, number) for number, name in enumerate(columns, 2))
    return f"INSERT INTO {table} (account_id, {', '.join(columns)}) SELECT $1, given.* FROM unnest({given}) given"


_BULK = _bulk("contacts", (*_COLUMNS, "words"))
_BULK_CHANGES = _bulk("changes", _CHANGE)
_BULK_KEYS = (
    "INSERT INTO contact_keys (account_id, kind, value, contact_id) SELECT $1, given.* FROM unnest("
    f"{_array('$2', 'text[]')}, {_array('$3', 'text[]')}, {_array('$4', 'bigint[]')}) given"
)
_BULK_WORDS = (
    "INSERT INTO contact_words (account_id, word, contact_id) SELECT $1, given.* FROM unnest("
    f"{_array('$2', 'text[]')}, {_array('$3', 'bigint[]')}) given"
)


async def insert_records(tx: Transaction, records: Sequence[Record], *, at: int, actor: str, via: str) -> None:
    """Write new records of one kind, whose ids and versions are set, with their keys, and tell the change feed."""
    if not records:
        return
    resource = BY_RECORD[type(records[0])]
    rows: list[tuple[Any, ...]] = []
    keys: list[tuple[Any, ...]] = []
    changes: list[tuple[Any, ...]] = []
    for record in records:
        tx.state.seq += 1
        doc = msgspec.json.encode(record).decode()
        rows.append((tx.account_id, resource.name, record.id, *record_columns(resource, record), doc))
        found = sorted(record_keys(resource, record))
        keys += [(tx.account_id, resource.name, kind, value, record.id) for kind, value in found]
        change = msgspec.json.encode(difference(None, record)).decode()
        told = (resource.name, record.id, record.version, at, actor, via, "created", change)
        changes.append((tx.account_id, tx.state.seq, *told))
    await tx.run_many(INSERT_RECORD, rows)
    await tx.run_many(INSERT_RECORD_KEY, keys)
    await tx.run_many(ADD_CHANGE, changes)
    if resource.in_vocabulary:
        tx.state.stamp += 1
