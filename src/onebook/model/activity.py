"""What happens with contacts and properties: appointments, todos, notes, e-mails, cancelations, proofs."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from onebook.model.account import Record
from onebook.model.contact import Moment

ActivityCategory = Literal["message", "note", "reminder", "event", "cancelation", "policy"]
Direction = Literal["in", "out"]


class ActivityType(Record, frozen=True, omit_defaults=True, kw_only=True):
    """A kind of activity that the agency tells apart; `category` is which table its activities stand in."""

    name: str
    category: ActivityCategory | None = None
    color: str | None = None
    position: int | None = None


class Activity(Record, frozen=True, omit_defaults=True, kw_only=True):
    """What every activity has. `body` is text or HTML, as it was given; `state` is where it stands, 0 at first."""

    type_id: int | None = None
    title: str | None = None
    body: str | None = None
    user_id: int | None = None
    user_ids: tuple[int, ...] = ()
    creator_id: int | None = None
    contact_ids: tuple[int, ...] = ()
    property_ids: tuple[int, ...] = ()
    project_ids: tuple[int, ...] = ()
    deal_id: int | None = None
    source_id: int | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    state: int | None = None
    is_private: bool = False
    custom: dict[str, Any] = msgspec.field(default_factory=dict)


class Appointment(Activity, frozen=True, omit_defaults=True, kw_only=True):
    """A meeting from `starts_at` to `ends_at`; `recurrence` is an RRULE (RFC 5545)."""

    location: str | None = None
    is_all_day: bool = False
    recurrence: str | None = None
    is_campaign: bool = False
    send_reminders: bool = False


class Todo(Activity, frozen=True, omit_defaults=True, kw_only=True):
    """Something that somebody has to do until `due_at`; done since `done_at`."""

    due_at: Moment | None = None
    done_at: Moment | None = None
    is_done: bool = False


class Note(Activity, frozen=True, omit_defaults=True, kw_only=True):
    """Something that somebody wrote down."""


class Cancelation(Activity, frozen=True, omit_defaults=True, kw_only=True):
    """Somebody does not want what was offered, and why."""

    reservation_reason_id: int | None = None


class Message(Activity, frozen=True, omit_defaults=True, kw_only=True):
    """An e-mail: its subject is the `title`; addresses are as they stood in its head."""

    sender: str | None = None
    recipients: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    direction: Direction | None = None
    is_read: bool | None = None
    sent_at: Moment | None = None
    document_ids: tuple[int, ...] = ()


class Policy(Activity, frozen=True, omit_defaults=True, kw_only=True):
    """A proof that somebody was told, or agreed, for example to the terms of revocation."""

    kind: str | None = None
    sent_at: Moment | None = None
    accepted_at: Moment | None = None
    ip: str | None = None
