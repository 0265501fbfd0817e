"""The quick look at a dump's row refuses exactly what the slow one refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.dialects.propstack.undump import contact_of
from onebook.errors import Invalid
from onebook.http.body import check_value
from onebook.model.account import Account, Vocabulary
from tests.book import START

WORDS = Vocabulary(
    stamp=1,
    account=Account(account_id=1, name="A", customer_id="M1", created_at=START),
    users={},
    tag_groups={},
    tags={},
    sources={},
    statuses={},
    reasons={},
    custom_fields={},
)
TEXTS = st.text(st.characters(codec=None), max_size=6) | st.sampled_from(
    ["\\u0000", "\\", '"\\b', "\b", "\f", "\x7f", "\x85", "\x9f", "§", "\ud800", "x" * 65_537, "ä" * 33_000, "€1e9"]
)
VALUES: Any = st.recursive(
    st.none() | st.booleans() | TEXTS | st.integers(-(2**65), 2**65) | st.floats(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=6,
)


def refused(row: dict[str, Any]) -> str | None:
    """What is said of a row, of which nothing is known, by the import."""
    try:
        contact_of(row, lambda resource, shown: shown, WORDS)
    except Invalid as error:
        return error.message
    return None


@given(st.dictionaries(TEXTS.map(lambda text: f"unbekannt {text}"), VALUES, max_size=4))
def test_what_no_field_may_hold_is_refused_wherever_it_stands(row: dict[str, Any]) -> None:
    try:
        check_value(row)
        expected = None
    except Invalid as error:
        expected = error.message
    assert refused({"id": 5, **row}) == expected


@pytest.mark.parametrize("deep", [30, 31, 32, 33])
def test_a_row_that_is_nested_too_deep_is_refused(deep: int) -> None:
    value: Any = 1
    for _ in range(deep):
        value = [value]
    assert (refused({"id": 5, "unbekannt": value}) is None) == (deep < 32)
