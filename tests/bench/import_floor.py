"""The floor of imports: the very rows that an import writes, sent by the driver alone, on one connection."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, cast

import apsw
import psycopg
from msgspec.structs import replace
from psycopg import RawCursor
from psycopg.types.numeric import Int8BinaryDumper

from onebook.model.contact import Contact
from onebook.model.normal import phone_e164
from onebook.service.session import random_token
from onebook.store.bulk import WIDE, insert_rows
from onebook.store.bulk_rows import Part, derive, rows_of
from onebook.store.database import LAST_ID, Engine, State, Transaction, Value
from onebook.store.open import sqlite_path
from onebook.store.sqlite import connect, numbered
from tests.bench.fill import NOW

TOGETHER = 10_000
"""Contacts a commit, about as many as an import takes."""
COUNTRY = "DE"


class _Statements:
    """What a `Transaction` is told to write."""

    def __init__(self, engine: Engine, account_id: int, seq: int) -> None:
        self.engine, self.account_id = engine, account_id
        self.state = State(0, 0, 0, seq, 0)
        self.told: list[tuple[str, Sequence[Sequence[Value]]]] = []

    async def run(self, sql: str, *args: Value) -> None:
        self.told.append((sql, [args]))

    async def run_many(self, sql: str, many: Sequence[Sequence[Value]]) -> None:
        self.told.append((sql, many))


async def floor_of_imports(url: str, account_id: int, people: Sequence[Contact]) -> float:
    """How many of `people` a second the driver inserts, all their keys, words and history among them.

    Nothing is worked out meanwhile. The database is of no use afterwards: it does not know these ids to be taken.
    """
    engine: Engine = "sqlite" if url.startswith("sqlite") else "postgresql"
    first, seq = LAST_ID - len(people) - 1, 2**40
    spent = 0.0
    bare = _sqlite(url) if engine == "sqlite" else _postgres(url, account_id)
    try:
        for start in range(0, len(people), TOGETHER):
            some = people[start : start + TOGETHER]
            statements = _Statements(engine, account_id, seq + start)
            parts: list[Part] = [(range(first + start, first + start + len(some)), rows_of(_derived(some), engine))]
            await insert_rows(cast(Transaction, statements), parts, at=0, actor="bench", via="bench")
            began = time.perf_counter()
            _write(bare, statements.told)
            spent += time.perf_counter() - began
    finally:
        bare.close()
    return len(people) / spent


def _derived(people: Sequence[Contact]) -> list[Any]:
    return [derive(_kept(one), COUNTRY) for one in people]


def _kept(one: Contact) -> Contact:
    phones = tuple(replace(phone, e164=phone_e164(phone.number, COUNTRY)) for phone in one.phones)
    return replace(one, id=0, version=1, token=random_token(), phones=phones, created_at=NOW, updated_at=NOW)


def _sqlite(url: str) -> apsw.Connection:
    connection = connect(sqlite_path(url), cache_kib=32 * 1024)
    connection.execute(WIDE).fetchall()
    return connection


def _postgres(url: str, account_id: int) -> psycopg.Connection[Any]:
    connection = psycopg.connect(url, autocommit=True)
    connection.adapters.register_dumper(int, Int8BinaryDumper)
    connection.execute("SELECT set_config('onebook.account', %s, false)", (str(account_id),))
    return connection


def _write(bare: apsw.Connection | psycopg.Connection[Any], told: Sequence[tuple[str, Sequence[Any]]]) -> None:
    if isinstance(bare, apsw.Connection):
        bare.execute("BEGIN IMMEDIATE")
        for sql, many in told:
            bare.executemany(numbered(sql), many)
        bare.execute("COMMIT")
        return
    with bare.pipeline(), bare.transaction():
        cursor = RawCursor(bare)
        for sql, many in told:
            for args in many:
                cursor.execute(sql.encode(), args, prepare=True, binary=True)
