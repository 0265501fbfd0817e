"""Every key of the four vendors' contacts has a home in the book."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from onebook.dialects.propstack.fields import FIELDS
from onebook.dialects.quentn.fields import FIELDS as QUENTN_FIELDS
from tests.contract.field_homes import PAGE, ROOT, Home, check_path, homes, page

HOMES = tuple(homes())
CONFORMANCE = ROOT / "tests" / "conformance"


@pytest.mark.parametrize("row", [row for row in HOMES if row.is_path], ids=lambda row: f"{row.shape}-{row.key}")
def test_a_home_is_a_field_of_the_model(row: Home) -> None:
    assert check_path(row.home) is None


def test_a_path_that_leads_nowhere_is_noticed() -> None:
    for path in (
        "nothing",
        "emails.address",
        "emails[].nothing",
        "phones[kind=pager].number",
        "first_name.x",
        "extras.nobody.x",
        "lead.nothing",
        "tag_ids[].x",
        "kind[]",
    ):
        assert check_path(path) is not None, path


def test_every_vendor_and_every_shape_is_there() -> None:
    found: dict[str, int] = {}
    for row in HOMES:
        found[row.vendor] = found.get(row.vendor, 0) + 1
    assert list(found) == ["Propstack", "Vitec", "Quentn", "EasyBroker"]
    assert min(found.values()) >= 40


def test_every_key_of_the_vendors_own_examples_is_in_the_table() -> None:
    known = {(row.vendor, row.key) for row in HOMES}
    examples: tuple[tuple[str, Any], ...] = (
        ("Propstack", example(CONFORMANCE / "propstack" / "page" / "contact.json")),
        ("Propstack", example(CONFORMANCE / "propstack" / "page" / "list.json")),
        ("EasyBroker", example(CONFORMANCE / "easybroker" / "partner_list.json")["content"]),
        ("Vitec", example(CONFORMANCE / "vitec" / "contacts.json")),
        ("Quentn", example(CONFORMANCE / "quentn" / "page.json")["retrieve"]),
    )
    for vendor, found in examples:
        rows = found if isinstance(found, list) else [found]
        assert {(vendor, key) for row in rows for key in keys_of(row)} <= known, vendor


def example(path: Path) -> Any:
    """An answer of a vendor's page."""
    return json.loads(path.read_text(encoding="utf-8"))


def keys_of(value: dict[str, Any], vendor_lists: tuple[str, ...] = ("categories",)) -> set[str]:
    """The keys of an object, those of objects in it with the path to them; of lists, the ones that hold a vendor's."""
    found: set[str] = set()
    for key, one in value.items():
        if isinstance(one, dict) and one:
            found |= {f"{key}.{below}" for below in keys_of(one)}
        elif key in vendor_lists:
            found |= {f"{key}[].{below}" for item in one for below in keys_of(item)}
        else:
            found.add(key)
    return found


def test_the_table_agrees_with_the_dialect_that_is_made_of_one() -> None:
    table = {row.key: row.home for row in HOMES if row.vendor == "Propstack"}
    for field in FIELDS:
        if field.as_is:
            assert table[field.name] == field.home


def test_the_table_has_every_key_of_quentn_s_where_the_dialect_keeps_it() -> None:
    table = {row.key: row.home for row in HOMES if row.vendor == "Quentn"}
    for field in QUENTN_FIELDS:
        assert table[field.name].partition("[")[0].partition(".")[0] == field.home


def test_the_page_is_made_of_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.contract.field_homes"
