"""`onebook import` and `onebook export` as somebody types them: what they print and leave, and what a kill does."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import pytest
from openpyxl import Workbook, load_workbook

from onebook.cli import run
from onebook.files.delimited import DelimitedFile
from onebook.files.workbook import WorkbookFile
from tests.derived import differences
from tests.e2e.server import ONEBOOK


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which is one line of JSON and nothing else."""
        assert self.out.count("\n") == 1, self
        return json.loads(self.out)


Command = Callable[..., Result]


@pytest.fixture
def book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], database_url: str
) -> Command:
    """Runs a command on a database with one account, on both engines, in an empty directory."""
    return at_a_book(tmp_path, monkeypatch, capfd, database_url)


@pytest.fixture
def sqlite_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], sqlite_url: str
) -> Command:
    """The same on SQLite alone, for what no database has a part in."""
    return at_a_book(tmp_path, monkeypatch, capfd, sqlite_url)


def at_a_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], url: str) -> Command:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def command(*words: str) -> Result:
        capfd.readouterr()
        status = run([*words, "--database", url])
        out, err = capfd.readouterr()
        return Result(status, out, err)

    assert command("account", "create", "Immobilien Nord").status == 0
    return command


ROWS = """Anrede;Vorname;Name;E-Mail;Telefon;Handy;Straße;PLZ/Ort;Geburtsdatum;Tags;Quelle;Notiz;Foo
Frau;Anna;Müller;anna@example.com;+49 30 123456;0171 2345678;Hauptstr. 5;10115 Berlin;1.2.1980;VIP, Käufer;Portal;=1+1;1
Herr;Jan;Schmidt;kaputt@;;;;;;;;"zwei
Zeilen; hier";
Herr;Jan;Test;;;;;;32.01.1999;;;;
;;;;;;;;;;;;
Frau;Anna;Müller;ANNA@example.com;;0171/9998887;;;;Neu;;;
"""


def kept(path: Path) -> list[dict[str, str]]:
    """A CSV's rows, but for what differs from book to book."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{name: text for name, text in row.items() if name != "id"} for row in csv.DictReader(file)]


def test_an_import_says_what_it_did_and_what_it_did_not(book: Command) -> None:
    Path("kontakte.csv").write_bytes(ROWS.encode("cp1252"))
    dry = book("import", "csv", "kontakte.csv", "--dry-run")
    assert dry.status == 3
    assert "2 would be created, 1 would be merged into contacts that are there, 1 would be not taken" in dry.out
    assert "row 4: Geburtsdatum: '32.01.1999' is no date" in dry.out
    assert book("import", "list", "--json").json == []
    done = book("import", "csv", "kontakte.csv")
    assert (done.status, done.err) == (3, "")
    assert re.search(r"Import (\d+): of 4 rows, 2 created, 1 merged", done.out)
    assert "Not imported: Foo" in done.out
    rejected = Path("kontakte.rejected.csv").read_text("cp1252").splitlines()
    assert rejected[0].startswith("onebook_reason;Anrede;Vorname")
    assert rejected[1].startswith("Geburtsdatum: '32.01.1999' is no date;Herr;Jan;Test")
    Path("kontakte.rejected.csv").write_text("\n".join(rejected).replace("32.01.1999", "31.01.1999"), "utf-8")
    mended = book("import", "csv", "kontakte.rejected.csv", "--json")
    assert (mended.status, mended.json["created"], mended.json["rejected"]) == (0, 1, 0)
    listed = book("import", "list", "--json").json
    assert [(one["file"], one["status"], one["created"]) for one in listed] == [
        ("kontakte.rejected.csv", "done", 1),
        ("kontakte.csv", "done", 2),
    ]
    undone = book("import", "undo", str(listed[1]["run_id"]))
    assert re.search(r"2 contacts that it made are in the trash: \d+, \d+\.\n1 changes are undone\.\n", undone.out)
    assert book("export", "csv", "--json").json == {"file": "contacts.csv", "contacts": 1}
    again = book("import", "undo", str(listed[1]["run_id"]))
    assert (again.status, again.err) == (1, f"onebook: import {listed[1]['run_id']} has been taken back already\n")
    assert book("check").status == 0


def test_an_undo_says_which_contact_is_where(book: Command) -> None:
    Path("a.csv").write_text("Vorname;Name;E-Mail;Notiz\nAda;Berg;a@x.de;alt\nJan;Ek;j@x.de;alt\n", "utf-8")
    Path("b.csv").write_text(
        "Vorname;Name;E-Mail;Notiz\nAda;Berg;a@x.de;neu\nJan;Ek;j@x.de;neu\nEva;Ek;e@x.de;\n", "utf-8"
    )
    Path("c.csv").write_text("Vorname;Name;E-Mail;Notiz\nJan;Ek;j@x.de;später\n", "utf-8")
    runs = [book("import", "csv", file, "--json").json["run_id"] for file in ("a.csv", "b.csv", "c.csv")]
    assert book("export", "csv").status == 0
    with Path("contacts.csv").open(encoding="utf-8-sig", newline="") as file:
        ids = {row["first_name"]: int(row["id"]) for row in csv.DictReader(file)}
    done = book("import", "undo", str(runs[1]), "--json").json
    assert {name: done[name] for name in ("trashed_ids", "restored_ids", "kept")} == {
        "trashed_ids": [ids["Eva"]],
        "restored_ids": [ids["Ada"]],
        "kept": [ids["Jan"]],
    }


@pytest.mark.parametrize(("form", "ending"), [("csv", "csv"), ("xlsx", "xlsx"), ("vcard", "vcf")])
def test_what_is_exported_comes_in_again_as_it_was(book: Command, form: str, ending: str) -> None:
    Path("kontakte.csv").write_text(ROWS, "utf-8")
    book("import", "csv", "kontakte.csv")
    assert book("account", "create", "Zweite").status == 0
    one, other = ("--account", "Immobilien Nord"), ("--account", "Zweite")
    assert book("export", form, *one).status == 0
    assert book("export", "csv", "--to", "vorher.csv", *one).status == 0
    taken = book("import", form, f"contacts.{ending}", "--on-duplicate", "create", "--json", *other)
    assert (taken.status, taken.json["created"]) == (0, 2)
    assert book("export", "csv", "--to", "nachher.csv", *other).status == 0
    before = kept(Path("vorher.csv"))
    assert kept(Path("nachher.csv")) == before
    assert before[0]["phone"] == "'+49 30 123456"
    assert before[0]["description"] == "'=1+1"
    if form == "xlsx":
        cells = [cell for row in load_workbook("contacts.xlsx").worksheets[0].iter_rows() for cell in row if cell.value]
        assert {cell.data_type for cell in cells} == {"s"}
        assert "+49 30 123456" in [cell.value for cell in cells]


def test_an_export_takes_the_filters_of_the_api(book: Command) -> None:
    Path("kontakte.csv").write_text(ROWS, "utf-8")
    book("import", "csv", "kontakte.csv")
    book("export", "jsonl", "--filter", "q=anna")
    lines = Path("contacts.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["last_name"] for line in lines] == ["Müller"]
    assert "1 contacts" in book("export", "csv", "--filter", "phone=030 123456").out
    for wrong in ("nonsense=1", "q", "owner_id=x"):
        refused = book("export", "csv", "--filter", wrong)
        assert (refused.status, refused.out) == (2, "")
        assert refused.err.count("\n") == 1


def test_a_mapping_is_shown_and_may_be_said(book: Command) -> None:
    Path("a.csv").write_text("Wer,Kontakt bei,E-Mail\nBerg,Jo,b@example.com\n", "utf-8")
    shown = book("import", "csv", "a.csv", "--show-mapping")
    assert shown.out.splitlines()[1:] == ['"Wer" = ""', '"Kontakt bei" = ""', '"E-Mail" = "email"']
    Path("m.toml").write_text('"Wer" = "last_name"\n', "utf-8")
    assert book("import", "csv", "a.csv", "--mapping", "m.toml", "--json").json["created"] == 1
    assert book("export", "csv", "--filter", "q=berg", "--json").json["contacts"] == 1
    for text in ('"Wie" = "last_name"', '"Wer" = "nachname"', "x"):
        Path("m.toml").write_text(text, "utf-8")
        assert book("import", "csv", "a.csv", "--mapping", "m.toml").status == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("import", "csv", "gibtsnicht.csv"), "gibtsnicht.csv"),
        (("import", "xlsx", "a.csv"), "is no Excel workbook"),
        (("import", "vcard", "a.csv"), "a.csv, line 1"),
        (("import", "csv", "a.csv", "--on-duplicate", "x"), "--on-duplicate must be one of merge, skip, create"),
        (("import", "propstack-dump", "."), "holds no table of a dump"),
        (("import", "undo", "99"), "there is no import 99"),
        (("export", "pdf"), "export writes csv, xlsx, vcard, jsonl"),
        (("export", "csv", "--to", "gibtsnicht/a.csv"), "there is no directory gibtsnicht"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(book: Command, words: tuple[str, ...], said: str) -> None:
    Path("a.csv").write_text("Name,Ort\nBerg,Ulm\n", "utf-8")
    found = book(*words)
    assert found.status in (1, 2)
    assert said in found.err
    assert found.err.count("\n") == 1
    assert found.out == ""


IN_SMALL_BATCHES = (
    "import sys, onebook.service.import_workers as work; work.ALONE, work.BATCH = 10**9, 100;"
    "from onebook.cli import run; sys.exit(run(sys.argv[1:]))"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "mac_roman"])
def test_what_is_not_taken_is_in_the_input_s_own_encoding_and_comes_in_once_mended(
    sqlite_book: Command, encoding: str
) -> None:
    rows = [f'Käthe;Müßig;k{number}@x.de;{number}.1.1990;"=1+1\nzwei"' for number in (1, 32, 33)]
    text = "\r\n".join(["Vorname;Name;E-Mail;Geburtsdatum;Notiz", *rows, ""])
    Path("a.csv").write_bytes(text.encode(encoding))
    assert sqlite_book("import", "csv", "a.csv", "--on-duplicate", "create").status == 3
    left = Path("a.rejected.csv").read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)
    assert left.startswith("onebook_reason;Vorname;Name;E-Mail;Geburtsdatum;Notiz\r\n")
    mended = left.replace("32.1.1990", "2.1.1990").replace("33.1.1990", "3.1.1990")
    Path("a.rejected.csv").write_bytes(mended.encode(encoding))
    done = sqlite_book("import", "csv", "a.rejected.csv", "--on-duplicate", "create")
    assert (done.status, "2 created" in done.out, "Not imported" in done.out) == (0, True, False)
    assert sqlite_book("export", "csv").status == 0
    assert {(row["first_name"], row["description"]) for row in kept(Path("contacts.csv"))} == {("Käthe", "'=1+1\nzwei")}


def test_cards_that_are_not_taken_twice_keep_their_lines(sqlite_book: Command) -> None:
    card = "BEGIN:VCARD\nVERSION:3.0\nN:Berg;Ada;;;\nTEL:030 1\nBDAY:{}\nEND:VCARD\n"
    Path("a.vcf").write_text(card.format("32.01.1990" + 80 * "ä"), "utf-8")
    assert sqlite_book("import", "vcard", "a.vcf").status == 3
    once = Path("a.rejected.vcf").read_text("utf-8")
    long = "X-ONEBOOK-REJECTED:" + "x" * 50 + "\n " + "y" * 70 + "\n z\n"
    Path("a.vcf").write_text(once.replace("TEL:", long + "TEL:"), "utf-8")
    assert sqlite_book("import", "vcard", "a.vcf").status == 3
    assert Path("a.rejected.vcf").read_text("utf-8") == once


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_imported(sqlite_book: Command) -> None:
    Path("a.csv").write_text("Name;Geb.\nAda;1.1.1990\nJan;99.1.1990\n", "utf-8")
    for place, said in (
        ("a.csv", "--errors a.csv: is the file that is imported"),
        ("nirgends/a.csv", "--errors nirgends/a.csv: there is no directory nirgends"),
        (".", "--errors .: is a directory, and must be a file"),
    ):
        refused = sqlite_book("import", "csv", "a.csv", "--errors", place)
        assert (refused.status, refused.err) == (2, f"onebook: {said}\n")
    assert sqlite_book("import", "list", "--json").json == []
    assert Path("a.csv").read_text("utf-8").startswith("Name;Geb.")


def test_a_mapping_that_says_one_thing_twice_or_of_no_field_is_refused(sqlite_book: Command) -> None:
    Path("a.csv").write_text("Vorname;Name\nAda;Berg\n", "utf-8")
    for text, said in (
        ('"Vorname" = "last_name"\n"Name" = "last_name"\n', "'Vorname' and 'Name' cannot both be 'last_name'"),
        ('"Vorname" = "custom.budget"\n', "there is no custom field 'budget'"),
    ):
        Path("m.toml").write_text(text, "utf-8")
        refused = sqlite_book("import", "csv", "a.csv", "--mapping", "m.toml")
        assert (refused.status, refused.err) == (2, f"onebook: m.toml: {said}\n")
    shown = sqlite_book("import", "csv", "a.csv", "--show-mapping", "--json")
    assert shown.json == {"Vorname": "first_name", "Name": "last_name"}


def test_an_export_goes_to_standard_output_and_says_when_a_file_was_there(sqlite_book: Command) -> None:
    Path("a.csv").write_text("Name\nBerg\n", "utf-8")
    assert sqlite_book("import", "csv", "a.csv").status == 0
    assert sqlite_book("export", "vcard", "--to", "-").out.startswith("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Berg;;;;\r\n")
    assert sqlite_book("export", "csv").out == "contacts.csv: 1 contacts\n"
    Path("link.csv").symlink_to("contacts.csv")
    replaced = sqlite_book("export", "csv", "--to", "link.csv")
    assert replaced.out == "link.csv: 1 contacts, in place of the file that was there\n"
    assert Path("link.csv").is_symlink()
    os.mkfifo("pipe")
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE) as reader:
        assert sqlite_book("export", "jsonl", "--to", "pipe").status == 0
        assert reader.communicate(timeout=10)[0].count(b"\n") == 1
    assert Path("pipe").is_fifo()
    assert sorted(path.name for path in Path().iterdir()) == ["a.csv", "contacts.csv", "link.csv", "pipe"]


def test_what_no_sheet_can_hold_is_told_in_one_line_and_leaves_no_file(sqlite_book: Command) -> None:
    Path("a.csv").write_text(f"Name;Notiz\nBerg;x\nEk;{'x' * 40_000}\n", "utf-8")
    assert sqlite_book("import", "csv", "a.csv").status == 0
    refused = sqlite_book("export", "xlsx")
    assert refused.status == 2
    assert refused.err == "onebook: workbook, row 3: 40,000 characters are too many for a cell: write csv instead\n"
    assert sqlite_book("export", "csv").status == 0
    assert sorted(path.name for path in Path().iterdir()) == ["a.csv", "contacts.csv"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_row_that_is_not_taken_twice_has_one_reason(sqlite_book: Command, kind: str) -> None:
    rows = [["Name", "Geb.", "Notiz"], ["Berg", "99.1.1990", "x" * 40_000 if kind == "csv" else "x"]]
    if kind == "csv":
        Path("a.csv").write_text("\n".join(map(",".join, rows)), "utf-8")
    else:
        book = Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        book.save("a.xlsx")
    assert sqlite_book("import", kind, f"a.{kind}").status == 3
    assert sqlite_book("import", kind, f"a.rejected.{kind}", "--errors", f"b.{kind}").status == 3
    table = (DelimitedFile if kind == "csv" else WorkbookFile)(Path(f"b.{kind}"))
    assert table.heads == ["onebook_reason", *rows[0]]
    assert [one.raw for one in table.entries()] == [["Geb.: '99.1.1990' is no date", *rows[1]]]


def test_rejected_cells_that_no_sheet_holds_are_cut(sqlite_book: Command) -> None:
    book = Workbook()
    book.worksheets[0].append(["Name", "Notiz"])
    book.worksheets[0].append(["Berg", "x"])
    book.save("small.xlsx")
    with zipfile.ZipFile("small.xlsx") as small, zipfile.ZipFile("a.xlsx", "w") as large:
        for name in small.namelist():
            large.writestr(name, small.read(name).replace(b"<t>x</t>", b"<t>" + b"x" * 70_000 + b"</t>"))
    done = sqlite_book("import", "xlsx", "a.xlsx")
    assert (done.status, done.err) == (3, "")
    (row,) = WorkbookFile(Path("a.rejected.xlsx")).entries()
    assert "longer than 65536 bytes" in row.raw[0]
    assert set(row.raw[2]) == {"x"}


def test_an_interrupted_import_says_that_the_same_command_goes_on(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Name\n" + "\n".join(f"N{number}" for number in range(20_000)), "utf-8")
    assert run(["account", "create", "A", "--database", sqlite_url]) == 0
    words = [ONEBOOK, "import", "csv", "a.csv", "--database", sqlite_url, "--on-duplicate", "create"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        begun = "SELECT count(*) FROM import_runs"
        database = apsw.Connection(sqlite_url.removeprefix("sqlite:///"), apsw.SQLITE_OPEN_READONLY)
        database.set_busy_timeout(30_000)
        while not next(iter(database.execute(begun)))[0] and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "onebook: stopped: the same command goes on where it was"


def test_an_import_that_is_killed_ten_times_loses_nothing_and_doubles_nothing(sqlite_url: str, tmp_path: Path) -> None:
    subprocess.run([ONEBOOK, "account", "create", "A", "--database", sqlite_url], check=True, capture_output=True)
    path, count = tmp_path / "viele.csv", 24_000  # more than ten short runs get done
    bad = count // 500
    rows = [f"Vor{one},Nach{one},n{one}@example.com,{'x' if one % 500 == 0 else ''}" for one in range(count)]
    path.write_text("\n".join(("Vorname,Nachname,E-Mail,Geburtstag", *rows)) + "\n", "utf-8")
    words = ["import", "csv", str(path), "--on-duplicate", "create", "--json", "--database", sqlite_url]
    command = [sys.executable, "-c", IN_SMALL_BATCHES, *words]
    chance = random.Random(5)
    for _ in range(10):
        before = position(sqlite_url)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
        while position(sqlite_url) == before and process.poll() is None:
            time.sleep(0.01)
        time.sleep(chance.random() * 0.05)
        assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert position(sqlite_url) < count, "the last one was done before it was killed"
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert (told["created"], told["rejected"], told["position"]) == (count - bad, bad, count)
    assert len((tmp_path / "viele.rejected.csv").read_text("utf-8-sig").splitlines()) == bad + 1
    names = apsw.Connection(sqlite_url.removeprefix("sqlite:///")).execute("SELECT last_name FROM contacts").fetchall()
    assert sorted(names) == sorted((f"nach{one}",) for one in range(count) if one % 500)
    assert differences(sqlite_url) == []
    assert not list(tmp_path.glob(".*.part"))


def test_an_import_that_meets_a_full_disk_says_so_and_goes_on_later(sqlite_url: str, tmp_path: Path) -> None:
    subprocess.run([ONEBOOK, "account", "create", "A", "--database", sqlite_url], check=True, capture_output=True)
    path = tmp_path / "viele.csv"
    lines = [f"Vor{number},Nach{number},n{number}@example.com" for number in range(3000)]
    path.write_text("\n".join(("Vorname,Nachname,E-Mail", *lines)) + "\n", "utf-8")
    words = [ONEBOOK, "import", "csv", str(path), "--on-duplicate", "create", "--json", "--database", sqlite_url]

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    full = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, preexec_fn=no_room, check=False)
    assert (full.returncode, full.stdout) == (1, "")
    assert re.fullmatch(r"onebook: the (disk|database) [^\n]+\n", full.stderr), full.stderr
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, json.loads(done.stdout)["created"]) == (0, 3000), done.stderr
    assert differences(sqlite_url) == []


def test_a_dump_comes_in_by_its_directory(book: Command) -> None:
    Path("kontakte.csv").write_text(ROWS, "utf-8")
    book("import", "csv", "kontakte.csv")
    assert book("dump", "--to", "dumps", "--account", "Immobilien Nord").status == 0
    folder = next(path.parent for path in Path("dumps").rglob("manifest.json"))
    contacts = folder / "contacts.json"
    contacts.write_text(contacts.read_text("utf-8").replace("1980-02-01", "1980-02-31"), "utf-8")
    assert book("account", "create", "Zweite").status == 0
    other = ("--account", "Zweite")
    dry = book("import", "propstack-dump", str(folder), "--dry-run", *other)
    assert (dry.status, "is no date" in dry.out) == (3, True)
    taken = book("import", "propstack-dump", str(folder), "--json", *other)
    assert (taken.status, taken.json["rejected"]) == (3, 1)
    rejected = folder.with_name(f"{folder.name}.rejected") / "contacts.json"
    assert "is no date" in json.loads(rejected.read_text("utf-8"))[0]["onebook_reason"]
    rejected.write_text(rejected.read_text("utf-8").replace("1980-02-31", "1980-02-01"), "utf-8")
    mended = book("import", "propstack-dump", str(rejected.parent), "--json", *other)
    assert (mended.status, mended.json["created"]) == (0, 1)
    assert book("export", "csv", "--json", *other).json["contacts"] == 2
    undone = book("import", "undo", str(taken.json["run_id"]), "--json", *other)
    assert undone.json["status"] == "undone"
    assert book("export", "csv", "--json", *other).json["contacts"] == 1
    contacts.write_bytes(contacts.read_bytes()[:-200])
    cut = book("import", "propstack-dump", str(folder), *other)
    assert (cut.status, cut.err.count("\n")) == (2, 1)
    assert "contacts.json, row" in cut.err


def position(url: str) -> int:
    """How many rows the run under way has settled."""
    connection = apsw.Connection(url.removeprefix("sqlite:///"))
    connection.set_busy_timeout(30_000)
    rows = connection.execute("SELECT doc FROM import_runs").fetchall()
    connection.close()
    return int(json.loads(str(rows[0][0]))["position"]) if rows else -1
