"""Every table's keys begin with the account, on both engines, and on PostgreSQL nothing is seen without one."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import defaultdict
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest
from psycopg import sql

from onebook.errors import Unavailable
from onebook.model.account import Tag
from onebook.model.imports import ImportRun, Reject
from onebook.model.lead import Lead
from onebook.service.access import create_key
from onebook.service.flood import count_flood
from onebook.service.idempotency import Answer, attempt, once
from onebook.service.records import create_record
from onebook.service.session import Unit
from onebook.service.spam import load_spam_list
from onebook.store.awaited import keep_ids
from onebook.store.bodies import save_body
from onebook.store.imports import add_rejects, add_run
from onebook.store.migrate import steps
from onebook.store.open import open_store, sqlite_path
from tests.book import START, Book, emails, new_account, new_book, opened, phones
from tests.derived import differences

FTS_TABLES = ("contact_pieces", "contact_starts")
SHADOWS = {f"{table}_{part}" for table in FTS_TABLES for part in ("data", "idx", "docsize", "config", "content")}
TABLES = {
    "accounts",
    "account_state",
    "access_keys",
    "contacts",
    "contact_keys",
    "records",
    "record_keys",
    "changes",
    "idempotent_answers",
    "flood_hits",
    "spam_lists",
    "spam_ranges",
    "import_runs",
    "import_rejects",
    "awaited_ids",
    "document_bodies",
    "schema_version",
}
BOOK_WIDE = {"spam_lists", "spam_ranges", "schema_version"}
"""Those whose rows are the operator's, of no account."""


def test_every_sqlite_key_begins_with_the_account(sqlite_url: str) -> None:
    asyncio.run(_open_and_close(sqlite_url))
    connection = apsw.Connection(sqlite_path(sqlite_url))
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    names = {name for (name,) in rows if not str(name).startswith("sqlite_")}
    # Their row's number is a contact's id, which is unique in the whole book, and every search joins the contact.
    assert names - SHADOWS - {*FTS_TABLES} >= TABLES
    for table in names - SHADOWS - {*FTS_TABLES}:
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        key = sorted((place, name) for _, name, _, _, _, place in columns if place)
        assert key, table
        assert key[0][1] == "account_id", table
        for _, index, unique, _, _ in connection.execute(f"PRAGMA index_list({table})").fetchall():
            first = connection.execute(f"PRAGMA index_info({index})").fetchall()[0][2]
            assert first == "account_id", (table, index, unique)
        foreign: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
        links: list[Any] = connection.execute(f"PRAGMA foreign_key_list({table})").fetchall()
        for number, place, _, here, there, *_ in links:
            foreign[number].append((place, here, there))
        for columns_of in foreign.values():
            assert min(columns_of)[1:] == ("account_id", "account_id"), table
    connection.close()


_CONSTRAINTS = """
SELECT c.conrelid::regclass::text, c.contype::text,
  (SELECT attname FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = c.conkey[1]),
  (SELECT attname FROM pg_attribute WHERE attrelid = c.confrelid AND attnum = c.confkey[1])
FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
WHERE n.nspname = current_schema() AND c.contype IN ('p', 'u', 'f', 'x')"""
_INDEXES = """
SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text,
  (SELECT attname FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = i.indkey[0])
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema()"""
_TABLES = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
  EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')"""


def test_every_postgresql_key_begins_with_the_account(postgres_url: str) -> None:
    asyncio.run(_open_and_close(postgres_url))
    with psycopg.connect(postgres_url) as connection:
        tables = {name for name, *_ in connection.execute(_TABLES).fetchall()}
        constraints = connection.execute(_CONSTRAINTS).fetchall()
        assert {table for table, kind, *_ in constraints if kind == "p"} == tables
        for table, kind, here, there in constraints:
            assert here == "account_id", (table, kind)
            assert kind != "f" or there == "account_id", table
        for table, index, first in connection.execute(_INDEXES).fetchall():
            assert first == "account_id", (table, index)
        sequences = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        row = connection.execute(
            f"{sequences} WHERE n.nspname = current_schema() AND c.relkind = 'S'".encode()
        ).fetchone()
        assert row == (0,)


async def test_a_query_that_forgot_its_account_gets_nothing(postgres_url: str) -> None:
    await _fill_every_table(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        tables = connection.execute(_TABLES).fetchall()
        assert TABLES | {"contact_words", "word_pieces"} <= {name for name, *_ in tables}
        for name, enabled, forced, has_policy in tables:
            assert (enabled, forced, has_policy) == (True, True, True), name
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
            assert connection.execute(count).fetchone() == (0,), name
            # After somebody's transaction the setting is an empty text, not null.
            connection.execute("SELECT set_config('onebook.account', '', false)")
            assert connection.execute(count).fetchone() == (0,), name
            if name not in BOOK_WIDE:
                connection.execute("SELECT set_config('onebook.account', '1', false)")
                assert connection.execute(count).fetchone() != (0,), name
                connection.execute("SELECT set_config('onebook.account', '2', false)")
                others = sql.SQL("SELECT count(*) FROM {} WHERE account_id <> 2").format(sql.Identifier(name))
                assert connection.execute(others).fetchone() == (0,), name
            connection.execute("RESET onebook.account")


async def test_a_write_without_an_account_fails(postgres_url: str) -> None:
    await _fill_every_table(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name, *_ in connection.execute(_TABLES).fetchall():
            table = sql.Identifier(name)
            connection.execute("SELECT set_config('onebook.account', '1', false)")
            copy = sql.SQL("CREATE TEMP TABLE copied AS SELECT * FROM {} LIMIT 1").format(table)
            connection.execute(copy)
            connection.execute("RESET onebook.account")
            if name not in BOOK_WIDE:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(sql.SQL("INSERT INTO {} SELECT * FROM copied").format(table))
                connection.execute("SELECT set_config('onebook.account', '2', false)")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(sql.SQL("INSERT INTO {} SELECT * FROM copied").format(table))
                connection.execute("RESET onebook.account")
            assert connection.execute(sql.SQL("UPDATE {} SET account_id = 2").format(table)).rowcount == 0
            assert connection.execute(sql.SQL("DELETE FROM {}").format(table)).rowcount == 0
            connection.execute("DROP TABLE copied")
    assert differences(postgres_url) == []


async def test_a_reader_sees_its_account_only_even_where_a_query_names_another(postgres_url: str) -> None:
    await _fill_every_table(postgres_url)
    async with opened(postgres_url) as store:
        reader = store.reader(1)
        assert await reader.rows("SELECT count(*) FROM contacts") == [(1,)]
        assert await reader.rows("SELECT count(*) FROM contacts WHERE account_id = 2") == [(0,)]
        assert await store.reader(2).rows("SELECT count(*) FROM contacts WHERE account_id = 2") == [(1,)]
        assert await store.reader(0).rows("SELECT count(*) FROM contacts") == [(0,)]
        assert await store.reader(99).rows("SELECT count(*) FROM contacts") == [(0,)]


async def _fill_every_table(url: str) -> None:
    async with opened(url) as store:
        for name in ("A", "B"):
            account = await new_account(store, name)
            book = Book(store, account)
            session = await book.session()
            await book.create(last_name="Müller", emails=emails("a@example.com"), phones=phones("0157 1234567"))
            await session.write(lambda unit: create_record(unit, Tag(name="T")))
            await session.write(lambda unit: create_record(unit, Lead(message="M")))
            await session.write(lambda unit: save_body(unit.tx, "0" * 64, b"B"))
            await create_key(store, [account.account_id], "native", now=START)

            async def answered(unit: Unit) -> Answer:
                async def work(_: Unit) -> Answer:
                    return Answer(status=201, body=b"{}")

                return await once(unit, attempt(1, "again", b""), work)

            await session.write(answered)
            await session.write(lambda unit: count_flood(unit, "192.0.2.1"))
            await session.write(lambda unit: add_run(unit.tx, a_run()))
            await session.write(lambda unit: add_rejects(unit.tx, 1, [Reject(2, "no date", ["x"])]))
            await session.write(lambda unit: keep_ids(unit.tx, "propstack", [("users", 5, 77)]))
        await load_spam_list(store, ["192.0.2.0/24"], now=START, told=lambda step, more, total: None)


def a_run() -> ImportRun:
    return ImportRun(
        run_id=1, kind="csv", file="a.csv", fingerprint="", on_duplicate="merge", started_at=START, updated_at=START
    )


async def _open_and_close(url: str) -> None:
    async with opened(url):
        pass


async def test_a_database_newer_than_the_program_is_refused(database_url: str) -> None:
    async with new_book(database_url) as book:
        await book.create(last_name="A")
    newest = steps("sqlite" if database_url.startswith("sqlite") else "postgresql")[-1][0]
    statement = f"UPDATE schema_version SET version = {newest + 7} WHERE account_id = 0"
    if database_url.startswith("sqlite"):
        connection = apsw.Connection(sqlite_path(database_url))
        connection.execute(statement)
        connection.close()
    else:
        with psycopg.connect(database_url) as postgres:
            postgres.execute("SELECT set_config('onebook.account', '0', false)")
            assert postgres.execute(statement.encode()).rowcount == 1
    with pytest.raises(Unavailable) as caught:
        await open_store(database_url)
    assert str(newest + 7) in caught.value.message
    assert "newer" in caught.value.message
    assert "\n" not in caught.value.message


async def test_opening_again_changes_nothing(database_url: str) -> None:
    async with new_book(database_url) as book:
        made = await book.create(last_name="A")
    for _ in range(3):
        async with opened(database_url) as store:
            assert await Book(store, book.account).find() == [made.id]


def _open_in_process(url: str, start: Any, answers: Any) -> None:
    async def run() -> None:
        start.wait()
        async with opened(url) as store:
            await store.ping()

    try:
        asyncio.run(run())
        answers.put("well")
    except BaseException as error:
        answers.put(repr(error))
        raise


def test_programs_that_open_an_empty_database_at_once_all_can(database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    start, answers = context.Event(), context.Queue()
    processes = [context.Process(target=_open_in_process, args=(database_url, start, answers)) for _ in range(6)]
    for process in processes:
        process.start()
    start.set()
    told = [answers.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert told == ["well"] * 6
    assert differences(database_url) == []


async def test_a_store_that_opens_an_empty_database_many_times_at_once_can(database_url: str) -> None:
    stores = await asyncio.gather(*(open_store(database_url) for _ in range(8)))
    assert {type(await new_account(store, str(number))).__name__ for number, store in enumerate(stores)} == {"Account"}
    for store in stores:
        await store.close()


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" + b"x" * 200])
async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "letter.txt"
    file.write_bytes(content)
    with pytest.raises(Unavailable) as caught:
        await open_store(f"sqlite:///{file}")
    assert "\n" not in caught.value.message
    assert file.read_bytes() == content


async def test_the_search_index_does_not_read_its_tables_whole_to_delete_a_few_rows(sqlite_url: str) -> None:
    await (await open_store(sqlite_url)).close()
    book = apsw.Connection(sqlite_path(sqlite_url))
    for name in ("contact_pieces_data", "contact_starts_data"):
        asked = f"EXPLAIN QUERY PLAN DELETE FROM main.{name} WHERE id >= ? AND id <= ?"
        plan = book.execute(asked, (1, 2)).fetchall()
        assert [str(step[3]).split()[0] for step in plan] == ["SEARCH"]
    book.close()


async def test_a_place_where_nothing_can_be_is_refused(tmp_path: Path) -> None:
    for url in (
        f"sqlite:///{tmp_path}/nowhere/book.db",
        f"sqlite:///{tmp_path}",
        "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1",
    ):
        with pytest.raises(Unavailable) as caught:
            await open_store(url)
        assert "\n" not in caught.value.message


async def test_another_program_s_tables_are_not_taken_for_ours(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    other = apsw.Connection(str(file))
    other.execute("CREATE TABLE contacts (name TEXT); INSERT INTO contacts VALUES ('theirs')")
    other.close()
    with pytest.raises(Unavailable):
        await open_store(f"sqlite:///{file}")
    other = apsw.Connection(str(file))
    assert other.execute("SELECT name FROM contacts").fetchall() == [("theirs",)]
    assert other.execute("SELECT count(*) FROM sqlite_schema").fetchall() == [(1,)]
    other.close()
