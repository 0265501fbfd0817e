"""Namesakes told apart at a glance: whoever is worth a look by the full comparison is never passed over."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import combinations
from random import Random

from msgspec.structs import replace

from onebook.matching.decision import Thresholds, verdict
from onebook.matching.features import features
from onebook.matching.score import score
from onebook.matching.unlikely import unlikely
from onebook.matching.weights import own_weights
from onebook.model.blocking import lookup_keys
from onebook.model.contact import Contact
from tests.bench.fill import NOW
from tests.bench.people import crowd
from tests.book import emails, phones

LIMITS = Thresholds(0.8, 0.3)


def test_who_is_passed_over_is_different_by_the_full_comparison_too() -> None:
    people = [made.contact for made in crowd(Random(4), 6000, now=NOW)]
    alike: dict[str, list[Contact]] = defaultdict(list)
    for contact in people:
        for kind, value in lookup_keys(contact, "DE"):
            if kind == "name":
                alike[value].append(contact)
    passed = looked = 0
    for namesakes in alike.values():
        for one, other in combinations(namesakes[:8], 2):
            row = features(one, "DE")
            shared = {key for key in lookup_keys(one, "DE") if key[0] != "name"} & {*lookup_keys(other, "DE")}
            if shared:
                continue
            if unlikely(row, other):
                passed += 1
                assert verdict(score(own_weights(), row, features(other, "DE")), LIMITS) == "different"
            else:
                looked += 1
    assert passed > looked


def test_a_letter_or_a_figure_off_is_worth_a_look() -> None:
    anna = Contact(
        first_name="Anna",
        last_name="Berg",
        salutation="ms",
        birth_date=date(1980, 2, 1),
        emails=emails("anna.berg@example.com"),
        phones=phones("0171 2345678"),
    )
    row = features(anna, "DE")
    typed = replace(anna, emails=emails("ana.berg@example.com"), birth_date=date(1980, 2, 11))
    assert not unlikely(row, typed)
    other = replace(anna, emails=emails("b@example.org"), birth_date=date(1955, 7, 30))
    assert unlikely(row, other)
    assert not unlikely(replace(row, social_number="801"), other)
