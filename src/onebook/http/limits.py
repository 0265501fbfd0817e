"""How many requests a second a key may make: a bucket a key that holds one second's worth and refills steadily."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from onebook.errors import TooMany

_MOST_BUCKETS = 100_000


@dataclass(slots=True)
class _Bucket:
    left: float
    seen: float


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a key: `limit` requests a second, `remaining` now, full again in `reset` seconds."""

    limit: float
    remaining: int
    reset: int


class RateLimiter:
    """Buckets of one process; `share` is how many processes serve the book together."""

    def __init__(self, clock: Callable[[], float], share: int = 1) -> None:
        """`clock` answers seconds that only ever grow."""
        self._clock = clock
        self._share = share
        self._buckets: dict[tuple[int, int], _Bucket] = {}

    def take(self, account_id: int, key_id: int, rate: float) -> Allowance:
        """Take one request from the key's bucket; raises TooMany when it is empty. A `rate` of 0 has no bottom."""
        if rate <= 0:
            return Allowance(0, 0, 0)
        size = max(rate / self._share, 1.0)
        now = self._clock()
        bucket = self._buckets.get((account_id, key_id))
        if bucket is None:
            if len(self._buckets) >= _MOST_BUCKETS:
                self._buckets.clear()
            bucket = self._buckets[account_id, key_id] = _Bucket(size, now)
        bucket.left = min(size, bucket.left + (now - bucket.seen) * rate / self._share)
        bucket.seen = now
        if bucket.left < 1:
            raise TooMany(retry_after=(1 - bucket.left) * self._share / rate)
        bucket.left -= 1
        return Allowance(rate, int(bucket.left), ceil((size - bucket.left) * self._share / rate))
