"""One caller in one account: what it reads through (`View`) and what it writes through (`Unit`)."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from onebook.model.account import Account, Dialect, Key, Vocabulary
from onebook.store.database import Reader, Store, Transaction
from onebook.store.vocabulary import load_vocabulary

T = TypeVar("T")


def random_token() -> str:
    """24 characters that nobody guesses: what a contact's token and a key's secret are made of."""
    return secrets.token_urlsafe(18).replace("-", "x").replace("_", "y")


@dataclass(slots=True)
class View:
    """The account as it can be read now. `now` is the moment of the request, in UTC."""

    reader: Reader
    vocabulary: Vocabulary
    now: datetime

    @property
    def account(self) -> Account:
        """Whose book it is."""
        return self.vocabulary.account

    @property
    def account_id(self) -> int:
        """The account's number."""
        return self.vocabulary.account.account_id

    @property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return ZoneInfo(self.vocabulary.account.timezone)


@dataclass(slots=True)
class Unit(View):
    """A View that writes: everything done in one Unit is there, or nothing of it is.

    `actor` is who did it (a key's name, a user's address, `cli`), `via` through which dialect or room.
    """

    tx: Transaction
    actor: str
    via: str
    new_token: Callable[[], str]


@dataclass(slots=True)
class Session:
    """What a caller holds for the length of one request, command or job."""

    store: Store
    view: View
    actor: str
    via: str
    key: Key | None = None
    new_token: Callable[[], str] = random_token
    clock: Callable[[], datetime] | None = None
    """What a Unit's `now` is read from once it may write, so that later commits bear later moments; else the view's."""

    @property
    def dialect(self) -> Dialect:
        """The dialect of the key that was presented."""
        return self.key.dialect if self.key else "native"

    async def write(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Run `work` in a transaction that it shares with nobody's failure; it may be run more than once.

        What it returns is on disk. What it raises has undone all it did. `work` must not wait for anything but
        the book, and must not keep the Unit.
        """

        async def run(tx: Transaction) -> T:
            vocabulary = await load_vocabulary(tx, self.store.vocabularies.get(tx.account_id))
            now = self.clock() if self.clock else self.view.now
            return await work(Unit(tx, vocabulary, now, tx, self.actor, self.via, self.new_token))

        return await self.store.write(self.view.account_id, run)
