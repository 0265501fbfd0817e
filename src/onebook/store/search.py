"""Free search (`q`): what the words of a query mean, the same for both engines.

Every term must match. A term matches the beginning of a word, or, from three characters on, any piece of one;
three digits and more match phone numbers too, in any spelling.
"""

from __future__ import annotations

from dataclasses import dataclass

from onebook.errors import Invalid
from onebook.model.normal import fold, looks_like_phone, phone_piece
from onebook.store.keys import split_words

SHORTEST_PIECE = 3
MOST_TERMS = 100


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a query: how a word of the contact may look, and how the digits of a phone; one is enough.

    `spelled` is the word as it was typed, where folding changes it: `hae` is a piece of `michaela`, `ha` is too short.
    """

    word: str | None
    phone: str | None
    spelled: str | None = None


def parse_terms(text: str) -> list[Term]:
    """The terms of `text`; none where it has no letter and no digit. Raises Invalid for more than 100.

    Several groups of digits, or digits behind a plus, are one phone number.
    """
    if looks_like_phone(text) and (len(text.split()) > 1 or not text.strip().isdigit()):
        return [Term(None, _digits(text))]
    words = dict.fromkeys(split_words(text))
    if len(words) > MOST_TERMS:
        raise Invalid.at("q", f"has more than {MOST_TERMS} words", "too_many")
    return list(dict.fromkeys(_term(word) for word in words))


def _term(word: str) -> Term:
    folded, long = fold(word), len(word) >= SHORTEST_PIECE
    return Term(folded, _digits(word) if long and word.isdigit() else None, word if long and folded != word else None)


def _digits(text: str) -> str:
    digits = phone_piece(text)
    bare = digits.lstrip("0")
    return bare if len(bare) >= SHORTEST_PIECE else digits
