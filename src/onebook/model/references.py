"""What points to what: of every record the fields that hold ids, and whose ids they are.

One table for all who need it: the keys that records are found by, the check of what is written, contacts that are
merged, dumps and imports.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from onebook.model.account import Record, Tag, User
from onebook.model.activity import Appointment, Cancelation, Message, Note, Policy, Todo
from onebook.model.contact import Contact
from onebook.model.deal import CommissionSplit, Deal, DealPipeline
from onebook.model.document import Document, Picture
from onebook.model.duplicate import DuplicatePair
from onebook.model.lead import Lead
from onebook.model.project import Project
from onebook.model.property import Property
from onebook.model.property_text import PropertyText
from onebook.model.relationship import Relationship
from onebook.model.saved_query import SavedQuery

STAGES = "deal_stages"
"""The target of a pointer to a stage, which stands inside a pipeline and is no record of its own."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`field` holds an id, or a tuple of ids, of the resource `target`; `key` is the kind that it is found under."""

    field: str
    target: str
    key: str | None = None

    def ids(self, record: object) -> tuple[int, ...]:
        """The ids that `record` holds here."""
        value = getattr(record, self.field)
        return value if isinstance(value, tuple) else () if value is None else (value,)


def _one(target: str, field: str, key: str | None = None) -> Reference:
    return Reference(field, target, key or field.removesuffix("_ids").removesuffix("_id"))


_CONTACT, _PROPERTY, _PROJECT, _DEAL, _USER, _SOURCE = (
    _one("contacts", "contact_id"),
    _one("properties", "property_id"),
    _one("projects", "project_id"),
    _one("deals", "deal_id"),
    _one("users", "user_id"),
    _one("sources", "source_id"),
)
_USERS, _DEPARTMENTS, _TAGS = (
    _one("users", "user_ids"),
    _one("departments", "department_ids"),
    _one("tags", "tag_ids"),
)
_OWNERS = _one("contacts", "owner_contact_ids", "owner")
_CREATOR = Reference("creator_id", "users")
_REASON = _one("reservation_reasons", "reservation_reason_id", "reservation_reason")
_ACTIVITY = (
    _one("activity_types", "type_id"),
    _USER,
    _USERS,
    _CREATOR,
    _one("contacts", "contact_ids"),
    _one("properties", "property_ids"),
    _one("projects", "project_ids"),
    _DEAL,
    _SOURCE,
)
REFERENCES: dict[type, tuple[Reference, ...]] = {
    Contact: (
        Reference("owner_id", "users"),
        Reference("second_owner_id", "users"),
        Reference("source_id", "sources"),
        Reference("status_id", "statuses"),
        Reference("reason_id", "reasons"),
        Reference("tag_ids", "tags"),
        Reference("parent_id", "contacts"),
        Reference("project_ids", "projects"),
        Reference("department_ids", "departments"),
    ),
    User: (_one("teams", "team_id"), _DEPARTMENTS),
    Tag: (_one("tag_groups", "group_id"),),
    Lead: (_CONTACT, _PROPERTY),
    DuplicatePair: (_one("contacts", "contact_ids"),),
    Property: (
        _one("users", "agent_id"),
        _USERS,
        _CREATOR,
        _OWNERS,
        # `status` is the key of the word that says whether it is published.
        _one("property_statuses", "status_id", "property_status"),
        _PROJECT,
        _DEPARTMENTS,
        _TAGS,
    ),
    Project: (
        _USER,
        _USERS,
        _CREATOR,
        _OWNERS,
        _one("property_statuses", "status_id", "property_status"),
        _DEPARTMENTS,
        _TAGS,
    ),
    PropertyText: (_PROPERTY,),
    Document: (_CONTACT, _PROPERTY, _PROJECT, _DEAL, _USER),
    Picture: (_PROPERTY, _PROJECT),
    Relationship: (_CONTACT, _one("contacts", "related_contact_id", "related_contact"), _PROPERTY, _PROJECT),
    SavedQuery: (_CONTACT, _USER),
    DealPipeline: (_USERS,),
    Deal: (
        _one("deal_pipelines", "pipeline_id"),
        _one(STAGES, "stage_id"),
        _CONTACT,
        _PROPERTY,
        _PROJECT,
        _USER,
        _CREATOR,
        _SOURCE,
        _REASON,
    ),
    CommissionSplit: (_DEAL, _PROPERTY, _USER, _CONTACT),
    Appointment: _ACTIVITY,
    Todo: _ACTIVITY,
    Note: _ACTIVITY,
    Cancelation: (*_ACTIVITY, _REASON),
    Message: (*_ACTIVITY, _one("documents", "document_ids")),
    Policy: _ACTIVITY,
}
"""What is not here points to nothing."""


def reference_keys(record: Record) -> Iterator[tuple[str, str]]:
    """The (kind, value) that `record` is found under by what it points to."""
    for reference in REFERENCES.get(type(record), ()):
        if reference.key is not None:
            for number in reference.ids(record):
                yield reference.key, str(number)
