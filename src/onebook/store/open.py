"""A database opened by its URL: `sqlite:///PATH` or `postgresql://…`."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from onebook.errors import Invalid
from onebook.store.body_files import Bodies
from onebook.store.migrate import migrate_postgres, migrate_sqlite
from onebook.store.postgres import PostgresStore
from onebook.store.sqlite import SqliteStore

OpenStore = SqliteStore | PostgresStore


async def open_store(url: str, pool_size: int = 8, bodies: Bodies | None = None) -> OpenStore:
    """Open, and bring the schema up to date. Raises Invalid for an URL of another kind, Unavailable for the rest.

    `bodies` is where documents are kept; None: in the database.
    """
    store = await _open(url, pool_size)
    store.bodies = bodies or Bodies()
    return store


async def open_again(url: str) -> OpenStore:
    """A second time, for somebody who reads a book that another process has open: it is up to date already.

    Raises Unavailable.
    """
    if urlsplit(url).scheme == "sqlite":
        book = SqliteStore(sqlite_path(url), url)
        # What somebody else writes empties this one's memory of the book; so its pages are not copied to begin with.
        book.read_connection.execute(f"PRAGMA mmap_size = {_MAPPED}").fetchall()
        return book
    store = PostgresStore(url, 1)
    await store.open()
    return store


_MAPPED = 1 << 36
"""Bytes: of a larger book the rest is read as usual."""


async def _open(url: str, pool_size: int) -> OpenStore:
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        path = sqlite_path(url)
        SqliteStore.check_place(path)
        migrate_sqlite(path)
        return SqliteStore(path, url)
    if scheme in ("postgresql", "postgres"):
        await migrate_postgres(url)
        store = PostgresStore(url, pool_size)
        await store.open()
        return store
    raise Invalid.at("--database", f"must be sqlite:///PATH or postgresql://…, not {scheme or url}")


def sqlite_path(url: str) -> str:
    """The file's path: three slashes are relative, four absolute."""
    path = unquote(url.removeprefix("sqlite://").removeprefix("/"))
    if not path:
        raise Invalid.at("--database", "sqlite:/// needs the path of a file, for example sqlite:///onebook.db")
    return path
