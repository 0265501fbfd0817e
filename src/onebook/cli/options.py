"""The options that several commands share, and the database they open."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from onebook.cli.stopping import run_until_stopped
from onebook.errors import NotFound
from onebook.settings import Settings, read_settings
from onebook.store.body_files import bodies_in
from onebook.store.open import OpenStore, open_store, sqlite_path

T = TypeVar("T")
Database = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="sqlite:///PATH or postgresql://…  (default: ONEBOOK_DATABASE_URL, else sqlite:///onebook.db)",
        show_default=False,
    ),
]
OneAccount = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="Needed where the book has more than one.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def settings() -> Settings:
    """What the environment and `.env` set. Raises Invalid naming the variable that is wrong."""
    return read_settings(os.environ)


def with_store(database: str | None, work: Callable[[OpenStore], Awaitable[T]], *, create: bool = False) -> T:
    """Open the database, run `work` on it, close it. Raises Invalid, Unavailable and what `work` raises.

    Only with `create` is an SQLite file made where there is none: a path mistyped is no new book.
    """
    found = settings()
    url = database or found.database_url
    if not create and url.startswith("sqlite:") and not Path(sqlite_path(url)).exists():
        raise NotFound(f"there is no database {sqlite_path(url)}: `onebook account create NAME` makes one")

    async def run() -> T:
        store = await open_store(url, found.pool_size, bodies_in(found.documents_dir, found.document_mib))
        try:
            return await work(store)
        finally:
            await store.close()

    return run_until_stopped(run)
