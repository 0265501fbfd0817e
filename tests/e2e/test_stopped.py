"""SIGTERM and Ctrl-C end every long command at once: one line, status 130, and nothing left behind.

The commands run over more than they could ever get done, so none of them can end by itself.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from onebook.cli import run
from tests.derived import Raw, differences
from tests.e2e.test_dump_command import children

PATIENCE = 60
SIGNALS = (signal.SIGTERM, signal.SIGINT)
ENDLESS = """
import asyncio
from onebook.cli import main
from onebook.service import dump, exports, import_undo, import_workers, imports

async def contacts_for_ever(view, query, many, last, real=exports.walk_contacts):
    return (await real(view, query, many, None))[0], object()

async def rows_for_ever(self, table, ids, real=dump._Dumping._tasks):
    while True:
        async for task in real(self, table, ids):
            yield task
        if table.name != "contacts":
            return

async def slowly(*words, real=imports.open_session, **named):
    await asyncio.sleep(0.1)
    return await real(*words, **named)

exports.walk_contacts, dump._Dumping._tasks = contacts_for_ever, rows_for_ever
imports.open_session = import_undo.open_session = slowly
import_workers.ALONE, import_workers.BATCH, import_undo._AT_ONCE = 10**9, 1, 1
main()
"""
ROWS = 300
"""At a row each tenth of a second."""


def doc_of_run(url: str, number: int) -> dict[str, object]:
    """The import with this number, as it is kept; nothing where there is none."""
    raw = Raw(url)
    try:
        rows = raw.rows(f"SELECT doc FROM import_runs WHERE account_id = 1 AND run_id = {number}", 1)
    finally:
        raw.close()
    return json.loads(rows[0][0]) if rows else {}


def runs_of(url: str) -> list[int]:
    """The numbers of all imports, ascending."""
    raw = Raw(url)
    try:
        return [row[0] for row in raw.rows("SELECT run_id FROM import_runs WHERE account_id = 1 ORDER BY run_id", 1)]
    finally:
        raw.close()


def stopped(by: signal.Signals, words: list[str], folder: Path, begun: Callable[[], bool]) -> str:
    """What a command says that gets the signal once it has begun."""
    command = [sys.executable, "-c", ENDLESS, *words]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + PATIENCE
        while not begun() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        others = children(process.pid)
        process.send_signal(by)
        try:
            out, said = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, ""), said
    assert not any(Path(f"/proc/{one}/exe").exists() for one in others)
    return said


def test_a_command_that_is_stopped_leaves_nothing_behind(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # Each command gets either signal, on one engine or the other.
    one, other = SIGNALS if database_url.startswith("sqlite") else reversed(SIGNALS)
    database = ["--database", database_url]
    lines = [f"N{number},n{number}@example.com" for number in range(ROWS)]
    Path("a.csv").write_text("\n".join(("Name,E-Mail", *lines)), "utf-8")
    Path("b.csv").write_text("\n".join(("Name,E-Mail", *(line.replace("@", "@b.") for line in lines))), "utf-8")
    assert run(["account", "create", "A", *database]) == 0
    assert run(["import", "csv", "a.csv", *database]) == 0
    (done,) = runs_of(database_url)

    dumped = stopped(one, ["dump", "--to", "d", "--processes", "1", *database], tmp_path, dump_begun)
    assert dumped == "onebook: stopped\n"
    assert [place.name for place in Path("d/A").iterdir()] == [".lock"]

    assert stopped(other, ["export", "jsonl", *database], tmp_path, export_begun) == "onebook: stopped\n"
    assert [place.name for place in Path().iterdir() if "contacts" in place.name] == []

    goes_on = "onebook: stopped: the same command goes on where it was\n"
    words = ["import", "csv", "b.csv", *database]
    assert stopped(one, words, tmp_path, lambda: len(runs_of(database_url)) == 2) == goes_on

    words = ["import", "undo", str(done), *database]
    assert stopped(other, words, tmp_path, lambda: doc_of_run(database_url, done)["status"] == "undoing") == goes_on
    assert run(words) == 0
    assert doc_of_run(database_url, done)["trashed"] == ROWS
    assert differences(database_url) == []


def dump_begun() -> bool:
    """Whether contacts are being written."""
    return any(place.stat().st_size > 1 for place in Path("d").glob("A/.unfinished-*/contacts.json"))


def export_begun() -> bool:
    """Whether contacts are being written."""
    return any(place.stat().st_size > 0 for place in Path().glob(".contacts.jsonl.part/contacts.jsonl"))
