"""The key `onebook` of a dump's contacts: what the vendor's columns cannot say of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from onebook.dialects.propstack.addresses import KINDS, PARTS
from onebook.dialects.propstack.beyond import Turns, custom_beyond, defaults_of
from onebook.dialects.propstack.draft import DIALECT, OLD_CRM
from onebook.dialects.propstack.dump_contacts import ATTRIBUTES, LISTS, ONLY_HERE, POINTERS, StoredPhone
from onebook.dialects.propstack.phones import SLOTS
from onebook.model.contact import Address, Contact, Email

_DEFAULTS = defaults_of(Contact)
_SAID = frozenset(
    {
        *(name for name, _ in (*ATTRIBUTES.values(), *POINTERS.values(), *LISTS.values())),
        *("id", "version", "token", "kind", "salutation", "emails", "phones", "addresses", "consent_status"),
        *("rating", "lead_score", "accept_contact", "newsletter_unsubscribed", "property_mailing_wanted"),
        *("external_ids", "extras", "custom", "merged_ids", "former_ids"),
        *("created_at", "updated_at", "deleted_at", "last_contact_at"),
    }
)
_LEFT = tuple(name for name in _DEFAULTS if name not in _SAID)
_left = attrgetter(*_LEFT)
_NOTHING = tuple(_DEFAULTS[name] for name in _LEFT)
_NO = ("accept_contact", "newsletter_unsubscribed", "property_mailing_wanted")
"""Flags that show no where it is not known."""
_NOUGHT = ("rating", "lead_score")
"""Numbers that show 0 where there is none."""
_DOUBTFUL = (*_NO, *_NOUGHT)
_doubtful = attrgetter(*_DOUBTFUL)
_UNKNOWN = (None,) * len(_DOUBTFUL)
_PLACE = {place: number for number, place in enumerate(SLOTS.values())}
_more_of_address = attrgetter("street2", "state", "latitude", "longitude")
_NO_MORE = (None,) * 4
_parts_of_address = attrgetter(*PARTS.values())
_NO_PARTS = (None,) * len(PARTS)


def contact_beyond(custom: Turns) -> Callable[[Any], dict[str, Any] | None]:
    """What turns a contact into the value of its key `onebook`; `custom` as for `beyond_of`."""

    def beyond(contact: Any) -> dict[str, Any] | None:
        found: dict[str, Any] = {}
        values = _left(contact)
        if values != _NOTHING:
            found = {
                name: one for name, one, no in zip(_LEFT, values, _NOTHING, strict=True) if one is not no and one != no
            }
        values = _doubtful(contact)
        if values != _UNKNOWN:
            found.update(
                (name, one) for name, one in zip(_DOUBTFUL, values, strict=True) if one is not None and not one
            )
        if contact.kind == "estate":
            found["kind"] = contact.kind
        if contact.emails and not _are_plain_emails(contact.emails):
            found["emails"] = contact.emails
        if contact.phones and not _are_plain_phones(contact.phones):
            found["phones"] = contact.phones
        if contact.addresses and not _are_plain_addresses(contact.addresses):
            found["addresses"] = contact.addresses
        if contact.external_ids or contact.merged_ids or contact.former_ids:
            _note_ids(contact, found)
        if contact.extras and (extras := _extras(contact)):
            found["extras"] = extras
        if contact.custom and (held := custom_beyond(contact.custom, custom)):
            found["custom"] = held
        return found or None

    return beyond


def _are_plain_emails(emails: Sequence[Email]) -> bool:
    """Whether their addresses say all, in this order."""
    for email in emails:
        if (
            email.is_primary
            or email.label is not None
            or email.status is not None
            or email.address != email.address.strip()
        ):
            return False
    if len(emails) == 1:
        return True
    texts = [email.address for email in emails]
    return all(texts) and len(set(texts)) == len(texts)


def _are_plain_phones(phones: Sequence[StoredPhone]) -> bool:
    """Whether each stands under a key of its own, in the keys' order."""
    last = -1
    for phone in phones:
        place = _PLACE.get((phone.kind, phone.label), -1)
        if place <= last or phone.is_primary:
            return False
        last = place
    return True


def _are_plain_addresses(addresses: Sequence[Address]) -> bool:
    """Whether there is one of each kind at most, in the kinds' order, and of the parts that have keys."""
    last = -1
    for address in addresses:
        place = KINDS.index(address.kind) if address.kind in KINDS else -1
        if place <= last or _more_of_address(address) != _NO_MORE or _parts_of_address(address) == _NO_PARTS:
            return False
        last = place
    return True


def _note_ids(contact: Any, found: dict[str, Any]) -> None:
    """What it is called elsewhere; who was merged into it is found under what he was called here."""
    others = {name: one for name, one in contact.external_ids.items() if name not in (DIALECT, OLD_CRM)}
    if contact.external_ids.get(OLD_CRM) == "":
        others[OLD_CRM] = ""
    if others:
        found["external_ids"] = dict(sorted(others.items()))
    if contact.former_ids or contact.merged_ids:
        former = {name: list(ids) for name, ids in contact.former_ids.items()}
        here = dict.fromkeys((*former.get(DIALECT, ()), *map(str, contact.merged_ids)))
        found["former_ids"] = dict(sorted({**former, **({DIALECT: list(here)} if here else {})}.items()))


def _extras(contact: Any) -> dict[str, Any]:
    found = {
        dialect: dict(sorted(held.items())) for dialect, held in contact.extras.items() if dialect != DIALECT and held
    }
    own: Mapping[str, Any] = contact.extras.get(DIALECT, {})
    left = {name: value for name, value in sorted(own.items()) if not _is_shown(contact, name, value)}
    return dict(sorted({**found, **({DIALECT: left} if left else {})}.items()))


def _is_shown(contact: Any, name: str, value: Any) -> bool:
    """Whether a row shows a member of the extras, and an import keeps it."""
    if name in ONLY_HERE:
        return value is not None and value != ONLY_HERE[name][0]
    if name == "salutation":
        return isinstance(value, str) and contact.salutation is None and value not in ("mr", "ms")
    for kind in KINDS:
        if name == f"{kind}_address":
            of_kind = [one for one in contact.addresses if one.kind == kind]
            said = any(getattr(one, part) for one in of_kind[:1] for part in ("street", "house_number", "zip", "city"))
            return isinstance(value, str) and not said
    return False
