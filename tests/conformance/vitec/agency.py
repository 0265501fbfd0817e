"""A Swedish agency whose book is served in Vitec's words: two accounts that one login opens, one that it does not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
from lxml import etree

from onebook.app import build_app
from onebook.http.asgi import Application
from onebook.model.account import Account, Tag, User
from onebook.model.contact import Contact
from onebook.service.access import NewKey, change_settings, create_account, create_key
from onebook.service.contacts import create_contact
from onebook.service.records import create_record
from onebook.service.session import Unit
from onebook.settings import Settings
from onebook.store.contacts import read_contact
from onebook.store.open import OpenStore, open_store
from tests.book import START, Book, fill
from tests.native import running

T = TypeVar("T")
CASES = Path(__file__).parent
CUSTOMER = "M30011"
OTHER = "Nacka/Älta, nr 2"
FOREIGN = "M666"
CRM = "http://schemas.datacontract.org/2004/07/Vitec.Housing.Connect.Api.Models.Contact.Crm"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
SPACES = {
    "c": CRM,
    "i": INSTANCE,
    "m": "http://schemas.datacontract.org/2004/07/Vitec.Housing.Connect.Api.Models",
    "k": "http://schemas.datacontract.org/2004/07/Vitec.Housing.Connect.Api.Models.Category",
    "a": "http://schemas.microsoft.com/2003/10/Serialization/Arrays",
    "s": "http://schemas.microsoft.com/2003/10/Serialization/",
}
"""The namespaces of the vendor's XML, for XPath."""


def case(name: str) -> str:
    """One of the vendor's own examples, as it stands on its page."""
    return (CASES / name).read_text(encoding="utf-8").strip()


def parsed(text: str | bytes) -> Any:
    """An XML answer, read by lxml."""
    return etree.fromstring(text.encode() if isinstance(text, str) else text)


def texts(document: Any, path: str) -> list[str]:
    """What an XPath finds, as texts."""
    return [found if isinstance(found, str) else found.text or "" for found in document.xpath(path, namespaces=SPACES)]


class Agency:
    """The book at `url`, served; `client` speaks with the login's name and password."""

    def __init__(self, store: OpenStore, app: Application, accounts: dict[str, Account], login: NewKey) -> None:
        """Made by `agency`."""
        self.store = store
        self.app = app
        self.accounts = accounts
        self.login = login
        self.client = self.caller(login)

    def caller(self, login: NewKey | None) -> httpx.AsyncClient:
        """A client with this login."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(cast(Any, self.app)),
            base_url="http://book.test/vitec",
            auth=httpx.BasicAuth(login.username, login.secret) if login else None,
            timeout=120,
        )

    async def key(self, *scopes: str, customer: str = CUSTOMER) -> NewKey:
        """A further login."""
        ids = [self.accounts[customer].account_id]
        return await create_key(self.store, ids, "vitec", now=START, scopes=scopes, rate=0)

    def book(self, customer: str = CUSTOMER) -> Book:
        """The book of a customer, for those who work in it without the dialect."""
        return Book(self.store, self.accounts[customer])

    async def write(self, work: Callable[[Unit], Awaitable[T]], customer: str = CUSTOMER) -> T:
        """Something done in one transaction."""
        return await (await self.book(customer).session()).write(work)

    async def contact(self, customer: str = CUSTOMER, **fields: Any) -> Contact:
        """A new contact with these fields."""
        return await self.write(lambda unit: create_contact(unit, fill(**fields)), customer)

    async def stored(self, contact_id: int | str, customer: str = CUSTOMER) -> Contact:
        """The contact as it is kept."""
        view = await self.book(customer).view()
        contact = await read_contact(view.reader, int(contact_id))
        assert contact is not None
        return contact

    async def tag(self, name: str, **fields: Any) -> Tag:
        """A new tag."""
        return await self.write(lambda unit: create_record(unit, Tag(name=name, **fields)))

    async def user(self, name: str) -> User:
        """A new user."""
        return await self.write(lambda unit: create_record(unit, User(last_name=name)))

    async def settings(self, **chosen: str) -> None:
        """Let the account choose settings of this dialect."""
        await change_settings(self.store, self.accounts[CUSTOMER], {f"vitec.{key}": one for key, one in chosen.items()})

    async def get(self, path: str, status: int = 200, **options: Any) -> Any:
        """The JSON of a GET."""
        answer = await self.client.get(path, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def get_xml(self, path: str, status: int = 200) -> Any:
        """The XML of a GET, parsed."""
        answer = await self.client.get(path, headers={"Accept": "application/xml"})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/xml; charset=utf-8"
        return parsed(answer.content)

    async def person(self, status: int = 200, **body: Any) -> Any:
        """The answer to an UpdatePerson."""
        answer = await self.client.post("/Contacts/UpdatePerson", json={"customerId": CUSTOMER, **body})
        assert answer.status_code == status, answer.text
        return answer.json()

    async def company(self, status: int = 200, **body: Any) -> Any:
        """The answer to an UpdateCompany."""
        answer = await self.client.post("/Contacts/UpdateCompany", json={"customerId": CUSTOMER, **body})
        assert answer.status_code == status, answer.text
        return answer.json()


@asynccontextmanager
async def agency(url: str, now: Callable[[], datetime] | None = None) -> AsyncIterator[Agency]:
    """The book at `url` served for the length of a `with`."""
    store = await open_store(url)
    accounts = {}
    for name, customer in (("Nord", CUSTOMER), ("Nacka", OTHER), ("Andra", FOREIGN)):
        accounts[customer] = await create_account(
            store, name, now=START, country="SE", language="sv", timezone="Europe/Stockholm", customer_id=customer
        )
    opened = [accounts[customer].account_id for customer in (CUSTOMER, OTHER)]
    login = await create_key(store, opened, "vitec", now=START, rate=0, name="portal")
    app = build_app(Settings(database_url=url), now=now or (lambda: datetime.now(UTC)))
    async with running(app):
        try:
            yield Agency(store, app, accounts, login)
        finally:
            await store.close()
