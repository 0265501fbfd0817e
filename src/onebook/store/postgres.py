"""PostgreSQL 14 and later: a pool that hands out connections for an account, with row-level security behind it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import astuple
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from onebook.errors import Unavailable
from onebook.model.account import Key, Vocabulary
from onebook.store.body_files import Bodies
from onebook.store.database import ID_BLOCK, KEEP_STATE, OPERATOR, READ_STATE, Engine, Row, State, Transaction, Value
from onebook.store.group import GroupCommit

T = TypeVar("T")
log = logging.getLogger("onebook.store")
_SET_ACCOUNT = "SELECT set_config('onebook.account', $1, false)"
_KEEP_ALIVE: dict[str, Any] = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""Seconds: a line that is silently cut must not be trusted for long."""
_CHANNEL = "onebook_stamp"
_LEASE = "UPDATE account_state SET next_id = next_id + $1 WHERE account_id = $2 RETURNING next_id"


class AccountConnection(AsyncConnection[Row]):
    """A connection that knows which account row-level security lets it see."""

    account_id: int | None = None

    async def see(self, account_id: int) -> None:
        """Let it see `account_id` and no other; sent only when the last one was another."""
        if self.account_id != account_id:
            self.account_id = None
            await self.execute(_SET_ACCOUNT, (str(account_id),))
            self.account_id = account_id

    async def see_within(self, account_id: int) -> None:
        """The same for the rest of a transaction only: the one form that Citus carries to its workers."""
        self.account_id = None
        await self.execute(b"SET LOCAL citus.propagate_set_commands = 'local'")
        await self.execute(b"SET LOCAL onebook.account = '%d'" % account_id)

    async def fetch(self, sql: str, args: Sequence[Value]) -> list[Row]:
        """All rows, in binary form."""
        with _telling():
            cursor = await self.execute(sql, args, binary=True)
            return await cursor.fetchall()


class PostgresReader:
    """`Reader` that borrows a connection for each query."""

    engine: Engine = "postgresql"

    def __init__(self, store: PostgresStore, account_id: int) -> None:
        """Reads in `account_id`."""
        self._store = store
        self.account_id = account_id

    async def rows(self, sql: str, *args: Value) -> list[Row]:
        """`Reader.rows`."""
        if self._store.distributed:
            async with self._store.lend(self.account_id) as connection:
                return await connection.fetch(sql, args)
        connection = await self._store.take(self.account_id)
        try:
            return await connection.fetch(sql, args)
        finally:
            await self._store.give_back(connection)

    async def scan(self, sql: str, *args: Value) -> list[Row]:
        """`Reader.scan`; nobody waits for anybody here."""
        return await self.rows(sql, *args)


class PostgresTransaction:
    """`Transaction`; statements without rows are pipelined up to the next read."""

    engine: Engine = "postgresql"

    def __init__(self, connection: AccountConnection, account_id: int, state: State, store: PostgresStore) -> None:
        """`connection` has begun its transaction and is in pipeline mode."""
        self._connection = connection
        self._store = store
        self.account_id = account_id
        self.state = state
        self.memory: dict[str, Any] = {}
        self.wrote = False
        self.distributed = store.distributed

    async def rows(self, sql: str, *args: Value) -> list[Row]:
        """`Reader.rows`."""
        return await self._connection.fetch(sql, args)

    async def scan(self, sql: str, *args: Value) -> list[Row]:
        """`Reader.scan`."""
        return await self._connection.fetch(sql, args)

    async def run(self, sql: str, *args: Value) -> None:
        """`Transaction.run`."""
        self.wrote = True
        with _telling():
            await self._connection.execute(sql, args)

    async def run_many(self, sql: str, many: Sequence[Sequence[Value]]) -> None:
        """`Transaction.run_many`."""
        if many:
            self.wrote = True
            with _telling():
                for args in many:
                    await self._connection.execute(sql, args)

    async def act_as(self, account_id: int) -> None:
        """`Transaction.act_as`."""
        await self._connection.see_within(account_id)

    async def lease_ids(self) -> tuple[int, int]:
        """`Transaction.lease_ids`, by a connection of its own: the operator's row is not this account's to see."""
        async with self._store.lend(OPERATOR, to_lease=True) as connection:
            ((end,),) = await connection.fetch(_LEASE, (ID_BLOCK, OPERATOR))
        return end - ID_BLOCK, end


class PostgresStore:
    """`Store` on a PostgreSQL database; any number of processes may share it."""

    engine: Engine = "postgresql"

    def __init__(self, url: str, pool_size: int = 8) -> None:
        """Nothing is opened yet: `open` does."""
        self.url = url
        self.vocabularies: dict[int, Vocabulary] = {}
        self.keys: dict[str, tuple[int, Key | None]] = {}
        self.bodies = Bodies()
        self._stamps: dict[int, int] = {}
        self.distributed = False
        """Whether Citus is there, so that every statement goes through the transaction form."""
        self._at_hand: list[AccountConnection] = []
        self._short = 0
        """How many wait for a connection of the pool."""
        self._told = 0
        self._listening = False
        self._listener: asyncio.Task[None] | None = None
        self._pool = _new_pool(url, min(2, pool_size), pool_size)
        # Transactions that hold every connection of the one pool never wait for another one of it.
        self._leases = _new_pool(url, 0, 1)
        self._group = GroupCommit(self._transaction)

    async def open(self) -> None:
        """Connect. Raises Unavailable where nobody answers."""
        try:
            await self._pool.open(wait=True, timeout=10)
            await self._leases.open()
        except (psycopg.Error, PoolTimeout) as error:
            await self._pool.close()
            raise Unavailable(f"cannot reach the database: {one_line(error)}") from error
        async with self._pool.connection() as connection:
            self.distributed = bool(await connection.fetch("SELECT 1 FROM pg_extension WHERE extname = 'citus'", ()))
        self._listener = asyncio.create_task(self._listen())

    def reader(self, account_id: int) -> PostgresReader:
        """`Store.reader`."""
        return PostgresReader(self, account_id)

    async def write(self, account_id: int, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """`Store.write`."""
        return await self._group.write(account_id, work)

    async def stamp(self, account_id: int) -> int | None:
        """`Store.stamp`: kept while the database tells every change of it (LISTEN), else asked each time."""
        if self._listening and account_id in self._stamps:
            return self._stamps[account_id]
        told = self._told
        rows = await self.reader(account_id).rows("SELECT stamp FROM account_state WHERE account_id = $1", account_id)
        if not rows:
            return None
        if self._listening and told == self._told:
            self._stamps[account_id] = rows[0][0]
        return int(rows[0][0])

    async def ping(self) -> None:
        """`Store.ping`; whoever asks does not want to wait for the answer."""
        try:
            async with asyncio.timeout(2), self.lend(OPERATOR) as connection:
                await connection.fetch("SELECT 1", ())
        except TimeoutError as error:
            raise Unavailable("the database does not answer") from error

    async def close(self) -> None:
        """`Store.close`."""
        await self._group.close()
        if self._listener:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        while self._at_hand:
            await self._pool.putconn(self._at_hand.pop())
        await self._leases.close()
        await self._pool.close()

    @asynccontextmanager
    async def lend(self, account_id: int, *, to_lease: bool = False) -> AsyncIterator[AccountConnection]:
        """A connection that sees `account_id` and nothing else; `to_lease`: for somebody who holds one already."""
        with _telling():
            if self.distributed or to_lease:
                pool = self._leases if to_lease else self._pool
                async with pool.connection() as connection, connection.pipeline(), connection.transaction():
                    await connection.see_within(account_id)
                    yield connection
            else:
                connection = await self.take(account_id)
                try:
                    yield connection
                finally:
                    await self.give_back(connection)

    async def take(self, account_id: int) -> AccountConnection:
        """A connection that sees `account_id`, to be given back. Those at hand cost an eighth of a read less."""
        with _telling():
            if self._at_hand:
                connection = self._at_hand.pop()
            else:
                self._short += 1
                try:
                    connection = await self._pool.getconn()
                finally:
                    self._short -= 1
            seen = False
            try:
                await connection.see(account_id)
                seen = True
            finally:
                if not seen:
                    await self.give_back(connection)
            return connection

    async def give_back(self, connection: AccountConnection) -> None:
        """Keep it at hand, unless somebody waits for the pool or it is broken: then the pool looks after it."""
        if not self._short and connection.info.transaction_status == TransactionStatus.IDLE:
            self._at_hand.append(connection)
        else:
            await self._pool.putconn(connection)

    @asynccontextmanager
    async def _transaction(self, account_id: int) -> AsyncIterator[PostgresTransaction]:
        async with self.lend(account_id) as connection:
            async with connection.pipeline(), connection.transaction():
                rows = await connection.fetch(READ_STATE + " FOR UPDATE", (account_id,))
                if not rows:
                    raise Unavailable(f"there is no account {account_id}")
                tx = PostgresTransaction(connection, account_id, State(*rows[0]), self)
                stamp = tx.state.stamp
                yield tx
                if account_id != OPERATOR:
                    await connection.execute(KEEP_STATE, (*astuple(tx.state), account_id))
                if tx.state.stamp != stamp:
                    await connection.execute("SELECT pg_notify($1, $2)", (_CHANNEL, str(account_id)))
            if tx.state.stamp != stamp:
                self._forget_stamp(account_id)

    def _forget_stamp(self, account_id: int) -> None:
        self._told += 1
        self._stamps.pop(account_id, None)

    async def _listen(self) -> None:
        """Forget a stamp as soon as any process changes it; while the line is down, trust none."""
        while True:
            try:
                async with await AsyncConnection.connect(self.url, autocommit=True, **_KEEP_ALIVE) as connection:
                    await connection.execute(f"LISTEN {_CHANNEL}")
                    self._told += 1
                    self._listening = True
                    async for notice in connection.notifies():
                        self._forget_stamp(int(notice.payload))
            except psycopg.Error as error:
                log.warning("no word of changes from the database: %s", type(error).__name__)
            finally:
                self._listening = False
                self._stamps.clear()
            await asyncio.sleep(1)


def _new_pool(url: str, smallest: int, largest: int) -> AsyncConnectionPool[AccountConnection]:
    return AsyncConnectionPool(
        url,
        connection_class=AccountConnection,
        min_size=smallest,
        max_size=largest,
        open=False,
        timeout=10,
        kwargs={"autocommit": True, "cursor_factory": AsyncRawCursor, "prepare_threshold": 2},
        configure=_configure,
    )


def one_line(error: psycopg.Error) -> str:
    """What the error says, which may be several lines, in one."""
    return " ".join(str(error).split())


@contextmanager
def _telling() -> Iterator[None]:
    """What the server or the line is to blame for, and no statement of ours, is Unavailable."""
    try:
        yield
    except psycopg.errors.ProgramLimitExceeded:
        raise
    except (psycopg.OperationalError, PoolTimeout) as error:
        raise Unavailable("the database does not answer") from error


async def _configure(connection: AccountConnection) -> None:
    # One type for whole numbers: a statement is prepared once, not once for each size of its arguments.
    connection.adapters.register_dumper(int, Int8BinaryDumper)
    # Compiling a query that returns twenty rows takes longer than the query, and bad guesses of a new table set it off.
    await connection.execute("SET jit = off")
