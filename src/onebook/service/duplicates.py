"""Who is the same: for now by an external id or an e-mail address."""

from __future__ import annotations

from msgspec import Struct

from onebook.errors import NotFound
from onebook.model.account import DIALECTS
from onebook.model.contact import Contact
from onebook.model.normal import email_key
from onebook.service.contacts import contact_by_key, contact_by_shown_id
from onebook.service.session import View
from onebook.store.contacts import ids_by_keys


class Twin(Struct, frozen=True):
    """The contact that is the same, and the path of what it has in common."""

    contact_id: int
    path: str


async def find_twin(view: View, contact: Contact) -> Twin | None:
    """The contact that `contact` would be a second of; an external id decides before an e-mail address does.

    Archived contacts count, those in the trash do not; of several with an address it is the oldest.
    """
    for dialect, external in contact.external_ids.items():
        try:
            if dialect in DIALECTS:
                found = await contact_by_shown_id(view, dialect, external)
            else:
                found = await contact_by_key(view, f"id:{dialect}", external)
        except NotFound:
            continue
        return Twin(found.id, f"external_ids.{dialect}")
    twins: list[Twin] = []
    for index, email in enumerate(contact.emails):
        if key := email_key(email.address):
            ids = await ids_by_keys(view.reader, [("email", key)])
            twins += [Twin(number, f"emails.{index}.address") for number in ids[:1]]
    return min(twins, key=lambda twin: twin.contact_id, default=None)
