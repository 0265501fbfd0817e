"""Contacts in the vendor's words and back, by the field table: pure functions.

A contact is shown as the derived type of its kind, whole. What is sent becomes an `Edit` that changes what was named
and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from onebook.dialects.vitec.book import Book
from onebook.dialects.vitec.fields import APPROVAL, COMPANY, CUSTOMER_ID, ID, PERSON, SHAPE_OF
from onebook.dialects.vitec.homes import keep_unknown
from onebook.dialects.vitec.sent import SENTENCE, Place, Sent, places, read_sent
from onebook.dialects.vitec.shapes import Member, Shape, Show
from onebook.errors import Invalid, Problem
from onebook.model.account import Vocabulary
from onebook.model.contact import Contact, Kind
from onebook.service.contacts import Edit

_SHOWN: dict[Kind, tuple[tuple[str, Show], ...]] = {
    kind: tuple((member.key, member.show) for member in shape.members if member.show)
    for kind, shape in SHAPE_OF.items()
}
SENT: dict[Kind, Mapping[str, Place]] = {
    "person": places((*PERSON.members, *APPROVAL)),
    "company": places((*COMPANY.members, *APPROVAL)),
}
"""The names of UpdatePerson and UpdateCompany."""


@dataclass(frozen=True, slots=True)
class Update:
    """An UpdatePerson or UpdateCompany, read. `text` finds what was sent under a name of the writing calls."""

    kind: Kind
    customer_id: str
    contact_id: str | None
    sent: Sent

    def text(self, name: str) -> str:
        """The text of the contact itself, or of its phones, that was sent under `name`; empty where none was."""
        for member, value in self.sent.values.items():
            if member.sent == name:
                return value or ""
            if isinstance(member.type, Shape) and not member.many and value:
                part = next((part for part in member.type.members if part.sent == name), None)
                if part is not None:
                    return value.get(part.key) or ""
        return ""

    def texts(self, *names: str) -> list[str]:
        """Those of the texts that are not blank."""
        found = (self.text(name).strip() for name in names)
        return [text for text in found if text]

    @property
    def edit(self) -> Edit:
        """What was sent as a change; a new contact becomes one of this kind."""

        def apply(contact: Contact, vocabulary: Vocabulary) -> Contact:
            return _apply(self, contact, Book(vocabulary))

        return apply


def show_contact(contact: Contact, book: Book) -> dict[str, Any]:
    """The contact as JSON holds it, in the order of the vendor's samples."""
    return {key: show(contact, book) for key, show in _SHOWN[contact.kind]}


def show_members(contact: Contact, book: Book, members: tuple[Member, ...]) -> dict[str, Any]:
    """Some members of the contact only."""
    return {member.key: member.show(contact, book) for member in members if member.show}


def read_update(body: Any, kind: Kind, zone: ZoneInfo) -> Update:
    """The body of a writing call; a date without a time zone means `zone`.

    Raises Invalid naming every value that is wrong under its name there.
    """
    sent = read_sent(body, SENT[kind], zone)
    customer_id = taken_customer(sent)
    contact_id = sent.values.pop(ID, None) or ""
    return Update(kind, customer_id, contact_id.strip() or None, sent)


def taken_customer(sent: Sent) -> str:
    """The customerId that was sent, taken out. Raises Invalid where there is none, or anything else is wrong."""
    customer_id: str = sent.values.pop(CUSTOMER_ID, None) or ""
    if not customer_id.strip() and not any(problem.path == CUSTOMER_ID.sent for problem in sent.problems):
        sent.problems.append(Problem(CUSTOMER_ID.sent, SENTENCE, CUSTOMER_ID.missing))
    if sent.problems:
        raise Invalid("the request is not valid", tuple(sent.problems))
    return customer_id


def _apply(update: Update, contact: Contact, book: Book) -> Contact:
    if contact.version == 0:
        contact = replace(contact, kind=update.kind)
    for member, value in update.sent.values.items():
        if member.keep is not None:
            contact = member.keep(contact, value, book)
    return keep_unknown(contact, update.sent.unknown)
