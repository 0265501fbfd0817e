"""`onebook import propstack-dump`: a data dump read back into the book."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from onebook.cli.imports import ACTOR, NOT_ALL, now, told
from onebook.cli.options import AsJson, Database, OneAccount, with_store
from onebook.cli.rejects import HEADING
from onebook.cli.terminal import print_json, steps
from onebook.model.imports import ImportRun, Reject
from onebook.service.access import account_named
from onebook.service.import_dump import DumpImporting
from onebook.service.import_dump_files import DumpFiles
from onebook.store.database import Store

Folder = Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, show_default=False)]


def import_dump(
    folder: Folder,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; look whether the files are whole.")
    ] = False,
    errors: Annotated[
        Path | None,
        typer.Option(
            "--errors",
            metavar="DIR",
            help="Where rows go that are not taken, a file for each table. (default: DIR.rejected beside it)",
            show_default=False,
        ),
    ] = None,
    account: OneAccount = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Import every table of a Propstack data dump, JSON or JSON lines: ids go on working in that dialect.

    What answers to an id of the dump already is left as it is. Exit status 3 when some rows were not taken.
    Interrupted, the same command goes on where it was.
    """
    # Only this command needs to know what the tables are.
    from onebook.dialects.propstack.undump import UNDUMP

    async def work(store: Store) -> ImportRun | None:
        own = await account_named(store, account)
        files = DumpFiles(folder, UNDUMP)
        if dry_run:
            counts = {name: len(ids) for name, ids in files.ids.items()}
            if as_json:
                print_json({"dry_run": True, "total": files.total, "tables": counts})
            else:
                print(f"Nothing was written. {files.total:,} rows of {len(counts)} tables can be read.")
            return None
        # Nothing that is made here is ever in a circle, and to look for circles takes a tenth of the time.
        gc.disable()
        importing = DumpImporting(store, own, files, ACTOR, now)
        run = await importing.begin()
        with steps() as shown:
            shown.more("rows", run.position, run.total)
            await importing.carry_on(lambda more: shown.more("rows", more, run.total))
        place = errors or folder.with_name(f"{folder.name}.rejected")
        await _write_rejects(place, importing.rejects())
        run = await importing.end()
        _report(run, place, as_json)
        return run

    run = with_store(database, work)
    if run is not None and run.rejected:
        raise typer.Exit(NOT_ALL)


def _report(run: ImportRun, place: Path, as_json: bool) -> None:
    if as_json:
        print_json({**told(run), "errors": str(place) if run.rejected else None})
        return
    print(f"Import {run.run_id}: of {run.total:,} rows, {run.created:,} created", end="")
    print(f", {run.changed:,} found by name" if run.changed else "", end="")
    print(f", {run.skipped:,} there already" if run.skipped else "", end="")
    print(f", {run.rejected:,} not taken." if run.rejected else ".")
    if run.rejected:
        print(f"What was not taken is in {place}, with the reasons: mend it there and import that directory.")
    print(f"To take it back: onebook import undo {run.run_id}")


async def _write_rejects(folder: Path, rejects: AsyncIterator[tuple[str, Reject]]) -> None:
    """A file for each table, one row a line, each with its reason."""
    written: dict[str, list[bytes]] = {}
    async for table, one in rejects:
        row = {HEADING: one.reason, **msgspec.json.decode(one.raw[0])}
        written.setdefault(table, []).append(msgspec.json.encode(row))
    for table, lines in written.items():
        _put(folder, table, b"[\n" + b",\n".join(lines) + b"\n]\n")


def _put(folder: Path, table: str, data: bytes) -> None:
    """Write the file beside and rename it."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{table}.{os.getpid()}.part"
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / f"{table}.json")
