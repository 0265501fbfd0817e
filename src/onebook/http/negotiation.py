"""Which of several media types an answer comes in, by the request's `Accept` (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from functools import lru_cache

_WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
_RANGE = re.compile(r"[\w!#$%&'*+.^`|~-]+/[\w!#$%&'*+.^`|~-]+")


@lru_cache(maxsize=512)
def best_offer(accept: str, offers: tuple[str, ...]) -> str:
    """The one of `offers` that `accept` likes best; the first where it is empty or likes none of them.

    Of those it likes equally, one that it names comes before one that only a `*` covers, then the one it names first,
    then the first of `offers`. Parameters of media types are not looked at; ranges that make no sense are left out.
    """
    ranges = _ranges(accept)
    best: tuple[float, int, int] = (0.0, 0, 0)
    chosen = offers[0]
    for offer in offers:
        liking = _liking(offer, ranges)
        if liking[0] > 0 and liking > best:
            best, chosen = liking, offer
    return chosen


def _ranges(accept: str) -> list[tuple[str, float]]:
    """Each media range in lower case, and its weight."""
    found: list[tuple[str, float]] = []
    for part in accept[:2000].lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [value.strip() for key, _, value in (one.partition("=") for one in parameters) if key.strip() == "q"]
        weight = weights[0] if weights else "1"
        if _RANGE.fullmatch(name) and _WEIGHT.fullmatch(weight):
            found.append((name, float(weight)))
    return found


def _liking(offer: str, ranges: list[tuple[str, float]]) -> tuple[float, int, int]:
    """Weight, how exactly the range names the offer, and how early it stands; the most exact range decides."""
    exactness = {"*/*": 1, f"{offer.partition('/')[0]}/*": 2, offer: 3}
    fitting = [(exactness[name], -place, weight) for place, (name, weight) in enumerate(ranges) if name in exactness]
    if not fitting:
        return 0.0, 0, 0
    exact, place, weight = max(fitting)
    # How early a range stands tells only offers apart that it names.
    return weight, exact, place if exact == 3 else 0
