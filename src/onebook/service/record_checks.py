"""Whether what a record says of itself holds: names, addresses, choices, stages, custom values; and what it implies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from onebook.errors import Invalid
from onebook.model.account import CustomEntity, CustomField, Record, User, Vocabulary
from onebook.model.activity import Activity, ActivityType
from onebook.model.deal import Deal, DealPipeline
from onebook.model.document import Document
from onebook.model.file_type import check_name
from onebook.model.normal import email_problem
from onebook.model.organisation import Department, PropertyStatus, ReservationReason, Team
from onebook.model.project import Project
from onebook.model.property import Property, in_step
from onebook.model.relationship import Relationship
from onebook.model.saved_query import SavedQuery
from onebook.model.webhook import Webhook
from onebook.service.references import custom_values
from onebook.store.resources import BY_RECORD

R = TypeVar("R", bound=Record)
S = TypeVar("S", bound=Struct)
ENTITIES: tuple[tuple[type[Record], CustomEntity], ...] = (
    (User, "users"),
    (Property, "properties"),
    (Project, "projects"),
    (Deal, "deals"),
    (SavedQuery, "saved_queries"),
    (Activity, "activities"),
)
"""The records that have custom fields, and what those are defined for."""


def checked(words: Vocabulary, before: R | None, after: R) -> R:
    """`after` as it is kept. Raises Invalid naming the field that does not hold."""
    check = _CHECKS.get(type(after))
    if check is not None:
        after = check(after)
    if isinstance(after, Property):
        after = cast(R, in_step(before if isinstance(before, Property) else None, after))
    for kind, entity in ENTITIES:
        if isinstance(after, kind):
            was, now = (getattr(one, "custom", {}) for one in (before, after))
            after = replace(after, custom=custom_values(words.fields_of(entity), was, now))
    return after


def _checked_name(record: R) -> R:
    name = str(getattr(record, "name", "")).strip()
    if not name:
        raise Invalid.at("name", "must not be empty", "required")
    return replace(record, name=name)


def _checked_user(user: User) -> User:
    if user.email and (problem := email_problem(user.email)) is not None:
        raise Invalid.at("email", f"is no e-mail address: {problem}", "invalid_email")
    return user


def _checked_field(field: CustomField) -> CustomField:
    field = _checked_name(field)
    highest = max((option.id for option in field.options), default=0)
    return replace(field, options=numbered(field.options, iter(range(highest + 1, highest + 2**31)), "options"))


def numbered(items: Iterable[S], free: Iterable[int], path: str) -> tuple[S, ...]:
    """`items` with ids out of `free` where theirs is 0. Raises Invalid at `path` where two have one."""
    unused = iter(free)
    made = tuple(replace(item, id=next(unused)) if not getattr(item, "id", 0) else item for item in items)
    if len({getattr(item, "id", 0) for item in made}) != len(made):
        raise Invalid.at(path, "two of them have one id", "duplicate")
    return made


def _checked_relationship(one: Relationship) -> Relationship:
    others = [number for number in (one.related_contact_id, one.property_id, one.project_id) if number is not None]
    if not others:
        raise Invalid.at("property_id", "a relationship is to a contact, a property or a project", "required")
    if one.related_contact_id == one.contact_id:
        raise Invalid.at("related_contact_id", "is the contact itself", "itself")
    return one


def _checked_webhook(webhook: Webhook) -> Webhook:
    if not webhook.event.strip():
        raise Invalid.at("event", "must not be empty", "required")
    try:
        parts = urlsplit(webhook.url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        right = False
    if not right:
        raise Invalid.at("url", "must be an address that begins with http:// or https://", "invalid")
    return webhook


_SHA256 = re.compile("[0-9a-f]{64}")


def _checked_document(document: Document) -> Document:
    if document.sha256 is not None:
        if not _SHA256.fullmatch(document.sha256):
            raise Invalid.at("sha256", "must be 64 hexadecimal digits", "invalid")
        check_name(document.file_name, document.content_type)
    return document


_CHECKS: dict[type[Record], Callable[[Any], Any]] = {
    **{resource.record: _checked_name for resource in BY_RECORD.values() if resource.unique == {"name"}},
    **dict.fromkeys((Team, Department, ActivityType, ReservationReason, PropertyStatus, DealPipeline), _checked_name),
    User: _checked_user,
    CustomField: _checked_field,
    Relationship: _checked_relationship,
    Webhook: _checked_webhook,
    Document: _checked_document,
}
