"""Tables that the vendor's dump has not: what makes one readable by itself, and what the book has beside.

The vendor's key-value tables have the keys `id` and `name`. What else the members of those lists are stands in a table
`<name>_details` of ours, under the same ids; read together they are rows of `LISTS_WHOLE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from onebook.dialects.propstack.tables.column import AnyColumn, Column, Table
from onebook.dialects.propstack.tables.organisation import ACTIVITY_TYPES, COLOR, LISTS, NAME, POSITION
from onebook.dialects.propstack.tables.rows import (
    CREATED,
    DELETED,
    ID,
    UPDATED,
    many,
    one,
    only_here,
    same,
    switches,
)
from onebook.dialects.propstack.values import DECIMAL, MOMENT, NUMBER, OBJECTS, SWITCH, ValueType
from onebook.model.account import CustomField, Option, TagGroup
from onebook.model.campaign import Campaign, MailStatus
from onebook.model.duplicate import DuplicatePair
from onebook.model.lead import Lead
from onebook.model.webhook import Webhook

ANYTHING = ValueType(lambda value, name, zone: value, {}, {"type": "object"})
"""Any JSON."""
CUSTOM_FIELDS = Table(
    "custom_fields",
    CustomField,
    (
        ID,
        *same("name", "entity", "label", "type"),
        Column(
            "options",
            "options",
            OBJECTS,
            nothing=(),
            show=msgspec.to_builtins,
            keep=lambda given: msgspec.convert(given, tuple[Option, ...]),
        ),
        *same("required", kind=SWITCH),
        *same("max_length", kind=NUMBER),
        *same("description"),
        *same("default", kind=ANYTHING),
        *same("position", kind=NUMBER),
    ),
)
"""What custom fields there are, in the book's own words: ours, and what makes a dump readable by itself."""
_TIMES = (CREATED, UPDATED)
TAG_GROUPS = Table("tag_groups", TagGroup, (ID, NAME, *only_here("entity"), *_TIMES))
LEADS = Table(
    "leads",
    Lead,
    (
        ID,
        one("client_id", "contact_id", "contacts"),
        one("property_id", "property_id", "properties"),
        *same("name", "email", "phone", "message", "source", "partner", "remote_id"),
        Column("happened_at", "happened_at", MOMENT),
        *_TIMES,
        DELETED,
    ),
)
CAMPAIGNS = Table("campaigns", Campaign, (ID, NAME, *_TIMES, DELETED))
WEBHOOKS = Table("webhooks", Webhook, (ID, *same("event", "url", "dialect"), *_TIMES, DELETED))
PAIRS = Table(
    "duplicate_pairs",
    DuplicatePair,
    (
        ID,
        many("client_ids", "contact_ids", "contacts"),
        *same("probability", "match_weight", kind=DECIMAL),
        *same("status"),
        *_TIMES,
        DELETED,
    ),
)
MAIL_STATUSES = Table("mail_statuses", MailStatus, (ID, *same("address_hash", "status"), *_TIMES, DELETED))

LISTED: tuple[Table[Any], ...] = (CUSTOM_FIELDS, ACTIVITY_TYPES.with_columns(*same("category")), TAG_GROUPS)
"""Small lists; they come before the vendor's."""
MORE: tuple[Table[Any], ...] = (LEADS, CAMPAIGNS, WEBHOOKS, PAIRS, MAIL_STATUSES)
_DETAILS: Mapping[str, tuple[AnyColumn, ...]] = {
    "groups": (
        one("super_group_id", "group_id", "tag_groups"),
        *same("description"),
        *switches(locked="is_locked"),
        *only_here("entity"),
    ),
    "client_statuses": (COLOR, POSITION),
    "reservation_reasons": (POSITION,),
    "property_statuses": (COLOR, POSITION),
}
DETAILS = {
    table.name: Table(f"{table.name}_details", table.record, (ID, *_DETAILS.get(table.name, ()), *_TIMES))
    for table in LISTS
}
"""By the list's name the table of what else its members are."""
LISTS_WHOLE: tuple[Table[Any], ...] = tuple(
    Table(table.name, table.record, (ID, NAME, *DETAILS[table.name].columns[1:])) for table in LISTS
)
