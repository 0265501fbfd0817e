"""Made-up contacts of three countries, any number of them, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from onebook.demo.names import GERMAN, MEXICAN, SWEDISH, Names
from onebook.demo.places import GERMANY, MEXICO, SWEDEN, PhoneRange, Places
from onebook.model.contact import Address, Contact, Email, Phone, PhoneKind
from onebook.model.normal import plain

T = TypeVar("T")
_LARGEST = 1 << 30
_DOMAINS = ("example.com", "example.org", "example.net")
"""Reserved by RFC 2606: mail to them reaches nobody."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The ids of the account that made-up contacts may point to; empty ones are never pointed to."""

    users: Sequence[int] = ()
    sources: Sequence[int] = ()
    statuses: Sequence[int] = ()
    reasons: Sequence[int] = ()
    tags: Sequence[int] = ()
    custom: bool = False
    """Whether the custom fields of demo/lists.py are there to be filled."""


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A contact with no id yet, and the place in the same sequence, counted from 0, of the contact it belongs to."""

    contact: Contact
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class _Country:
    names: Names
    places: Places
    language: str
    share: float
    """The part of all people that this country and those before it make up."""


_COUNTRIES = (
    _Country(GERMAN, GERMANY, "de", 0.5),
    _Country(SWEDISH, SWEDEN, "sv", 0.75),
    _Country(MEXICAN, MEXICO, "es", 1.0),
)


@dataclass(slots=True)
class _Maker:
    """What one run of `people` remembers: how far the phone ranges are used, and the last company of each country."""

    random: Random
    lists: Lists
    now: datetime
    home: str
    used: dict[PhoneRange, int] = field(default_factory=dict)
    company: dict[str, tuple[int, str, Address]] = field(default_factory=dict)

    def one_of(self, values: Sequence[T]) -> T:
        """Any of `values`, each as likely as the others."""
        return values[int(self.random.random() * len(values))]

    def perhaps(self, share: float) -> bool:
        """True in this share of all cases."""
        return self.random.random() < share

    def any_of(self, ids: Sequence[int], share: float) -> int | None:
        """One of `ids` in this share of all cases, else None."""
        return self.one_of(ids) if ids and self.perhaps(share) else None


def people(
    random: Random, count: int, *, now: datetime, lists: Lists | None = None, home: str = "DE"
) -> Iterator[MadeUp]:
    """`count` contacts, half of them German, a quarter each Swedish and Mexican; the sequence depends on `random` only.

    One in nine is a company, one in sixty an estate; what follows a company may be one of its people. E-mail addresses
    are at reserved domains, and no two contacts share one. `now` is the moment that ages and consents are counted back
    from. Phone numbers of the country `home` are written as there, all others with a plus sign.
    """
    maker = _Maker(random, lists or Lists(), now, home)
    for position in range(count):
        share = random.random()
        country = next(country for country in _COUNTRIES if share < country.share)
        drawn = random.random()
        if drawn < 0.11:
            yield MadeUp(_company(maker, country, position))
        elif drawn < 0.127:
            yield MadeUp(_estate(maker, country, position))
        elif drawn < 0.2 and country.language in maker.company:
            yield _employee(maker, country, position)
        else:
            yield MadeUp(_person(maker, country, position))


def _person(maker: _Maker, country: _Country, position: int) -> Contact:
    salutation, first, last = _name(maker, country.names)
    age = 20 + int(maker.random.random() * 65)
    born = (maker.now - timedelta(days=age * 365 + int(maker.random.random() * 365))).date()
    return Contact(
        kind="person",
        salutation=salutation,
        academic_title=maker.one_of(country.names.titles) if maker.perhaps(0.06) else None,
        first_name=first,
        last_name=last,
        emails=_emails(maker, f"{_letters(first)}.{_letters(last)}{position}", None),
        phones=_phones(maker, country.places, company=False),
        addresses=(_address(maker, country.places, "home"),) if maker.perhaps(0.9) else (),
        birth_date=born if maker.perhaps(0.6) else None,
        nationality=country.places.country if maker.perhaps(0.3) else None,
        social_security_number=_personal_number(born, salutation) if _is_swedish(country) else None,
        **_standing(maker, country),
    )


def _company(maker: _Maker, country: _Country, position: int) -> Contact:
    names = country.names
    name = f"{maker.one_of(names.last)} {maker.one_of(names.trades)}"
    form = maker.one_of(names.company_forms)
    address = _address(maker, country.places, "office")
    maker.company[country.language] = (position, f"{name} {form}", address)
    return Contact(
        kind="company",
        company=f"{name} {form}",
        legal_form=form,
        corporate_number=_with_check_digit(f"559{position % 1_000_000:06d}") if _is_swedish(country) else None,
        emails=_emails(maker, "info", f"{_letters(name)}{position}.example.com"),
        phones=_phones(maker, country.places, company=True),
        addresses=(address,),
        website=f"https://{_letters(name)}{position}.example.com",
        **_standing(maker, country),
    )


def _employee(maker: _Maker, country: _Country, position: int) -> MadeUp:
    company_position, company, address = maker.company[country.language]
    salutation, first, last = _name(maker, country.names)
    contact = Contact(
        kind="person",
        salutation=salutation,
        first_name=first,
        last_name=last,
        company=company,
        position=maker.one_of(country.names.positions),
        emails=_emails(maker, f"{_letters(first)}.{_letters(last)}{position}", None),
        phones=_phones(maker, country.places, company=False),
        addresses=(address,),
        **_standing(maker, country),
    )
    return MadeUp(contact, company_position)


def _estate(maker: _Maker, country: _Country, position: int) -> Contact:
    _, first, last = _name(maker, country.names)
    genitive = "s" if _is_swedish(country) and not last.endswith("s") else ""
    name = country.names.estate.format(f"{first} {last}{genitive}")
    return Contact(
        kind="estate",
        last_name=name,
        is_deceased=True,
        emails=_emails(maker, f"{_letters(last)}{position}", None),
        addresses=(_address(maker, country.places, "home"),),
        **_standing(maker, country),
    )


def _name(maker: _Maker, names: Names) -> tuple[Any, str, str]:
    female = maker.perhaps(0.5)
    first = maker.one_of(names.female if female else names.male)
    last = maker.one_of(names.last)
    if names.second_last:
        last = f"{last} {maker.one_of(names.last)}"
    return ("ms" if female else "mr"), first, last


def _is_swedish(country: _Country) -> bool:
    return country.language == "sv"


def _standing(maker: _Maker, country: _Country) -> dict[str, Any]:
    """The fields that say how a contact stands with the agency, whatever kind it is of."""
    lists, random = maker.lists, maker.random
    agreed = maker.perhaps(0.35)
    met = maker.now - timedelta(days=random.random() * 720)
    return {
        "language": country.language,
        "owner_id": maker.any_of(lists.users, 0.8),
        "second_owner_id": maker.any_of(lists.users, 0.05),
        "source_id": maker.any_of(lists.sources, 0.9),
        "status_id": maker.any_of(lists.statuses, 0.9),
        "reason_id": maker.any_of(lists.reasons, 0.4),
        "tag_ids": _tags(maker),
        "description": maker.one_of(country.names.remarks) if maker.perhaps(0.3) else None,
        "rating": int(random.random() * 4) if maker.perhaps(0.5) else None,
        "lead_score": int(random.random() * 100) if maker.perhaps(0.3) else None,
        "consent_status": "agreed" if agreed else maker.one_of(("none", "none", "ignored", "revoked")),
        "consent_approved_at": met if agreed else None,
        "newsletter": agreed or None,
        "accept_contact": True if agreed else None,
        "last_contact_at": met if maker.perhaps(0.7) else None,
        "custom": _custom(maker, country, met) if lists.custom else {},
    }


def _tags(maker: _Maker) -> tuple[int, ...]:
    tags = maker.lists.tags
    count = min(int(maker.random.random() * 4), len(tags))
    return tuple(dict.fromkeys(maker.one_of(tags) for _ in range(count)))


def _custom(maker: _Maker, country: _Country, met: datetime) -> dict[str, Any]:
    """Values of the fields in demo/lists.py, some of them, none as often as all."""
    random = maker.random
    values: dict[str, Any] = {
        "preferred_area": maker.one_of(country.places.towns).city,
        "budget": 50_000 + int(random.random() * 190) * 5_000,
        "moving_date": (maker.now + timedelta(days=random.random() * 400)).date().isoformat(),
        "object_type": 1 + int(random.random() * 4),
        "features": sorted({1 + int(random.random() * 5) for _ in range(3)}),
        "financing_confirmed": maker.perhaps(0.5),
        "photo_consent": {"ip": "192.0.2.7", "created": met.isoformat(), "source": "Website"},
        "search_profile": f"https://example.com/search/{int(random.random() * _LARGEST):x}",
    }
    kept = random.random()
    return {name: value for name, value in values.items() if maker.perhaps(kept)}


def _emails(maker: _Maker, local: str, domain: str | None) -> tuple[Email, ...]:
    """One address, unique by its `local` part or its `domain`; one person in eight has a second, one in 25 none."""
    drawn = maker.random.random()
    if drawn < 0.04:
        return ()
    first = Email(address=f"{local}@{domain or maker.one_of(_DOMAINS)}", is_primary=True)
    if drawn > 0.875:
        second = f"office@{domain}" if domain else f"{local}@mail.{maker.one_of(_DOMAINS)}"
        return (first, Email(address=second, label="office" if domain else "private"))
    return (first,)


def _phones(maker: _Maker, places: Places, *, company: bool) -> tuple[Phone, ...]:
    kinds: tuple[PhoneKind, ...] = ("switch", "fax") if company else ("mobile", "home")
    phones = []
    if maker.perhaps(0.75):
        phones.append(_phone(maker, places, kinds[0], is_primary=True))
    if maker.perhaps(0.3):
        phones.append(_phone(maker, places, kinds[1], is_primary=not phones))
    return tuple(phones)


def _phone(maker: _Maker, places: Places, kind: PhoneKind, *, is_primary: bool) -> Phone:
    ranges = places.mobiles if kind == "mobile" else places.landlines
    for numbers in ranges:
        index = maker.used.get(numbers, 0)
        if index < numbers.size:
            maker.used[numbers] = index + 1
            return Phone(number=_spelled(maker, places, numbers.number(index)), kind=kind, is_primary=is_primary)
    more = places.more_mobiles
    # A prime reaches every number of the range once.
    index = maker.used[more] = maker.used.get(more, 0) + 1
    return Phone(number=_spelled(maker, places, more.number(index * 7_654_319)), kind=kind, is_primary=is_primary)


def _spelled(maker: _Maker, places: Places, number: str) -> str:
    return number if places.country == maker.home else f"+{places.calling_code} {number.removeprefix('0')}"


def _address(maker: _Maker, places: Places, kind: Any) -> Address:
    town = maker.one_of(places.towns)
    random = maker.random
    number = str(1 + int(random.random() * 140))
    return Address(
        kind=kind,
        street=maker.one_of(places.streets),
        house_number=number + maker.one_of("abc") if maker.perhaps(0.12) else number,
        zip=town.zip,
        city=town.city,
        state=town.state,
        country=places.country,
        latitude=round(town.latitude + random.random() / 20, 5),
        longitude=round(town.longitude + random.random() / 20, 5),
    )


def _letters(name: str) -> str:
    """`name` as the local part of an e-mail address has it."""
    return "".join(char for char in plain(name) if char.isascii() and char.isalnum())


def _personal_number(born: date, salutation: str) -> str:
    """A Swedish personal number out of the serials 2380 to 2399, which the tax agency keeps for tests."""
    # The last figure before the check digit is even for women and odd for men.
    serial = "238" if salutation == "ms" else "239"
    digits = _with_check_digit(f"{born:%y%m%d}{serial}")
    return f"{born:%Y%m%d}-{digits[-4:]}"


def _with_check_digit(digits: str) -> str:
    """`digits` and the one more that makes them right by Luhn's rule."""
    doubled = (int(digit) * (2 - index % 2) for index, digit in enumerate(digits))
    return f"{digits}{-sum(value // 10 + value % 10 for value in doubled) % 10}"
