"""Imports into a book, on both databases: what is new, what is there, what is not taken, and everything taken back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from onebook.errors import Conflict, Malformed, Unavailable
from onebook.files.cards import CardsFile
from onebook.files.delimited import DelimitedFile
from onebook.files.entries import Entry
from onebook.files.mapping import guess
from onebook.model.account import CustomField, Option, Tag, User
from onebook.model.contact import Contact
from onebook.model.duplicate import DuplicatePair
from onebook.model.imports import ImportRun, OnDuplicate, Reject
from onebook.model.query import ContactQuery
from onebook.service.contacts import contact_history, create_contact, find_contacts, get_contact
from onebook.service.import_ready import Prepared
from onebook.service.import_undo import undo_run
from onebook.service.import_work import Job
from onebook.service.import_workers import Workers
from onebook.service.imports import Importing, Order, count_entries, runs
from onebook.service.records import create_record, find_records
from tests.book import ALL, Book, clock, emails, fill, new_book, phones
from tests.derived import differences

HEADS = "Vorname,Nachname,E-Mail,Handy,Straße,PLZ,Ort,Geburtsdatum,Tags,Quelle"


def written(tmp_path: Path, *rows: str, heads: str = HEADS, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join((heads, *rows)) + "\n", "utf-8")
    return path


def order(path: Path, rule: OnDuplicate = "merge") -> Order:
    table = DelimitedFile(path)
    columns = tuple(guess(table.heads, {"budget": "budget", "lage": "area"}))
    return Order(kind="csv", source=table, heads=tuple(table.heads), columns=columns, on_duplicate=rule)


async def taken(book: Book, asked: Order) -> tuple[ImportRun, list[Reject]]:
    importing = Importing(book.store, book.account, asked, "tester", clock())
    await importing.begin(count_entries(asked.source))
    await importing.carry_on(lambda more: None)
    rejects = [one async for one in importing.rejects()]
    return await importing.end(), rejects


async def everybody(book: Book) -> list[Contact]:
    return await find_contacts(await book.view(), ContactQuery(archived=None), ALL)


async def undone(book: Book, run: ImportRun) -> ImportRun:
    return await undo_run(book.store, book.account, run, actor="tester", clock=clock(), told=lambda more: None)


def counts(run: ImportRun) -> dict[str, int]:
    names = ("created", "changed", "skipped", "rejected")
    return {name: getattr(run, name) for name in names if getattr(run, name)}


async def test_who_is_in_the_book_is_known_by_what_an_earlier_row_has_told_of_them(
    database_url: str, tmp_path: Path
) -> None:
    async with new_book(database_url) as book:
        many = [
            await book.create(first_name="Anna", last_name=f"Berg{n}", emails=emails(f"a{n}@x.de")) for n in range(4)
        ]
        told = [f"Anna,Berg{n},a{n}@x.de,+49 170 000000{n}" for n in (3, 0, 2, 1)]
        again = [f"Anna,Berg{n},,+49 170 000000{n}" for n in (1, 3, 0, 2)]
        new = ["Ute,Neu,u@x.de,+49 170 1111111", "Ute,Neu,,+49 170 1111111"]
        path = written(tmp_path, *told, new[0], *again, new[1], heads="Vorname,Nachname,E-Mail,Handy")
        run, rejects = await taken(book, order(path))
        assert (run.created, run.changed, run.skipped, rejects) == (1, 4, 5, [])
        found = {one.id: one for one in await everybody(book)}
        assert [found[one.id].phones[0].number for one in many] == [f"+49 170 000000{n}" for n in range(4)]
        assert len(found) == 5
    assert differences(database_url) == []


async def test_what_a_bulk_writes_is_what_one_contact_after_the_other_writes(database_url: str, tmp_path: Path) -> None:
    rows = [
        "Anna,Müller,anna@example.com,0171 2345678,Hauptstr. 5,10115,Berlin,1.2.1980,VIP;Käufer,Portal",
        "Jan,,kaputt@,,,,,,,",
        ",Åström-O'Neill,,+46 8 123,,,,,,",
    ]
    async with new_book(database_url) as book:
        run, rejects = await taken(book, order(written(tmp_path, *rows), "create"))
        assert (counts(run), rejects) == ({"created": 3}, [])
        assert differences(database_url) == []
        for contact in await everybody(book):
            same = replace(contact, id=0)
            again = await book.create(lambda blank, _, same=same: replace(same, id=blank.id))  # type: ignore[misc]
            blank = {"id": 0, "token": None, "created_at": None, "updated_at": None}
            assert replace(again, **blank) == replace(contact, **blank)
            assert [entry.action for entry in await contact_history(await book.view(), contact.id)] == ["created"]
            told, alike = [(await contact_history(await book.view(), one.id))[0].changes for one in (contact, again)]
            assert {**told, "token": 0} == {**alike, "token": 0}
        anna = (await everybody(book))[0]
        assert anna.phones[0].e164 == "+491712345678"
        assert await book.find(text="åstr") == [(await everybody(book))[2].id, (await everybody(book))[5].id]
        assert await book.find(phone="0171 2345678") == [anna.id, (await everybody(book))[3].id]


async def test_names_that_the_lists_do_not_have_are_added_and_others_are_found(
    database_url: str, tmp_path: Path
) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        vip = await session.write(lambda unit: create_record(unit, Tag(name="VIP")))
        jo = await session.write(
            lambda unit: create_record(unit, User(first_name="Jo", last_name="Öz", email="j@x.de"))
        )
        path = written(tmp_path, "A,vip;Neu,öz", "B,neu,J@x.de", "C,,Unbekannt", heads="Nachname,Tags,Betreuer")
        run, rejects = await taken(book, order(path))
        assert (run.created, run.listed) == (2, 1)
        assert [(one.number, one.raw[0]) for one in rejects] == [(4, "C")]
        assert "there is no user 'Unbekannt'" in rejects[0].reason
        first, second = await everybody(book)
        words = (await book.view()).vocabulary
        assert [words.tags[number].name for number in first.tag_ids] == ["VIP", "Neu"]
        assert first.tag_ids[0] == vip.id
        assert second.tag_ids == first.tag_ids[1:]
        assert first.owner_id == second.owner_id == jo.id


@pytest.mark.parametrize(
    ("rule", "found", "people"),
    [("merge", {"changed": 1}, 1), ("skip", {"skipped": 1}, 1), ("create", {"created": 1}, 2)],
)
async def test_a_person_who_is_there_is_merged_left_out_or_made_again(
    database_url: str, tmp_path: Path, rule: OnDuplicate, found: dict[str, int], people: int
) -> None:
    path = written(tmp_path, "Anna,Müller,ANNA@example.com,0171 2345678,,,,1.2.1980,,")
    async with new_book(database_url) as book:
        before = await book.create(
            first_name="Anna", last_name="Müller", emails=emails("anna@example.com"), phones=phones("030 123")
        )
        run, _ = await taken(book, order(path, rule))
        assert counts(run) == found
        now = await everybody(book)
        assert len(now) == people
        if rule == "merge":
            assert [phone.number for phone in now[0].phones] == ["030 123", "0171 2345678"]
            assert now[0].emails == before.emails
            assert str(now[0].birth_date) == "1980-02-01"
        else:
            assert now[0] == before


async def test_one_person_twice_in_a_file_is_one_contact(database_url: str, tmp_path: Path) -> None:
    rows = ["Anna,Müller,anna@example.com,,,,,,,", "Anna,Müller,,,Hauptstr. 5,10115,Berlin,1.2.1980,,"]
    rows += ["Anna,Müller,anna@example.com,0171 2345678,,,,,,", "Bo,Berg,bo@example.com,,,,,,,"]
    rows += ["Anna,Müller,,0171/2345678,,,,,,"]
    async with new_book(database_url) as book:
        run, _ = await taken(book, order(written(tmp_path, *rows)))
        assert run.created + run.changed + run.skipped == 5
        merged = [one for one in await everybody(book) if one.emails and one.phones]
        assert len(merged) == 1
        assert differences(database_url) == []


async def test_who_may_be_somebody_is_noted_for_a_look(database_url: str, tmp_path: Path) -> None:
    async with new_book(database_url) as book:
        await book.create(first_name="Götz", last_name="Schäfers", emails=emails("a@example.com"))
        run, _ = await taken(book, order(written(tmp_path, "Götz,Schäfers,b@example.org,,,,,,,")))
        pairs = await find_records(await book.view(), DuplicatePair, ALL)
        assert run.noted == len(pairs)
        assert (run.created, run.noted) in ((1, 1), (1, 0))
        if pairs:
            await undone(book, run)
            assert await find_records(await book.view(), DuplicatePair, ALL) == []


async def test_foreign_ids_find_their_contact_and_clashes_are_not_taken(database_url: str, tmp_path: Path) -> None:
    heads = "Nachname,external_ids.propstack"
    async with new_book(database_url) as book:
        there = await book.create(last_name="Da", external_ids={"propstack": "900"})
        own = await book.create(last_name="Eigen")
        path = written(tmp_path, "Da,900", f"Neu,{own.id}", "Neu,901", "Neu,901", "Neu,x", heads=heads)
        run, rejects = await taken(book, order(path, "create"))
        assert counts(run) == {"created": 1, "rejected": 4}
        assert [one.number for one in rejects] == [2, 3, 5, 6]
        assert "own id of another" in rejects[1].reason
        run, rejects = await taken(book, order(written(tmp_path, "Dahl,900", heads=heads)))
        assert counts(run) == {"changed": 1}
        assert (await get_contact(await book.view(), there.id)).last_name == "Dahl"


async def test_a_new_contact_never_gets_an_id_that_somebody_answers_to(database_url: str, tmp_path: Path) -> None:
    async with new_book(database_url) as book:
        first = await book.create(last_name="A")
        session = await book.session()
        next_one = first.id + 2 + 1
        path = written(tmp_path, f"B,{next_one}", "C,", heads="Nachname,external_ids.propstack")
        run, rejects = await taken(book, order(path, "create"))
        assert (run.created, rejects) == (2, [])
        ids = [one.id for one in await everybody(book)]
        assert next_one not in ids
        assert len(set(ids)) == 3
        assert (await session.write(lambda unit: create_contact(unit, fill(last_name="D")))).id not in ids


async def test_custom_fields_are_read_as_their_type_says(database_url: str, tmp_path: Path) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        options = (Option(id=1, name="Nord"), Option(id=2, name="Süd"))
        for field in (
            CustomField(name="budget", type="number"),
            CustomField(name="area", type="multiple_choice", options=options),
        ):
            await session.write(lambda unit, field=field: create_record(unit, field))  # type: ignore[misc]
        path = written(tmp_path, 'A,500000,"Nord,süd"', "B,viel,", "C,,West", heads="Nachname,Budget,Lage")
        _, rejects = await taken(book, order(path))
        assert (await everybody(book))[0].custom == {"budget": 500000, "area": [1, 2]}
        assert [one.number for one in rejects] == [3, 4]
        assert "custom.budget" in rejects[0].reason


async def test_a_rehearsal_says_what_would_happen_and_writes_nothing(database_url: str, tmp_path: Path) -> None:
    rows = ["Anna,Müller,anna@example.com,,,,,1.2.1980,VIP,", "Neu,Person,n@example.com,,,,,,,Portal"]
    rows += ["Neu,Person,n@example.com,,,,,,,", "X,Y,,,,,,kein,,"]
    async with new_book(database_url) as book:
        there = await book.create(first_name="Anna", last_name="Müller", emails=emails("anna@example.com"))
        asked = order(written(tmp_path, *rows))
        importing = Importing(book.store, book.account, asked, "tester", clock())
        outcome, listed = await importing.rehearse(count_entries(asked.source), lambda more: None)
        told = (outcome.created, outcome.changed, outcome.skipped, len(outcome.rejects), listed)
        assert told == (1, 1, 1, 1, 2)
        assert await everybody(book) == [there]
        assert await runs(book.store, book.account) == []
        assert await find_records(await book.view(), Tag, ALL) == []
        run, _ = await taken(book, asked)
        assert (run.created, run.changed, run.skipped, run.rejected, run.listed) == told


@pytest.mark.parametrize("rule", ["merge", "skip"])
async def test_a_rehearsal_counts_as_the_import_does_also_across_batches(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: OnDuplicate
) -> None:
    monkeypatch.setattr("onebook.service.import_workers.BATCH", 25)
    chance = random.Random(3)

    def row() -> str:
        number = chance.randrange(40)
        first, last = ("Anna", "Bea", "Jan", "Eva")[number % 4], ("Ek", "Berg", "Huber")[number % 3]
        email = chance.choice((f"{first}.{number}@example.com", "", "kaputt"))
        phone, born = chance.choice((f"0171 {1000000 + number}", "")), chance.choice(("1.1.1980", "99.1.1980", ""))
        return f"{first},{last},{email},{phone},,,,{born},{chance.choice(('VIP', ''))},{chance.choice(('Web', ''))}"

    async with new_book(database_url) as book:
        await taken(book, order(written(tmp_path, *(row() for _ in range(60)), name="before.csv")))
        before = await everybody(book)
        asked = order(written(tmp_path, *(row() for _ in range(90))), rule)
        importing = Importing(book.store, book.account, asked, "tester", clock())
        told, listed = await importing.rehearse(90, lambda more: None)
        assert await everybody(book) == before
        run, rejects = await taken(book, asked)
        assert (told.created, told.changed, told.skipped, told.noted, listed) == (
            run.created,
            run.changed,
            run.skipped,
            run.noted,
            run.listed,
        )
        assert [(one.number, one.reason) for one in told.rejects] == [(one.number, one.reason) for one in rejects]
        assert differences(database_url) == []


async def test_an_import_that_is_stopped_goes_on_where_it_was(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onebook.service.import_workers.BATCH", 2)
    rows = [f"P{number},Q{number},p{number}@example.com,,,,,{'x' if number % 7 == 0 else ''},," for number in range(45)]
    asked = order(written(tmp_path, *rows))
    async with new_book(database_url) as book:
        settled = 0

        def stop_after(most: int) -> Callable[[int], None]:
            def told(more: int) -> None:
                nonlocal settled
                settled += more
                if settled >= most:
                    raise Unavailable("stopped")

            return told

        for most in (10, 30):
            importing = Importing(book.store, book.account, asked, "tester", clock())
            run = await importing.begin(45)
            assert run.position == settled
            with pytest.raises(Unavailable, match="stopped"):
                await importing.carry_on(stop_after(most))
        assert len(await runs(book.store, book.account)) == 1
        run, rejects = await taken(book, asked)
        assert (run.position, run.total, run.status) == (45, 45, "done")
        assert [one.number for one in rejects] == [2 + number for number in range(0, 45, 7)]
        assert sorted(one.first_name or "" for one in await everybody(book)) == sorted(
            f"P{number}" for number in range(45) if number % 7
        )


async def test_two_processes_do_not_import_the_same_run_twice(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onebook.service.import_workers.BATCH", 5)
    rows = [f"P{number},Q,p{number}@example.com,,,,,,," for number in range(20)]
    asked = order(written(tmp_path, *rows), "create")
    async with new_book(database_url) as book:
        one = Importing(book.store, book.account, asked, "tester", clock())
        other = Importing(book.store, book.account, asked, "tester", clock())
        assert (await one.begin(20)).run_id == (await other.begin(20)).run_id
        await one.carry_on(lambda more: None)
        with pytest.raises(Conflict, match="another process"):
            await other.carry_on(lambda more: None)
        assert len(await everybody(book)) == 20


@pytest.mark.parametrize("settled", [0, 3])
async def test_a_run_that_is_taken_back_while_it_is_under_way_stops_and_nothing_of_it_stays(
    database_url: str, tmp_path: Path, settled: int
) -> None:
    asked = order(written(tmp_path, "A,B,,,,,,,,", "C,D,,,,,,,,", "E,F,,,,,,,,"))
    async with new_book(database_url) as book:
        importing = Importing(book.store, book.account, asked, "tester", clock())
        run = await importing.begin(3)
        if settled:
            run = await importing.carry_on(lambda more: None)
        done = await undone(book, run)
        with pytest.raises(Conflict, match=f"import {run.run_id} is being taken back, and has stopped"):
            await (importing.end() if settled else importing.carry_on(lambda more: None))
        assert (done.trashed, await everybody(book)) == (settled, [])
        assert [one.status for one in await runs(book.store, book.account)] == ["undone"]


async def test_a_run_taken_back_leaves_what_was_there_and_what_somebody_did_since(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onebook.service.import_undo._AT_ONCE", 2)
    async with new_book(database_url) as book:
        names = ("Anna", "Bea", "Cleo")
        before = [
            await book.create(
                first_name=name,
                last_name="Müller",
                emails=emails(f"{name}@example.com"),
                custom={},
                extras={"import": {"x": 1}},
                description="alt",
            )
            for name in names
        ]
        rows = [f"{name},Müller,{name}@example.com,0171 234567{len(name)},neu" for name in names]
        rows += ["Neu,Person,n@example.com,,", "Noch,Einer,m@example.com,,"]
        run, _ = await taken(book, order(written(tmp_path, *rows, heads="Vorname,Nachname,E-Mail,Handy,Notiz")))
        assert counts(run) == {"created": 2, "changed": 3}
        made = [one.id for one in await everybody(book) if one.id not in [was.id for was in before]]
        await book.change(before[1].id, description="von Hand")
        await book.change(made[0], description="von Hand")
        await book.remove(before[2].id)
        done = await undone(book, run)
        assert (done.status, done.trashed, done.restored, done.kept) == ("undone", 2, 2, (before[1].id,))
        now = await everybody(book)
        assert [one.id for one in now] == [before[0].id, before[1].id]
        assert replace(now[0], version=1, updated_at=before[0].updated_at) == before[0]
        assert (now[1].description, now[1].phones) == ("von Hand", ())
        assert differences(database_url) == []
        with pytest.raises(Conflict, match="already"):
            await undone(book, done)


async def test_a_malformed_file_is_refused_before_anything_is_written(database_url: str, tmp_path: Path) -> None:
    path = written(tmp_path, *(f"P{number},Q,,,,,,,," for number in range(50)), 'A,"offen,,,,,,,,')
    async with new_book(database_url) as book:
        asked = order(path)
        with pytest.raises(Malformed, match=r"a.csv, row 5\d .*never closed"):
            count_entries(asked.source)
        assert await everybody(book) == []


async def test_cards_are_imported_too(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    path.write_text(
        "BEGIN:VCARD\nFN:Anna Berg\nEMAIL:a@example.com\nUID:7\nEND:VCARD\nBEGIN:VCARD\nFN:X\nBDAY:nie\nEND:VCARD\n",
        "utf-8",
    )
    async with new_book(database_url) as book:
        asked = Order(kind="vcard", source=CardsFile(path))
        run, rejects = await taken(book, asked)
        assert (run.created, [one.number for one in rejects]) == (1, [2])
        again, _ = await taken(book, asked)
        assert (again.created, again.skipped) == (0, 1)


async def test_large_files_are_worked_out_by_several_processes(database_url: str, tmp_path: Path) -> None:
    """Everybody stands twice in the file, 1,600 rows apart: in batches that are worked out at the same time."""
    people = [f"P{number},Q{number},p{number}@example.com,,,,,,T{number % 3}," for number in range(1600)]
    async with new_book(database_url) as book:
        run, _ = await taken(book, order(written(tmp_path, *people, *people), "skip"))
        assert (counts(run), run.listed) == ({"created": 1600, "skipped": 1600}, 3)
        firsts = [one.first_name for one in await everybody(book)]
        assert firsts == [f"P{number}" for number in range(1600)]
        assert differences(database_url) == []


async def test_who_comes_or_goes_after_a_worker_has_looked_is_seen_all_the_same(
    database_url: str, tmp_path: Path
) -> None:
    rows = [f"{name},Müller,{name}@example.com,,,,,,," for name in ("Anna", "Bea", "Cleo", "Dora")]
    async with new_book(database_url) as book:
        bea = await book.create(first_name="Bea", last_name="Müller", emails=emails("bea@example.com"))
        cleo = await book.create(first_name="Cleo", last_name="Müller", emails=emails("other@example.com"))
        asked = order(written(tmp_path, *rows))
        importing = Importing(book.store, book.account, asked, "tester", clock())
        await importing.begin(4)

        async def meanwhile() -> None:
            await book.create(first_name="Anna", last_name="Müller", emails=emails("anna@example.com"))
            await book.remove(bea.id)
            await book.change(cleo.id, emails=emails("other@example.com", "cleo@example.com"))

        run = await looked_before(importing, meanwhile)
        assert counts(run) == {"created": 2, "skipped": 2}
        assert sorted(one.first_name or "" for one in await everybody(book)) == ["Anna", "Bea", "Cleo", "Dora"]
        assert differences(database_url) == []


async def test_two_imports_of_the_same_people_at_once_make_each_of_them_once(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onebook.service.import_workers.BATCH", 7)
    firsts, lasts = ("Anna", "Bertil", "Carmen", "Dieter", "Emil"), ("Müller", "Åström", "Gómez", "Ek", "Vogel", "Kunz")
    names = [(first, last) for first in firsts for last in lasts]
    rows = [f"{first},{last},{first}.{last}@example.com,,,,,,," for first, last in names]
    async with new_book(database_url) as book:
        importings = []
        for name, some in (("a.csv", rows), ("b.csv", rows[::-1])):
            asked = order(written(tmp_path, *some, name=name), "skip")
            importings.append(Importing(book.store, book.account, asked, "tester", clock()))
            await importings[-1].begin(len(rows))
        runs_ = await asyncio.gather(*(one.carry_on(lambda more: None) for one in importings))
        assert sum(run.created for run in runs_) == sum(run.skipped for run in runs_) == len(rows)
        assert sorted((one.first_name or "", one.last_name or "") for one in await everybody(book)) == sorted(names)
        assert differences(database_url) == []


async def test_when_others_have_changed_very_much_everybody_is_looked_for_again(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onebook.service.import_recent.MOST_OTHERS", 2)
    names = ("Anna Müller", "Bertil Åström", "Carmen Gómez", "Dora Ek", "Emil Vogel")
    rows = [f"{name.replace(' ', ',')},{name[:4]}@example.com,,,,,,," for name in names]
    async with new_book(database_url) as book:
        asked = order(written(tmp_path, *rows), "skip")
        importing = Importing(book.store, book.account, asked, "tester", clock())
        await importing.begin(5)

        async def meanwhile() -> None:
            for name in names[:4]:
                first, last = name.split()
                await book.create(first_name=first, last_name=last, emails=emails(f"{name[:4]}@example.com"))

        assert counts(await looked_before(importing, meanwhile)) == {"created": 1, "skipped": 4}


async def looked_before(importing: Importing, meanwhile: Callable[[], Awaitable[None]]) -> ImportRun:
    """The import, with something happening between a look for duplicates and the writing."""

    class Slow(Workers):
        async def prepare(self, job: Job, entries: list[Entry]) -> Prepared:
            prepared = await super().prepare(job, entries)
            await meanwhile()
            return prepared

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("onebook.service.imports.Workers", Slow)
        return await importing.carry_on(lambda more: None)
