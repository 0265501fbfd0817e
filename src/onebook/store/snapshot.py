"""The book as it was at one moment, streamed: for whatever walks all of it while others write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

import apsw
import psycopg
from psycopg import AsyncRawServerCursor, IsolationLevel, sql

from onebook.errors import Unavailable
from onebook.store.database import Engine, Row, Store, Value
from onebook.store.open import sqlite_path
from onebook.store.postgres import AccountConnection, PostgresStore, one_line
from onebook.store.sqlite import SqliteStore, connect, numbered

T = TypeVar("T")
BATCH = 500
"""Rows held at a time."""


class Snapshot(Protocol):
    """Reads of one account that all see the same moment."""

    engine: Engine
    account_id: int

    async def moment(self) -> str:
        """What lets `open_snapshot` see the same moment again, while this one is open.

        Empty on SQLite, where that takes `writes_held`.
        """
        ...

    def stream(self, sql: str, *args: Value) -> AsyncIterator[list[Row]]:
        """The rows of a query, some thousand at a time; one query after the other."""
        ...


class _SqliteSnapshot:
    engine: Engine = "sqlite"

    def __init__(self, store: SqliteStore, connection: apsw.Connection, account_id: int) -> None:
        self._store, self._connection, self.account_id = store, connection, account_id

    async def moment(self) -> str:
        """`Snapshot.moment`; the first read decides which moment it is."""
        await self._read(lambda: self._connection.execute("SELECT 1 FROM account_state LIMIT 1").fetchall())
        return ""

    async def stream(self, sql: str, *args: Value) -> AsyncIterator[list[Row]]:
        """`Snapshot.stream`, read in a thread."""
        cursor = await self._read(lambda: self._connection.execute(numbered(sql), args))
        while rows := await self._read(lambda: _some(cursor)):
            yield rows

    async def _read(self, work: Callable[[], T]) -> T:
        return await self._store.in_thread_on(self._connection, work)


def _some(cursor: apsw.Cursor) -> list[Row]:
    return [row for _, row in zip(range(BATCH), cursor, strict=False)]


class _PostgresSnapshot:
    engine: Engine = "postgresql"

    def __init__(self, connection: AccountConnection, account_id: int) -> None:
        self._connection, self.account_id = connection, account_id

    async def moment(self) -> str:
        """`Snapshot.moment`."""
        ((name,),) = await self._connection.fetch("SELECT pg_export_snapshot()", ())
        return str(name)

    async def stream(self, sql: str, *args: Value) -> AsyncIterator[list[Row]]:
        """`Snapshot.stream`, through a cursor of the server's."""
        async with AsyncRawServerCursor(self._connection, "snapshot") as cursor:
            await cursor.execute(sql, args, binary=True)
            while rows := await cursor.fetchmany(BATCH):
                yield rows


@asynccontextmanager
async def open_snapshot(
    store: Store, account_id: int, moment: str = "", cache_kib: int = 16 * 1024
) -> AsyncIterator[Snapshot]:
    """The account at this moment, or at that of another snapshot, for the length of a `with`. Raises Unavailable.

    `cache_kib` is what SQLite may keep in memory.
    """
    if isinstance(store, SqliteStore):
        connection = connect(sqlite_path(store.url), cache_kib=cache_kib, readonly=True)
        try:
            connection.execute("BEGIN")
            yield _SqliteSnapshot(store, connection, account_id)
        except apsw.Error as error:
            raise Unavailable(f"cannot read the database: {error}") from error
        finally:
            connection.close()
    elif isinstance(store, PostgresStore):
        try:
            async with await AccountConnection.connect(store.url, autocommit=True) as own:
                await own.set_isolation_level(IsolationLevel.REPEATABLE_READ)
                await own.set_read_only(True)
                async with own.transaction():
                    if moment:
                        await own.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(moment))
                    await own.see_within(account_id)
                    yield _PostgresSnapshot(own, account_id)
        except psycopg.OperationalError as error:
            raise Unavailable(f"cannot read the database: {one_line(error)}") from error
    else:
        raise TypeError(f"no snapshot of {type(store).__name__}")


async def one_row(snapshot: Snapshot, sql: str, *args: Value) -> Row:
    """The only row of a query that has exactly one."""
    rows = [row async for batch in snapshot.stream(sql, *args) for row in batch]
    return rows[0]


@asynccontextmanager
async def writes_held(store: Store) -> AsyncIterator[None]:
    """Nobody commits to an SQLite book for the length of a `with`, which should be short. Raises Unavailable.

    Snapshots that are opened and read within it see the same moment. PostgreSQL needs no such thing: see
    `Snapshot.moment`.
    """
    if not isinstance(store, SqliteStore):
        yield
        return
    connection = connect(sqlite_path(store.url), cache_kib=64)
    try:
        await store.in_thread_on(connection, lambda: connection.execute("BEGIN IMMEDIATE").fetchall())
        yield
    except apsw.Error as error:
        raise Unavailable(f"cannot read the database: {error}") from error
    finally:
        connection.close()
