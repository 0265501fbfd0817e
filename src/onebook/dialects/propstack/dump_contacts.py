"""The contacts of the data dump: the page's keys in the page's order, then the API's that the page leaves out.

A row is put together of three tuples (attributes as they are, what is worked out, what only this vendor has) and
brought into the page's order at once: an account may have a million contacts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter, itemgetter
from typing import Any

from onebook.dialects.propstack.addresses import KINDS, PARTS, line_shown
from onebook.dialects.propstack.draft import DIALECT, OLD_CRM
from onebook.dialects.propstack.emails import email_shown, emails_shown
from onebook.dialects.propstack.phones import SLOTS, phones_shown
from onebook.dialects.propstack.values import CONSENT
from onebook.model.contact import Address, Contact, address_line
from onebook.service.dump_tables import Beside, DumpColumn, Kind, Numbers

PAGE: tuple[str, ...] = tuple(
    "academic_title active_reservations archived birth_name broker_id broker_ids cancelation_reason_ids"
    " canceled_reservations children_count client_reason_id client_source_id client_status_id commercial company"
    " confirmed_at contact_sync_broker_ids cp_delete_request_date cp_profile_updated_at created_at create_notification"
    " creator_id customer_protection_partner deleted_at department_ids description dob email emails equity first_name"
    " gdpr_status has_protection home_address home_cell home_city home_country home_fax home_house_number home_phone"
    " home_street home_url home_zip_code id identity_number issuing_authority item_id keep_data_till last_contact_at"
    " last_logged_in_at last_name locale nationality newsletter office_address office_cell office_city office_country"
    " office_fax office_house_number office_phone office_street office_url office_zip_code old_crm_id online parent_id"
    " photo policy_accepted_at position preferred_contact_channel preferred_contact_time property_mailing_wanted rating"
    " relationship salutation score second_broker_id tags third_broker_id time_zone updated_at updater_id mvsigned"
    " hvsigned newsletter_unsubscribed from_website locked home_address_validated status source".split()
)
"""The keys of the page's first example, verbatim."""
BEHIND: tuple[str, ...] = tuple(
    "is_company phone group_ids project_ids birth_place birth_country tax_identification_number income handover_date"
    " rent_date followup_date message_salutation accept_contact warning_notice pass_type conspicuity legal_form"
    " register_number".split()
)
"""What a contact of the API has and the page's example, which ends in dots, does not show: ours."""

ATTRIBUTES: Mapping[str, tuple[str, Kind]] = {
    "academic_title": ("academic_title", "text"),
    "archived": ("is_archived", "flag"),
    "birth_name": ("birth_name", "text"),
    "birth_place": ("birth_place", "text"),
    "birth_country": ("birth_country", "text"),
    "company": ("company", "text"),
    "conspicuity": ("conspicuity", "text"),
    "cp_delete_request_date": ("delete_requested_at", "day"),
    "description": ("description", "text"),
    "dob": ("birth_date", "day"),
    "first_name": ("first_name", "text"),
    "followup_date": ("followup_date", "day"),
    "handover_date": ("handover_date", "day"),
    "home_url": ("website", "text"),
    "identity_number": ("identity_number", "text"),
    "income": ("income", "text"),
    "issuing_authority": ("issuing_authority", "text"),
    "keep_data_till": ("keep_data_until", "day"),
    "last_name": ("last_name", "text"),
    "legal_form": ("legal_form", "text"),
    "locale": ("language", "text"),
    "locked": ("is_locked", "flag"),
    "message_salutation": ("message_salutation", "text"),
    "nationality": ("nationality", "text"),
    "newsletter": ("newsletter", "flag"),
    "pass_type": ("pass_type", "text"),
    "position": ("position", "text"),
    "register_number": ("register_number", "text"),
    "rent_date": ("rent_date", "day"),
    "tax_identification_number": ("tax_identification_number", "text"),
    "warning_notice": ("warning_notice", "text"),
}
"""Key → the contact's attribute, shown as it is."""

POINTERS: Mapping[str, tuple[str, str]] = {
    "broker_id": ("owner_id", "users"),
    "second_broker_id": ("second_owner_id", "users"),
    "client_reason_id": ("reason_id", "reasons"),
    "client_source_id": ("source_id", "sources"),
    "client_status_id": ("status_id", "statuses"),
    "creator_id": ("creator_id", "users"),
    "parent_id": ("parent_id", "contacts"),
    "updater_id": ("updater_id", "users"),
}
"""Key → the attribute that holds an id, and whose."""
LISTS: Mapping[str, tuple[str, str]] = {
    "department_ids": ("department_ids", "departments"),
    "group_ids": ("tag_ids", "tags"),
    "project_ids": ("project_ids", "projects"),
}
"""Key → the attribute that holds ids, and whose."""

ONLY_HERE: Mapping[str, tuple[Any, Kind]] = {
    "active_reservations": ([], "json"),
    "broker_ids": ([], "integers"),
    "cancelation_reason_ids": ([], "integers"),
    "canceled_reservations": ([], "json"),
    "commercial": (False, "flag"),
    "confirmed_at": (None, "moment"),
    "contact_sync_broker_ids": (None, "json"),
    "cp_profile_updated_at": (None, "moment"),
    "create_notification": (False, "flag"),
    "customer_protection_partner": (False, "flag"),
    "equity": (None, "number"),
    "from_website": (False, "flag"),
    "has_protection": (False, "flag"),
    "home_address_validated": (False, "flag"),
    "hvsigned": (False, "flag"),
    "last_logged_in_at": (None, "moment"),
    "mvsigned": (False, "flag"),
    "office_url": (None, "text"),
    "online": (False, "flag"),
    "photo": (None, "text"),
    "policy_accepted_at": (None, "moment"),
    "preferred_contact_channel": (None, "text"),
    "preferred_contact_time": (None, "text"),
    "relationship": (None, "text"),
    "third_broker_id": (None, "integer"),
    "time_zone": (None, "text"),
}
"""Key → what it shows where `extras.propstack` has no such member, which is where it is kept."""

_MOMENTS = ("created_at", "updated_at", "deleted_at", "last_contact_at")
_moments = attrgetter(*_MOMENTS)
_PLACES = tuple(f"{kind}_{name}" for kind in KINDS for name in ("address", *PARTS))
_WORKED_OUT: Mapping[str, Kind] = {
    "id": "integer",
    "item_id": "integer",
    "salutation": "text",
    "is_company": "flag",
    "email": "text",
    "emails": "texts",
    "old_crm_id": "text",
    "children_count": "integer",
    "gdpr_status": "integer",
    "rating": "integer",
    "score": "integer",
    "accept_contact": "flag",
    "newsletter_unsubscribed": "flag",
    "property_mailing_wanted": "flag",
    "status": "text",
    "source": "text",
    "tags": "texts",
    **dict.fromkeys(_MOMENTS, "moment"),
    **dict.fromkeys(SLOTS, "text"),
    **dict.fromkeys(_PLACES, "text"),
}
KINDS_OF: Mapping[str, Kind] = {
    **{name: kind for name, (_, kind) in ATTRIBUTES.items()},
    **{name: kind for name, (_, kind) in ONLY_HERE.items()},
    **dict.fromkeys(POINTERS, "integer"),
    **dict.fromkeys(LISTS, "integers"),
    **_WORKED_OUT,
}
COLUMNS: tuple[DumpColumn, ...] = tuple(DumpColumn(name, KINDS_OF[name]) for name in (*PAGE, *BEHIND))

_attributes = attrgetter(*(attribute for attribute, _ in ATTRIBUTES.values()))
_pointers = attrgetter(*(attribute for attribute, _ in POINTERS.values()))
_BLANK = tuple(default for default, _ in ONLY_HERE.values())
_PARTS = (*ATTRIBUTES, *POINTERS, *LISTS, *_WORKED_OUT, *ONLY_HERE)
_arranged = itemgetter(*(_PARTS.index(name) for name in (*PAGE, *BEHIND)))
_NO_PHONES, _NO_PLACE = (None,) * len(SLOTS), (None,) * (1 + len(PARTS))
_NO_PLACES = _NO_PLACE * len(KINDS)
_slots = itemgetter(*SLOTS)
_place_parts = attrgetter(*PARTS.values())
_NO_SLOTS = dict.fromkeys(SLOTS)
_NONE = Numbers()


def contact_rows(beside: Beside) -> Callable[[Contact], tuple[Any, ...]]:
    """What turns a contact into the values of `COLUMNS`."""
    words, shown = beside.vocabulary, beside.shown
    statuses = {number: status.name for number, status in words.statuses.items()}
    sources = {number: source.name for number, source in words.sources.items()}
    tags = {number: tag.name for number, tag in words.tags.items()}
    children = beside.children if len(beside.children) else None
    pointers = [shown.get(resource) for _, resource in POINTERS.values()]
    any_pointer = any(pointers)
    lists = [(attrgetter(attribute), shown.get(resource)) for attribute, resource in LISTS.values()]
    users = shown.get("users", _NONE)

    def pointed(contact: Contact) -> tuple[Any, ...]:
        ids = _pointers(contact)
        if not any_pointer:
            return ids
        return tuple(
            one if one is None or others is None else others.get(one, one)
            for one, others in zip(ids, pointers, strict=True)
        )

    def listed(contact: Contact) -> tuple[Any, ...]:
        return tuple(
            get(contact) if others is None else [others.get(one, one) for one in get(contact)] for get, others in lists
        )

    def row(contact: Contact) -> tuple[Any, ...]:
        external = contact.external_ids
        number = int(external[DIALECT]) if DIALECT in external else contact.id
        own = contact.extras.get(DIALECT)
        worked_out = (
            number,
            number,
            contact.salutation if contact.salutation or not own else _word(own),
            contact.kind == "company",
            *_emails_of(contact),
            external.get(OLD_CRM),
            children.get(contact.id, 0) if children is not None else 0,
            CONSENT.index(contact.consent_status),
            contact.rating or 0,
            contact.lead_score or 0,
            bool(contact.accept_contact),
            bool(contact.newsletter_unsubscribed),
            bool(contact.property_mailing_wanted),
            statuses.get(contact.status_id) if contact.status_id is not None else None,
            sources.get(contact.source_id) if contact.source_id is not None else None,
            [tags[one] for one in contact.tag_ids if one in tags],
            *[None if moment is None else moment.replace(tzinfo=None) for moment in _moments(contact)],
        )
        phones = _slots({**_NO_SLOTS, **phones_shown(contact.phones)}) if contact.phones else _NO_PHONES
        places = _places_of(contact, own) if contact.addresses or own else _NO_PLACES
        only_here = _only_here(own, users) if own else _BLANK
        values: tuple[Any, ...] = _arranged(
            _attributes(contact) + pointed(contact) + listed(contact) + worked_out + phones + places + only_here
        )
        return values

    return row


def _places_of(contact: Contact, own: Mapping[str, Any] | None) -> tuple[Any, ...]:
    found: dict[str, Address] = {}
    for address in contact.addresses:
        found.setdefault(address.kind, address)
    shown = [(address_line(found[kind]), *_place_parts(found[kind])) if kind in found else _NO_PLACE for kind in KINDS]
    if own:
        shown = [(line_shown(contact, kind), *place[1:]) for kind, place in zip(KINDS, shown, strict=True)]
    return sum(shown, ())


def _emails_of(contact: Contact) -> tuple[Any, ...]:
    emails = contact.emails
    if len(emails) == 1:
        address = emails[0].address
        return address, [address] if address else []
    return email_shown(emails), emails_shown(emails)


def _word(own: Mapping[str, Any]) -> str | None:
    """A salutation that the book has none for."""
    word = own.get("salutation")
    return word if isinstance(word, str) else None


def _only_here(own: Mapping[str, Any], users: Numbers) -> tuple[Any, ...]:
    values = [own.get(name, default) for name, (default, _) in ONLY_HERE.items()]
    for name in ("broker_ids", "third_broker_id"):
        at = list(ONLY_HERE).index(name)
        values[at] = _shown(values[at], users)
    return tuple(values)


def _shown(value: Any, users: Numbers) -> Any:
    """Ids of users as this dialect shows them; what else somebody has put there stays as it is."""
    if isinstance(value, list):
        return [_shown(one, users) for one in value]
    return users.get(value, value) if type(value) is int else value
