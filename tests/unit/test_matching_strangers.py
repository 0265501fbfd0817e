"""Who need not be compared, and what nobody waits for."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest

from onebook.matching.features import features
from onebook.matching.score import score
from onebook.matching.strangers import strangers
from onebook.matching.weights import own_weights
from onebook.model.blocking import lookup_keys
from onebook.model.contact import Address, Contact, Email
from tests.book import emails, phones

ANNA: dict[str, Any] = {
    "first_name": "Anna",
    "last_name": "Berg",
    "emails": emails("anna.berg@example.org"),
    "phones": phones("0157 12345678"),
    "birth_date": date(1980, 5, 6),
}


@pytest.mark.parametrize(
    ("change", "apart"),
    [
        ({}, False),
        ({"birth_date": date(1981, 7, 9)}, True),
        ({"birth_date": date(1980, 5, 7)}, False),
        ({"birth_date": date(1900, 1, 1)}, False),
        ({"birth_date": None, "emails": emails("a@example.com")}, False),
        ({"birth_date": None, "phones": phones("0160 9999999")}, False),
        ({"birth_date": None, "emails": emails("a@example.com"), "phones": phones("0160 9999999")}, True),
        ({"birth_date": None, "emails": emails("ana.berg@example.org"), "phones": phones("0160 9999999")}, False),
        ({"birth_date": None, "emails": emails("a@example.com"), "phones": phones("+49 157 12345679")}, False),
        ({"birth_date": None, "emails": emails("a@example.com"), "phones": ()}, False),
    ],
)
def test_strangers_differ_in_all_that_tells_people_apart(change: dict[str, Any], apart: bool) -> None:
    one, other = Contact(**ANNA), Contact(**{**ANNA, **change})
    assert strangers(one, other, "DE") is apart
    assert strangers(other, one, "DE") is apart


def test_texts_as_long_as_a_body_may_be_are_compared_at_once() -> None:
    long = "ab" * 32_768
    contacts = [
        Contact(
            first_name=end + long,
            last_name=long + end,
            company=long,
            emails=(Email(address=f"{end}{long}@example.org"),),
            phones=phones("1" * 60_000 + end),
            addresses=(Address(street=long + end, house_number=long, zip="1" * 60_000),),
            social_security_number=long + end,
        )
        for end in ("x", "y")
    ]
    started = time.process_time()
    one, other = contacts
    score(own_weights(), features(one, "DE"), features(other, "DE"))
    for contact in contacts:
        lookup_keys(contact, "DE")
    assert not strangers(one, other, "DE")
    assert time.process_time() - started < 1
