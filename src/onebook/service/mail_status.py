"""The status of an e-mail address outlives its contact: who unsubscribed has unsubscribed when he comes again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from onebook.model.account import Vocabulary
from onebook.model.campaign import MailStatus
from onebook.model.contact import Contact, Email, EmailStatus
from onebook.model.normal import email_key
from onebook.service.records import change_record, create_record
from onebook.service.session import Unit, View
from onebook.store.records import ids_by_key, read_records

_ADDRESS = "address"
_NOTHING_SAID = (None, "unknown", "invalid")


async def remember_statuses(unit: Unit, before: Contact, after: Contact) -> None:
    """Keep the status of every address that the contact had and no longer has; one in the trash has none."""
    said = [email for email in before.emails if email.status not in _NOTHING_SAID]
    if not said:
        return
    left = set() if after.deleted_at is not None else {email_key(email.address) for email in after.emails}
    for email in said:
        if email.address and email.status is not None and email_key(email.address) not in left:
            await _remember(unit, address_hash(email.address), email.status)


async def _remember(unit: Unit, hashed: str, status: EmailStatus) -> None:
    ids = await ids_by_key(unit.tx, MailStatus, _ADDRESS, hashed)
    if ids:
        await change_record(unit, MailStatus, ids[0], lambda kept: replace(kept, status=status))
    else:
        await create_record(unit, MailStatus(address_hash=hashed, status=status))


async def remembered_statuses(view: View, addresses: Iterable[str]) -> dict[str, EmailStatus]:
    """The kept statuses of those of the addresses that have one, by the address as it is compared."""
    found: dict[str, EmailStatus] = {}
    for address in addresses:
        ids = await ids_by_key(view.reader, MailStatus, _ADDRESS, address_hash(address))
        kept = await read_records(view.reader, MailStatus, ids)
        found.update({email_key(address): one.status for one in kept.values()})
    return found


def with_statuses(
    edit: Callable[[Contact, Vocabulary], Contact], known: Mapping[str, EmailStatus]
) -> Callable[[Contact, Vocabulary], Contact]:
    """`edit`, after which an address that is new to the contact, and of which nothing is said, has its kept status."""
    if not known:
        return edit

    def changed(contact: Contact, words: Vocabulary) -> Contact:
        after = edit(contact, words)
        had = {email_key(email.address) for email in contact.emails}
        return replace(after, emails=tuple(_with_status(email, had, known) for email in after.emails))

    return changed


def _with_status(email: Email, had: set[str], known: Mapping[str, EmailStatus]) -> Email:
    key = email_key(email.address)
    if email.status is not None or key in had or key not in known:
        return email
    return replace(email, status=known[key])


def address_hash(address: str) -> str:
    """The SHA-256 of an address as it is compared."""
    return hashlib.sha256(email_key(address).encode()).hexdigest()
