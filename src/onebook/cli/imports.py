"""`onebook import`: contacts out of files, and what was imported taken back."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import Struct

from onebook.cli.options import AsJson, Database, OneAccount, with_store
from onebook.cli.rejects import HEADING, write_rejects
from onebook.cli.terminal import print_json, print_table, steps
from onebook.errors import Invalid
from onebook.files.cards import CardsFile
from onebook.files.delimited import DelimitedFile
from onebook.files.mapping import guess, read_mapping, write_mapping
from onebook.files.workbook import WorkbookFile
from onebook.model.account import Account
from onebook.model.imports import ON_DUPLICATE, ImportRun, OnDuplicate
from onebook.model.normal import fold
from onebook.service.access import account_named
from onebook.service.import_report import Undone, undone
from onebook.service.import_undo import undo_run
from onebook.service.import_workers import BATCH
from onebook.service.imports import REHEARSED, Importing, Order, count_entries, run_numbered, runs
from onebook.service.whole_file import check_place
from onebook.store.database import Store
from onebook.store.vocabulary import current_vocabulary

NOT_ALL = 3
"""The exit status when some rows were not taken."""
_SHOWN_IDS = 50
"""Contacts that are named one by one; --json names all."""
ACTOR = "cli"
"""Who the history says it was."""
commands = typer.Typer(help="Contacts out of files, checked for duplicates; a run can be taken back.")
Table = DelimitedFile | WorkbookFile

FileOf = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, show_default=False)]
Rule = Annotated[
    str,
    typer.Option(
        "--on-duplicate",
        metavar="|".join(ON_DUPLICATE),
        help="What becomes of a row whose person is in the book: merged into it, left out, or made a second time.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would happen.")]
Errors = Annotated[
    Path | None,
    typer.Option(
        "--errors",
        metavar="FILE",
        help="Where rows go that are not taken, in the input's own format. (default: FILE.rejected.EXT beside it)",
        show_default=False,
    ),
]
MappingFile = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        metavar="FILE",
        help='Lines like "Heading" = "last_name", in place of what is guessed.',
        exists=True,
        dir_okay=False,
        show_default=False,
    ),
]
ShowMapping = Annotated[
    bool, typer.Option("--show-mapping", help="Print what the headings are taken for, as --mapping reads it, and stop.")
]


class Asked(Struct, frozen=True, kw_only=True):
    """What was typed."""

    rule: OnDuplicate
    account: str | None
    database: str | None
    dry_run: bool
    errors: Path | None
    as_json: bool
    mapping: Path | None = None
    show_mapping: bool = False


@commands.command("csv", epilog="Example: onebook import csv kontakte.csv --dry-run")
def import_csv(
    file: FileOf,
    on_duplicate: Rule = "merge",
    dry_run: DryRun = False,
    mapping: MappingFile = None,
    show_mapping: ShowMapping = False,
    errors: Errors = None,
    account: OneAccount = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Import contacts from a CSV file; encoding, delimiter and headings are found out.

    Exit status 3 when some rows were not taken. Interrupted, the same command goes on where it was.
    """
    asked = Asked(
        rule=_rule(on_duplicate),
        account=account,
        database=database,
        dry_run=dry_run,
        errors=errors,
        as_json=as_json,
        mapping=mapping,
        show_mapping=show_mapping,
    )
    _import_table("csv", DelimitedFile(file), asked)


@commands.command("xlsx", epilog="Example: onebook import xlsx kontakte.xlsx --sheet Kunden")
def import_xlsx(
    file: FileOf,
    sheet: Annotated[
        str | None, typer.Option(metavar="NAME", help="(default: the first that holds anything)", show_default=False)
    ] = None,
    on_duplicate: Rule = "merge",
    dry_run: DryRun = False,
    mapping: MappingFile = None,
    show_mapping: ShowMapping = False,
    errors: Errors = None,
    account: OneAccount = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Import contacts from a sheet of an Excel workbook.

    Exit status 3 when some rows were not taken. Interrupted, the same command goes on where it was.
    """
    asked = Asked(
        rule=_rule(on_duplicate),
        account=account,
        database=database,
        dry_run=dry_run,
        errors=errors,
        as_json=as_json,
        mapping=mapping,
        show_mapping=show_mapping,
    )
    _import_table("xlsx", WorkbookFile(file, sheet), asked)


@commands.command("vcard", epilog="Example: onebook import vcard kontakte.vcf --on-duplicate skip")
def import_vcard(
    file: FileOf,
    on_duplicate: Rule = "merge",
    dry_run: DryRun = False,
    errors: Errors = None,
    account: OneAccount = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Import contacts from vCards of versions 2.1, 3.0 and 4.0.

    Exit status 3 when some cards were not taken. Interrupted, the same command goes on where it was.
    """
    asked = Asked(
        rule=_rule(on_duplicate),
        account=account,
        database=database,
        dry_run=dry_run,
        errors=errors,
        as_json=as_json,
    )
    source = CardsFile(file)
    _finish(with_store(database, lambda store: _carry_out(store, Order(kind="vcard", source=source), asked)))


@commands.command("list", epilog="Example: onebook import list --account demo")
def list_runs(account: OneAccount = None, database: Database = None, as_json: AsJson = False) -> None:
    """What was imported, the latest first."""

    async def work(store: Store) -> list[ImportRun]:
        return await runs(store, await account_named(store, account))

    found = with_store(database, work)
    if as_json:
        print_json([told(run) for run in found])
        return
    heads = ("run", "status", "file", "entries", "created", "changed", "skipped", "rejected", "started")
    rows = [
        (
            run.run_id,
            run.status,
            run.file,
            f"{run.position} of {run.total}",
            run.created,
            run.changed,
            run.skipped,
            run.rejected,
            f"{run.started_at:%Y-%m-%d %H:%M}Z",
        )
        for run in found
    ]
    print_table(heads, rows)


@commands.command("undo", epilog="Example: onebook import undo 1042")
def undo(
    run: Annotated[int, typer.Argument(metavar="RUN", help="Its number; see `onebook import list`.")],
    account: OneAccount = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Take an import back: what it made goes to the trash, what it changed is as before.

    What somebody has changed since stays, and is named. Interrupted, the same command goes on where it was.
    """

    async def work(store: Store) -> tuple[ImportRun, Undone]:
        own = await account_named(store, account)
        found = await run_numbered(store, own, run)
        with steps() as shown:
            done = await undo_run(
                store, own, found, actor=ACTOR, clock=now, told=lambda more: shown.more("taking back", more)
            )
        return done, await undone(store, own, done)

    done, which = with_store(database, work)
    if as_json:
        print_json({**told(done), "trashed_ids": which.trashed, "restored_ids": which.restored})
        return
    print(f"Import {done.run_id} ({done.file}) is taken back.")
    print(f"{done.trashed:,} contacts that it made are in the trash{_listed(which.trashed)}.")
    print(f"{done.restored:,} changes are undone{_listed(which.restored)}.")
    if done.kept:
        print(f"{len(done.kept):,} contacts were changed since, and keep that{_listed(done.kept)}.")


def _listed(ids: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in ids[:_SHOWN_IDS])
    return f": {shown}{', …' if len(ids) > _SHOWN_IDS else ''}" if ids else ""


def now() -> datetime:
    """The moment of each batch."""
    return datetime.now(UTC)


def _rule(text: str) -> OnDuplicate:
    if text not in ON_DUPLICATE:
        raise Invalid(f"--on-duplicate must be one of {', '.join(ON_DUPLICATE)}, not {text}")
    return text


def _import_table(kind: str, table: Table, asked: Asked) -> None:
    async def work(store: Store) -> tuple[ImportRun | None, Any]:
        account = await account_named(store, asked.account)
        columns = await _columns(store, account, table, asked)
        if asked.show_mapping and asked.as_json:
            print_json({head: name or "" for head, name in zip(table.heads, columns, strict=True) if head})
            return None, None
        if asked.show_mapping:
            print(write_mapping(table.heads, columns), end="")
            return None, None
        order = Order(
            kind=kind, source=table, heads=tuple(table.heads), columns=tuple(columns), on_duplicate=asked.rule
        )
        if not asked.as_json:
            _tell_mapping(table.heads, columns)
        return await _carry_out(store, order, asked)

    _finish(with_store(asked.database, work))


async def _columns(store: Store, account: Account, table: Table, asked: Asked) -> list[str | None]:
    """What each heading is taken for: what the mapping file says, else what is guessed."""
    known = (await current_vocabulary(store, account.account_id)).custom_fields
    known_names = {field.name for field in known.values()}
    custom = {fold(field.label): field.name for field in known.values() if field.label}
    custom |= {fold(name): name for name in known}
    columns = guess(table.heads, custom)
    if asked.mapping is None:
        return columns
    said = read_mapping(asked.mapping)
    if unknown := [head for head in said if head not in table.heads]:
        raise Invalid(f"{asked.mapping.name}: there is no heading {unknown[0]!r} in {table.path.name}")
    for name in said.values():
        if name.startswith("custom.") and name.removeprefix("custom.") not in known_names:
            raise Invalid(f"{asked.mapping.name}: there is no custom field {name.removeprefix('custom.')!r}")
    taken = set(said.values())
    chosen = [said[head] or None if head in said else name for head, name in zip(table.heads, columns, strict=True)]
    return [name if name not in taken or head in said else None for head, name in zip(table.heads, chosen, strict=True)]


def _tell_mapping(heads: Sequence[str], columns: Sequence[str | None]) -> None:
    left = [head for head, name in zip(heads, columns, strict=True) if head and not name and head != HEADING]
    if left:
        print(f"Not imported: {', '.join(left)} (--mapping FILE can say what they are; see --show-mapping).")


async def _carry_out(store: Store, order: Order, asked: Asked) -> tuple[ImportRun | None, Any]:
    account = await account_named(store, asked.account)
    order = Order(
        kind=order.kind, source=order.source, heads=order.heads, columns=order.columns, on_duplicate=asked.rule
    )
    # Nothing that is made here is ever in a circle, and to look for circles takes a tenth of the time.
    gc.disable()
    place = _place_of_rejects(order.source.path, asked)
    importing = Importing(store, account, order, ACTOR, now)
    noun = f"{order.source.noun}s"
    with steps() as shown:
        total = count_entries(order.source)
        tell: Callable[[int], None] = lambda more: shown.more(noun, more, total)  # noqa: E731
        if asked.dry_run:
            return None, await _rehearsed(importing, total, tell, asked, noun)
        run = await importing.begin(total)
        if importing.earlier is not None and asked.rule == "create" and not asked.as_json:
            earlier = importing.earlier
            shown.line(
                f"Import {earlier.run_id} has taken the same file on {earlier.started_at:%Y-%m-%d}: everybody in it is"
                f" made a second time. To take that one back: onebook import undo {earlier.run_id}"
            )
        if 0 < run.position < total and not asked.as_json:
            shown.line(f"Import {run.run_id} goes on at {noun[:-1]} {run.position + 1:,} of {total:,}.")
        tell(run.position)
        run = await importing.carry_on(tell)
    if run.rejected:
        await write_rejects(place, order, importing.rejects())
    run = await importing.end()
    _report(run, place, noun, asked)
    return run, None


async def _rehearsed(importing: Importing, total: int, tell: Callable[[int], None], asked: Asked, noun: str) -> int:
    outcome, listed = await importing.rehearse(total, tell)
    counts = {"created": outcome.created, "changed": outcome.changed, "skipped": outcome.skipped}
    counts |= {"noted": outcome.noted, "rejected": len(outcome.rejects), "listed": listed}
    if asked.as_json:
        reasons = [{"number": one.number, "reason": one.reason} for one in outcome.rejects]
        print_json({"dry_run": True, "total": total, **counts, "reasons": reasons})
        return len(outcome.rejects)
    print(f"Nothing was written. Of {total:,} {noun}, {_counted(counts, 'would be ')}.")
    if total > REHEARSED:
        print(f"In so large a file a row was compared with the book and the {BATCH:,} rows around it only.")
    if listed:
        print(f"{listed:,} names would be added to the lists.")
    for one in outcome.rejects[:20]:
        print(f"{noun[:-1]} {one.number}: {one.reason}")
    if len(outcome.rejects) > 20:
        print(f"… and {len(outcome.rejects) - 20:,} more")
    return len(outcome.rejects)


def _place_of_rejects(file: Path, asked: Asked) -> Path:
    """Where rows go that are not taken: `kontakte.csv` → `kontakte.rejected.csv`, beside it. Raises Invalid."""
    place = asked.errors or file.with_name(f"{file.stem}.rejected{file.suffix}")
    if place.resolve() == file.resolve():
        raise Invalid(f"--errors {place}: is the file that is imported")
    if not asked.dry_run:
        check_place(place, "--errors")
    return place


def _counted(counts: dict[str, int], verb: str) -> str:
    words = {
        "created": f"{verb}created",
        "changed": f"{verb}merged into contacts that are there",
        "skipped": f"{verb}left out, since they are there",
        "rejected": f"{verb}not taken",
    }
    return ", ".join(f"{counts[name]:,} {text}" for name, text in words.items() if counts[name] or name == "created")


def _report(run: ImportRun, place: Path, noun: str, asked: Asked) -> None:
    if asked.as_json:
        print_json({**told(run), "errors": str(place) if run.rejected else None})
        return
    counts = {name: getattr(run, name) for name in ("created", "changed", "skipped", "rejected")}
    print(f"Import {run.run_id}: of {run.total:,} {noun}, {_counted(counts, '')}.")
    if run.listed:
        print(f"{run.listed:,} names were added to the lists.")
    if run.noted:
        print(f"{run.noted:,} pairs may be the same person; they are noted for somebody to look at.")
    if run.rejected:
        print(f"What was not taken is in {place}, with the reasons: mend it there and import that file.")
    print(f"To take it back: onebook import undo {run.run_id}")


def told(run: ImportRun) -> dict[str, Any]:
    """A run as `--json` shows it."""
    names = "run_id kind file status on_duplicate total position created changed skipped rejected noted listed"
    shown = {name: getattr(run, name) for name in names.split()}
    undone = {"trashed": run.trashed, "restored": run.restored, "kept": list(run.kept)}
    return {**shown, "started_at": run.started_at, **(undone if run.status in ("undoing", "undone") else {})}


def _finish(answer: tuple[ImportRun | None, Any]) -> None:
    run, rejected = answer
    if (run is not None and run.rejected) or rejected:
        raise typer.Exit(NOT_ALL)
