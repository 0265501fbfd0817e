"""Long words of a search in a large book on SQLite: found by their rarest pieces, then looked at.

FTS5 finds a word by all its pieces of three letters, and reads on past every contact that has the commonest of them:
a quarter of a million for `ber`. Two rare ones near each other are nearly as sure; the few that they find are read.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from onebook.model.contact import Contact
from onebook.store.database import Reader
from onebook.store.keys import contact_texts
from onebook.store.search import SHORTEST_PIECE, Term

COMMON = 1000
"""A piece that more contacts have is common. A word without a common piece is found fast as it is."""
PIECES = 3
HOLDS = "onebook_holds"
"""What the function `holds` is called in SQL."""
_PLACE = "SELECT rowid FROM contact_pieces WHERE contact_pieces MATCH $1 ORDER BY rowid LIMIT 1 OFFSET $2"
_MOST_KEPT = 50_000
_places: dict[str, int] = {}
"""Common piece → the id of the contact by which COMMON others have it. It orders pieces and no more, so that it may
grow old, and may come from another book."""

_decode = msgspec.json.Decoder(Contact).decode
_decode_terms = lru_cache(maxsize=256)(msgspec.json.Decoder(list[tuple[str, ...]]).decode)


async def by_rarest_pieces(reader: Reader, term: Term) -> str | None:
    """An FTS5 expression that every contact matches in which `holds` finds the term; None where it saves nothing."""
    if term.word is None or term.phone is not None:
        return None
    found = [await _near(reader, word) for word in spellings(term)]
    return " OR ".join(f"words : {part}" for part in found if part) if all(found) else None


def spellings(term: Term) -> tuple[str, ...]:
    """The words of which one must be there."""
    return tuple(word for word in (term.word, term.spelled) if word)


def holds(doc: str, words: str) -> bool:
    """Whether the contact has, inside its words, one spelling of each of `words`: JSON, a list of lists of texts."""
    texts = contact_texts(_decode(doc))
    return all(any(word in text for word in some for text in texts) for some in _decode_terms(words))


async def _near(reader: Reader, word: str) -> str | None:
    starts = {word[start : start + SHORTEST_PIECE]: start for start in range(len(word) - SHORTEST_PIECE + 1)}
    if len(starts) <= PIECES:
        return None
    places = {piece: await _place(reader, piece) for piece in starts}
    if not any(places.values()):
        return None
    # The later the thousandth contact that has a piece comes, the rarer it is; some never come.
    chosen: list[str] = []
    for piece in sorted(starts, key=lambda piece: -(places[piece] or 2**63)):
        # Pieces that overlap say little more than one of them.
        if all(abs(starts[piece] - starts[other]) >= SHORTEST_PIECE for other in chosen):
            chosen.append(piece)
    chosen = sorted(chosen[:PIECES], key=starts.__getitem__)
    if len(chosen) == 1:
        return None
    quoted = " ".join(f'"{piece}"' for piece in chosen)
    return f"NEAR({quoted}, {starts[chosen[-1]] - starts[chosen[0]] - 1})"


async def _place(reader: Reader, piece: str) -> int | None:
    if piece not in _places:
        rows = await reader.rows(_PLACE, f'words : "{piece}"', COMMON)
        if not rows:
            return None
        if len(_places) >= _MOST_KEPT:
            _places.clear()
        _places[piece] = rows[0][0]
    return _places[piece]
