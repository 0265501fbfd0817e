"""Bodies of documents in a dump: written beside its tables when they are asked for, looked at, and read back."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from onebook.dialects.propstack.dump import TABLES_OF_DUMP
from onebook.files.json_rows import json_rows
from onebook.model.document import Document
from onebook.service.documents import document_body, take_body, with_body
from onebook.service.dump import Wanted, write_dump
from onebook.service.records import create_record, find_records
from onebook.store.body_files import MIB, Bodies
from onebook.store.open import OpenStore
from tests.book import ALL, START, Book, new_account, opened
from tests.undumped import quiet, same, undumped

TEXTS = {"a.txt": b"Guten Tag", "b.txt": b"x" * (3 * MIB), "c.txt": b"Guten Tag"}


async def with_documents(book: Book) -> None:
    """Three documents, two of them with one body, and one without."""
    for name, data in TEXTS.items():
        session = await book.session()
        body = await take_body(session, data, name, None)

        async def work(unit, name=name, body=body):  # type: ignore[no-untyped-def]
            return await create_record(unit, await with_body(unit, Document(file_name=name), body))

        await session.write(work)
    session = await book.session()
    await session.write(lambda unit: create_record(unit, Document(title="ohne", url="https://example.com/d.pdf")))


async def dumped(store: OpenStore, book: Book, base: Path, *, documents: bool = True) -> Path:
    """A dump with the bodies."""
    wanted, now = Wanted(documents=documents), START + timedelta(days=1)
    return (await write_dump(store, book.account, TABLES_OF_DUMP, base, wanted, now=now, told=quiet)).folder


async def bodies_of(book: Book) -> dict[str, bytes]:
    """What the documents that have one hold."""
    view = await book.view()
    found = await find_records(view, Document, ALL)
    return {str(one.file_name): await document_body(view, book.store.bodies, one) for one in found if one.sha256}


@pytest.mark.parametrize("in_files", [False, True])
async def test_bodies_go_out_each_once_and_come_in_again(database_url: str, tmp_path: Path, *, in_files: bool) -> None:
    async with opened(database_url) as store:
        if in_files:
            store.bodies = Bodies(tmp_path / "bodies")
        book, other = Book(store, await new_account(store)), Book(store, await new_account(store, "Umzug"))
        await with_documents(book)
        first = await dumped(store, book, tmp_path / "first")
        named = {row["sha256"]: row for row in json_rows(first / "document_bodies.json")}
        assert {path.name for path in (first / "documents").iterdir()} == named.keys()
        for sha256, row in named.items():
            data = (first / row["path"]).read_bytes()
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (sha256, row["bytes"])
        assert len(named) == 2
        files = msgspec.json.decode((first / "manifest.json").read_bytes())["files"]
        assert [one["rows"] for one in files if one["table"] == "document_bodies"] == [2]
        run, rejects = await undumped(store, other.account, first)
        assert (rejects, run.created) == ([], 4)
        assert await bodies_of(other) == TEXTS
        second = await dumped(store, other, tmp_path / "second")
        assert [path.read_bytes() for path in sorted((first / "documents").iterdir())] == [
            path.read_bytes() for path in sorted((second / "documents").iterdir())
        ]
        plain = await dumped(store, other, tmp_path / "plain", documents=False)
        assert not (plain / "documents").exists()
        same(await dumped(store, book, tmp_path / "third", documents=False), plain)
        third = Book(store, await new_account(store, "Später"))
        await undumped(store, third.account, plain)
        again, _ = await undumped(store, third.account, first)
        assert (again.created, again.skipped, await bodies_of(third)) == (0, 4, TEXTS)


async def test_a_body_that_is_damaged_or_too_large_refuses_its_row_only(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as store:
        book, other = Book(store, await new_account(store)), Book(store, await new_account(store, "Umzug"))
        await with_documents(book)
        first = await dumped(store, book, tmp_path / "first")
        (small, *_) = (row for row in json_rows(first / "document_bodies.json") if row["bytes"] < 100)
        (first / small["path"]).write_bytes(b"Guten Abend")
        store.bodies = Bodies(limit=2 * MIB)
        run, rejects = await undumped(store, other.account, first)
        assert (run.created, len(rejects)) == (1, 3)
        assert [("damaged" in one.reason, "larger than 2 MiB" in one.reason) for _, one in rejects] == [
            (True, False),
            (False, True),
            (True, False),
        ]
        (first / small["path"]).write_bytes(b"Guten Tag")
        store.bodies = Bodies()
        mended = tmp_path / "mended"
        mended.mkdir()
        (mended / "documents.json").write_text(f"[{','.join(one.raw[0] for _, one in rejects)}]", "utf-8")
        (mended / "documents").symlink_to(first / "documents")
        assert (await undumped(store, other.account, mended))[1] == []
        assert await bodies_of(other) == TEXTS
        assert all(json.loads(one.raw[0])["sha256"] for _, one in rejects)
