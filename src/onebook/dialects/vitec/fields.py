"""The one field table: every member of the vendor's contacts, its limit, and its home in the canonical contact.

Names, types, limits and their order are those of the vendor's page; `since=2026` marks what its newer page adds.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from onebook.dialects.vitec.book import Book
from onebook.dialects.vitec.homes import (
    keep_agent,
    keep_categories,
    keep_consent,
    keep_extra,
    keep_plain,
    keep_text,
    show_categories,
    show_flag,
    show_id,
    show_matching,
    show_plain,
    show_text,
    show_when,
)
from onebook.dialects.vitec.moments import show_day
from onebook.dialects.vitec.parts import (
    ADDRESS,
    CATEGORIES,
    COMPANY_TELEPHONES,
    EMAILS,
    PERSON_TELEPHONES,
    address_kept,
    address_shown,
    emails_kept,
    emails_shown,
    phones_kept,
    phones_shown,
)
from onebook.dialects.vitec.shapes import Member, Shape
from onebook.dialects.vitec.slots import COMPANY_PHONES, PERSON_PHONES
from onebook.model.contact import Contact, Kind

TYPE_OF: dict[Kind, str] = {"person": "Person", "company": "Company", "estate": "DeceasedEstate"}
"""The canonical kind → the vendor's ContactType."""
COMPANY_NAME_LIMIT = 100
"""The newer page's; the older one had 50."""


def _text(name: str, home: str, limit: int | None, label: str, sent: str = "", *, name_rule: bool = False) -> Member:
    keep = keep_text(home, limit, unless_blank=name_rule)
    return Member(name, "string", home, show_text(home, limit), keep, limit=limit, label=label, sent=sent)


def _flag(name: str, home: str, sent: str = "") -> Member:
    return Member(name, "boolean", home, show_flag(home), keep_plain(home), sent=sent)


def _when(name: str, home: str, sent: str = "") -> Member:
    return Member(name, "date", home, show_when(home), keep_plain(home), sent=sent)


def _type(contact: Contact, book: Book) -> str:
    return TYPE_OF[contact.kind]


def _customer_id(contact: Contact, book: Book) -> str:
    return book.customer_id


def _agent(contact: Contact, book: Book) -> str | None:
    return None if contact.owner_id is None else str(contact.owner_id)


def _birthday(contact: Contact, book: Book) -> str | None:
    return show_day(contact.birth_date)


def _is_company_person(contact: Contact, book: Book) -> bool:
    """As it was said, else whether the contact belongs to another."""
    return contact.parent_id is not None if contact.is_company_person is None else contact.is_company_person


def _company_name(contact: Contact, book: Book) -> str | None:
    name = contact.company or _full_name(contact)
    return None if name is None else name[:COMPANY_NAME_LIMIT]


def _keep_company_name(contact: Contact, value: Any, book: Book) -> Contact:
    return contact if _company_name(contact, book) == value else replace(contact, company=value)


def _estate_name(contact: Contact, book: Book) -> str | None:
    name = _full_name(contact) or contact.company
    return None if name is None else name[:30]


def _full_name(contact: Contact) -> str | None:
    parts = [part for part in (contact.first_name, contact.last_name) if part]
    return " ".join(parts) if parts else None


ID = Member("Id", "string", "external_ids.vitec, id", show_id, limit=40, label="Kontaktid", sent="contactId")
CUSTOMER_ID = Member(
    "CustomerId",
    "string",
    "account.customer_id",
    _customer_id,
    limit=40,
    label="Kund-id",
    sent="customerId",
    required=True,
)
_TYPE = Member("Type", "ContactType", "kind", _type)
_SCORE = Member("LeadScore", "integer", "lead_score", show_plain("lead_score"))

BASE = Shape(
    "CrmContact",
    (
        ID,
        _TYPE,
        CUSTOMER_ID,
        Member("AgentId", "string", "owner_id", _agent, keep_agent, sent="userId"),
        Member("Address", ADDRESS, "addresses", address_shown, address_kept, sent="address"),
        Member("Email", EMAILS, "emails", emails_shown, emails_kept, sent="email"),
        _flag("AdvertisingEnabled", "advertising_enabled", "wishAdvertising"),
        _text("Note", "description", None, "Anteckning", "note"),
        Member("Categories", CATEGORIES, "tag_ids", show_categories, keep_categories, sent="categoryIds", many=True),
        _when("CreatedAt", "created_at"),
        _when("ChangedAt", "updated_at"),
    ),
)
PERSON = Shape(
    "CrmPersonContact",
    (
        _TYPE,
        _text("FirstName", "first_name", 30, "Förnamn", "firstName", name_rule=True),
        _text("LastName", "last_name", 30, "Efternamn", "lastName", name_rule=True),
        _text("SocialSecurityNumber", "social_security_number", 20, "Personnummer", "socialSecurityNumber"),
        _flag("IsForeignSocialSecurityNumber", "is_foreign_social_security_number"),
        Member("DateOfBirth", "date", "birth_date", _birthday, since=2026),
        Member("Telephone", PERSON_TELEPHONES, "phones", phones_shown(PERSON_PHONES), phones_kept(PERSON_PHONES)),
        _SCORE,
        Member("WantsToBeMatched", "MatchingWatched", "matching", show_matching),
        _when("MatchingChangedAt", "matching_changed_at"),
        _flag("IsDeceased", "is_deceased"),
        Member("IsCompanyPerson", "boolean", "is_company_person, parent_id", _is_company_person),
        _when("GDPRApprovalDate", "consent_approved_at", "gdprApprovalDate"),
    ),
    BASE,
)
COMPANY = Shape(
    "CrmCompanyContact",
    (
        _TYPE,
        Member(
            "Name",
            "string",
            "company",
            _company_name,
            _keep_company_name,
            limit=COMPANY_NAME_LIMIT,
            label="Företagsnamn",
            sent="companyName",
        ),
        _text("CorporateNumber", "corporate_number", 20, "Organisationsnummer", "corporateNumber"),
        _flag("IsForeignCorporateNumber", "is_foreign_corporate_number"),
        _text("HomePage", "website", 60, "Hemsida", "homePage"),
        Member("Telephone", COMPANY_TELEPHONES, "phones", phones_shown(COMPANY_PHONES), phones_kept(COMPANY_PHONES)),
        _SCORE,
    ),
    BASE,
)
ESTATE = Shape(
    "CrmDeceasedEstateContact",
    (
        _TYPE,
        Member("Name", "string", "last_name", _estate_name, limit=30, label="Nam"),  # so the page spells it
        _text("SocialSecurityNumber", "social_security_number", 20, "Personnummer"),
        _flag("IsForeignIdSocialSecurityNumber", "is_foreign_social_security_number"),
        Member("Telephone", PERSON_TELEPHONES, "phones", phones_shown(PERSON_PHONES)),
    ),
    BASE,
)
SHAPE_OF: dict[Kind, Shape] = {"person": PERSON, "company": COMPANY, "estate": ESTATE}
"""The canonical kind → the derived shape."""

APPROVAL = (
    Member("Approval", "boolean", "consent_status", keep=keep_consent, sent="approval"),
    Member("ApprovalDate", "date", "extras.vitec.approvalDate", keep=keep_extra("approvalDate"), sent="approvalDate"),
    Member(
        "ObtainThrough",
        "string",
        "consent_obtained_through",
        keep=keep_text("consent_obtained_through", None),
        sent="obtainThrough",
    ),
)
"""What only the writing calls have."""
