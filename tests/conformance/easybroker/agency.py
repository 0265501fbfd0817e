"""A Mexican agency whose book is served: an account, its keys, and a client that speaks to it as its callers do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import jsonschema  # type: ignore[import-untyped]

from onebook.app import build_app
from onebook.dialects.easybroker.server import SERVER
from onebook.http.openapi import openapi
from onebook.model.account import Dialect, User
from onebook.model.contact import Contact
from onebook.model.property import Property
from onebook.service.access import create_account, create_key
from onebook.service.contacts import create_contact, get_contacts
from onebook.service.records import create_record
from onebook.service.session import Unit
from onebook.settings import Settings
from onebook.store.open import OpenStore, open_store
from tests.book import START, Book, clock, fill

T = TypeVar("T")
CASES = Path(__file__).parent
HOST = "http://book.test"
BASE = f"{HOST}/easybroker/v1"
PUBLIC_ID = "EB-XXXX01"
DOCUMENT = openapi(SERVER, BASE)
PARTNERS = "/integration_partners/contact_requests"


def case(name: str) -> bytes:
    """One of the vendor's own examples, byte for byte."""
    return (CASES / name).read_bytes().rstrip(b"\n")


def check_documented(reply: httpx.Response) -> None:
    """Fail unless the dialect's OpenAPI document says that this path may answer so."""
    path = reply.request.url.path.removeprefix(SERVER.prefix + SERVER.base).rstrip("/")
    for template, methods in DOCUMENT["paths"].items():
        operation = methods.get(reply.request.method.lower())
        if operation and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            answer = operation["responses"][str(reply.status_code)]
            (media_type,) = answer["content"].values()
            jsonschema.validate(
                reply.json(),
                {**media_type["schema"], "components": DOCUMENT["components"]},
                jsonschema.Draft202012Validator,
                format_checker=jsonschema.FormatChecker(["date-time"]),
            )


class Agency:
    """What a test does with the agency's book, by HTTP and behind it."""

    def __init__(self, store: OpenStore, book: Book, client: httpx.AsyncClient) -> None:
        """`client` reaches the served book."""
        self.store = store
        self.book = book
        self.client = client
        self.key = ""

    async def new_key(self, *scopes: str, name: str = "mi sitio", rate: float = 0) -> str:
        """The secret of a new key."""
        made = await create_key(
            self.store, [self.book.account.account_id], "easybroker", now=START, name=name, scopes=scopes, rate=rate
        )
        return made.secret

    async def call(
        self, method: str, path: str, *, key: str | None = None, country: str | None = None, **more: Any
    ) -> httpx.Response:
        """One request; `path` below the base, or a whole address."""
        headers = {"X-Authorization": self.key if key is None else key, **more.pop("headers", {})}
        if country is not None:
            headers["Country-Code"] = country
        address = path if path.startswith("http") else BASE + path
        reply = await self.client.request(method, address, headers=headers, **more)
        check_documented(reply)
        return reply

    async def get(self, path: str, **more: Any) -> Any:
        """The JSON of a GET that must succeed."""
        reply = await self.call("GET", path, **more)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def write(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Something done behind the API."""
        return await (await self.book.session()).write(work)

    async def add_property(self, **fields: Any) -> Property:
        """A property in the book; the page's own, unless it is said otherwise."""
        prop = Property(**{"title": "Casa en venta", "reference": PUBLIC_ID, **fields})
        return await self.write(lambda unit: create_record(unit, prop))

    async def add_user(self, **fields: Any) -> User:
        """One of the agency's people."""
        return await self.write(lambda unit: create_record(unit, User(**fields)))

    async def add_contact(self, **fields: Any) -> Contact:
        """A contact in the book."""
        return await self.write(lambda unit: create_contact(unit, fill(**fields)))

    async def contacts(self) -> list[Contact]:
        """All contacts, by id."""
        found = await self.book.find(archived=None)
        by_id = await get_contacts(await self.book.view(), found)
        return [by_id[number] for number in found]


@asynccontextmanager
async def agency(
    url: str,
    *,
    name: str = "Inmobiliaria",
    language: str = "es",
    hosts: Mapping[str, Dialect] | None = None,
    now: Callable[[], datetime] | None = None,
) -> AsyncIterator[Agency]:
    """The agency, served for the length of a `with`; its first key may do all but what partners do."""
    now = now or clock()
    app = build_app(Settings(database_url=url, hosts=hosts or {}), now=now)
    async with _running(app):
        store = await open_store(url)
        try:
            account = await create_account(
                store,
                name,
                now=START,
                country="MX",
                language=language,
                timezone="America/Mexico_City",
                customer_id=None,
            )
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport) as client:
                made = Agency(store, Book(store, account, now), client)
                made.key = await made.new_key()
                yield made
        finally:
            await store.close()


@asynccontextmanager
async def _running(app: Any) -> AsyncIterator[None]:
    """The application between its start-up and its shut-down, as a server runs it."""
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}}, heard.get, said.put))
    await heard.put({"type": "lifespan.startup"})
    answer = await said.get()
    assert answer["type"] == "lifespan.startup.complete", answer
    try:
        yield
    finally:
        await heard.put({"type": "lifespan.shutdown"})
        await said.get()
        await task
