"""A dump read back: into an empty book it gives the same dump again, byte for byte, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from onebook.demo.book import fill_demo
from onebook.dialects.propstack.undump import UNDUMP
from onebook.errors import Malformed, Unavailable
from onebook.files.json_rows import json_rows
from onebook.model.account import Tag
from onebook.model.activity import Note
from onebook.model.property import Property
from onebook.service.contacts import contact_by_shown_id
from onebook.service.import_dump_files import DumpFiles
from onebook.service.import_undo import undo_run
from onebook.service.records import create_record, find_records
from onebook.service.session import Session, Unit
from tests.book import ALL, START, Book, clock, emails, new_account, opened
from tests.derived import differences
from tests.undumped import dumped, importing, quiet, same, table, undumped


async def test_a_dump_of_the_demo_book_comes_back_byte_for_byte(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as store:
        demo = await fill_demo(store, now=START, random=Random(1), count=120)
        first = await dumped(store, demo, tmp_path / "first")
        empty = await new_account(store, "Umzug")
        run, rejects = await undumped(store, empty, first)
        assert rejects == []
        assert run.created == run.total == run.position
        second = await dumped(store, empty, tmp_path / "second")
        same(first, second)
        assert differences(database_url) == []
        view = await Book(store, empty).view()
        row = next(json_rows(first / "contacts.json"))
        assert (await contact_by_shown_id(view, "propstack", str(row["id"]))).last_name == row["last_name"]
        owned = [one for one in await find_records(view, Property, ALL) if one.owner_contact_ids]
        assert len(owned) == len({one["property_id"] for one in json_rows(first / "relationships.json") if owns(one)})


def owns(row: dict[str, Any]) -> bool:
    return row["internal_name"] == "owner" and row["property_id"] is not None and row["deleted_at"] is None


async def test_a_dump_that_is_stopped_goes_on_and_every_row_has_the_id_it_was_given(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onebook.service.import_dump.BATCH", 20)
    async with opened(database_url) as store:
        first = await dumped(store, await fill_demo(store, now=START, random=Random(2), count=40), tmp_path / "first")
        empty = await new_account(store, "Umzug")
        for most in (3, 9):
            stopped = importing(store, empty, first)
            await stopped.begin()
            done = 0

            def told(more: int, most: int = most) -> None:
                nonlocal done
                done += 1
                if done == most:
                    raise Unavailable("stopped")

            with pytest.raises(Unavailable, match="stopped"):
                await stopped.carry_on(told)
        await undumped(store, empty, first)
        same(first, await dumped(store, empty, tmp_path / "second"))


async def test_a_transaction_that_has_to_be_done_again_does_the_same(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_time = Session.write

    async def twice(session: Session, work: Callable[[Unit], Awaitable[Any]]) -> Any:
        async def undone(unit: Unit) -> None:
            await work(unit)
            raise Unavailable("taken back")

        with pytest.raises(Unavailable, match="taken back"):
            await first_time(session, undone)
        return await first_time(session, work)

    anna = {"first_name": "Anna", "last_name": "Müller", "emails": ["anna@example.com"]}
    table(tmp_path, "groups", {"id": 7, "name": "vip"})
    table(tmp_path, "contacts", {"id": 900, **anna, "group_ids": [7, 8]}, {"id": 901, "parent_id": 900, "dob": 1})
    table(tmp_path, "notes", {"id": 3, "title": "x", "client_ids": [900, 901, 77]})
    async with opened(database_url) as store:
        book = Book(store, await new_account(store))
        there = await (await book.session()).write(lambda unit: create_record(unit, Tag(name="VIP")))
        known = await book.create(first_name="Anna", last_name="Müller", emails=emails("anna@example.com"))
        monkeypatch.setattr(Session, "write", twice)
        run, _ = await undumped(store, book.account, tmp_path)
        assert (run.created, run.changed, run.rejected, run.missing) == (1, 2, 1, 2)
        view = await book.view()
        found = await contact_by_shown_id(view, "propstack", "900")
        assert (found.id, found.tag_ids[0]) == (known.id, there.id)
        (note,) = await find_records(view, Note, ALL)
        assert note.contact_ids[0] == known.id
        assert view.vocabulary.tags[there.id].external_ids == {"propstack": "7"}
        assert differences(database_url) == []


async def test_a_dump_taken_twice_adds_nothing_and_one_taken_back_leaves_nothing(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with opened(sqlite_url) as store:
        first = await dumped(store, await fill_demo(store, now=START, random=Random(3), count=30), tmp_path / "first")
        empty = await new_account(store, "Umzug")
        run, _ = await undumped(store, empty, first)
        again, rejects = await undumped(store, empty, first)
        assert (rejects, again.changed) == ([], 0)
        assert again.created == 0
        done = await undo_run(store, empty, run, actor="tester", clock=clock(), told=quiet)
        assert done.status == "undone"
        assert await Book(store, empty).find(archived=None) == []
        assert await find_records(await Book(store, empty).view(), Property, ALL) == []
        assert differences(sqlite_url) == []


async def test_a_dump_of_the_vendor_s_own_is_read_with_what_nobody_knows_kept(
    database_url: str, tmp_path: Path
) -> None:
    table(tmp_path, "groups", {"id": 7, "name": "VIP"}, {"id": 8, "name": ""})
    table(
        tmp_path,
        "contacts",
        {"id": 900, "last_name": "Müller", "group_ids": [7, 99], "parent_id": 901, "neu": {"a": 1}, "broker_id": 5},
        {"id": 901, "first_name": "Bo", "dob": "kein Datum"},
        {"id": 902, "last_name": "Berg", "emails": ["kaputt@"], "created_at": "2018-12-01T16:37:56.25"},
    )
    async with opened(database_url) as store:
        book = Book(store, await new_account(store))
        session = await book.session()
        there = await session.write(lambda unit: create_record(unit, Tag(name="vip")))
        run, rejects = await undumped(store, book.account, tmp_path)
        assert (run.created, run.changed, run.rejected) == (2, 1, 2)
        assert [(name, one.reason.split(":")[0]) for name, one in rejects] == [("groups", "name"), ("contacts", "dob")]
        mueller = await contact_by_shown_id(await book.view(), "propstack", "900")
        assert mueller.tag_ids[0] == there.id
        assert run.missing == 2
        assert mueller.extras == {"propstack": {"neu": {"a": 1}}}
        berg = await contact_by_shown_id(await book.view(), "propstack", "902")
        assert berg.emails[0].status == "invalid"
        assert str(berg.created_at) == "2018-12-01 16:37:56.250000+00:00"
        assert (await book.view()).vocabulary.tags[there.id].external_ids == {"propstack": "7"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[\n{"id":1},\n{"id":2', "row 2: is no JSON"),
        ('[\n{"id":1},\n', "row 2: the file ends"),
        ('[{"id":1},{"id":2', "row 2: is no JSON, or the file ends"),
        ('[{"id":1},7]', "row 2: is no object"),
        ("hello", "row 1: is no array"),
        ('[\n{"id":1}\n]\nmehr', "row 2: stands behind the end"),
    ],
)
def test_a_dump_that_is_cut_or_none_is_refused_with_file_and_row(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "contacts.json").write_text(text, "utf-8")
    with pytest.raises(Malformed, match=f"contacts.json, {said}") as caught:
        DumpFiles(tmp_path, UNDUMP)
    assert "\n" not in caught.value.message


def test_a_directory_without_a_dump_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="no table of a dump"):
        DumpFiles(tmp_path, UNDUMP)
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("text", ['[\n{"id":1},\n{"id":2}\n]\n', '[{"id":1},\n {"id":2}]', '{"id":1}\n{"id":2}\n'])
def test_rows_are_read_however_the_file_is_broken_into_lines(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    assert list(json_rows(path)) == [{"id": 1}, {"id": 2}]
