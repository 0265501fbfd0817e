"""The contact: canonical, neutral to every vendor, and rich enough that each key of theirs has a home.

Three rules hold throughout. Text is kept as it was given; what is searched or compared is derived from it
(`model/normal.py`). `None` is 'no value', empty text is an empty text. What no field here can say lives in
`extras[<dialect>]` and comes back there as it came.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

Kind = Literal["person", "company", "estate"]
Salutation = Literal["mr", "ms"]
PhoneKind = Literal["mobile", "home", "work", "fax", "switch", "other"]
AddressKind = Literal["home", "office", "billing", "other"]
ConsentStatus = Literal["none", "ignored", "agreed", "revoked"]
Matching = Literal["yes", "no", "not_asked"]
EmailStatus = Literal[
    "unknown",
    "double_opt_in",
    "single_opt_in",
    "confirmed_by_hand",
    "confirmed_by_import",
    "unsubscribed",
    "spam",
    "blocked",
    "temporarily_blocked",
    "invalid",
]

Moment = Annotated[datetime, Meta(tz=True)]
"""A moment in time, always with its zone; UTC inside."""

Country = str
"""ISO 3166-1 alpha-2 where it is known, else the text as given."""


class Email(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One e-mail address as given; it is compared without regard to case."""

    address: str
    label: str | None = None
    is_primary: bool = False
    status: EmailStatus | None = None


class Phone(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One phone number: `number` is the text as given, `e164` derived from it where it is a number at all."""

    number: str
    e164: str | None = None
    kind: PhoneKind = "other"
    label: str | None = None
    is_primary: bool = False


class Address(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One postal address; `latitude` and `longitude` in degrees, WGS 84."""

    kind: AddressKind = "home"
    street: str | None = None
    house_number: str | None = None
    street2: str | None = None
    zip: str | None = None
    city: str | None = None
    state: str | None = None
    country: Country | None = None
    latitude: float | None = None
    longitude: float | None = None


class Consent(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The value of a custom field of type consent: who agreed, from where and when."""

    ip: str | None = None
    created: Moment | None = None
    source: str | None = None


class Contact(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A person, a company or the estate of a deceased.

    A company's name is `company`, an estate's `last_name`. `emails`, `phones` and `addresses` keep their order;
    at most one of each list is primary, and the first stands in where none is. `merged_ids` are the ids of contacts
    that were merged into this one, `former_ids` what they were called in each dialect; it answers to all of them.
    """

    id: int = 0
    kind: Kind = "person"
    # Names
    salutation: Salutation | None = None
    academic_title: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    birth_name: str | None = None
    company: str | None = None
    position: str | None = None
    message_salutation: str | None = None
    # Ways to reach
    emails: tuple[Email, ...] = ()
    phones: tuple[Phone, ...] = ()
    addresses: tuple[Address, ...] = ()
    website: str | None = None
    skype: str | None = None
    facebook: str | None = None
    twitter: str | None = None
    language: str | None = None
    # Who looks after it, where it comes from, where it stands: ids of the account's users and lists
    owner_id: int | None = None
    second_owner_id: int | None = None
    source_id: int | None = None
    status_id: int | None = None
    reason_id: int | None = None
    tag_ids: tuple[int, ...] = ()
    parent_id: int | None = None
    project_ids: tuple[int, ...] = ()
    department_ids: tuple[int, ...] = ()
    creator_id: int | None = None
    updater_id: int | None = None
    # What is known
    description: str | None = None
    warning_notice: str | None = None
    rating: Annotated[int, Meta(ge=0, le=3)] | None = None
    lead_score: int | None = None
    income: str | None = None
    handover_date: date | None = None
    rent_date: date | None = None
    followup_date: date | None = None
    # Identity
    birth_date: date | None = None
    birth_place: str | None = None
    birth_country: str | None = None
    nationality: str | None = None
    identity_number: str | None = None
    issuing_authority: str | None = None
    pass_type: str | None = None
    conspicuity: str | None = None
    social_security_number: str | None = None
    is_foreign_social_security_number: bool | None = None
    tax_identification_number: str | None = None
    is_deceased: bool | None = None
    is_company_person: bool | None = None
    legal_form: str | None = None
    register_number: str | None = None
    corporate_number: str | None = None
    is_foreign_corporate_number: bool | None = None
    # Consent and retention
    consent_status: ConsentStatus = "none"
    consent_approved_at: Moment | None = None
    consent_obtained_through: str | None = None
    accept_contact: bool | None = None
    newsletter: bool | None = None
    newsletter_unsubscribed: bool | None = None
    property_mailing_wanted: bool | None = None
    advertising_enabled: bool | None = None
    matching: Matching | None = None
    matching_changed_at: Moment | None = None
    keep_data_until: date | None = None
    delete_requested_at: date | None = None
    # What the account or a vendor adds
    custom: dict[str, Any] = msgspec.field(default_factory=dict)
    external_ids: dict[str, str] = msgspec.field(default_factory=dict)
    extras: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    # Life
    merged_ids: tuple[int, ...] = ()
    former_ids: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    token: str | None = None
    is_archived: bool = False
    is_locked: bool = False
    version: int = 0
    created_at: Moment | None = None
    updated_at: Moment | None = None
    last_contact_at: Moment | None = None
    deleted_at: Moment | None = None


BOOK_KEPT = frozenset({"id", "version", "token", "created_at", "updated_at", "deleted_at", "merged_ids", "former_ids"})
"""The fields that the book sets itself, whatever a caller sends."""


def display_name(contact: Contact) -> str:
    """First and last name, else the company's name, else the first e-mail address, else empty."""
    name = " ".join(part for part in (contact.first_name, contact.last_name) if part)
    if contact.kind == "company":
        name = contact.company or name
    return name or contact.company or (primary_email(contact) or "")


def primary_email(contact: Contact) -> str | None:
    """The address marked primary, else the first one with any text."""
    given = [email for email in contact.emails if email.address]
    return next((email.address for email in given if email.is_primary), given[0].address if given else None)


def primary_phone(contact: Contact) -> str | None:
    """The number marked primary, else the first that is no fax."""
    given = [phone for phone in contact.phones if phone.number]
    chosen = next((phone.number for phone in given if phone.is_primary), None)
    return chosen or next((phone.number for phone in given if phone.kind != "fax"), None)


def address_of(contact: Contact, *kinds: AddressKind) -> Address | None:
    """The first address of the first of `kinds` that there is."""
    for kind in kinds:
        for address in contact.addresses:
            if address.kind == kind:
                return address
    return None


def address_line(address: Address | None) -> str | None:
    """The address in one line, `Musterstrasse 76, 42573 Berlin`; None when there is nothing to say."""
    if address is None:
        return None
    street = _joined(address.street, " ", address.house_number)
    return _joined(street, ", ", _joined(address.zip, " ", address.city)) or None


def _joined(first: str | None, between: str, second: str | None) -> str | None:
    return f"{first}{between}{second}" if first and second else first or second
