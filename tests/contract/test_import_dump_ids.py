"""Ids of a dump: of rows that are there, in the trash, not taken, in no file, or called as somebody else is here."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from onebook.demo.book import fill_demo
from onebook.errors import NotFound
from onebook.files.json_rows import json_rows
from onebook.model.account import Tag, User
from onebook.model.activity import Note
from onebook.model.property import Property
from onebook.service.contacts import contact_by_shown_id
from onebook.service.import_undo import undo_run
from onebook.service.records import create_record, find_records, record_by_shown_id
from onebook.service.trash import KEPT, empty_trash
from tests.book import ALL, START, Book, clock, new_account, new_book, opened
from tests.derived import differences
from tests.undumped import dumped, quiet, rehearsed, row, same, table, undumped


async def test_who_is_pointed_to_and_in_no_file_is_shown_again_by_the_next_dump(
    database_url: str, tmp_path: Path
) -> None:
    folder = table(tmp_path / "in", "groups", {"id": 7, "name": "VIP"})
    table(folder, "contacts", {"id": 900, "last_name": "A", "broker_id": 5, "group_ids": [99, 7, 98], "parent_id": 8})
    table(folder, "notes", {"id": 1, "client_ids": [12, 900, 13], "broker_id": 5, "client_property_id": 44})
    async with new_book(database_url) as book:
        run, rejects = await undumped(book.store, book.account, folder)
        assert (run.missing, rejects) == (7, [])
        shown = await dumped(book.store, book.account, tmp_path / "first")
        contact, note = row(shown, "contacts", 900), row(shown, "notes", 1)
        assert (contact["broker_id"], contact["group_ids"], contact["parent_id"]) == (5, [99, 7, 98], 8)
        assert (note["client_ids"], note["broker_id"], note["client_property_id"]) == ([12, 900, 13], 5, 44)
        other = await new_account(book.store, "Zweite")
        await undumped(book.store, other, shown)
        same(shown, await dumped(book.store, other, tmp_path / "second"))
        assert differences(database_url) == []


async def test_a_later_import_brings_them_and_all_that_points_to_them_finds_them(
    database_url: str, tmp_path: Path
) -> None:
    folder = table(tmp_path / "in", "contacts", {"id": 900, "last_name": "A", "broker_id": 5, "group_ids": [99]})
    table(folder, "notes", {"id": 1, "client_ids": [12, 900]})
    more = table(tmp_path / "more", "brokers", {"id": 5, "last_name": "Öz"})
    table(more, "groups", {"id": 99, "name": "VIP"})
    table(more, "contacts", {"id": 12, "last_name": "B"})
    async with new_book(database_url) as book:
        await undumped(book.store, book.account, folder)
        later, _ = await undumped(book.store, book.account, more)
        assert (later.created, later.missing) == (3, 0)
        view = await book.view()
        contact = await contact_by_shown_id(view, "propstack", "900")
        assert contact.owner_id == (await record_by_shown_id(view, User, "propstack", "5")).id
        assert contact.tag_ids == ((await record_by_shown_id(view, Tag, "propstack", "99")).id,)
        (note,) = await find_records(view, Note, ALL)
        assert note.contact_ids[0] == (await contact_by_shown_id(view, "propstack", "12")).id
        assert differences(database_url) == []


async def test_a_row_that_is_mended_and_imported_again_is_found_by_all_that_points_to_it(
    database_url: str, tmp_path: Path
) -> None:
    folder = table(tmp_path / "in", "contacts", {"id": 900, "last_name": "A", "dob": "31.02.1980"})
    table(folder, "notes", {"id": 1, "client_ids": [900]})
    mended = table(tmp_path / "mended", "contacts", {"onebook_reason": "…", "id": 900, "last_name": "A"})
    async with new_book(database_url) as book:
        _, rejects = await undumped(book.store, book.account, folder)
        assert [name for name, _ in rejects] == ["contacts"]
        shown = await dumped(book.store, book.account, tmp_path)
        assert row(shown, "notes", 1)["client_ids"] == [900]
        assert (await undumped(book.store, book.account, mended))[1] == []
        found = await contact_by_shown_id(await book.view(), "propstack", "900")
        (note,) = await find_records(await book.view(), Note, ALL)
        assert note.contact_ids == (found.id,)
        assert found.extras == {}


async def test_a_dump_imported_again_adds_nothing_not_even_what_is_in_the_trash(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url) as store:
        demo = await fill_demo(store, now=START, random=Random(3), count=30)
        book = Book(store, demo)
        await book.remove((await book.find())[0])
        first = await dumped(store, demo, tmp_path / "first")
        assert any(one["deleted_at"] for one in json_rows(first / "contacts.json"))
        again, rejects = await undumped(store, demo, first, "create")
        assert (again.created, again.changed, rejects, again.skipped) == (0, 0, [], again.total)
        same(first, await dumped(store, demo, tmp_path / "again"))
        other = await new_account(store, "Umzug")
        await undumped(store, other, first)
        twice, rejects = await undumped(store, other, first, "create")
        assert (twice.created, twice.changed, rejects, twice.skipped) == (0, 0, [], twice.total)
        same(first, await dumped(store, other, tmp_path / "twice"))


async def test_what_somebody_deleted_since_stays_deleted_and_what_was_taken_back_comes_again(
    database_url: str, tmp_path: Path
) -> None:
    folder = table(tmp_path / "in", "contacts", {"id": 900, "last_name": "A"}, {"id": 901, "last_name": "B"})
    table(folder, "properties", {"id": 3, "title": "Haus", "broker_id": None})
    async with new_book(database_url) as book:
        first, _ = await undumped(book.store, book.account, folder)
        await book.remove((await contact_by_shown_id(await book.view(), "propstack", "900")).id)
        again, _ = await undumped(book.store, book.account, folder)
        assert (again.created, again.skipped) == (0, 3)
        await undo_run(book.store, book.account, first, actor="tester", clock=clock(), told=quiet)
        assert await book.find() == []
        third, rejects = await undumped(book.store, book.account, folder)
        assert (third.created, rejects) == (3, [])
        assert len(await book.find()) == 2
        assert len(await find_records(await book.view(), Property, ALL)) == 1
        other = await new_account(book.store, "Zweite")
        shown = await dumped(book.store, book.account, tmp_path)
        _, rejects = await undumped(book.store, other, shown)
        assert (rejects, len(await Book(book.store, other).find())) == ([], 2)
        assert differences(database_url) == []


async def test_an_id_that_somebody_else_of_the_book_answers_to_is_refused_with_both_named(
    database_url: str, tmp_path: Path
) -> None:
    async with new_book(database_url) as book:
        there = await book.create(last_name="Wer anders")
        session = await book.session()
        tag = await session.write(lambda unit: create_record(unit, Tag(name="VIP")))
        folder = table(tmp_path / "in", "contacts", {"id": there.id, "last_name": "A", "group_ids": [tag.id]})
        table(folder, "groups", {"id": tag.id, "name": "Neu"})
        run, rejects = await undumped(book.store, book.account, folder)
        assert run.created == 0
        assert [one.reason for _, one in rejects] == [
            f"another one of this book answers to {tag.id}: tags {tag.id}",
            f"another one of this book answers to {there.id}: contacts {there.id}",
        ]
        assert differences(database_url) == []


async def test_rows_of_one_id_are_one_and_the_others_are_named(database_url: str, tmp_path: Path) -> None:
    gone = {"id": 5, "last_name": "Weg", "deleted_at": "2020-01-01T00:00:00"}
    rows: list[dict[str, Any]] = [gone, {"id": 5, "last_name": "A"}, {"id": 5, "last_name": "B"}]
    rows += [{"last_name": "Ohne"}, {"id": 2**63}]
    folder = table(tmp_path / "in", "contacts", *rows, {"id": True}, {"id": 6, "broker_id": 2**70})
    async with new_book(database_url) as book:
        run, rejects = await undumped(book.store, book.account, folder)
        assert (run.created, run.skipped, run.rejected) == (1, 1, 5)
        assert [one.reason for _, one in rejects] == [
            "row 2 has the id 5, too",
            *["has no id that is a whole number greater than 0"] * 3,
            "broker_id: is a number past 64 bits",
        ]
        assert (await contact_by_shown_id(await book.view(), "propstack", "5")).last_name == "A"


async def test_names_of_a_list_that_is_there_are_found_whatever_id_they_have_there(
    database_url: str, tmp_path: Path
) -> None:
    folder = table(tmp_path / "in", "groups", {"id": 7, "name": "VIP"}, {"id": 8, "name": "vip"})
    table(folder, "contacts", {"id": 900, "last_name": "A", "group_ids": [7]}, {"id": 901, "group_ids": [8]})
    async with new_book(database_url) as book:
        session = await book.session()
        tag = Tag(name="vip", external_ids={"propstack": "3"})
        there = await session.write(lambda unit: create_record(unit, tag))
        told = (await rehearsed(book.store, book.account, folder))["groups"]
        assert (told.created, told.changed) == (0, 2)
        for found in (2, 0):
            run, rejects = await undumped(book.store, book.account, folder)
            assert (run.changed, rejects) == (found, [])
        view = await book.view()
        assert [(await contact_by_shown_id(view, "propstack", one)).tag_ids for one in ("900", "901")] == [
            (there.id,),
            (there.id,),
        ]
        shown = await dumped(book.store, book.account, tmp_path)
        assert row(shown, "contacts", 901)["group_ids"] == [3]
        with pytest.raises(NotFound):
            await record_by_shown_id(view, Tag, "propstack", "8")


async def test_a_purged_contact_is_shown_as_before_after_moving(database_url: str, tmp_path: Path) -> None:
    async with new_book(database_url) as book:
        gone = await book.create(last_name="Weg")
        session = await book.session()
        await session.write(lambda unit: create_record(unit, Note(title="x", contact_ids=(gone.id,))))
        await book.remove(gone.id)
        later = START + KEPT + timedelta(days=1)
        assert await empty_trash(book.store, book.account, now=later, actor="tester") == 1
        first = await dumped(book.store, book.account, tmp_path / "first")
        other = await new_account(book.store, "Umzug")
        run, _ = await undumped(book.store, other, first)
        assert run.missing == 1
        same(first, await dumped(book.store, other, tmp_path / "second"))


async def test_what_only_one_may_have_is_refused_for_the_second_in_a_dry_run_too(
    database_url: str, tmp_path: Path
) -> None:
    folder = table(tmp_path / "in", "groups", {"id": 7, "name": "Neu"}, {"id": 8, "name": "neu"})
    table(folder, "brokers", {"id": 1, "email": "a@example.com"}, {"id": 2, "email": "A@example.com"})
    rows = ({"id": number, "unit_id": unit} for number, unit in enumerate(("W1", "W2", "W1", "da"), 901))
    table(folder, "properties", *rows)
    async with new_book(database_url) as book:
        session = await book.session()
        await session.write(lambda unit: create_record(unit, Property(reference="da")))
        told = await rehearsed(book.store, book.account, folder)
        run, rejects = await undumped(book.store, book.account, folder)
        said = [(name, one.reason.replace("user 0", "user N")) for name, one in rejects]
        assert [(name, reason.partition(" has ")[2]) for name, reason in said] == [
            ("brokers", "this email already"),
            ("properties", "this reference, too"),
            ("properties", "this reference already"),
        ]
        assert (run.created, run.changed) == (4, 1)
        assert sum(one.created for one in told.values()) == run.created
        assert sum(one.changed for one in told.values()) == run.changed
        assert sum(len(one.rejects) for one in told.values()) == run.rejected == 3
        assert differences(database_url) == []
