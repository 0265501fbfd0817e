"""Tables of contacts: CSV and Excel as the world writes them, headings in four languages, cells that lie in wait."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from onebook.errors import Invalid, Malformed
from onebook.files.columns import column_for
from onebook.files.delimited import DelimitedFile, DelimitedWriter
from onebook.files.entries import Given
from onebook.files.formulas import defused, defused_typed, restored
from onebook.files.mapping import TableMapping, guess, read_mapping, write_mapping
from onebook.files.table import divided, joined, ordered, row_of
from onebook.files.workbook import WorkbookFile, WorkbookWriter
from onebook.model.contact import Address, Contact, Email, Phone

BERLIN = ZoneInfo("Europe/Berlin")
LETTERS = "Käthe Müßig, Göran Åström, Íñigo Peña – 5 €"


def read(path: Path, heads: list[str], rows: list[list[str]]) -> list[Given]:
    mapping = TableMapping(heads, guess(heads, {}), BERLIN)
    return [mapping.read(row) for row in rows]


def one(heads: str, row: str) -> Given:
    return read(Path("x"), heads.split(";"), [row.split(";")])[0]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Vorname", "first_name"),
        ("Nachname", "last_name"),
        ("Straße geschäftlich", "office_street"),
        ("Telefon privat", "phone_home"),
        ("E-Mail-Adresse", "email"),
        ("E-Mail 2", "email_2"),
        ("Förnamn", "first_name"),
        ("Efternamn", "last_name"),
        ("E-post", "email"),
        ("Postnr", "zip"),
        ("Personnummer", "social_security_number"),
        ("Apellidos", "last_name"),
        ("Correo electrónico", "email"),
        ("Teléfono móvil", "mobile"),
        ("Código postal", "zip"),
        ("Fecha de nacimiento", "birth_date"),
        ("First Name", "first_name"),
        ("E-mail 1 - Value", "email"),
        ("Phone 2 - Value", "phone_2"),
        ("Phone 2 - Label", "phone_2_label"),
        ("Address 1 - Street", "street"),
        ("Address 2 - Postal Code", "zip_2"),
        ("Business Phone", "phone_work"),
        ("office_zip_2", "office_zip_2"),
        ("custom.Budget", "custom.Budget"),
        ("Lieblingsfarbe", None),
    ],
)
def test_headings_of_four_languages_and_common_programs_are_understood(heading: str, column: str | None) -> None:
    assert column_for(heading) == column


def test_name_alone_is_what_the_other_headings_leave_for_it() -> None:
    assert guess(["Vorname", "Name"], {}) == ["first_name", "last_name"]
    assert guess(["Nombre", "Apellidos"], {}) == ["first_name", "last_name"]
    assert guess(["Namn", "E-post"], {}) == ["full_name", "email"]
    assert guess(["Name", "Name"], {}) == ["full_name", None]


def test_a_custom_field_is_known_by_its_label() -> None:
    assert guess(["Budget", "Wunschlage"], {"wunschlage": "preferred_area"}) == [None, "custom.preferred_area"]


def test_a_row_says_what_its_cells_say() -> None:
    found = one(
        "Anrede;Vorname;Name;E-Mail;E-Mail 2;Handy;Telefon geschäftlich;Straße;PLZ/Ort;Land;Geburtsdatum;Tags;Betreuer",
        "Frau;Anna;Müller;anna@x.de;kaputt@;'+49 171 234567;030 1;Hauptstr. 5;10115 Berlin;Schweden;1.2.1980;"
        "VIP, Käufer;Jo",
    )
    assert found.values == {
        "salutation": "ms",
        "first_name": "Anna",
        "last_name": "Müller",
        "birth_date": date(1980, 2, 1),
        "emails": (Email(address="anna@x.de"), Email(address="kaputt@", status="invalid")),
        "phones": (Phone(number="+49 171 234567", kind="mobile"), Phone(number="030 1", kind="work")),
        "addresses": (Address(street="Hauptstr. 5", zip="10115", city="Berlin", country="SE"),),
    }
    assert found.names == {"tag_ids": ["VIP", "Käufer"], "owner_id": ["Jo"]}


def test_empty_cells_say_nothing() -> None:
    assert one("Vorname;E-Mail;Telefon;Ort;Tags", " ; ;;\u00a0;") == Given()


def test_a_company_without_a_person_is_a_company() -> None:
    assert one("Firma;Ort", "Bau GmbH;Ulm").values["kind"] == "company"
    assert "kind" not in one("Firma;Nachname", "Bau GmbH;Huber").values
    assert one("Anrede;Firma", "Firma;Bau").values["kind"] == "company"


def test_a_salutation_that_is_none_is_kept() -> None:
    assert one("Anrede;Name", "Familie;Huber").values["extras"] == {"import": {"salutation": "Familie"}}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1980-02-01", date(1980, 2, 1)),
        ("01.02.1980", date(1980, 2, 1)),
        ("1/2/80", date(1980, 2, 1)),
        ("2/13/1980", date(1980, 2, 13)),
        ("1980-02-01 00:00:00", date(1980, 2, 1)),
        ("19800201", date(1980, 2, 1)),
    ],
)
def test_dates_of_all_countries_are_read(text: str, day: date) -> None:
    assert one("Geburtstag;Ort", f"{text};x").values["birth_date"] == day


def test_a_moment_without_a_zone_is_the_account_s() -> None:
    assert one("Erstellt am;Ort", "01.07.2025 14:30;x").values["created_at"] == datetime(2025, 7, 1, 12, 30, tzinfo=UTC)


def test_everything_wrong_in_a_row_is_told_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        one("Vorname;Geburtstag;Newsletter", "Jan\x07;32.1.1999;vielleicht;zu viel")
    said = caught.value.message
    for piece in ("4 cells under 3", "Vorname: has a control", "'32.1.1999' is no date", "neither yes nor no"):
        assert piece in said


def test_a_table_with_no_known_heading_is_refused_with_its_headings() -> None:
    with pytest.raises(Invalid, match="Foo, Bar"):
        TableMapping(["Foo", "Bar"], guess(["Foo", "Bar"], {}), BERLIN)


def test_a_mapping_comes_back_as_it_was_written(tmp_path: Path) -> None:
    heads = ['Vor"name', "Äußerung\\", "E-Mail", "Foo\t"]
    columns = guess(heads, {})
    path = tmp_path / "map.toml"
    path.write_text(write_mapping(heads, columns), "utf-8")
    assert read_mapping(path) == dict(zip(heads, [name or "" for name in columns], strict=True))


@pytest.mark.parametrize("text", ['"A" = "no_such"', '"A" = 5', "A B C", "\udcff"])
def test_a_mapping_that_makes_no_sense_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Invalid, match=r"map\.toml"):
        read_mapping(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_is_read_whatever_it_was_saved_as(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    rows = [["Name", "Notiz"], [LETTERS, 'zwei\nZeilen; "und" , mehr|\t'], ["Bo", ""]]
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    found = DelimitedFile(path)
    assert (found.heads, [entry.raw for entry in found.entries()]) == (rows[0], rows[1:])
    assert [entry.number for entry in found.entries()] == [2, 3]


def test_excel_s_own_word_for_the_delimiter_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\nName;Ort, Kreis\nAda;Ulm\n", "utf-8")
    assert [(one.number, one.raw) for one in DelimitedFile(path).entries()] == [(3, ["Ada", "Ulm"])]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "holds no row"),
        (b"PK\x03\x04rest", "import xlsx"),
        (b"\xd0\xcf\x11\xe0", "old Excel"),
        (b"Name\nA\0da\n", "line 2: has a NUL"),
        ("Name\nJürgen Größe ßß\nJ".encode() + b"\xfcrgen\n", "line 3: the text is in UTF-8 up to here"),
        (b'Name;Ort\nA;B\nC;"D\nE;F\n', r"row 3 \(line \d\): a quotation mark is opened"),
        (b'Name;Ort\nA;"B"x\n', "row 2 .*not doubled"),
        (b"Name;Ort\nA;" + b"x" * (17 << 20) + b"\n", "row 2 .*larger than 16 MiB"),
    ],
)
def test_a_malformed_csv_is_told_in_one_line_with_file_and_row(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "kaputt.csv"
    path.write_bytes(raw)
    with pytest.raises(Malformed, match=f"kaputt.csv.*{said}") as caught:
        list(DelimitedFile(path).entries())
    assert "\n" not in caught.value.message


@given(st.text(max_size=20))
def test_defusing_a_formula_is_undone_by_reading(text: str) -> None:
    for write in (defused, defused_typed):
        safe = write(text)
        assert restored(safe) == text or not safe.startswith("'")
        assert safe[:1] not in ("=", "@", "\t", "\r")


def test_what_a_spreadsheet_would_compute_is_defused_and_phone_numbers_come_back() -> None:
    for text in ("=1+1", "+SUM(A1)", "-2+3", "@x", "\tx", "\rx", "'=1"):
        assert defused(text)[0] == "'"
        assert restored(defused(text)) == text
    assert restored(defused("+49 30 12")) == "+49 30 12"
    assert defused_typed("+49 30 12") == "+49 30 12"


def test_a_workbook_is_read_as_its_cells_say(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = Workbook()
    book.create_sheet("Zwei").append(["Vorname"])
    sheet = book.worksheets[0]
    for row in (
        [None, None],
        ["Vorname", "Geb.", "PLZ", "Newsletter", "Nr"],
        ["Ada", date(1980, 2, 1), 1067.0, True, 2.5],
    ):
        sheet.append(row)
    book.save(path)
    found = WorkbookFile(path)
    assert found.heads == ["Vorname", "Geb.", "PLZ", "Newsletter", "Nr"]
    assert [(one.number, one.raw) for one in found.entries()] == [(3, ["Ada", "1980-02-01", "1067", "true", "2.5"])]
    assert WorkbookFile(path, "Zwei").heads == ["Vorname"]
    with pytest.raises(Malformed, match="no sheet 'Drei'"):
        WorkbookFile(path, "Drei")


def test_a_workbook_that_is_written_computes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    writer = WorkbookWriter(path, ["Vorname", "Telefon"])
    for first in ("=1+1", "#N/A", "0007", "@x"):
        writer.write([first, "+49 30 1"])
    writer.close()
    cells = [row[0] for row in load_workbook(path).worksheets[0].iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * 4
    assert [cell.value for cell in cells] == ["'=1+1", "#N/A", "0007", "'@x"]
    mapping = TableMapping(["Vorname", "Telefon"], ["first_name", "phone"], BERLIN)
    found = [mapping.read(entry.raw).values for entry in WorkbookFile(path).entries()]
    assert [values["first_name"] for values in found] == ["=1+1", "#N/A", "0007", "@x"]
    assert found[0]["phones"] == (Phone(number="+49 30 1"),)


@pytest.mark.parametrize("kind", ["cut", "no zip", "empty zip", "bomb", "no rows", "bad xml"])
def test_a_workbook_that_is_none_or_damaged_or_a_bomb_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "kaputt.xlsx"
    writer = WorkbookWriter(path, ["Vorname"] if kind != "no rows" else [""])
    writer.write(["Ada"] if kind != "no rows" else [""])
    writer.close()
    whole = path.read_bytes()
    if kind == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "no zip":
        path.write_bytes(b"hello")
    elif kind != "no rows":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            if kind == "bomb":
                archive.writestr("xl/worksheets/sheet1.xml", b"0" * (32 << 20))
            elif kind == "bad xml":
                archive.writestr("[Content_Types].xml", "<Types")
    with pytest.raises(Malformed, match=r"^kaputt\.xlsx") as caught:
        list(WorkbookFile(path).entries())
    assert "\n" not in caught.value.message


def test_names_in_one_cell_come_apart_as_they_were_joined() -> None:
    for names in (["VIP"], ["VIP", "Käufer"], ["Kauf, Miete"], ["a, b", "c"]):
        assert divided(joined(names)) == names
    assert divided("a,b | c") == ["a", "b", "c"]


def test_a_contact_comes_back_from_the_row_that_was_made_of_it() -> None:
    contact = Contact(
        id=7,
        kind="estate",
        salutation="ms",
        first_name="=Anna",
        last_name="Müller",
        birth_date=date(1980, 2, 1),
        newsletter=False,
        rating=3,
        consent_status="agreed",
        emails=(Email(address="a@x.de", label="privat", is_primary=True), Email(address="kaputt@", status="invalid")),
        phones=tuple(Phone(number=f"+49 30 {n}", kind="mobile" if n % 2 else "other") for n in range(11)),
        addresses=(
            Address(city="Ulm"),
            Address(kind="office", street="Weg", house_number="5", latitude=1.5, country="DE"),
        ),
        last_contact_at=datetime(2025, 7, 1, 12, 30, 5, 7, tzinfo=UTC),
        external_ids={"propstack": "17"},
        custom={"budget": 5, "areas": [1, 2]},
        tag_ids=(1, 2),
    )
    row = row_of(contact, {"tag_ids": {1: "VIP", 2: "Kauf, Miete"}, "custom.areas": {1: "Nord", 2: "Süd"}})
    heads = ordered(row)
    mapping = TableMapping(heads, guess(heads, {}), BERLIN)
    found = mapping.read([row.get(name, "") for name in heads])
    assert found.names == {"tag_ids": ["VIP", "Kauf, Miete"]}
    assert found.values.pop("custom") == {"budget": "5", "areas": "Nord,Süd"}
    for name, value in found.values.items():
        assert getattr(contact, name) == value, name
    assert set(found.values) == {
        *"kind salutation first_name last_name birth_date newsletter rating consent_status".split(),
        *"emails phones addresses last_contact_at external_ids".split(),
    }


def test_a_csv_that_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [[LETTERS, "=1+1"], ["zwei\r\nZeilen", "+49"], ["\ttab", "'x"]]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = DelimitedWriter(file, ["Name", "Notiz"])
        for row in rows:
            writer.write(row)
    mapping = TableMapping(["Name", "Notiz"], ["last_name", "description"], BERLIN)
    found = [mapping.read(entry.raw).values for entry in DelimitedFile(path).entries()]
    assert [[one["last_name"], one["description"]] for one in found] == rows
