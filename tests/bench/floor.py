"""The floor: the very statements that the product sends for a question, sent again bare, one after the other.

Each question is put to the product once while everything it asks of the database is written down; then the statements
go to the driver in a loop, with no HTTP, no records and no event loop in between. That is what the database and its
driver could do at most on one connection.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import astuple
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlsplit

import apsw
import psycopg
from msgspec.structs import replace
from psycopg import RawCursor
from psycopg.types.numeric import Int8BinaryDumper

from onebook.model.account import Vocabulary
from onebook.model.contact import Contact
from onebook.model.query import Page
from onebook.service.access import account_named
from onebook.service.contacts import upsert_contact
from onebook.service.session import Unit, random_token
from onebook.store.contacts import find_contacts, read_contact, read_contacts
from onebook.store.database import KEEP_STATE, Reader, Row, State, Store, Transaction, Value
from onebook.store.open import open_store, sqlite_path
from onebook.store.sqlite import connect, numbered
from onebook.store.vocabulary import load_vocabulary
from tests.bench.cases import PER_PAGE, WRITERS, Case, asked_query
from tests.bench.fill import ACCOUNT, NOW
from tests.bench.samples import Samples

Statement = tuple[str, tuple[Value, ...]]
Operation = list[Statement]
QUESTIONS = 500
CREATES = 40 * WRITERS
SEED = 1000
WARM_UP = 50


class _Undo(Exception):
    """What was written down shall not stay in the database."""


class _Recorder:
    """A `Transaction` that passes everything on and writes it down."""

    def __init__(self, inner: Reader) -> None:
        self.inner = inner
        self.engine = inner.engine
        self.account_id = inner.account_id
        self.distributed = bool(getattr(inner, "distributed", False))
        self.operation: Operation = []
        self.memory: dict[str, Any] = {}

    @property
    def _tx(self) -> Transaction:
        return self.inner  # type: ignore[return-value]  # only asked for where it is one

    @property
    def state(self) -> State:
        return self._tx.state

    @state.setter
    def state(self, state: State) -> None:
        self._tx.state = state

    async def rows(self, sql: str, *args: Value) -> list[Row]:
        self.operation.append((sql, args))
        return await self.inner.rows(sql, *args)

    async def scan(self, sql: str, *args: Value) -> list[Row]:
        self.operation.append((sql, args))
        return await self.inner.scan(sql, *args)

    async def run(self, sql: str, *args: Value) -> None:
        self.operation.append((sql, args))
        await self._tx.run(sql, *args)

    async def run_many(self, sql: str, many: Sequence[Sequence[Value]]) -> None:
        self.operation += [(sql, tuple(args)) for args in many]
        await self._tx.run_many(sql, many)

    async def act_as(self, account_id: int) -> None:
        await self._tx.act_as(account_id)

    async def lease_ids(self) -> tuple[int, int]:
        return await self._tx.lease_ids()

    async def record(self, work: Callable[[], Awaitable[object]]) -> Operation:
        self.operation = []
        await work()
        return self.operation


async def floor_of_reads(url: str, case: Case, samples: Samples, seconds: float) -> float:
    """How many of the questions of `case` a bare connection answers in a second."""
    store = await open_store(url)
    try:
        account = await account_named(store, ACCOUNT)
        reader = _Recorder(store.reader(account.account_id))
        questions = islice(case.asked(samples), QUESTIONS)
        operations = [await reader.record(_ask(reader, case, one, account.country)) for one in questions]
    finally:
        await store.close()
    return _loop(_Bare(url, account.account_id), operations, seconds)


def _ask(reader: Reader, case: Case, question: Any, country: str) -> Callable[[], Awaitable[object]]:
    if case.kind == "read":
        return lambda: read_contact(reader, question)
    if case.kind == "several":
        return lambda: read_contacts(reader, question)
    return lambda: find_contacts(reader, asked_query(case, question), Page(limit=PER_PAGE), country)


async def floor_of_creates(url: str, samples: Samples) -> float:
    """How many contacts a second can be looked for and inserted bare, WRITERS of them a commit.

    To be asked once for each database: it takes ids that the book does not know to be taken.
    """
    store = await open_store(url)
    try:
        account_id = (await account_named(store, ACCOUNT)).account_id
        people = list(islice(samples.newcomers(SEED), CREATES))
        operations, state = await _record_creates(store, account_id, people)
    finally:
        await store.close()
    bare = _Bare(url, account_id)
    started = time.perf_counter()
    for start in range(0, len(operations), WRITERS):
        bare.commit([*operations[start : start + WRITERS], [(KEEP_STATE, (*astuple(state), account_id))]])
    rate = len(operations) / (time.perf_counter() - started)
    bare.close()
    return rate


async def _record_creates(store: Store, account_id: int, people: Sequence[Contact]) -> tuple[list[Operation], State]:
    operations: list[Operation] = []
    states: list[State] = []

    async def work(tx: Transaction) -> None:
        recorder = _Recorder(tx)
        unit = Unit(recorder, await load_vocabulary(tx), NOW, recorder, ACCOUNT, "bench", random_token)
        operations.extend([await recorder.record(_create(unit, contact)) for contact in people])
        states.append(tx.state)
        raise _Undo

    try:
        await store.write(account_id, work)
    except _Undo:
        return operations, states[-1]
    raise AssertionError("a work that raises has not raised")


def _create(unit: Unit, contact: Contact) -> Callable[[], Awaitable[object]]:
    def edit(blank: Contact, _: Vocabulary) -> Contact:
        return replace(contact, id=blank.id)

    return lambda: upsert_contact(unit, [("email", contact.emails[0].address)], edit)


class _Bare:
    """One connection of the engine's driver, and nothing around it."""

    def __init__(self, url: str, account_id: int) -> None:
        self._sqlite: apsw.Connection | None = None
        self._postgres: psycopg.Connection[Row] | None = None
        if urlsplit(url).scheme == "sqlite":
            self._sqlite = connect(sqlite_path(url), cache_kib=32 * 1024)
            return
        self._postgres = psycopg.connect(url, autocommit=True)
        self._postgres.adapters.register_dumper(int, Int8BinaryDumper)
        self._postgres.execute("SELECT set_config('onebook.account', %s, false)", (str(account_id),))
        self._cursor = RawCursor(self._postgres)

    def ask(self, operation: Operation) -> None:
        """Send the statements of one question and fetch all rows."""
        if self._sqlite is not None:
            for sql, args in operation:
                self._sqlite.execute(numbered(sql), args).fetchall()
            return
        for sql, args in operation:
            self._cursor.execute(sql.encode(), args, prepare=True, binary=True).fetchall()

    def commit(self, operations: Sequence[Operation]) -> None:
        """All of them in one transaction; on PostgreSQL statements that answer nothing are pipelined."""
        if self._sqlite is not None:
            self._sqlite.execute("BEGIN IMMEDIATE")
            for operation in operations:
                self.ask(operation)
            self._sqlite.execute("COMMIT")
            return
        assert self._postgres is not None
        with self._postgres.pipeline(), self._postgres.transaction():
            for operation in operations:
                for sql, args in operation:
                    self._cursor.execute(sql.encode(), args, prepare=True, binary=True)

    def close(self) -> None:
        """Let go."""
        for connection in (self._sqlite, self._postgres):
            if connection is not None:
                connection.close()


def _loop(bare: _Bare, operations: Sequence[Operation], seconds: float) -> float:
    turns = cycle(operations)
    for operation in islice(turns, WARM_UP):
        bare.ask(operation)
    done = 0
    started = time.perf_counter()
    while (took := time.perf_counter() - started) < seconds:
        bare.ask(next(turns))
        done += 1
    bare.close()
    return done / took
