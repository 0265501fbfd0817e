"""Dumps written and read back in tests."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from onebook.dialects.propstack.dump import TABLES_OF_DUMP
from onebook.dialects.propstack.undump import UNDUMP
from onebook.files.json_rows import json_rows
from onebook.model.account import Account
from onebook.model.imports import ImportRun, OnDuplicate, Reject
from onebook.service.dump import Wanted, write_dump
from onebook.service.import_dump import DumpImporting
from onebook.service.import_dump_batch import Settled
from onebook.service.import_dump_files import DumpFiles
from onebook.store.open import OpenStore
from tests.book import START, clock


def quiet(*_: object) -> None:
    """Hears of progress and says nothing."""


async def dumped(store: OpenStore, account: Account, base: Path) -> Path:
    """The folder of a dump of the account."""
    now = START + timedelta(days=1)
    made = await write_dump(store, account, TABLES_OF_DUMP, base, Wanted(("json",)), now=now, told=quiet)
    return made.folder


def importing(store: OpenStore, account: Account, folder: Path, rule: OnDuplicate = "merge") -> DumpImporting:
    """An import of the folder that has not begun."""
    return DumpImporting(store, account, DumpFiles(folder, UNDUMP, rule), "tester", clock())


async def undumped(
    store: OpenStore, account: Account, folder: Path, rule: OnDuplicate = "merge"
) -> tuple[ImportRun, list[tuple[str, Reject]]]:
    """The folder imported: the run, and what it has not taken by table."""
    running = importing(store, account, folder, rule)
    await running.begin()
    await running.carry_on(quiet)
    rejects = [one async for one in running.rejects()]
    return await running.end(), rejects


async def rehearsed(
    store: OpenStore, account: Account, folder: Path, rule: OnDuplicate = "merge"
) -> dict[str, Settled]:
    """What a dry run says, by table."""
    return (await importing(store, account, folder, rule).rehearse(quiet, quiet))[0]


def same(one: Path, other: Path) -> None:
    """Every file but the manifest is equal, byte for byte."""
    names = sorted(path.name for path in one.iterdir() if path.name != "manifest.json")
    assert names == sorted(path.name for path in other.iterdir() if path.name != "manifest.json")
    for name in names:
        if (one / name).read_bytes() != (other / name).read_bytes():
            for mine, theirs in zip(json_rows(one / name), json_rows(other / name), strict=True):
                assert mine == theirs, name
            raise AssertionError(f"{name} differs in its bytes")


def table(folder: Path, name: str, *rows: dict[str, Any]) -> Path:
    """A table's file with these rows, in the folder, which it answers."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(list(rows)), "utf-8")
    return folder


def row(folder: Path, name: str, shown: int) -> dict[str, Any]:
    """The row of a table in a dump that bears an id."""
    (found,) = (one for one in json_rows(folder / f"{name}.json") if one["id"] == shown)
    return found
