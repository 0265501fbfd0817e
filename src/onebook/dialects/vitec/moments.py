"""Moments and days as the vendor writes them: Swedish local time with its offset, `2024-11-21T10:31:03.655511+01:00`.

A moment without a fraction has none; one that has has six digits, as the vendor's samples do.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")
_MINUTE = timedelta(minutes=1)


def show_moment(moment: datetime | None) -> str | None:
    """The moment in Swedish time; None for none."""
    if moment is None:
        return None
    try:
        local = moment.astimezone(SWEDEN)
    except OverflowError:  # within hours of the first and the last day that there are
        return moment.isoformat()
    return _with_whole_minutes(local).isoformat() if local.year < 1900 else local.isoformat()


def show_day(day: date | None) -> str | None:
    """The first moment of the day in Sweden; None for none."""
    if day is None:
        return None
    local = datetime.combine(day, time(), SWEDEN)
    offset = local.utcoffset() or timedelta()
    return local.replace(tzinfo=timezone(offset - offset % _MINUTE)).isoformat()


def _with_whole_minutes(local: datetime) -> datetime:
    """The same moment with an offset of whole minutes, which XML demands: until 1900 Sweden's had seconds."""
    offset = local.utcoffset() or timedelta()
    return local.astimezone(timezone(offset - offset % _MINUTE))
