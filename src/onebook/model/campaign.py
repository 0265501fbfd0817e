"""What marketing does with contacts: campaigns that are set off, and what each e-mail address says to being mailed."""

from __future__ import annotations

from onebook.model.account import Record
from onebook.model.contact import EmailStatus


class Campaign(Record, frozen=True, omit_defaults=True, kw_only=True):
    """A campaign; whoever sets it off for a contact names its id."""

    name: str


class MailStatus(Record, frozen=True, omit_defaults=True, kw_only=True):
    """The last status of an address that its contact no longer has: it holds again for whoever has it next.

    `address_hash` is the SHA-256, in hexadecimal digits, of the address as it is compared, so that nobody who was
    erased can be read out of it.
    """

    address_hash: str
    status: EmailStatus
