"""Writes share commits and nothing else: neither failures nor cancellations nor each other's rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import apsw
import psycopg
import pytest

from onebook.errors import Conflict, Invalid, Unavailable
from onebook.model.account import Tag
from onebook.model.contact import Contact
from onebook.service.contacts import change_contact, contact_history, create_contact, get_contact, upsert_contact
from onebook.service.records import create_record
from onebook.service.session import Unit
from onebook.store.database import Transaction
from onebook.store.open import open_store, sqlite_path
from onebook.store.postgres import PostgresStore
from onebook.store.sqlite import SqliteStore
from tests.book import Book, emails, fill, new_account, new_book, opened
from tests.derived import differences, feed


class Bug(Exception):
    """What nobody expects."""


def creating(name: str, then: Exception | None = None) -> Callable[[Unit], Awaitable[Contact]]:
    """A work that makes a contact and then, where it is told so, fails."""

    async def work(unit: Unit) -> Contact:
        made = await create_contact(unit, fill(last_name=name))
        if then is not None:
            raise then
        return made

    return work


async def test_fifty_works_at_once_are_all_there_and_ascend(database_url: str) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        made = await asyncio.gather(*(session.write(creating(f"N{number}")) for number in range(50)))
        assert [contact.id for contact in made] == sorted(contact.id for contact in made)
        assert await book.find() == [contact.id for contact in made]
        assert [row[1] for row in feed(database_url, 1)] == list(range(1, 51))
        assert differences(database_url) == []


@pytest.mark.parametrize("error", [Invalid("no"), Conflict("no"), Bug("no"), RuntimeError("no")])
async def test_one_that_fails_after_writing_takes_nothing_of_the_others_with_it(
    database_url: str, error: Exception
) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        works = [creating(f"N{number}", error if number % 7 == 3 else None) for number in range(50)]
        answers = await asyncio.gather(*(session.write(work) for work in works), return_exceptions=True)
        made = [answer for answer in answers if isinstance(answer, Contact)]
        assert [answer for answer in answers if not isinstance(answer, Contact)] == [error] * 7
        assert [contact.last_name for contact in made] == [f"N{number}" for number in range(50) if number % 7 != 3]
        assert sorted(await book.find()) == sorted(contact.id for contact in made)
        assert len({contact.id for contact in made}) == 43
        assert differences(database_url) == []


async def test_one_that_fails_before_writing_does_not_make_the_others_run_again(database_url: str) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        runs: list[int] = []

        def work_of(number: int) -> Callable[[Unit], Awaitable[Contact]]:
            async def work(unit: Unit) -> Contact:
                runs.append(number)
                if number == 5:
                    raise Invalid("no")
                return await create_contact(unit, fill(last_name=f"N{number}"))

            return work

        answers = await asyncio.gather(
            *(session.write(work_of(number)) for number in range(10)), return_exceptions=True
        )
        assert isinstance(answers[5], Invalid)
        assert sorted(runs) == list(range(10))


async def test_a_wrong_statement_reaches_only_its_own_caller(database_url: str) -> None:
    async with new_book(database_url) as book:
        session = await book.session()

        async def wrong(unit: Unit) -> None:
            await unit.tx.run("INSERT INTO accounts (account_id, customer_id, name, doc) VALUES ($1, 'x', 'x', 'x')", 1)

        works: list[Callable[[Unit], Awaitable[Any]]] = [creating("A"), wrong, creating("B"), wrong, creating("C")]
        answers = await asyncio.gather(*(session.write(work) for work in works), return_exceptions=True)
        assert [isinstance(answer, Contact) for answer in answers] == [True, False, True, False, True]
        assert isinstance(answers[1], apsw.ConstraintError | psycopg.IntegrityError)
        assert len(await book.find()) == 3
        assert differences(database_url) == []


async def test_a_caller_who_goes_away_leaves_nothing_half_done(database_url: str) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        tasks = [asyncio.ensure_future(session.write(creating(f"N{number}"))) for number in range(50)]
        await asyncio.sleep(0)
        for number, task in enumerate(tasks):
            if number % 3 == 0:
                task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        kept = {answer.id for answer in answers if isinstance(answer, Contact)}
        assert len(kept) == 33
        assert kept <= set(await book.find())
        assert (await session.write(creating("after"))).id in await book.find()
        assert differences(database_url) == []


async def test_what_was_answered_is_seen_by_everybody_at_once(database_url: str) -> None:
    async with opened(database_url) as here, opened(database_url) as there:
        account = await new_account(here)
        ours, theirs = Book(here, account), Book(there, account)
        for number in range(20):
            made = await (ours if number % 2 else theirs).create(last_name=f"N{number}")
            for book in (ours, theirs):
                assert (await get_contact(await book.view(), made.id)).last_name == f"N{number}"


async def test_a_view_never_sees_half_a_work(database_url: str) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        seen: set[int] = set()

        async def two(unit: Unit) -> None:
            await create_contact(unit, fill(last_name="A"))
            await asyncio.sleep(0)
            await create_contact(unit, fill(last_name="B"))

        async def look() -> None:
            for _ in range(60):
                seen.add(len(await book.find()))
                await asyncio.sleep(0.001)

        async def write() -> None:
            for _ in range(20):
                await session.write(two)

        await asyncio.gather(look(), write())
        assert {count % 2 for count in seen} == {0}


async def test_closing_finishes_what_was_taken_and_takes_no_more(database_url: str) -> None:
    store = await open_store(database_url)
    book = Book(store, await new_account(store))
    session = await book.session()
    tasks = [asyncio.ensure_future(session.write(creating(f"N{number}"))) for number in range(20)]
    await asyncio.sleep(0)
    await store.close()
    made = await asyncio.gather(*tasks)
    with pytest.raises(Unavailable):
        await session.write(creating("late"))
    async with opened(database_url) as again:
        assert await Book(again, book.account).find() == [contact.id for contact in made]


async def test_fifty_upserts_of_one_address_make_one_contact(database_url: str) -> None:
    async with opened(database_url) as here, opened(database_url) as there:
        account = await new_account(here)
        sessions = [await Book(store, account).session() for store in (here, there)]

        def work_of(number: int) -> Callable[[Unit], Awaitable[tuple[Contact, bool]]]:
            edit = fill(last_name=f"N{number}", emails=emails("same@example.com"))
            return lambda unit: upsert_contact(unit, [("email", "same@example.com")], edit)

        answers = await asyncio.gather(*(sessions[number % 2].write(work_of(number)) for number in range(50)))
        assert len({contact.id for contact, _ in answers}) == 1
        assert sum(new for _, new in answers) == 1
        assert sorted(contact.version for contact, _ in answers) == list(range(1, 51))
        assert differences(database_url) == []


async def test_fifty_changes_at_once_are_all_in_the_history(database_url: str) -> None:
    async with opened(database_url) as here, opened(database_url) as there:
        book = Book(here, await new_account(here))
        made = await book.create(last_name="A", lead_score=0)
        sessions = [await Book(store, book.account).session() for store in (here, there)]

        def counted(contact: Contact, _: Any) -> Contact:
            return fill(lead_score=(contact.lead_score or 0) + 1)(contact, _)

        await asyncio.gather(
            *(sessions[n % 2].write(lambda unit: change_contact(unit, made.id, counted)) for n in range(50))
        )
        history = await contact_history(await book.view(), made.id)
        assert [entry.version for entry in history] == list(range(1, 52))
        assert [entry.changes["lead_score"] for entry in history[1:]] == [(n, n + 1) for n in range(50)]
        assert (await get_contact(await book.view(), made.id)).lead_score == 50


async def test_two_stores_hand_out_ascending_ids_and_never_one_twice(database_url: str) -> None:
    async with opened(database_url) as here, opened(database_url) as there:
        accounts = [await new_account(here, f"A{number}") for number in range(2)]
        books = [Book(store, account) for store in (here, there) for account in accounts]
        seen: dict[int, list[int]] = {1: [], 2: []}

        async def make(book: Book) -> None:
            session = await book.session()
            for _ in range(6):
                for contact in await session.write(_two_hundred):
                    seen[book.account.account_id].append(contact.id)

        await asyncio.gather(*(make(book) for book in books))
        assert len({*seen[1], *seen[2]}) == 4800
        for account in accounts:
            rows = feed(database_url, account.account_id)
            ids = [row[3] for row in rows]
            assert ids == sorted(ids)
            assert [row[1] for row in rows] == list(range(1, 2401))


async def _two_hundred(unit: Unit) -> list[Contact]:
    return [await create_contact(unit, fill(last_name="N")) for _ in range(200)]


async def test_many_accounts_make_their_first_contact_at_once_over_few_connections(database_url: str) -> None:
    async with opened(database_url, pool_size=2) as store:
        books = [Book(store, await new_account(store, f"A{number}")) for number in range(12)]
        async with asyncio.timeout(8):
            made = await asyncio.gather(*(book.create(last_name="N") for book in books))
        assert len({contact.id for contact in made}) == 12


async def test_a_book_whose_ids_are_used_up_says_so(database_url: str) -> None:
    async with new_book(database_url) as book:
        last = 2**31 - 1

        async def use_up(tx: Transaction) -> None:
            await tx.run("UPDATE account_state SET next_id = $1 WHERE account_id = 0", last - 1)

        await book.store.write(0, use_up)
        made = [(await book.create(last_name="N")).id for _ in range(2)]
        assert made == [last - 1, last]
        for _ in range(2):
            with pytest.raises(Unavailable):
                await book.create(last_name="N")
        assert await book.find() == made


async def test_a_full_disk_is_unavailable_and_leaves_nothing_half_written(sqlite_url: str) -> None:
    async with new_book(sqlite_url) as book:
        first = await book.create(last_name="A")
        assert isinstance(book.store, SqliteStore)
        writer = book.store.write_connection
        pages: int = writer.execute("PRAGMA page_count").get
        writer.execute(f"PRAGMA max_page_count = {pages + 4}")
        session = await book.session()
        long = "wort " * 2000
        works = [session.write(lambda unit: create_contact(unit, fill(last_name=long))) for _ in range(40)]
        answers = await asyncio.gather(*works, return_exceptions=True)
        kept = [answer.id for answer in answers if isinstance(answer, Contact)]
        failures = [answer for answer in answers if not isinstance(answer, Contact)]
        assert failures
        assert {type(failure) for failure in failures} == {Unavailable}
        assert await book.find() == [first.id, *kept]
        with pytest.raises(Unavailable):
            await book.create(last_name=long * 20)
        writer.execute("PRAGMA max_page_count = 1000000")
        assert (await book.create(last_name=long)).id in await book.find()
        assert differences(sqlite_url) == []


async def test_a_database_that_another_process_holds_is_waited_for(sqlite_url: str) -> None:
    async with new_book(sqlite_url) as book:
        other = apsw.Connection(sqlite_path(sqlite_url))
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.ensure_future(book.create(last_name="A"))
        await asyncio.sleep(0.1)
        assert await book.find() == []
        other.execute("ROLLBACK")
        other.close()
        assert (await writing).id in await book.find()


async def test_a_killed_connection_is_unavailable_and_the_next_one_works(postgres_url: str) -> None:
    async with new_book(postgres_url) as book:
        session = await book.session()

        async def killed(unit: Unit) -> None:
            await create_contact(unit, fill(last_name="half"))
            ((pid,),) = await unit.tx.rows("SELECT pg_backend_pid()")
            await _kill(postgres_url, pid)
            await create_contact(unit, fill(last_name="other half"))

        with pytest.raises(Unavailable):
            await session.write(killed)
        assert await book.find() == []
        answers = await asyncio.gather(
            *(session.write(work) for work in (creating("A"), killed, creating("B"))), return_exceptions=True
        )
        assert isinstance(answers[1], Unavailable)
        assert [isinstance(answer, Contact) for answer in answers] == [True, False, True]
        assert len(await book.find()) == 2
        assert differences(postgres_url) == []


async def test_when_every_connection_is_cut_reads_and_writes_come_back(postgres_url: str) -> None:
    async with new_book(postgres_url) as book:
        made = await book.create(last_name="A")
        await asyncio.gather(*(book.find() for _ in range(8)))
        await _kill(postgres_url, None)
        for _ in range(30):
            try:
                assert await book.find() == [made.id]
                await book.create(last_name="B")
                break
            except Unavailable:
                await asyncio.sleep(0.1)
        assert len(await book.find()) == 2
        for _ in range(50):
            tag = await (await book.session()).write(lambda unit: create_record(unit, Tag(name=unit.new_token())))
            assert tag.id in (await book.view()).vocabulary.tags


async def _kill(url: str, pid: int | None) -> None:
    which = "pid = %s" if pid else "datname = current_database() AND pid <> pg_backend_pid() AND %s::int IS NULL"
    sql = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {which}"
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(sql.encode(), (pid,))
    await asyncio.sleep(0.05)


async def test_who_waits_for_a_database_that_does_not_answer_is_told_together(postgres_url: str) -> None:
    async with opened(postgres_url, pool_size=1) as store:
        book = Book(store, await new_account(store))
        session = await book.session()
        assert isinstance(store, PostgresStore)
        store._pool.timeout = 0.3
        async with store.lend(1):
            started = time.monotonic()
            answers = await asyncio.gather(
                *(session.write(creating(f"N{number}")) for number in range(50)), return_exceptions=True
            )
        assert {type(answer) for answer in answers} == {Unavailable}
        assert time.monotonic() - started < 3
        await book.create(last_name="after")
