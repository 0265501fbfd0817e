"""A key makes so many requests a second and no more."""

from __future__ import annotations

import pytest

from onebook.errors import TooMany
from onebook.http.limits import RateLimiter


class Clock:
    """Seconds that move when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_one_second_s_worth_may_come_at_once_and_then_no_more() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    for left in reversed(range(20)):
        assert limiter.take(1, 1, 20).remaining == left
    with pytest.raises(TooMany) as caught:
        limiter.take(1, 1, 20)
    assert 0 < caught.value.retry_after <= 0.05 + 1e-9


def test_the_bucket_refills_steadily_and_never_past_its_size() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    for _ in range(20):
        limiter.take(1, 1, 20)
    clock.now += 0.1
    assert limiter.take(1, 1, 20).remaining == 1
    limiter.take(1, 1, 20)
    with pytest.raises(TooMany):
        limiter.take(1, 1, 20)
    clock.now += 3600
    assert limiter.take(1, 1, 20).remaining == 19


def test_whoever_waits_as_long_as_told_is_let_in() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    limiter.take(1, 1, 1)
    with pytest.raises(TooMany) as caught:
        limiter.take(1, 1, 1)
    clock.now += caught.value.retry_after
    limiter.take(1, 1, 1)


def test_a_rate_below_one_still_lets_one_in() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    limiter.take(1, 1, 0.5)
    clock.now += 1
    with pytest.raises(TooMany):
        limiter.take(1, 1, 0.5)
    clock.now += 1
    limiter.take(1, 1, 0.5)


def test_a_rate_of_nought_is_no_limit() -> None:
    limiter = RateLimiter(Clock())
    for _ in range(1000):
        limiter.take(1, 1, 0)


def test_keys_do_not_use_each_other_s_rate() -> None:
    limiter = RateLimiter(Clock())
    limiter.take(1, 1, 1)
    limiter.take(1, 2, 1)
    limiter.take(2, 1, 1)
    with pytest.raises(TooMany):
        limiter.take(1, 1, 1)


def test_several_processes_share_a_rate() -> None:
    limiters = [RateLimiter(Clock(), share=4) for _ in range(4)]
    taken = 0
    for limiter in limiters:
        for _ in range(100):
            try:
                limiter.take(1, 1, 40)
            except TooMany:
                break
            taken += 1
    assert taken == 40
