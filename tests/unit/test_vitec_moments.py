"""Swedish local time with its offset."""

from __future__ import annotations

from datetime import UTC, date, datetime, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.dialects.vitec.moments import show_day, show_moment

FIRST, EARLY, LATE = (datetime(year, 1, 2) for year in (1, 1950, 2100))  # noqa: DTZ001 - hypothesis adds the zone


def test_a_moment_is_written_as_on_the_vendors_page() -> None:
    moment = datetime(2024, 11, 21, 9, 31, 3, 655511, tzinfo=UTC)
    assert show_moment(moment) == "2024-11-21T10:31:03.655511+01:00"


@pytest.mark.parametrize(
    ("utc", "shown"),
    [
        ("2024-03-31T00:59:59", "2024-03-31T01:59:59+01:00"),
        ("2024-03-31T01:00:00", "2024-03-31T03:00:00+02:00"),
        ("2024-10-27T00:30:00", "2024-10-27T02:30:00+02:00"),
        ("2024-10-27T01:30:00", "2024-10-27T02:30:00+01:00"),
    ],
)
def test_the_offset_follows_both_changes_of_the_clocks(utc: str, shown: str) -> None:
    assert show_moment(datetime.fromisoformat(utc).replace(tzinfo=UTC)) == shown


def test_a_day_begins_at_midnight_in_sweden() -> None:
    assert show_day(date(1980, 7, 1)) == "1980-07-01T00:00:00+02:00"
    assert show_day(date(1980, 1, 1)) == "1980-01-01T00:00:00+01:00"


def test_before_1900_the_offset_has_no_seconds() -> None:
    assert show_day(date(1890, 5, 1)) == "1890-05-01T00:00:00+01:00"
    assert show_day(date(1850, 5, 1)) == "1850-05-01T00:00:00+01:12"


def test_the_first_and_the_last_moment_are_shown_as_they_are() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert show_moment(last) == last.isoformat()


def test_nothing_is_nothing() -> None:
    assert show_moment(None) is None
    assert show_day(None) is None


@given(st.datetimes(FIRST, LATE, timezones=st.sampled_from([UTC, ZoneInfo("America/Mexico_City"), timezone.max])))
def test_every_moment_is_shown_and_read_back_as_the_same(moment: datetime) -> None:
    shown = show_moment(moment)
    assert shown is not None
    assert datetime.fromisoformat(shown).astimezone(UTC) == moment.astimezone(UTC)


@given(st.datetimes(EARLY, LATE, timezones=st.just(UTC)))
def test_the_offset_is_the_time_zones(moment: datetime) -> None:
    assert show_moment(moment) == moment.astimezone(ZoneInfo("Europe/Stockholm")).isoformat()


@given(st.dates())
def test_every_day_is_shown(day: date) -> None:
    shown = show_day(day)
    assert shown is not None
    assert datetime.fromisoformat(shown).date() == day
