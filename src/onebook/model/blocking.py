"""Blocking keys: what two records of one person are likely to share, so that nobody has to be compared with everybody.

Kinds: `name` (the sounds of first and last name, in any order), `birth` (the date and the first name's initial),
`home` (postal code, house number, the street's sound and an initial), `company` (the sounds of its name's first two
words), and `mailbox` (an e-mail address as its provider reads it, where that differs from how it is written).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from onebook.model.contact import Address, Contact
from onebook.model.mailbox import has_spellings, mailbox_key
from onebook.model.names import company_words, first_names, last_names, name_sounds
from onebook.model.normal import email_key, national_digits, number_key, phone_keys
from onebook.model.sound import sound
from onebook.model.streets import place

BlockingKey = tuple[str, str]
_HOMES = 2
"""So many of a contact's addresses make a key."""
_STREET_SOUND = 4
_UNSAID = frozenset({date(1900, 1, 1), date(1901, 1, 1), date(1970, 1, 1)})
"""Dates that forms put in where nobody has said when somebody was born."""


def birth_day(born: date | None) -> date | None:
    """A date of birth, where it is one that somebody has said."""
    return None if born in _UNSAID else born


def blocking_keys(contact: Contact) -> Iterator[BlockingKey]:
    """The keys that only the matcher needs, mostly two or three: `store/keys.py` keeps them beside its own."""
    first, last = person_names(contact.first_name, contact.last_name, estate=contact.kind == "estate")
    company = company_words(contact.company) if is_company(contact) else ()
    if first and last:
        yield "name", name_sounds(first[0], last[0])
    born = birth_day(contact.birth_date)
    if born is not None and first:
        yield "birth", f"{born.isoformat()}{first[0][0]}"
    if company:
        yield "company", "|".join(sound(word) or word for word in company[:2])
    for address in contact.addresses[:_HOMES]:
        yield "home", _home(address, (first or last or company or ("",))[0])
    for email in contact.emails:
        if has_spellings(email.address):
            key = mailbox_key(email.address)
            if key != email_key(email.address):
                yield "mailbox", key


def is_company(contact: Contact) -> bool:
    """Whether what is compared is a company: it is called one, or nobody's name stands beside the company's."""
    nobody = not (contact.first_name or contact.last_name)
    return contact.kind == "company" or (contact.kind == "person" and nobody and bool(contact.company))


def person_names(
    first_name: str | None, last_name: str | None, *, estate: bool = False
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """First and last names as they are compared; an estate's are those of who died, as far as they can be told."""
    first, last = first_names(first_name), last_names(last_name)
    return (last[:1], last[1:]) if estate and not first and len(last) > 1 else (first, last)


def _home(address: Address, name: str) -> str:
    found = place(address)
    if found is None or not (found.street and found.zip):
        return ""
    return f"{found.zip}|{found.number}|{sound(found.street)[:_STREET_SOUND]}|{name[:1]}"


def lookup_keys(contact: Contact, country: str) -> tuple[BlockingKey, ...]:
    """Every key under which a record of the same person may stand. `country` reads phone numbers that name none."""
    keys = dict.fromkeys(key for key in _shared(contact, country) if key[1])
    keys.update(dict.fromkeys(key for key in blocking_keys(contact) if key[1]))
    return tuple(keys)


def mailbox_keys(contact: Contact) -> Iterator[BlockingKey]:
    """The keys under which another spelling of the same mailbox stands."""
    for email in contact.emails:
        if has_spellings(email.address):
            mailbox = mailbox_key(email.address)
            yield "email", mailbox
            yield "mailbox", mailbox


def _shared(contact: Contact, country: str) -> Iterator[BlockingKey]:
    for email in contact.emails:
        yield "email", email_key(email.address)
    yield from mailbox_keys(contact)
    for phone in contact.phones:
        digits = [key for key in phone_keys(phone.number, country) if not key.startswith("+")]
        yield "digits", digits[0] if digits else national_digits(phone.number)
    yield "social_security_number", number_key(contact.social_security_number or "")
    yield "corporate_number", number_key(contact.corporate_number or "")
