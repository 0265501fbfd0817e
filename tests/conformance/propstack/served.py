"""The served book as a client of the vendor's API meets it: an HTTP client with a key, and the book behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import httpx

from onebook.app import build_app
from onebook.http.asgi import Application, Message
from onebook.model.account import Dialect, Record
from onebook.service.access import create_key
from onebook.service.records import create_record
from onebook.settings import Settings
from onebook.store.open import OpenStore
from tests.book import START, Book, clock, new_account, opened

R = TypeVar("R", bound=Record)
BASE = "http://book.example/propstack/v1"


@dataclass(frozen=True, slots=True)
class Served:
    """`book` works on the same database beside the server; `app` is the server itself."""

    http: httpx.AsyncClient
    book: Book
    app: Application

    async def client(
        self, *, scopes: Sequence[str] = (), dialect: Dialect = "propstack", rate: float = 0, book: Book | None = None
    ) -> httpx.AsyncClient:
        """Another client, with a key of its own."""
        return client_of(self.app, await secret(book or self.book, scopes=scopes, dialect=dialect, rate=rate))

    async def post(self, **client: Any) -> int:
        """POST a contact; answers its id."""
        answer = await self.http.post("/contacts", json={"client": client})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["id"])

    async def get(self, contact_id: int | str, **params: Any) -> dict[str, Any]:
        """GET a contact."""
        answer = await self.http.get(f"/contacts/{contact_id}", params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def put(self, contact_id: int | str, **client: Any) -> dict[str, Any]:
        """PUT some keys; answers the whole contact."""
        answer = await self.http.put(f"/contacts/{contact_id}", json={"client": client})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def add(self, record: R) -> R:
        """Write a tag, a source, a property, …; answers it with its id."""
        return await (await self.book.session()).write(lambda unit: create_record(unit, record))

    async def refused(self, method: str, path: str, **request: Any) -> tuple[int, list[str]]:
        """A request that is refused; its status and errors."""
        answer = await self.http.request(method, path, **request)
        assert list(answer.json()) == ["errors"], answer.text
        return answer.status_code, answer.json()["errors"]

    async def ids(self, query: str = "") -> list[int]:
        """The ids that a list shows."""
        answer = await self.http.get(f"/contacts?{query}")
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json()]


async def secret(book: Book, *, scopes: Sequence[str] = (), dialect: Dialect = "propstack", rate: float = 0) -> str:
    """A new key of the account."""
    made = await create_key(
        book.store, [book.account.account_id], dialect, now=START, name=None, scopes=scopes, rate=rate
    )
    return made.secret


def client_of(app: Application, key: str) -> httpx.AsyncClient:
    """An HTTP client that shows `key`."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=True),
        base_url=BASE,
        headers={"X-API-KEY": key},
    )


@asynccontextmanager
async def served(url: str, now: Callable[[], datetime] | None = None) -> AsyncIterator[Served]:
    """A server on the database at `url`, with one account and a client of it."""
    store: OpenStore
    async with opened(url) as store:
        ticks = now or clock()
        book = Book(store, await new_account(store), ticks)
        async with (
            started(build_app(Settings(database_url=url), now=ticks)) as app,
            client_of(app, await secret(book)) as http,
        ):
            yield Served(http, book, app)


@asynccontextmanager
async def started(app: Application) -> AsyncIterator[Application]:
    """`app` between its start and its stop, as an ASGI server brings them about."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()

    async def run() -> None:
        await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, inbox.get, outbox.put)

    task = asyncio.create_task(run())
    await inbox.put({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    try:
        yield app
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        await task
