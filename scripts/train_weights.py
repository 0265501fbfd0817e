"""Makes the matcher's data: `weights.json` and `term_frequencies.json` in src/onebook/matching.

    .venv/bin/python scripts/train_weights.py [--people 40000] [--seed 1] [--book 100000] [--to FOLDER]

It generates a labelled book (onebook/demo/labelled.py), takes every two records that share a key, sees which level of
each comparison they are at, and fits all levels' weights at once, so that what families share is not counted once for
the name, once for the telephone and once for the house (docs/decisions/0018 says why, and what the usual field by
field estimate comes to). The same seed makes the same files.
"""

# ruff: noqa: T201, S311 - it prints what it finds, and its seed is an argument

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from onebook.demo.labelled import Labelled, labelled_book
from onebook.demo.population import Shares, populations
from onebook.matching.bulk.levels import COMPARISONS, MISSING, OTHERWISE, TERM_FREQUENCIES, untrained
from onebook.matching.conditions import compile_condition
from onebook.matching.features import Features, features
from onebook.matching.frequencies import FLOOR, RAREST, frequencies, frequency
from onebook.matching.pairs import candidate_pairs
from onebook.model.names import first_names, last_names

FOLDER = Path(__file__).parents[1] / "src" / "onebook" / "matching"
Array = NDArray[np.float64]
TYPICAL = 0.003
"""How common a name is at which a term frequency adjustment adds nothing."""
PENALTY = 0.3
"""What a weight away from none must gain in likelihood: for levels that hardly occur."""
FREE, AGREES, CLASHES = (-math.inf, math.inf), (0.1, math.inf), (-math.inf, -0.5)
Bounds = tuple[float, float]
BOUNDS: dict[tuple[str, str], Bounds] = {
    ("kind", "same"): (0.05, 0.1),
    ("first_name", "swapped"): (1.0, math.inf),
    ("last_name", "swapped"): (1.0, math.inf),
    ("first_name", "one of several, or its short form"): AGREES,
    ("first_name", "initial"): AGREES,
    ("first_name", "close"): AGREES,
    ("first_name", "same sound"): (-2.0, math.inf),
    ("first_name", "one the same, another not"): CLASHES,
    ("first_name", "short forms of one name"): FREE,
    ("first_name", OTHERWISE): (-math.inf, -5.0),
    ("last_name", "one of several"): AGREES,
    ("last_name", "same sound"): (-1.0, math.inf),
    ("generation", "one only"): CLASHES,
    ("generation", OTHERWISE): (-math.inf, -4.0),
    ("company", OTHERWISE): (-math.inf, -3.0),
    ("email", "same, a first name is missing"): (0.1, 7.0),
    ("phone", "same, a first name is missing"): (0.1, 3.5),
    ("phone", "same, first names agree, other mobiles"): FREE,
    ("email", "same, first names differ"): (-math.inf, 2.0),
    ("phone", "same, first names differ"): (-math.inf, 0.5),
    ("address", "same, first names differ"): (-math.inf, -0.5),
    ("identity_number", "same"): (14.0, math.inf),
    ("identity_number", "a figure off"): (5.0, math.inf),
}
"""Weights that must not be what a generated book happens to make of them, in bits; every weight is explained to
somebody, so agreement speaks for one person and disagreement against it."""


def bounds_of(comparison: str, label: str) -> Bounds:
    """Between what a level's weight must lie."""
    if (comparison, label) in BOUNDS:
        return BOUNDS[comparison, label]
    if label == OTHERWISE:
        return CLASHES
    return AGREES if label.startswith(("same", "swapped", "close", "a letter", "a figure")) else FREE


def common_names() -> dict[str, dict[str, float]]:
    """The common names of the three countries, each with its share in the country where it is commonest."""
    tables: dict[str, dict[str, float]] = {"first_name": {}, "last_name": {}}
    for population in populations():
        for shares in (population.female, population.male):
            _add(tables["first_name"], shares, first_names, 0.5)
        _add(tables["last_name"], population.last, last_names, 1.0)
    return {
        column: {name: float(f"{share:.3g}") for name, share in sorted(table.items()) if share > 2 * FLOOR}
        for column, table in tables.items()
    }


def write(path: Path, data: Any) -> None:
    """Write `data` as it stands in the repository."""
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _add(table: dict[str, float], shares: Shares, fold: Callable[[str], tuple[str, ...]], part: float) -> None:
    folded: dict[str, float] = defaultdict(float)
    for name, share in shares.of.items():
        found = fold(name)
        if len(found) == 1:
            folded[found[0]] += share * part
    for name, share in folded.items():
        table[name] = max(table.get(name, 0.0), share)


class Pairs:
    """The compared pairs of a book: `levels[i, j]` is the level of pair i in comparison j, `same` the truth."""

    def __init__(self, book: Sequence[Labelled]) -> None:
        """Every two records of `book` that share a key."""
        rows = {one.contact.id: features(one.contact, "DE") for one in book}
        person = {one.contact.id: one.person for one in book}
        ids = list(candidate_pairs((one.contact for one in book), "DE"))
        conditions = [[compile_condition(sql) for _, sql in levels] for levels in COMPARISONS.values()]
        self.same = np.array([person[one] == person[other] for one, other in ids])
        self.levels = np.array(
            [
                [next(i for i, holds in enumerate(levels) if holds(rows[one], rows[other])) for levels in conditions]
                for one, other in ids
            ]
        )
        self.rarity = {
            column: np.array([_rarity(rows[one], rows[other], column) for one, other in ids])
            for column in set(TERM_FREQUENCIES.values())
        }

    def at(self, comparison: str, label: str) -> Array:
        """1.0 for each pair that is at this level."""
        names = [name for name, _ in COMPARISONS[comparison]]
        return (self.levels[:, list(COMPARISONS).index(comparison)] == names.index(label)).astype(float)

    def by_chance(self) -> NDArray[np.bool_]:
        """The pairs of strangers: nothing but a name, a birthday or a street in common."""
        met = np.zeros(len(self.same), bool)
        for comparison in ("email", "phone", "address"):
            for label, _ in COMPARISONS[comparison]:
                if label.startswith(("same,", "same mobile")):
                    met |= self.at(comparison, label) > 0
        return ~met & ~self.same


def _rarity(one: Features, other: Features, column: str) -> float:
    shares = [share for row in (one, other) if (share := getattr(row, f"tf_{column}")) is not None]
    return math.log2(TYPICAL) - math.log2(max(*shares, RAREST)) if shares else 0.0


def fit(pairs: Pairs, records: int, book: int) -> tuple[float, dict[tuple[str, str], float], dict[str, float]]:
    """The prior's weight, each level's, and how strongly each column's rarity counts, all in bits.

    Strangers grow with the square of a book and duplicates with the book: they count as often as in one of `book`.
    """
    names = [(name, label) for name, levels in COMPARISONS.items() for label, _ in levels if label != MISSING]
    rare = dict(TERM_FREQUENCIES)
    columns = [np.ones(len(pairs.same)), *(pairs.at(*key) for key in names)]
    columns += [pairs.at(*key) * pairs.rarity[column] for key, column in rare.items()]
    matrix = np.stack(columns, 1)
    counted = np.where(pairs.by_chance(), max(1.0, book / records), 1.0)
    limits = [FREE, *(bounds_of(*key) for key in names), *((0.0, 1.0) for _ in rare)]
    found = _most_likely(matrix, pairs.same, counted, limits)
    weights = dict(zip(names, found[1 : 1 + len(names)], strict=True))
    strengths = dict(zip(rare.values(), found[1 + len(names) :], strict=True))
    return float(found[0]), weights, strengths


def _most_likely(matrix: Array, same: NDArray[np.bool_], counted: Array, limits: Sequence[Bounds]) -> list[float]:
    """Logistic regression with bounds, in bits."""
    matrix = matrix * math.log(2)
    signs = np.where(same, 1.0, -1.0)
    penalty = np.full(matrix.shape[1], PENALTY * math.log(2) ** 2)
    penalty[0] = 0.0

    def cost(found: Array) -> tuple[float, Array]:
        margins = signs * (matrix @ found)
        slopes = -signs * counted / (1 + np.exp(np.clip(margins, -500, 500)))
        value = float(np.sum(counted * np.logaddexp(0, -margins)) + penalty @ found**2 / 2)
        return value, matrix.T @ slopes + penalty * found

    start = np.clip(np.zeros(matrix.shape[1]), *np.array(limits).T)
    result = minimize(
        cost, start, jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": 3000, "maxfun": 6000}
    )
    return [float(value) for value in result.x]


def probabilities(
    labels: Sequence[str], weights: Sequence[float], counted: Sequence[float], rare: dict[str, float]
) -> list[tuple[float, float]]:
    """An m and a u for each level that have these weights; both sum to one, and u is as near to `counted` as can be.

    A level in `rare` is adjusted by its values' frequency, which Splink measures against u itself.
    """
    wanted = np.array(weights)
    near = np.array(counted)
    u = near
    for _ in range(500):
        level = wanted - [rare.get(label, 0.0) * math.log2(u[i] / TYPICAL) for i, label in enumerate(labels)]
        ratios = 2.0**level
        before, u = u, 0.5 * u + 0.5 * _balanced(near, ratios)
        if np.max(np.abs(u - before)) < 1e-13:
            break
    m = u * ratios
    return [(float(m[i] / m.sum()), float(u[i])) for i in range(len(labels))]


def _balanced(near: Array, ratios: Array) -> Array:
    """The distribution nearest to `near` in which the ratios average one."""
    low, high = -60.0, 60.0
    for _ in range(200):
        middle = (low + high) / 2
        scale = ratios.max() - ratios.min()
        tilted = near * np.exp(-middle * (ratios - 1) / scale - np.max(-middle * (ratios - 1) / scale))
        tilted /= tilted.sum()
        low, high = (middle, high) if tilted @ ratios > 1 else (low, middle)
    return np.asarray(tilted)


def settings_of(
    pairs: Pairs, prior: float, weights: dict[tuple[str, str], float], strengths: dict[str, float]
) -> dict[str, Any]:
    """Splink's settings, trained."""
    settings = untrained()
    settings["probability_two_random_records_match"] = 1 / (1 + 2.0**-prior)
    for comparison in settings["comparisons"]:
        name = comparison["output_column_name"]
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        labels = [level["label_for_charts"] for level in levels]
        counts = np.array([float(pairs.at(name, label)[~pairs.same].sum()) + 0.5 for label in labels])
        rare = {
            label: strengths[TERM_FREQUENCIES[name, label]] for label in labels if (name, label) in TERM_FREQUENCIES
        }
        found = probabilities(labels, [weights[name, label] for label in labels], counts / counts.sum(), rare)
        for level, (m, u) in zip(levels, found, strict=True):
            level.update(m_probability=m, u_probability=u)
            if "tf_adjustment_column" in level:
                level["tf_adjustment_weight"] = rare[level["label_for_charts"]]
                level["tf_minimum_u_value"] = RAREST
    return settings


def main() -> None:
    """Read the command line, train, write."""
    parser = argparse.ArgumentParser(description="Make the matcher's weights anew.")
    parser.add_argument("--people", type=int, default=40_000, help="how many people the generated book has")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--book", type=int, default=100_000, help="the size of book that the weights are for")
    parser.add_argument("--to", type=Path, default=FOLDER, help="where the two files go")
    options = parser.parse_args()
    print("Writing term_frequencies.json")
    write(options.to / "term_frequencies.json", common_names())
    frequencies.cache_clear()
    frequency.cache_clear()
    print(f"Generating a book of {options.people} people")
    book = labelled_book(Random(options.seed), options.people)
    print(f"Comparing its {len(book)} records")
    pairs = Pairs(book)
    print(f"Fitting the weights to {len(pairs.same)} pairs, {int(pairs.same.sum())} of them of one person")
    prior, weights, strengths = fit(pairs, len(book), options.book)
    write(options.to / "weights.json", settings_of(pairs, prior, weights, strengths))
    print(f"{'prior':70} {prior:7.2f}")
    for (name, label), weight in weights.items():
        print(f"{name:16} {label:53} {weight:7.2f}")
    for column, strength in strengths.items():
        print(f"{'rarity of':16} {column:53} {strength:7.2f}")


if __name__ == "__main__":
    main()
