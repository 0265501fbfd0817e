"""Appointments, cancelations, notes, todos, e-mails and proofs, as the dump has them.

The keys of appointments and cancelations are the page's, `clients_ids` in one and `client_ids` in the other; those
behind them, and the other tables', are the words of the vendor's API: ours.
"""

from __future__ import annotations

from onebook.dialects.propstack.tables.column import AnyColumn, Column, Table
from onebook.dialects.propstack.tables.rows import (
    CREATED,
    CREATOR,
    DELETED,
    ID,
    UPDATED,
    many,
    one,
    only_here,
    same,
    switches,
    texts,
    words,
)
from onebook.dialects.propstack.values import FLAG, MOMENT, NUMBER, OBJECTS
from onebook.model.activity import Appointment, Cancelation, Message, Note, Policy, Todo

NOTE_TYPE = one("note_type_id", "type_id", "activity_types")
STARTS = Column("starts_at", "starts_at", MOMENT)
ENDS = Column("ends_at", "ends_at", MOMENT)
BROKER = one("broker_id", "user_id", "users")
STATE = Column("state", "state", NUMBER, nothing=0)
CLIENTS = many("client_ids", "contact_ids", "contacts")
PROPERTIES = many("property_ids", "property_ids", "properties")
PROJECTS = many("project_ids", "project_ids", "projects")
REASON = one("reservation_reason_id", "reservation_reason_id", "reservation_reasons")
SOURCE = one("client_source_id", "source_id", "sources")
DEAL = one("client_property_id", "deal_id", "deals")
BROKERS = many("broker_ids", "user_ids", "users")
DUE = Column("due_date", "due_at", MOMENT)
(DONE,) = switches(done="is_done")
(REMIND,) = only_here("remind_at", kind=MOMENT)
(ALL_DAY,) = switches(all_day="is_all_day")
(LOCATION,) = same("location")
RRULE = Column("rrule", "recurrence")
_TEXTS = same("title", "body")
_BEHIND: tuple[AnyColumn, ...] = (BROKERS, CREATOR, SOURCE, DEAL, *switches(private="is_private"), UPDATED, DELETED)
_LINKS: tuple[AnyColumn, ...] = (CLIENTS, PROPERTIES, PROJECTS)

APPOINTMENTS = Table(
    "appointments",
    Appointment,
    (
        ID,
        CREATED,
        NOTE_TYPE,
        STARTS,
        ENDS,
        *_TEXTS,
        BROKER,
        STATE,
        many("clients_ids", "contact_ids", "contacts"),
        many("properties_ids", "property_ids", "properties"),
        many("projects_ids", "project_ids", "projects"),
        RRULE,
        *switches(is_campaign="is_campaign"),
        *only_here("clients_status", kind=OBJECTS, nothing=()),
        *switches(send_reminders="send_reminders"),
        LOCATION,
        ALL_DAY,
        *_BEHIND,
    ),
)
CANCELATIONS = Table(
    "cancelations",
    Cancelation,
    (ID, CREATED, NOTE_TYPE, STARTS, ENDS, BROKER, STATE, *_LINKS, REASON, *_TEXTS, *_BEHIND),
)
NOTES = Table("notes", Note, (ID, CREATED, NOTE_TYPE, *_TEXTS, BROKER, STATE, *_LINKS, STARTS, ENDS, *_BEHIND))
TODOS = Table(
    "todos",
    Todo,
    (
        ID,
        CREATED,
        NOTE_TYPE,
        *_TEXTS,
        BROKER,
        STATE,
        *_LINKS,
        DUE,
        DONE,
        Column("done_at", "done_at", MOMENT),
        REMIND,
        STARTS,
        ENDS,
        *_BEHIND,
    ),
)
MESSAGES = Table(
    "messages",
    Message,
    (
        ID,
        CREATED,
        Column("message_category_id", "type_id", NUMBER, "activity_types"),
        Column("subject", "title"),
        *same("body"),
        BROKER,
        Column("from", "sender"),
        texts("to", "recipients"),
        texts("cc", "cc"),
        texts("bcc", "bcc"),
        *_LINKS,
        words("outgoing", "direction", {True: "out", False: "in"}, FLAG),
        Column("read", "is_read", FLAG),
        Column("sent_at", "sent_at", MOMENT),
        *only_here("archived", kind=FLAG, nothing=False),
        many("document_ids", "document_ids", "documents"),
        STATE,
        STARTS,
        ENDS,
        *_BEHIND,
    ),
)
POLICIES = Table(
    "policies",
    Policy,
    (
        ID,
        CREATED,
        NOTE_TYPE,
        Column("policy_type", "kind"),
        *_TEXTS,
        BROKER,
        STATE,
        *_LINKS,
        Column("sent_at", "sent_at", MOMENT),
        Column("accepted_at", "accepted_at", MOMENT),
        Column("ip_address", "ip"),
        STARTS,
        ENDS,
        *_BEHIND,
    ),
)
