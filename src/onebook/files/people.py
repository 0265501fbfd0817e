"""Parts of contacts as files of any kind spell them: names, e-mail addresses, telephones, places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from onebook.files.cells import checked
from onebook.model.contact import Address, AddressKind, Email, EmailStatus, Phone, PhoneKind
from onebook.model.normal import email_problem

_SEVERAL = re.compile(r"[;,\s]+|:::")
_ADDRESS_KINDS = ("home", "office", "billing", "other")


def split_name(text: str) -> tuple[str | None, str | None]:
    """First and last name out of `Anna Maria Berg` or `Berg, Anna Maria`; None for what is not there."""
    if "," in text:
        last, _, first = text.partition(",")
    else:
        first, _, last = text.rpartition(" ")
    return checked(first.strip()) or None, checked(last.strip()) or None


def emails_of(
    address: str = "", label: str | None = None, status: EmailStatus | None = None, is_primary: bool = False
) -> list[Email]:
    """The address, or each of several in one text; one that is none is kept, and marked so."""
    texts = [part for part in _SEVERAL.split(address) if part] if address.count("@") > 1 else [address.strip()]
    return [
        Email(
            address=text,
            label=label,
            status=status or ("invalid" if email_problem(text) else None),
            is_primary=is_primary,
        )
        for text in texts
        if text
    ]


def phone_of(number: str, kind: PhoneKind = "other", label: str | None = None, is_primary: bool = False) -> Phone:
    """The number as it stands."""
    return Phone(number=number, kind=kind, label=label, is_primary=is_primary)


def address_of(place: str | None, parts: Mapping[str, Any]) -> Address:
    """An address; its kind is what is said of it, else the column's, else home."""
    said = parts.get("kind")
    kind: AddressKind = said if said in _ADDRESS_KINDS else place if place in _ADDRESS_KINDS else "home"  # type: ignore[assignment]
    return Address(**{**parts, "kind": kind})
