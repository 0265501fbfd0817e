"""Propstack's documents: filed with a contact or a property, their bodies in base64, shown with the contact."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conformance.propstack.served import Served, served


def pixel() -> bytes:
    """A picture of one point."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0\xff\x88\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PNG = pixel()
TEXT = base64.b64encode(PNG).decode()


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it


async def filed(book: Served, **document: Any) -> dict[str, Any]:
    """A document, as the POST answers it."""
    answer = await book.http.post("/documents", json={"document": {"doc": TEXT, **document}})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_document_is_filed_and_its_file_comes_back_as_it_was(book: Served) -> None:
    client = await book.post(last_name="Tango")
    made = await filed(book, client_id=str(client), title="plan.png", tags=["Grundriss"], is_floorplan=True)

    assert (made["title"], made["name"], made["tags"], made["client_id"]) == ("plan.png",) * 2 + (["Grundriss"], client)
    assert (made["content_type"], made["file_size"]) == ("image/png", len(PNG))
    assert len(made["token"]) == 24
    file = await book.http.get(made["url"])
    assert (file.content, file.headers["content-type"]) == (PNG, "image/png")
    known = await book.http.get(made["url"], headers={"If-None-Match": file.headers["etag"]})
    assert known.status_code == 304

    assert (await book.http.get(f"/documents/{made['id']}")).json() == made
    assert (await book.get(client))["documents"] == [made]
    listed = (await book.http.get("/documents", params={"client": client})).json()
    assert listed == {"documents": [made], "meta": {"total_count": 1}}


async def test_documents_are_found_by_what_they_are_filed_with_and_by_tag(book: Served) -> None:
    flat = (await book.http.post("/units", json={"property": {"title": "Haus"}})).json()["id"]
    first = await filed(book, property_id=flat, title="a", tags=["Grundriss", "Alt"])
    second = await filed(book, title="b", tags=["grundriss"])

    async def ids(**params: Any) -> list[int]:
        return [row["id"] for row in (await book.http.get("/documents", params=params)).json()["documents"]]

    assert await ids() == [first["id"], second["id"]]
    assert await ids(property=flat) == [first["id"]]
    assert await ids(tag="GRUNDRISS") == [first["id"], second["id"]]
    assert await ids(order_by="created_at,desc", per=1) == [second["id"]]
    assert (await book.http.get("/documents/tags")).json() == [{"name": "Alt"}, {"name": "Grundriss"}]


async def test_a_put_changes_what_it_names_and_takes_another_file(book: Served) -> None:
    made = await filed(book, title="plan", is_private=True)

    answer = await book.http.put(f"/documents/{made['id']}", json={"document": {"title": "Plan 2"}})
    assert answer.json() == {**made, "title": "Plan 2", "updated_at": answer.json()["updated_at"]}
    pdf = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    doc = "data:application/pdf;base64," + base64.b64encode(pdf).decode()
    await book.http.put(f"/documents/{made['id']}", json={"document": {"doc": doc, "name": "plan.pdf"}})
    file = await book.http.get(made["url"])
    assert (file.content, file.headers["content-type"]) == (pdf, "application/pdf")

    assert (await book.http.delete(f"/documents/{made['id']}")).json() == {"ok": True, "id": made["id"]}
    assert (await book.http.get(made["url"])).status_code == 404


async def test_what_is_no_document_is_refused_and_nothing_is_filed(book: Served) -> None:
    bad: list[tuple[dict[str, Any], str]] = [
        ({"title": "x"}, "doc muss ausgefüllt sein"),
        ({"doc": 5}, "doc muss ein Text sein"),
        ({"doc": "%%%"}, "doc hat den falschen Typ"),
        ({"doc": TEXT, "client_id": 99}, "client_id existiert nicht"),
        ({"doc": TEXT, "tags": "x"}, "tags muss eine Liste sein"),
    ]
    for document, text in bad:
        assert await book.refused("POST", "/documents", json={"document": document}) == (422, [text])
    lying = {"doc": f"data:application/pdf;base64,{TEXT}", "name": "plan.pdf"}
    program = {"doc": base64.b64encode(b"MZ" + b"\0" * 200).decode(), "name": "x.exe"}
    for document in (lying, program):
        status, texts = await book.refused("POST", "/documents", json={"document": document})
        assert status == 422
        assert texts
    large = {"doc": base64.b64encode(PNG + b"\0" * (16 << 20)).decode()}
    assert (await book.refused("POST", "/documents", json={"document": large}))[0] == 413
    assert (await book.http.get("/documents")).json()["meta"] == {"total_count": 0}
