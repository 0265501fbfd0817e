"""How common names are, so that two Peter Müllers are less of a coincidence to remark on than two Götz Schäfers."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources

import msgspec

FLOOR = 1e-4
"""The share of people that a name is taken to have which is not among the common ones."""
RAREST = 1e-6
"""And the least that several names together have."""


@cache
def frequencies() -> dict[str, dict[str, float]]:
    """The table: `first_name` and `last_name`, and under each the folded names with the share of people of that name.

    It is data, `term_frequencies.json` beside this file, made by `scripts/train_weights.py`.
    """
    raw = resources.files("onebook.matching").joinpath("term_frequencies.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, dict[str, float]])


@lru_cache(maxsize=65536)
def frequency(column: str, names: tuple[str, ...]) -> float:
    """The share of people who have all of `names`, as if one did not go with another."""
    table = frequencies()[column]
    share = 1.0
    for name in names:
        share *= max(table.get(name, FLOOR), FLOOR)
    return max(share, RAREST)
