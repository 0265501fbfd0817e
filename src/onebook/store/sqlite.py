"""SQLite: one file, short reads on the spot, scans in threads, one writer whose commits are on disk (FULL)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import astuple
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import apsw

from onebook.errors import Unavailable
from onebook.model.account import Key, Vocabulary
from onebook.store.body_files import Bodies
from onebook.store.database import ID_BLOCK, KEEP_STATE, OPERATOR, READ_STATE, Engine, Row, State, Transaction, Value
from onebook.store.group import GroupCommit
from onebook.store.rarest_pieces import HOLDS, holds

T = TypeVar("T")
_BUSY_MS = 30_000
# Foreign keys are declared and not enforced here: the store writes both sides in one transaction, and `onebook check`
# compares them.
_PRAGMAS = """
PRAGMA page_size = {page};
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = OFF;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA cache_size = -{cache};
"""
PAGE_SIZE = 16384
"""A document of 2 kB wastes half of a page of 4096 bytes (docs/house.md)."""


@lru_cache(maxsize=1024)
def numbered(sql: str) -> str:
    """`$1` as SQLite numbers it, `?1`."""
    return sql.replace("$", "?")


def connect(path: str, *, cache_kib: int, readonly: bool = False) -> apsw.Connection:
    """A connection with the book's settings. Raises Unavailable where the file is no database or cannot be opened."""
    flags = apsw.SQLITE_OPEN_READWRITE | (0 if readonly else apsw.SQLITE_OPEN_CREATE)
    try:
        connection = apsw.Connection(path, flags=flags | apsw.SQLITE_OPEN_NOMUTEX, statementcachesize=256)
        connection.set_busy_timeout(_BUSY_MS)
        # All of them: apsw stops at the first statement that has a row until its rows are fetched.
        connection.create_scalar_function(HOLDS, cast(Any, holds), 2, deterministic=True)
        connection.execute(_PRAGMAS.format(page=PAGE_SIZE, cache=cache_kib)).fetchall()
    except apsw.Error as error:
        raise Unavailable(f"cannot open the database {path}: {error}") from error
    return connection


class SqliteReader:
    """`Reader` on a connection of the event loop's own thread."""

    engine: Engine = "sqlite"

    def __init__(self, store: SqliteStore, account_id: int) -> None:
        """Reads in `account_id`; that each statement names it is the statement's duty here."""
        self._store = store
        self.account_id = account_id

    async def rows(self, sql: str, *args: Value) -> list[Row]:
        """`Reader.rows`, on the spot."""
        return _fetch(self._store.read_connection, sql, args)

    async def scan(self, sql: str, *args: Value) -> list[Row]:
        """`Reader.scan`, in a thread."""
        return await self._store.in_thread(lambda: _fetch(self._store.thread_connection(), sql, args))


class SqliteTransaction:
    """`Transaction` on the writing connection."""

    engine: Engine = "sqlite"

    def __init__(self, connection: apsw.Connection, account_id: int, state: State) -> None:
        """`connection` has begun its transaction."""
        self._connection = connection
        self.account_id = account_id
        self.state = state
        self.memory: dict[str, Any] = {}
        self.wrote = False
        self.distributed = False

    async def rows(self, sql: str, *args: Value) -> list[Row]:
        """`Reader.rows`."""
        return _fetch(self._connection, sql, args)

    async def scan(self, sql: str, *args: Value) -> list[Row]:
        """`Reader.scan`; inside a transaction it does not leave the thread."""
        return _fetch(self._connection, sql, args)

    async def run(self, sql: str, *args: Value) -> None:
        """`Transaction.run`, at once."""
        self.wrote = True
        with _telling():
            self._connection.execute(numbered(sql), args)

    async def run_many(self, sql: str, many: Sequence[Sequence[Value]]) -> None:
        """`Transaction.run_many`."""
        if many:
            self.wrote = True
            with _telling():
                self._connection.executemany(numbered(sql), many)

    async def act_as(self, account_id: int) -> None:
        """`Transaction.act_as`; there is no row-level security here."""

    async def lease_ids(self) -> tuple[int, int]:
        """`Transaction.lease_ids`, in this same transaction: nobody else writes meanwhile."""
        taken = "UPDATE account_state SET next_id = next_id + ?1 WHERE account_id = ?2 RETURNING next_id"
        self.wrote = True
        rows = _fetch(self._connection, taken, (ID_BLOCK, OPERATOR))
        end = int(rows[0][0])
        return end - ID_BLOCK, end


class SqliteStore:
    """`Store` in one file. Several processes may share it; each waits up to 30 s for the other's write."""

    engine: Engine = "sqlite"

    def __init__(self, path: str, url: str) -> None:
        """Opens the file, which `migrate` has made."""
        self.url = url
        self._path = path
        self.write_connection = connect(path, cache_kib=32 * 1024)
        self.read_connection = connect(path, cache_kib=16 * 1024)
        self.vocabularies: dict[int, Vocabulary] = {}
        self.keys: dict[str, tuple[int, Key | None]] = {}
        self.bodies = Bodies()
        self._threads = ThreadPoolExecutor(3, thread_name_prefix="sqlite")
        self._local = threading.local()
        self._turn = asyncio.Lock()
        self._group = GroupCommit(self._transaction)

    @staticmethod
    def check_place(path: str) -> None:
        """Raises Unavailable where the file's directory does not exist."""
        if not Path(path).resolve().parent.is_dir():
            raise Unavailable(f"cannot open the database {path}: its directory does not exist")

    def reader(self, account_id: int) -> SqliteReader:
        """`Store.reader`."""
        return SqliteReader(self, account_id)

    async def write(self, account_id: int, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """`Store.write`."""
        return await self._group.write(account_id, work)

    async def stamp(self, account_id: int) -> int | None:
        """`Store.stamp`: one look-up of a few microseconds, so other processes' changes count at once."""
        sql = "SELECT stamp FROM account_state WHERE account_id = ?1"
        rows = _fetch(self.read_connection, sql, (account_id,))
        return rows[0][0] if rows else None

    async def ping(self) -> None:
        """`Store.ping`."""
        try:
            self.read_connection.execute("SELECT count(*) FROM account_state WHERE account_id = 0").fetchone()
        except apsw.Error as error:
            raise Unavailable(str(error)) from error

    async def close(self) -> None:
        """`Store.close`."""
        await self._group.close()
        self._threads.shutdown(wait=True)
        self.read_connection.close()
        self.write_connection.close()

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run `work` beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def in_thread_on(self, connection: apsw.Connection, work: Callable[[], T]) -> T:
        """`in_thread` on a connection of the caller's own. Called off, it ends first: nobody else may close that."""
        working = asyncio.ensure_future(self.in_thread(work))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            connection.interrupt()
            await asyncio.gather(working, return_exceptions=True)
            raise

    def thread_connection(self) -> apsw.Connection:
        """This thread's own connection for reading."""
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path, cache_kib=4 * 1024, readonly=True)
        return connection

    @asynccontextmanager
    async def _transaction(self, account_id: int) -> AsyncIterator[SqliteTransaction]:
        async with self._turn:
            with _telling():
                await self._begin()
            try:
                tx = SqliteTransaction(self.write_connection, account_id, self._state(account_id))
                yield tx
                self._keep_state(tx)
                # The commit waits for the disk: reads go on meanwhile.
                with _telling():
                    await self.in_thread(lambda: self.write_connection.execute("COMMIT"))
            finally:
                if self.write_connection.in_transaction:
                    self.write_connection.execute("ROLLBACK")

    async def _begin(self) -> None:
        self.write_connection.set_busy_timeout(0)
        try:
            self.write_connection.execute("BEGIN IMMEDIATE")
        except apsw.BusyError:
            self.write_connection.set_busy_timeout(_BUSY_MS)
            await self.in_thread(lambda: self.write_connection.execute("BEGIN IMMEDIATE"))
        self.write_connection.set_busy_timeout(_BUSY_MS)

    def _state(self, account_id: int) -> State:
        rows = _fetch(self.write_connection, READ_STATE, (account_id,))
        if not rows:
            raise Unavailable(f"there is no account {account_id}")
        return State(*rows[0])

    def _keep_state(self, tx: SqliteTransaction) -> None:
        if tx.account_id == OPERATOR:
            return
        _fetch(self.write_connection, KEEP_STATE, (*astuple(tx.state), tx.account_id))


_TROUBLES = (
    (apsw.FullError, "the disk is full"),
    (apsw.IOError, "the disk fails"),
    (apsw.BusyError, "the database is busy"),
    (apsw.ReadOnlyError, "the database cannot be written"),
    (apsw.CantOpenError, "the database cannot be opened"),
)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        raise _told(error) from error


def _told(error: apsw.Error) -> Exception:
    """What the machine is to blame for, and no statement of ours, is Unavailable."""
    return next((Unavailable(text) for kind, text in _TROUBLES if isinstance(error, kind)), error)


def _fetch(connection: apsw.Connection, sql: str, args: Sequence[Value]) -> list[Row]:
    try:
        return connection.execute(numbered(sql), args).fetchall()
    except apsw.Error as error:
        raise _told(error) from error
