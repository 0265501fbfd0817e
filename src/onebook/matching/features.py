"""What of a contact is compared: one flat row, made of a contact for our scorer and for Splink alike."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from onebook.matching.frequencies import FLOOR, frequency
from onebook.model.blocking import birth_day, is_company, person_names
from onebook.model.contact import Contact, Phone
from onebook.model.mailbox import OFFICES, mailbox_key
from onebook.model.names import company_words, generation, name_forms
from onebook.model.normal import number_key, phone_keys
from onebook.model.sound import sound
from onebook.model.streets import Place, place

Texts = tuple[str, ...] | None
SHORTEST_NUMBER = 6
"""A phone number with fewer digits is an extension, and no evidence."""
MOBILES = ("+491", "+467", "+4366", "+4367", "+4368", "+417", "+316", "+336", "+337", "+346", "+347", "+393", "+447")
"""How mobile numbers begin in those countries around whose numbering plans tell them from a household's telephone."""
SHORTEST_LOCAL = 5
"""What stands before an @ tells people apart from so many characters on."""


class Features(Struct, frozen=True, kw_only=True):
    """One record as it is compared; None is 'nothing is known', and no text or list in it is empty.

    `kind`: `person`, `company` or `estate`. First names are one text and, in `first_forms`, every form they may have;
    `first_given` is the first of them, from four letters on, `first_alone` the letter where no more is known. Lists hold all there is, and `email`, `phone`,
    `street`, `house` and `zip` the first of each, for typing errors. `tf_…` is how common the name is.
    """

    unique_id: int = 0
    kind: str = "person"
    salutation: str | None = None
    generation: str | None = None
    first_name: str | None = None
    first_given: str | None = None
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


def features(contact: Contact, country: str) -> Features:
    """The row of `contact`; `country` (ISO 3166-1 alpha-2) reads phone numbers that name none."""
    company = is_company(contact)
    first, last = ((), ()) if company else _split(*person_names(contact))
    named = company_words(contact.company)
    emails = _some(dict.fromkeys(mailbox_key(email.address) for email in contact.emails if email.address))
    phones = [found for phone in contact.phones if (found := _number(phone, country))[0]]
    places = [found for address in contact.addresses if (found := place(address)) is not None]
    born = birth_day(contact)
    first_name, last_name = " ".join(first) or None, " ".join(last) or None
    return Features(
        unique_id=contact.id,
        kind="company" if company else contact.kind,
        salutation=contact.salutation,
        generation=generation(contact.first_name, contact.last_name),
        first_name=first_name,
        first_given=first[0] if first and len(first[0]) > 3 else None,
        first_forms=_some(name_forms(first)),
        first_initial=first[0][0] if first else None,
        first_alone=first[0] if first and len(first[0]) == 1 else None,
        first_sound=sound(first[0]) or None if first and len(first[0]) > 1 else None,
        last_name=last_name,
        last_parts=_some(part for part in last if len(part) > 1),
        last_sound=sound(last[0]) or None if last else None,
        company=" ".join(named) or None if company else None,
        company_parts=_some(word for word in named if len(word) > 3) if company else None,
        employer=None if company else " ".join(named) or None,
        birth_date=born.isoformat() if born else None,
        birth_swapped=f"{born:%Y-%d-%m}" if born and born.day <= 12 else None,
        emails=emails,
        email=emails[0] if emails else None,
        locals=_some(_local(email) for email in emails or ()),
        phones=_some(digits for digits, _ in phones),
        mobiles=_some(digits for digits, mobile in phones if mobile),
        landlines=_some(digits for digits, mobile in phones if not mobile),
        phone=phones[0][0] if phones else None,
        social_number=number_key(contact.social_security_number or "") or None,
        company_number=number_key(contact.corporate_number or "") or None,
        tf_first_name=frequency("first_name", first) if first else None,
        tf_last_name=frequency("last_name", last) if last else None,
        **_places(places),
    )


def _split(first: tuple[str, ...], last: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both names, also where both stand in the field of the last one and the one of them is known for a first name."""
    if first or len(last) != 2:
        return first, last
    for one, other in ((last[0], last[1]), (last[1], last[0])):
        if frequency("first_name", (one,)) > FLOOR >= frequency("last_name", (one,)):
            return (one,), (other,)
    return first, last


def _places(places: list[Place]) -> dict[str, Texts | str]:
    if not places:
        return {}
    first = places[0]
    homes = _some(f"{found.zip} {found.street} {found.number}" for found in places if found.street and found.zip)
    zips = _some(dict.fromkeys(found.zip for found in places))
    texts = {"street": first.street, "house": first.number}
    return {"homes": homes, "zips": zips, **{name: text or None for name, text in texts.items()}}


def _number(phone: Phone, country: str) -> tuple[str, bool]:
    """The national digits, empty for too few, and whether it is known to be one person's mobile."""
    keys = phone_keys(phone.number, country)
    digits = next((key for key in keys if not key.startswith("+")), "")
    mobile = phone.kind == "mobile" or any(key.startswith(MOBILES) for key in keys)
    return (digits if len(digits) >= SHORTEST_NUMBER else ""), mobile


def _local(email: str) -> str:
    local = email.rpartition("@")[0]
    return local if len(local) >= SHORTEST_LOCAL and local not in OFFICES else ""


def _some(texts: Iterable[str]) -> Texts:
    return tuple(text for text in texts if text) or None
