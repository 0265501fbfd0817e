"""How likely two records are of one person, and why."""

from __future__ import annotations

from msgspec import Struct

from onebook.matching.features import Features
from onebook.matching.weights import FieldScore, Level, Weights


class Score(Struct, frozen=True):
    """`match_weight` is the sum of the prior's and all fields' weights, `probability` what it comes to."""

    probability: float
    match_weight: float
    fields: tuple[FieldScore, ...]

    def level(self, field: str) -> str:
        """The level that holds for `field`; empty where it is not compared."""
        return next((one.level for one in self.fields if one.field == field), "")


def score(weights: Weights, one: Features, other: Features) -> Score:
    """Compare two records; which of them is the first makes no difference."""
    fields = tuple(_told(levels, one, other) for levels in weights.comparisons)
    match_weight = weights.prior + sum(field.weight for field in fields)
    return Score(probability_of(match_weight), match_weight, fields)


def probability_of(match_weight: float) -> float:
    """The probability that a match weight stands for."""
    if match_weight < 0:
        odds: float = 2.0 ** max(match_weight, -1000.0)
        return odds / (1 + odds)
    against: float = 2.0 ** -min(match_weight, 1000.0)
    return 1 / (1 + against)


def _told(levels: tuple[Level, ...], one: Features, other: Features) -> FieldScore:
    for level in levels:
        if level.holds(one, other):
            if level.adjustment is None:
                return level.told
            told = level.told
            return FieldScore(told.field, told.level, told.weight + level.adjustment.of(one, other))
    return FieldScore(levels[0].told.field, "", 0.0)
