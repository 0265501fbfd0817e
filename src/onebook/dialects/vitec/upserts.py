"""The vendor's duplicate rule, and the write that follows it, in one transaction.

A person is the one with 1) the contactId, 2) the social security number, 3) first and last name and one of telephone,
mobile or e-mail; a company the one with 1) the contactId, 2) the corporate number, 3) the name and the switch's number
or the e-mail (the vendor's documentation). Where there is none, a new one is made.
"""

from __future__ import annotations

from collections.abc import Iterable

from onebook.dialects.vitec.book import NAME
from onebook.dialects.vitec.codec import Update
from onebook.dialects.vitec.identity import spellings
from onebook.dialects.vitec.sent import SENTENCE
from onebook.errors import Invalid, NotFound, Problem
from onebook.model.contact import Contact
from onebook.model.normal import email_key
from onebook.service.contacts import change_contact, contact_by_shown_id, contacts_under, create_contact
from onebook.service.session import Unit
from onebook.store.keys import ContactKey, phone_lookup

NO_REACH = "Epostadress, telefonnummer (bostad eller arbete) eller mobilnummer måste anges."
"""The vendor's own sentence."""
_EMAILS = ("emailAddress", "emailAddress2")
_REACH = (*_EMAILS, "telePhone", "workPhone", "cellPhone")
_IDENTITY = {
    "person": ("social_security_number", "socialSecurityNumber"),
    "company": ("corporate_number", "corporateNumber"),
}
_PHONES = {"person": ("telePhone", "cellPhone"), "company": ("switchPhone",)}


async def save_update(unit: Unit, update: Update) -> Contact:
    """Change the contact that the update means, else make one. Raises NotFound, Invalid, Conflict."""
    known = await _same(unit, update)
    if known is not None:
        return await change_contact(unit, known.id, update.edit)
    if update.kind == "person" and not update.texts(*_REACH):
        raise Invalid(NO_REACH, (Problem("email", SENTENCE, NO_REACH),))
    return await create_contact(unit, update.edit)


async def _same(unit: Unit, update: Update) -> Contact | None:
    """The contact that is meant; an id that nobody of this type answers to is an error, as everywhere (ours)."""
    if update.contact_id is not None:
        contact = await contact_by_shown_id(unit, NAME, update.contact_id)
        if contact.kind != update.kind:
            raise NotFound(f"contact {update.contact_id} is of another type")
        return contact
    kind, name = _IDENTITY[update.kind]
    numbers = [(kind, spelling) for spelling in spellings(update.text(name))]
    same = await _oldest(unit, numbers, update, by_name=False)
    return same or (await _oldest(unit, _ways_to_reach(unit, update), update, by_name=True) if _name(update) else None)


async def _oldest(unit: Unit, keys: list[ContactKey], update: Update, *, by_name: bool) -> Contact | None:
    found = await contacts_under(unit, keys) if keys else []
    fitting = (one for one in found if one.kind == update.kind and (not by_name or _named(one) == _name(update)))
    return min(fitting, key=lambda one: one.id, default=None)


def _ways_to_reach(unit: Unit, update: Update) -> list[ContactKey]:
    keys = [("email", email_key(address)) for address in update.texts(*_EMAILS)]
    for number in update.texts(*_PHONES[update.kind]):
        keys += phone_lookup(number, unit.account.country)
    return keys


def _name(update: Update) -> tuple[str, ...]:
    """The name that was sent as it is compared; empty where a part of it is missing."""
    names = ("firstName", "lastName") if update.kind == "person" else ("companyName",)
    parts = _plain(update.text(name) for name in names)
    return parts if all(parts) else ()


def _named(contact: Contact) -> tuple[str, ...]:
    return _plain((contact.first_name, contact.last_name) if contact.kind == "person" else (contact.company,))


def _plain(parts: Iterable[str | None]) -> tuple[str, ...]:
    """Names without regard to case and spaces; accents count, for å is no a in Swedish."""
    return tuple(" ".join((part or "").casefold().split()) for part in parts)
