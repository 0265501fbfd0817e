"""Callers of every dialect alike: how each presents its key is read from what the dialect says of itself."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from onebook.app import build_app
from onebook.dialects import servers
from onebook.http.asgi import Application, Message, Scope
from onebook.http.route import DialectServer, Route
from onebook.model.account import LOGINS, Account, Dialect
from onebook.service.access import SCOPES, create_key
from onebook.settings import Settings
from onebook.store.open import OpenStore, open_store
from tests.book import START, Book, new_account

DIALECTS: Mapping[Dialect, DialectServer] = {server.name: server for server in servers()}
ORIGIN = "http://onebook.test"


@dataclass(frozen=True)
class Login:
    """One key of one dialect: its secret, and the user name where the dialect has one."""

    dialect: Dialect
    username: str
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        """What a request presents the key with."""
        for scheme in DIALECTS[self.dialect].security.values():
            if scheme["type"] == "http" and scheme["scheme"] == "bearer":
                return {"Authorization": f"Bearer {self.secret}"}
            if scheme["type"] == "http":
                pair = base64.b64encode(f"{self.username}:{self.secret}".encode()).decode()
                return {"Authorization": f"Basic {pair}"}
            if scheme["type"] == "apiKey" and scheme["in"] == "header":
                return {scheme["name"]: self.secret}
        raise LookupError(f"nobody knows how {self.dialect} takes its key")


CUSTOMER = "{customerId}"
"""Where a dialect's paths name the account, which of those that the login opens."""
_HEADERS = {"Country-Code": "MX"}


def path_of(route: Route, account: Account, ids: Callable[[str], str] = lambda name: "1") -> str:
    """The route's path with the account's customer id in it, and for every other name what `ids` gives."""
    path = route.path.replace(CUSTOMER, account.customer_id)
    return re.sub(r"\{(\w+)\}", lambda match: ids(match[1]), path)


def header_of(route: Route) -> dict[str, str]:
    """The headers, beside the key, that the route cannot do without."""
    return {param.name: _HEADERS[param.name] for param in route.params if param.where == "header" and param.required}


def base(dialect: Dialect, origin: str = ORIGIN) -> str:
    """Where the dialect answers."""
    server = DIALECTS[dialect]
    return f"{origin}{server.prefix}{server.base}"


async def new_login(
    store: OpenStore, account: Account, dialect: Dialect, *, scopes: Sequence[str] = tuple(SCOPES), rate: float = 0
) -> Login:
    """A new key of the account."""
    made = await create_key(store, [account.account_id], dialect, now=START, rate=rate, scopes=scopes)
    assert (dialect in LOGINS) == (made.key.dialect in LOGINS)
    return Login(dialect, made.username, made.secret)


@dataclass(frozen=True)
class World:
    """A database with accounts in it, and for each a key of every dialect that is served."""

    url: str
    books: tuple[Book, ...]
    logins: tuple[Mapping[Dialect, Login], ...]
    app: Application | None = None

    def client(
        self, dialect: Dialect, account: int = 0, *, extra: Mapping[str, str] | None = None
    ) -> httpx.AsyncClient:
        """A client in this process of the dialect, with the key of one of the accounts, and with `extra` headers."""
        assert self.app is not None
        headers = {**self.logins[account][dialect].headers, **(extra or {})}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url=base(dialect), headers=headers, timeout=60)


async def prepared(store: OpenStore, names: Sequence[str] = ("Eins", "Zwei")) -> World:
    """Accounts of these names and their keys, in an empty database."""
    books, logins = [], []
    for name in names:
        account = await new_account(store, name)
        books.append(Book(store, account))
        logins.append({dialect: await new_login(store, account, dialect) for dialect in DIALECTS})
    return World(store.url, tuple(books), tuple(logins))


@asynccontextmanager
async def world(url: str, names: Sequence[str] = ("Eins", "Zwei"), **settings: Any) -> AsyncIterator[World]:
    """The whole application in this process, on an empty database, with accounts and keys."""
    store = await open_store(url)
    try:
        made = await prepared(store, names)
        app = build_app(Settings(database_url=url, **settings))
        async with running(app):
            yield replace(made, app=app)
    finally:
        await store.close()


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
