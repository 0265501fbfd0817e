"""What to do about somebody who may be in the book already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from onebook.matching.features import Features
from onebook.matching.score import Score
from onebook.matching.score import score as compare
from onebook.matching.weights import Weights

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


Settled = tuple[Candidate | None, list[Candidate]]
"""Who somebody certainly is, and of whom it is doubtful."""


def settled(weights: Weights, compared: Sequence[tuple[Candidate, Features]], thresholds: Thresholds) -> Settled:
    """Who a record certainly is, and of whom it is doubtful; `compared` is whom it may be, likeliest first.

    Nobody is certain where a second one is about as likely and the two are apart themselves, as where a family's
    mailbox comes without a first name.
    """
    told = [(verdict(candidate.score, thresholds), candidate, row) for candidate, row in compared]
    certain = [(candidate, row) for word, candidate, row in told if word == "same"]
    doubtful = [candidate for word, candidate, _ in told if word == "review"]
    if not certain:
        return None, doubtful
    (first, row), others = certain[0], certain[1:]
    near = (other for one, other in others if first.score.match_weight - one.score.match_weight < MUCH_LIKELIER)
    if any(clashes(compare(weights, row, other)) for other in near):
        return None, likeliest([*doubtful, *(candidate for candidate, _ in certain)])
    return first, doubtful


def likeliest(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, likeliest first; of two that are equally likely the older one."""
    return sorted(candidates, key=lambda one: (-one.score.match_weight, one.contact_id))
