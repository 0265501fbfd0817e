"""Tables of contacts: CSV and Excel as the world writes them, headings in four languages, cells that lie in wait."""

from __future__ import annotations

import csv
import io
import re
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
from onebook.files.heads import named_apart
from onebook.files.mapping import TableMapping, guess, read_mapping, write_mapping
from onebook.files.people import name_of
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
        ("29252", date(1980, 2, 1)),
        ("1. März 1980", date(1980, 3, 1)),
        ("1 de febrero de 1980", date(1980, 2, 1)),
        ("1 maj 1980", date(1980, 5, 1)),
        ("01-Okt-80", date(1980, 10, 1)),
        ("Dec. 24th, 1980", date(1980, 12, 24)),
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
    for first in ("=1+1", "#N/A", "0007", "@x", "a\uffffb"):
        writer.write([first, "+49 30 1"])
    writer.close()
    cells = [row[0] for row in load_workbook(path).worksheets[0].iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * 5
    assert [cell.value for cell in cells] == ["'=1+1", "#N/A", "0007", "'@x", "a\ufffdb"]
    mapping = TableMapping(["Vorname", "Telefon"], ["first_name", "phone"], BERLIN)
    found = [mapping.read(entry.raw).values for entry in WorkbookFile(path).entries()]
    assert [values["first_name"] for values in found] == ["=1+1", "#N/A", "0007", "@x", "a\ufffdb"]
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


# What office managers have in their files.


@pytest.mark.parametrize(
    ("heads", "columns"),
    [
        ("Mobil;Handy;Mobil (2)", ["mobile", "mobile_3", "mobile_2"]),
        ("E-Mail;E-Mail privat;E-Mail 2", ["email", "email_3", "email_2"]),
        ("Vorname;Vorname (2)", ["first_name", None]),
        ("Nombre;Primer apellido;Segundo apellido", ["first_name", "last_name", "second_last_name"]),
        ("Nombre;Ciudad;Estado", ["full_name", "city", "state"]),
        ("Nombre;Estado", ["full_name", "status"]),
        ("Name;Anschrift", ["full_name", "full_address"]),
        ("Name;Anschrift;PLZ", ["full_name", "street", "zip"]),
        ("Address 1 - Formatted;Address 1 - Street", [None, "street"]),
        ("Business Street;Business Street 2;Business City", ["office_street", "office_street2", "office_city"]),
        ("Straße;Straße 2;Ort 2", ["street", "street_2", "city_2"]),
        ("Weiteres Telefon;Weitere Straße", ["phone", "other_street"]),
        ("Title;First Name;Middle Name;Last Name", ["salutation", "first_name", "middle_name", "last_name"]),
        ("street;street_2", ["street", "street_2"]),
    ],
)
def test_headings_are_understood_beside_the_others(heads: str, columns: list[str | None]) -> None:
    assert guess(heads.split(";"), {}) == columns


def test_a_heading_that_stands_there_twice_is_told_apart_and_can_be_mapped(tmp_path: Path) -> None:
    path = tmp_path / "doppelt.csv"
    path.write_text("E-Mail;Notiz;E-Mail;;;E-Mail\na@x.de;x;b@x.de;;;c@x.de\n", "utf-8")
    table = DelimitedFile(path)
    assert table.heads == ["E-Mail", "Notiz", "E-Mail (2)", "", "", "E-Mail (3)"]
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(write_mapping(table.heads, guess(table.heads, {})), "utf-8")
    assert read_mapping(mapping) == {
        "E-Mail": "email",
        "Notiz": "description",
        "E-Mail (2)": "email_2",
        "E-Mail (3)": "email_3",
    }
    assert named_apart(["a", "a (2)", "a", "a"]) == ["a", "a (2)", "a (3)", "a (4)"]


@pytest.mark.parametrize(
    "above", ["Kundenliste 2024;;\n", "Kundenliste Stand 1.1.2024\n\n", ";Stand:;heute\n;;\n", "Liste,\n"]
)
def test_the_headings_may_stand_below_a_title(tmp_path: Path, above: str) -> None:
    path = tmp_path / "liste.csv"
    path.write_text(above + "Vorname;Name;E-Mail\nAda;Berg;a@x.de\n", "utf-8")
    found = DelimitedFile(path)
    assert found.heads == ["Vorname", "Name", "E-Mail"]
    assert [one.raw for one in found.entries()] == [["Ada", "Berg", "a@x.de"]]


def test_the_first_row_is_no_title_where_it_has_headings(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text("E-Mail;Foo;Bar\na@x.de;Firma;Makler\n", "utf-8")
    assert DelimitedFile(path).heads == ["E-Mail", "Foo", "Bar"]


def test_a_million_columns_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "breit.csv"
    path.write_text(";".join(f"email_{number}" for number in range(200_000)) + "\nx\n", "utf-8")
    with pytest.raises(Malformed, match="row 1: has 200,000 columns; at most 16,384"):
        DelimitedFile(path)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"BEGIN:VCARD\nFN:A\nEND:VCARD\n", "vCards: try `onebook import vcard`"),
        (b'[{"Vorname": "A"}]', "is JSON"),
        (b"<html><table>", "a web page"),
        (b"  \n \n", "holds no row"),
        ("Ort\nKöln\n".encode() + "Görlitz\n".encode("cp1252"), "line 2: is in UTF-8, and other lines are not"),
        ("Ort\nGörlitz\n".encode("cp1252") + "Köln\n".encode(), "line 3: is in UTF-8, and other lines are not"),
    ],
)
def test_what_is_no_table_or_in_two_encodings_is_told_so(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    with pytest.raises(Malformed, match=re.escape(said)):
        DelimitedFile(path)


def test_dos_s_end_mark_and_spaces_behind_commas_belong_to_no_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'Vorname, Nachname, Notiz\nAda, "Berg, Alt", x\n \n\x1a')
    assert [one.raw for one in DelimitedFile(path).entries()] == [["Ada", "Berg, Alt", "x"]]
    path.write_bytes(b'Name,Ort;E-Mail\n"M, A";b@x.de\n')
    assert DelimitedFile(path).delimiter == ";"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("Frau Dr. Anna Maria von Berg", "ms|Dr.|Anna Maria|von Berg|"),
        ("Müller, Hans", "||Hans|Müller|"),
        ("Familie Schmidt", "|||Familie Schmidt|"),
        ("Herr und Frau Müller", "|||Herr und Frau Müller|"),
        ("Hans und Eva Müller", "||Hans und Eva|Müller|"),
        ("Dipl.-Ing. Jan Ek", "|Dipl.-Ing.|Jan|Ek|"),
        ("H. Meier", "||H.|Meier|"),
        ("Phil Berg", "||Phil|Berg|"),
        ("Juan de la Cruz", "||Juan|de la Cruz|"),
        ("Bau Nord GmbH & Co. KG", "||||Bau Nord GmbH & Co. KG"),
        ("Ek Fastigheter AB", "||||Ek Fastigheter AB"),
        ("Casas, S.A. de C.V.", "||||Casas, S.A. de C.V."),
        ("Madonna", "|||Madonna|"),
        ("Sr. Íñigo Peña", "mr||Íñigo|Peña|"),
    ],
)
def test_a_name_in_one_piece_is_taken_apart(text: str, fields: str) -> None:
    found = name_of(text)
    names = ("salutation", "academic_title", "first_name", "last_name", "company")
    assert "|".join(found.get(name, "") for name in names) == fields
    assert name_of("Müller Hans", last_first=True) == {"first_name": "Hans", "last_name": "Müller"}


@pytest.mark.parametrize(
    ("heads", "row", "fields"),
    [
        ("Anrede;Name", "Herr Prof. Dr.;Ek", {"salutation": "mr", "academic_title": "Prof. Dr.", "last_name": "Ek"}),
        ("Title;Last Name", "Dr.;Ek", {"academic_title": "Dr.", "last_name": "Ek"}),
        ("Nombre;Apellido 1;Apellido 2", "Ana;Gil;Paz", {"first_name": "Ana", "last_name": "Gil Paz"}),
        ("Name;Geb.", "Ek;29252", {"last_name": "Ek", "birth_date": date(1980, 2, 1)}),
        ("E-Mail", "Ada <a@x.de>, b@x.de <b@x.de>", {"emails": (Email(address="a@x.de"), Email(address="b@x.de"))}),
        ("Telefon", "030/123456 oder 0171 2345", {"phones": (Phone(number="030/123456"), Phone(number="0171 2345"))}),
        ("Telefon", "'030 123456", {"phones": (Phone(number="030 123456"),)}),
        ("Telefon", "030 / 12345-67", {"phones": (Phone(number="030 / 12345-67"),)}),
        ("phone", "030 12345, 030 12346", {"phones": (Phone(number="030 12345, 030 12346"),)}),
        ("PLZ", "'01067", {"addresses": (Address(zip="01067"),)}),
        (
            "Adresse",
            "Hauptstr. 5, D-10115 Berlin",
            {"addresses": (Address(street="Hauptstr. 5", zip="10115", city="Berlin"),)},
        ),
        ("Adresse", "Hauptstr. 5", {"addresses": (Address(street="Hauptstr. 5"),)}),
    ],
)
def test_cells_say_what_people_mean(heads: str, row: str, fields: dict[str, object]) -> None:
    values = one(heads, row).values
    assert {name: values.get(name) for name in fields} == fields


@pytest.mark.parametrize(
    ("heads", "row", "said"),
    [
        ("Telefon", "4,91512E+11", "a spreadsheet has rounded"),
        ("Name;Umsatz", "Summe;1.234,00 €", "line of totals"),
        ("Vorname;Name", "Gesamt:;", "line of totals"),
    ],
)
def test_what_a_spreadsheet_has_spoilt_is_no_contact(heads: str, row: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        one(heads, row)
    assert one("Firma;E-Mail", "Total;total@x.de").values["company"] == "Total"


def test_the_month_comes_first_where_the_account_is_american() -> None:
    heads = ["Birthday", "Created at"]
    for country, month in (("US", 1), ("DE", 2), ("MX", 2)):
        found = TableMapping(heads, guess(heads, {}), BERLIN, country).read(["1/2/1980", "1/2/24 13:30"]).values
        assert (found["birth_date"], found["created_at"].month) == (date(1980, month, 3 - month), month)


@pytest.mark.parametrize("kind", ["locked", "old", "csv", "ods", "xlsb"])
def test_another_kind_of_file_that_is_called_a_workbook_is_told_so(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.xlsx"
    said = {"ods": "OpenDocument", "xlsb": "binary workbook", "csv": "onebook import csv", "old": "(.xls)"}
    if kind in ("ods", "xlsb"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr({"ods": "content.xml", "xlsb": "xl/workbook.bin"}[kind], "<x/>")
    elif kind == "locked":
        writer = WorkbookWriter(path, ["Vorname"])
        writer.close()
        raw = bytearray(path.read_bytes())
        for sign, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
            for found in re.finditer(sign, bytes(raw)):
                raw[found.start() + place] |= 1
        path.write_bytes(raw)
    else:
        path.write_bytes({"csv": b"Vorname;Ort\n", "old": b"\xd0\xcf\x11\xe0" + bytes(100)}[kind])
    with pytest.raises(Malformed, match=re.escape(said.get(kind, "locked with a password"))):
        WorkbookFile(path)


def test_zeros_that_only_the_format_shows_belong_to_a_postal_code(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["PLZ", "Nr", "Betrag"])
    sheet.append([1067, 7.0, -1])
    sheet["A2"].number_format = "00000"
    sheet["C2"].number_format = "0.00"
    book.save(path)
    assert [one.raw for one in WorkbookFile(path).entries()] == [["01067", "7", "-1"]]


@pytest.mark.parametrize("kind", ["no texts", "text out of range", "number that is none", "cell out of range"])
def test_a_workbook_whose_cells_lie_is_told_in_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.xlsx"
    book = Workbook()
    book.worksheets[0].append(["Vorname"])
    book.worksheets[0].append(["Ada"])
    book.save(path)
    lies = {
        "no texts": '<c r="A2" t="s"><v>0</v></c>',
        "text out of range": '<c r="A2" t="s"><v>77</v></c>',
        "number that is none": '<c r="A2" t="n"><v>abc</v></c>',
        "cell out of range": '<c r="ZZZZ2"><v>1</v></c>',
    }
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    parts["xl/worksheets/sheet1.xml"] = re.sub(r"<c r=.A2.*?</c>", lies[kind], sheet).encode()
    if kind == "no texts":
        parts.pop("xl/sharedStrings.xml", None)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(Malformed, match=r"^a\.xlsx, row \d+: is damaged") as caught:
        list(WorkbookFile(path).entries())
    assert "\n" not in caught.value.message


def test_the_sheet_with_headings_is_read_and_hidden_ones_come_last(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = Workbook()
    book.worksheets[0].append(["Kundenliste 2024"])
    for name, first in (("Alt", "Vorname"), ("Kunden", "Nachname")):
        book.create_sheet(name).append([first])
    book["Alt"].sheet_state = "hidden"
    book.save(path)
    assert WorkbookFile(path).heads == ["Nachname"]
    assert WorkbookFile(path, "Alt").heads == ["Vorname"]
