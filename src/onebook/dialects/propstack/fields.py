"""The one field table: every key of the vendor's contact, in the order of its page, with its home in the book.

Both directions and the schemas are made out of it. A key with no `write` is the book's own business: it is shown,
and ignored where a client that sends back what it has read sends it too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from onebook.dialects.propstack.addresses import KINDS, PARTS, set_line, set_part
from onebook.dialects.propstack.custom_fields import set_custom_fields, set_partial_custom_fields
from onebook.dialects.propstack.draft import ABSENT, OLD_CRM, Draft
from onebook.dialects.propstack.emails import set_email, set_emails
from onebook.dialects.propstack.phones import set_phone
from onebook.dialects.propstack.values import (
    CONSENT,
    CONSENT_STATUS,
    DATE,
    FLAG,
    MOMENT,
    NUMBER,
    NUMBERS,
    OBJECT,
    RATING,
    SWITCH,
    TEXT,
    TEXTS,
    YES_OR_NO,
    ValueType,
    nullable,
)
from onebook.errors import Invalid
from onebook.http.route import Schema

Write = Callable[[Draft, Any], None]


@dataclass(frozen=True, slots=True)
class Field:
    """One key. `home` is the path of its value in `model/contact.py`, empty where it is derived.

    `kind` reads a client's value and `write` puts it into the draft, both None where the key is not written;
    `shows` is the schema of an answer's value, None where no answer has the key. `as_is`: the attribute `home`
    is shown as it stands, or as `show` turns it. `to` is the resource whose ids the key holds.
    """

    name: str
    home: str
    kind: ValueType | None = None
    write: Write | None = None
    shows: Schema | None = None
    as_is: bool = False
    show: Callable[[Any], Any] | None = None
    to: str = ""


def _kept(name: str, home: str, kind: ValueType = TEXT, show: Callable[[Any], Any] | None = None) -> Field:
    """An attribute of the contact, written and shown."""
    return Field(name, home, kind, _attribute(home), kind.shows, True, show)


def _hidden(name: str, home: str, kind: ValueType, to: str = "") -> Field:
    """An attribute of the contact that is written and in no answer of the vendor's."""
    return Field(name, home, kind, _attribute(home), to=to)


def _one(name: str, home: str, to: str) -> Field:
    """The id of a record of one of the small lists."""
    return Field(name, home, NUMBER, _attribute(home), NUMBER.shows, True, to=to)


def _attribute(home: str) -> Write:
    return lambda draft, value: draft.set(home, value)


def _moment(home: str) -> Write:
    """For a moment, which is shown in milliseconds: written back as it was shown, it stays as it is."""

    def write(draft: Draft, value: Any) -> None:
        was = draft.get(home)
        if was is None or value is None or was.replace(microsecond=was.microsecond // 1000 * 1000) != value:
            draft.set(home, value)

    return write


def _read(name: str, home: str, shows: Schema, to: str = "") -> Field:
    """An attribute of the contact that this dialect does not write."""
    return Field(name, home, shows=shows, as_is=True, to=to)


def _derived(name: str, shows: Schema) -> Field:
    return Field(name, "", shows=shows)


def _written(
    name: str,
    home: str,
    kind: ValueType,
    write: Write,
    *,
    shown: bool = True,
    shows: Schema | None = None,
    to: str = "",
) -> Field:
    """A key with a rule of its own."""
    return Field(name, home, kind, write, (shows or kind.shows) if shown else None, to=to)


def _phone(name: str, *, shown: bool = True) -> Field:
    return _written(name, f"phones.{name}", TEXT, set_phone(name), shown=shown)


def _places(kind: int) -> tuple[Field, ...]:
    place = KINDS[kind]
    return tuple(
        _written(f"{place}_{name}", f"addresses.{place}.{part}", TEXT, set_part(place, part))
        for name, part in PARTS.items()
    )


def _line(kind: int) -> Field:
    name = f"{KINDS[kind]}_address"
    return _written(name, f"extras.propstack.{name}", TEXT, set_line(KINDS[kind]))


def _extra(name: str, kind: ValueType) -> Field:
    """A key that only this vendor has."""

    def write(draft: Draft, value: Any) -> None:
        if value is not None or draft.get_extra(name) is not ABSENT:
            draft.set_extra(name, value)

    return _written(name, f"extras.propstack.{name}", kind, write)


SALUTATIONS: Mapping[str, str] = {"mr": "mr", "ms": "ms", "herr": "mr", "frau": "ms"}


def _set_salutation(draft: Draft, value: str | None) -> None:
    known = SALUTATIONS.get((value or "").strip().lower())
    draft.set("salutation", known)
    draft.set_extra("salutation", ABSENT if known or value is None else value)


def _set_is_company(draft: Draft, value: bool) -> None:
    if value or draft.get("kind") == "company":
        draft.set("kind", "company" if value else "person")


def _set_broker_ids(draft: Draft, ids: tuple[int, ...]) -> None:
    before = draft.get_extra("broker_ids")
    known = {*draft.words.users, *(before if isinstance(before, list) else ())}
    _check_known("broker_ids", ids, known)
    draft.set_extra("broker_ids", list(ids) if ids else ABSENT)


def _add_groups(draft: Draft, ids: tuple[int, ...]) -> None:
    _check_known("add_group_ids", ids, {*draft.words.tags, *draft.contact.tag_ids})
    draft.set("tag_ids", tuple(dict.fromkeys((*draft.get("tag_ids"), *ids))))


def _sub_groups(draft: Draft, ids: tuple[int, ...]) -> None:
    _check_known("sub_group_ids", ids, {*draft.words.tags, *draft.contact.tag_ids})
    draft.set("tag_ids", tuple(number for number in draft.get("tag_ids") if number not in ids))


def _check_known(name: str, ids: tuple[int, ...], known: set[int]) -> None:
    for number in ids:
        if number not in known:
            raise Invalid.at(name, f"there is no {number}", "unknown_id")


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(name: str) -> Schema:
    return {"anyOf": [_ref(name), {"type": "null"}]}


def _list_of(name: str) -> Schema:
    return {"type": "array", "items": _ref(name)}


_INTEGER: Schema = {"type": "integer"}
_STRING: Schema = {"type": "string"}
_FORMATTED: Schema = nullable("string", pattern=r"^\d{2}\.\d{2}\.\d{4} \d{2}:\d{2}$")

_CUSTOM: Schema = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["value", "pretty_value"],
        "additionalProperties": False,
        "properties": {"value": {}, "pretty_value": nullable("string")},
    },
}

FIELDS: tuple[Field, ...] = (
    _derived("id", _INTEGER),
    _derived("item_id", _INTEGER),
    _written("salutation", "salutation", TEXT, _set_salutation),
    _kept("academic_title", "academic_title"),
    _derived("name", _STRING),
    _written("is_company", "kind", SWITCH, _set_is_company),
    _kept("company", "company"),
    _written("email", "emails", TEXT, set_email),
    _phone("phone"),
    _written("last_contact_at", "last_contact_at", MOMENT, _moment("last_contact_at")),
    _derived("created_at", MOMENT.shows),
    _derived("updated_at", MOMENT.shows),
    _phone("home_phone"),
    _phone("home_cell"),
    _phone("office_phone"),
    _phone("office_cell"),
    _one("client_status_id", "status_id", "statuses"),
    _one("client_source_id", "source_id", "sources"),
    _kept("locked", "is_locked", SWITCH),
    _written("broker_ids", "extras.propstack.broker_ids", NUMBERS, _set_broker_ids, to="users"),
    _derived("status", {"anyOf": [_ref("StatusOfContact"), {"type": "object", "maxProperties": 0}]}),
    _derived("children_size", {"type": "integer", "minimum": 0}),
    _written("old_crm_id", f"external_ids.{OLD_CRM}", TEXT, lambda d, value: d.set_external_id(OLD_CRM, value)),
    _one("broker_id", "owner_id", "users"),
    _kept("first_name", "first_name"),
    _kept("last_name", "last_name"),
    _line(0),
    _line(1),
    _kept("dob", "birth_date", DATE),
    _kept("birth_name", "birth_name"),
    _kept("birth_place", "birth_place"),
    _kept("birth_country", "birth_country"),
    _kept("identity_number", "identity_number"),
    _kept("issuing_authority", "issuing_authority"),
    _kept("nationality", "nationality"),
    _kept("rating", "rating", RATING, lambda rating: rating or 0),
    _kept("description", "description"),
    _kept("position", "position"),
    _derived("full_salutation", _STRING),
    _written("emails", "emails", TEXTS, set_emails),
    *_places(0),
    *_places(1),
    _kept("tax_identification_number", "tax_identification_number"),
    _read("token", "token", nullable("string")),
    _read("deleted_at", "deleted_at", nullable("string", format="date-time")),
    _written("parent_id", "parent_id", NUMBER, _attribute("parent_id")),
    _kept("language", "language"),
    _written("custom_fields", "custom", OBJECT, set_custom_fields, shows=_CUSTOM),
    _kept("income", "income"),
    _kept("handover_date", "handover_date", DATE),
    _kept("rent_date", "rent_date", DATE),
    _extra("mvsigned", FLAG),
    _extra("hvsigned", FLAG),
    _kept("followup_date", "followup_date", DATE),
    _kept("newsletter", "newsletter", FLAG),
    _kept("newsletter_unsubscribed", "newsletter_unsubscribed", YES_OR_NO, bool),
    _kept("message_salutation", "message_salutation"),
    _kept("accept_contact", "accept_contact", YES_OR_NO, bool),
    _kept("warning_notice", "warning_notice"),
    _kept("pass_type", "pass_type"),
    _kept("conspicuity", "conspicuity"),
    _kept("legal_form", "legal_form"),
    _kept("register_number", "register_number"),
    _kept("archived", "is_archived", SWITCH),
    _read("creator_id", "creator_id", NUMBER.shows, "users"),
    _read("updater_id", "updater_id", NUMBER.shows, "users"),
    _kept("cp_delete_request_date", "delete_requested_at", DATE),
    _kept("gdpr_status", "consent_status", CONSENT_STATUS, CONSENT.index),
    _kept("keep_data_till", "keep_data_until", DATE),
    _one("client_reason_id", "reason_id", "reasons"),
    _derived("last_contact_at_formatted", _FORMATTED),
    _derived("created_at_formatted", _FORMATTED),
    _derived("updated_at_formatted", _FORMATTED),
    _derived("broker", _or_null("Broker")),
    _derived("second_broker", _or_null("Broker")),
    _derived("groups", _list_of("Group")),
    _derived("documents", _list_of("Document")),
    _derived("owned_properties", _list_of("OwnedProperty")),
    _derived("children", _list_of("ContactRow")),
    _derived("client_source", _or_null("Source")),
    _derived("client_status", _or_null("Status")),
    # Written, and in no answer of the vendor's.
    _phone("home_fax", shown=False),
    _phone("office_fax", shown=False),
    _hidden("home_url", "website", TEXT),
    _hidden("score", "lead_score", NUMBER),
    _hidden("second_broker_id", "second_owner_id", NUMBER, "users"),
    _hidden("property_mailing_wanted", "property_mailing_wanted", FLAG),
    _hidden("project_ids", "project_ids", NUMBERS, "projects"),
    _hidden("department_ids", "department_ids", NUMBERS, "departments"),
    _hidden("group_ids", "tag_ids", NUMBERS, "tags"),
    _written("add_group_ids", "", NUMBERS, _add_groups, shown=False, to="tags"),
    _written("sub_group_ids", "", NUMBERS, _sub_groups, shown=False, to="tags"),
    _written("partial_custom_fields", "", OBJECT, set_partial_custom_fields, shown=False),
)
BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
POSITION: Mapping[str, int] = {field.name: position for position, field in enumerate(FIELDS)}
"""In which order keys are written, whatever the order they come in."""

VENDOR_NAMES: Mapping[str, str] = {
    **{field.home: field.name for field in FIELDS if field.home and field.write},
    "external_ids.propstack": "id",
    "group_id": "super_group_id",
}
"""Canonical path → the vendor's key, for errors."""

ROW: tuple[str, ...] = (
    *("id", "item_id", "salutation", "academic_title", "name", "is_company", "company", "email", "phone"),
    *("last_contact_at", "created_at", "updated_at", "client_status_id", "client_source_id", "locked", "broker_ids"),
    *("children_size", "groups"),
    *("first_name", "last_name", "office_phone", "office_cell", "home_phone", "home_cell"),
)
"""The keys of a list's row: the page's first example, and those that its telephone recipe reads."""
