"""The objects inside the vendor's contacts: address, e-mails, phones, categories; where each lives, `slots.py` says."""

from __future__ import annotations

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
    return lambda contact, value, book: keep_phones(contact, value or dict.fromkeys(slots), slots, _PHONE)


def emails_shown(contact: Contact, book: Book) -> Any:
    """The first two addresses, the primary one first."""
    return show_emails(contact, _EMAIL)


def emails_kept(contact: Contact, value: Any, book: Book) -> Contact:
    """Takes the addresses that were sent, by key; null takes both away."""
    given = dict.fromkeys(member.key for member in EMAILS.own) if value is None else value
    return keep_emails(contact, given, _EMAIL)


_TEXTS = tuple((member.key, member.home.removeprefix("addresses."), member.limit) for member in ADDRESS.own[:4])
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
    texts = (street_line(address), address.zip, address.city, address.country)
    return {key: cut(text, limit) for (key, _, limit), text in zip(_TEXTS, texts, strict=True)}


def address_kept(contact: Contact, value: Any, book: Book) -> Contact:
    """Takes the parts that were sent, by key; null takes the whole address away."""
    if value is None:
        return keep_address(contact, None)
    shown = _parts(shown_address(contact) or _NOWHERE)
    changed: dict[str, Any] = {}
    for key, part, _ in _TEXTS:
        if key in value and value[key] != shown[key]:
            changed[part] = value[key]
    if "street" in changed:
        changed["house_number"] = None
    if "wgs84Coordinate" in value:
        given = value["wgs84Coordinate"] or {"longitude": None, "latitude": None}
        changed |= {key: given[key] for key in ("longitude", "latitude") if key in given}
    return keep_address(contact, changed) if changed else contact
