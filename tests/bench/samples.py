"""What is asked for, drawn from the book itself by a seeded random: contacts, filters, numbers, words, newcomers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from msgspec.structs import replace

from onebook.demo.people import Lists
from onebook.model.contact import Contact
from onebook.model.query import ContactQuery
from onebook.service.access import account_named, open_session
from onebook.service.session import View
from onebook.store.contacts import read_contacts
from onebook.store.open import open_store
from tests.bench.fill import ACCOUNT, NOW
from tests.bench.people import crowd

SEED = 7
DRAWN = 3000
"""So many contacts the questions are drawn from; more different ones than any cache of the server's holds."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Samples:
    """Contacts of the book, and what its contacts point to."""

    contacts: tuple[Contact, ...]
    lists: Lists

    def ids(self) -> list[int]:
        """Contacts to read."""
        return [contact.id for contact in self.contacts]

    def twenties(self) -> list[list[int]]:
        """Contacts to read twenty at a time."""
        ids = self.ids()
        return [ids[start : start + 20] for start in range(0, len(ids) - 19, 20)]

    def filters(self) -> list[ContactQuery]:
        """In turn: a status by id, a tag by id, an owner's contacts from the last change."""
        random, lists = Random(SEED), self.lists
        kinds = (
            lambda: ContactQuery(status_ids=(random.choice(lists.statuses),)),
            lambda: ContactQuery(tag_ids=(random.choice(lists.tags),)),
            lambda: ContactQuery(owner_ids=(random.choice(lists.users),), sort="last_name"),
        )
        return [kinds[number % len(kinds)]() for number in range(300)]

    def phones(self) -> list[ContactQuery]:
        """Numbers of contacts, in every spelling in turn."""
        given = [phone for contact in self.contacts for phone in contact.phones if phone.e164]
        spellings = (
            lambda text, e164: text,
            lambda text, e164: e164,
            lambda text, e164: "00" + e164[1:],
            lambda text, e164: text.replace(" ", "-").replace("/", "-"),
        )
        return [
            ContactQuery(phone=spellings[number % len(spellings)](phone.number, phone.e164))
            for number, phone in enumerate(given)
        ]

    def words(self) -> list[ContactQuery]:
        """In turn: a last name, a first and a last name, a town, a last name and a town."""
        texts: list[str] = []
        for contact in self.contacts:
            if contact.first_name and contact.last_name and contact.addresses and contact.addresses[0].city:
                town = contact.addresses[0].city
                full = f"{contact.first_name} {contact.last_name}"
                texts.append((contact.last_name, full, town, f"{contact.last_name} {town}")[len(texts) % 4])
        return [ContactQuery(text=text) for text in texts]

    def prefixes(self) -> list[ContactQuery]:
        """The first three to five letters of a first name, a last name or a town."""
        random = Random(SEED)
        return [ContactQuery(text=word[: random.randint(3, 5)]) for word in self._single_words(5)]

    def pieces(self) -> list[ContactQuery]:
        """Four letters from the middle of a first name, a last name or a town."""
        random = Random(SEED)
        cut = ((word, random.randint(1, len(word) - 5)) for word in self._single_words(6))
        return [ContactQuery(text=word[start : start + 4]) for word, start in cut]

    def newcomers(self, seed: int) -> Iterator[Contact]:
        """People who are not in the book, without end; each seed's are others."""
        for number, made in enumerate(crowd(Random(seed), 10**9, now=NOW, lists=self.lists)):
            contact = made.contact
            if contact.emails and made.parent is None:
                first = replace(contact.emails[0], address=f"n{seed}.{number}.{contact.emails[0].address}")
                yield replace(contact, emails=(first,))

    def _single_words(self, least: int) -> list[str]:
        texts = [
            (contact.first_name, contact.last_name, contact.addresses[0].city if contact.addresses else None)[
                number % 3
            ]
            for number, contact in enumerate(self.contacts)
        ]
        return [word for text in texts if text for word in text.split()[:1] if len(word) >= least]


async def draw(url: str) -> Samples:
    """Contacts drawn from the book at `url`, as many as there are up to DRAWN, and the ids of its lists."""
    store = await open_store(url)
    try:
        session = await open_session(store, await account_named(store, ACCOUNT), now=NOW, actor=ACCOUNT, via="bench")
        words = session.view.vocabulary
        lists = Lists(
            users=tuple(words.users),
            sources=tuple(words.sources),
            statuses=tuple(words.statuses),
            reasons=tuple(words.reasons),
            tags=tuple(words.tags),
            custom=True,
        )
        return Samples(await _contacts(session.view), lists)
    finally:
        await store.close()


async def _contacts(view: View) -> tuple[Contact, ...]:
    sql = "SELECT min(id), max(id) FROM contacts WHERE account_id = $1"
    ((first, last),) = await view.reader.rows(sql, view.account_id)
    numbers = range(int(first), int(last) + 1)
    drawn = Random(SEED).sample(numbers, min(DRAWN, len(numbers)))
    found: list[Contact] = []
    for start in range(0, len(drawn), _AT_ONCE):
        found += (await read_contacts(view.reader, drawn[start : start + _AT_ONCE])).values()
    return tuple(found)
