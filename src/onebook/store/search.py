"""Free search (`q`): what the words of a query mean, the same for both engines.

Every term must match. A term matches the beginning of a word, or, from three characters on, any piece of one;
digits match phone numbers too, in any spelling.
"""

from __future__ import annotations

from dataclasses import dataclass

from onebook.model.normal import fold, looks_like_phone, phone_piece
from onebook.store.keys import split_words

SHORTEST_PIECE = 3


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a query: how a word of the contact may look, and how the digits of a phone; one is enough."""

    word: str | None
    phone: str | None


def parse_terms(text: str) -> list[Term]:
    """The terms of `text`; none where it has no letter and no digit.

    Several groups of digits, or digits behind a plus, are one phone number.
    """
    if looks_like_phone(text) and (len(text.split()) > 1 or not text.strip().isdigit()):
        return [Term(None, _digits(text))]
    terms: dict[Term, None] = {}
    for word in split_words(text):
        terms[Term(fold(word), _digits(word) if word.isdigit() and len(word) >= SHORTEST_PIECE else None)] = None
    return list(terms)


def _digits(text: str) -> str:
    digits = phone_piece(text)
    return digits.lstrip("0") or digits
