"""The vendor's page itself: its tables of fields, its two samples, its sentences."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree

from onebook.dialects.vitec.fields import BASE, COMPANY, CUSTOMER_ID, ESTATE, PERSON
from onebook.dialects.vitec.formats import encode
from onebook.dialects.vitec.shapes import Member, Shape, as_of
from onebook.dialects.vitec.upserts import NO_REACH
from onebook.dialects.vitec.xml_writer import item_writer, write_list
from tests.conformance.vitec.agency import case

TABLES: dict[str, list[list[str]]] = json.loads(case("tables.json"))
SHAPES = {shape.name: shape for shape in (PERSON, COMPANY, ESTATE)}
OLD = as_of(BASE, 2024)
SAMPLE: list[dict[str, Any]] = json.loads(case("contacts.json"))
NEWER = {("CrmCompanyContact", "Name"): "Företagsnamn måste vara mellan 0 och 100 tecken"}
"""What the vendor's newer page says in place of the sentence here."""
DROPPED = "Email"
"""The row that the page's tables have lost; its samples have the member."""


def row(member: Member) -> tuple[str, str, str]:
    """A member as the page's tables tell it: name, type, information."""
    name = member.type.name if isinstance(member.type, Shape) else member.type
    sentences = [member.missing] if member.required else []
    sentences += [member.sentence] if member.limit else []
    return member.name, f"Collection of {name}" if member.many else name, " ".join(sentences)


@pytest.mark.parametrize("name", TABLES)
def test_the_field_table_has_the_pages_members_types_and_sentences_in_its_order(name: str) -> None:
    said = [(row[0], row[2], NEWER.get((name, row[0]), row[3])) for row in TABLES[name]]
    ours = [row(member) for member in as_of(SHAPES[name], 2024).members if member.name != DROPPED]
    assert ours == said


@pytest.mark.parametrize("shape", SHAPES.values(), ids=lambda shape: shape.name)
def test_every_member_says_where_it_lives(shape: Shape) -> None:
    assert all(member.home for member in shape.members)
    assert all(member.show for member in shape.members)


def test_the_base_members_encode_to_the_pages_json_byte_for_byte() -> None:
    values = [{member.key: contact[member.key] for member in OLD.members} for contact in SAMPLE]
    assert encode(values).decode() == without_spaces(case("contacts.json"))


def without_spaces(text: str) -> str:
    """JSON without the blanks between its marks; those inside texts stay."""
    parts = text.split('"')
    return '"'.join(part if index % 2 else part.replace(" ", "") for index, part in enumerate(parts))


def test_the_base_members_encode_to_the_pages_xml_canonically() -> None:
    written = write_list(OLD, [item_writer(OLD, OLD)(contact) for contact in SAMPLE])
    assert canonical(written) == canonical(case("contacts.xml"))


def canonical(text: str) -> bytes:
    """The document in canonical form (C14N), without the blanks between elements that the page shows."""
    parser = etree.XMLParser(remove_blank_text=True)
    return etree.tostring(etree.fromstring(text.encode(), parser), method="c14n")


def test_the_newer_page_adds_a_birthday_and_coordinates() -> None:
    newer = {member.name for member in PERSON.members} - {member.name for member in as_of(PERSON, 2024).members}
    assert newer == {"DateOfBirth"}
    address = next(member.type for member in BASE.own if member.name == "Address")
    assert isinstance(address, Shape)
    assert [member.name for member in address.own if member.since > 2024] == ["Wgs84Coordinate"]


def test_the_sentences_are_the_pages_own() -> None:
    assert CUSTOMER_ID.missing == "Kund-id krävs"
    assert CUSTOMER_ID.sentence == "Kund-id måste vara mellan 0 och 40 tecken"
    assert ESTATE.own[1].sentence == "Nam måste vara mellan 0 och 30 tecken"
    assert NO_REACH == "Epostadress, telefonnummer (bostad eller arbete) eller mobilnummer måste anges."
