"""What goes wrong when somebody is written down: names, numbers and addresses as they should not be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from random import Random

from msgspec.structs import replace

from onebook.demo.misspelt import misheard, typing_error
from onebook.model.contact import Address
from onebook.model.nicknames import ROOTS
from onebook.model.normal import fold


@dataclass(slots=True)
class Draft:
    """A record being written; phones are national digits."""

    kind: str
    calling_code: str
    first: str | None = None
    last: str | None = None
    company: str | None = None
    salutation: str | None = None
    born: date | None = None
    identity: str | None = None
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    address: Address | None = None


def slip(random: Random, draft: Draft) -> None:
    """Make one mistake, or take one liberty, in what `draft` says; where it finds nothing to err in, none."""
    drawn = random.random() * sum(share for share, _ in _SLIPS)
    for share, make in _SLIPS:
        drawn -= share
        if drawn < 0:
            make(random, draft)
            return


def _first_mistyped(random: Random, draft: Draft) -> None:
    if draft.first:
        draft.first = typing_error(random, draft.first)


def _last_mistyped(random: Random, draft: Draft) -> None:
    if draft.last:
        draft.last = typing_error(random, draft.last)


def _last_misheard(random: Random, draft: Draft) -> None:
    if draft.last:
        draft.last = misheard(random, draft.last)


def _company_mistyped(random: Random, draft: Draft) -> None:
    if draft.company:
        draft.company = typing_error(random, draft.company)


def _company_shortened(random: Random, draft: Draft) -> None:
    if draft.company and len(draft.company.split()) > 2:
        draft.company = " ".join(draft.company.split()[:2])


def _nickname(random: Random, draft: Draft) -> None:
    forms = [form for form, roots in ROOTS.items() if fold((draft.first or "").split("-")[0]) in roots]
    if forms:
        draft.first = forms[int(random.random() * len(forms))].capitalize()


def _initial(random: Random, draft: Draft) -> None:
    if draft.first:
        draft.first = f"{draft.first[0]}."


def _second_dropped(random: Random, draft: Draft) -> None:
    if draft.first:
        draft.first = draft.first.replace("-", " ").split()[0]


def _swapped(random: Random, draft: Draft) -> None:
    if draft.first and draft.last:
        draft.first, draft.last = draft.last, draft.first


def _titled(random: Random, draft: Draft) -> None:
    if draft.first:
        draft.first = f"Dr. {draft.first}"


def _last_shortened(random: Random, draft: Draft) -> None:
    if draft.last:
        draft.last = draft.last.replace("-", " ").split()[0]


def _all_in_last(random: Random, draft: Draft) -> None:
    if draft.first and draft.last:
        draft.first, draft.last = None, f"{draft.first} {draft.last}"


def _first_missing(random: Random, draft: Draft) -> None:
    draft.first = None


def _phone_mistyped(random: Random, draft: Draft) -> None:
    if draft.phones:
        draft.phones[0] = typing_error(random, draft.phones[0]).lstrip("0") or draft.phones[0]


def _email_mistyped(random: Random, draft: Draft) -> None:
    if draft.emails:
        local, _, domain = draft.emails[0].partition("@")
        draft.emails[0] = f"{typing_error(random, local)}@{domain}"


def _mailbox_respelt(random: Random, draft: Draft) -> None:
    if draft.emails:
        local, _, domain = draft.emails[0].partition("@")
        if domain == "gmail.com":
            draft.emails[0] = (
                f"{local.replace('.', '')}@googlemail.com" if random.random() < 0.5 else f"{local}+immo@{domain}"
            )
        else:
            draft.emails[0] = draft.emails[0].upper()


def _birth_mistyped(random: Random, draft: Draft) -> None:
    if draft.born:
        other = draft.born.replace(day=1 + (draft.born.day + 9) % 28)
        swapped = draft.born.day <= 12 and random.random() < 0.5
        draft.born = draft.born.replace(month=draft.born.day, day=draft.born.month) if swapped else other


def _street_mistyped(random: Random, draft: Draft) -> None:
    if draft.address:
        draft.address = replace(draft.address, street=typing_error(random, draft.address.street or ""))


def _zip_mistyped(random: Random, draft: Draft) -> None:
    if draft.address:
        draft.address = replace(draft.address, zip=typing_error(random, draft.address.zip or ""))


_SLIPS: tuple[tuple[float, Callable[[Random, Draft], None]], ...] = (
    (10, _first_mistyped),
    (12, _last_mistyped),
    (8, _last_misheard),
    (5, _company_mistyped),
    (5, _company_shortened),
    (9, _nickname),
    (3, _initial),
    (8, _second_dropped),
    (5, _swapped),
    (4, _titled),
    (6, _last_shortened),
    (2, _all_in_last),
    (1, _first_missing),
    (4, _phone_mistyped),
    (3, _email_mistyped),
    (6, _mailbox_respelt),
    (4, _birth_mistyped),
    (6, _street_mistyped),
    (4, _zip_mistyped),
)
"""How often each happens, beside the others."""
