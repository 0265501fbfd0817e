"""The OpenAPI components: made of the field tables, so that they say what is read and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onebook.dialects.easybroker.codec import ADDRESS, PERSON, REMOTE, SAID
from onebook.dialects.easybroker.fields import ANY_TEXT, MOST_MEMBERS, NUMBERS, WORD, shows, takes
from onebook.dialects.easybroker.listings import ABOUT, DETAIL, IMAGE, NEEDED, OPERATION, OTHERS, PLACE
from onebook.http.route import Schema

TEXT: Schema = {"type": ["string", "null"]}
ADDRESS_TEXT: Schema = {"anyOf": [{"type": "string", "format": "email"}, {"enum": ["", None]}]}
MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}
ID: Schema = {"type": ["integer", "string"]}
PUBLIC_ID: Schema = {"type": "string", "examples": ["EB-XXXX01"]}


ANY_OBJECT: Schema = {
    "type": "object",
    "propertyNames": {"pattern": ANY_TEXT["pattern"]},
    "additionalProperties": {"$ref": "#/components/schemas/Anything"},
}
ANYTHING: Schema = {
    "anyOf": [
        {"type": ["null", "boolean"]},
        {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
        {"type": "number", **NUMBERS},
        {"type": "string", "pattern": ANY_TEXT["pattern"]},
        {"type": "array", "items": {"$ref": "#/components/schemas/Anything"}},
        ANY_OBJECT,
    ]
}
"""What may stand under a key that this dialect does not know; it is kept."""


def ref(name: str) -> Schema:
    """A pointer to the component of this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def shown(members: Mapping[str, Any], *, open_: bool = False) -> Schema:
    """An object that has all of `members`, and no others unless it is open."""
    return {
        "type": "object",
        "properties": dict(members),
        "required": list(members),
        "additionalProperties": open_,
    }


def sent(members: Mapping[str, Any], *required: str) -> Schema:
    """An object that may have `members` and whatever else; what it does not need may be left out."""
    return {**ANY_OBJECT, "properties": dict(members), "required": list(required)}


def saying(*keys: str) -> Schema:
    """An object in which each of `keys` says something."""
    return {"required": list(keys), "properties": dict.fromkeys(keys, WORD)}


def list_of(item: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": item}


def sent_list(item: Schema) -> Schema:
    """A list as it is sent, where null is an empty one."""
    return {"type": ["array", "null"], "items": item, "maxItems": MOST_MEMBERS}


def page_of(row: str) -> Schema:
    """A page of rows."""
    return shown({"pagination": ref("Pagination"), "content": list_of(ref(row))})


AGENT: Schema = shown(
    {
        "id": {"type": "integer"},
        "name": TEXT,
        "full_name": TEXT,
        "mobile_phone": TEXT,
        "profile_image_url": TEXT,
        "email": TEXT,
    }
)
AGENT_MEANT: Schema = {
    "anyOf": [ANY_TEXT, sent({"id": {"type": "integer"}}, "id"), sent({"email": {"type": "string"}}, "email")]
}
SENT_OPERATION = sent(
    {**takes(OPERATION), "currency": {"type": ["string", "null"], "pattern": "^[A-Za-z]{3}$"}}, "type"
)
PROPERTY_ROW: dict[str, Any] = {
    "agent": TEXT,
    "public_id": PUBLIC_ID,
    "title_image_full": TEXT,
    "title_image_thumb": TEXT,
    "location": {"type": "string"},
    "operations": list_of(ref("Operation")),
    **shows(ABOUT),
    "updated_at": MOMENT,
}
CONTACT_ROW: dict[str, Any] = {
    "id": ID,
    "full_name": TEXT,
    "email": TEXT,
    "phone": TEXT,
    "agent": TEXT,
    "source": TEXT,
    "created_at": MOMENT,
    "updated_at": MOMENT,
}
SENT_REQUEST: dict[str, Any] = {"property_id": ANY_TEXT, **takes((*PERSON, *SAID)), "email": ADDRESS_TEXT}
SAYS_WHO = (*(("property_id", key) for key in ("name", "email", "phone")), ("name", "email"), ("name", "phone"))
"""One of these pairs must say something in an account's contact request."""
SENT_PROPERTY: dict[str, Any] = {
    **takes((*ABOUT, *DETAIL)),
    "show_exact_location": {"type": "boolean"},
    "agent": AGENT_MEANT,
    "location": {"anyOf": [sent({"name": ANY_TEXT, **takes(PLACE)}), {"type": ["string", "null"]}]},
    "operations": sent_list(SENT_OPERATION),
    "images": sent_list(sent({**takes(IMAGE), "url": WORD}, "url")),
}
NEW_PROPERTY: dict[str, Any] = {
    **SENT_PROPERTY,
    "title": WORD,
    "property_type": WORD,
    "public_id": {"type": ["string", "null"], "pattern": "^(EB-[0-9A-Z]{6})?$"},
}

SCHEMAS: dict[str, Schema] = {
    "Anything": ANYTHING,
    "Pagination": shown(
        {
            "limit": {"type": "integer", "minimum": 1, "maximum": 100},
            "page": {"type": "integer", "minimum": 1},
            "total": {"type": "integer", "minimum": 0},
            "next_page": {"type": ["string", "null"], "format": "uri"},
        }
    ),
    "Taken": shown({"status": {"const": "successful"}}),
    "ContactRequest": shown(
        {
            "id": {"type": "integer"},
            **shows(PERSON),
            "contact_id": {"type": ["integer", "string", "null"]},
            "property_id": TEXT,
            **shows(SAID),
            "happened_at": MOMENT,
        }
    ),
    "ContactRequestPage": page_of("ContactRequest"),
    "NewContactRequest": {**sent(SENT_REQUEST), "anyOf": [saying(*pair) for pair in SAYS_WHO]},
    "PartnerContactRequest": shown(
        {
            **shows(PERSON),
            "property_id": TEXT,
            "message": TEXT,
            "happened_at": MOMENT,
            **shows(REMOTE),
            "status": {"enum": ["pending", "processed"]},
        }
    ),
    "PartnerContactRequestPage": page_of("PartnerContactRequest"),
    "NewPartnerContactRequest": {
        **sent(
            {**SENT_REQUEST, "property_id": WORD, "message": WORD, "remote_id": WORD},
            *("property_id", "message", "remote_id"),
        ),
        "anyOf": [saying("email"), saying("phone")],
    },
    "Operation": shown({**shows(OPERATION), "formatted_amount": TEXT}, open_=True),
    "PropertyRow": shown(PROPERTY_ROW),
    "PropertyPage": page_of("PropertyRow"),
    "Property": shown(
        {
            **{key: {} for key in OTHERS},
            **PROPERTY_ROW,
            **shows(DETAIL),
            "agent": {"anyOf": [AGENT, {"type": "null"}]},
            "location": shown({"name": TEXT, **shows(PLACE), "hide_exact_location": {"type": "boolean"}}, open_=True),
            "created_at": MOMENT,
            "published_at": MOMENT,
            "property_images": list_of(shown(shows(IMAGE))),
            "images": list_of(shown(shows(IMAGE))),
        },
        open_=True,
    ),
    "NewProperty": sent(NEW_PROPERTY, *NEEDED),
    "PropertyChange": sent(SENT_PROPERTY),
    "ListingStatus": shown(
        {
            "property_id": PUBLIC_ID,
            "public_id": PUBLIC_ID,
            "status": {"type": "string"},
            "published": {"type": "boolean"},
            "updated_at": MOMENT,
        }
    ),
    "ListingStatusPage": page_of("ListingStatus"),
    "ContactRow": shown(CONTACT_ROW),
    "ContactPage": page_of("ContactRow"),
    "Contact": shown(
        {
            **CONTACT_ROW,
            "emails": list_of({"type": "string"}),
            "phones": list_of({"type": "object", "properties": {"type": TEXT, "number": {"type": "string"}}}),
            "addresses": list_of({"type": "object", "properties": shows(ADDRESS)}),
            "tags": list_of({"type": "string"}),
        },
        open_=True,
    ),
    "ContactChange": sent(
        {
            "full_name": ANY_TEXT,
            "email": ADDRESS_TEXT,
            "phone": ANY_TEXT,
            "agent": AGENT_MEANT,
            "source": ANY_TEXT,
            "emails": sent_list({"type": "string", "format": "email"}),
            "phones": sent_list(sent({"type": ANY_TEXT, "number": WORD}, "number")),
            "addresses": sent_list(sent(takes(ADDRESS))),
            "tags": sent_list(WORD),
        }
    ),
}
