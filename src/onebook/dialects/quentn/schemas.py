"""JSON Schemas of what is asked and answered; those of the contact come out of the field table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onebook.dialects.quentn.codec import LONGEST_COMMENT
from onebook.dialects.quentn.contacts import MOST_ITEMS
from onebook.dialects.quentn.custom_fields import LENGTHS, TYPES
from onebook.dialects.quentn.custom_values import PREFIX
from onebook.dialects.quentn.fields import FIELDS
from onebook.dialects.quentn.posting import CHECK_METHODS, MERGE_METHODS
from onebook.dialects.quentn.values import IDS, nullable
from onebook.http.route import Schema

_ID: Schema = {"type": "integer"}
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"enum": [True, False, 0, 1, "0", "1", None]}
_CLEAN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
_WORDS: Schema = {"type": "string", "pattern": _CLEAN}


def ref(name: str) -> Schema:
    """A reference to one of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(schema: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": schema}


def shape(properties: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object that has all of `properties`, may have those of `optional`, and has no others."""
    everything = {**properties, **(optional or {})}
    return {"type": "object", "required": [*properties], "additionalProperties": False, "properties": everything}


def _sent(properties: Mapping[str, Schema], *required: str) -> Schema:
    """An object in a request; unknown keys in it are taken."""
    found: dict[str, Any] = {"type": "object", "properties": dict(properties)}
    return {**found, "required": list(required)} if required else found


_CONTACT: Mapping[str, Schema] = {"id": _ID, **{field.name: field.kind.shows for field in FIELDS}}
_COMMENT: Schema = {"type": "string", "pattern": r"\S", "maxLength": LONGEST_COMMENT}
_CONTACT_SENT: Mapping[str, Schema] = {
    **{field.name: field.kind.takes for field in FIELDS if field.write},
    f"{PREFIX}example": {},
    "comment": nullable("string", maxLength=LONGEST_COMMENT),
    "request_ip": nullable("string", description="The address the contact comes from, IPv4 or IPv6."),
}
_RETURN_FIELDS: Schema = {"type": ["array", "null"], "items": _TEXT}
_OPTIONS: Mapping[str, Schema] = {
    "duplicate_check_method": {"enum": [*CHECK_METHODS, None]},
    "duplicate_merge_method": {"enum": [*MERGE_METHODS, None]},
    "return_fields": _RETURN_FIELDS,
    "request_ip": _CONTACT_SENT["request_ip"],
    "flood_limit": {"anyOf": [_COUNT, {"type": "string", "pattern": r"^\d{0,9}$"}, {"type": "null"}]},
    "spam_protection": _FLAG,
}
_TERM: Mapping[str, Schema] = {"id": _ID, "name": _TEXT, "description": _TEXT}
_FIELD_SENT: Mapping[str, Schema] = {
    "label": {"type": "string", "pattern": r"\S", "maxLength": 255},
    "description": {"type": ["string", "null"], "pattern": _CLEAN},
    "field_type": {"enum": [*TYPES]},
    "field_name": {"type": ["string", "null"], "pattern": "^[a-z0-9_]*$", "maxLength": 60},
    "max_length": {"enum": [*LENGTHS, None]},
    "required": _FLAG,
    "multiple_selection": _FLAG,
    "options": {"type": ["array", "null"], "items": {"type": "string", "maxLength": 255, "pattern": _CLEAN}},
    "default_value": {"type": ["string", "number", "null"]},
}
_PAGE: Mapping[str, Schema] = {"range": _COUNT, "limit": _COUNT, "sort": {"enum": ["asc", "desc"]}}

SCHEMAS: Mapping[str, Schema] = {
    "Contact": {
        "type": "object",
        "description": "The id and what was asked for; custom fields are `field_…`.",
        "required": ["id"],
        "properties": _CONTACT,
    },
    "ContactRow": {
        "oneOf": [
            {
                "type": "object",
                "required": ["id", "email"],
                "properties": {**_CONTACT, "email": nullable("string"), "error": False},
            },
            shape({"email": nullable("string"), "error": {"const": True}, "message": _TEXT}),
        ]
    },
    "ContactInput": _sent(_CONTACT_SENT),
    "NewContact": _sent({"contact": ref("ContactInput"), **_OPTIONS}, "contact"),
    "NewContacts": _sent(
        {
            "contacts": {**list_of(ref("ContactInput")), "minItems": 1, "maxItems": MOST_ITEMS},
            **_OPTIONS,
        },
        "contacts",
    ),
    "ContactChange": _sent({**_CONTACT_SENT, "return_fields": _RETURN_FIELDS}),
    "ContactChanged": {
        "type": "object",
        "required": ["success", "id"],
        "properties": {**_CONTACT, "success": {"const": "true"}},
    },
    "Trigger": _sent({**_CONTACT_SENT, "id": {"type": ["integer", "null"], "minimum": 1, "maximum": 2**31 - 1}}),
    "Id": shape({"id": _ID}),
    "Done": shape({"success": {"const": "true"}}),
    "Changed": shape({"success": {"const": True}}),
    "Ids": IDS,
    "ContactTerm": shape(_TERM),
    "Term": shape({**_TERM, "deletion_blocked": {"type": "boolean"}}),
    "NewTerm": _sent(
        {"name": {**_WORDS, "pattern": r"\S", "maxLength": 255}, "description": nullable("string", maxLength=10_000)},
        "name",
    ),
    "TermChange": _sent(
        {
            "name": {"type": ["string", "null"], "pattern": r"\S", "maxLength": 255},
            "description": nullable("string", maxLength=10_000),
        }
    ),
    "Comments": shape(
        {
            **_PAGE,
            "number_comments": _COUNT,
            "number_ranges": _COUNT,
            "comments": list_of(
                shape({"id": _ID, "contact_id": _ID, "uid": _ID, "created": _ID, "changed": _ID, "comment": _TEXT})
            ),
        }
    ),
    "NewComment": _sent({"comment": _COMMENT}, "comment"),
    "CommentAdded": shape({"success": {"const": "true"}, "comment_id": _ID}),
    "CommentChange": _sent({"id": _ID, "comment": _COMMENT}, "id", "comment"),
    "CustomField": shape(
        {
            "field_id": _ID,
            "field_name": _TEXT,
            "label": _TEXT,
            "description": _TEXT,
            "type": _TEXT,
            "field_type": {"enum": [*TYPES]},
            "required": {"type": "boolean"},
            "multiple_selection": {"type": "boolean"},
            "default_value": {},
            "settings": shape({}, {"max_length": _COUNT, "options": list_of(_TEXT)}),
        }
    ),
    "NewCustomField": _sent(_FIELD_SENT, "label", "field_type"),
    "CustomFieldAdded": shape({"success": {"const": True}, "field_name": _TEXT, "field_id": _ID}),
    "CustomFieldChange": _sent({name: one for name, one in _FIELD_SENT.items() if name != "field_name"}),
    "User": shape(
        {
            "uid": _ID,
            "mail": nullable("string"),
            "first_name": nullable("string"),
            "last_name": nullable("string"),
            "timezone": _TEXT,
            "language": _TEXT,
            "created": _ID,
            "changed": _ID,
            "roles": list_of(shape({"rid": _ID, "name": _TEXT})),
        }
    ),
    "Users": shape({**_PAGE, "number_users": _COUNT, "number_ranges": _COUNT, "users": list_of(ref("User"))}),
    "Tracking": shape({"tracking_enabled": {"type": "boolean"}, "domains": list_of(shape({"domain": _TEXT}))}),
}
"""The components of the OpenAPI document."""
