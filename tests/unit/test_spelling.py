"""Paths in any case."""

from __future__ import annotations

import pytest

from onebook.http.spelling import Spelling

SPELLING = Spelling(
    [
        ("GET", "/CRM/Contact/{c}"),
        ("GET", "/CRM/Contact/{c}/{ids}"),
        ("GET", "/CRM/Contact/{c}/Search"),
        ("GET", "/CRM/Contact/{c}/Person/{ids}"),
        ("PUT", "/CRM/Contact/{c}/{id}/OptOut"),
    ]
)


@pytest.mark.parametrize(
    ("method", "sent", "path"),
    [
        ("GET", "/crm/contact/Ab%2Fc", "/CRM/Contact/Ab%2Fc"),
        ("GET", "/CRM/CONTACT/Ab/SEARCH", "/CRM/Contact/Ab/Search"),
        ("HEAD", "/crm/contact/Ab/x,Y", "/CRM/Contact/Ab/x,Y"),
        ("GET", "/CRM/Contact/Ab/person/Person", "/CRM/Contact/Ab/Person/%50erson"),
        ("PUT", "/crm/contact/Ab/Person/optout", "/CRM/Contact/Ab/%50erson/OptOut"),
        ("GET", "/%43RM/contact/Ab", "/CRM/Contact/Ab"),
        ("POST", "/crm/contact/Ab/search", "/CRM/Contact/Ab/Search"),
    ],
)
def test_words_get_the_routes_case_and_parameters_stay_as_sent(method: str, sent: str, path: str) -> None:
    assert SPELLING.spelled(method, sent) == path


@pytest.mark.parametrize("sent", ["", "/", "/CRM", "/CRM%2FContact/M1", "/CRM/Contact/a/b/c/d", "/CRM/Contacts/M1"])
def test_what_means_no_route_is_left_alone(sent: str) -> None:
    assert SPELLING.spelled("GET", sent) is None
