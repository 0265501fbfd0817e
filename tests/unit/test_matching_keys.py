"""Names, streets, sounds and the blocking keys made of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.model.blocking import blocking_keys, lookup_keys
from onebook.model.contact import Address, Contact
from onebook.model.mailbox import mailbox_key
from onebook.model.names import (
    JUNIOR,
    SENIOR,
    company_words,
    first_names,
    generation,
    last_names,
    name_forms,
    root_name,
)
from onebook.model.nicknames import ROOTS
from onebook.model.normal import digits_of_e164, fold, phone_e164, phone_keys
from onebook.model.sound import sound
from onebook.model.streets import place
from tests.book import emails, phones


@pytest.mark.parametrize(
    "spellings",
    [
        "Meyer Maier Mayr Meier",
        "Schmidt Schmitt Schmid",
        "Carlsson Karlson Karlsson",
        "González Gonzales",
        "Hernández Ernandes",
        "Vázquez Basques",
        "Thomas Tomas",
        "Philipp Filip",
        "Stefan Stephan Steffen",
        "Strauß Strauss",
        "Schulz Schultz Schulze",
        "Lindqvist Lindkvist Lindquist",
        "Ximena Jimena Gimena",
        "Müller Mueller Muller Mülelr",
        "Christer Krister",
        "Björn Bjorn",
        "Åkesson Akesson",
    ],
)
def test_spellings_of_one_name_sound_the_same(spellings: str) -> None:
    assert len({sound(fold(word)) for word in spellings.split()}) == 1


def test_names_that_sound_different_do() -> None:
    names = "Müller Schmidt Schneider Fischer Weber Wagner Becker Hoffmann Andersson Lindberg García López".split()
    assert len({sound(fold(name)) for name in names}) == len(names)
    assert sound("") == sound("123") == ""


@given(st.text(max_size=40))
def test_a_sound_is_short_and_made_of_letters(text: str) -> None:
    heard = sound(fold(text))
    assert len(heard) <= 8
    assert heard == "" or (heard.isascii() and heard.isalpha())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Dr. Hans-Peter", ("hans", "peter")),
        ("Prof. Dr. med. Anna", ("anna",)),
        ("Frau Käthe", ("kathe",)),
        ("Ma. Guadalupe", ("guadalupe",)),
        ("Ma.", ("ma",)),
        ("Hans jun.", ("hans",)),
        ("H.", ("h",)),
        (None, ()),
        ("", ()),
    ],
)
def test_first_names_are_compared_without_titles(text: str | None, names: tuple[str, ...]) -> None:
    assert first_names(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("von der Heide", ("heide",)),
        ("de la Cruz", ("cruz",)),
        ("García López", ("garcia", "lopez")),
        ("Müller-Lüdenscheidt", ("muller", "ludenscheidt")),
        ("Huber sen.", ("huber",)),
        ("Erbengemeinschaft Hans Müller", ("hans", "muller")),
        ("Lars Berg dödsbo", ("lars", "berg")),
        ("von", ("von",)),
    ],
)
def test_last_names_are_compared_without_particles(text: str, names: tuple[str, ...]) -> None:
    assert last_names(text) == names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Müller & Söhne GmbH & Co. KG", ("muller", "sohne")),
        ("Desarrollos del Norte, S.A. de C.V.", ("desarrollos", "del", "norte")),
        ("Lindberg Bygg AB", ("lindberg", "bygg")),
        ("Nord e. K.", ("nord",)),
        ("AG", ("ag",)),
        ("Kontor UG (haftungsbeschränkt)", ("kontor",)),
        (None, ()),
    ],
)
def test_companies_are_compared_without_their_legal_form(text: str | None, words: tuple[str, ...]) -> None:
    assert company_words(text) == words


def test_father_and_son_say_so_themselves() -> None:
    assert generation("Hans", "Müller jun.") == JUNIOR
    assert generation("Hans sen.", None) == SENIOR
    assert generation("Hans", "Müller") is None
    assert generation("Junior", None) is None


def test_short_forms_of_a_name_have_a_form_in_common() -> None:
    pairs = (("sepp", "josef"), ("hans", "johannes"), ("paco", "francisco"), ("lasse", "lars"), ("uli", "ulrich"))
    for short, full in pairs:
        assert set(name_forms((short,))) & set(name_forms((full,)))
    assert root_name("sepp") == "josef"
    assert root_name("otto") == "otto"
    assert name_forms(("h",)) == ()
    for form, roots in ROOTS.items():
        assert fold(form) == form
        assert all(fold(root) == root for root in roots)


@pytest.mark.parametrize(
    ("street", "number", "expected"),
    [
        ("Hauptstraße", "12a", ("hauptstr", "12a")),
        ("Haupt-Str. 12 A", None, ("hauptstr", "12a")),
        ("Hauptstr.", "012", ("hauptstr", "12")),
        ("Av. Insurgentes Sur 123 int 4", None, ("insurgentessur", "123")),
        ("Calle 5 de Mayo", "12", ("5demayo", "12")),
        ("C/ 5 de Mayo 12", None, ("5demayo", "12")),
        ("Storgatan 12 lgh 1101", None, ("storg", "12")),
        ("Straße des 17. Juni 135", None, ("strassedes17juni", "135")),
        ("Ringvägen", None, ("ringv", "")),
    ],
)
def test_a_street_has_one_form(street: str, number: str | None, expected: tuple[str, str]) -> None:
    found = place(Address(street=street, house_number=number, zip="D-10115"))
    assert found == (*expected, "10115")
    assert place(Address(city="Berlin")) is None


def test_mailboxes_are_one_where_the_provider_says_so_and_only_there() -> None:
    assert mailbox_key("A.b+x@Gmail.com") == mailbox_key("ab@googlemail.com") == "ab@gmail.com"
    assert mailbox_key("j+news@outlook.com") == "j@outlook.com"
    assert mailbox_key("j.k@outlook.com") == "j.k@outlook.com"
    assert mailbox_key("a.b+x@firma.example") == "a.b+x@firma.example"
    assert mailbox_key("") == ""
    assert mailbox_key("+tag@gmail.com") == "+tag@gmail.com"


HOME = Address(street="Hauptstr. 12", zip="10115")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"first_name": "Klara", "last_name": "Müller"}, {"first_name": "Mueller", "last_name": "Clara"}),
        ({"first_name": "Sepp", "last_name": "Maier"}, {"first_name": "Josef", "last_name": "Mayr"}),
        ({"emails": emails("a.b@gmail.com")}, {"emails": emails("AB+x@googlemail.com")}),
        ({"phones": phones("+49 157 12345678")}, {"phones": phones("0157/123 456 78")}),
        (
            {"first_name": "Eva", "last_name": "Alt", "birth_date": date(1970, 5, 6)},
            {"first_name": "Eva", "last_name": "Neu", "birth_date": date(1970, 5, 6)},
        ),
        (
            {"first_name": "Eva", "last_name": "Alt", "addresses": (HOME,)},
            {
                "first_name": "Eva",
                "last_name": "Neu",
                "addresses": (Address(street="Hauptstraße", house_number="12", zip="10115"),),
            },
        ),
        ({"kind": "company", "company": "Lindberg Bygg AB"}, {"company": "Lindbergh Bygg"}),
        ({"kind": "estate", "last_name": "Erben Hans Huber"}, {"first_name": "Hans", "last_name": "Huber"}),
        ({"social_security_number": "19700506-1234"}, {"social_security_number": "197005061234"}),
    ],
)
def test_records_of_one_person_share_a_key(one: dict[str, Any], other: dict[str, Any]) -> None:
    for first, second in ((one, other), (other, one)):
        stored = dict.fromkeys([*lookup_keys(Contact(**first), "DE"), *blocking_keys(Contact(**first))])
        assert set(lookup_keys(Contact(**second), "DE")) & set(stored)


def test_keys_are_few_and_a_blank_contact_has_none() -> None:
    full = Contact(first_name="Eva", last_name="Alt", birth_date=date(1970, 5, 6), addresses=(HOME, HOME, HOME))
    assert len(set(blocking_keys(full))) == 3
    assert list(blocking_keys(Contact())) == []
    assert lookup_keys(Contact(), "DE") == ()
    placeholder = Contact(first_name="Eva", birth_date=date(1900, 1, 1))
    assert not any(kind == "birth" for kind, _ in blocking_keys(placeholder))


@given(st.builds(Contact, **dict.fromkeys(("first_name", "last_name", "company"), st.text(max_size=20))))
def test_no_text_is_too_strange_for_keys(contact: Contact) -> None:
    for _, value in lookup_keys(contact, "DE"):
        assert value


@pytest.mark.parametrize("number", ["+4915712345678", "+46701740605", "+525555500000", "+390612345678", "+12125550123"])
def test_national_digits_are_cut_out_of_e164_as_the_library_says(number: str) -> None:
    assert phone_e164(number, "DE") == number
    assert digits_of_e164(number) in phone_keys(number, "DE")
