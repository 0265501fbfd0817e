"""The data dump as its clients fetch it: a redirect, then a file with ETag, Range and packing; no key needed for it."""

from __future__ import annotations

import gzip
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from onebook.dialects.propstack.datadump import ALIASES
from onebook.dialects.propstack.dump import TABLES_OF_DUMP
from onebook.http.files import packed_as
from onebook.service.dump import Wanted, write_dump
from onebook.service.dump_links import LIFETIME, signed_until
from onebook.service.dumps import Dump
from tests.book import Book
from tests.callers import ORIGIN, Login, World, base, new_login, world

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Served:
    """The application, whose dumps lie in `folder`, a book in it, and a client of its key."""

    world: World
    book: Book
    client: httpx.AsyncClient
    folder: Path

    async def dump(self, now: datetime = NOW) -> Dump:
        """A dump of the book where the server looks for it."""
        return await write_dump(
            self.book.store, self.book.account, TABLES_OF_DUMP, self.folder, Wanted(), now=now, told=lambda *_: None
        )

    async def link(self, table: str = "contacts") -> str:
        """Where a table's path leads."""
        answer = await self.client.get(f"/datadump/{table}")
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def anybody(self, **headers: str) -> httpx.AsyncClient:
        """A client that shows no key."""
        transport = httpx.ASGITransport(self.world.app, raise_app_exceptions=True)  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=transport, headers=headers, timeout=60)


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    folder = tmp_path / "dumps"
    async with world(database_url, ("Büro & Söhne",), dump_dir=folder) as made, made.client("propstack") as client:
        yield Served(made, made.books[0], client, folder)


async def raw(client: httpx.AsyncClient, url: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer and its body as it came, packed or not."""
    async with client.stream("GET", url, headers=headers) as answer:
        return answer, b"".join([piece async for piece in answer.aiter_raw()])


async def test_before_the_first_dump_there_is_none_and_that_is_said(served: Served) -> None:
    answer = await served.client.get("/datadump/contacts")

    assert answer.status_code == 404
    assert answer.json() == {
        "errors": ["Es gibt noch keinen Datendump: der erste wird in der kommenden Nacht erstellt."]
    }


async def test_a_table_s_path_redirects_to_its_file_which_needs_no_key(served: Served) -> None:
    contact = await served.book.create(last_name="Tango")
    made = await served.dump()
    place = await served.link()

    assert place.startswith(f"{base('propstack')}/datadump/files/")
    assert urlsplit(place).netloc == urlsplit(ORIGIN).netloc
    async with served.anybody() as anybody:
        found = await anybody.get(place)
    assert (found.status_code, found.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert found.content == (made.folder / "contacts.json").read_bytes()
    assert [row["id"] for row in found.json()] == [contact.id]
    # Clients that forward their key to where they are led are served as well.
    assert (await served.client.get("/datadump/contacts", follow_redirects=True)).content == found.content


async def test_every_table_and_every_other_name_is_served(served: Served) -> None:
    await served.dump()
    names = [*(table.name for table in TABLES_OF_DUMP.tables), *ALIASES]

    for name in names:
        assert (await served.client.get(f"/datadump/{name}", follow_redirects=True)).json() is not None
    assert urlsplit(await served.link("contact_sources")).path == urlsplit(await served.link("client_sources")).path


async def test_the_newest_whole_dump_is_served(served: Served) -> None:
    await served.dump(NOW - timedelta(days=1))
    await served.book.create(last_name="Neu")
    newest = await served.dump()
    (served.folder / "Büro & Söhne" / ".unfinished-29990101T000000.000Z").mkdir()
    (served.folder / "Büro & Söhne" / "29990101T000000.000Z").mkdir()  # with no manifest, it is none

    assert newest.folder.name in await served.link()


@pytest.mark.parametrize("scopes", [("contacts:read",), ("datadump:write",)])
async def test_the_dump_has_a_permission_of_its_own(served: Served, scopes: tuple[str, ...]) -> None:
    await served.dump()
    login: Login = await new_login(served.book.store, served.book.account, "propstack", scopes=scopes)
    async with served.anybody(**login.headers) as client:
        answer = await client.get(f"{base('propstack')}/datadump/contacts")

    assert (answer.status_code, answer.json()) == (401, {"errors": ["API-Key besitzt nicht genügend Rechte"]})


async def test_an_unknown_table_is_told_so(served: Served) -> None:
    await served.dump()
    answer = await served.client.get("/datadump/passwords")

    assert (answer.status_code, answer.json()) == (404, {"errors": ["Diese Tabelle gibt es im Datendump nicht."]})


async def test_a_link_that_was_changed_or_is_old_leads_nowhere(served: Served) -> None:
    made = await served.dump()
    place = await served.link()
    path = "/".join((made.folder.parent.name, made.folder.name, "contacts.json"))
    old, signature = signed_until(served.folder, path, NOW - LIFETIME - timedelta(minutes=1))
    plain = place.partition("?")[0]
    wrong = [
        plain,
        f"{place}0",
        place.replace("contacts.json", "brokers.json"),
        place.replace("contacts.json", "manifest.json"),
        place.replace("contacts.json", "..%2Fsecret"),
        place.replace("expires=1", "expires=2"),
        f"{plain}?expires={old}&signature={signature}",
        f"{plain}?expires={'9' * 40}&signature=%ff",
    ]
    async with served.anybody() as anybody:
        for link in wrong:
            answer = await anybody.get(link)
            assert answer.status_code == 404, link
            assert answer.json()["errors"][0] in (
                "Dieser Link ist abgelaufen oder ungültig.",
                "Diesen Pfad gibt es nicht.",
            )


async def test_the_secret_behind_the_links_is_nobody_else_s_to_read(served: Served) -> None:
    await served.dump()
    await served.link()

    assert (served.folder / ".secret").stat().st_mode & 0o077 == 0


async def test_whoever_has_the_file_already_is_told_so(served: Served) -> None:
    await served.dump()
    place = await served.link()
    async with served.anybody() as anybody:
        first, _ = await raw(anybody, place, **{"accept-encoding": "identity"})
        etag = first.headers["etag"]
        for sent in (etag, f'W/{etag}, "other"', "*"):
            again, body = await raw(anybody, place, **{"if-none-match": sent, "accept-encoding": "identity"})
            assert (again.status_code, body, again.headers["etag"]) == (304, b"", etag)
        other, _ = await raw(anybody, place, **{"if-none-match": '"other"', "accept-encoding": "identity"})
    assert other.status_code == 200


async def test_a_part_of_the_file_can_be_fetched(served: Served) -> None:
    for number in range(5):
        await served.book.create(last_name=f"Tango {number}")
    made = await served.dump()
    whole = (made.folder / "contacts.json").read_bytes()
    size = len(whole)
    place = await served.link()
    cases = [
        ("bytes=0-9", 206, whole[:10], f"bytes 0-9/{size}"),
        ("bytes=10-", 206, whole[10:], f"bytes 10-{size - 1}/{size}"),
        ("bytes=-7", 206, whole[-7:], f"bytes {size - 7}-{size - 1}/{size}"),
        (f"bytes=5-{size * 2}", 206, whole[5:], f"bytes 5-{size - 1}/{size}"),
        (f"bytes={size}-", 416, b"", f"bytes */{size}"),
        ("bytes=-0", 416, b"", f"bytes */{size}"),
        ("bytes=9-5", 200, whole, None),
        ("bytes=0-1,4-5", 200, whole, None),
        ("lines=0-1", 200, whole, None),
        ("bytes=x-y", 200, whole, None),
    ]
    async with served.anybody() as anybody:
        for sent, status, expected, told in cases:
            answer, body = await raw(anybody, place, range=sent, **{"accept-encoding": "identity"})
            assert (answer.status_code, body, answer.headers.get("content-range")) == (status, expected, told), sent
            assert answer.headers["accept-ranges"] == "bytes"
        etag = answer.headers["etag"]
        for condition, status in ((etag, 206), ('"other"', 200)):
            answer, _ = await raw(
                anybody, place, range="bytes=0-9", **{"if-range": condition, "accept-encoding": "identity"}
            )
            assert answer.status_code == status


async def test_the_file_comes_packed_as_the_client_likes_it(served: Served) -> None:
    for number in range(50):
        await served.book.create(last_name=f"Tango {number}")
    made = await served.dump()
    whole = (made.folder / "contacts.json").read_bytes()
    place = await served.link()
    tags = set()
    async with served.anybody() as anybody:
        for accepted, packing, unpack in (
            ("gzip", "gzip", gzip.decompress),
            ("zstd, gzip;q=0.5", "zstd", zstd.decompress),
            ("identity", None, bytes),
            ("gzip;q=0, zstd;q=0", None, bytes),
        ):
            answer, body = await raw(anybody, place, **{"accept-encoding": accepted})
            assert answer.headers.get("content-encoding") == packing
            assert answer.headers["vary"] == "Accept-Encoding"
            assert unpack(body) == whole
            tags.add(answer.headers["etag"])
            again, nothing = await raw(
                anybody, place, **{"accept-encoding": accepted, "if-none-match": answer.headers["etag"]}
            )
            assert (again.status_code, nothing) == (304, b"")
        packed = await anybody.head(place, headers={"accept-encoding": "gzip"})
        plain = await anybody.head(place, headers={"accept-encoding": "identity"})
    assert len(tags) == 3
    assert (packed.status_code, packed.content, "content-length" in packed.headers) == (200, b"", False)
    assert plain.headers["content-length"] == str(len(whole))


@pytest.mark.parametrize(
    ("accepted", "packing"),
    [
        ("", None),
        ("gzip, deflate, br", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.9", "gzip"),
        ("*", "zstd"),
        ("*;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("GZIP", "gzip"),
        ("gzip;q=x", None),
        (";;,,", None),
    ],
)
def test_how_the_client_says_what_packing_it_likes(accepted: str, packing: str | None) -> None:
    assert packed_as(accepted) == packing
