"""The objects inside the vendor's contacts: address, e-mails, phones, categories; where each lives, `slots.py` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onebook.dialects.vitec.book import Book
from onebook.dialects.vitec.shapes import CATEGORY, MODELS, Keep, Member, Shape, Show
from onebook.dialects.vitec.slots import (
    Slots,
    cut,
    keep_address,
    keep_emails,
    keep_phones,
    show_emails,
    show_phones,
    shown_address,
    street_line,
)
from onebook.model.contact import Address, Contact

_PHONE, _EMAIL = 17, 100


def _phone(name: str, sent: str) -> Member:
    return Member(name, "string", "phones.number", limit=_PHONE, label="Telefonnummer", sent=sent)


def _email(name: str, sent: str) -> Member:
    return Member(name, "string", "emails.address", limit=_EMAIL, label="Epostadress", sent=sent)


def _part(name: str, part: str, limit: int, label: str, sent: str) -> Member:
    return Member(name, "string", f"addresses.{part}", limit=limit, label=label, sent=sent)


COORDINATE = Shape(
    "Wgs84Coordinate",
    (
        Member("Longitude", "number", "addresses.longitude", sent="longitud"),
        Member("Latitude", "number", "addresses.latitude", sent="latitud"),
    ),
)
ADDRESS = Shape(
    "CrmContactAddress",
    (
        _part("StreetAddress", "street", 68, "Gatuadress", "streetAddress"),
        _part("ZipCode", "zip", 15, "Postnummer", "zipCode"),
        _part("City", "city", 25, "Ort", "city"),
        _part("CountryCode", "country", 2, "Landskod", "countryCode"),
        Member("Wgs84Coordinate", COORDINATE, "addresses", sent="coordinate", since=2026),
    ),
)
EMAILS = Shape(
    "EmailAddresses",
    (_email("EmailAddress", "emailAddress"), _email("EmailAddress2", "emailAddress2")),
    namespace=MODELS,
)
CATEGORIES = Shape(
    "Category",
    (
        Member("Id", "string", "tags.id"),
        Member("Name", "string", "tags.name"),
        Member("ReadOnly", "boolean", "tags.is_locked"),
    ),
    namespace=CATEGORY,
)
PERSON_TELEPHONES = Shape(
    "PersonTelephoneNumbers",
    (
        _phone("Home", "telePhone"),
        _phone("Work", "workPhone"),
        _phone("Cell", "cellPhone"),
        _phone("Other", "otherPhone"),
    ),
)
COMPANY_TELEPHONES = Shape("CompanyTelephoneNumbers", (_phone("Switch", "switchPhone"), _phone("Other", "otherPhone")))


def phones_shown(slots: Slots) -> Show:
    """The numbers in their places."""
    return lambda contact, book: show_phones(contact, slots, _PHONE)


def phones_kept(slots: Slots) -> Keep:
    """Takes the numbers that were sent, by key."""
    return lambda contact, value, book: keep_phones(contact, value or dict.fromkeys(slots.kinds), slots, _PHONE)


def emails_shown(contact: Contact, book: Book) -> Any:
    """The first two addresses, the primary one first."""
    return show_emails(contact, _EMAIL)


def emails_kept(contact: Contact, value: Any, book: Book) -> Contact:
    """Takes the addresses that were sent, by key; null takes both away."""
    given = dict.fromkeys(member.key for member in EMAILS.own) if value is None else value
    return keep_emails(contact, given, _EMAIL)


_TEXTS = {member.key: member.home.removeprefix("addresses.") for member in ADDRESS.own if member.limit}
_STREET, _ZIP, _CITY, _COUNTRY = (member.limit for member in ADDRESS.own if member.limit)
_NOWHERE = Address()


def address_shown(contact: Contact, book: Book) -> Any:
    """The parts of the address that is shown; without one each is null."""
    address = shown_address(contact) or _NOWHERE
    shown = _parts(address)
    if address.longitude is None and address.latitude is None:
        shown["wgs84Coordinate"] = None
    else:
        shown["wgs84Coordinate"] = {"longitude": address.longitude, "latitude": address.latitude}
    return shown


def _parts(address: Address) -> dict[str, Any]:
    return {
        "streetAddress": cut(street_line(address), _STREET),
        "zipCode": cut(address.zip, _ZIP),
        "city": cut(address.city, _CITY),
        "countryCode": cut(address.country, _COUNTRY),
    }


def address_kept(contact: Contact, value: Any, book: Book) -> Contact:
    """Takes the parts that were sent, by key; null takes the whole address away."""
    if value is None:
        return keep_address(contact, None)
    shown = _parts(shown_address(contact) or _NOWHERE)
    changed = address_parts({key: given for key, given in value.items() if key not in shown or given != shown[key]})
    return keep_address(contact, changed) if changed else contact


def address_parts(value: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent of an address, under the canonical names; the street's line takes the house number's place too."""
    parts = {part: value[key] for key, part in _TEXTS.items() if key in value}
    if "street" in parts:
        parts["house_number"] = None
    if "wgs84Coordinate" in value:
        given = value["wgs84Coordinate"]
        parts |= {"longitude": None, "latitude": None} if given is None else given
    return parts
