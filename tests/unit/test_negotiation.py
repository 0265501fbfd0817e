"""Which media type an `Accept` asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.http.negotiation import best_offer

OFFERS = ("application/json", "text/json", "application/xml", "text/xml")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/xml", "application/xml"),
        ("APPLICATION/XML ; Q=1.0", "application/xml"),
        ("application/xml; charset=utf-8", "application/xml"),
        ("text/*", "text/json"),
        ("text/xml, application/json", "text/xml"),
        ("application/json, text/xml", "application/json"),
        ("text/xml;q=0.5, application/json;q=0.4", "text/xml"),
        ("text/xml;q=0.5, application/json", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/xml"),
        ("text/xml, */*", "text/xml"),
        ("*/*, text/xml", "text/xml"),
        ("application/json;q=0, */*", "text/json"),
        ("*/*;q=0", "application/json"),
        ("image/png", "application/json"),
        ("text/xml;q=7", "application/json"),
        ("text/xml;q=", "application/json"),
        (";;,,/ q=1", "application/json"),
    ],
)
def test_the_offer_that_is_liked_best_is_chosen(accept: str, chosen: str) -> None:
    assert best_offer(accept, OFFERS) == chosen


@given(st.text())
def test_whatever_is_asked_one_of_the_offers_is_chosen(accept: str) -> None:
    assert best_offer(accept, OFFERS) in OFFERS
