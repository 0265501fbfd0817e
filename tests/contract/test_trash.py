"""What has been in the trash for thirty days is gone for good, and nothing else is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from onebook.dialects.propstack.dump import TABLES_OF_DUMP
from onebook.errors import NotFound
from onebook.model.account import Source
from onebook.model.activity import Note
from onebook.service.check import check_book
from onebook.service.contacts import contact_history, get_contact
from onebook.service.dump import TOMBSTONES, Wanted, write_dump
from onebook.service.records import create_record, remove_record
from onebook.service.trash import KEPT, empty_trash
from tests.book import START, Book, emails, new_book


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    async with new_book(database_url) as it:
        yield it


async def empty(book: Book, now: datetime) -> int:
    """The trash emptied as the server does it."""
    return await empty_trash(book.store, book.account, now=now, actor="trash")


async def wrong(book: Book) -> list[str]:
    """What `onebook check` finds."""
    return [
        found.text async for found in check_book(book.store, [book.account], repair=False, told=lambda *_, **__: None)
    ]


async def test_what_is_in_the_trash_for_thirty_days_is_purged_and_what_is_not_stays(book: Book) -> None:
    kept = await book.create(last_name="Bleibt")
    old = await book.create(last_name="Alt", emails=emails("alt@example.com"), external_ids={"propstack": "77"})
    gone = (await book.remove(old.id)).deleted_at
    assert gone is not None
    young = await book.create(last_name="Jung")
    await book.remove(young.id)

    assert await empty(book, gone + KEPT) == 0
    assert await empty(book, gone + KEPT + timedelta(microseconds=1)) == 1
    assert (await get_contact(await book.view(), kept.id)).last_name == "Bleibt"
    with pytest.raises(NotFound):
        await book.restore(old.id)
    assert (await book.restore(young.id)).last_name == "Jung"
    # Its id in the other system is free again.
    assert (await book.create(last_name="Neu", external_ids={"propstack": "77"})).external_ids == {"propstack": "77"}
    assert await wrong(book) == []


async def test_of_what_happened_no_more_is_kept_than_that_it_did(book: Book) -> None:
    contact = await book.create(last_name="Geheim", external_ids={"propstack": "77"})
    await book.change(contact.id, first_name="Vertraulich")
    await book.remove(contact.id)
    await empty(book, START + timedelta(days=60))
    history = await contact_history(await book.view(), contact.id)

    assert [entry.action for entry in history] == ["created", "changed", "deleted", "purged"]
    assert b"Geheim" not in msgspec.json.encode(history)
    assert b"Vertraulich" not in msgspec.json.encode(history)
    assert history[-1].changes == {"external_ids.propstack": ("77", None)}


async def test_records_of_other_tables_are_purged_too(book: Book) -> None:
    session = await book.session()
    note = await session.write(lambda unit: create_record(unit, Note(title="Alt")))
    source = await session.write(lambda unit: create_record(unit, Source(name="Messe")))
    await session.write(lambda unit: remove_record(unit, Note, note.id))
    await session.write(lambda unit: remove_record(unit, Source, source.id))

    assert await empty(book, START + timedelta(days=60)) == 2
    assert await empty(book, START + timedelta(days=60)) == 0
    assert await wrong(book) == []


async def test_more_than_one_transaction_s_worth_is_purged(book: Book) -> None:
    for _ in range(60):
        await book.remove((await book.create(last_name="Alt")).id)

    assert await empty(book, START + timedelta(days=60)) == 60


async def test_a_dump_of_changes_tells_who_is_gone_for_good_by_the_id_that_was_shown(
    book: Book, tmp_path: Path
) -> None:
    contact = await book.create(last_name="Alt", external_ids={"propstack": "77"})
    await book.remove(contact.id)
    now = START + timedelta(days=60)
    before = (await book.view()).vocabulary.account
    await empty(book, now)
    made = await write_dump(
        book.store, before, TABLES_OF_DUMP, tmp_path, Wanted(since=2), now=now, told=lambda *_: None
    )

    assert msgspec.json.decode((made.folder / "contacts.json").read_bytes()) == []
    assert msgspec.json.decode((made.folder / f"{TOMBSTONES}.json").read_bytes()) == [
        {"table": "contacts", "id": 77, "deleted_at": "2026-03-03T03:04:05.678901", "purged": True}
    ]
