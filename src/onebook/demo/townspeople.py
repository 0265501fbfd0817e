"""The people of a made-up town, as is the truth: households, companies, and everybody's number.

People live alone, as couples, families and flat-sharers, and work in companies. The hard cases are among them:
families with one telephone or mailbox, siblings born on one day, father and son of one name at one address,
colleagues behind one switchboard, branches of one company, an estate beside the person who died, namesakes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from onebook.demo.population import Population, populations
from onebook.model.contact import Address
from onebook.model.mailbox import mailbox_key
from onebook.model.normal import plain

T = TypeVar("T")
_OLDEST_CHILD = 2006
"""Who is born later is not in the book."""


@dataclass(frozen=True, slots=True)
class Home:
    """What a household or a company's branch shares: the address, the telephone (national digits), the mailbox."""

    address: Address
    landline: str
    mailbox: str | None = None
    mobile: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or a company, as is the truth: `number` says who. A company has no first name.

    `generation` is `jun.` or `sen.` where father and son have one name. `former` is the name before marriage.
    """

    number: int
    population: Population
    home: Home
    female: bool
    first: str
    last: str
    born: date
    email: str
    mobile: str
    kind: str = "person"
    second_first: str | None = None
    former: str | None = None
    generation: str | None = None
    employer: str | None = None
    work: Home | None = None
    identity: str | None = None


@dataclass(slots=True)
class Town:
    """Everybody made so far."""

    random: Random
    count: int = 0
    addresses: set[str] = field(default_factory=set)
    people: list[Person] = field(default_factory=list)

    def one_of(self, values: Sequence[T]) -> T:
        """Any of `values`, each as likely."""
        return values[int(self.random.random() * len(values))]

    def perhaps(self, share: float) -> bool:
        """True in this share of all cases."""
        return self.random.random() < share

    def digits(self, count: int) -> str:
        """So many digits, the first no zero."""
        return str(int((0.1 + 0.9 * self.random.random()) * 10**count))


def townspeople(random: Random, count: int) -> list[Person]:
    """At least `count` people and companies, by household: half German, a quarter each Swedish and Mexican."""
    town = Town(random)
    german, swedish, mexican = populations()
    while len(town.people) < count:
        population = town.one_of((german, german, swedish, mexican))
        drawn = random.random()
        if drawn < 0.07:
            town.people += _company(town, population)
        else:
            town.people += _household(town, population, drawn)
    return town.people


def _household(town: Town, population: Population, drawn: float) -> list[Person]:
    last = new_last_name(town, population)
    home = new_home(town, population)
    first = _person(town, population, home, last)
    if drawn < 0.5:
        members = [first]
    elif drawn < 0.56:
        members = [first, _person(town, population, home, new_last_name(town, population))]
    else:
        members = list(_family(town, first))
    members = [member for member in members if member is first or town.perhaps(0.6)]
    if len(members) > 1 and town.perhaps(0.06):
        family = f"familie.{_letters(last)}@{town.one_of(population.providers)}" if town.perhaps(0.4) else first.email
        own = {member.number for member in members[1:] if member.first == first.first and town.perhaps(0.9)}
        members = [member if member.number in own else replace(member, email=family) for member in members]
    if len(members) > 1 and town.perhaps(0.03):
        members = [replace(member, mobile=first.mobile) for member in members]
    if town.perhaps(0.015):
        dead = members[0]
        members.append(replace(dead, number=_next(town), kind="estate", last=_estate_name(dead), first=""))
    return members


def _family(town: Town, first: Person) -> Iterator[Person]:
    population, home = first.population, first.home
    yield first
    own = town.perhaps(0.25)
    partner = _person(
        town, population, home, new_last_name(town, population) if own else first.last, female=not first.female
    )
    yield partner if own else replace(partner, former=new_last_name(town, population) if town.perhaps(0.5) else None)
    youngest = first.born.year + 22 + int(town.random.random() * 14)
    birthday = date(youngest, 1, 1)
    for index in range(int(town.random.random() * 3.2)):
        if index == 0 or not town.perhaps(0.04):  # else a twin
            birthday = date(youngest + 3 * index, 1, 1) + timedelta(days=int(town.random.random() * 700))
        if birthday.year > _OLDEST_CHILD:
            return
        child = replace(_person(town, population, home, first.last), born=birthday)
        if index == 0 and town.perhaps(0.03):
            generation = "jun." if town.perhaps(0.6) else None
            child = replace(
                child, female=first.female, first=first.first, second_first=first.second_first, generation=generation
            )
        yield child


def _person(town: Town, population: Population, home: Home, last: str, *, female: bool | None = None) -> Person:
    random = town.random
    female = town.perhaps(0.5) if female is None else female
    names = population.female if female else population.male
    first = names.draw(random)
    second = names.draw(random) if town.perhaps(population.second_first) else None
    born = date(1935, 1, 1) + timedelta(days=int(random.random() * 25_500))
    return Person(
        number=_next(town),
        population=population,
        home=home,
        female=female,
        first=first,
        last=last,
        born=born,
        email=own_email(town, population, first, last, born),
        mobile=own_mobile(town, population),
        second_first=second if second != first else None,
        identity=f"{born:%Y%m%d}{town.digits(4)}" if population.language == "sv" else None,
    )


def _company(town: Town, population: Population) -> Iterator[Person]:
    names = population.names
    name = f"{new_last_name(town, population)} {town.one_of(names.trades)}"
    if town.perhaps(0.2):
        name = f"{town.one_of(population.places.towns).city.split()[0]}er {town.one_of(names.trades)}"
    full = f"{name} {town.one_of(names.company_forms)}"
    domain = f"{_letters(name)}{int(town.random.random() * 900)}.example"
    for branch in range(2 if town.perhaps(0.12) else 1):
        home = replace(
            new_home(town, population), mailbox=f"info@{domain}" if branch == 0 else f"filiale{branch}@{domain}"
        )
        blank = _person(town, population, home, full)
        number = f"556{town.digits(7)}" if population.language == "sv" else None
        yield replace(blank, kind="company", first="", second_first=None, email=home.mailbox or "", identity=number)
        for _ in range(int(town.random.random() * 3.5)):
            employee = _person(town, population, new_home(town, population), new_last_name(town, population))
            email = f"{_letters(employee.first)}.{_letters(employee.last)}@{domain}"
            own = email if town.perhaps(0.6) else home.mailbox or email if town.perhaps(0.3) else employee.email
            yield replace(employee, employer=full, work=home, email=own)


def _next(town: Town) -> int:
    town.count += 1
    return town.count


def _estate_name(dead: Person) -> str:
    return dead.population.names.estate.format(f"{dead.first} {dead.last}")


def new_last_name(town: Town, population: Population) -> str:
    """A last name, or in Mexico two."""
    last = population.last.draw(town.random)
    if population.names.second_last and town.perhaps(0.8):
        return f"{last} {population.last.draw(town.random)}"
    return f"{last}-{population.last.draw(town.random)}" if town.perhaps(0.02) else last


def new_home(town: Town, population: Population) -> Home:
    """A new address of its own, with its telephone."""
    places = population.places
    place = town.one_of(places.towns)
    digits = "".join(char for char in place.zip if char.isdigit())
    code = f"{digits[:3]}{int(town.random.random() * 40):02d}"
    number = str(1 + int(town.random.random() * 120)) + (town.one_of("abc") if town.perhaps(0.1) else "")
    street = population.last.draw(town.random) + town.one_of(_STREETS[population.language])
    if town.perhaps(0.5) or population.names.second_last:
        street = town.one_of(places.streets)
    address = Address(
        street=street, house_number=number, zip=code, city=place.city, state=place.state, country=places.country
    )
    return Home(address, f"{town.one_of(_AREAS[population.language])}{town.digits(6)}")


_STREETS = {"de": ("straße", "weg", "allee", "platz"), "sv": ("gatan", "vägen", "stigen"), "es": ("",)}
_AREAS = {"de": ("30", "40", "89", "221", "711"), "sv": ("8", "31", "40", "18"), "es": ("5552", "3331", "8183")}
_MOBILES = {"de": ("151", "160", "170", "176"), "sv": ("70", "72", "73", "76"), "es": ("55", "33", "81", "22")}


def own_mobile(town: Town, population: Population) -> str:
    """A new mobile number, national digits."""
    return town.one_of(_MOBILES[population.language]) + town.digits(7 if population.language == "sv" else 8)


def own_email(town: Town, population: Population, first: str, last: str, born: date) -> str:
    """A new address of the kind people choose; nobody else has it."""
    one, other = _letters(first), _letters(last.split()[0])
    locals_ = (
        f"{one}.{other}",
        f"{one}{other}",
        f"{one[:1]}.{other}",
        f"{one}.{other}{born.year % 100:02d}",
        f"{other}{town.digits(2)}",
        f"{one}{town.digits(3)}",
    )
    address = f"{town.one_of(locals_)}@{town.one_of(population.providers)}"
    while mailbox_key(address) in town.addresses:
        local, _, domain = address.partition("@")
        address = f"{local}{town.digits(2)}@{domain}"
    town.addresses.add(mailbox_key(address))
    return address


def _letters(name: str) -> str:
    return "".join(char for char in plain(name) if char.isascii() and char.isalnum())
