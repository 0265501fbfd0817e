"""The weights, read from a file in Splink's settings format and made ready to score with.

A level's weight is Fellegi and Sunter's: the logarithm to base 2 of how much likelier it is among records of one person
(`m_probability`) than among records of different ones (`u_probability`). The formulas, term frequencies included, are
Splink's (splink/internals/comparison_level.py and predict.py, 5.0): the same file gives the same numbers there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from importlib import resources
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct

from onebook.errors import Invalid
from onebook.matching.conditions import Condition, compile_condition


class LevelSettings(Struct, frozen=True, kw_only=True):
    """One level as Splink writes it; what else it writes is not needed here."""

    sql_condition: str
    label_for_charts: str = ""
    m_probability: float | None = None
    u_probability: float | None = None
    is_null_level: bool = False
    tf_adjustment_column: str | None = None
    tf_adjustment_weight: float = 1.0
    tf_minimum_u_value: float = 0.0


class ComparisonSettings(Struct, frozen=True, kw_only=True):
    """One comparison as Splink writes it: its levels, of which the first that holds counts."""

    output_column_name: str
    comparison_levels: tuple[LevelSettings, ...]


class Settings(Struct, frozen=True, kw_only=True):
    """What of Splink's settings says how a pair is scored."""

    probability_two_random_records_match: float
    comparisons: tuple[ComparisonSettings, ...]


class FieldScore(Struct, frozen=True):
    """What one comparison says: the level that holds, and its weight; 0 where nothing is known."""

    field: str
    level: str
    weight: float


class Adjustment(Struct, frozen=True):
    """How a level's weight changes with how common the value is; `frequency` reads that of a record."""

    frequency: Callable[[Any], float | None]
    weight: float
    typical: float
    least: float

    def of(self, one: Any, other: Any) -> float:
        """What is added to the weight; nothing where no frequency is known."""
        known = [share for share in (self.frequency(one), self.frequency(other)) if share is not None]
        if not known:
            return 0.0
        return self.weight * (math.log2(self.typical) - math.log2(max(*known, self.least)))


class Level(Struct, frozen=True):
    """One level, ready: when it holds and what it then says."""

    holds: Condition
    told: FieldScore
    adjustment: Adjustment | None


class Weights(Struct, frozen=True):
    """All comparisons' levels, and the weight that a pair begins with."""

    prior: float
    comparisons: tuple[tuple[Level, ...], ...]


def read_weights(raw: bytes) -> Weights:
    """The weights in a settings file. Raises Invalid for one that is none, or is not trained."""
    try:
        settings = msgspec.json.decode(raw, type=Settings)
    except msgspec.DecodeError as error:
        raise Invalid.at("weights", f"are no settings of Splink's: {error}") from None
    prior = settings.probability_two_random_records_match
    if not 0 < prior < 1:
        raise Invalid.at("probability_two_random_records_match", "must be between 0 and 1")
    return Weights(math.log2(prior / (1 - prior)), tuple(_levels(one) for one in settings.comparisons))


def own_settings() -> bytes:
    """The settings file that comes with the program, `weights.json`, made by `scripts/train_weights.py`."""
    return resources.files("onebook.matching").joinpath("weights.json").read_bytes()


@cache
def own_weights() -> Weights:
    """The weights that come with the program."""
    return read_weights(own_settings())


def _levels(comparison: ComparisonSettings) -> tuple[Level, ...]:
    name = comparison.output_column_name
    levels = comparison.comparison_levels
    return tuple(
        Level(
            compile_condition(level.sql_condition),
            FieldScore(name, level.label_for_charts, _weight(name, level)),
            _adjustment(level, levels) if level.tf_adjustment_column else None,
        )
        for level in levels
    )


def _weight(name: str, level: LevelSettings) -> float:
    if level.is_null_level:
        return 0.0
    if not level.m_probability or not level.u_probability:
        raise Invalid.at(name, f"the level {level.label_for_charts!r} has no m and u: train the settings first")
    return math.log2(level.m_probability / level.u_probability)


def _adjustment(level: LevelSettings, levels: tuple[LevelSettings, ...]) -> Adjustment:
    """Splink measures a value's frequency against the u of the level that says the values are equal."""
    column = str(level.tf_adjustment_column)
    equal = f"{column}_l = {column}_r"
    typical = next((one.u_probability for one in levels if one.sql_condition == equal), None)
    if typical is None:
        raise Invalid.at(column, f"term frequencies need a level {equal}")
    read = attrgetter(f"tf_{column}")
    return Adjustment(read, level.tf_adjustment_weight, typical, level.tf_minimum_u_value)
