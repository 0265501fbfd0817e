"""What to do about somebody who may be in the book already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from onebook.matching.score import Score

Verdict = Literal["same", "review", "different"]

CLASHES = frozenset(
    {
        ("kind", "different"),
        ("first_name", "different"),
        ("first_name", "one the same, another not"),
        ("first_name", "short forms of one name"),
        ("birth_date", "different"),
        ("generation", "different"),
        ("generation", "one only"),
    }
)
"""A field and the level at which nobody is merged without being looked at, however much else is the same.

Families share a telephone, a mailbox, a home and a name, and colleagues a company; their first names tell them apart,
and what father and son of one name are called beside it: also where only one of two records says it.
"""
PROOF = ("identity_number", "same")
"""What only one person has: beside it, another first name or birthday is a mistake in writing."""
MUCH_LIKELIER = 6.6
"""In bits: a hundred times as likely."""
_PROVABLE = frozenset({"first_name", "birth_date"})


class Thresholds(Struct, frozen=True):
    """Two records are merged unseen from `merge` on, and put before somebody from `review` on."""

    merge: float
    review: float


class Candidate(Struct, frozen=True):
    """A contact that may be the same, and how likely."""

    contact_id: int
    score: Score


def clashes(score: Score) -> bool:
    """Whether a field says that these are two, so that no probability is enough to merge them unseen."""
    proven = score.level(PROOF[0]) == PROOF[1]
    if score.level("last_name") == "different" and score.level("first_name") == "missing" and not proven:
        return True
    found = {told.field for told in score.fields if (told.field, told.level) in CLASHES}
    return bool(found) and not (proven and found <= _PROVABLE)


def verdict(score: Score, thresholds: Thresholds) -> Verdict:
    """What is to be done with the pair."""
    if score.probability >= thresholds.merge and not clashes(score):
        return "same"
    return "review" if score.probability >= thresholds.review else "different"


def torn(first: Candidate, other: Candidate) -> bool:
    """Whether the one is not so much likelier than the other that it does not matter if these are two people."""
    return first.score.match_weight - other.score.match_weight < MUCH_LIKELIER


def likeliest(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, likeliest first; of two that are equally likely the older one."""
    return sorted(candidates, key=lambda one: (-one.score.match_weight, one.contact_id))
