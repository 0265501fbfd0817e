"""Documents with their bodies: taken, checked, kept once, given out; in the database and in files."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from onebook.app import build_app
from onebook.service.access import accounts
from onebook.service.check import check_book
from onebook.service.documents import sweep_bodies
from onebook.service.trash import empty_trash
from onebook.settings import Settings
from onebook.store.body_files import Bodies, write_file
from tests.book import opened
from tests.derived import Raw
from tests.native import Served, client, running, served

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 5000
"""1.3 MB: more than one part of a body in the database."""
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100


@pytest.fixture(params=["database", "files"])
async def book(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    """The book with its bodies in either place."""
    async with served(database_url) as found:
        if request.param == "database":
            yield found
        else:
            app = build_app(Settings(database_url=database_url, documents_dir=tmp_path / "documents"))
            secret = found.client.headers["Authorization"].removeprefix("Bearer ")
            async with running(app), client(app, secret) as caller:
                yield replace(found, client=caller, app=app)


def text(body: bytes) -> str:
    """A body as it is sent."""
    return base64.b64encode(body).decode()


def bodies(book: Served, tmp_path: Path) -> int:
    """How many bodies there are, in either place."""
    raw = Raw(book.url)
    ((count,),) = raw.rows("SELECT count(DISTINCT sha256) FROM document_bodies", 1)
    raw.close()
    files = [file for file in (tmp_path / "documents").rglob("*") if file.is_file()]
    assert all(hashlib.sha256(file.read_bytes()).hexdigest() == file.name for file in files)
    return int(count) + len(files)


async def test_a_document_gives_back_the_body_it_was_sent(book: Served, tmp_path: Path) -> None:
    house = await book.made("/properties", title="Haus")
    made = await book.made(
        "/documents", title="Exposé", file_name="Exposé Haus.pdf", property_id=house["id"], body=text(PDF), size=1
    )
    digest = hashlib.sha256(PDF).hexdigest()
    assert (made["content_type"], made["size"], made["sha256"]) == ("application/pdf", len(PDF), digest)
    at = f"/documents/{made['id']}"
    answer = await book.client.get(f"{at}/content")
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Expos_ Haus.pdf\"; filename*=UTF-8''Expos%C3%A9%20Haus.pdf"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    etag = answer.headers["etag"]
    assert (await book.client.get(f"{at}/content", headers={"If-None-Match": etag})).status_code == 304

    again = await book.made("/documents", title="Dasselbe", body=text(PDF))
    assert (again["sha256"], bodies(book, tmp_path)) == (digest, 1)
    found = (await book.client.get(f"/documents?sha256={digest}")).json()["data"]
    assert [one["id"] for one in found] == [made["id"], again["id"]]

    renamed = await book.client.patch(at, json={"title": "B", "sha256": "x", "content_type": "image/png"})
    assert (renamed.json()["sha256"], renamed.json()["content_type"]) == (digest, "application/pdf")
    wrong = await book.client.patch(at, json={"file_name": "a.exe"})
    assert (wrong.status_code, wrong.json()["problems"][0]["path"]) == (422, "file_name")
    other = await book.client.patch(at, json={"file_name": "a.png", "body": "data:image/png;base64," + text(PNG)})
    assert (other.status_code, other.json()["content_type"]) == (200, "image/png")
    assert (await book.client.get(f"{at}/content")).content == PNG
    none = (await book.client.patch(at, json={"body": None})).json()
    assert (none["content_type"], none["size"], none["sha256"]) == (None, None, None)
    assert (await book.client.get(f"{at}/content")).status_code == 404


async def test_a_part_of_a_body_is_given_where_it_is_asked_for(book: Served) -> None:
    at = f"/documents/{(await book.made('/documents', body=text(PDF)))['id']}/content"
    etag = (await book.client.head(at)).headers["etag"]
    head = await book.client.head(at)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(PDF)), b"")
    for asked, status, body in (
        ("bytes=0-99", 206, PDF[:100]),
        ("bytes=-5", 206, PDF[-5:]),
        (f"bytes={1 << 20}-", 206, PDF[1 << 20 :]),
        ("bytes=300000-700000", 206, PDF[300000:700001]),
        ("bytes=99999999-", 416, b""),
        ("lines=1-2", 200, PDF),
        ("bytes=5-1", 200, PDF),
    ):
        answer = await book.client.get(at, headers={"Range": asked})
        assert (answer.status_code, answer.content) == (status, body), asked
    assert (await book.client.get(at, headers={"Range": "bytes=99999999-"})).headers["content-range"] == (
        f"bytes */{len(PDF)}"
    )
    part = {"Range": "bytes=0-0", "If-Range": etag}
    assert (await book.client.get(at, headers=part)).headers["content-range"] == f"bytes 0-0/{len(PDF)}"
    assert (await book.client.get(at, headers={**part, "If-Range": '"other"'})).content == PDF
    assert (await book.client.get(at, headers={**part, "If-None-Match": f"W/{etag}"})).status_code == 304


async def test_a_form_s_file_is_a_document_with_the_fields_beside_it(book: Served, tmp_path: Path) -> None:
    house = await book.made("/properties", title="Haus")
    fields = {"title": "5", "property_id": str(house["id"]), "tags": ["Plan", "2026"], "is_private": "true"}
    answer = await book.client.post(
        "/documents", data=fields, files={"file": ("C:\\Pläne\\Grundriß „1“.pdf", PDF, "application/octet-stream")}
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert {name: made[name] for name in fields} == {**fields, "property_id": house["id"], "is_private": True}
    assert (made["file_name"], made["content_type"]) == ("Grundriß „1“.pdf", "application/pdf")
    content = await book.client.get(f"/documents/{made['id']}/content")
    assert content.content == PDF
    assert content.headers["content-disposition"].endswith("filename*=UTF-8''Grundri%C3%9F%20%E2%80%9E1%E2%80%9C.pdf")
    changed = await book.client.patch(f"/documents/{made['id']}", files={"body": ("b.png", PNG, "image/png")})
    assert (changed.status_code, changed.json()["file_name"], changed.json()["size"]) == (200, "b.png", len(PNG))
    assert changed.json()["title"] == "5"


BAD_FORMS = (
    ({"files": {"file": ("a.pdf", PNG, "image/png")}}, 422, "file_name"),
    ({"files": {"file": ("a.png", PNG, "application/pdf")}}, 422, "content_type"),
    ({"files": {"file": ("a.html", b"<script>alert(1)</script>", "text/html")}}, 422, "body"),
    ({"files": {"other": ("a.png", PNG, "image/png")}}, 422, "file"),
    ({"files": [("file", ("a.png", PNG)), ("body", ("b.png", PNG))]}, 422, "file"),
    ({"files": {"file": ("a.png", PNG)}, "data": {"property_id": "x"}}, 422, "property_id"),
    ({"files": {"file": ("a.png", PNG)}, "data": {"property_id": "999999"}}, 422, "property_id"),
    ({"files": {"file": ("a.png", PNG)}, "data": {"nothing": "x"}}, 422, "nothing"),
    ({"files": {"file": ("a.png", PNG)}, "data": {"title": "\0"}}, 422, "title"),
    ({"files": {"file": ("a.pdf", b"%PDF-" + b"x" * (16 << 20))}}, 413, "body"),
    ({"content": b"--x\r\ncut", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400, ""),
    ({"content": b"{}", "headers": {"Content-Type": "multipart/form-data"}}, 400, ""),
    ({"content": b"", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400, ""),
)


async def test_a_form_that_is_none_or_lies_is_refused(book: Served) -> None:
    for sent, status, path in BAD_FORMS:
        answer = await book.client.post("/documents", **sent)
        assert answer.status_code == status, (sent.keys(), answer.text[:300])
        assert answer.json()["problems"][0]["path"] == path, answer.text[:300]
    assert (await book.client.get("/documents")).json()["data"] == []


async def test_what_is_in_the_trash_keeps_its_body(book: Served) -> None:
    made = await book.made("/documents", body=text(PNG))
    at = f"/documents/{made['id']}"
    await book.client.delete(at)
    assert (await book.client.get(f"{at}/content")).status_code == 404
    await book.client.post(f"{at}/restore")
    assert (await book.client.get(f"{at}/content")).content == PNG


async def test_what_is_refused_leaves_nothing_behind(book: Served, tmp_path: Path) -> None:
    for body, status, path in (
        ({"body": text(PNG), "file_name": "a.pdf"}, 422, "file_name"),
        ({"body": text(b"\x7fELF...."), "file_name": "a.pdf"}, 422, "body"),
        ({"body": "kein base64!"}, 422, "body"),
        ({"body": 5}, 422, "body"),
        ({"body": ""}, 422, "body"),
        ({"body": text(b"%PDF-" + b"x" * (16 << 20))}, 413, "body"),
        ({"body": text(PNG), "title": "\0"}, 422, "title"),
        ({"body": text(PNG), "nothing": 1}, 422, "nothing"),
    ):
        answer = await book.client.post("/documents", json=body)
        assert (answer.status_code, answer.json()["problems"][0]["path"]) == (status, path)
    assert (await book.client.post("/documents", content=b"x" * (25 << 20))).status_code == 413
    assert (await book.client.post("/documents", json=[])).status_code == 422
    assert (await book.client.get("/documents")).json()["data"] == []
    assert bodies(book, tmp_path) == 0
    # A body that has been kept in a file by then may stay there; no row does.
    lost = await book.client.post("/documents", json={"body": text(PNG), "property_id": 999_999})
    assert lost.status_code == 422
    assert (await book.client.get("/documents")).json()["data"] == []


async def test_bodies_that_no_document_has_go_with_the_trash(book: Served, tmp_path: Path) -> None:
    kept, gone, changed = [await book.made("/documents", body=text(PNG + bytes([number]))) for number in range(3)]
    twin = await book.made("/documents", body=text(PNG + bytes([1])))
    await book.client.patch(f"/documents/{changed['id']}", json={"body": text(PDF)})
    await book.client.delete(f"/documents/{gone['id']}")
    async with opened(book.url) as store:
        store.bodies = Bodies(tmp_path / "documents")
        for later, left in ((1, 3), (40, 3)):
            await empty_trash(store, book.account, now=datetime.now(UTC) + timedelta(days=later), actor="trash")
            assert bodies(book, tmp_path) == left
        await book.client.delete(f"/documents/{twin['id']}")
        await empty_trash(store, book.account, now=datetime.now(UTC), actor="trash")
        assert bodies(book, tmp_path) == 3
        await empty_trash(store, book.account, now=datetime.now(UTC) + timedelta(days=40), actor="trash")
        assert bodies(book, tmp_path) == 2
        folder = tmp_path / "documents" / str(book.account.account_id) / "ab"
        folder.mkdir(parents=True, exist_ok=True)
        broken_off, under_way = folder / ".killed", folder / ".writing"
        for file in (broken_off, under_way):
            file.write_bytes(b"half")
        os.utime(broken_off, (0, 0))
        await empty_trash(store, book.account, now=datetime.now(UTC), actor="trash")
        assert (broken_off.exists(), under_way.exists()) == (False, True)
        under_way.unlink()
    for one, body in ((kept, PNG + b"\0"), (changed, PDF)):
        assert (await book.client.get(f"/documents/{one['id']}/content")).content == body
    assert await checked(book, tmp_path) == []


async def test_while_bodies_are_swept_away_nobody_loses_one(book: Served, tmp_path: Path) -> None:
    async with opened(book.url) as store:
        store.bodies = Bodies(tmp_path / "documents")
        for _ in range(8):
            sweeping = asyncio.ensure_future(sweep_bodies(store, book.account.account_id))
            answers = await asyncio.gather(
                *(book.client.post("/documents", json={"body": text(PNG)}) for _ in range(3))
            )
            await sweeping
            for answer in answers:
                at = f"/documents/{answer.json()['id']}"
                assert (await book.client.get(f"{at}/content")).content == PNG
            for answer in answers:
                await book.client.patch(f"/documents/{answer.json()['id']}", json={"body": None})


async def test_many_send_the_same_body_at_once_and_it_is_kept_once(book: Served, tmp_path: Path) -> None:
    answers = await asyncio.gather(*(book.client.post("/documents", json={"body": text(PDF)}) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [201] * 8
    assert bodies(book, tmp_path) == 1
    key = {"Idempotency-Key": "once"}
    first, second = [await book.client.post("/documents", json={"body": text(PNG)}, headers=key) for _ in range(2)]
    assert first.json() == second.json()


async def test_bodies_in_the_database_are_found_after_moving_to_files(sqlite_url: str, tmp_path: Path) -> None:
    async with served(sqlite_url) as book:
        made = await book.made("/documents", body=text(PNG))
        app = build_app(Settings(database_url=sqlite_url, documents_dir=tmp_path / "documents", document_mib=1))
        secret = book.client.headers["Authorization"].removeprefix("Bearer ")
        async with running(app), client(app, secret) as caller:
            assert (await caller.get(f"/documents/{made['id']}/content")).content == PNG
            assert (await caller.post("/documents", json={"body": text(PDF)})).status_code == 413
    async with opened(sqlite_url) as store:
        assert store.bodies.directory is None


async def test_a_damaged_body_is_found_by_check(book: Served, tmp_path: Path) -> None:
    made = await book.made("/documents", body=text(PDF))
    await book.made("/documents", body=text(PNG))
    assert await checked(book, tmp_path) == []
    files = list((tmp_path / "documents").rglob(made["sha256"]))
    if files:
        files[0].write_bytes(PDF[:-1])
    else:
        raw = Raw(book.url)
        spoil = f"UPDATE document_bodies SET part = 7 WHERE part = 0 AND sha256 = '{made['sha256']}' RETURNING part"
        assert raw.rows(spoil, book.account.account_id) == [(7,)]
        raw.close()
    assert await checked(book, tmp_path) == [f"the body {made['sha256']} of a document is damaged"]


async def test_a_file_that_no_document_has_is_found_by_check_and_removed(book: Served, tmp_path: Path) -> None:
    made, trashed = [await book.made("/documents", body=text(body)) for body in (PDF, PNG)]
    await book.client.delete(f"/documents/{trashed['id']}")
    lost = hashlib.sha256(b"lost").hexdigest()
    folder = tmp_path / "documents" / str(book.account.account_id)
    for name, body in ((lost, b"lost"), (hashlib.sha256(b"new").hexdigest(), b"new")):
        write_file(folder / name[:2] / name, body)
    for file in folder.rglob("*"):
        if file.is_file() and file.read_bytes() != b"new":
            os.utime(file, (0, 0))
    assert await checked(book, tmp_path) == [f"the body {lost} is no document's"]
    assert await checked(book, tmp_path, repair=True) == [f"the body {lost} is no document's"]
    assert await checked(book, tmp_path) == []
    assert (await book.client.get(f"/documents/{made['id']}/content")).content == PDF
    await book.client.post(f"/documents/{trashed['id']}/restore")
    assert (await book.client.get(f"/documents/{trashed['id']}/content")).content == PNG


async def checked(book: Served, tmp_path: Path, *, repair: bool = False) -> list[str]:
    """What `onebook check` finds."""
    async with opened(book.url) as store:
        store.bodies = Bodies(tmp_path / "documents")
        found = check_book(store, await accounts(store), repair=repair, told=lambda step, more, total=None: None)
        return [difference.text async for difference in found]


WRITER = """
import sys
from pathlib import Path
from onebook.store.body_files import write_file
import hashlib
print("ready", flush=True)
for number in range(100000):
    body = str(number).encode() * 100000
    write_file(Path(sys.argv[1]) / hashlib.sha256(body).hexdigest(), body)
"""


def test_a_writer_that_is_killed_leaves_whole_files_only(tmp_path: Path) -> None:
    for wait in (0.02, 0.1, 0.3):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "1")], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        try:
            writer.wait(wait)
        except subprocess.TimeoutExpired:
            os.kill(writer.pid, signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL
        writer.stdout.close()
    whole = [file for file in (tmp_path / "1").iterdir() if not file.name.startswith(".")]
    assert whole
    assert all(hashlib.sha256(file.read_bytes()).hexdigest() == file.name for file in whole)
    # What is begun anew where it was cut off is whole.
    place = tmp_path / "1" / hashlib.sha256(PNG).hexdigest()
    write_file(place, PNG)
    assert place.read_bytes() == PNG
