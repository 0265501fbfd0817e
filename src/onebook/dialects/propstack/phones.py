"""The vendor's seven phone keys over the contact's list of phones: each is the first phone of its kind and label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from onebook.dialects.propstack.draft import Draft
from onebook.model.contact import Phone, PhoneKind

OFFICE = "office"
"""The label that tells an office's mobile and fax from those at home."""

SLOTS: dict[str, tuple[PhoneKind, str | None]] = {
    "phone": ("other", None),
    "home_phone": ("home", None),
    "home_cell": ("mobile", None),
    "office_phone": ("work", None),
    "office_cell": ("mobile", OFFICE),
    "home_fax": ("fax", None),
    "office_fax": ("fax", OFFICE),
}
"""Key → kind and label of a phone that is made for it."""

_BY_KIND: dict[str, str] = {"other": "phone", "switch": "phone", "home": "home_phone", "work": "office_phone"}


def slot_of(phone: Phone) -> str:
    """The key that `phone` belongs to."""
    if phone.kind in _BY_KIND:
        return _BY_KIND[phone.kind]
    place = "office" if phone.label == OFFICE else "home"
    return f"{place}_cell" if phone.kind == "mobile" else f"{place}_fax"


def phones_shown(phones: Sequence[Phone]) -> dict[str, str]:
    """Key → number, for the keys that have one. A switchboard is shown where there is no other `phone`."""
    shown: dict[str, str] = {}
    switch: str | None = None
    for phone in phones:
        if phone.kind != "switch":
            shown.setdefault(slot_of(phone), phone.number)
        elif switch is None:
            switch = phone.number
    if switch is not None:
        shown.setdefault("phone", switch)
    return shown


def set_phone(slot: str) -> Callable[[Draft, Any], None]:
    """Writes one key: changes the number it shows, adds one where it shows none, removes it for null."""

    def write(draft: Draft, number: str | None) -> None:
        phones: tuple[Phone, ...] = draft.get("phones")
        index = _index(phones, slot)
        if index is None:
            kind, label = SLOTS[slot]
            added = () if number is None else (Phone(number=number, kind=kind, label=label),)
            draft.set("phones", (*phones, *added))
            return
        changed = () if number is None else (replace(phones[index], number=number),)
        draft.set("phones", (*phones[:index], *changed, *phones[index + 1 :]))

    return write


def _index(phones: Sequence[Phone], slot: str) -> int | None:
    found = [index for index, phone in enumerate(phones) if slot_of(phone) == slot]
    return min(found, key=lambda index: (phones[index].kind == "switch", index)) if found else None
