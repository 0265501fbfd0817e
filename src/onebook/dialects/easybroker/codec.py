"""Contacts and contact requests: this vendor's keys to ours and back. Pure; every mistake is an Invalid."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from onebook.dialects.easybroker.fields import (
    DEGREES,
    NAME,
    TEXT,
    Field,
    Given,
    as_given,
    decode,
    encode,
    extras_of,
    filled,
    read_object,
    read_text,
    unknown,
    with_extras,
)
from onebook.dialects.easybroker.people import user_name, written_name
from onebook.dialects.easybroker.wire import local_moment, utc_moment
from onebook.errors import Invalid
from onebook.model.account import Vocabulary
from onebook.model.contact import Contact, Email, Phone, primary_email, primary_phone
from onebook.model.lead import Lead

PERSON = (Field("name", "name", TEXT), Field("phone", "phone", TEXT), Field("email", "email", TEXT))
SAID = (Field("message", "message", TEXT), Field("source", "source", TEXT))
REMOTE = (Field("remote_id", "remote_id", TEXT),)
"""The keys of a contact request; `property_id` is a property's public number and is read apart."""

ADDRESS = (
    Field("type", "kind", TEXT),
    Field("street", "street", TEXT),
    Field("exterior_number", "house_number", TEXT),
    Field("interior_number", "street2", TEXT),
    Field("city", "city", TEXT),
    Field("state", "state", TEXT),
    Field("postal_code", "zip", TEXT),
    Field("country", "country", TEXT),
    Field("latitude", "latitude", DEGREES),
    Field("longitude", "longitude", DEGREES),
)
"""The vendor's page names the list and not its keys; these are the words of its properties (ours)."""


def read_request(body: Any, *, partner: str | None = None) -> tuple[str | None, Lead]:
    """The public number of the property that was asked for, None for none, and the request as a lead.

    With `partner`, the name of the partner's key, its own id of the request is read too. Raises Invalid.
    """
    given = read_object(body, "")
    table = (*PERSON, *SAID) if partner is None else (*PERSON, *SAID, *REMOTE)
    known = ("property_id", *(field.key for field in table))
    property_id = read_text(given.get("property_id"), "property_id")
    lead = Lead(**decode(table, given), partner=partner, extras=with_extras({}, unknown(given, known)))
    if partner is not None and not filled(lead.source):
        lead = replace(lead, source=partner)
    return (property_id.strip() if property_id is not None and filled(property_id) else None), lead


def check_request(lead: Lead, *, for_property: bool) -> None:
    """Whether enough is said of who asks. Raises Invalid with the first thing that is missing."""
    reachable = filled(lead.email) or filled(lead.phone)
    if for_property:
        if not reachable and not filled(lead.name):
            raise Invalid.at("name", "name, email or phone is needed", "missing_person")
    elif not reachable:
        raise Invalid.at("email", "email or phone is needed", "missing_reach")
    elif not filled(lead.name):
        raise Invalid.at("name", "is needed", "missing")


def check_partner_request(property_id: str | None, lead: Lead) -> None:
    """Whether a partner's request is whole. Raises Invalid that names all that is missing."""
    needed = {
        "property_id": property_id,
        "email": lead.email if filled(lead.email) else lead.phone,
        "message": lead.message,
        "remote_id": lead.remote_id,
    }
    missing = [key for key, value in needed.items() if not filled(value)]
    if missing:
        raise Invalid.at(", ".join(missing), "is needed", "missing")


def request_row(lead: Lead, contact_id: int | str | None, property_id: str | None, zone: ZoneInfo) -> Given:
    """One row of the account's list; `contact_id` is the one that the contact shows."""
    return {
        "id": lead.id,
        **encode(PERSON, lead),
        "contact_id": contact_id,
        "property_id": property_id,
        **encode(SAID, lead),
        "happened_at": local_moment(lead.happened_at, zone),
    }


def partner_row(lead: Lead, property_id: str | None) -> Given:
    """One row of a partner's list."""
    return {
        **encode(PERSON, lead),
        "property_id": property_id,
        "message": lead.message,
        "happened_at": utc_moment(lead.happened_at),
        **encode(REMOTE, lead),
        "status": "pending" if lead.contact_id is None else "processed",
    }


def shown_id(contact: Contact) -> int | str:
    """The id that the contact shows: the vendor's own where it has one, a number where it is one."""
    own = contact.external_ids.get(NAME)
    if own is None:
        return contact.id
    return int(own) if own.isascii() and own.isdigit() and len(own) < 19 and own[0] != "0" else own


def contact_row(contact: Contact, words: Vocabulary, zone: ZoneInfo) -> Given:
    """One row of the list of contacts."""
    return {
        "id": shown_id(contact),
        "full_name": written_name(contact),
        "email": primary_email(contact),
        "phone": primary_phone(contact),
        "agent": user_name(words.users.get(contact.owner_id or 0)),
        "source": shown_source(contact, words),
        "created_at": local_moment(contact.created_at, zone),
        "updated_at": local_moment(contact.updated_at, zone),
    }


def contact_detail(contact: Contact, words: Vocabulary, zone: ZoneInfo) -> Given:
    """The row, all that the contact has several of, and what callers sent that this dialect has no name for."""
    row = contact_row(contact, words, zone)
    lists = {
        "emails": [email.address for email in shown_emails(contact)],
        "phones": phone_list(contact),
        "addresses": address_list(contact),
        "tags": shown_tags(contact, words),
    }
    return {**row, **lists, **unknown(extras_of(contact), {**row, **lists})}


def phone_list(contact: Contact) -> list[Given]:
    """All numbers, as they came where they came so."""
    kept = extras_of(contact).get("phones")
    return [as_given(shown_phone(phone), kept) for phone in shown_phones(contact)]


def address_list(contact: Contact) -> list[Given]:
    """All addresses, as they came where they came so."""
    kept = extras_of(contact).get("addresses")
    return [as_given(encode(ADDRESS, address), kept) for address in contact.addresses]


def shown_emails(contact: Contact) -> tuple[Email, ...]:
    """The addresses that there are, the one that is marked first."""
    return tuple(sorted((email for email in contact.emails if filled(email.address)), key=_unmarked))


def shown_phones(contact: Contact) -> tuple[Phone, ...]:
    """The numbers that there are, the one that is marked first."""
    return tuple(sorted((phone for phone in contact.phones if filled(phone.number)), key=_unmarked))


def _unmarked(item: Email | Phone) -> bool:
    return not item.is_primary


def shown_tags(contact: Contact, words: Vocabulary) -> list[str]:
    """The names of the tags."""
    return [words.tags[tag_id].name for tag_id in contact.tag_ids if tag_id in words.tags]


def shown_source(contact: Contact, words: Vocabulary) -> str | None:
    """The name of the source."""
    source = words.sources.get(contact.source_id or 0)
    return source.name if source else None


def shown_phone(phone: Phone) -> Given:
    """One of the contact's numbers; a word for its type that is none of ours is its label."""
    return {"type": phone.label if phone.kind == "other" and phone.label else phone.kind, "number": phone.number}
