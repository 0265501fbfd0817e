"""Query parameters in every spelling that clients use, and none that stops the server."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.errors import Invalid, OnebookError
from onebook.http.params import Params, parse_moment

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("query", ["k=1,2", "k[]=1&k[]=2", "k[0]=1&k[1]=2", "k=1&k=2", "k%5B%5D=1&k%5B%5D=2", "k=1, 2"])
def test_a_list_is_read_in_every_spelling(query: str) -> None:
    assert Params(query).integers("k") == (1, 2)
    assert Params(query).texts("k") == ("1", "2")


def test_an_absent_parameter_and_an_empty_one_are_two_things() -> None:
    assert Params("").text("k") is None
    assert Params("k=").text("k") == ""
    assert Params("").texts("k") is None
    assert Params("k=").texts("k") == ()
    assert Params("k=").integer("k") is None
    assert Params("k=").flag("k") is None


def test_of_a_parameter_given_twice_the_last_counts() -> None:
    assert Params("k=1&k=2").integer("k") == 2


@pytest.mark.parametrize(
    ("text", "flag"), [("true", True), ("1", True), ("TRUE", True), ("0", False), ("false", False)]
)
def test_a_flag_is_read_in_every_spelling(text: str, flag: bool) -> None:
    assert Params(f"k={text}").flag("k") is flag


@pytest.mark.parametrize("text", ["2", "maybe", "null", "%00"])
def test_what_is_no_flag_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Params(f"k={text}").flag("k")


@pytest.mark.parametrize("text", ["x", "1.5", "1e3", "9" * 19, "0x10", "%D9%A1", "--1", "1%00", "%F0%9D%9F%8F"])
def test_what_is_no_whole_number_of_64_bits_is_refused_and_named(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        Params(f"page={text}").integer("page")
    assert caught.value.problems[0].path == "page"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-01", datetime(2024, 4, 30, 22, tzinfo=UTC)),
        ("2024-05-01T10:00:00", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("2024-05-01T10:00:00Z", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("2024-05-01T10:00:00+02:00", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("2024-05-01T10:00:00 02:00", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("2024-05-01T10:00:00.250+01:00", datetime(2024, 5, 1, 9, 0, 0, 250000, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_the_account_s(text: str, moment: datetime) -> None:
    assert parse_moment("from", text, BERLIN) == moment


@pytest.mark.parametrize("text", ["2024-05-01", "20240501"])
def test_a_bare_date_as_upper_bound_includes_its_day(text: str) -> None:
    last = datetime(2024, 5, 1, 22, tzinfo=UTC) - timedelta(microseconds=1)
    assert parse_moment("to", text, BERLIN, upper=True) == last


def test_a_day_on_which_the_clocks_change_has_its_own_length() -> None:
    first = parse_moment("from", "2024-03-31", BERLIN)
    last = parse_moment("to", "2024-03-31", BERLIN, upper=True)
    assert last - first == timedelta(hours=23) - timedelta(microseconds=1)


@pytest.mark.parametrize("text", ["yesterday", "2024-02-30", "2024-13-01", "0000-01-01", "1.5.2024", "99999-01-01"])
def test_a_date_that_is_none_is_refused_and_named(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        Params(f"to={text}").moment("to", BERLIN)
    assert caught.value.problems[0].path == "to"


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_moments_or_refused(text: str) -> None:
    for upper in (False, True):
        try:
            moment = parse_moment("to", text, BERLIN, upper=upper)
        except Invalid:
            continue
        assert moment.tzinfo is UTC


def test_too_many_parameters_are_refused() -> None:
    with pytest.raises(Invalid):
        Params("&".join(["k=1"] * 5000)).text("k")


def test_a_list_past_its_limit_is_refused_and_named() -> None:
    with pytest.raises(Invalid) as caught:
        Params("k=" + ",".join(["1"] * 5000)).integers("k")
    assert caught.value.problems[0].path == "k"


@given(st.text(max_size=200), st.text(max_size=20))
def test_any_query_is_read_or_refused(query: str, name: str) -> None:
    for text in (query, quote(query), f"{quote(name)}={quote(query)}"):
        params = Params(text)
        for read in (params.text, params.texts, params.integer, params.integers, params.flag):
            with contextlib.suppress(OnebookError):
                read(name)
        with contextlib.suppress(OnebookError):
            params.moment(name, BERLIN)
        with contextlib.suppress(OnebookError):
            params.choice(name, ("a", "b"))
