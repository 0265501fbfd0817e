"""Two spellings of one thing are the same, and two things are not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.model.normal import (
    email_key,
    email_problem,
    fold,
    looks_like_phone,
    national_digits,
    number_key,
    phone_e164,
    phone_keys,
    phone_piece,
    plain,
    searchable,
)

GERMAN_MOBILE = ("0157 123 456 78", "015712345678", "0157-123-456-78", "+49 157 12345678", "004915712345678")
GERMAN_MOBILE_TOO = (" 4915712345678", "+49 (0)157 12345678", "(0157) 12345678", "0157/123 456 78", "+49.157.12345678")


@pytest.mark.parametrize("number", GERMAN_MOBILE + GERMAN_MOBILE_TOO)
def test_a_number_in_any_spelling_is_one_number(number: str) -> None:
    assert phone_e164(number, "DE") == "+4915712345678"
    assert phone_keys(number, "DE") == ("+4915712345678", "15712345678")


def test_a_number_is_read_as_people_in_the_account_s_country_write_it() -> None:
    assert phone_e164("070-123 45 67", "SE") == "+46701234567"
    assert phone_e164("55 1234 5678", "MX") == "+525512345678"
    assert phone_e164("070-123 45 67", "DE") != "+46701234567"


@pytest.mark.parametrize("text", ["", "none", "1", "n/a", "+", "+49", "5" * 40])
def test_what_is_no_number_has_no_international_form(text: str) -> None:
    assert phone_e164(text, "DE") is None


@pytest.mark.parametrize(
    "names",
    [
        ("Müller", "Mueller", "Muller", "müller", "MÜLLER", "Mu\u0308ller"),
        ("Åsa", "Asa", "A\u030asa", "Aasa"),
        ("García", "Garcia", "GARCÍA"),
        ("Strauß", "Strauss", "STRAUẞ"),
        ("Søren", "Soren", "Soeren"),
        ("Nuñez", "Nunez"),
        ("Łukasz", "Lukasz"),
        ("Ærø", "Aero"),
    ],
)
def test_names_are_compared_without_case_accents_and_two_letter_spellings(names: tuple[str, ...]) -> None:
    assert len({fold(name) for name in names}) == 1


def test_different_names_stay_different() -> None:
    assert len({fold(name) for name in ("Müller", "Miller", "Möller", "Mahler", "Muler")}) == 5


@given(st.text())
def test_plain_text_is_plain_already(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(st.text())
def test_plain_text_has_no_upper_case_and_no_wide_spaces(text: str) -> None:
    found = plain(text)
    assert found == found.lower()
    assert found == " ".join(found.split())


@given(st.text())
def test_a_composed_and_a_decomposed_spelling_are_one(text: str) -> None:
    assert plain(unicodedata.normalize("NFC", text)) == plain(unicodedata.normalize("NFD", text))


@given(st.text())
def test_what_is_searched_holds_each_word_plain_and_folded(text: str) -> None:
    words = searchable([text]).split()
    assert len(words) == len(set(words))
    assert {fold(word) for word in plain(text).split()} <= set(words) | {""}


@given(st.text())
def test_an_address_key_does_not_change_when_it_is_taken_again(text: str) -> None:
    assert email_key(email_key(text)) == email_key(text)


@given(st.emails())
def test_an_address_is_one_in_any_case_and_between_spaces(address: str) -> None:
    assert email_key(f" {address.upper()} ") == email_key(address.lower())


@pytest.mark.parametrize(
    "address",
    ["a@example.com", "Anna.Müller@exämple.de", "x+tag@sub.example.co.uk", "o'neil@example.ie", "a@intranet.local"],
)
def test_an_address_of_good_syntax_has_no_problem(address: str) -> None:
    assert email_problem(address) is None


@pytest.mark.parametrize(
    "address",
    ["a", "@example.com", "a@", "a b@example.com", "a@@example.com", "a@exa mple.com", "a.@example.com", "a..b@x.de"],
)
def test_an_address_of_bad_syntax_has_one(address: str) -> None:
    assert email_problem(address)


@given(st.text(max_size=300))
def test_any_text_is_an_address_or_has_a_problem(text: str) -> None:
    problem = email_problem(text)
    assert problem is None or problem


@given(st.text(max_size=100), st.sampled_from(["DE", "SE", "MX", "ZZ", ""]))
def test_any_text_is_read_as_a_number_or_not_without_an_error(text: str, country: str) -> None:
    e164 = phone_e164(text, country)
    keys = phone_keys(text, country)
    assert all(keys)
    assert len(set(keys)) == len(keys)
    if e164 is not None:
        assert e164[0] == "+"
        assert e164[1:].isdigit()
        assert phone_e164(e164, country) == e164
        assert keys[0] == e164


@given(st.text(alphabet="0123456789 +-/().", max_size=30))
def test_a_piece_of_a_number_is_digits_only(text: str) -> None:
    assert phone_piece(text) == "" or phone_piece(text).isdigit()
    assert national_digits(text) == "" or national_digits(text)[0] != "0"


@pytest.mark.parametrize("text", ["0157 123", "+49 (0)157", "030/123-45", "123", "0157–123"])
def test_what_is_written_like_a_number_looks_like_one(text: str) -> None:
    assert looks_like_phone(text)


@pytest.mark.parametrize("text", ["12", "Haus 123", "a1234", "", "+-/()", "m@1234"])
def test_what_is_not_does_not(text: str) -> None:
    assert not looks_like_phone(text)


def test_the_zero_in_brackets_is_no_part_of_a_number() -> None:
    assert phone_piece("+49 (0) 157 123") == "49157123"
    assert phone_piece("0049 (0)157") == "49157"


def test_an_identity_number_is_compared_by_its_letters_and_digits() -> None:
    assert number_key("19800101-1234") == number_key("19800101 1234") == "198001011234"
    assert number_key("de 123.456") == "DE123456"
