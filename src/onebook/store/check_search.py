"""The search index: SQLite's, which all accounts share, and the pieces of words on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from onebook.model.contact import Contact
from onebook.store.check_documents import Document
from onebook.store.check_rows import Item, Rows
from onebook.store.database import Transaction
from onebook.store.keys import Words, contact_words
from onebook.store.snapshot import Snapshot

_TRIGRAM = 3
_OPEN = tuple(
    f"CREATE VIRTUAL TABLE temp.{name}_terms USING fts5vocab (main, {name}, instance)"
    for name in ("contact_pieces", "contact_starts")
)


async def open_terms(snapshot: Snapshot) -> None:
    """Let the snapshot of an SQLite book see what stands in its search index."""
    for sql in _OPEN:
        async for _ in snapshot.stream(sql):
            pass


def _words(document: Document, country: str) -> Words:
    record = document.record
    return contact_words(record, country) if isinstance(record, Contact) else Words(((), ()))


def _pieces(document: Document, country: str) -> Iterable[Item]:
    words = _words(document, country)
    if any(words):
        yield ("", "", 0)
        for column, texts in (("words", words.texts), ("phones", words.phones)):
            text = " ".join(texts)
            for start in range(len(text) - _TRIGRAM + 1):
                yield (column, text[start : start + _TRIGRAM], start)


def _starts(document: Document, country: str) -> Iterable[Item]:
    words = _words(document, country)
    if any(words):
        yield ("",)
        for start in {word[:length] for word in words.texts for length in (1, 2)}:
            yield (start,)


def _tell(owner: int, item: Item) -> str:
    return f"contacts/{owner}: its words in the search index"


SQLITE_INDEXES = (
    Rows(
        "search index, pieces",
        "SELECT id, '', '', 0 FROM contact_pieces_docsize"
        " UNION ALL SELECT doc, col, term, offset FROM temp.contact_pieces_terms",
        _pieces,
        _tell,
    ),
    Rows(
        "search index, beginnings",
        "SELECT id, '' FROM contact_starts_docsize UNION ALL SELECT doc, term FROM temp.contact_starts_terms",
        _starts,
        _tell,
    ),
)


async def account_of(snapshot: Snapshot, contact_id: int) -> int | None:
    """The account that has the contact, on SQLite, where a snapshot sees all of them; None for none."""
    sql = "SELECT c.account_id FROM accounts a JOIN contacts c ON c.account_id = a.account_id AND c.id = $1"
    found = [int(row[0]) async for rows in snapshot.stream(sql, contact_id) for row in rows]
    return found[0] if found else None


_MISSING_PIECES = """
SELECT substr(w.word, s.start), w.word
FROM (SELECT DISTINCT word FROM contact_words WHERE account_id = $1 AND length(word) > 3 AND word NOT LIKE '#%') w
CROSS JOIN LATERAL generate_series(2, length(w.word) - 2) s (start)
WHERE NOT EXISTS (
  SELECT FROM word_pieces p WHERE p.account_id = $1 AND p.piece = substr(w.word, s.start) AND p.word = w.word)"""
_FALSE_PIECES = """
SELECT piece, word FROM word_pieces
WHERE account_id = $1 AND (right(word, length(piece)) <> piece OR length(piece) < 3 OR length(piece) >= length(word))"""
_DROP_IDLE_PIECES = """
DELETE FROM word_pieces p WHERE p.account_id = $1
AND NOT EXISTS (SELECT FROM contact_words w WHERE w.account_id = $1 AND w.word = p.word)"""
_ADD_PIECE = "INSERT INTO word_pieces (account_id, piece, word) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_DROP_PIECE = "DELETE FROM word_pieces WHERE account_id = $1 AND piece = $2 AND word = $3"


async def wrong_pieces(snapshot: Snapshot) -> AsyncIterator[tuple[bool, list[tuple[str, str]]]]:
    """Pieces of words that are missing (True) on PostgreSQL, and those that are of no word (False), many at a time."""
    for missing, sql in ((True, _MISSING_PIECES), (False, _FALSE_PIECES)):
        async for rows in snapshot.stream(sql, snapshot.account_id):
            yield missing, [(row[0], row[1]) for row in rows]


async def mend_pieces(tx: Transaction, missing: bool, pieces: list[tuple[str, str]]) -> None:
    """Write the pieces that are missing, or remove those that are of no word."""
    await tx.run_many(_ADD_PIECE if missing else _DROP_PIECE, [(tx.account_id, *piece) for piece in pieces])


async def drop_idle_pieces(tx: Transaction) -> None:
    """Remove the pieces of words that no contact has any more."""
    await tx.run(_DROP_IDLE_PIECES, tx.account_id)
