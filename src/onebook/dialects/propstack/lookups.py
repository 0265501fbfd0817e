"""The small lists that contacts point to, as the vendor shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onebook.dialects.propstack.custom_fields import FIELD_TYPES
from onebook.dialects.propstack.draft import OLD_CRM, extras_of
from onebook.dialects.propstack.shown import shown_id, shown_in
from onebook.model.account import CustomEntity, CustomField, Record, Source, Status, Tag, TagGroup, User, Vocabulary
from onebook.model.organisation import Department, Team

FOR_CLIENTS = "for_clients"
"""The `entity` of what belongs to contacts, and of what does not say whom it belongs to."""

ENTITIES: Mapping[str, tuple[CustomEntity, str]] = {
    FOR_CLIENTS: ("contacts", "Kontakte"),
    "for_properties": ("properties", "Objekte"),
    "for_projects": ("projects", "Projekte"),
    "for_client_properties": ("deals", "Deals"),
    "for_activities": ("activities", "Aktivitäten"),
    "for_saved_queries": ("saved_queries", "Suchprofile"),
    "for_brokers": ("users", "Nutzer"),
}
"""What custom fields are for, here and in the book; those of one stand in one group, whose place is its id: ours."""


def entity_of(record: Record) -> str:
    """What a group or super group is for, as the client that made it said."""
    entity = extras_of(record.extras).get("entity")
    return entity if isinstance(entity, str) else FOR_CLIENTS


def encode_source(source: Source) -> dict[str, Any]:
    """A contact source."""
    return {"id": shown_id(source), "name": source.name}


def encode_status(status: Status) -> dict[str, Any]:
    """A contact status."""
    return {"id": shown_id(status), "name": status.name, "color": status.color, "position": status.position}


def encode_group(tag: Tag, words: Vocabulary) -> dict[str, Any]:
    """A group, in lists of groups and in a contact's."""
    above = shown_in(words.tag_groups, tag.group_id)
    return {"id": shown_id(tag), "name": tag.name, "super_group_id": above}


def encode_super_group(group: TagGroup, words: Vocabulary, *, whole: bool) -> dict[str, Any]:
    """A super group; `whole`: with its groups."""
    row: dict[str, Any] = {"id": shown_id(group), "name": group.name, "entity": entity_of(group)}
    if whole:
        row["groups"] = [encode_group(tag, words) for tag in words.tags.values() if tag.group_id == group.id]
    return row


def encode_custom_field_group(entity: str, words: Vocabulary) -> dict[str, Any]:
    """The one group of an entity's custom fields, with all of them."""
    of, name = ENTITIES[entity]
    rows = [_custom_field(position, field) for position, field in enumerate(words.fields_of(of).values(), 1)]
    return {"id": [*ENTITIES].index(entity) + 1, "name": name, "entity": entity, "custom_fields": rows}


def _custom_field(position: int, field: CustomField) -> dict[str, Any]:
    return {
        "id": shown_id(field),
        "name": field.name,
        "pretty_name": field.label or field.name,
        "field_type": FIELD_TYPES[field.type],
        "position": position if field.position is None else field.position,
        "custom_options": [{"id": option.id, "name": option.name} for option in field.options],
    }


_BROKER_TEXTS = ("avatar", "avatar_url", "old_crm_id", "phone_system_number", "abstract", "description")


def encode_broker(user: User, words: Vocabulary) -> dict[str, Any]:
    """A user of the account; what only this vendor has of one is null unless it was given as a text."""
    own: Mapping[str, Any] = extras_of(user.extras)
    kept = {name: own[name] if isinstance(own.get(name), str) else None for name in _BROKER_TEXTS}
    return {
        "id": shown_id(user),
        "salutation": user.salutation,
        "academic_title": user.academic_title,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "name": " ".join(part for part in (user.first_name, user.last_name) if part),
        "avatar": kept["avatar"],
        "avatar_url": kept["avatar_url"],
        "old_crm_id": user.external_ids.get(OLD_CRM) or kept["old_crm_id"],
        "email": user.email,
        "position": user.position,
        "phone": user.phone,
        "phone_system_number": kept["phone_system_number"],
        "color": user.color,
        "team_id": shown_in(words.listed(Team), user.team_id),
        "department_ids": [shown_in(words.listed(Department), number) for number in user.department_ids],
        "shop": {"name": words.account.name, "color": None},
        "abstract": kept["abstract"],
        "description": kept["description"],
    }
