"""Contacts of a dump that are in the book already: merged, left out or made again, and every id finds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from onebook.model.activity import Note
from onebook.model.contact import Contact
from onebook.model.imports import OnDuplicate
from onebook.service.contacts import contact_by_shown_id, get_contact
from onebook.service.duplicates import pairs_of
from onebook.service.records import find_records
from tests.book import ALL, Book, emails, new_book, phones
from tests.derived import differences
from tests.undumped import dumped, importing, quiet, rehearsed, row, table, undumped

ANNA = {"first_name": "Anna", "last_name": "Müller", "emails": ["ANNA@example.com"], "home_cell": "0171 2345678"}


def with_anna(folder: Path, **more: Any) -> Path:
    """A dump in which Anna is 900, her child 899, and a note is of both."""
    table(folder, "notes", {"id": 1, "title": "Anruf", "client_ids": [900, 899]})
    child = {"id": 899, "first_name": "Tim", "last_name": "Müller", "parent_id": 900}
    return table(folder, "contacts", child, {"id": 900, **ANNA, **more})


async def anna(book: Book, **more: Any) -> Contact:
    """Anna as she is in the book already."""
    return await book.create(
        first_name="Anna", last_name="Müller", emails=emails("anna@example.com"), phones=phones("030 123"), **more
    )


@pytest.mark.parametrize("rule", ["merge", "skip"])
async def test_who_is_in_the_book_takes_in_the_row_and_answers_to_its_id_and_all_that_points_to_it(
    database_url: str, tmp_path: Path, rule: OnDuplicate
) -> None:
    async with new_book(database_url) as book:
        before = await anna(book)
        run, rejects = await undumped(book.store, book.account, with_anna(tmp_path), rule)
        assert (run.created, run.changed, run.skipped, rejects) == (2, int(rule == "merge"), int(rule == "skip"), [])
        view = await book.view()
        found = await contact_by_shown_id(view, "propstack", "900")
        assert found.id == before.id
        assert [phone.number for phone in found.phones] == ["030 123", *(["0171 2345678"] if rule == "merge" else [])]
        child = await contact_by_shown_id(view, "propstack", "899")
        assert child.parent_id == before.id
        (note,) = await find_records(view, Note, ALL)
        assert note.contact_ids == (before.id, child.id)
        assert differences(database_url) == []
        assert await book.find(phone="0171 2345678") == ([before.id] if rule == "merge" else [])


async def test_create_makes_them_again_and_links_nobody(database_url: str, tmp_path: Path) -> None:
    async with new_book(database_url) as book:
        before = await anna(book)
        run, _ = await undumped(book.store, book.account, with_anna(tmp_path), "create")
        assert run.created == 3
        assert (await contact_by_shown_id(await book.view(), "propstack", "900")).id != before.id
        assert await get_contact(await book.view(), before.id) == before


async def test_who_has_an_id_there_already_keeps_it_and_answers_to_both(database_url: str, tmp_path: Path) -> None:
    async with new_book(database_url) as book:
        before = await anna(book, external_ids={"propstack": "77"})
        folder = with_anna(tmp_path / "in")
        await undumped(book.store, book.account, folder)
        view = await book.view()
        for shown in ("77", "900"):
            assert (await contact_by_shown_id(view, "propstack", shown)).id == before.id
        assert (await get_contact(view, before.id)).external_ids == {"propstack": "77"}
        again, _ = await undumped(book.store, book.account, folder)
        assert (again.created, again.changed, again.skipped) == (0, 0, 3)
        assert row(await dumped(book.store, book.account, tmp_path), "notes", 1)["client_ids"] == [77, 899]
        assert differences(database_url) == []


async def test_two_rows_of_one_dump_are_never_made_one(database_url: str, tmp_path: Path) -> None:
    table(tmp_path, "contacts", {"id": 900, **ANNA}, {"id": 901, **ANNA})
    async with new_book(database_url) as book:
        first, _ = await undumped(book.store, book.account, tmp_path)
        assert (first.created, first.changed) == (2, 0)


async def test_of_two_rows_that_are_one_of_the_book_only_one_is_taken_in(database_url: str, tmp_path: Path) -> None:
    table(tmp_path, "contacts", {"id": 900, **ANNA}, {"id": 901, **ANNA})
    async with new_book(database_url) as book:
        before = await anna(book)
        run, _ = await undumped(book.store, book.account, tmp_path)
        assert (run.created, run.changed) == (1, 1)
        assert (await contact_by_shown_id(await book.view(), "propstack", "900")).id == before.id
        assert (await contact_by_shown_id(await book.view(), "propstack", "901")).id != before.id


async def test_nobody_is_merged_with_a_row_whose_id_another_one_of_the_book_has(
    database_url: str, tmp_path: Path
) -> None:
    table(tmp_path, "contacts", {"id": 900, **ANNA}, {"id": 901, **ANNA})
    async with new_book(database_url) as book:
        await anna(book, external_ids={"propstack": "900"})
        run, _ = await undumped(book.store, book.account, tmp_path)
        assert (run.created, run.changed, run.skipped) == (1, 0, 1)


async def test_a_doubtful_pair_is_noted(database_url: str, tmp_path: Path) -> None:
    async with new_book(database_url) as book:
        before = await book.create(first_name="Anna", last_name="Müller", phones=phones("0171 2345678"))
        table(tmp_path, "contacts", {"id": 900, "last_name": "Müller", "home_cell": "0171 2345678"})
        expected = (await rehearsed(book.store, book.account, tmp_path))["contacts"]
        run, _ = await undumped(book.store, book.account, tmp_path)
        assert (expected.created, expected.changed, expected.noted) == (run.created, run.changed, run.noted)
        assert len(await pairs_of(await book.view(), before.id, "open")) == run.noted


async def test_a_dry_run_says_what_then_happens_and_writes_nothing(database_url: str, tmp_path: Path) -> None:
    folder = with_anna(tmp_path / "in", broker_id=5)
    table(folder, "groups", {"id": 7, "name": "vip"}, {"id": 8, "name": ""})
    table(folder, "todos", {"id": 3, "title": "x", "due_date": "kein Tag"}, {"id": 4, "client_ids": [901]})
    async with new_book(database_url) as book:
        await anna(book)
        before = await dumped(book.store, book.account, tmp_path / "before")
        told = await rehearsed(book.store, book.account, folder)
        after = await dumped(book.store, book.account, tmp_path / "after")
        assert [one.read_bytes() for one in sorted(before.glob("*.json")) if one.name != "manifest.json"] == [
            one.read_bytes() for one in sorted(after.glob("*.json")) if one.name != "manifest.json"
        ]
        run, rejects = await undumped(book.store, book.account, folder)
        for name in ("created", "changed", "skipped", "missing"):
            assert sum(getattr(one, name) for one in told.values()) == getattr(run, name), name
        expected = [(name, one.reason) for name, some in told.items() for one in some.rejects]
        assert expected == [(name, one.reason) for name, one in rejects]
        assert (run.missing, len(rejects)) == (2, 2)


@pytest.mark.parametrize("rule", ["merge", "skip"])
async def test_who_is_deleted_while_a_row_is_to_be_merged_with_him_leaves_it_as_one_that_is_not_taken(
    database_url: str, tmp_path: Path, rule: OnDuplicate
) -> None:
    people = [{"first_name": name, "last_name": "Berg", "emails": [f"{name}@example.com"]} for name in ("Anna", "Bo")]
    folder = table(tmp_path, "contacts", {"id": 900, **people[0]}, {"id": 901, **people[1]})
    async with new_book(database_url) as book:
        made = [
            await book.create(first_name=one["first_name"], last_name="Berg", emails=emails(one["emails"][0]))
            for one in people
        ]
        running = importing(book.store, book.account, folder, rule)
        await running.begin()
        await book.remove(made[0].id)
        run = await running.carry_on(quiet)
        assert (run.created, run.changed + run.skipped, run.rejected) == (0, 1, 1)
        (refused,) = [one async for _, one in running.rejects()]
        assert (refused.number, refused.reason) == (1, f"there is no contact {made[0].id}")
        assert (await contact_by_shown_id(await book.view(), "propstack", "901")).id == made[1].id
        assert differences(database_url) == []
