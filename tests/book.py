"""A book for tests: a database opened, an account in it, and somebody who reads and writes there."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from onebook.model.account import Account, Vocabulary
from onebook.model.contact import Contact, Email, Phone
from onebook.model.query import ContactQuery, Page
from onebook.service.access import create_account, open_session
from onebook.service.contacts import (
    Edit,
    change_contact,
    create_contact,
    find_contacts,
    remove_contact,
    restore_contact,
)
from onebook.service.session import Session, View
from onebook.store.open import OpenStore, open_store
from onebook.store.vocabulary import current_vocabulary

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
"""When the tests' time begins."""
ALL = Page(limit=10_000)
"""A page that holds every contact of a test."""


def clock() -> Callable[[], datetime]:
    """A clock that moves on by a second each time it is looked at."""
    seconds = itertools.count()
    return lambda: START + timedelta(seconds=next(seconds))


@asynccontextmanager
async def opened(url: str, pool_size: int = 8) -> AsyncIterator[OpenStore]:
    """The database at `url`, open for the length of a `with`."""
    store = await open_store(url, pool_size)
    try:
        yield store
    finally:
        await store.close()


async def new_account(store: OpenStore, name: str = "Agentur", country: str = "DE") -> Account:
    """A new account in the book."""
    return await create_account(
        store, name, now=START, country=country, language="de", timezone="Europe/Berlin", customer_id=None
    )


class Book:
    """One account as somebody sees it who works in it; each command is a transaction of its own."""

    def __init__(self, store: OpenStore, account: Account, now: Callable[[], datetime] | None = None) -> None:
        """`now` answers the moment of each command."""
        self.store = store
        self.account = account
        self._now = now or clock()

    async def session(self) -> Session:
        """A fresh session, as every request has one."""
        return await open_session(self.store, self.account, now=self._now(), actor="tester", via="native")

    async def view(self) -> View:
        """The account as it is now."""
        vocabulary = await current_vocabulary(self.store, self.account.account_id)
        return View(self.store.reader(self.account.account_id), vocabulary, self._now())

    async def create(self, edit: Edit | None = None, **fields: Any) -> Contact:
        """A new contact with these fields."""
        return await (await self.session()).write(lambda unit: create_contact(unit, edit or fill(**fields)))

    async def change(self, contact_id: int, edit: Edit | None = None, **fields: Any) -> Contact:
        """The contact with these fields in place of its own."""
        session = await self.session()
        return await session.write(lambda unit: change_contact(unit, contact_id, edit or fill(**fields)))

    async def remove(self, contact_id: int) -> Contact:
        """The contact put into the trash."""
        return await (await self.session()).write(lambda unit: remove_contact(unit, contact_id))

    async def restore(self, contact_id: int) -> Contact:
        """The contact taken out of the trash."""
        return await (await self.session()).write(lambda unit: restore_contact(unit, contact_id))

    async def find(self, page: Page = ALL, **query: Any) -> list[int]:
        """The ids of the contacts that a query finds, in its order."""
        found = await find_contacts(await self.view(), ContactQuery(**query), page)
        return [contact.id for contact in found]


@asynccontextmanager
async def new_book(url: str, country: str = "DE") -> AsyncIterator[Book]:
    """A book with one account, open for the length of a `with`."""
    async with opened(url) as store:
        yield Book(store, await new_account(store, country=country))


def fill(**fields: Any) -> Edit:
    """The edit that sets these fields."""

    def edit(contact: Contact, _: Vocabulary) -> Contact:
        return replace(contact, **fields)

    return edit


def emails(*addresses: str) -> tuple[Email, ...]:
    """E-mail addresses of a contact."""
    return tuple(Email(address=address) for address in addresses)


def phones(*numbers: str) -> tuple[Phone, ...]:
    """Phone numbers of a contact."""
    return tuple(Phone(number=number) for number in numbers)
