"""`onebook import propstack-dump` stopped at any moment: the same command again, and the book is as if it never was."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from onebook.demo.book import fill_demo
from onebook.model.account import Account
from tests.book import START, new_account, opened
from tests.derived import Raw, differences
from tests.undumped import dumped, same, table, undumped

IN_SMALL_BATCHES = (
    "import sys, onebook.service.import_dump as work; work.BATCH = 2; work.TOGETHER = 1;"
    "from onebook.cli import run; sys.exit(run(sys.argv[1:]))"
)
STOPS = [signal.SIGINT, signal.SIGTERM] + [signal.SIGKILL] * 10
FEWER = 4
"""On PostgreSQL, where a process takes longer to begin and what is committed is nobody's of ours."""


async def prepared(url: str, tmp_path: Path) -> tuple[Account, Path, Path]:
    """An empty account, the dump that is to come into it, and what it looks like when that came undisturbed."""
    async with opened(url) as store:
        demo = await fill_demo(store, now=START, random=random.Random(6), count=60)
        first = await dumped(store, demo, tmp_path / "first")
        table(first, "unit_test_more", {"id": 1})
        rows = json.loads((first / "notes.json").read_text("utf-8"))
        made = {"created_at": "2020-01-02T03:04:05"}
        table(first, "notes", *rows, {"id": 9**7, "client_ids": [77_777], **made}, {"id": 9**8, "title": {}})
        undisturbed = await new_account(store, "Ungestört")
        await undumped(store, undisturbed, first)
        return await new_account(store, "Umzug"), first, await dumped(store, undisturbed, tmp_path / "undisturbed")


async def as_it_is(url: str, account: Account, base: Path) -> Path:
    """A dump of the account."""
    async with opened(url) as store:
        return await dumped(store, account, base)


def command(url: str, folder: Path) -> list[str]:
    """The import of the folder."""
    words = ["import", "propstack-dump", str(folder), "--account", "Umzug", "--json", "--database", url]
    return [sys.executable, "-c", IN_SMALL_BATCHES, *words]


def position(url: str, account: Account) -> int:
    """How many rows the account's run has settled."""
    raw = Raw(url)
    try:
        sql = f"SELECT doc FROM import_runs WHERE account_id = {account.account_id}"
        rows = raw.rows(sql, account.account_id)
    finally:
        raw.close()
    return int(json.loads(rows[0][0])["position"]) if rows else -1


def stop(url: str, account: Account, words: list[str], by: signal.Signals, seconds: float, folder: Path) -> str:
    """Begin the import and stop it so long after its first batch; answers what it said."""
    before = position(url, account)
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, start_new_session=True
    )
    while position(url, account) == before and process.poll() is None:
        time.sleep(0.005)
    time.sleep(seconds)
    assert process.poll() is None, process.communicate()
    os.killpg(process.pid, by)
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0
    return said


def test_a_dump_that_is_stopped_at_any_moment_is_whole_in_the_end(database_url: str, tmp_path: Path) -> None:
    account, folder, undisturbed = asyncio.run(prepared(database_url, tmp_path))
    words, chance = command(database_url, folder), random.Random(5)
    for by in STOPS if database_url.startswith("sqlite") else STOPS[:FEWER]:
        said = stop(database_url, account, words, by, chance.random() * 0.01, tmp_path)
        assert "Traceback" not in said
        assert said.count("\n") <= 1
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert (told["position"], told["rejected"], told["missing"]) == (told["total"], 1, 1)
    same(undisturbed, asyncio.run(as_it_is(database_url, account, tmp_path / "second")))
    assert "title" in (folder.with_name(f"{folder.name}.rejected") / "notes.json").read_text("utf-8")
    assert differences(database_url) == []


def test_a_disk_that_is_full_is_told_in_one_line_and_the_import_goes_on_later(sqlite_url: str, tmp_path: Path) -> None:
    account, folder, undisturbed = asyncio.run(prepared(sqlite_url, tmp_path))
    words = command(sqlite_url, folder)
    room = max(path.stat().st_size for path in tmp_path.glob("onebook.db*")) + 200_000

    def no_more_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    full: Callable[[], None] = no_more_room
    stopped = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, preexec_fn=full, check=False)
    assert (stopped.returncode, stopped.stdout) == (1, "")
    assert re.fullmatch(r"onebook: the (disk|database) [^\n]+\n", stopped.stderr), stopped.stderr
    assert position(sqlite_url, account) >= 0
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 3, done.stderr
    same(undisturbed, asyncio.run(as_it_is(sqlite_url, account, tmp_path / "second")))
    assert differences(sqlite_url) == []
