"""Moments as columns hold them, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime | None) -> int:
    """Microseconds since 1970 in UTC; 0 for none."""
    if moment is None:
        return 0
    delta = moment - _EPOCH
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


def moment_of(value: int) -> datetime:
    """The moment that `micros` gave."""
    return _EPOCH + timedelta(microseconds=value)
