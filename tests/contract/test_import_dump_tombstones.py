"""What a dump of changes says is gone goes to the trash here, where imports of the same account have made it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from onebook.dialects.propstack.dump import TABLES_OF_DUMP
from onebook.errors import Unavailable
from onebook.model.account import Tag
from onebook.model.activity import Note
from onebook.model.imports import ImportRun
from onebook.model.property import Property
from onebook.model.relationship import Relationship
from onebook.service.contacts import contact_by_shown_id
from onebook.service.dump import Wanted, write_dump
from onebook.service.dumps import read_manifest
from onebook.service.import_report import undone
from onebook.service.import_undo import undo_run
from onebook.service.records import create_record, find_records, remove_record
from onebook.service.trash import KEPT, empty_trash
from tests.book import ALL, START, Book, clock, emails, new_account, opened
from tests.derived import differences
from tests.undumped import dumped, importing, quiet, rehearsed, table, undumped


async def add(book: Book, record: Any) -> Any:
    """A new record."""
    return await (await book.session()).write(lambda unit: create_record(unit, record))


async def drop(book: Book, kind: type[Any], number: int) -> None:
    """A record put into the trash."""
    await (await book.session()).write(lambda unit: remove_record(unit, kind, number))


async def changes(book: Book, since: Path, base: Path) -> Path:
    """A dump of what has changed since another one."""
    manifest = read_manifest(since)
    assert manifest is not None
    now, wanted = START + timedelta(days=40), Wanted(("json",), since=manifest.seq)
    return (await write_dump(book.store, book.account, TABLES_OF_DUMP, base, wanted, now=now, told=quiet)).folder


async def taken_back(book: Book, run: ImportRun) -> ImportRun:
    """The run undone."""
    return await undo_run(book.store, book.account, run, actor="tester", clock=clock(), told=quiet)


async def names(book: Book) -> list[str]:
    """The last names of those who are not in the trash."""
    found = [await contact_by_shown_id(await book.view(), "native", str(one)) for one in await book.find(archived=None)]
    return sorted(one.last_name or "" for one in found)


async def test_a_book_follows_another_and_what_was_deleted_or_purged_there_goes_to_the_trash(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url) as store:
        there, here = Book(store, await new_account(store, "Dort")), Book(store, await new_account(store, "Hier"))
        ada, bo, cy = [await there.create(last_name=name) for name in ("Ada", "Bo", "Cy")]
        tag, note = await add(there, Tag(name="VIP")), await add(there, Note(title="x", contact_ids=(ada.id,)))
        house = await add(there, Property(title="Haus", owner_contact_ids=(cy.id,)))
        (owns,) = await find_records(await there.view(), Relationship, ALL)
        first = await dumped(store, there.account, tmp_path / "first")
        await undumped(store, here.account, first)
        assert await names(here) == ["Ada", "Bo", "Cy"]
        own = await here.create(last_name="Eigen")
        await there.remove(ada.id)
        await there.create(last_name="Dora")
        await drop(there, Note, note.id)
        await drop(there, Tag, tag.id)
        await drop(there, Relationship, owns.id)
        await empty_trash(store, there.account, now=START + 2 * KEPT, actor="retention")
        await there.remove(bo.id)
        following = await changes(there, first, tmp_path / "following")
        told = await rehearsed(store, here.account, following)
        assert (told["tombstones"].removed, told["contacts"].created) == (5, 1)
        assert await names(here) == ["Ada", "Bo", "Cy", "Eigen"]
        run, rejects = await undumped(store, here.account, following)
        assert (run.removed, run.created, run.position, rejects) == (5, 1, run.total, [])
        view = await here.view()
        assert await names(here) == ["Cy", "Dora", "Eigen"]
        assert (await find_records(view, Note, ALL), view.vocabulary.tags) == ([], {})
        (mine,) = await find_records(view, Property, ALL)
        assert (mine.title, mine.owner_contact_ids) == (house.title, ())
        again, _ = await undumped(store, here.account, following)
        assert (again.removed, again.created) == (0, 0)
        done = await taken_back(here, run)
        assert await names(here) == ["Ada", "Bo", "Cy", "Eigen"]
        (mine,) = await find_records(await here.view(), Property, ALL)
        assert len(mine.owner_contact_ids) == 1
        assert (done.restored, done.trashed, done.kept) == (6, 1, ())
        assert own.id not in (await undone(store, here.account, done)).restored
        # Of what was purged the change feed keeps no values to compare.
        assert [one for one in differences(database_url) if "version None" not in one] == []
        assert [one for one in differences(database_url) if "version None" not in one] == []  # those are purged


async def test_somebody_s_own_record_stays_whatever_number_it_has(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as store:
        there, other = Book(store, await new_account(store, "Dort")), Book(store, await new_account(store, "Fremd"))
        here = Book(store, await new_account(store, "Hier"))
        one = await there.create(first_name="Anna", last_name="Müller", emails=emails("anna@example.com"))
        mine = await here.create(first_name="Anna", last_name="Müller", emails=emails("anna@example.com"))
        by_hand = await here.create(last_name="Hand", external_ids={"propstack": "77"})
        first = await dumped(store, there.account, tmp_path / "first")
        run, _ = await undumped(store, here.account, first)
        assert run.changed == 1
        away = await other.create(last_name="Anderswo")
        await undumped(store, here.account, await dumped(store, other.account, tmp_path / "other"))
        await there.remove(one.id)
        following = await changes(there, first, tmp_path / "following")
        buried = json.loads((following / "tombstones.json").read_text("utf-8"))
        table(following, "tombstones", *buried, *(gone(n) for n in (77, mine.id, by_hand.id, away.id, 2**40)))
        run, rejects = await undumped(store, here.account, following)
        assert (run.removed, rejects) == (0, [])
        assert await names(here) == ["Anderswo", "Hand", "Müller"]


def gone(shown: object, name: object = "contacts") -> dict[str, Any]:
    """A tombstone."""
    return {"table": name, "id": shown, "deleted_at": "2026-01-01T00:00:00", "purged": False}


async def test_a_tombstone_that_says_nothing_is_a_row_that_is_not_taken(sqlite_url: str, tmp_path: Path) -> None:
    folder = table(tmp_path / "in", "contacts", {"id": 900, "last_name": "A"})
    table(folder, "tombstones", gone("x"), gone(5, "rechnungen"), gone(7), gone(True), gone(0, ["contacts"]))
    async with opened(sqlite_url) as store:
        account = await new_account(store)
        told = await rehearsed(store, account, folder)
        run, rejects = await undumped(store, account, folder)
        assert [(name, one.number, one.reason.partition(":")[0]) for name, one in rejects] == [
            ("tombstones", 2, "id"),
            ("tombstones", 3, "table"),
            ("tombstones", 5, "id"),
            ("tombstones", 6, "table"),
        ]
        assert (run.created, run.rejected, [one.number for one in told["tombstones"].rejects]) == (1, 4, [1, 2, 4, 5])


async def test_an_import_that_is_stopped_among_tombstones_goes_on_there(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onebook.service.import_dump.BURIED", 3)
    async with opened(database_url) as store:
        account = await new_account(store)
        rows = [{"id": number, "last_name": f"A{number}"} for number in range(900, 910)]
        await undumped(store, account, table(tmp_path / "in", "contacts", *rows))
        folder = table(tmp_path / "gone", "tombstones", *(gone(number) for number in range(900, 909)))
        for most in (1, 2):
            running = importing(store, account, folder)
            await running.begin()
            left = most

            def told(more: int) -> None:
                nonlocal left
                left -= 1
                if not left:
                    raise Unavailable("stopped")

            with pytest.raises(Unavailable, match="stopped"):
                await running.carry_on(told)
        run, _ = await undumped(store, account, folder)
        assert (run.removed, run.position) == (9, 9)
        book = Book(store, account)
        assert await names(book) == ["A909"]
        await book.restore((await in_trash(book))[0])
        (second,) = [await book.restore(number) for number in (await in_trash(book))[:1]]
        await book.remove(second.id)
        done = await taken_back(book, run)
        assert (done.restored, done.kept) == (7, (second.id,))
        assert len(await names(book)) == 9


async def in_trash(book: Book) -> list[int]:
    """The ids of the contacts that are in the trash."""
    return await book.find(archived=None, trashed=True)


async def test_what_an_undone_import_made_does_not_come_back_with_the_trash(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        book = Book(store, await new_account(store))
        made, _ = await undumped(store, book.account, table(tmp_path / "in", "contacts", {"id": 900, "last_name": "A"}))
        buried, _ = await undumped(store, book.account, table(tmp_path / "gone", "tombstones", gone(900)))
        for run in (made, buried):
            assert (await taken_back(book, run)).status == "undone"
        assert await names(book) == []
