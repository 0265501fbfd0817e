"""Cursors: what they carry, and that nothing made up passes for one."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.dialects.native.cursor import read_cursor, write_cursor
from onebook.errors import Invalid
from onebook.service.walk import Place

NUMBERS = st.integers(0, 2**63 - 1)


@given(st.integers(-(2**63), 2**63 - 1), NUMBERS, NUMBERS)
def test_a_cursor_says_where_the_list_was_left_off(value: int, number: int, seq: int) -> None:
    place = Place(value, number, seq)
    written = write_cursor(place, "-updated_at")
    assert written is not None
    assert written.replace("-", "").replace("_", "").isalnum()
    assert read_cursor(written, "-updated_at", textual=False) == place


def test_a_cursor_of_names_holds_a_name() -> None:
    place = Place("müller", 7, 3)
    assert read_cursor(write_cursor(place, "last_name"), "last_name", textual=True) == place


def test_no_cursor_is_the_beginning() -> None:
    assert write_cursor(None, "id") is None
    assert read_cursor(None, "id", textual=False) is None
    assert read_cursor("", "id", textual=False) is None


def test_a_cursor_of_another_sort_is_refused() -> None:
    written = write_cursor(Place(1, 1, 0), "id")
    for sort in ("-id", "created_at"):
        with pytest.raises(Invalid) as caught:
            read_cursor(written, sort, textual=False)
        assert caught.value.problems[0].code == "other_sort"


def forged(*said: object) -> str:
    """A cursor that somebody made himself."""
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "ä",
        "!!!!",
        "A" * 5000,
        forged(),
        forged("last_name", "a", 1),
        forged("last_name", "a", 1, 2, 3),
        forged("last_name", None, 1, 2),
        forged("last_name", 2**63, 1, 2),
        forged("last_name", "a", -1, 2),
        forged("last_name", "a", 1, 2**63),
        forged("last_name", "a\0", 1, 2),
        forged("last_name", "\ud800", 1, 2),
        forged("last_name", 1, 1, 2),
    ],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_cursor(text, "last_name", textual=True)
    assert caught.value.problems[0].path == "cursor"


@given(st.text())
def test_any_text_at_all_is_a_cursor_or_refused(text: str) -> None:
    try:
        place = read_cursor(text, "id", textual=False)
    except Invalid:
        return
    assert place is None or isinstance(place.value, int)
