"""What a property costs is told in two ways, and they never disagree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from onebook.model.property import Operation, Property, in_step

SALE, RENT = Operation(type="sale", amount=5), Operation(type="rental", amount=2, unit="month")
HOLIDAY = Operation(type="temporary_rental", amount=9, unit="night")


@pytest.mark.parametrize(
    ("before", "change", "expected"),
    [
        (None, {"operation": "sale", "price": 5}, {"operations": (SALE,)}),
        (None, {"operation": "rental", "base_rent": 2}, {"operations": (RENT,)}),
        (None, {"price": 5}, {"operations": (), "operation": None}),
        (None, {"operations": (RENT, SALE)}, {"operation": "rental", "price": 5, "base_rent": 2}),
        (None, {"operations": (HOLIDAY,)}, {"operation": "temporary_rental", "price": None, "base_rent": None}),
        (None, {"operations": (SALE,), "operation": "sale"}, {"operations": (SALE,), "price": 5}),
        # A flat that is let, and sold: the rent is no offer.
        (None, {"operation": "sale", "price": 5, "base_rent": 2}, {"operations": (SALE,), "base_rent": 2}),
        ({"operations": (SALE, HOLIDAY)}, {"price": 6}, {"operations": (replace(SALE, amount=6), HOLIDAY)}),
        ({"operations": (SALE,)}, {"operation": "rental", "base_rent": 2}, {"operations": (RENT,), "price": None}),
        ({"operations": (SALE, RENT)}, {"operations": (SALE,)}, {"base_rent": None, "price": 5, "operation": "sale"}),
        ({"operations": (SALE,)}, {"operations": ()}, {"operation": None, "price": None}),
        ({"operation": "sale", "price": 5}, {"price": None}, {"operations": (Operation(type="sale"),)}),
        (
            {"operation": "sale", "price": 5, "base_rent": 2},
            {"operations": (replace(SALE, amount=7),)},
            {"base_rent": 2},
        ),
        ({"operations": (SALE,)}, {"title": "x"}, {"operations": (SALE,), "price": 5}),
    ],
)
def test_what_was_told_decides(before: dict[str, Any] | None, change: dict[str, Any], expected: dict[str, Any]) -> None:
    known = in_step(None, Property(**before)) if before is not None else None
    after = in_step(known, replace(known or Property(), **change))
    assert {name: getattr(after, name) for name in expected} == expected


AMOUNT = st.none() | st.integers(0, 3)
OPERATIONS = st.lists(
    st.builds(Operation, type=st.sampled_from(("sale", "rental", "temporary_rental")), amount=AMOUNT),
    unique_by=lambda one: one.type,
).map(tuple)
CHANGE = st.fixed_dictionaries(
    {},
    optional={
        "operations": OPERATIONS,
        "operation": st.sampled_from((None, "sale", "rental", "temporary_rental")),
        "price": AMOUNT,
        "base_rent": AMOUNT,
    },
)


@given(st.lists(CHANGE, max_size=4))
def test_after_any_changes_both_ways_say_the_same_and_saying_it_again_changes_nothing(
    changes: list[dict[str, Any]],
) -> None:
    known: Property | None = None
    for change in changes:
        known = in_step(known, replace(known or Property(), **change))
        amounts = {one.type: one.amount for one in known.operations}
        assert amounts.get("sale", known.price) == known.price
        assert amounts.get("rental", known.base_rent) == known.base_rent
        assert in_step(known, known) == known
