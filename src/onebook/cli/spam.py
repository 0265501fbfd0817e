"""`onebook spam`: whom forms are protected against."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Annotated

import typer

from onebook.cli.options import AsJson, Database, with_store
from onebook.cli.terminal import print_json, steps
from onebook.errors import Invalid, NotFound
from onebook.service.spam import load_spam_list

commands = typer.Typer(help="Whom forms are protected against: one list for all accounts of the database.")


@commands.callback()
def spam() -> None:
    """Whom forms are protected against: one list for all accounts of the database."""


@commands.command(
    "load",
    epilog="Examples:\n\nonebook spam load spammers.txt\n\ncurl -fsS https://example.com/list | onebook spam load -",
)
def load(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="An IPv4 or IPv6 address or network (CIDR) a line; # and ; comment.")
    ],
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Replace the list of spammers, also while the server runs; an empty FILE empties it.

    A line that is neither an address nor a network is named, and the list stays as it was.
    """
    with ExitStack() as stack:
        try:
            lines = sys.stdin if file == "-" else stack.enter_context(open(file, encoding="utf-8"))  # noqa: PTH123
        except OSError as error:
            raise NotFound(f"cannot read {file}: {error.strerror}") from error
        shown = stack.enter_context(steps())
        try:
            loaded = with_store(
                database, lambda store: load_spam_list(store, lines, now=datetime.now(UTC), told=shown.more)
            )
        except UnicodeDecodeError:
            raise Invalid(f"{file} is no text in UTF-8") from None
    if as_json:
        print_json(loaded)
    else:
        print(f"The list of spammers has {loaded.entries:,} addresses and networks, {loaded.ranges:,} ranges.")
