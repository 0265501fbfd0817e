"""The contacts of the data dump: the page's keys in the page's order, then the API's that the page leaves out.

A row is put together of three tuples (attributes as they are, what is worked out, what only this vendor has) and
brought into the page's order at once: an account may have a million contacts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter, itemgetter
from typing import Any

from msgspec import Struct

from onebook.dialects.propstack.addresses import KINDS, PARTS, line_shown
from onebook.dialects.propstack.draft import DIALECT, OLD_CRM
from onebook.dialects.propstack.emails import email_shown, emails_shown
from onebook.dialects.propstack.phones import SLOTS, phones_shown
from onebook.dialects.propstack.values import CONSENT
from onebook.model.contact import Contact, Email, PhoneKind, address_line
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

_AS_THEY_ARE = (*ATTRIBUTES, *POINTERS, *LISTS)
_as_they_are = attrgetter(*(home for home, _ in (*ATTRIBUTES.values(), *POINTERS.values(), *LISTS.values())))
_POINTERS_AT, _LISTS_AT = len(ATTRIBUTES), len(ATTRIBUTES) + len(POINTERS)
_BLANK = tuple(default for default, _ in ONLY_HERE.values())
_PARTS = (*_AS_THEY_ARE, *_WORKED_OUT, *ONLY_HERE)
_arranged = itemgetter(*(_PARTS.index(name) for name in (*PAGE, *BEHIND)))
_SLOTS = tuple(SLOTS)
_NO_PHONES, _NO_PLACE = (None,) * len(SLOTS), (None,) * (1 + len(PARTS))
_NO_PLACES = _NO_PLACE * len(KINDS)
_place_parts = attrgetter(*PARTS.values())
_CONSENT = {status: number for number, status in enumerate(CONSENT)}
_NONE = Numbers()


class StoredPhone(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A phone without what is derived of its number: an import derives it again."""

    number: str
    kind: PhoneKind = "other"
    label: str | None = None
    is_primary: bool = False


class StoredContact(Contact, frozen=True, omit_defaults=True, kw_only=True):
    """A contact whose days and moments are left as the texts they are stored as: the dump shows nearly the same."""

    phones: tuple[StoredPhone, ...] = ()  # type: ignore[assignment]
    birth_date: str | None = None  # type: ignore[assignment]
    handover_date: str | None = None  # type: ignore[assignment]
    rent_date: str | None = None  # type: ignore[assignment]
    followup_date: str | None = None  # type: ignore[assignment]
    keep_data_until: str | None = None  # type: ignore[assignment]
    delete_requested_at: str | None = None  # type: ignore[assignment]
    created_at: str | None = None  # type: ignore[assignment]
    updated_at: str | None = None  # type: ignore[assignment]
    last_contact_at: str | None = None  # type: ignore[assignment]
    deleted_at: str | None = None  # type: ignore[assignment]


def contact_rows(beside: Beside) -> Callable[[StoredContact], tuple[Any, ...]]:
    """What turns a contact into the values of `COLUMNS`."""
    words, shown = beside.vocabulary, beside.shown
    statuses = {number: status.name for number, status in words.statuses.items()}
    sources = {number: source.name for number, source in words.sources.items()}
    tags = {number: tag.name for number, tag in words.tags.items()}
    children = beside.children.get
    turned = _turning(shown)
    users = shown.get("users", _NONE)

    def row(contact: StoredContact) -> tuple[Any, ...]:
        external = contact.external_ids
        number = int(external[DIALECT]) if external.get(DIALECT, "").isdecimal() else contact.id
        own = contact.extras.get(DIALECT)
        plain = _as_they_are(contact)
        values: tuple[Any, ...] = _arranged(
            (plain if turned is None else turned(plain))
            + (
                number,
                number,
                contact.salutation if contact.salutation or not own else _word(own),
                contact.kind == "company",
                *_emails_of(contact.emails),
                external.get(OLD_CRM),
                children(contact.id, 0),
                _CONSENT[contact.consent_status],
                contact.rating or 0,
                contact.lead_score or 0,
                contact.accept_contact is True,
                contact.newsletter_unsubscribed is True,
                contact.property_mailing_wanted is True,
                statuses.get(contact.status_id),  # type: ignore[arg-type]
                sources.get(contact.source_id),  # type: ignore[arg-type]
                [tags[one] for one in contact.tag_ids if one in tags],
                zoneless_text(contact.created_at),
                zoneless_text(contact.updated_at),
                zoneless_text(contact.deleted_at),
                zoneless_text(contact.last_contact_at),
            )
            + (tuple(map(phones_shown(contact.phones).get, _SLOTS)) if contact.phones else _NO_PHONES)  # type: ignore[arg-type]
            + (_places_of(contact, own) if contact.addresses or own else _NO_PLACES)
            + (_only_here(own, users) if own else _BLANK)
        )
        return values

    return row


def zoneless_text(stored: str | None) -> str | None:
    """A moment as it is stored, in UTC, without saying so."""
    if stored is None:
        return None
    if stored[-1] == "Z":
        return stored[:-1]
    return datetime.fromisoformat(stored).astimezone(UTC).replace(tzinfo=None).isoformat()


def _turning(shown: Mapping[str, Numbers]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]] | None:
    """What puts the shown ids in the place of own ones; None where they are the same."""
    pointers = [shown.get(resource) or _NONE for _, resource in POINTERS.values()]
    lists = [shown.get(resource) or _NONE for _, resource in LISTS.values()]
    if not any(pointers) and not any(lists):
        return None

    def turned(plain: tuple[Any, ...]) -> tuple[Any, ...]:
        one_each = zip(plain[_POINTERS_AT:_LISTS_AT], pointers, strict=True)
        many_each = zip(plain[_LISTS_AT:], lists, strict=True)
        return (
            *plain[:_POINTERS_AT],
            *(None if one is None else others.get(one, one) for one, others in one_each),
            *([others.get(one, one) for one in many] for many, others in many_each),
        )

    return turned


def _places_of(contact: Contact, own: Mapping[str, Any] | None) -> tuple[Any, ...]:
    home: tuple[str | None, ...] = _NO_PLACE
    office: tuple[str | None, ...] = _NO_PLACE
    for address in contact.addresses:
        if address.kind == "home" and home is _NO_PLACE:
            home = (address_line(address), *_place_parts(address))
        elif address.kind == "office" and office is _NO_PLACE:
            office = (address_line(address), *_place_parts(address))
    if own:
        home, office = (
            (line_shown(contact, kind), *place[1:]) for kind, place in zip(KINDS, (home, office), strict=True)
        )
    return home + office


def _emails_of(emails: Sequence[Email]) -> tuple[Any, ...]:
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
