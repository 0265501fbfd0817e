"""The served book for tests of the native API: the whole application in this process, and a client with a key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from onebook.app import build_app
from onebook.http.asgi import Application, Message, Scope
from onebook.model.account import Account
from onebook.service.access import create_key
from onebook.settings import Settings
from onebook.store.open import open_store
from tests.book import START, new_account


@dataclass(frozen=True)
class Served:
    """An application under way, its account, and a client whose key may do everything natively."""

    client: httpx.AsyncClient
    account: Account
    app: Application
    url: str

    async def made(self, path: str, **fields: Any) -> dict[str, Any]:
        """What a POST of `fields` makes."""
        answer = await self.client.post(path, json=fields)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def ids(self, query: str = "") -> list[int]:
        """The ids of one page of the list of contacts."""
        answer = await self.client.get(f"/contacts?{query}")
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json()["data"]]

    async def walked(self, query: str = "", path: str = "/contacts") -> list[list[dict[str, Any]]]:
        """Every page of a list."""
        pages: list[list[dict[str, Any]]] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = await self.client.get(f"{path}?{query}{cursor and '&cursor=' + cursor}")
            assert answer.status_code == 200, answer.text
            pages.append(answer.json()["data"])
            cursor = answer.json()["next_cursor"]
        return pages

    async def client_of(self, *scopes: str, dialect: Any = "native", name: str | None = None) -> httpx.AsyncClient:
        """Another client with a key of its own."""
        store = await open_store(self.url)
        try:
            key = await create_key(
                store, [self.account.account_id], dialect, now=START, scopes=scopes, rate=0, name=name
            )
        finally:
            await store.close()
        return client(self.app, key.secret)


def client(app: Application, secret: str) -> httpx.AsyncClient:
    """A client of the native API with this key."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://onebook.test/api/v1",
        headers={"Authorization": f"Bearer {secret}"},
        timeout=120,
    )


@asynccontextmanager
async def served(url: str, *, now: Callable[[], datetime] | None = None) -> AsyncIterator[Served]:
    """The book at `url` with one account, served for the length of a `with`."""
    store = await open_store(url)
    account = await new_account(store)
    key = await create_key(store, [account.account_id], "native", now=START, rate=0, name="tester")
    await store.close()
    app = build_app(Settings(database_url=url), now=now or (lambda: datetime.now(UTC)))
    async with running(app), client(app, key.secret) as caller:
        yield Served(caller, account, app, url)


@asynccontextmanager
async def running(app: Application) -> AsyncIterator[None]:
    """The application started, and stopped at the end (ASGI lifespan)."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
    task = asyncio.ensure_future(app(scope, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    try:
        yield
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        assert (await outbox.get())["type"] == "lifespan.shutdown.complete"
        await task
