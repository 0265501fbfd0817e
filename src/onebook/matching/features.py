"""What of a contact is compared: one flat row, made of a contact for our scorer and for Splink alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from onebook.matching.frequencies import FLOOR, frequency
from onebook.model.blocking import birth_day, is_company, person_names
from onebook.model.contact import Address, Contact, Phone
from onebook.model.given_names import GIVEN, one_spelling
from onebook.model.mailbox import OFFICES, mailbox_key
from onebook.model.names import company_words, generation, name_forms
from onebook.model.normal import digits_of_e164, national_digits, number_key, phone_e164
from onebook.model.sound import sound
from onebook.model.streets import place

Texts = tuple[str, ...] | None
Values = dict[str, Any]
"""Some of the columns."""
SHORTEST_NUMBER = 6
"""A phone number with fewer digits is an extension, and no evidence."""
LONGEST_NUMBER = 20
"""A phone number has no more digits, and an identity number no more characters than `LONGEST_ID`."""
LONGEST_ID = 40
LONGEST_ADDRESS = 320
MOBILES = ("+491", "+467", "+4366", "+4367", "+4368", "+417", "+316", "+336", "+337", "+346", "+347", "+393", "+447")
"""How mobile numbers begin in those countries around whose numbering plans tell them from a household's telephone."""
SHORTEST_LOCAL = 5
"""What stands before an @ tells people apart from so many characters on."""


class Features(Struct, frozen=True, kw_only=True):
    """One record as it is compared; None is 'nothing is known', and no text or list in it is empty.

    `kind`: `person`, `company` or `estate`. First names are one text, in `first_names` each in one spelling, and in
    `first_forms` every form they may have; `second_name` is the second of them. Of the first, `first_given` is the name
    from four letters on, `first_known` its spelling where it is a name that people have, and `first_alone` the letter
    where no more is known. Lists hold all there is, and `email`, `phone`, `street`, `house` and `zip` the first of
    each, for typing errors. `tf_…` is how common the name is.
    """

    unique_id: int = 0
    kind: str = "person"
    salutation: str | None = None
    generation: str | None = None
    first_name: str | None = None
    first_given: str | None = None
    first_known: str | None = None
    first_names: Texts = None
    second_name: str | None = None
    first_forms: Texts = None
    first_initial: str | None = None
    first_alone: str | None = None
    first_sound: str | None = None
    last_name: str | None = None
    last_parts: Texts = None
    last_sound: str | None = None
    company: str | None = None
    company_parts: Texts = None
    employer: str | None = None
    birth_date: str | None = None
    birth_month: str | None = None
    birth_day: str | None = None
    birth_year_day: str | None = None
    birth_swapped: str | None = None
    emails: Texts = None
    email: str | None = None
    locals: Texts = None
    phones: Texts = None
    mobiles: Texts = None
    landlines: Texts = None
    phone: str | None = None
    homes: Texts = None
    street: str | None = None
    house: str | None = None
    zips: Texts = None
    social_number: str | None = None
    company_number: str | None = None
    tf_first_name: float | None = None
    tf_last_name: float | None = None


_NOTHING: Values = {}


def features(contact: Contact, country: str) -> Features:
    """The row of `contact`; `country` (ISO 3166-1 alpha-2) reads phone numbers that name none."""
    company = is_company(contact)
    named = _NOTHING if company else _person(contact.first_name, contact.last_name, contact.kind == "estate")
    words = company_words(contact.company) if contact.company else ()
    trade = " ".join(words) or None
    born = birth_day(contact.birth_date)
    day = born.isoformat() if born else ""
    return Features(
        unique_id=contact.id,
        kind="company" if company else contact.kind,
        salutation=contact.salutation,
        company=trade if company else None,
        company_parts=_some([word for word in words if len(word) > 3]) if company else None,
        employer=None if company else trade,
        birth_date=day or None,
        birth_month=day[:7] or None,
        birth_day=day[5:] or None,
        birth_year_day=f"{born.year} {born.day}" if born else None,
        birth_swapped=f"{day[:5]}{day[8:]}{day[4:7]}" if born and born.day <= 12 else None,
        social_number=_number_key(contact.social_security_number),
        company_number=_number_key(contact.corporate_number),
        **named,
        **_emails([email.address for email in contact.emails]),
        **_phones(contact.phones, country),
        **_places(contact.addresses),
    )


def _person(first_name: str | None, last_name: str | None, estate: bool) -> Values:
    """The columns of somebody's names."""
    first, last = _split(*person_names(first_name, last_name, estate=estate))
    return {"generation": generation(first_name, last_name), **_first(first), **_last(last)}


@lru_cache(maxsize=65536)
def _first(first: tuple[str, ...]) -> Values:
    head = first[0] if first else ""
    return {
        "first_name": " ".join(first) or None,
        "first_given": head if len(head) > 3 else None,
        "first_known": _known(head),
        "first_names": _some([one_spelling(name) for name in first if len(name) > 1]),
        "second_name": one_spelling(first[1]) if len(first) > 1 and len(first[1]) > 1 else None,
        "first_forms": _some([one_spelling(form) for form in name_forms(first)]),
        "first_initial": head[:1] or None,
        "first_alone": head if len(head) == 1 else None,
        "first_sound": (sound(head) or None) if len(head) > 1 else None,
        "tf_first_name": frequency("first_name", first) if first else None,
    }


@lru_cache(maxsize=65536)
def _last(last: tuple[str, ...]) -> Values:
    return {
        "last_name": " ".join(last) or None,
        "last_parts": _some([part for part in last if len(part) > 1]),
        "last_sound": (sound(last[0]) or None) if last else None,
        "tf_last_name": frequency("last_name", last) if last else None,
    }


def _split(first: tuple[str, ...], last: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both names, also where they were written into each other's field, or both into the last one's.

    Only where the one is common as a first name and not as a last one, and the other is no common first name.
    """
    if not first and len(last) == 2:
        for one, other in ((last[0], last[1]), (last[1], last[0])):
            if _is_first(one) and not _is_first(other):
                return (one,), (other,)
    if first and last and _is_first(last[0]) and not any(_is_first(name) for name in first):
        return last, first
    return first, last


def _known(name: str) -> str | None:
    spelt = one_spelling(name)
    return spelt if len(name) > 1 and (spelt in GIVEN or frequency("first_name", (name,)) > FLOOR) else None


def _is_first(name: str) -> bool:
    return frequency("first_name", (name,)) > FLOOR >= frequency("last_name", (name,))


def _emails(addresses: list[str]) -> Values:
    emails = [key for address in addresses if (key := mailbox_key(address[:LONGEST_ADDRESS]))]
    if not emails:
        return _NOTHING
    locals_ = [email.rpartition("@")[0] for email in emails]
    told = [local for local in locals_ if len(local) >= SHORTEST_LOCAL and local not in OFFICES]
    return {"emails": tuple(emails), "email": emails[0], "locals": _some(told)}


def _phones(phones: tuple[Phone, ...], country: str) -> Values:
    numbers = [found for phone in phones if (found := _number(phone, country))[0]]
    if not numbers:
        return _NOTHING
    return {
        "phones": tuple(digits for digits, _ in numbers),
        "mobiles": _some([digits for digits, mobile in numbers if mobile]),
        "landlines": _some([digits for digits, mobile in numbers if not mobile]),
        "phone": numbers[0][0],
    }


def _number(phone: Phone, country: str) -> tuple[str, bool]:
    """The national digits, empty for too few, and whether it is known to be one person's mobile."""
    digits, e164 = national_number(phone, country), phone.e164 or phone_e164(phone.number, country)
    mobile = phone.kind == "mobile" or (e164 is not None and e164.startswith(MOBILES))
    return (digits if len(digits) >= SHORTEST_NUMBER else ""), mobile


def national_number(phone: Phone, country: str) -> str:
    """The national digits of a number, whatever way it is written; of no number as many as one may have."""
    e164 = phone.e164 or phone_e164(phone.number, country)
    return digits_of_e164(e164) if e164 else national_digits(phone.number)[:LONGEST_NUMBER]


def _places(addresses: tuple[Address, ...]) -> Values:
    places = [found for address in addresses if (found := place(address)) is not None]
    if not places:
        return _NOTHING
    return {
        "homes": _some([f"{one.zip} {one.street} {one.number}" for one in places if one.street and one.zip]),
        "zips": _some([one.zip for one in places if one.zip]),
        "street": places[0].street or None,
        "house": places[0].number or None,
    }


def _number_key(text: str | None) -> str | None:
    return (number_key(text)[:LONGEST_ID] or None) if text else None


def _some(texts: Sequence[str]) -> Texts:
    return tuple(texts) or None
