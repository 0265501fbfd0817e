"""What happens in the made-up agency: teams, projects, deals, appointments, e-mails and all that stands around them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from onebook.model.account import CustomField, Record
from onebook.model.activity import ActivityType, Appointment, Cancelation, Message, Note, Policy, Todo
from onebook.model.campaign import Campaign, MailStatus
from onebook.model.contact import Contact, display_name, primary_email
from onebook.model.deal import CommissionSplit, Deal, DealPipeline, DealStage
from onebook.model.document import Document, Picture
from onebook.model.normal import email_key
from onebook.model.organisation import Department, PropertyStatus, ReservationReason, Team
from onebook.model.project import Project
from onebook.model.property import Property
from onebook.model.property_text import PropertyText
from onebook.model.relationship import Relationship
from onebook.model.saved_query import SavedQuery
from onebook.model.webhook import Webhook

REASONS = ("Preis zu hoch", "Lage", "Finanzierung abgelehnt", "Anderweitig gekauft")
PROPERTY_STATUSES = (
    PropertyStatus(name="Akquise", color="#8a8a8a", position=1),
    PropertyStatus(name="Vermarktung", color="#2f6f4f", position=2),
    PropertyStatus(name="Reserviert", color="#b58a2d", position=3),
    PropertyStatus(name="Verkauft", color="#3b5b92", position=4),
)
ACTIVITY_TYPES = (
    ActivityType(name="Besichtigung", category="event", color="#2f6f4f", position=1),
    ActivityType(name="Beratung", category="event", color="#3b5b92", position=2),
    ActivityType(name="Rückruf", category="reminder", color="#b58a2d", position=3),
    ActivityType(name="Telefonnotiz", category="note", color="#8a8a8a", position=4),
    ActivityType(name="Exposéversand", category="message", color="#b5542d", position=5),
    ActivityType(name="Absage", category="cancelation", color="#8a8a8a", position=6),
)
CUSTOM_FIELDS = (
    CustomField(name="viewing_hint", entity="properties", label="Hinweis zur Besichtigung", type="text", position=1),
    CustomField(name="notary", entity="deals", label="Notariat", type="text", position=1),
)
STAGES = (("Interesse", 10), ("Besichtigt", 30), ("Angebot", 60), ("Notartermin", 90))


@dataclass(frozen=True, slots=True)
class Office:
    """What the rows of the office point to: ids, and the contacts and properties as they were written."""

    contacts: Sequence[Contact]
    properties: Sequence[Property]
    users: Sequence[int]
    sources: Sequence[int]
    ids: dict[type[Record], list[int]] = field(default_factory=dict)
    """The ids of the rows made so far, by their kind."""


def lists(users: Sequence[int]) -> Iterator[Record]:
    """The small lists that the other rows point to."""
    yield Team(name="Demo Immobilien GmbH", position=1)
    yield Team(name="Demo Hausverwaltung GmbH", position=2)
    yield from (Department(name=name, position=place) for place, name in enumerate(("Verkauf", "Vermietung"), 1))
    yield from (ReservationReason(name=name, position=place) for place, name in enumerate(REASONS, 1))
    yield from PROPERTY_STATUSES
    yield from ACTIVITY_TYPES
    yield from CUSTOM_FIELDS
    for name in ("Verkauf", "Vermietung"):
        stages = tuple(
            DealStage(name=stage, position=place, chance=chance) for place, (stage, chance) in enumerate(STAGES, 1)
        )
        yield DealPipeline(name=name, user_ids=tuple(users), stages=stages)


def papers(random: Random, office: Office) -> Iterator[Record]:
    """Projects, texts, pictures, documents, relationships, searches and subscriptions."""
    (status, *_), departments = office.ids[PropertyStatus], office.ids[Department]
    for name, house in zip(("Seeterrassen", "Quartier am Park"), office.properties, strict=False):
        yield Project(
            name=name,
            reference=f"P-{house.id}",
            status_id=status,
            street=house.street,
            zip=house.zip,
            city=house.city,
            country=house.country,
            user_id=random.choice(office.users),
            department_ids=tuple(departments[:1]),
            description=f"{name} in {house.city}.",
        )
    for house in office.properties[:8]:
        for place, language in enumerate(("de", "en")):
            text = ("Helle Räume, ruhige Lage.", "Bright rooms in a quiet place.")[place]
            yield PropertyText(property_id=house.id, language=language, title=house.title, description=text)
        yield Picture(property_id=house.id, title="Ansicht", url=f"https://demo.example.com/{house.id}.jpg", position=1)
        liked, buyer = random.sample(office.contacts, 2)
        yield Relationship(kind="favorite", contact_id=liked.id, property_id=house.id)
        yield Relationship(name="Nachbar", contact_id=buyer.id, property_id=house.id)
        yield Relationship(kind="partnership", name="Ehepartner", contact_id=liked.id, related_contact_id=buyer.id)
        yield SavedQuery(
            contact_id=buyer.id,
            operation="sale",
            cities=(house.city or "",),
            price_from=100_000,
            price_to=random.randrange(3, 9) * 100_000,
            rooms_from=2,
            property_types=(house.property_type or "",),
        )
    for house in office.properties[4:8]:
        plan = f"https://demo.example.com/{house.id}.pdf"
        yield Document(property_id=house.id, title="Grundriss", url=plan, tags=("Grundriss",))
    yield Campaign(name="Frühlingsbrief")
    address = hashlib.sha256(email_key("abgemeldet@demo.example.com").encode()).hexdigest()
    yield MailStatus(address_hash=address, status="unsubscribed")
    yield Webhook(event="client_created", url="https://demo.example.com/hook", dialect="propstack")


def deals(random: Random, office: Office, pipelines: Sequence[DealPipeline], *, now: datetime) -> Iterator[Record]:
    """Deals at every stage."""
    for place, house in enumerate(office.properties[:12]):
        pipeline = pipelines[place % len(pipelines)]
        stage = pipeline.stages[place % len(pipeline.stages)]
        yield Deal(
            pipeline_id=pipeline.id,
            stage_id=stage.id,
            chance=stage.chance,
            contact_id=random.choice(office.contacts).id,
            property_id=house.id,
            user_id=random.choice(office.users),
            source_id=random.choice(office.sources),
            price=random.randrange(20, 90) * 10_000,
            start_date=(now - timedelta(days=place)).date(),
            custom={"notary": "Notariat am Markt"} if place % 3 == 0 else {},
        )


def splits(random: Random, office: Office) -> Iterator[Record]:
    """Who shares in the commission of the first deals."""
    for deal_id in office.ids[Deal][:4]:
        for percent in (60, 40):
            yield CommissionSplit(deal_id=deal_id, user_id=random.choice(office.users), percent=percent)


def activities(random: Random, office: Office, *, now: datetime) -> Iterator[Record]:
    """Appointments, todos, notes, e-mails, cancelations and proofs about the properties."""
    types = office.ids[ActivityType]
    for place, house in enumerate(office.properties[:10]):
        contact = random.choice(office.contacts)
        starts = (now + timedelta(days=place - 5)).replace(hour=9 + place % 8, minute=0, second=0, microsecond=0)
        of: dict[str, Any] = {
            "user_id": random.choice(office.users),
            "contact_ids": (contact.id,),
            "property_ids": (house.id,),
        }
        yield Appointment(
            title=f"Besichtigung {house.title}",
            type_id=types[0],
            starts_at=starts,
            ends_at=starts + timedelta(minutes=45),
            state=0,
            **of,
        )
        yield Todo(title=f"{display_name(contact)} zurückrufen", type_id=types[2], due_at=starts, **of)
        yield Note(title="Telefonat", body="<p>Interessiert, meldet sich wieder.</p>", type_id=types[3], **of)
        yield Message(
            title=f"Exposé {house.title}",
            body="<p>Anbei das Exposé.</p>",
            type_id=types[4],
            sender="katharina.vogt@demo.example.com",
            recipients=(primary_email(contact) or "unbekannt@example.com",),
            direction="out",
            sent_at=starts - timedelta(days=1),
            **of,
        )
        if place % 3 == 0:
            reason = random.choice(office.ids[ReservationReason])
            yield Cancelation(type_id=types[5], starts_at=starts, reservation_reason_id=reason, **of)
            yield Policy(title="Widerrufsbelehrung", kind="revocation", accepted_at=starts, **of)
