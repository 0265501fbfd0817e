"""vCards as telephones and address books of twenty years write them, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.errors import Invalid, Malformed
from onebook.files.card_fields import given_of, lines_of
from onebook.files.cards import CardsFile, folded
from onebook.model.contact import Address, Contact, Email, Phone

BERLIN = ZoneInfo("Europe/Berlin")


def values(*lines: str, version: str = "3.0") -> dict[str, Any]:
    return given_of(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD"], BERLIN).values


def test_version_2_1_of_an_old_telephone_is_read() -> None:
    found = values(
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg;;Herr Dr.;",
        "TEL;CELL;VOICE:0171 1",
        "TEL;WORK;FAX:030 2",
        "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:eine =",
        "Zeile=0D=0Azwei =E4",
        "PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD",
        " AAAAAAAA",
        "AGENT:",
        "BEGIN:VCARD",
        "N:Andere;Person",
        "END:VCARD",
        "EMAIL;INTERNET:j@x.de",
        version="2.1",
    )
    assert found == {
        "last_name": "Müller",
        "first_name": "Jörg",
        "salutation": "mr",
        "academic_title": "Dr.",
        "phones": (Phone(number="0171 1", kind="mobile"), Phone(number="030 2", kind="fax")),
        "description": "eine Zeile\nzwei ä",
        "emails": (Email(address="j@x.de"),),
    }


def test_version_3_of_a_telephone_with_groups_and_labels_is_read() -> None:
    found = values(
        "N:Åström;Göran;Nils;;",
        "FN:Göran Nils Åström",
        "ORG:Bau\\, Boden\\; mehr;Einkauf",
        "item1.EMAIL;type=INTERNET;type=pref:g@x.se",
        "item1.X-ABLabel:_$!<Other>!$_",
        'TEL;TYPE="home,voice":08-1',
        "ADR;type=WORK:;c/o Bo;Storgatan 5\\nTrappa 2;Stockholm;;111 22;Sverige",
        "BDAY;value=date:1980-02-01",
        "CATEGORIES:VIP,Kauf\\, Miete",
        "NOTE:lang und",
        "  gefaltet",
        "UID:urn:uuid:1",
    )
    assert found["addresses"] == (
        Address(
            kind="office",
            street="Storgatan 5\nTrappa 2",
            street2="c/o Bo",
            zip="111 22",
            city="Stockholm",
            country="SE",
        ),
    )
    assert found["company"] == "Bau, Boden; mehr"
    assert found["emails"] == (Email(address="g@x.se", label="Other", is_primary=True),)
    assert found["phones"] == (Phone(number="08-1", kind="home"),)
    assert (found["first_name"], found["birth_date"]) == ("Göran Nils", date(1980, 2, 1))
    assert found["description"] == "lang und gefaltet"
    assert found["external_ids"] == {"uid": "urn:uuid:1"}


def test_version_4_is_read() -> None:
    found = values(
        "FN:Bau GmbH",
        "KIND:org",
        "TEL;VALUE=uri;PREF=1;TYPE=cell:tel:+49-171-1",
        "BDAY:--0201",
        "LANG:de",
        "REV:20250701T123000Z",
        version="4.0",
    )
    assert found == {
        "kind": "company",
        "company": "Bau GmbH",
        "phones": (Phone(number="+49-171-1", kind="mobile", is_primary=True),),
        "extras": {"import": {"birth_date": "--0201"}},
        "language": "de",
        "updated_at": datetime(2025, 7, 1, 12, 30, tzinfo=UTC),
    }


def test_a_name_in_one_piece_is_taken_apart() -> None:
    assert values("FN:Anna Maria Berg") == {"first_name": "Anna Maria", "last_name": "Berg"}
    assert values("N:;;;;", "FN:Berg, Anna") == {"first_name": "Anna", "last_name": "Berg"}


@pytest.mark.parametrize(
    ("line", "said"),
    [("nothing", "is no property"), ("BDAY:31.31.1999", "no date"), ("KIND:group", "group"), ("TEL", "no prop")],
)
def test_a_card_that_makes_no_sense_says_why(line: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        values("FN:Ada", line)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n\n", "holds no card"),
        ("Vorname;Name\n", "line 1: is outside of a card"),
        ("BEGIN:VCARD\nFN:A\nEND:VCARD\nBEGIN:VCARD\nFN:B\n", "card 2: does not end"),
        ("BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\nEND:VCARD\n", "card 1: does not end before"),
        ("BEGIN:VCARD\nPHOTO:" + "x" * (17 << 20) + "\nEND:VCARD\n", "card 1: is larger"),
    ],
)
def test_a_malformed_file_of_cards_is_told_in_one_line_with_file_and_card(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "kaputt.vcf"
    path.write_text(text, "utf-8")
    with pytest.raises(Malformed, match=f"kaputt.vcf.*{said}") as caught:
        list(CardsFile(path).entries())
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_cards_are_read_in_every_encoding_and_line_end(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "a.vcf"
    lines = ["BEGIN:VCARD", "FN:Jörg Müßig", "END:VCARD", "", "begin:vcard", "FN:B C", "end:vcard", ""]
    path.write_bytes(end.join(lines).encode(encoding))
    cards = list(CardsFile(path).entries())
    assert [one.number for one in cards] == [1, 2]
    assert given_of(cards[0].raw, BERLIN).values == {"first_name": "Jörg", "last_name": "Müßig"}


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40).map(str.strip).filter(bool)


@given(TEXT, TEXT, TEXT)
def test_any_text_comes_back_from_a_card(last: str, note: str, street: str) -> None:
    contact = Contact(id=1, last_name=last, description=note, addresses=(Address(street=street),))
    lines = "\r\n".join(lines_of(contact, {})).split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    found = given_of(lines, BERLIN).values
    assert (found["last_name"], found["description"], found["addresses"]) == (last, note, contact.addresses)


def test_a_contact_comes_back_from_the_card_that_was_made_of_it() -> None:
    contact = Contact(
        id=7,
        salutation="ms",
        academic_title="Dr.",
        first_name="Anna",
        last_name="Müller",
        company="Bau; Boden",
        birth_date=date(1980, 2, 1),
        description="zwei\nZeilen",
        rating=3,
        newsletter=False,
        emails=(Email(address="a@x.de", label="privat", is_primary=True), Email(address="kaputt@", status="invalid")),
        phones=(Phone(number="+49 30 1", kind="mobile"), Phone(number="2", label="Oma")),
        addresses=(Address(kind="office", street="Weg", house_number="5", city="Ulm", country="DE"),),
        external_ids={"propstack": "17"},
        custom={"budget": 5},
        tag_ids=(1, 2),
        source_id=3,
    )
    names = {"tag_ids": {1: "VIP", 2: "Kauf, Miete"}, "source_id": {3: "Portal"}}
    found = given_of("\r\n".join(lines_of(contact, names)).split("\r\n"), BERLIN)
    assert found.names == {"tag_ids": ["VIP", "Kauf, Miete"], "source_id": ["Portal"]}
    assert found.values.pop("custom") == {"budget": "5"}
    for name, value in found.values.items():
        assert getattr(contact, name) == value, name
    assert len(found.values) == 13


def test_lines_are_folded_between_characters() -> None:
    assert "".join(part.removeprefix(" ") for part in folded("ä" * 100).split("\r\n")) == "ä" * 100


def test_names_of_several_parts_and_birthdays_without_a_year_are_kept() -> None:
    assert values("N:García,López;Íñigo,Juan;;Dr.,Prof.;", version="4.0") == {
        "last_name": "García López",
        "first_name": "Íñigo Juan",
        "academic_title": "Dr. Prof.",
    }
    for line in ("BDAY:--0412", "BDAY:1985", "BDAY:1985-04", "BDAY;VALUE=text:1800", "BDAY:0000-04-12"):
        found = values("FN:Frau Dr. Ada Berg", line)
        assert found["extras"] == {"import": {"birth_date": line.partition(":")[2]}}
        assert (found["salutation"], found["first_name"], found["last_name"]) == ("ms", "Ada", "Berg")
    assert values("FN:a@x.de", "EMAIL:a@x.de") == {"emails": (Email(address="a@x.de"),)}


def test_lines_that_old_telephones_break_in_their_own_way_are_put_together() -> None:
    found = values(
        "N:Berg;Ada",
        "PHOTO;JPEG;BASE64:/9j/4AAQSk",
        "ZJRgABAQAAAA",
        "AAAA==",
        "",
        "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:eins=",
        " zwei=C3=A4",
        "TITLE;ENCODING=B:Q2hlZg==",
        "TEL:1",
        version="2.1",
    )
    assert (found["description"], found["position"]) == ("eins zweiä", "Chef")
    assert found["phones"] == (Phone(number="1"),)


def test_every_card_is_read_in_its_own_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    card = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET={}:Müller;Jörg\r\nEND:VCARD\r\n"
    broken = "FN:Jörg Müßig".encode().replace(b"\xc3", b"\xc3\r\n ")
    path.write_bytes(
        card.format("ISO-8859-1").encode("latin-1")
        + card.format("UTF-8").encode()
        + b"begin: vcard\r\n"
        + broken
        + b"\r\nend: vcard\r\n"
    )
    found = [given_of(one.raw, BERLIN).values for one in CardsFile(path).entries()]
    assert [one["last_name"] for one in found] == ["Müller", "Müller", "Müßig"]


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), min_size=1, max_size=12))
def test_any_label_and_house_number_comes_back_and_adds_no_line(text: str) -> None:
    contact = Contact(
        id=1,
        emails=(Email(address="a@x.de", label=text),),
        addresses=(Address(street="Weg", house_number=text),),
        external_ids={text: "7"},
    )
    lines = list(lines_of(contact, {}))
    assert not any("\n" in line.replace("\r\n ", "") for line in lines)
    found = given_of("\n".join(lines).replace("\r", "").split("\n"), BERLIN).values
    assert found["emails"][0].label == text
    assert found["addresses"][0].house_number == text
    assert found["external_ids"] == {text: "7"}
