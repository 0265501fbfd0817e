"""The import of a dump taken back: what it made is in the trash, what it changed is as before, it can come again."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from msgspec.structs import replace

from onebook.demo.book import fill_demo
from onebook.model.account import Tag
from onebook.model.activity import Note
from onebook.model.contact import Contact
from onebook.model.imports import ImportRun
from onebook.service.contacts import contact_by_shown_id, get_contact
from onebook.service.import_undo import undo_run
from onebook.service.records import change_record, create_record, find_records
from onebook.store.resources import RESOURCES
from tests.book import ALL, START, Book, clock, emails, new_account, new_book, opened, phones
from tests.derived import differences
from tests.undumped import dumped, quiet, row, table, undumped

ANNA = {"first_name": "Anna", "last_name": "Müller", "emails": ["anna@example.com"], "home_cell": "0171 2345678"}


async def undone(book: Book, run: ImportRun) -> ImportRun:
    """The run taken back."""
    return await undo_run(book.store, book.account, run, actor="tester", clock=clock(), told=quiet)


def told(one: Contact) -> Contact:
    """A contact but for what every change of it changes."""
    return replace(one, version=0, updated_at=None)


async def test_who_took_in_a_row_is_as_before_but_for_what_somebody_has_changed_since(
    database_url: str, tmp_path: Path
) -> None:
    async with new_book(database_url) as book:
        there: dict[str, Any] = {"first_name": "Anna", "last_name": "Müller", "emails": emails("anna@example.com")}
        anna = await book.create(**there, phones=phones("030 123"), external_ids={"propstack": "77"})
        bo = await book.create(first_name="Bo", last_name="Berg", emails=emails("bo@example.com"))
        session = await book.session()
        tag = await session.write(lambda unit: create_record(unit, Tag(name="VIP")))
        first = table(tmp_path / "first", "notes", {"id": 1, "title": "x", "client_ids": [900, 901]})
        table(first, "contacts", {"id": 7, "last_name": "C", "parent_id": 901})
        await undumped(book.store, book.account, first)
        folder = table(
            tmp_path / "in",
            "contacts",
            {"id": 900, **ANNA, "description": "neu"},
            {"id": 901, "first_name": "Bo", "last_name": "Berg", "emails": ["bo@example.com"], "group_ids": [5]},
        )
        table(folder, "groups", {"id": 5, "name": "vip"}, {"id": 6, "name": "Neu"})
        run, _ = await undumped(book.store, book.account, folder)
        assert (run.created, run.changed) == (1, 3)
        (note,) = await find_records(await book.view(), Note, ALL)
        assert note.contact_ids == (anna.id, bo.id)
        await book.change(bo.id, description="von Hand")
        done = await undone(book, run)
        view = await book.view()
        assert told(await get_contact(view, anna.id)) == told(anna)
        assert told(await get_contact(view, bo.id)) == told(replace(bo, description="von Hand"))
        assert {one.name: one.external_ids for one in view.vocabulary.tags.values()} == {"VIP": {}}
        assert view.vocabulary.tags[tag.id].external_ids == {}
        assert done.trashed == 1
        shown = await dumped(book.store, book.account, tmp_path)
        assert row(shown, "notes", 1)["client_ids"] == [900, 901]
        assert row(shown, "contacts", 7)["parent_id"] == 901
        again, rejects = await undumped(book.store, book.account, folder)
        assert (again.created, again.changed, rejects) == (1, 3, [])
        assert (await contact_by_shown_id(await book.view(), "propstack", "900")).id == anna.id
        assert differences(database_url) == []


async def test_a_member_of_a_list_keeps_what_somebody_has_changed_and_is_named(
    database_url: str, tmp_path: Path
) -> None:
    folder = table(tmp_path / "in", "groups", {"id": 5, "name": "vip"})
    async with new_book(database_url) as book:
        session = await book.session()
        tag = await session.write(lambda unit: create_record(unit, Tag(name="VIP")))
        run, _ = await undumped(book.store, book.account, folder)
        session = await book.session()
        await session.write(
            lambda unit: change_record(unit, Tag, tag.id, lambda one: replace(one, external_ids={"propstack": "9"}))
        )
        done = await undone(book, run)
        assert (done.kept, done.trashed, done.restored) == ((tag.id,), 0, 0)
        assert (await book.view()).vocabulary.tags[tag.id].external_ids == {"propstack": "9"}


async def test_all_that_a_dump_made_is_in_the_trash_and_comes_again(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as store:
        demo = await fill_demo(store, now=START, random=Random(4), count=30)
        first = await dumped(store, demo, tmp_path / "first")
        book = Book(store, await new_account(store, "Umzug"))
        for _ in range(2):
            run, rejects = await undumped(store, book.account, first)
            assert (rejects, run.created) == ([], run.total)
            done = await undone(book, run)
            assert (done.status, done.trashed) == ("undone", run.created)
            view = await book.view()
            assert await book.find(archived=None) == []
            assert [one.name for one in RESOURCES if await find_records(view, one.record, ALL)] == []
        assert differences(database_url) == []
