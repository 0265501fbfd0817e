"""The contacts' table: a document a row, its columns, keys and words derived from it in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from onebook.model.account import DIALECTS
from onebook.model.contact import Contact
from onebook.model.normal import plain
from onebook.model.query import Brief, ContactQuery, Page
from onebook.store import search_postgres, search_sqlite
from onebook.store.changes import append_change, change_row
from onebook.store.database import Reader, Transaction, Value, Where
from onebook.store.filters import contact_filters
from onebook.store.insert_postgres import insert_contact
from onebook.store.keys import ContactKey, contact_keys, contact_words, key_value
from onebook.store.moments import micros
from onebook.store.search import parse_terms

DERIVED = (
    "kind, first_name, last_name, created_at, updated_at, last_contact_at, deleted_at, is_archived, owner_id,"
    " source_id, status_id, reason_id, parent_id, consent_status, newsletter, accept_contact, language, doc"
).split(", ")
_SORT_TEXT = 100
_decode = msgspec.json.Decoder(Contact).decode
_decode_brief = msgspec.json.Decoder(Brief).decode
_encode = msgspec.json.Encoder().encode


def decode_contact(doc: str) -> Contact:
    """A contact out of its document."""
    return _decode(doc)


def sort_text(name: str | None) -> str:
    """A name as it is sorted by."""
    if not name:
        return ""
    return _short_sort_text(name) if len(name) <= _SORT_TEXT else plain(name)[:_SORT_TEXT]


@lru_cache(maxsize=32768)
def _short_sort_text(name: str) -> str:
    """Names come again."""
    return plain(name)[:_SORT_TEXT]


def derived_columns(contact: Contact) -> tuple[Value, ...]:
    """The values of the columns beside account and id, in the order of `DERIVED`; the document is the last."""
    return (
        contact.kind,
        sort_text(contact.first_name),
        sort_text(contact.last_name),
        micros(contact.created_at),
        micros(contact.updated_at),
        micros(contact.last_contact_at),
        micros(contact.deleted_at),
        contact.is_archived,
        contact.owner_id,
        contact.source_id,
        contact.status_id,
        contact.reason_id,
        contact.parent_id,
        contact.consent_status,
        contact.newsletter,
        contact.accept_contact,
        contact.language[:_SORT_TEXT] if contact.language else contact.language,
        _encode(contact).decode(),
    )


async def read_contact(reader: Reader, contact_id: int) -> Contact | None:
    """The contact with this id, in the trash or not; None where there is none."""
    rows = await reader.rows(
        "SELECT doc FROM contacts WHERE account_id = $1 AND id = $2", reader.account_id, contact_id
    )
    return _decode(rows[0][0]) if rows else None


async def read_contacts(reader: Reader, contact_ids: Sequence[int]) -> dict[int, Contact]:
    """Those of `contact_ids` that there are, by id, in one query."""
    if not contact_ids:
        return {}
    where = Where(reader.account_id)
    where.add(where.one_of("id", tuple(contact_ids)))
    rows = await reader.rows(f"SELECT id, doc FROM contacts WHERE account_id = $1 AND {where.sql}", *where.args)
    return {row[0]: _decode(row[1]) for row in rows}


async def contacts_under_keys(reader: Reader, keys: Sequence[ContactKey]) -> dict[ContactKey, Contact]:
    """The oldest contact found under each of `keys`, in one query; a key that nobody has is left out."""
    values: dict[str, list[str]] = {}
    for kind, value in keys:
        values.setdefault(kind, []).append(key_value(value))
    where = Where(reader.account_id)
    terms = [f"(k.kind = {where.put(kind)} AND {where.one_of('k.value', few)})" for kind, few in values.items()]
    sql = (
        "SELECT k.kind, k.value, c.doc FROM contact_keys k"
        " JOIN contacts c ON c.account_id = k.account_id AND c.id = k.contact_id"
        f" WHERE k.account_id = $1 AND ({' OR '.join(terms) or '1 = 0'}) ORDER BY k.contact_id DESC"
    )
    rows = await reader.rows(sql, *where.args) if keys else []
    found = {(row[0], row[1]): _decode(row[2]) for row in rows}
    return {(kind, value): found[kind, key_value(value)] for kind, value in keys if (kind, key_value(value)) in found}


async def contacts_by_key_start(reader: Reader, kind: str, start: str, limit: int) -> list[Contact]:
    """The first `limit` contacts, by key, that have one of `kind` which begins with `start` (letters and digits)."""
    sql = (
        "SELECT c.doc FROM contact_keys k JOIN contacts c ON c.account_id = k.account_id AND c.id = k.contact_id"
        " WHERE k.account_id = $1 AND k.kind = $2 AND k.value >= $3 AND k.value < $4 ORDER BY k.value, k.contact_id"
        " LIMIT $5"
    )
    rows = await reader.rows(sql, reader.account_id, kind, start, f"{start}\U0010ffff", limit)
    return [_decode(row[0]) for row in rows]


async def ids_by_keys(reader: Reader, keys: Sequence[ContactKey]) -> list[int]:
    """The ids of the contacts found under any of `keys`, ascending; trashed ones have no keys."""
    found: set[int] = set()
    for kind, value in keys:
        rows = await reader.rows(
            "SELECT contact_id FROM contact_keys WHERE account_id = $1 AND kind = $2 AND value = $3",
            reader.account_id,
            kind,
            key_value(value),
        )
        found.update(row[0] for row in rows)
    return sorted(found)


async def is_external_id(reader: Reader, value: str) -> bool:
    """Whether some contact answers to `value` in some dialect in place of its own id."""
    where = Where(reader.account_id)
    # A range of kinds would read every external id there is.
    kinds = where.one_of("kind", [f"id:{dialect}" for dialect in DIALECTS])
    sql = f"SELECT 1 FROM contact_keys WHERE account_id = $1 AND {kinds} AND value = {where.put(value)} LIMIT 1"
    return bool(await reader.rows(sql, *where.args))


async def save_contact(
    tx: Transaction, before: Contact | None, after: Contact, *, country: str, actor: str, via: str, action: str
) -> None:
    """Write `after` in the place of `before` (None: it is new), with all that is derived, and tell the change feed."""
    values = derived_columns(after)
    words = contact_words(after, country)
    keys = contact_keys(after, country)
    columns: Sequence[str] = DERIVED
    if tx.engine == "postgresql":
        columns, values = [*DERIVED, "words"], (*values, search_postgres.words_column(words))
        if before is None and not tx.distributed:
            change = change_row(tx, "contacts", before, after, actor=actor, via=via, action=action)
            await insert_contact(tx, after.id, columns, values, keys, words, change)
            return
    await tx.run((_insert if before is None else _update)(columns), tx.account_id, after.id, *values)
    await _save_keys(tx, after.id, contact_keys(before, country) if before else frozenset(), keys)
    old_words = contact_words(before, country) if before else None
    if words != old_words:
        save_words = search_postgres.save_words if tx.engine == "postgresql" else search_sqlite.save_words
        await save_words(tx, after.id, old_words, words)
    await append_change(tx, "contacts", before, after, actor=actor, via=via, action=action)


def _insert(columns: Sequence[str]) -> str:
    marks = ", ".join(f"${number}" for number in range(1, len(columns) + 3))
    return f"INSERT INTO contacts (account_id, id, {', '.join(columns)}) VALUES ({marks})"


def _update(columns: Sequence[str]) -> str:
    settings = ", ".join(f"{column} = ${number}" for number, column in enumerate(columns, 3))
    return f"UPDATE contacts SET {settings} WHERE account_id = $1 AND id = $2"


async def _save_keys(
    tx: Transaction, contact_id: int, before: frozenset[ContactKey], after: frozenset[ContactKey]
) -> None:
    for kind, value in sorted(before - after):
        await tx.run(
            "DELETE FROM contact_keys WHERE account_id = $1 AND kind = $2 AND value = $3 AND contact_id = $4",
            tx.account_id,
            kind,
            value,
            contact_id,
        )
    rows = [(tx.account_id, kind, value, contact_id) for kind, value in sorted(after - before)]
    sql = "INSERT INTO contact_keys (account_id, kind, value, contact_id) VALUES ($1, $2, $3, $4)"
    await tx.run_many(sql, rows)


async def find_contacts(reader: Reader, query: ContactQuery, page: Page, country: str) -> list[Contact]:
    """The contacts that `query` asks for, in its order, ties by id. `page` says which part of them."""
    return [_decode(doc) for doc in await _find_documents(reader, query, page, country)]


async def find_briefs(reader: Reader, query: ContactQuery, page: Page, country: str) -> list[Brief]:
    """`find_contacts`, of each no more than a list of ids shows."""
    return [_decode_brief(doc) for doc in await _find_documents(reader, query, page, country)]


async def _find_documents(reader: Reader, query: ContactQuery, page: Page, country: str) -> list[str]:
    where = Where(reader.account_id)
    column = f"c.{query.sort}"
    direction: search_sqlite.Direction = "DESC" if query.descending else "ASC"
    # By the number that the source itself is walked by, a page is full before the last match is read.
    source, number = await _source(reader, where, query, country, direction if query.sort == "id" else None)
    if page.after is not None:
        sign = "<" if query.descending else ">"
        value, last_id = page.after
        if query.sort == "id":
            where.add(f"{number} {sign} {where.put(last_id)}")
        else:
            where.add(f"({column}, c.id) {sign} ({where.put(value)}, {where.put(last_id)})")
    order = f"{number} {direction}" if query.sort == "id" else f"{column} {direction}, c.id {direction}"
    limits = f"LIMIT {where.put(page.limit)} OFFSET {where.put(page.offset)}"
    if query.sort == "id":
        sql = f"SELECT c.doc FROM {source} WHERE c.account_id = $1 AND {where.sql} ORDER BY {order} {limits}"
    else:
        # What is sorted are ids out of an index: documents are read of the page alone.
        page_of_ids = f"SELECT c.id FROM {source} WHERE c.account_id = $1 AND {where.sql} ORDER BY {order} {limits}"
        sql = (
            f"SELECT c.doc FROM ({page_of_ids}) page CROSS JOIN contacts c"
            f" WHERE c.account_id = $1 AND c.id = page.id ORDER BY {order}"
        )
    return [row[0] for row in await reader.scan(sql, *where.args)]


async def find_positions(reader: Reader, query: ContactQuery, country: str) -> list[tuple[Any, int]]:
    """The sort value and the id of every contact that `query` asks for, in no order."""
    where = Where(reader.account_id)
    source, _ = await _source(reader, where, query, country)
    sql = f"SELECT c.{query.sort}, c.id FROM {source} WHERE c.account_id = $1 AND {where.sql}"
    return [(row[0], row[1]) for row in await reader.scan(sql, *where.args)]


async def count_contacts(reader: Reader, query: ContactQuery, country: str) -> int:
    """How many contacts `query` asks for, all pages together."""
    where = Where(reader.account_id)
    source, _ = await _source(reader, where, query, country)
    rows = await reader.scan(f"SELECT count(*) FROM {source} WHERE c.account_id = $1 AND {where.sql}", *where.args)
    return int(rows[0][0])


def sort_position(contact: Contact, query: ContactQuery) -> tuple[Any, int]:
    """Where `contact` stands in the order of `query`: the sort column's value, and its id."""
    columns = dict(zip(DERIVED, derived_columns(contact), strict=True))
    return (contact.id if query.sort == "id" else columns[query.sort]), contact.id


async def _source(
    reader: Reader, where: Where, query: ContactQuery, country: str, order: search_sqlite.Direction | None = None
) -> tuple[str, str]:
    """What to select contacts `c` from, and the column of it that has their ids."""
    source = "contacts c", "c.id"
    terms = parse_terms(query.text) if query.text is not None and query.text.strip() else None
    if terms == []:
        where.add("1 = 0")
    elif terms and reader.engine == "sqlite":
        source = await search_sqlite.search_source(reader, where, terms, order)
    elif terms:
        await search_postgres.search_filters(reader, where, terms)
    await contact_filters(reader, where, query, country)
    return source


async def child_counts(reader: Reader, contact_ids: Sequence[int]) -> dict[int, int]:
    """How many children each of `contact_ids` has; those without are left out."""
    if not contact_ids:
        return {}
    where = Where(reader.account_id)
    where.add(where.one_of("parent_id", tuple(contact_ids)))
    sql = (
        f"SELECT parent_id, count(*) FROM contacts WHERE account_id = $1 AND deleted_at = 0 AND {where.sql}"
        " GROUP BY parent_id"
    )
    return {row[0]: int(row[1]) for row in await reader.rows(sql, *where.args)}
