"""`onebook dump`: every table of an account, in files."""

from __future__ import annotations

import gc
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from onebook.cli.options import AsJson, Database, settings, with_store
from onebook.cli.terminal import print_json, steps
from onebook.errors import Invalid
from onebook.http.params import parse_moment
from onebook.model.account import Account
from onebook.service.access import account_named, accounts
from onebook.service.dump import Wanted, write_dump
from onebook.service.dump_encoding import FORMATS, keep_small
from onebook.service.dump_files import check_formats
from onebook.service.dump_workers import MOST
from onebook.service.dumps import Dump, dump_folder
from onebook.store.database import Store

_GENTLE = 19
"""What `--gently` adds to the process's niceness."""
_MIB = 1 << 20


Account_ = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="One account only. (default: all)", show_default=False),
]
To = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="(default: ONEBOOK_DUMP_DIR, else dumps/ beside the SQLite file, else in the working directory)",
        show_default=False,
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format", metavar="FORMAT", help=f"{', '.join(FORMATS)}; may be given several times. (default: json)"
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="SEQ|DATE",
        help="Only what changed after a position of the feed (a manifest's `seq`), or since a date or moment,"
        " and what was deleted.",
        show_default=False,
    ),
]
Keep = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="How many dumps of an account are kept; 0 keeps all. (default: ONEBOOK_DUMP_KEEP, else 7)",
        show_default=False,
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=MOST,
        metavar="N",
        help="How many work beside the one that writes. (default: 2; none on one processor or for few rows)",
        show_default=False,
    ),
]
Documents = Annotated[
    bool,
    typer.Option(
        "--documents",
        help="The files of documents, too, in documents/ beside the tables."
        " (the server's own dumps: ONEBOOK_DUMP_DOCUMENTS=on)",
    ),
]
Gently = Annotated[bool, typer.Option("--gently", help="Let everything else on this machine go first.")]


def dump(
    account: Account_ = None,
    to: To = None,
    formats: Formats = None,
    since: Since = None,
    keep: Keep = None,
    processes: Processes = None,
    documents: Documents = False,
    gently: Gently = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Write every table as it is at this moment, while others go on writing: JSON, JSON lines or Parquet.

    Below DIR, in <account>/<UTC time>/, with a manifest.json. A dump is there whole or not at all.
    """
    # Only this command needs to know what the tables are.
    from onebook.dialects.propstack.dump import TABLES_OF_DUMP

    keep_small()
    chosen, found = check_formats(formats or ["json"]), settings()
    if gently:
        os.nice(_GENTLE)
    base = to or dump_folder(database or found.database_url, found.dump_dir)

    async def work(store: Store) -> list[Dump]:
        names = await accounts(store) if account is None else [await account_named(store, account)]
        if not names:
            raise Invalid("there is no account to dump: make one with `onebook account create NAME`")
        made: list[Dump] = []
        with steps() as shown:
            for one in names:
                kept = found.dump_keep if keep is None else keep
                wanted = Wanted(chosen, _since(since, one), kept, processes, documents)
                made.append(
                    await write_dump(store, one, TABLES_OF_DUMP, base, wanted, now=datetime.now(UTC), told=shown.more)
                )
        return made

    # Nothing that is made here is ever in a circle, and to look for circles takes a tenth of the time.
    gc.disable()
    started = time.monotonic()
    made = with_store(database, work)
    seconds = time.monotonic() - started
    if as_json:
        print_json([{"folder": str(one.folder), "manifest": one.manifest} for one in made])
        return
    for one in made:
        rows, size = (sum(getattr(file, name) for file in one.manifest.files) for name in ("rows", "bytes"))
        print(f"{one.folder}: {len(one.manifest.files)} files, {rows:,} rows, {size / _MIB:,.1f} MiB")
    print(f"{seconds:.1f} s")


def _since(text: str | None, account: Account) -> int | datetime | None:
    """A position, or a moment; a bare date is the first moment of that day where the account is."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return int(text[:19])
    return parse_moment("--since", text, ZoneInfo(account.timezone))
