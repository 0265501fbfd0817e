"""The short way to read a telephone number says nothing but what the library says."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onebook.model.plain_numbers import read_plain

COUNTRIES = ("DE", "SE", "ES", "MX", "AT", "CH", "GB", "US", "IT", "NO", "SJ", "FR", "RU", "FI", "HU", "de", "XX", "")


def by_library(text: str, country: str) -> tuple[str, str] | None:
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return e164, phonenumbers.national_significant_number(parsed).lstrip("0")


@settings(max_examples=800)
@given(
    start=st.sampled_from(
        ("", "0", "0", "00", "+", "(0", "(+", "+49", "+46", "+34 ", "+52", "+1", "0049", "49", "+490")
    ),
    digits=st.text("0123456789", min_size=1, max_size=15),
    signs=st.lists(st.tuples(st.integers(0, 20), st.sampled_from(" ()/.-+x#;,")), max_size=3),
    country=st.sampled_from(COUNTRIES),
)
def test_what_is_read_the_short_way_is_what_the_library_reads(
    start: str, digits: str, signs: list[tuple[int, str]], country: str
) -> None:
    text = start + digits
    for place, sign in signs:
        text = text[:place] + sign + text[place:]
    found = read_plain(text, country)
    if found is not None:
        assert found == by_library(text, country)


@pytest.mark.parametrize(
    "number",
    "0171 2345678,030/123456,(030) 12-34-56,0157 65611871,"
    "+49 171 2345678,+46 8 123 456,+52 55 5699 9049,+1 202 555 0123".split(","),
)
def test_most_numbers_are_read_the_short_way(number: str) -> None:
    assert read_plain(number, "DE") == by_library(number, "DE") is not None
