"""Every table of the book that is not the contacts': its name, its record, how its rows are found and sorted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from onebook.model.account import CustomField, Reason, Record, Source, Status, Tag, TagGroup, User
from onebook.model.activity import ActivityType, Appointment, Cancelation, Message, Note, Policy, Todo
from onebook.model.campaign import Campaign, MailStatus
from onebook.model.deal import CommissionSplit, Deal, DealPipeline
from onebook.model.document import Document, Picture
from onebook.model.duplicate import DuplicatePair
from onebook.model.lead import Lead
from onebook.model.normal import email_key
from onebook.model.organisation import Department, PropertyStatus, ReservationReason, Team
from onebook.model.project import Project
from onebook.model.property import Property
from onebook.model.property_text import PropertyText
from onebook.model.references import reference_keys
from onebook.model.relationship import Relationship
from onebook.model.saved_query import SavedQuery
from onebook.model.webhook import Webhook
from onebook.store.moments import micros

KeyPair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Resource:
    """`name` is the table's name in the native API and the change feed; `keys` gives (kind, value) to find a row by.

    A row is also found by what it points to (`model/references.py`) and by its external ids (`id:<dialect>`). Its
    `unique` kinds are shared with no other row. `position` is what a list can be sorted by: the id, or a moment in
    microseconds. `in_vocabulary`: a small list that others point to, so it is read together with the account.
    """

    name: str
    record: type[Record]
    keys: Callable[[Any], list[KeyPair]]
    unique: frozenset[str]
    in_vocabulary: bool
    position: Callable[[Any], int] = lambda record: int(record.id)


def all_keys(resource: Resource, record: Record) -> list[KeyPair]:
    """Every (kind, value) that a record not in the trash is found under."""
    ids = [(f"id:{dialect}", value) for dialect, value in record.external_ids.items()]
    return [*resource.keys(record), *reference_keys(record), *ids]


def _nothing(_: Any) -> list[KeyPair]:
    return []


def _named(record: Any) -> list[KeyPair]:
    return [("name", record.name.strip().casefold())]


def _field(field: CustomField) -> list[KeyPair]:
    return [*_named(field), ("entity", field.entity), ("field", f"{field.entity}\n{field.name.strip().casefold()}")]


def _user(user: User) -> list[KeyPair]:
    return [("email", email_key(user.email))] if user.email else []


def _property(prop: Property) -> list[KeyPair]:
    keys = [("status", prop.status), *_archivable(prop)]
    keys += [("operation", prop.operation)] if prop.operation else []
    return [*keys, ("reference", prop.reference)] if prop.reference else keys


def _archivable(record: Property | Project) -> list[KeyPair]:
    return [("is_archived", str(int(record.is_archived)))]


def _project(project: Project) -> list[KeyPair]:
    keys = _archivable(project)
    keys += [("status", project.status)] if project.status else []
    return [*keys, ("reference", project.reference)] if project.reference else keys


def _lead(lead: Lead) -> list[KeyPair]:
    keys = [("partner", lead.partner or "")]
    return [*keys, ("remote", remote_key(lead.partner, lead.remote_id))] if lead.remote_id is not None else keys


def remote_key(partner: str | None, remote_id: str) -> str:
    """A portal's own id of a lead, told apart from other portals'."""
    return f"{partner or ''}\n{remote_id}"


def _pair(pair: DuplicatePair) -> list[KeyPair]:
    return [("status", pair.status), ("pair", pair_key(pair.contact_ids))]


def pair_key(contact_ids: tuple[int, int]) -> str:
    """Two contacts as a pair, in whichever order they are given."""
    return f"{min(contact_ids)}-{max(contact_ids)}"


def _activity_type(one: ActivityType) -> list[KeyPair]:
    return [*_named(one), *([("category", one.category)] if one.category else [])]


def _todo(todo: Todo) -> list[KeyPair]:
    return [("is_done", str(int(todo.is_done)))]


def _pipeline(pipeline: DealPipeline) -> list[KeyPair]:
    return [*_named(pipeline), *(("stage", str(stage.id)) for stage in pipeline.stages)]


def _document(document: Document) -> list[KeyPair]:
    keys = [("tag", tag.strip().casefold()) for tag in document.tags]
    return [*keys, ("sha256", document.sha256)] if document.sha256 else keys


def _text(text: PropertyText) -> list[KeyPair]:
    return [("language", text.language)] if text.language else []


def _relationship(one: Relationship) -> list[KeyPair]:
    return [("kind", one.kind)]


def _query(query: SavedQuery) -> list[KeyPair]:
    return [("is_active", str(int(query.is_active)))]


def _webhook(webhook: Webhook) -> list[KeyPair]:
    return [("event", webhook.event), ("dialect", webhook.dialect)]


def _mail_status(status: MailStatus) -> list[KeyPair]:
    return [("address", status.address_hash)]


def _starts(record: Appointment | Cancelation) -> int:
    return micros(record.starts_at)


NAME, NONE = frozenset({"name"}), frozenset[str]()
RESOURCES: tuple[Resource, ...] = (
    Resource("users", User, _user, frozenset({"email"}), True),
    Resource("tag_groups", TagGroup, _named, NAME, True),
    Resource("tags", Tag, _named, NAME, True),
    Resource("sources", Source, _named, NAME, True),
    Resource("statuses", Status, _named, NAME, True),
    Resource("reasons", Reason, _named, NAME, True),
    Resource("custom_fields", CustomField, _field, frozenset({"field"}), True),
    Resource("properties", Property, _property, frozenset({"reference"}), False),
    Resource("leads", Lead, _lead, frozenset({"remote"}), False, lambda lead: micros(lead.happened_at)),
    Resource("duplicate_pairs", DuplicatePair, _pair, frozenset({"pair"}), False),
    Resource("teams", Team, _named, NONE, True),
    Resource("departments", Department, _named, NONE, True),
    Resource("activity_types", ActivityType, _activity_type, NONE, True),
    Resource("reservation_reasons", ReservationReason, _named, NONE, True),
    Resource("property_statuses", PropertyStatus, _named, NONE, True),
    Resource("deal_pipelines", DealPipeline, _pipeline, frozenset({"stage"}), True),
    Resource("projects", Project, _project, NONE, False),
    Resource("property_details", PropertyText, _text, NONE, False),
    Resource("documents", Document, _document, NONE, False),
    Resource("images", Picture, _nothing, NONE, False),
    Resource("relationships", Relationship, _relationship, NONE, False),
    Resource("saved_queries", SavedQuery, _query, NONE, False),
    Resource("deals", Deal, _nothing, NONE, False),
    Resource("commission_splits", CommissionSplit, _nothing, NONE, False),
    Resource("appointments", Appointment, _nothing, NONE, False, _starts),
    Resource("todos", Todo, _todo, NONE, False, lambda todo: micros(todo.due_at)),
    Resource("notes", Note, _nothing, NONE, False),
    Resource("cancelations", Cancelation, _nothing, NONE, False, _starts),
    Resource("messages", Message, _nothing, NONE, False, lambda message: micros(message.sent_at)),
    Resource("policies", Policy, _nothing, NONE, False, lambda policy: micros(policy.accepted_at)),
    Resource("webhooks", Webhook, _webhook, NONE, False),
    Resource("campaigns", Campaign, _named, NAME, False),
    Resource("mail_statuses", MailStatus, _mail_status, frozenset({"address"}), False),
)
"""Names of the lists that came with the tables of a dump need not be unique: a vendor's are not."""
BY_RECORD: dict[type, Resource] = {resource.record: resource for resource in RESOURCES}
