"""A lead: somebody asked for something, as it came in, and the contact it was attached to."""

from __future__ import annotations

from onebook.model.account import Record
from onebook.model.contact import Moment


class Lead(Record, frozen=True, omit_defaults=True, kw_only=True):
    """A request as it came in; it never changes its contact.

    `partner` is the name of the portal's key it came by, and `remote_id` the portal's own id of it, unique within.
    """

    contact_id: int | None = None
    property_id: int | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    message: str | None = None
    source: str | None = None
    partner: str | None = None
    remote_id: str | None = None
    happened_at: Moment | None = None
