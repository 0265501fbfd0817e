"""`onebook database`: what concerns the database as a whole."""

from __future__ import annotations

import typer

from onebook.cli.options import Database, with_store
from onebook.store.distribute import distribute

commands = typer.Typer(help="What concerns the database as a whole.")


@commands.callback()
def databases() -> None:
    """What concerns the database as a whole."""


@commands.command(
    "distribute", epilog="Example: onebook database distribute --database postgresql://onebook@host/onebook"
)
def spread(database: Database = None) -> None:
    """Spread every table over the machines of a Citus cluster, by account. Needs PostgreSQL with Citus."""
    tables = with_store(database, distribute)
    if tables:
        print(f"Distributed by account: {', '.join(tables)}.")
    else:
        print("Every table is distributed by account already.")
