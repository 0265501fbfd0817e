"""Free search on SQLite: FTS5 with a trigram index for pieces, and one of beginnings of one and two characters."""

from __future__ import annotations

from typing import Literal

import msgspec

from onebook.store.database import Reader, Transaction, Where
from onebook.store.keys import Words
from onebook.store.rarest_pieces import HOLDS, by_rarest_pieces, spellings
from onebook.store.search import SHORTEST_PIECE, Term

Direction = Literal["ASC", "DESC"]
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


async def count_segments(reader: Reader) -> int:
    """In how many pieces the index of words is kept: each search looks into all of them."""
    ((count,),) = await reader.scan("SELECT count(DISTINCT segid) FROM contact_pieces_idx")
    return int(count)


async def merge_segments(tx: Transaction, pages: int, *, first: bool) -> bool:
    """Make one piece of all, some pages of 4 kB of it; False when it is done. `first` begins a new one."""
    ((before,),) = await tx.rows("SELECT total_changes()")
    # Less than nothing: all of them, whatever their sizes (sqlite.org/fts5.html#the_merge_command).
    await tx.run("INSERT INTO contact_pieces (contact_pieces, rank) VALUES ('merge', $1)", -pages if first else pages)
    ((after,),) = await tx.rows("SELECT total_changes()")
    return int(after) - int(before) > 1


def start_words(words: Words) -> str:
    """The beginnings of one and two characters of all words, as they are indexed."""
    return " ".join(sorted({word[:length] for word in words.texts for length in (1, 2)}))


async def search_source(
    reader: Reader, where: Where, terms: list[Term], order: Direction | None = None
) -> tuple[str, str]:
    """What to select contacts `c` from so that all `terms` match, and the column of it that is walked: the id.

    `order`: a page of them is wanted, in this order of ids; without it all are.
    """
    loose = {term: await by_rarest_pieces(reader, term) if order and _is_long(term) else None for term in terms}
    looked_at = [spellings(term) for term, found in loose.items() if found]
    if looked_at:
        where.add(f"{HOLDS}(c.doc, {where.put(msgspec.json.encode(looked_at).decode())})")
    pieces = " AND ".join(f"({found})" if found else _piece(term) for term, found in loose.items() if _is_long(term))
    starts = " AND ".join(f'"{term.word}"' for term in terms if not _is_long(term) and not term.spelled)
    either = [term for term in terms if not _is_long(term) and term.spelled]
    if pieces or starts:
        table, match = ("contact_pieces", pieces) if pieces else ("contact_starts", starts)
        where.add(f"{table} MATCH {where.put(match)}")
        source, number = table, f"{table}.rowid"
        if pieces and starts:
            where.add(_has(where, "contact_starts", starts))
    else:
        source, number = _either(where, either.pop(0), order or "ASC"), "found.id"
    for term in either:
        begins, holds = _has(where, "contact_starts", f'"{term.word}"'), _has(where, "contact_pieces", _piece(term))
        where.add(f"({begins} OR {holds})")
    return f"{source} CROSS JOIN contacts c ON c.account_id = $1 AND c.id = {number}", number


def _either(where: Where, term: Term, order: Direction) -> str:
    """The ids of those in whom a word begins with the short word, or holds it as it was typed, merged as they come."""
    matches = {"contact_starts": f'"{term.word}"', "contact_pieces": _piece(term)}
    walks = " UNION ".join(
        f"SELECT rowid AS id FROM {table} WHERE {table} MATCH {where.put(match)}" for table, match in matches.items()
    )
    return f"({walks} ORDER BY id {order} LIMIT -1) found"


def _has(where: Where, table: str, match: str) -> str:
    return f"EXISTS (SELECT 1 FROM {table} s WHERE s.rowid = c.id AND {table} MATCH {where.put(match)})"


def _is_long(term: Term) -> bool:
    return len(term.word or term.phone or "") >= SHORTEST_PIECE


def _piece(term: Term) -> str:
    places = ("words", term.word), ("words", term.spelled), ("phones", term.phone)
    parts = [f'{column} : "{piece}"' for column, piece in places if piece]
    return f"({' OR '.join(parts)})"
