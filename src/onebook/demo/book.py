"""The demo book: an account of its own, filled through the same services as everybody's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import TypeVar

from msgspec.structs import replace

from onebook.demo import office
from onebook.demo.houses import leads, properties
from onebook.demo.lists import CUSTOM_FIELDS, REASONS, SOURCES, STATUSES, TAGS, USERS
from onebook.demo.office import Office
from onebook.demo.paper import one_page
from onebook.demo.people import Lists, MadeUp, people
from onebook.matching.decision import Candidate
from onebook.model.account import Account, Record, Tag, TagGroup, User, Vocabulary
from onebook.model.contact import Contact
from onebook.model.deal import DealPipeline
from onebook.model.document import Document
from onebook.model.organisation import Team
from onebook.model.property import Property
from onebook.service.access import create_account, open_session
from onebook.service.contacts import Edit, change_contact, create_contact
from onebook.service.documents import Body, take_body, with_body
from onebook.service.duplicates import candidates, note_pair
from onebook.service.records import change_record, create_record
from onebook.service.session import Session, Unit
from onebook.store.database import Store

T = TypeVar("T")
R = TypeVar("R", bound=Record)
DEMO = "demo"
"""What the account is called."""

_BATCH = 25
_AGE = timedelta(days=400)
_PROPERTIES, _LEADS, _PAIRS = 24, 40, 3
Told = Callable[[int], None]


async def fill_demo(
    store: Store, *, now: datetime, random: Random, count: int = 500, told: Told = lambda more: None
) -> Account:
    """Make the account `demo` in an empty book and fill it: `count` contacts, and rows in every other table.

    The same `random` makes the same book, except for tokens, which nobody may guess. `told` hears how many contacts
    more are in. Raises Conflict where there is an account of this name.
    """
    account = await create_account(
        store, DEMO, now=now - _AGE, country="DE", language="de", timezone="Europe/Berlin", customer_id=None
    )
    filling = _Filling(store, account, now, random)
    lists = await filling.fill_lists()
    contacts = await filling.fill_contacts(count, lists, told)
    houses = await filling.fill_houses(contacts, lists.users)
    await filling.change_some(contacts, lists.statuses)
    await filling.note_alike(contacts)
    await filling.fill_office(Office(contacts, houses, lists.users, lists.sources))
    return account


@dataclass(slots=True)
class _Filling:
    """One filling under way. Every step writes at a moment of its own in the past, so that lists have an order."""

    store: Store
    account: Account
    now: datetime
    random: Random

    async def fill_lists(self) -> Lists:
        """Users, tags, sources, statuses, reasons and custom fields; answers their ids."""
        session = await self._session(1.0)

        async def work(unit: Unit) -> Lists:
            tags = [tag.id for group, names in TAGS.items() for tag in await _tags(unit, group, names)]
            await _records(unit, CUSTOM_FIELDS)
            return Lists(
                users=_ids(await _records(unit, USERS)),
                sources=_ids(await _records(unit, SOURCES)),
                statuses=_ids(await _records(unit, STATUSES)),
                reasons=_ids(await _records(unit, REASONS)),
                tags=tags,
                custom=True,
            )

        return await session.write(work)

    async def fill_contacts(self, count: int, lists: Lists, told: Told) -> list[Contact]:
        """The contacts, a batch a transaction; answers them as they were written."""
        made: list[Contact] = []
        crowd = people(self.random, count, now=self.now, lists=lists, home=self.account.country)
        for batch in _batches(crowd, _BATCH):
            session = await self._session(0.95 - 0.7 * len(made) / count)
            made += await session.write(_create(batch, made))
            told(len(batch))
        return made

    async def fill_houses(self, contacts: Sequence[Contact], users: Sequence[int]) -> list[Property]:
        """The properties, and what people asked about them; answers the properties."""
        made: list[Property] = []
        owners = [contact.id for contact in contacts]
        houses = properties(self.random, _PROPERTIES, now=self.now, agents=users, owners=owners)
        for batch in _batches(houses, _BATCH // 4):
            session = await self._session(0.25 - 0.1 * len(made) / _PROPERTIES)
            made += await session.write(_create_records(batch))
        asked = list(leads(self.random, _LEADS, now=self.now, contacts=contacts, properties=made))
        for lead in asked:
            share = (self.now - (lead.happened_at or self.now)) / _AGE
            await (await self._session(share)).write(_create_records([lead]))
        return made

    async def fill_office(self, known: Office) -> None:
        """Everything else that an agency has; what is made first is pointed to by what follows."""
        made = await self._fill(known, office.lists(known.users), 0.08)
        pipelines = [one for one in made if isinstance(one, DealPipeline)]
        await (await self._session(0.075)).write(_join(known.users, known.ids[Team]))
        await self._fill(known, office.papers(self.random, known), 0.07)
        await self._file_plans(known.properties[:4])
        await self._fill(known, office.deals(self.random, known, pipelines, now=self.now), 0.06)
        await self._fill(known, office.splits(self.random, known), 0.05)
        await self._fill(known, office.activities(self.random, known, now=self.now), 0.04)

    async def _file_plans(self, houses: Sequence[Property]) -> None:
        """A document with a body for each of some properties."""
        for house in houses:
            session = await self._session(0.065)
            plan = Document(title="Exposé", file_name=f"expose-{house.id}.pdf", property_id=house.id, is_in_expose=True)
            body = await take_body(session, one_page(house.title or ""), plan.file_name, None)
            await session.write(_file(plan, body))

    async def _fill(self, known: Office, rows: Iterator[Record], share: float) -> list[Record]:
        made = await (await self._session(share)).write(_create_records(list(rows)))
        for one in made:
            known.ids.setdefault(type(one), []).append(one.id)
        return made

    async def change_some(self, contacts: Sequence[Contact], statuses: Sequence[int]) -> None:
        """Move every eighth contact to another status lately, so that there is history to look at."""
        chosen = [contact.id for contact in contacts[::8]]
        for position, batch in enumerate(_batches(iter(chosen), _BATCH)):
            session = await self._session(0.1 - 0.09 * position * _BATCH / len(chosen))
            moves = [(contact_id, self.random.choice(statuses)) for contact_id in batch]
            await session.write(_move(moves, session.view.now))

    async def note_alike(self, contacts: Sequence[Contact]) -> None:
        """Note the likeliest pairs there are, for somebody to look at; two people made up may well be one."""
        session = await self._session(0.0)
        told: dict[frozenset[int], tuple[int, Candidate]] = {}
        for contact in contacts:
            for other in await candidates(session.view, contact):
                told[frozenset((contact.id, other.contact_id))] = contact.id, other
        likeliest = sorted(told.values(), key=lambda one: (-one[1].score.probability, one[0]))[:_PAIRS]

        async def work(unit: Unit) -> None:
            for contact_id, other in likeliest:
                await note_pair(unit, contact_id, other)

        await session.write(work)

    async def _session(self, share: float) -> Session:
        """A session as if it were `share` of a little over a year ago."""
        return await open_session(self.store, self.account, now=self.now - _AGE * share, actor=DEMO, via=DEMO)


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch


def _ids(records: Iterable[Record]) -> list[int]:
    return [record.id for record in records]


async def _records(unit: Unit, records: Iterable[R]) -> list[R]:
    return [await create_record(unit, record) for record in records]


async def _tags(unit: Unit, group: str | None, names: Iterable[str]) -> list[Tag]:
    group_id = (await create_record(unit, TagGroup(name=group))).id if group else None
    return await _records(unit, [Tag(name=name, group_id=group_id) for name in names])


def _create_records(records: Sequence[R]) -> Callable[[Unit], Awaitable[list[R]]]:
    async def work(unit: Unit) -> list[R]:
        return await _records(unit, records)

    return work


def _join(users: Sequence[int], teams: Sequence[int]) -> Callable[[Unit], Awaitable[None]]:
    """Let the last user belong to the last team, all others to the first."""

    async def work(unit: Unit) -> None:
        for user_id in users:
            await change_record(unit, User, user_id, _in_team(teams[-1 if user_id == users[-1] else 0]))

    return work


def _in_team(team_id: int) -> Callable[[User], User]:
    return lambda user: replace(user, team_id=team_id)


def _file(plan: Document, body: Body) -> Callable[[Unit], Awaitable[Document]]:
    async def work(unit: Unit) -> Document:
        return await create_record(unit, await with_body(unit, plan, body))

    return work


def _create(batch: Sequence[MadeUp], earlier: Sequence[Contact]) -> Callable[[Unit], Awaitable[list[Contact]]]:
    async def work(unit: Unit) -> list[Contact]:
        made: list[Contact] = []
        for one in batch:
            contact = one.contact
            if one.parent is not None:
                parent = earlier[one.parent] if one.parent < len(earlier) else made[one.parent - len(earlier)]
                contact = replace(contact, parent_id=parent.id)
            made.append(await create_contact(unit, _as_made(contact)))
        return made

    return work


def _as_made(contact: Contact) -> Edit:
    def edit(blank: Contact, _: Vocabulary) -> Contact:
        return replace(contact, id=blank.id)

    return edit


def _move(moves: Sequence[tuple[int, int]], met: datetime) -> Callable[[Unit], Awaitable[None]]:
    async def work(unit: Unit) -> None:
        for contact_id, status_id in moves:
            await change_contact(unit, contact_id, _to_status(status_id, met))

    return work


def _to_status(status_id: int, met: datetime) -> Edit:
    def edit(contact: Contact, _: Vocabulary) -> Contact:
        return replace(contact, status_id=status_id, last_contact_at=met)

    return edit
