"""The vendor's page on the data dump: each of its five examples as a row of ours, all keys, in order, same types."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from onebook.dialects.propstack.dump import TABLES_OF_DUMP
from onebook.dialects.propstack.tables.column import Column, Table, put
from onebook.dialects.propstack.tables.index import TABLES
from onebook.dialects.propstack.values import read_value
from onebook.model.account import Account, CustomField, Source, Status, Vocabulary
from onebook.model.contact import Address, Contact, Email, Phone
from onebook.model.organisation import PropertyStatus
from onebook.service.dump_encoding import encoding
from onebook.service.dump_tables import Beside, Numbers

PAGE = Path(__file__).parent / "datadump"
ZONE = ZoneInfo("UTC")
WORDS = Vocabulary(
    stamp=1,
    account=Account(account_id=1, name="Agentur", customer_id="M1", created_at=datetime(2019, 1, 1, tzinfo=UTC)),
    users={},
    tag_groups={},
    tags={},
    sources={5: Source(id=5, name="Facebook Ads")},
    statuses={3: Status(id=3, name="Kunde")},
    reasons={},
    custom_fields={},
    lists={PropertyStatus: {6: PropertyStatus(id=6, name="Inaktiv")}},
)


def page(table: str) -> dict[str, Any]:
    """The page's example of a table's row."""
    (row,) = msgspec.json.decode((PAGE / f"{table}.json").read_bytes())
    assert isinstance(row, dict)
    return row


def dumped(table: str, record: Any, words: Vocabulary = WORDS) -> dict[str, Any]:
    """The record as the dump's file has it."""
    (chosen,) = (one for one in TABLES_OF_DUMP.tables if one.name == table)
    stored: Any = msgspec.json.decode(msgspec.json.encode(record), type=chosen.record)
    row = chosen.rows(Beside(words, {}, Numbers()))(stored)
    line = encoding("jsonl", chosen.columns(words))
    line.add([row])
    found = msgspec.json.decode(line.taken())
    assert isinstance(found, dict)
    return found


def read(table: Table[Any], row: dict[str, Any]) -> Any:
    """A row of the vendor's as our record, by the same columns."""
    values = []
    for column in table.columns:
        if column.name in row and isinstance(column, Column):
            value = read_value(column.kind, row[column.name], column.name, ZONE)
            values.append((column, column.keep(value) if column.keep and value is not None else value))
    return put(table.record(), values)


def test_a_contact_has_the_page_s_keys_in_the_page_s_order_and_its_values() -> None:
    expected = page("contacts")
    contact = Contact(
        id=109,
        owner_id=2,
        source_id=5,
        status_id=3,
        company="Musterfirma",
        created_at=datetime.fromisoformat(f"{expected['created_at']}+00:00"),
        updated_at=datetime.fromisoformat(f"{expected['updated_at']}+00:00"),
        last_contact_at=datetime.fromisoformat(f"{expected['last_contact_at']}+00:00"),
        birth_date=date(2002, 11, 10),
        emails=(Email(address="test@example.com"),),
        first_name="Max",
        last_name="Mustermann",
        phones=(Phone(number="+49-1231-12312321", kind="mobile"),),
        addresses=(
            Address(street="Musterstrasse", house_number="76", zip="42573", city="Berlin", country="Deutschland"),
        ),
        website="example.com",
        position="Manager",
        salutation="mr",
        extras={"propstack": {"preferred_contact_channel": "account_email"}},
    )

    found = dumped("contacts", contact)

    assert list(found)[: len(expected)] == list(expected)
    # The vendor leaves these two empty beside a list and parts that are not: ours says what they say.
    expected |= {"email": "test@example.com", "home_address": "Musterstrasse 76, 42573 Berlin"}
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("table", ["properties", "appointments", "cancelations", "deals"])
def test_other_rows_have_the_page_s_keys_in_the_page_s_order_and_its_values(table: str) -> None:
    expected = page(table)

    found = dumped(table, read(TABLES[table], expected))

    assert list(found)[: len(expected)] == list(expected)
    assert {name: found[name] for name in expected} == expected


def test_there_is_a_file_for_each_of_the_page_s_twenty_tables_and_six_lists() -> None:
    known = {table.name for table in TABLES_OF_DUMP.tables}
    page_s = (
        "appointments brokers cancelations commission_splits contacts deal_pipelines deals departments documents images"
        " messages notes policies projects properties property_details relationships saved_queries teams todos"
        " groups client_sources client_reasons client_statuses reservation_reasons property_statuses"
    ).split()
    assert len(page_s) == 26
    assert known >= set(page_s)


def test_the_key_value_lists_have_the_keys_id_and_name_only() -> None:
    assert dumped("client_sources", Source(id=5, name="Messe")) == {"id": 5, "name": "Messe"}


@pytest.mark.parametrize(
    ("field", "kept", "shown"),
    [
        (CustomField(name="mv", type="text"), "ja", "ja"),
        (CustomField(name="mv", type="checkbox"), True, True),
        (CustomField(name="mv", type="number"), 12.5, 12.5),
        (CustomField(name="mv", type="date"), "2026-01-02", "2026-01-02"),
        (CustomField(name="mv", type="date"), "2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05"),
        (CustomField(name="mv", type="multiple_choice"), [1, 2], "1,2"),
        (CustomField(name="mv", type="text"), None, None),
    ],
)
def test_a_custom_field_is_a_key_at_the_top_level(field: CustomField, kept: Any, shown: Any) -> None:
    words = msgspec.structs.replace(WORDS, custom_fields={"mv": field})
    contact = Contact(id=1, custom={} if kept is None else {"mv": kept})

    assert dumped("contacts", contact, words)["mv"] == shown


def test_a_custom_field_called_like_a_key_of_the_table_stands_beside_it() -> None:
    fields = {name: CustomField(name=name) for name in ("email", "cf_email")}
    words = msgspec.structs.replace(WORDS, custom_fields=fields)
    found = dumped("contacts", Contact(id=1, custom={"email": "x", "cf_email": "y"}), words)

    assert (found["email"], found["cf_cf_email"], found["cf_email"]) == (None, "x", "y")
