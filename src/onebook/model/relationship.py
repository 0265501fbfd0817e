"""How a contact stands to another contact, a property or a project."""

from __future__ import annotations

from typing import Literal

from onebook.model.account import Record

RelationshipKind = Literal["ownership", "partnership", "favorite", "other"]


class Relationship(Record, frozen=True, omit_defaults=True, kw_only=True):
    """`contact_id` is … of `related_contact_id`, `property_id` or `project_id`; `name` is what that is called.

    Of an ownership the property's `owner_contact_ids` say the same (`service/in_step.py`).
    """

    kind: RelationshipKind = "other"
    name: str | None = None
    contact_id: int
    related_contact_id: int | None = None
    property_id: int | None = None
    project_id: int | None = None
