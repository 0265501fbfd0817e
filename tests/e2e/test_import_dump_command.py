"""`onebook import propstack-dump` as somebody types it: what it prints, what it leaves, and what a second time does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onebook.cli import run
from tests.undumped import table

Command = Callable[..., tuple[int, str, str]]
ANNA = {"first_name": "Anna", "last_name": "Müller", "emails": ["anna@example.com"], "home_cell": "0171 2345678"}


@pytest.fixture
def book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], sqlite_url: str
) -> Command:
    """Runs a command on a book with one account, in an empty directory; answers status, output and errors."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def command(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        status = run([*words, "--database", sqlite_url])
        out, err = capfd.readouterr()
        return status, out, err

    assert command("account", "create", "Immobilien Nord")[0] == 0
    return command


def answer(found: tuple[int, str, str]) -> dict[str, Any]:
    """What a command has printed as JSON."""
    assert found[1].count("\n") == 1, found
    told: dict[str, Any] = json.loads(found[1])
    return told


def test_a_dry_run_a_run_and_a_second_one_say_what_they_do(book: Command) -> None:
    Path("a.csv").write_text("Vorname,Name,E-Mail\nAnna,Müller,anna@example.com\n", "utf-8")
    assert book("import", "csv", "a.csv")[0] == 0
    folder = table(
        Path("dump"), "contacts", {"id": 900, **ANNA}, {"id": 901, "dob": "nie"}, {"id": 902, "broker_id": 7}
    )
    table(folder, "rechnungen", {"id": 1})
    words = ("import", "propstack-dump", "dump")
    status, out, _ = book(*words, "--dry-run")
    assert status == 3
    assert "Not imported, no table of a dump: rechnungen.json" in out
    assert "Of 3 rows of 1 tables, 1 would be created, 1 would be found in the book and merged, 1 would be not" in out
    assert "1 ids that rows point to are in no file" in out
    assert "contacts, row 2: dob: 'nie' is no date" in out
    dry = answer(book(*words, "--dry-run", "--json"))
    real = answer(book(*words, "--json"))
    for name in ("total", "created", "changed", "skipped", "rejected", "missing"):
        assert dry[name] == real[name], name
    assert not Path("dump.rejected/notes.json").exists()
    (rejected,) = json.loads(Path("dump.rejected/contacts.json").read_text("utf-8"))
    assert list(rejected.items())[:2] == [("onebook_reason", "dob: 'nie' is no date"), ("id", 901)]
    table(Path("dump.rejected"), "contacts", {**rejected, "dob": "morgen"}, {"id": 903, "dob": 1})
    assert book("import", "propstack-dump", "dump.rejected")[0] == 3
    twice = json.loads(Path("dump.rejected.rejected/contacts.json").read_text("utf-8"))
    assert [one["onebook_reason"] for one in twice] == ["dob: 'morgen' is no date", "dob: 1 is no date"]
    assert not list(Path().rglob("*.part"))
    again = answer(book(*words, "--on-duplicate", "create", "--json"))
    assert (again["created"], again["changed"], again["skipped"], again["rejected"]) == (0, 0, 2, 1)
    assert answer(book("export", "csv", "--json"))["contacts"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dump", "--on-duplicate", "ask"), "--on-duplicate must be one of merge, skip, create, not ask"),
        (("dump", "--errors", "./dump"), "--errors dump: must be another directory than the dump's"),
        (("leer",), "leer: holds no table of a dump"),
        (("cut",), "contacts.json, row 1: is no JSON, or the file ends in the middle of it"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(book: Command, words: tuple[str, ...], said: str) -> None:
    table(Path("dump"), "contacts", {"id": 1})
    Path("leer").mkdir()
    table(Path("cut"), "contacts").joinpath("contacts.json").write_text('[{"id": 1, "last_name": "A"', "utf-8")
    status, out, err = book("import", "propstack-dump", *words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert json.loads(book("import", "list", "--json")[1]) == []


def test_a_csv_that_makes_everybody_a_second_time_is_told_of(book: Command) -> None:
    Path("a.csv").write_text("Vorname,Name\nAnna,Müller\n", "utf-8")
    for told in (False, True):
        status, out, _ = book("import", "csv", "a.csv", "--on-duplicate", "create")
        assert (status, "has taken the same file on" in out) == (0, told), out
    assert answer(book("export", "csv", "--json"))["contacts"] == 2
    for _ in range(2):
        assert "has taken the same file on" not in book("import", "csv", "a.csv")[1]


def test_what_is_gone_there_is_told_in_the_dry_run_the_report_and_when_it_is_taken_back(book: Command) -> None:
    dump = table(Path("dump"), "contacts", {"id": 900, **ANNA}, {"id": 901})
    assert book("import", "propstack-dump", str(dump))[0] == 0
    graves = [{"table": name, "id": number} for name, number in (("contacts", 900), ("contacts", 950), ("haus", 1))]
    folder = table(table(Path("since"), "contacts", {"id": 902}), "tombstones", *graves)
    words = ("import", "propstack-dump", str(folder))
    status, out, _ = book(*words, "--dry-run")
    assert status == 3
    assert "Of 1 rows of 1 tables, 1 would be created, 1 would be not taken." in out
    assert "Of 3 that are gone there, 1 would go to the trash." in out
    assert "tombstones, row 3: table: 'haus' is no table of a dump" in out
    dry, real = answer(book(*words, "--dry-run", "--json")), answer(book(*words, "--json"))
    for name in ("total", "created", "removed", "rejected"):
        assert dry[name] == real[name], name
    (rejected,) = json.loads(Path("since.rejected/tombstones.json").read_text("utf-8"))
    table(Path("since.rejected"), "tombstones", {**rejected, "table": "contacts", "id": 901})
    status, out, _ = book("import", "propstack-dump", "since.rejected")
    assert (status, "Of 1 that are gone there, 1 went to the trash." in out) == (0, True), out
    undone = answer(book("import", "undo", str(real["run_id"]), "--json"))
    assert (undone["trashed"], undone["restored"]) == (1, 1)


def test_rows_that_were_not_taken_stay_known_as_those_of_their_dump(book: Command) -> None:
    folder = table(Path("dump"), "contacts", {"id": 900, **ANNA, "dob": "nie"})
    told = {"schema": 1, "account_id": 5, "created_at": "2026-01-01T00:00:00Z", "seq": 9, "files": []}
    (folder / "manifest.json").write_text(json.dumps(told), "utf-8")
    assert book("import", "propstack-dump", "dump")[0] == 3
    mended = table(Path("dump.rejected"), "contacts", {"id": 900, **ANNA})
    assert answer(book("import", "propstack-dump", str(mended), "--json"))["created"] == 1
    graves = table(Path("since"), "tombstones", {"table": "contacts", "id": 900})
    assert answer(book("import", "propstack-dump", "since", "--json"))["removed"] == 0
    (graves / "manifest.json").write_text(json.dumps({**told, "since": 9}), "utf-8")
    assert answer(book("import", "propstack-dump", "since", "--json"))["removed"] == 1
