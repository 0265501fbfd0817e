"""Free search on PostgreSQL: words and their pieces in B-trees, which work behind row-level security.

A rare term is gathered through the index; where every term is common, contacts are walked in the order asked for
and looked at one by one, since the first page is then found soon.
"""

from __future__ import annotations

from onebook.store.database import Reader, Row, Transaction, Where
from onebook.store.keys import Words
from onebook.store.search import SHORTEST_PIECE, Term

RARE = 5000
"""Up to so many contacts are gathered and sorted; past it, one in 200 of a million contacts matches anyway."""

_PHONE = "#"
"""Stands before a phone's digits, so that they are not taken for a word's."""

ADD_PIECES = """
INSERT INTO word_pieces (account_id, piece, word)
SELECT $1, substr(given.word, start), given.word
FROM unnest({words}) AS given (word), generate_series(2, length(given.word) - 2) AS start
WHERE (
  SELECT true FROM contact_words known WHERE known.account_id = $1 AND known.word = given.word LIMIT 1
) IS NULL
ORDER BY 2, 3
ON CONFLICT DO NOTHING"""
"""`{words}` are those that have pieces. A word that some contact has, has its pieces already; the look-up is written
as a subquery of one row so that it is one probe of the index, whatever the planner thinks of the arrays' length.
Neighbours in the index are written one after the other, which saves a fifth of the time of a thousand contacts."""

_ADD_WORDS = "INSERT INTO contact_words (account_id, word, contact_id) SELECT $1, word, $2 FROM unnest($3::text[]) word"
_DROP_WORDS = "DELETE FROM contact_words WHERE account_id = $1 AND contact_id = $2 AND word = ANY ($3::text[])"


def words_column(words: Words) -> str:
    """All words in one text, each with a space before it; phones last, behind their sign."""
    return "".join(f" {word}" for word in words.texts) + "".join(f" {_PHONE}{digits}" for digits in words.phones)


def word_rows(words: Words) -> set[str]:
    """The words as they are indexed; of a phone every end of three digits and more, so that any piece is found."""
    ends = {_PHONE + digits[start:] for digits in words.phones for start in range(max(1, len(digits) - 2))}
    return {*words.texts, *ends}


def words_with_pieces(rows: list[str]) -> list[str]:
    """Those of `word_rows` that are long enough to have pieces; a phone's ends are pieces themselves."""
    return [word for word in rows if len(word) > SHORTEST_PIECE and not word.startswith(_PHONE)]


async def save_words(tx: Transaction, contact_id: int, old: Words | None, new: Words) -> None:
    """Let search find `contact_id` by `new` in place of `old`."""
    before, after = word_rows(old) if old is not None else set(), word_rows(new)
    if gone := sorted(before - after):
        await tx.run(_DROP_WORDS, tx.account_id, contact_id, gone)
    if come := sorted(after - before):
        if texts := words_with_pieces(come):
            await tx.run(ADD_PIECES.format(words="$2::text[]"), tx.account_id, texts)
        await tx.run(_ADD_WORDS, tx.account_id, contact_id, come)


async def search_filters(reader: Reader, where: Where, terms: list[Term]) -> None:
    """Add that all `terms` match the contact `c`."""
    counts = [await _count(reader, term) for term in terms]
    rarest = min(range(len(terms)), key=counts.__getitem__)
    for index, term in enumerate(terms):
        if index == rarest and counts[rarest] <= RARE:
            where.add(f"c.id IN ({_gather(where, term)})")
        else:
            where.add(_look(where, term))


async def _count(reader: Reader, term: Term) -> int:
    where = Where(reader.account_id)
    sql = f"SELECT count(*) FROM (SELECT 1 FROM ({_gather(where, term)}) found LIMIT {RARE + 1}) few"
    rows: list[Row] = await reader.rows(sql, *where.args)
    return int(rows[0][0])


def _gather(where: Where, term: Term) -> str:
    starts = (term.word, term.spelled, term.phone and _PHONE + term.phone)
    parts = [_begins(where, "word", start) for start in starts if start]
    selects = [f"SELECT contact_id FROM contact_words WHERE account_id = $1 AND {part}" for part in parts]
    selects += [
        "SELECT w.contact_id FROM word_pieces p JOIN contact_words w ON w.account_id = $1 AND w.word = p.word"
        f" WHERE p.account_id = $1 AND {_begins(where, 'p.piece', piece)}"
        for piece in (term.word, term.spelled)
        if piece and len(piece) >= SHORTEST_PIECE
    ]
    return " UNION ALL ".join(selects)


def _begins(where: Where, column: str, start: str) -> str:
    # The last code point there is comes after every continuation of `start` in "C" order.
    return f"{column} >= {where.put(start)} AND {column} < {where.put(start + chr(0x10FFFF))}"


def _look(where: Where, term: Term) -> str:
    # Words are letters and digits only, so there is nothing to escape in a pattern.
    patterns = []
    if term.word:
        patterns.append(f"%{term.word}%" if len(term.word) >= SHORTEST_PIECE else f"% {term.word}%")
    if term.spelled:
        patterns.append(f"%{term.spelled}%")
    if term.phone:
        patterns.append(f"%{_PHONE}%{term.phone}%")
    return "(" + " OR ".join(f"c.words LIKE {where.put(pattern)}" for pattern in patterns) + ")"
