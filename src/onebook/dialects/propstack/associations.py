"""What stands around a contact, as its single answer shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from onebook.dialects.propstack.lookups import encode_broker, encode_source, encode_status
from onebook.dialects.propstack.shown import shown_id
from onebook.dialects.propstack.values import formatted_time, time_text
from onebook.model.account import Vocabulary
from onebook.model.contact import Contact
from onebook.model.property import Property


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the contacts of one answer; all by the contact's own id."""

    words: Vocabulary
    zone: ZoneInfo
    children_sizes: Mapping[int, int] = field(default_factory=dict)
    children: Mapping[int, Sequence[Contact]] = field(default_factory=dict)
    properties: Mapping[int, Sequence[Property]] = field(default_factory=dict)
    parents: Mapping[int, Contact] = field(default_factory=dict)
    """Parent's own id → parent, for its shown id."""
    documents: Mapping[int, Sequence[dict[str, Any]]] = field(default_factory=dict)
    """As rows, which know where their files are."""


def put_times(row: dict[str, Any], contact: Contact, zone: ZoneInfo) -> None:
    """The moments, each as a text and as a German reader writes it."""
    for name, moment in (
        ("last_contact_at", contact.last_contact_at),
        ("created_at", contact.created_at),
        ("updated_at", contact.updated_at),
    ):
        if moment is not None:
            row[name] = text = time_text(moment, zone)
            row[f"{name}_formatted"] = formatted_time(text)
    if contact.deleted_at is not None:
        row["deleted_at"] = time_text(contact.deleted_at, zone)


def put_associations(row: dict[str, Any], contact: Contact, around: Around) -> None:
    """Everything that the contact points to or that points to it, but its children."""
    words = around.words
    status = words.statuses.get(contact.status_id) if contact.status_id is not None else None
    row["status"] = {}
    if status is not None:
        row["status"] = {"id": shown_id(status), "label": status.name, "name": status.name, "color": status.color}
        row["client_status"] = encode_status(status)
    if contact.source_id in words.sources:
        row["client_source"] = encode_source(words.sources[contact.source_id])
    for name, user_id in (("broker", contact.owner_id), ("second_broker", contact.second_owner_id)):
        if user_id in words.users:
            row[name] = encode_broker(words.users[user_id], words)
    if contact.parent_id is not None:
        parent = around.parents.get(contact.parent_id)
        row["parent_id"] = contact.parent_id if parent is None else shown_id(parent)
    row["documents"] = list(around.documents.get(contact.id, ()))
    row["owned_properties"] = [encode_owned(one) for one in around.properties.get(contact.id, ())]


def encode_owned(prop: Property) -> dict[str, Any]:
    """A property as an owner's contact shows it; the keys are those of the vendor's property rows."""
    return {
        "id": shown_id(prop),
        "unit_id": prop.reference,
        "title": prop.title,
        "street": prop.street,
        "house_number": prop.house_number,
        "zip_code": prop.zip,
        "city": prop.city,
        "country": prop.country,
    }


def full_salutation(contact: Contact) -> str:
    """`Sehr geehrte Frau Tango,`; without a salutation or a last name to everybody."""
    if contact.salutation is None or not contact.last_name:
        return "Sehr geehrte Damen und Herren,"
    greeting = "Sehr geehrter Herr" if contact.salutation == "mr" else "Sehr geehrte Frau"
    return " ".join(part for part in (greeting, contact.academic_title, contact.last_name) if part) + ","
