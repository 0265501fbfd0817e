"""Moments and days as the vendor writes them: Swedish local time with its offset, `2024-11-21T10:31:03.655511+01:00`.

A moment without a fraction has none; one that has has six digits, as the vendor's samples do.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")


def show_moment(moment: datetime | None) -> str | None:
    """The moment in Swedish time; None for none."""
    if moment is None:
        return None
    try:
        utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
        return utc.astimezone(_offset(utc.year, utc.month, utc.day, utc.hour)).isoformat()
    except OverflowError:  # within hours of the first and the last day that there are
        return moment.isoformat()


@lru_cache(maxsize=20_000)
def _offset(year: int, month: int, day: int, hour: int) -> timezone:
    """What Sweden's clocks show against UTC in an hour of UTC: they never changed within one."""
    return _whole_minutes(datetime(year, month, day, hour, tzinfo=UTC).astimezone(SWEDEN))


@lru_cache(maxsize=50_000)
def show_day(day: date | None) -> str | None:
    """The first moment of the day in Sweden; None for none."""
    if day is None:
        return None
    local = datetime.combine(day, time(), SWEDEN)
    return local.replace(tzinfo=_whole_minutes(local)).isoformat()


def _whole_minutes(local: datetime) -> timezone:
    """The offset without its seconds, which XML does not take: Sweden's had some until 1900."""
    offset = local.utcoffset() or timedelta()
    return timezone(offset - offset % timedelta(minutes=1))
