"""JSON Schemas of what is asked and answered; those of the contact come out of the field table."""

from __future__ import annotations

from collections.abc import Mapping

from onebook.dialects.propstack.fields import BY_NAME, FIELDS, ROW
from onebook.dialects.propstack.values import NUMBER, TEXT, nullable
from onebook.http.route import Schema

_ID: Schema = {"type": "integer"}
_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = nullable("string")
IDENTIFIER_TEXT: Schema = {
    "enum": ["id", "token", "old_crm_id", "email", ""],
    "description": "What the id in the path is.",
}


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


def _shown(name: str) -> Schema:
    return BY_NAME[name].shows or {}


RELATIONSHIPS: Mapping[str, Schema] = {"relationships": list_of(ref("Relationship"))}
ASSOCIATIONS: tuple[str, ...] = (
    *("broker", "second_broker", "client_source", "client_status", "documents", "owned_properties", "children"),
)
"""What the page calls associations; `include=` adds them to rows that do not show them by themselves."""

_PROPERTY_TEXTS = ("unit_id", "title", "street", "house_number", "zip_code", "city", "country")
_ROW: Mapping[str, Schema] = {name: _shown(name) for name in ROW}
_CLIENT: Schema = {
    "type": "object",
    "minProperties": 1,
    "description": "The keys that are given are written, the others stay; unknown ones are kept.",
    "properties": {field.name: field.kind.takes for field in FIELDS if field.kind is not None},
}

SCHEMAS: Mapping[str, Schema] = {
    "Contact": shape({field.name: field.shows for field in FIELDS if field.shows is not None}, RELATIONSHIPS),
    "ContactRow": shape(_ROW, {**{name: _shown(name) for name in ASSOCIATIONS}, **RELATIONSHIPS}),
    "Client": _CLIENT,
    "NewClientBody": {"type": "object", "required": ["client"], "properties": {"client": ref("Client")}},
    "ClientBody": {
        "type": "object",
        "required": ["client"],
        "properties": {"client": ref("Client"), "identifier": {"anyOf": [IDENTIFIER_TEXT, {"type": "null"}]}},
    },
    "Done": shape({"ok": {"const": True}, "id": _ID}),
    "Ok": shape({"ok": {"const": True}}),
    "Okay": shape({"okay": {"const": True}}),
    "ReservationReason": shape({"id": _ID, "name": _TEXT, "position": nullable("integer")}),
    "PropertyStatus": shape({"id": _ID, "name": _TEXT, "color": _TEXT_OR_NULL, "position": nullable("integer")}),
    "Source": shape({"id": _ID, "name": _TEXT}),
    "Status": shape({"id": _ID, "name": _TEXT, "color": _TEXT_OR_NULL, "position": nullable("integer")}),
    "StatusOfContact": shape({"id": _ID, "label": _TEXT, "name": _TEXT, "color": _TEXT_OR_NULL}),
    "Group": shape({"id": _ID, "name": _TEXT, "super_group_id": nullable("integer")}),
    "GroupBody": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": ["string", "number"], "pattern": r"\S"},
            "entity": TEXT.takes,
            "super_group_id": NUMBER.takes,
        },
    },
    "SuperGroup": shape({"id": _ID, "name": _TEXT, "entity": _TEXT}, {"groups": list_of(ref("Group"))}),
    "CustomFieldGroup": shape(
        {
            "id": _ID,
            "name": _TEXT,
            "entity": _TEXT,
            "custom_fields": list_of(
                shape(
                    {
                        "id": _ID,
                        "name": _TEXT,
                        "pretty_name": _TEXT,
                        "field_type": {"enum": ["String", "Number", "Date", "Dropdown", "Multiselect", "Checkbox"]},
                        "position": _ID,
                        "custom_options": list_of(shape({"id": _ID, "name": _TEXT})),
                    }
                )
            ),
        }
    ),
    "Broker": shape(
        {
            "id": _ID,
            "salutation": _TEXT_OR_NULL,
            "academic_title": _TEXT_OR_NULL,
            "first_name": _TEXT_OR_NULL,
            "last_name": _TEXT_OR_NULL,
            "name": _TEXT,
            "avatar": _TEXT_OR_NULL,
            "avatar_url": _TEXT_OR_NULL,
            "old_crm_id": _TEXT_OR_NULL,
            "email": _TEXT_OR_NULL,
            "position": _TEXT_OR_NULL,
            "phone": _TEXT_OR_NULL,
            "phone_system_number": _TEXT_OR_NULL,
            "color": _TEXT_OR_NULL,
            "team_id": nullable("integer"),
            "department_ids": list_of(_ID),
            "shop": shape({"name": _TEXT, "color": _TEXT_OR_NULL}),
            "abstract": _TEXT_OR_NULL,
            "description": _TEXT_OR_NULL,
        }
    ),
    "OwnedProperty": shape(
        {
            "id": _ID,
            **dict.fromkeys(_PROPERTY_TEXTS, _TEXT_OR_NULL),
        }
    ),
}
"""The components of the OpenAPI document."""


def data_of(schema: Schema) -> Schema:
    """`{"data":[…]}`."""
    return shape({"data": list_of(schema)})


_ROWS = list_of({"anyOf": [ref("ContactRow"), ref("Contact")]})
CONTACTS: Schema = {
    "anyOf": [_ROWS, shape({"data": _ROWS, "meta": shape({"total_count": {"type": "integer", "minimum": 0}})})]
}
"""The list's answer, bare or with `meta`."""
