"""A book in which it is known who is who: what the matcher's weights are made from, and measured on.

Most people of `demo/townspeople.py` stand in it once, some two to four times, each time as somebody wrote it down:
what a portal, a form, a card file or a newsletter asks for, spelled in another way, with a mistake, under a former
name, at another address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from onebook.demo.misspelt import another_case, phone_spelling, street_spelling, without_umlauts
from onebook.demo.slips import Draft, slip
from onebook.demo.townspeople import Person, Town, new_home, new_last_name, own_email, own_mobile, townspeople
from onebook.model.contact import Address, Contact, Email, Phone, Salutation

_TIMES = (0.72, 0.9, 0.97)
"""The parts of all people who stand in the book at most once, twice and three times; the rest does four times."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A record, and who it is of: two records of one `person` are the same."""

    contact: Contact
    person: int


@dataclass(frozen=True, slots=True)
class _Channel:
    """How likely each thing is to be written down where a record comes from."""

    share: float
    name: float
    salutation: float
    birth: float
    email: float
    mobile: float
    landline: float
    address: float


_MAIN = 0.995
"""How often somebody gives the address or number again that he always gives, wherever he is asked."""
_OFFICE = _Channel(0.3, 1.0, 0.8, 0.45, 0.8, 0.75, 0.5, 0.85)
_PORTAL = _Channel(0.41, 1.0, 0.6, 0.0, 0.97, 0.8, 0.1, 0.15)
_FORM = _Channel(0.17, 1.0, 0.8, 0.25, 0.9, 0.6, 0.2, 0.9)
_CARD_FILE = _Channel(0.1, 1.0, 0.5, 0.85, 0.35, 0.5, 0.6, 0.95)
_NEWSLETTER = _Channel(0.02, 0.6, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
_CHANNELS = (_OFFICE, _PORTAL, _FORM, _CARD_FILE, _NEWSLETTER)


def labelled_book(random: Random, people: int) -> list[Labelled]:
    """The records of at least so many people and companies, in no order; their ids count from 1."""
    town = Town(random)
    found: list[tuple[Draft, int]] = []
    for person in townspeople(random, people):
        drawn = random.random()
        times = 1 + sum(drawn >= share for share in _TIMES) if person.kind != "estate" else 1
        found.append((_written(town, person, _OFFICE), person.number))
        found += [(_copy(town, person), person.number) for _ in range(times - 1)]
    random.shuffle(found)
    return [Labelled(_contact(town, draft, number), person) for number, (draft, person) in enumerate(found, 1)]


def _copy(town: Town, person: Person) -> Draft:
    """Written down another time, elsewhere."""
    drawn = town.random.random()
    channel = _OFFICE
    for channel in _CHANNELS:
        drawn -= channel.share
        if drawn < 0:
            break
    draft = _written(town, _later(town, person), channel)
    for share in (0.55, 0.25, 0.08):
        if town.perhaps(share):
            slip(town.random, draft)
    return draft


def _later(town: Town, person: Person) -> Person:
    """The same person after some years: moved, married, with another number or address."""
    population = person.population
    if town.perhaps(0.08):
        person = replace(person, home=replace(new_home(town, population), mailbox=person.home.mailbox))
    if person.kind == "person" and town.perhaps(0.05 if person.female else 0.01):
        person = replace(person, last=person.former or new_last_name(town, population))
    if person.kind == "person" and town.perhaps(0.02):
        person = replace(person, email=own_email(town, population, person.first, person.last, person.born))
    if town.perhaps(0.02):
        person = replace(person, mobile=own_mobile(town, population))
    return person


def _written(town: Town, person: Person, channel: _Channel) -> Draft:
    """What `channel` takes down of `person`, without a slip."""
    draft = Draft(kind=person.kind, calling_code=person.population.places.calling_code)
    named = town.perhaps(channel.name)
    home = person.work if person.work is not None and town.perhaps(0.5) else person.home
    if person.kind == "company":
        draft.company = person.last
    elif named:
        draft.first, draft.last = _names(town, person)
        draft.company = person.employer if person.employer and town.perhaps(0.7) else None
    if person.kind == "person" and town.perhaps(channel.salutation):
        draft.salutation = "ms" if person.female != town.perhaps(0.005) else "mr"
    if person.kind == "person" and town.perhaps(channel.birth):
        draft.born = person.born
    if person.identity and town.perhaps(channel.birth * 0.6):
        draft.identity = person.identity
    by_email = person.number % 10 < 7
    if person.kind != "estate" and town.perhaps(max(channel.email, _MAIN * by_email)):
        draft.emails.append(person.email)
    if person.kind == "person" and town.perhaps(max(channel.mobile, _MAIN * (not by_email and channel.mobile > 0))):
        draft.phones.append(person.mobile)
    if town.perhaps(max(channel.landline, _MAIN * (person.kind == "company"))) or not (draft.emails or draft.phones):
        draft.phones.append(home.landline)
    if town.perhaps(channel.address):
        draft.address = home.address
    return draft


def _names(town: Town, person: Person) -> tuple[str | None, str]:
    first = person.first or None
    if first and person.second_first and town.perhaps(0.6):
        first = f"{first}{'-' if person.population.language == 'de' else ' '}{person.second_first}"
    last = f"{person.last} {person.generation}" if person.generation and town.perhaps(0.5) else person.last
    return first, last


def _contact(town: Town, draft: Draft, number: int) -> Contact:
    """The record of `draft`, every text in one of the spellings it may have."""
    random = town.random
    first, last, company = draft.first, draft.last, draft.company
    if town.perhaps(0.12):
        first, last, company = (without_umlauts(random, text) if text else text for text in (first, last, company))
    if town.perhaps(0.05):
        first, last, company = (another_case(random, text) if text else text for text in (first, last, company))
    salutation: Salutation | None = {"mr": "mr", "ms": "ms"}.get(draft.salutation or "")  # type: ignore[assignment]
    return Contact(
        id=number,
        kind="company" if draft.kind == "company" else "estate" if draft.kind == "estate" else "person",
        salutation=salutation,
        first_name=first,
        last_name=last,
        company=company,
        birth_date=draft.born,
        emails=tuple(Email(address=address) for address in draft.emails),
        phones=tuple(Phone(number=phone_spelling(random, digits, draft.calling_code)) for digits in draft.phones),
        addresses=(_address(town, draft.address),) if draft.address else (),
        social_security_number=draft.identity if draft.kind == "person" else None,
        corporate_number=draft.identity if draft.kind == "company" else None,
    )


def _address(town: Town, address: Address) -> Address:
    street = street_spelling(town.random, address.street or "")
    number = address.house_number or ""
    if town.perhaps(0.15):
        street, number = f"{street} {number}", ""
    zip_code = address.zip or ""
    if address.country == "SE" and town.perhaps(0.5):
        zip_code = f"{zip_code[:3]} {zip_code[3:]}"
    return Address(
        street=street,
        house_number=number or None,
        zip=zip_code,
        city=address.city,
        state=address.state if town.perhaps(0.2) else None,
        country=address.country if town.perhaps(0.7) else None,
    )
