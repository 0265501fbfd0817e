"""Whether all that the store derives from its documents is there; told a second time, apart from `onebook check`."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import apsw
import msgspec
import psycopg

from onebook.model.account import Account
from onebook.model.contact import Contact
from onebook.model.normal import plain
from onebook.store.keys import contact_keys, contact_words, key_value
from onebook.store.moments import micros
from onebook.store.open import sqlite_path
from onebook.store.resources import RESOURCES, all_keys

Rows = list[tuple[Any, ...]]
_BY_NAME = {resource.name: resource for resource in RESOURCES}
_TRIGRAMS = "CREATE VIRTUAL TABLE temp.trigrams USING fts5vocab (main, contact_pieces, instance)"
_STARTS = "CREATE VIRTUAL TABLE temp.starts USING fts5vocab (main, contact_starts, instance)"


class Raw:
    """The database as it is, account by account, without the store."""

    def __init__(self, url: str) -> None:
        """Opens `url`; `close` lets go of it."""
        self.is_sqlite = url.startswith("sqlite:")
        self._sqlite = apsw.Connection(sqlite_path(url)) if self.is_sqlite else None
        if self._sqlite is not None:
            self._sqlite.set_busy_timeout(30_000)  # a process that was killed leaves a journal to be gone through
        self._postgres = None if self.is_sqlite else psycopg.connect(url, autocommit=True)

    def rows(self, sql: str, account_id: int = 0) -> Rows:
        """All rows of a statement, seen as the account."""
        if self._sqlite is not None:
            return self._sqlite.execute(sql).fetchall()
        assert self._postgres is not None
        self._postgres.execute("SELECT set_config('onebook.account', %s, false)", (str(account_id),))
        return self._postgres.execute(sql.encode()).fetchall()

    def close(self) -> None:
        """Let go of it."""
        if self._sqlite is not None:
            self._sqlite.close()
        if self._postgres is not None:
            self._postgres.close()


def differences(url: str, account_id: int | None = None) -> list[str]:
    """What does not fit together in the whole book, or in one account of it; nothing when all is well."""
    raw = Raw(url)
    try:
        found: list[str] = []
        for (doc,) in raw.rows("SELECT doc FROM accounts ORDER BY account_id"):
            account = msgspec.json.decode(doc, type=Account)
            if account_id in (None, account.account_id):
                found += _account(raw, account)
        return found + (_search_index(raw) if raw.is_sqlite and account_id is None else [])
    finally:
        raw.close()


def feed(url: str, account_id: int) -> Rows:
    """Every row of the account's change feed, in its order."""
    raw = Raw(url)
    try:
        return raw.rows(f"SELECT * FROM changes WHERE account_id = {account_id} ORDER BY seq", account_id)
    finally:
        raw.close()


def _account(raw: Raw, account: Account) -> list[str]:
    number = account.account_id
    contacts = {
        row[0]: msgspec.json.decode(row[1], type=Contact)
        for row in raw.rows(f"SELECT id, doc FROM contacts WHERE account_id = {number}", number)
    }
    found = [f"contact {key}: its id is {contact.id}" for key, contact in contacts.items() if key != contact.id]
    found += _columns(raw, number, contacts)
    expected = {(key, *pair) for key, contact in contacts.items() for pair in contact_keys(contact, account.country)}
    rows = raw.rows(f"SELECT contact_id, kind, value FROM contact_keys WHERE account_id = {number}", number)
    found += [f"key {key}" for key in expected ^ set(rows)]
    found += _records(raw, number)
    found += _feed(raw, number, {("contacts", key): contact.version for key, contact in contacts.items()})
    if not raw.is_sqlite:
        found += _words(raw, account, contacts)
    return found


def _columns(raw: Raw, number: int, contacts: dict[int, Contact]) -> list[str]:
    sql = (
        "SELECT id, kind, first_name, last_name, created_at, updated_at, last_contact_at, deleted_at, is_archived,"
        " owner_id, source_id, status_id, reason_id, parent_id, consent_status, newsletter, accept_contact, language"
        f" FROM contacts WHERE account_id = {number}"
    )
    found: list[str] = []
    for row in raw.rows(sql, number):
        contact = contacts[row[0]]
        expected = (
            contact.kind,
            plain(contact.first_name or "")[:100],
            plain(contact.last_name or "")[:100],
            *(
                micros(moment)
                for moment in (contact.created_at, contact.updated_at, contact.last_contact_at, contact.deleted_at)
            ),
            contact.is_archived,
            contact.owner_id,
            contact.source_id,
            contact.status_id,
            contact.reason_id,
            contact.parent_id,
            contact.consent_status,
            contact.newsletter,
            contact.accept_contact,
            contact.language and contact.language[:100],
        )
        found += [
            f"contact {row[0]}: {got!r} for {want!r}"
            for got, want in zip(row[1:], expected, strict=True)
            if got != want
        ]
    return found


def _records(raw: Raw, number: int) -> list[str]:
    expected = set()
    columns = "resource, id, position, created_at, updated_at, deleted_at, doc"
    sql = f"SELECT {columns} FROM records WHERE account_id = {number}"
    found: list[str] = []
    for name, key, *stored, doc in raw.rows(sql, number):
        resource = _BY_NAME[name]
        record = msgspec.json.decode(doc, type=resource.record)
        times = (record.created_at, record.updated_at, record.deleted_at)
        if record.id != key or stored != [resource.position(record), *map(micros, times)]:
            found.append(f"{name} {key}: columns")
        if record.deleted_at is None:
            expected |= {(name, key, kind, key_value(value)) for kind, value in all_keys(resource, record)}
    keys = raw.rows(f"SELECT resource, record_id, kind, value FROM record_keys WHERE account_id = {number}", number)
    return found + [f"key {key}" for key in expected ^ set(keys)]


def _feed(raw: Raw, number: int, versions: dict[tuple[str, int], int]) -> list[str]:
    state = f"SELECT seq, next_id, end_id FROM account_state WHERE account_id = {number}"
    ((seq, next_id, end_id),) = raw.rows(state, number)
    sql = f"SELECT seq, resource, record_id, version FROM changes WHERE account_id = {number} ORDER BY seq"
    rows = raw.rows(sql, number)
    found = [] if [row[0] for row in rows] == list(range(1, seq + 1)) else [f"account {number}: the feed has gaps"]
    for name, key, doc in raw.rows(f"SELECT resource, id, doc FROM records WHERE account_id = {number}", number):
        versions[name, key] = msgspec.json.decode(doc)["version"]
    told: dict[tuple[str, int], list[int]] = defaultdict(list)
    for _, resource, record_id, version in rows:
        told[resource, record_id].append(version)
    found += [
        f"{record}: history {told[record]}, version {versions.get(record)}"
        for record in {*told, *versions}
        if not told[record] or told[record] != list(range(1, versions.get(record, 0) + 1))
    ]
    if any(not 0 < key < next_id <= end_id for _, key in versions):
        found.append(f"account {number}: next id {next_id}, end {end_id}")
    return found


def _words(raw: Raw, account: Account, contacts: dict[int, Contact]) -> list[str]:
    number = account.account_id
    expected = set()
    for key, contact in contacts.items():
        words = contact_words(contact, account.country)
        expected |= {(word, key) for word in words.texts}
        expected |= {(f"#{digits[at:]}", key) for digits in words.phones for at in range(max(1, len(digits) - 2))}
    rows = set(raw.rows(f"SELECT word, contact_id FROM contact_words WHERE account_id = {number}", number))
    found = [f"word {word}" for word in expected ^ rows]
    pieces = set(raw.rows(f"SELECT piece, word FROM word_pieces WHERE account_id = {number}", number))
    wanted = {(word[at:], word) for word, _ in expected if word[0] != "#" for at in range(1, len(word) - 2)}
    found += [f"piece {piece}" for piece in wanted - pieces]
    for key, text in raw.rows(f"SELECT id, words FROM contacts WHERE account_id = {number}", number):
        words = contact_words(contacts[key], account.country)
        if text != "".join([*(f" {word}" for word in words.texts), *(f" #{digits}" for digits in words.phones)]):
            found.append(f"contact {key}: words")
    return found


def _search_index(raw: Raw) -> list[str]:
    raw.rows(_TRIGRAMS)
    raw.rows(_STARTS)
    trigrams: dict[int, set[tuple[str, int, str]]] = defaultdict(set)
    for term, key, column, offset in raw.rows("SELECT term, doc, col, offset FROM trigrams"):
        trigrams[key].add((column, offset, term))
    starts: dict[int, set[str]] = defaultdict(set)
    for term, key in raw.rows("SELECT term, doc FROM starts"):
        starts[key].add(term)
    found: list[str] = []
    sql = "SELECT c.id, c.doc, a.doc FROM contacts c JOIN accounts a ON a.account_id = c.account_id"
    for key, doc, account in raw.rows(sql):
        country = msgspec.json.decode(account, type=Account).country
        words = contact_words(msgspec.json.decode(doc, type=Contact), country)
        texts = {"words": " ".join(words.texts), "phones": " ".join(words.phones)}
        wanted = {(name, at, text[at : at + 3]) for name, text in texts.items() for at in range(len(text) - 2)}
        beginnings = {word[:length] for word in words.texts for length in (1, 2)}
        if trigrams.pop(key, set()) != wanted or starts.pop(key, set()) != beginnings:
            found.append(f"contact {key}: search index")
    return found + [f"search index: {key} is nobody" for key in {*trigrams, *starts}]
