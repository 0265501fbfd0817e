"""The vendor's named places for phones, e-mails and the address, over the contact's lists of them.

A place shows one entry of the list. Writing it changes that entry and no other, adds one where it shows none, and
takes it out for null or blank text. Sending back what a place shows changes nothing, also where that was cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from onebook.model.contact import Address, AddressKind, Contact, Email, Phone, PhoneKind
from onebook.model.normal import email_key


@dataclass(frozen=True, slots=True)
class Slots:
    """The places for phones: which kind a number gets that is written there, and which place shows which kinds.

    Of several numbers a place shows the one of its first kind, then the primary one. What no place shows stands in
    for a missing `other`, faxes excepted.
    """

    kinds: Mapping[str, tuple[PhoneKind, ...]]
    places: Mapping[PhoneKind, tuple[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        """Turn the table round."""
        rows = ((kind, (key, rank)) for key, kinds in self.kinds.items() for rank, kind in enumerate(kinds))
        object.__setattr__(self, "places", dict(rows))


PERSON_PHONES = Slots({"home": ("home",), "work": ("work", "switch"), "cell": ("mobile",), "other": ("other",)})
COMPANY_PHONES = Slots({"switch": ("switch", "work"), "other": ("other",)})
EMAILS = ("emailAddress", "emailAddress2")
ADDRESSES: dict[str, tuple[AddressKind, ...]] = {
    "person": ("home", "office", "other", "billing"),
    "company": ("office", "home", "other", "billing"),
    "estate": ("home", "office", "other", "billing"),
}
"""Which address of a contact is shown: the first of the first of these kinds that there is."""


def cut(text: str | None, limit: int | None) -> str | None:
    """`text` as it is shown: no longer than `limit` characters."""
    return text if text is None or limit is None else text[:limit]


def blank(text: str | None) -> bool:
    """Whether there is nothing in `text`."""
    return text is None or not text.strip()


def phone_places(phones: Sequence[Phone], slots: Slots) -> dict[str, int]:
    """Key → the index of the number it shows."""
    chosen: dict[str, int] = {}
    ranks: dict[str, tuple[int, bool]] = {}
    for index, phone in enumerate(phones):
        place = slots.places.get(phone.kind)
        if place is not None and phone.number:
            key, rank = place
            if key not in ranks or (rank, not phone.is_primary) < ranks[key]:
                ranks[key] = rank, not phone.is_primary
                chosen[key] = index
    if "other" not in chosen and len(chosen) < len(phones):
        for index, phone in enumerate(phones):
            if index not in chosen.values() and phone.number and phone.kind != "fax":
                chosen["other"] = index
                break
    return chosen


def show_phones(contact: Contact, slots: Slots, limit: int) -> dict[str, str | None]:
    """Key → number."""
    shown: dict[str, str | None] = dict.fromkeys(slots.kinds)
    if contact.phones:
        for key, index in phone_places(contact.phones, slots).items():
            shown[key] = contact.phones[index].number[:limit]
    return shown


def keep_phones(contact: Contact, given: Mapping[str, str | None], slots: Slots, limit: int) -> Contact:
    """The contact with the numbers that were sent, by key."""
    places = phone_places(contact.phones, slots)
    phones: list[Phone | None] = list(contact.phones)
    for key, number in given.items():
        index = places.get(key)
        was = None if index is None else contact.phones[index]
        if was is not None and was.number[:limit] == number:
            continue
        new = None if number is None or blank(number) else Phone(number=number, kind=slots.kinds[key][0])
        if index is None:
            phones.append(new)
        else:
            phones[index] = replace(contact.phones[index], number=new.number) if new is not None else None
    return replace(contact, phones=tuple(phone for phone in phones if phone is not None))


def email_places(emails: Sequence[Email]) -> list[int]:
    """The indexes of the addresses that are shown, the primary one first."""
    given = [index for index, email in enumerate(emails) if email.address]
    if len(given) < 2 or emails[given[0]].is_primary:
        return given[: len(EMAILS)]
    return sorted(given, key=lambda index: not emails[index].is_primary)[: len(EMAILS)]


def show_emails(contact: Contact, limit: int) -> dict[str, str | None]:
    """Key → address."""
    shown: dict[str, str | None] = dict.fromkeys(EMAILS)
    if contact.emails:
        for key, index in zip(EMAILS, email_places(contact.emails), strict=False):
            shown[key] = contact.emails[index].address[:limit]
    return shown


def keep_emails(contact: Contact, given: Mapping[str, str | None], limit: int) -> Contact:
    """The contact with the addresses that were sent, by key; one that it has already keeps its label and status."""
    places = dict(zip(EMAILS, email_places(contact.emails), strict=False))
    shown = {key: contact.emails[index].address[:limit] for key, index in places.items()}
    same = {key for key in shown if given.get(key, shown[key]) == shown[key]}
    known = {email_key(email.address): email for email in contact.emails}
    taken = {email_key(contact.emails[places[key]].address) for key in same}
    emails: list[Email | None] = list(contact.emails)
    for key in (key for key in given if key not in same):
        address, index = given[key] or "", places.get(key)
        new: Email | None = None
        if not blank(address) and email_key(address) not in taken:
            taken.add(email_key(address))
            first = index is not None and contact.emails[index].is_primary
            new = replace(known.get(email_key(address), Email(address=address)), address=address, is_primary=first)
            # Where it stood before, it stands no longer.
            emails = [None if one is not None and _is(one, address) else one for one in emails]
        if index is None:
            emails.append(new)
        else:
            emails[index] = new
    return replace(contact, emails=tuple(email for email in emails if email is not None))


def _is(email: Email, address: str) -> bool:
    return email_key(email.address) == email_key(address)


def address_place(contact: Contact) -> int | None:
    """The index of the address that is shown."""
    if len(contact.addresses) < 2:
        return 0 if contact.addresses else None
    order = ADDRESSES[contact.kind]
    return min(range(len(contact.addresses)), key=lambda index: order.index(contact.addresses[index].kind))


def shown_address(contact: Contact) -> Address | None:
    """The address that is shown."""
    index = address_place(contact) if contact.addresses else None
    return None if index is None else contact.addresses[index]


def street_line(address: Address) -> str | None:
    """Street and house number, which the vendor has in one."""
    if not address.house_number:
        return address.street
    return f"{address.street} {address.house_number}" if address.street else address.house_number


def keep_address(contact: Contact, changed: Mapping[str, Any] | None, *, whole: bool = False) -> Contact:
    """The contact with these parts of the shown address changed; None takes it out, as does leaving nothing in it.

    `whole`: they are all that there is of it from now on.
    """
    index = address_place(contact)
    if index is None:
        kind = ADDRESSES[contact.kind][0]
        before, others, at = Address(kind=kind), contact.addresses, len(contact.addresses)
    else:
        before, others, at = contact.addresses[index], _without(contact.addresses, index), index
    start = Address(kind=before.kind) if whole or changed is None else before
    after = replace(start, **(changed or {}))
    if after == before and changed is not None:
        return contact
    kept = () if after == Address(kind=before.kind) else (after,)
    return replace(contact, addresses=(*others[:at], *kept, *others[at:]))


def _without(addresses: tuple[Address, ...], index: int) -> tuple[Address, ...]:
    return (*addresses[:index], *addresses[index + 1 :])
