"""Free search on SQLite: FTS5 with a trigram index for pieces, and one of beginnings of one and two characters."""

from __future__ import annotations

from onebook.store.database import Reader, Transaction, Where
from onebook.store.keys import Words
from onebook.store.search import SHORTEST_PIECE, Term

_ADD_PIECES = "INSERT INTO contact_pieces (rowid, words, phones) VALUES ($1, $2, $3)"
_ADD_STARTS = "INSERT INTO contact_starts (rowid, words) VALUES ($1, $2)"


async def save_words(tx: Transaction, contact_id: int, old: Words | None, new: Words) -> None:
    """Let search find `contact_id` by `new` in place of `old`."""
    if old is not None and any(old):
        await tx.run("DELETE FROM contact_pieces WHERE rowid = $1", contact_id)
        await tx.run("DELETE FROM contact_starts WHERE rowid = $1", contact_id)
    if any(new):
        await tx.run(_ADD_PIECES, contact_id, " ".join(new.texts), " ".join(new.phones))
        await tx.run(_ADD_STARTS, contact_id, start_words(new))


def start_words(words: Words) -> str:
    """The beginnings of one and two characters of all words, as they are indexed."""
    return " ".join(sorted({word[:length] for word in words.texts for length in (1, 2)}))


async def search_source(reader: Reader, where: Where, terms: list[Term]) -> str:
    """What to select contacts `c` from so that all `terms` match, best walked in the order of their ids."""
    pieces = " AND ".join(_piece(term) for term in terms if _is_long(term))
    starts = " AND ".join(f'"{term.word}"' for term in terms if not _is_long(term) and not term.spelled)
    for term in terms:
        if term.spelled and not _is_long(term):
            found = _among(where, "contact_starts", f'"{term.word}"'), _among(where, "contact_pieces", _piece(term))
            where.add(f"({' OR '.join(found)})")
    if not pieces and not starts:
        return "contacts c"
    table, match = ("contact_pieces", pieces) if pieces else ("contact_starts", starts)
    where.add(f"{table} MATCH {where.put(match)}")
    if pieces and starts:
        where.add(
            "EXISTS (SELECT 1 FROM contact_starts s WHERE s.rowid = contact_pieces.rowid"
            f" AND contact_starts MATCH {where.put(starts)})"
        )
    return f"{table} CROSS JOIN contacts c ON c.account_id = $1 AND c.id = {table}.rowid"


def _among(where: Where, table: str, match: str) -> str:
    return f"c.id IN (SELECT rowid FROM {table} WHERE {table} MATCH {where.put(match)})"


def _is_long(term: Term) -> bool:
    return len(term.word or term.phone or "") >= SHORTEST_PIECE


def _piece(term: Term) -> str:
    places = ("words", term.word), ("words", term.spelled), ("phones", term.phone)
    parts = [f'{column} : "{piece}"' for column, piece in places if piece]
    return f"({' OR '.join(parts)})"
