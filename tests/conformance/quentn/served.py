"""The served book as a client of the vendor's API meets it: an HTTP client with a key, and the book behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx

from onebook.app import build_app
from onebook.http.asgi import Application
from onebook.model.account import Record
from onebook.model.contact import Contact
from onebook.service.access import create_key
from onebook.service.contacts import get_contact
from onebook.service.records import create_record
from onebook.settings import Settings
from onebook.store.open import OpenStore
from tests.book import START, Book, new_account, opened
from tests.callers import running

R = TypeVar("R", bound=Record)
BASE = "http://book.example/quentn/public/api/V1"


@dataclass
class Clock:
    """The server's clock: it stands still until the test moves it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@dataclass
class Served:
    """`book` works on the same database beside the server; `app` is the server itself."""

    http: httpx.AsyncClient
    book: Book
    app: Application
    clock: Clock = field(default_factory=Clock)

    async def client(self, *scopes: str, rate: float = 0, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        """Another client, with a key of its own, or with these headers instead."""
        shown = headers if headers is not None else {"Authorization": f"Bearer {await secret(self.book, scopes, rate)}"}
        return client_of(self.app, shown)

    async def ask(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """The JSON that one request is answered with."""
        answer = await self.http.request(method, path, **({} if body is None else {"json": body}))
        assert answer.status_code == status, (answer.status_code, answer.text)
        assert answer.headers["content-type"] == "application/json"
        found = answer.json()
        if status != 200:
            assert found["error"] is True, found
            assert found["message"]
            assert found.keys() == {"error", "message"}
        return found

    async def post(self, *, status: int = 200, options: dict[str, Any] | None = None, **contact: Any) -> Any:
        """POST contact; answers its id, or where another status is expected the error's message."""
        found = await self.ask("POST", "/contact", {"contact": contact, **(options or {})}, status=status)
        return found["id"] if status == 200 else found["message"]

    async def get(self, contact_id: int, *names: str) -> dict[str, Any]:
        """GET contact/<id>."""
        path = f"/contact/{contact_id}" + (f"?fields={','.join(names)}" if names else "")
        found: dict[str, Any] = await self.ask("GET", path)
        return found

    async def stored(self, contact_id: int) -> Contact:
        """The contact as it is kept."""
        return await get_contact(await self.book.view(), contact_id)

    async def record(self, record: R) -> R:
        """A record made beside the server."""
        return await (await self.book.session()).write(lambda unit: create_record(unit, record))

    async def count(self) -> int:
        """How many contacts there are."""
        return len(await self.book.find(archived=None))


async def secret(book: Book, scopes: Sequence[str] = (), rate: float = 0) -> str:
    """The secret of a new key."""
    made = await create_key(book.store, [book.account.account_id], "quentn", now=START, scopes=scopes, rate=rate)
    return made.secret


def client_of(app: Application, headers: dict[str, str]) -> httpx.AsyncClient:
    """A client in this process."""
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers, timeout=120)


@asynccontextmanager
async def served(url: str, account: Callable[[OpenStore], Any] = new_account) -> AsyncIterator[Served]:
    """The book at `url` with one account, served for the length of a `with`."""
    async with opened(url) as store:
        clock = Clock()
        book = Book(store, await account(store), now=clock)
        app = build_app(Settings(database_url=url), now=clock)
        async with running(app), client_of(app, {"Authorization": f"Bearer {await secret(book)}"}) as http:
            yield Served(http, book, app, clock)
