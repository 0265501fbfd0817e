"""What a dump holds, on both databases: one moment of the book, in order, whole or not at all."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import hashlib
import os
import signal
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onebook.dialects.propstack.dump import TABLES_OF_DUMP
from onebook.errors import Conflict, Invalid, Unavailable
from onebook.model.account import CustomField, Option, Source, User
from onebook.model.activity import Todo
from onebook.service.dump import TOMBSTONES, Wanted, write_dump
from onebook.service.dump_encoding import Format
from onebook.service.dump_pieces import Task
from onebook.service.dump_workers import Work, Workers
from onebook.service.dumps import Dump, account_folder, dumps_of, newest_dump
from onebook.service.records import create_record, remove_record
from onebook.store.database import Transaction
from onebook.store.export import open_export
from tests.book import START, Book, emails, new_account, new_book, phones

WHEN = START + timedelta(days=1)


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    async with new_book(database_url) as it:
        yield it


async def dump(
    book: Book,
    base: Path,
    *formats: Format,
    since: int | datetime | None = None,
    keep: int = 0,
    now: datetime = WHEN,
    told: Any = lambda *_: None,
    processes: int | None = None,
) -> Dump:
    """A dump of the book."""
    wanted = Wanted(formats or ("json",), since, keep, processes)
    return await write_dump(book.store, book.account, TABLES_OF_DUMP, base, wanted, now=now, told=told)


def rows(made: Dump, table: str = "contacts", kind: Format = "json") -> list[dict[str, Any]]:
    """The rows of one file."""
    text = (made.folder / f"{table}.{kind}").read_bytes()
    found: list[dict[str, Any]] = (
        msgspec.json.decode(text) if kind == "json" else [msgspec.json.decode(line) for line in text.splitlines()]
    )
    return found


def ids(made: Dump, table: str = "contacts") -> list[int]:
    """The ids of one file's rows."""
    return [row["id"] for row in rows(made, table)]


async def add(book: Book, record: Any) -> Any:
    """A record of any other table."""
    return await (await book.session()).write(lambda unit: create_record(unit, record))


async def test_the_manifest_tells_every_file_its_rows_bytes_and_hash(book: Book, tmp_path: Path) -> None:
    await book.create(last_name="Tango")
    made = await dump(book, tmp_path, "json", "jsonl")

    told = msgspec.json.decode((made.folder / "manifest.json").read_bytes())
    assert list(told) == ["schema", "account_id", "created_at", "seq", "files"]
    assert (told["schema"], told["account_id"], told["created_at"]) == (
        1,
        book.account.account_id,
        "2026-01-03T03:04:05.678901Z",
    )
    assert sorted(file["path"] for file in told["files"]) == sorted(
        place.name for place in made.folder.iterdir() if place.name != "manifest.json"
    )
    for file in told["files"]:
        content = (made.folder / file["path"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert file["rows"] == len(rows(made, file["table"], file["format"]))
    assert made.folder == tmp_path / "Agentur" / "20260103T030405.678Z"


async def test_json_and_json_lines_say_the_same(book: Book, tmp_path: Path) -> None:
    for number in range(3):
        await book.create(last_name=f'Tango {number}\n\u2028"', emails=emails(f"{number}@example.com"))
    made = await dump(book, tmp_path, "json", "jsonl")

    assert rows(made) == rows(made, kind="jsonl")
    assert [row["last_name"] for row in rows(made)] == [f'Tango {number}\n\u2028"' for number in range(3)]


async def test_what_is_written_while_a_dump_reads_is_not_in_it(book: Book) -> None:
    before = [(await book.create(last_name="Vorher")).id for _ in range(3)]
    async with open_export(book.store, book.account.account_id) as export:
        seq = await export.position()
        after = await book.create(last_name="Nachher")
        await book.change(before[0], last_name="Anders")
        await book.remove(before[1])

        assert (await export.position(), await export.count("contacts")) == (seq, 3)
        assert list(await export.ids("contacts")) == before
        documents = [one async for span in export.spans("contacts") for one in await export.documents("contacts", span)]
        assert [b"Vorher" in one and b"deleted_at" not in one for one in documents] == [True] * 3
        again = await export.documents_of("contacts", [after.id, *reversed(before)])
        assert again == documents[::-1]


async def test_rows_are_ordered_by_the_ids_that_they_show(book: Book, tmp_path: Path) -> None:
    first = await book.create(last_name="A", external_ids={"propstack": "9000"})
    second = await book.create(last_name="B", parent_id=first.id)
    third = await book.create(last_name="C", external_ids={"propstack": "7"})
    source = await add(book, Source(name="Messe", external_ids={"propstack": "4711"}))
    await book.change(third.id, source_id=source.id)
    made = await dump(book, tmp_path)

    assert ids(made) == sorted([7, second.id, 9000])
    found = {row["id"]: row for row in rows(made)}
    assert found[second.id]["parent_id"] == 9000
    assert (found[9000]["children_count"], found[7]["client_source_id"], found[7]["source"]) == (1, 4711, "Messe")
    assert rows(made, "client_sources") == [{"id": 4711, "name": "Messe"}]


async def test_a_book_that_was_moved_in_in_order_is_dumped_in_that_order(book: Book, tmp_path: Path) -> None:
    for number in (20_001, 20_002, 20_003):
        await book.create(last_name="A", external_ids={"propstack": str(number)})

    assert ids(await dump(book, tmp_path)) == [20_001, 20_002, 20_003]


async def test_what_is_in_the_trash_is_in_the_dump_and_says_so(book: Book, tmp_path: Path) -> None:
    kept, gone = await book.create(last_name="A"), await book.create(last_name="B")
    await book.remove(gone.id)
    found = {row["id"]: row["deleted_at"] for row in rows(await dump(book, tmp_path))}

    assert (found[kept.id], found[gone.id]) == (None, "2026-01-02T03:04:07.678901")


async def test_a_dump_of_changes_has_what_changed_and_tombstones(book: Book, tmp_path: Path) -> None:
    same, changed, gone = [(await book.create(last_name=name)).id for name in "ABC"]
    full = await dump(book, tmp_path)
    await book.change(changed, last_name="Anders")
    await book.remove(gone)
    new = (await book.create(last_name="Neu")).id
    made = await dump(book, tmp_path, since=full.manifest.seq, now=WHEN + timedelta(hours=1))

    assert ids(made) == [changed, gone, new]
    (stone,) = rows(made, TOMBSTONES)
    assert stone == {"table": "contacts", "id": gone, "deleted_at": "2026-01-02T03:04:09.678901", "purged": False}
    assert made.manifest.since == full.manifest.seq
    newest = newest_dump(tmp_path, book.account)
    assert newest is not None
    assert newest.folder == full.folder  # only a dump of everything is served
    assert same not in ids(made)


async def test_changes_since_a_moment(book: Book, tmp_path: Path) -> None:
    await book.create(last_name="A")
    later = (await book.create(last_name="B")).updated_at
    assert later is not None

    assert [row["last_name"] for row in rows(await dump(book, tmp_path, since=later))] == ["B"]


async def test_a_position_that_there_is_not_is_refused_and_leaves_nothing(book: Book, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no position 99"):
        await dump(book, tmp_path, since=99)
    assert seen(tmp_path / "Agentur") == []


def seen(folder: Path) -> list[str]:
    """What stands in a folder but the lock."""
    return sorted(place.name for place in folder.iterdir() if place.name != ".lock")


async def test_parquet_has_proper_types_and_the_same_values(book: Book, tmp_path: Path) -> None:
    options = (Option(id=1, name="Wohnung"), Option(id=2, name="Haus"))
    await add(book, CustomField(name="budget", type="number"))
    await add(book, CustomField(name="moved", type="date"))
    await add(book, CustomField(name="what", type="choice", options=options))
    user = await add(book, User(first_name="Eva", email="eva@example.com"))
    await book.create(
        last_name="Tango",
        owner_id=user.id,
        birth_date=START.date(),
        emails=emails("a@example.com", "b@example.com"),
        phones=phones("030 123456"),
        custom={"budget": 12, "moved": "2026-01-02", "what": "Haus"},
        extras={"propstack": {"equity": "viel", "photo": 5, "online": True, "confirmed_at": "2026-01-02T03:04:05"}},
    )
    made = await dump(book, tmp_path, "json", "parquet")

    table = pq.read_table(made.folder / "contacts.parquet")
    types = {field.name: field.type for field in table.schema}
    assert types["created_at"] == types["moved"] == types["confirmed_at"] == pa.timestamp("us")
    assert (types["dob"], types["id"], types["archived"]) == (pa.date32(), pa.int64(), pa.bool_())
    assert (types["emails"], types["budget"], types["what"]) == (pa.list_(pa.string()), pa.float64(), pa.int64())
    (found,), (shown,) = table.to_pylist(), rows(made)
    assert list(found) == list(shown)
    assert found["created_at"] == datetime.fromisoformat(shown["created_at"])
    assert (found["dob"], found["moved"]) == (START.date(), datetime(2026, 1, 2))  # noqa: DTZ001 - it bears no zone
    assert (found["budget"], found["what"], found["emails"]) == (12.0, 2, ["a@example.com", "b@example.com"])
    # Anybody may keep anything among the extras: what does not fit its column is a text there, or null.
    assert (shown["equity"], found["equity"], found["photo"], found["online"]) == ("viel", None, "5", True)
    assert found["confirmed_at"] == datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001


async def test_every_table_can_be_parquet_when_there_is_nothing_in_it(book: Book, tmp_path: Path) -> None:
    made = await dump(book, tmp_path, "parquet")

    for file in made.manifest.files:
        assert pq.read_table(made.folder / file.path).num_rows == file.rows == 0


async def test_records_point_to_the_ids_that_are_shown(book: Book, tmp_path: Path) -> None:
    contact = await book.create(last_name="A", external_ids={"propstack": "812"})
    user = await add(book, User(first_name="Eva", external_ids={"propstack": "3"}))
    todo = await add(book, Todo(title="Anrufen", contact_ids=(contact.id,), user_id=user.id))
    (found,) = rows(await dump(book, tmp_path), "todos")

    assert (found["id"], found["client_ids"], found["broker_id"]) == (todo.id, [812], 3)


async def test_a_second_dump_at_the_same_time_is_refused(book: Book, tmp_path: Path) -> None:
    folder = account_folder(tmp_path, book.account)
    folder.mkdir()
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        with pytest.raises(Conflict, match="another dump"):
            await dump(book, tmp_path)
    finally:
        os.close(lock)
    assert await dump(book, tmp_path)


async def test_old_dumps_go_and_those_of_changes_are_counted_by_themselves(book: Book, tmp_path: Path) -> None:
    await book.create(last_name="A")
    for hour in range(4):
        await dump(book, tmp_path, keep=2, now=WHEN + timedelta(hours=hour))
        await dump(book, tmp_path, since=0, keep=2, now=WHEN + timedelta(hours=hour, minutes=1))

    found = dumps_of(tmp_path, book.account)
    assert [one.manifest.since for one in found] == [0, None, 0, None]
    assert found[0].folder.name == "20260103T060505.678Z"
    assert len(seen(tmp_path / "Agentur")) == 4


async def test_what_a_dump_left_behind_that_was_killed_is_removed_by_the_next(book: Book, tmp_path: Path) -> None:
    left = account_folder(tmp_path, book.account) / ".unfinished-20200101T000000.000Z"
    left.mkdir(parents=True)
    (left / "contacts.json").write_bytes(b"[")
    made = await dump(book, tmp_path)

    assert seen(tmp_path / "Agentur") == [made.folder.name]


async def test_a_folder_that_cannot_be_written_is_told_in_one_line(book: Book, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot write to"):
        await dump(book, tmp_path / "file")


async def test_a_dump_of_one_account_holds_nothing_of_another_s(book: Book, tmp_path: Path) -> None:
    other = Book(book.store, await new_account(book.store, "Andere"))
    mine, theirs = await book.create(last_name="A"), await other.create(last_name="B")

    assert ids(await dump(book, tmp_path)) == [mine.id]
    assert ids(await dump(other, tmp_path)) == [theirs.id]
    assert {"Agentur", "Andere"} <= set(seen(tmp_path))


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Immobilien Nord", "Immobilien Nord"),
        ("Müller & Söhne", "Müller & Söhne"),
        ("a/b", None),
        ("..", None),
        ("x" * 90, None),
        # What another account's folder is called, or might be.
        ("account-1", None),
        ("Account-1", None),
        ("account-1 Nord", "account-1 Nord"),
    ],
)
async def test_an_account_s_folder_has_its_name_where_that_is_one(
    book: Book, tmp_path: Path, name: str, folder: str | None
) -> None:
    account = await new_account(book.store, name)

    assert account_folder(tmp_path, account).name == (folder or f"account-{account.account_id}")


async def test_a_trashed_member_of_a_small_list_is_no_row_of_it(book: Book, tmp_path: Path) -> None:
    source = await add(book, Source(name="Messe"))
    await (await book.session()).write(lambda unit: remove_record(unit, Source, source.id))

    assert rows(await dump(book, tmp_path), "client_sources") == []


async def test_a_document_that_cannot_be_read_is_told_in_one_line_and_there_is_no_dump(
    book: Book, tmp_path: Path
) -> None:
    contact = await book.create(last_name="A")

    async def damage(tx: Transaction) -> None:
        sql = "UPDATE contacts SET doc = $3 WHERE account_id = $1 AND id = $2"
        await tx.run(sql, tx.account_id, contact.id, '{"id": ')

    await book.store.write(book.account.account_id, damage)
    with pytest.raises(Unavailable, match="a document of contacts cannot be read: see `onebook check`"):
        await dump(book, tmp_path)
    assert seen(tmp_path / "Agentur") == []


async def test_progress_tells_each_table_s_rows_and_how_many_there_are(book: Book, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    for _ in range(3):
        await book.create(last_name="A")
    await dump(book, tmp_path, told=lambda *one: told.append(one))

    assert [one for one in told if one[0] == "contacts"] == [("contacts", 3, 3)]


async def test_what_processes_make_together_is_what_one_makes(book: Book, tmp_path: Path) -> None:
    people = [await book.create(last_name=f"Zusammen {number}", external_ids={}) for number in range(5)]
    await book.change(people[2].id, external_ids={"propstack": str(people[0].id + 1_000_000)})
    await book.remove(people[3].id)
    every: tuple[Format, ...] = ("json", "jsonl", "parquet")
    for since in (None, 0):
        alone = await dump(book, tmp_path / f"alone {since}", *every, since=since)
        together = await dump(book, tmp_path / f"together {since}", *every, since=since, processes=2)

        assert alone.manifest == together.manifest
        assert len(alone.manifest.files) > 60


async def test_processes_see_the_moment_of_the_first_one_while_others_write(book: Book, tmp_path: Path) -> None:
    written, over = 0, False

    async def write() -> None:
        nonlocal written
        while not over:
            await book.create(last_name=f"Nebenher {written}", emails=emails(f"{written}@example.com"))
            written += 1
            await asyncio.sleep(0.001)

    for number in range(1_100):  # more than one piece
        await book.create(last_name=f"Vorher {number}")
    writing = asyncio.create_task(write())
    try:
        made = await dump(book, tmp_path, processes=2)
    finally:
        over = True
        await writing

    assert written > 0
    seq = made.manifest.seq
    assert len(rows(made)) == seq  # each contact is one change


def children() -> list[int]:
    """The processes that this one has begun for a dump."""
    begun = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(one) for one in begun if b"dump_workers" in Path(f"/proc/{one}/cmdline").read_bytes()]


async def test_a_process_that_is_killed_fails_the_dump_and_leaves_nothing(book: Book, tmp_path: Path) -> None:
    await add(book, Source(name="Messe"))
    await book.create(last_name="Weg")  # contacts come after sources

    def kill(*_: object) -> None:
        for child in children():
            os.kill(child, signal.SIGKILL)

    with pytest.raises(Unavailable, match="a process of the dump was stopped"):
        await dump(book, tmp_path, processes=1, told=kill)
    assert os.listdir(account_folder(tmp_path, book.account)) == [".lock"]  # noqa: PTH208 - no await has a Path
    assert children() == []


async def test_what_was_asked_ahead_of_a_killed_process_is_said_once(book: Book) -> None:
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    async with Workers(Work(book.store.url, book.account.account_id, TABLES_OF_DUMP.again, ("json",), False), 1) as it:

        async def tasks() -> AsyncIterator[Task]:
            for child in children():
                os.kill(child, signal.SIGKILL)
            for _ in range(3):
                yield Task("contacts")
            with pytest.raises(Unavailable):
                await it.see("")  # what was asked before has its answer by now

        with pytest.raises(Unavailable, match="a process of the dump was stopped"):
            _ = [piece async for piece in it.pieces(tasks())]
    gc.collect()  # an error that nobody asked for is told of when it is forgotten
    assert unseen == []
