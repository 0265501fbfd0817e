"""The vendor's `email` and `emails` over the contact's addresses: `email` is the primary one and first in the list."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from onebook.dialects.propstack.draft import Draft
from onebook.model.contact import Email
from onebook.model.normal import email_key


def emails_shown(emails: Sequence[Email]) -> list[str]:
    """All addresses with any text, the primary one first."""
    primary = _primary(emails)
    if primary is None:
        return []
    others = (email.address for index, email in enumerate(emails) if index != primary)
    return [address for address in (emails[primary].address, *others) if address]


def email_shown(emails: Sequence[Email]) -> str | None:
    """The primary address; an empty text where that is what was given."""
    primary = _primary(emails)
    return None if primary is None else emails[primary].address


def set_email(draft: Draft, address: str | None) -> None:
    """Make `address` the primary one: one of the list by changing places, else in place of the one that was.

    null removes the primary one; the others stay.
    """
    emails: tuple[Email, ...] = draft.get("emails")
    primary = _primary(emails)
    if address is None:
        if primary is not None:
            draft.set("emails", (*emails[:primary], *emails[primary + 1 :]))
        return
    if primary is None:
        draft.set("emails", (Email(address=address),))
        return
    key = email_key(address)
    known = next((index for index, email in enumerate(emails) if key and email_key(email.address) == key), None)
    if known is None:
        # Label and mark stay with the place; the status was the old address's own.
        changed = replace(emails[primary], address=address, status=None)
        draft.set("emails", (*emails[:primary], changed, *emails[primary + 1 :]))
    else:
        marked = known != primary or emails[known].is_primary
        draft.set(
            "emails",
            tuple(
                replace(email, address=address, is_primary=marked)
                if index == known
                else replace(email, is_primary=email.is_primary and not marked)
                for index, email in enumerate(emails)
            ),
        )


def set_emails(draft: Draft, addresses: Sequence[str]) -> None:
    """Make `addresses` the whole list, the first one primary; what is known of an address that stays is kept."""
    emails: tuple[Email, ...] = draft.get("emails")
    if list(addresses) == emails_shown(emails):
        return
    known = {email_key(email.address): email for email in reversed(emails)}
    given: dict[str, str] = {}
    for address in addresses:
        given.setdefault(email_key(address), address)
    draft.set(
        "emails",
        tuple(
            replace(known.get(key) or Email(address=address), address=address, is_primary=False)
            for key, address in given.items()
        ),
    )


def _primary(emails: Sequence[Email]) -> int | None:
    """Where the primary one is: marked so, else the first with any text, else the first."""
    if len(emails) < 2:
        return 0 if emails else None
    given = [index for index, email in enumerate(emails) if email.address]
    return next((index for index in given if emails[index].is_primary), given[0] if given else 0)
