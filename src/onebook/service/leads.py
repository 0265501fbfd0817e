"""Leads: somebody asked for something; who that is is found in the book, or entered there."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from onebook.errors import Invalid
from onebook.model.account import Source, Vocabulary
from onebook.model.contact import Contact, Email, Phone
from onebook.model.lead import Lead
from onebook.model.normal import email_key, email_problem, national_digits, phone_e164
from onebook.service.contacts import contacts_by_key, create_contact
from onebook.service.records import create_record, named_record
from onebook.service.session import Unit
from onebook.store.keys import ContactKey
from onebook.store.records import ids_by_key, read_record
from onebook.store.resources import remote_key

SHORTEST_NUMBER = 7
"""A phone that cannot be read as an international number is compared by its digits if it has so many of them."""


async def request(unit: Unit, lead: Lead) -> Lead:
    """Take in a request and attach it to the person who asked; nothing changes in a contact that was there.

    The person is the oldest contact with the lead's e-mail address, else with its phone number, archived ones too;
    else a new one is made of the lead's name, address, number and source. A `remote_id` that its `partner` has sent
    before is answered with the lead that was made then, and nothing is written.
    Raises Invalid for an address that is none, and for a property that is not there.
    """
    before = await _sent_before(unit, lead)
    if before is not None:
        return before
    address = (lead.email or "").strip()
    problem = email_problem(address) if address else None
    if problem is not None:
        raise Invalid.at("email", f"is no e-mail address: {problem}", "invalid_email")
    contact = await _person(unit, lead) or await _new_person(unit, lead)
    return await create_record(unit, replace(lead, contact_id=contact.id, happened_at=lead.happened_at or unit.now))


async def _sent_before(unit: Unit, lead: Lead) -> Lead | None:
    if lead.remote_id is None:
        return None
    ids = await ids_by_key(unit.tx, Lead, "remote", remote_key(lead.partner, lead.remote_id))
    return await read_record(unit.tx, Lead, ids[0]) if ids else None


async def _person(unit: Unit, lead: Lead) -> Contact | None:
    for kind, value in person_keys(lead, unit.account.country):
        found = await contacts_by_key(unit, kind, value)
        if found:
            return found[0]
    return None


def person_keys(lead: Lead, country: str) -> Iterator[ContactKey]:
    """The keys that the person behind `lead` is looked for under, the surest first."""
    if lead.email and lead.email.strip():
        yield "email", email_key(lead.email)
    e164 = phone_e164(lead.phone, country) if lead.phone else None
    digits = national_digits(lead.phone or "")
    if e164 is not None:
        yield "phone", e164
    elif len(digits) >= SHORTEST_NUMBER:
        yield "digits", digits


async def _new_person(unit: Unit, lead: Lead) -> Contact:
    source = await named_record(unit, Source, lead.source) if lead.source and lead.source.strip() else None
    first, last = split_name(lead.name)
    emails = (Email(address=lead.email),) if lead.email and lead.email.strip() else ()
    phones = (Phone(number=lead.phone),) if lead.phone and lead.phone.strip() else ()

    def entered(blank: Contact, _: Vocabulary) -> Contact:
        return replace(
            blank,
            first_name=first,
            last_name=last,
            emails=emails,
            phones=phones,
            source_id=source.id if source else None,
        )

    return await create_contact(unit, entered)


def split_name(name: str | None) -> tuple[str | None, str | None]:
    """First and last name out of one text: the first word, and the rest; None for what is not there."""
    first, _, last = (name or "").strip().partition(" ")
    return first or None, last.strip() or None
