"""A book of any size, written through the product's own store, so that every derived row is as it is in real life."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import TypeVar

from msgspec.structs import replace

import onebook
from onebook.demo.houses import properties
from onebook.demo.lists import CUSTOM_FIELDS, REASONS, SOURCES, STATUSES, TAGS, USERS
from onebook.demo.people import Lists, MadeUp
from onebook.model.account import Account, Record, Tag
from onebook.model.contact import Contact
from onebook.model.normal import phone_e164
from onebook.service.access import create_account, open_session
from onebook.service.records import create_record
from onebook.service.session import Unit
from onebook.store.contacts import save_contact
from onebook.store.database import Store, Transaction, next_id
from onebook.store.open import open_store
from onebook.store.sqlite import SqliteStore
from tests.bench.people import crowd

T = TypeVar("T")
ACCOUNT = "bench"
SEED = 20
NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
"""The book's moment; a fixed one, so that a kept database and a fresh one are alike."""
YEARS = timedelta(days=3 * 365)
BATCH = 20_000
"""So many contacts a transaction: keys are spread over the whole index, so that small ones write each page again."""
BULK = "PRAGMA cache_size = -1500000; PRAGMA wal_autocheckpoint = 40000; PRAGMA synchronous = OFF"
"""For the filling only, where an interruption means to begin again."""
PROPERTIES = 500
MADE_OF = (
    "store/migrations",
    "store/keys.py",
    "model/normal.py",
    "demo/people.py",
    "demo/names.py",
    "demo/places.py",
    "demo/lists.py",
    "demo/houses.py",
)
TELL_EVERY = 500
Told = Callable[[int], None]


def fingerprint() -> str:
    """A few characters that change when a filled database would come out otherwise."""
    root = Path(onebook.__file__).parent
    sources = [Path(__file__), Path(__file__).with_name("people.py")]
    for part in MADE_OF:
        place = root / part
        sources += sorted(place.iterdir()) if place.is_dir() else [place]
    digest = hashlib.sha256()
    for source in sources:
        if source.is_file():
            digest.update(source.read_bytes())
    return digest.hexdigest()[:10]


async def fill(url: str, rows: int, told: Told) -> None:
    """Make the account in an empty database and put `rows` contacts in; `told` hears how many there are."""
    store = await open_store(url)
    if isinstance(store, SqliteStore):
        store.write_connection.execute(BULK).fetchall()  # one by one, as it is read
    try:
        account = await create_account(
            store, ACCOUNT, now=NOW - YEARS, country="DE", language="de", timezone="Europe/Berlin", customer_id=None
        )
        lists = await _write(store, account, _fill_lists)
        random = Random(SEED)
        ids: list[int] = []
        for batch in _batches(crowd(random, rows, now=NOW, lists=lists), BATCH):
            ids += await store.write(account.account_id, _save(batch, ids, rows, random.getrandbits(64), told))
        houses = properties(random, min(PROPERTIES, rows), now=NOW, agents=lists.users, owners=ids)
        for some in _batches(houses, 50):
            await _write(store, account, _creating(some))
    finally:
        await store.close()


async def _write(store: Store, account: Account, work: Callable[[Unit], Awaitable[T]]) -> T:
    session = await open_session(store, account, now=NOW - YEARS, actor=ACCOUNT, via="import")
    return await session.write(work)


async def _fill_lists(unit: Unit) -> Lists:
    tags = [Tag(name=name) for names in TAGS.values() for name in names]
    await _create(unit, CUSTOM_FIELDS)
    return Lists(
        users=await _create(unit, USERS),
        sources=await _create(unit, SOURCES),
        statuses=await _create(unit, STATUSES),
        reasons=await _create(unit, REASONS),
        tags=await _create(unit, tags),
        custom=True,
    )


async def _create(unit: Unit, records: Sequence[Record]) -> list[int]:
    return [(await create_record(unit, record)).id for record in records]


def _creating(records: Sequence[Record]) -> Callable[[Unit], Awaitable[list[int]]]:
    async def work(unit: Unit) -> list[int]:
        return await _create(unit, records)

    return work


def _save(
    batch: Sequence[MadeUp], earlier: Sequence[int], rows: int, seed: int, told: Told
) -> Callable[[Transaction], Awaitable[list[int]]]:
    async def work(tx: Transaction) -> list[int]:
        random = Random(seed)
        ids: list[int] = []
        for one in batch:
            position = len(earlier) + len(ids)
            parent = one.parent
            parent_id = None if parent is None else earlier[parent] if parent < len(earlier) else None
            if parent is not None and parent_id is None:
                parent_id = ids[parent - len(earlier)]
            contact = replace(
                one.contact,
                id=await next_id(tx),
                parent_id=parent_id,
                phones=tuple(replace(phone, e164=phone_e164(phone.number, "DE")) for phone in one.contact.phones),
                token=f"{random.getrandbits(96):024x}",
                version=1,
                created_at=NOW - YEARS * (1 - position / rows),
                updated_at=NOW - YEARS * (1 - position / rows),
            )
            ids.append(contact.id)
            await _keep(tx, contact)
            if len(ids) % TELL_EVERY == 0:
                told(position)
        return ids

    return work


async def _keep(tx: Transaction, contact: Contact) -> None:
    await save_contact(tx, None, contact, country="DE", actor=ACCOUNT, via="import", action="created")


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch
