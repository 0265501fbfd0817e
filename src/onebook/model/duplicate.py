"""Two contacts that may be one, for somebody to look at."""

from __future__ import annotations

from typing import Literal, get_args

from onebook.model.account import Record

PairStatus = Literal["open", "same", "different"]
PAIR_STATUSES: tuple[PairStatus, ...] = get_args(PairStatus)


class DuplicatePair(Record, frozen=True, omit_defaults=True, kw_only=True):
    """A pair, the older contact first, with the probability that was found when it was noted.

    `status`: nobody has looked yet, they are the same and were merged, or they are two.
    """

    contact_ids: tuple[int, int]
    probability: float
    match_weight: float
    status: PairStatus = "open"
