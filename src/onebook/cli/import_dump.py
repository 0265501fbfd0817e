"""`onebook import propstack-dump`: a data dump read back into the book."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from onebook.cli.imports import ACTOR, NOT_ALL, now, told
from onebook.cli.options import AsJson, Database, OneAccount, with_store
from onebook.cli.rejects import HEADING
from onebook.cli.terminal import print_json, steps
from onebook.errors import Invalid, Unavailable
from onebook.model.account import Account
from onebook.model.imports import ON_DUPLICATE, ImportRun, OnDuplicate, Reject
from onebook.service.access import account_named
from onebook.service.import_dump import DumpImporting
from onebook.service.import_dump_batch import Settled
from onebook.service.import_dump_files import DumpFiles, tell_source
from onebook.service.whole_file import whole_file
from onebook.store.database import Store

Folder = Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, show_default=False)]
Rule = Annotated[
    str,
    typer.Option(
        "--on-duplicate",
        metavar="|".join(ON_DUPLICATE),
        help="What becomes of a contact who was in the book before the run under no id of the dump: merged with what"
        " is there, left as he is and found under the dump's id too, or made a second time. Contacts of one dump are"
        " never merged with each other.",
    ),
]
_MOST_REASONS = 20


def import_dump(
    folder: Folder,
    on_duplicate: Rule = "merge",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would happen.")] = False,
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
    """Import every table of a Propstack data dump, JSON or JSON lines, packed by gzip or Zstandard or not.

    The dump's ids go on working in that dialect. What answers to an id of the dump already is left as it is, so that
    the same dump imported again adds nothing, whatever --on-duplicate says. Who is pointed to and in no file keeps his
    id for a later import. What a dump of changes (`onebook dump --since`) says is gone goes to the trash, where imports
    from the same account have made it. Exit status 3 when some rows were not taken. Interrupted, the same command goes
    on where it was.
    """
    # Only this command needs to know what the tables are.
    from onebook.dialects.propstack.undump import UNDUMP

    rule, named = _rule(on_duplicate), folder if folder.name not in ("", "..") else folder.resolve()
    place = errors or named.with_name(f"{named.name}.rejected")
    if place.resolve() == folder.resolve() or place.is_file():
        raise Invalid(f"--errors {place}: must be another directory than the dump's")

    async def work(store: Store) -> int:
        own = await account_named(store, account)
        # Nothing that is made here is ever in a circle, and to look for circles takes a tenth of the time.
        gc.disable()
        files = DumpFiles(folder, UNDUMP, rule)
        if files.unknown and not as_json:
            print(f"Not imported, no table of a dump: {', '.join(files.unknown)}")
        importing = DumpImporting(store, own, files, ACTOR, now)
        if dry_run:
            return await _rehearse(importing, files, as_json)
        return await _import(importing, files, place, own, as_json)

    if with_store(database, work):
        raise typer.Exit(NOT_ALL)


def _rule(text: str) -> OnDuplicate:
    if text not in ON_DUPLICATE:
        raise Invalid(f"--on-duplicate must be one of {', '.join(ON_DUPLICATE)}, not {text}")
    return text


async def _import(importing: DumpImporting, files: DumpFiles, place: Path, account: Account, as_json: bool) -> int:
    people = len(files.scanned["contacts"].ids) if "contacts" in files.scanned else 0
    with steps() as shown:
        run = await importing.begin(lambda more: shown.more("compared", more, people))
        if run.position and not as_json:
            shown.line(f"Import {run.run_id} goes on at row {run.position + 1:,} of {run.total:,}.")
        shown.more("rows", run.position, run.total)
        run = await importing.carry_on(lambda more: shown.more("rows", more, run.total))
    if run.rejected:
        await _write_rejects(place, importing.rejects())
        tell_source(files.folder, place)
    run = await importing.end()
    _report(run, files.gone, place, as_json)
    return run.rejected


async def _rehearse(importing: DumpImporting, files: DumpFiles, as_json: bool) -> int:
    people = len(files.scanned["contacts"].ids) if "contacts" in files.scanned else 0
    with steps() as shown:
        tables, rejected = await importing.rehearse(
            lambda more: shown.more("compared", more, people), lambda more: shown.more("rows", more, files.total)
        )
    names = ("created", "changed", "skipped", "noted", "missing", "removed")
    counts = {name: sum(getattr(one, name) for one in tables.values()) for name in names} | {"rejected": rejected}
    if as_json:
        print_json({"dry_run": True, "total": files.total, **counts, "tables": _by_table(tables)})
        return rejected
    several = len(importing.tables)
    print(f"Nothing was written. Of {files.count:,} rows of {several} tables, {_counted(counts, 'would be ')}.")
    _tell_missing(counts["missing"])
    _tell_removed(counts["removed"], files.gone, "would go")
    left = _MOST_REASONS
    for name, one in tables.items():
        for reject in one.rejects[:left]:
            print(f"{name}, row {reject.number}: {reject.reason}")
        left -= min(left, len(one.rejects))
    if rejected > _MOST_REASONS:
        print(f"… and {rejected - _MOST_REASONS:,} more")
    return rejected


def _by_table(tables: Mapping[str, Settled]) -> dict[str, object]:
    return {
        name: {
            "created": one.created,
            "changed": one.changed,
            "skipped": one.skipped,
            "removed": one.removed,
            "rejected": len(one.rejects),
            "reasons": [{"row": reject.number, "reason": reject.reason} for reject in one.rejects],
        }
        for name, one in tables.items()
    }


def _counted(counts: Mapping[str, int], verb: str) -> str:
    words = {
        "created": f"{verb}created",
        "changed": f"{verb}found in the book and merged",
        "skipped": f"{verb}left out, since they are there",
        "rejected": f"{verb}not taken",
    }
    return ", ".join(f"{counts[name]:,} {text}" for name, text in words.items() if counts[name] or name == "created")


def _tell_missing(count: int) -> None:
    if count:
        print(f"{count:,} ids that rows point to are in no file: they are kept, for when a later import brings them.")


def _tell_removed(count: int, gone: int, verb: str) -> None:
    if gone:
        print(f"Of {gone:,} that are gone there, {count:,} {verb} to the trash.")


def _report(run: ImportRun, gone: int, place: Path, as_json: bool) -> None:
    if as_json:
        more = {"missing": run.missing, "removed": run.removed, "errors": str(place) if run.rejected else None}
        print_json({**told(run), **more})
        return
    counts = {name: getattr(run, name) for name in ("created", "changed", "skipped", "rejected")}
    print(f"Import {run.run_id}: of {run.total - gone:,} rows, {_counted(counts, '')}.")
    _tell_missing(run.missing)
    _tell_removed(run.removed, gone, "went")
    if run.noted:
        print(f"{run.noted:,} pairs may be the same person; they are noted for somebody to look at.")
    if run.rejected:
        print(f"What was not taken is in {place}, with the reasons: mend it there and import that directory.")
    print(f"To take it back: onebook import undo {run.run_id}")


async def _write_rejects(folder: Path, rejects: AsyncIterator[tuple[str, Reject]]) -> None:
    """A file for each table, one row a line, each with its reason; they are told table by table. Raises Unavailable."""
    waiting = await anext(rejects, None)
    while waiting is not None:
        table = waiting[0]
        _make(folder)
        with whole_file(folder / f"{table}.json") as place, place.open("wb") as file:
            between = b"[\n"
            while waiting is not None and waiting[0] == table:
                file.write(between + _told(waiting[1]))
                between = b",\n"
                waiting = await anext(rejects, None)
            file.write(b"\n]\n")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"cannot write {folder}: {error.strerror}") from error


def _told(reject: Reject) -> bytes:
    row = {name: value for name, value in msgspec.json.decode(reject.raw[0]).items() if name != HEADING}
    return msgspec.json.encode({HEADING: reject.reason, **row})
