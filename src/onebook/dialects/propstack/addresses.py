"""The vendor's `home_` and `office_` keys over the contact's list of addresses: each is the first of its kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from onebook.dialects.propstack.draft import ABSENT, Draft, extras_of
from onebook.model.contact import Address, AddressKind, Contact, address_line, address_of

KINDS: tuple[AddressKind, ...] = ("home", "office")
PARTS: dict[str, str] = {
    "street": "street",
    "house_number": "house_number",
    "zip_code": "zip",
    "city": "city",
    "country": "country",
}
"""The vendor's name of a part → the address's own."""

_KEYS = {kind: [(f"{kind}_{name}", part) for name, part in PARTS.items()] for kind in KINDS}


def addresses_shown(addresses: Sequence[Address]) -> dict[str, str | None]:
    """Key → text, of the addresses that there are; with their parts in one line as `home_address`."""
    shown: dict[str, str | None] = {}
    for address in addresses:
        line = f"{address.kind}_address"
        if address.kind in _KEYS and line not in shown:
            shown[line] = address_line(address)
            for key, part in _KEYS[address.kind]:
                shown[key] = getattr(address, part)
    return shown


def set_part(kind: AddressKind, part: str) -> Callable[[Draft, Any], None]:
    """Writes one part of the first address of `kind`; an address of which nothing is left goes."""

    def write(draft: Draft, value: str | None) -> None:
        addresses: tuple[Address, ...] = draft.get("addresses")
        index = next((index for index, one in enumerate(addresses) if one.kind == kind), None)
        if index is None:
            added = () if value is None else (replace(Address(kind=kind), **{part: value}),)
            draft.set("addresses", (*addresses, *added))
            return
        if getattr(addresses[index], part) == value:
            return
        changed = replace(addresses[index], **{part: value})
        left = () if changed == Address(kind=kind) else (changed,)
        draft.set("addresses", (*addresses[:index], *left, *addresses[index + 1 :]))

    return write


def set_line(kind: AddressKind) -> Callable[[Draft, Any], None]:
    """Takes an address in one line: kept as it came, and shown while no address of `kind` stands in parts.

    The line that the parts make, sent back by a client that writes what it has read, changes nothing.
    """
    name = f"{kind}_address"

    def write(draft: Draft, value: str | None) -> None:
        if value != line_shown(draft.contact, kind):
            draft.set_extra(name, ABSENT if value is None else value)

    return write


def line_shown(contact: Contact, kind: AddressKind) -> str | None:
    """The address of `kind` in one line, else the line that a client once sent."""
    line = address_line(address_of(contact, kind))
    sent = extras_of(contact.extras).get(f"{kind}_address")
    return line if line is not None or not isinstance(sent, str) else sent
