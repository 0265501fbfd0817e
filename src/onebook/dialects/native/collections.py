"""One table of everything that is no contact: its path, its record, and what its list is filtered and sorted by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import get_args

from onebook.dialects.native.filters import FLAG, INTEGER, MOMENT, PLAIN, chosen, few, list_of
from onebook.http.params import Params
from onebook.http.route import Param, Schema
from onebook.model.account import CustomEntity, CustomField, Reason, Record, Source, Status, Tag, TagGroup, User
from onebook.model.activity import (
    ActivityCategory,
    ActivityType,
    Appointment,
    Cancelation,
    Message,
    Note,
    Policy,
    Todo,
)
from onebook.model.campaign import Campaign
from onebook.model.deal import CommissionSplit, Deal, DealPipeline
from onebook.model.document import Document, Picture
from onebook.model.lead import Lead
from onebook.model.normal import email_key
from onebook.model.organisation import Department, PropertyStatus, ReservationReason, Team
from onebook.model.project import Project
from onebook.model.property import OperationType, Property
from onebook.model.property_text import PropertyText
from onebook.model.references import REFERENCES
from onebook.model.relationship import Relationship, RelationshipKind
from onebook.model.saved_query import SavedQuery
from onebook.model.webhook import Webhook
from onebook.service.records import noun
from onebook.store.resources import BY_RECORD, remote_key

DATED = ("created_at", "updated_at")
"""The moments that every list is sorted and bounded by, where it is asked to."""


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """A parameter that looks for a key of the record: the key's kind, and how the parameter is read as its values.

    Any of the values is enough; none is no filter.
    """

    name: str
    kind: str
    values: Callable[[str, Params], tuple[str, ...]]
    text: str
    schema: Schema


@dataclass(frozen=True, slots=True)
class Collection:
    """One path and the record it lists. `moment` is the field that its position holds, where that is not the id.

    `first` is what it is sorted by where nothing is said.
    """

    path: str
    record: type[Record]
    filters: tuple[KeyFilter, ...]
    moment: str | None = None
    first: str = "id"

    @property
    def resource(self) -> str:
        """The name that scopes and the change feed have for it."""
        return BY_RECORD[self.record].name

    @property
    def noun(self) -> str:
        """What one of them is called."""
        return noun(self.record)

    @property
    def moments(self) -> tuple[str, ...]:
        """The fields whose value a list can be bounded and sorted by."""
        return (*DATED, self.moment) if self.moment else DATED

    @property
    def sorts(self) -> tuple[str, ...]:
        """What the list can be sorted by, each also with a minus."""
        return tuple(sign + name for name in ("id", *self.moments) for sign in ("", "-"))


def batch_key(collection: Collection) -> str:
    """What one of its records is called in the answer of a batch: `tag_group`."""
    return collection.noun.replace(" ", "_")


def _as_is(name: str, params: Params) -> str:
    return params.text(name) or ""


def _folded(name: str, params: Params) -> str:
    return (params.text(name) or "").strip().casefold()


def _email(name: str, params: Params) -> str:
    return email_key(params.text(name) or "")


def _remote(name: str, params: Params) -> str:
    return remote_key(params.text("partner"), params.text(name) or "")


def _numbers(name: str, params: Params) -> tuple[str, ...]:
    return tuple(str(number) for number in few(name, params.integers(name)) or ())


def _yes(name: str, params: Params) -> tuple[str, ...]:
    said = params.flag(name)
    return () if said is None else (str(int(said)),)


def _alone(value: Callable[[str, Params], str]) -> Callable[[str, Params], tuple[str, ...]]:
    """One text, which may have commas."""
    return lambda name, params: (value(name, params),) if params.text(name) else ()


def text_filter(name: str, text: str, kind: str = "", value: Callable[[str, Params], str] = _as_is) -> KeyFilter:
    """A filter for the key `kind`, which is called like the parameter where nothing is said."""
    return KeyFilter(name, kind or name, _alone(value), text, PLAIN)


def _flag(name: str, text: str) -> KeyFilter:
    return KeyFilter(name, name, _yes, text, FLAG)


def _word(name: str, words: object, text: str) -> KeyFilter:
    choices = get_args(words)

    def values(given: str, params: Params) -> tuple[str, ...]:
        return chosen(given, few(given, params.texts(given)), choices) or ()

    return KeyFilter(name, name, values, text, list_of({"enum": list(choices)}))


def _pointers(record: type[Record]) -> Iterator[KeyFilter]:
    """A filter for every field of `record` that points to others and is a key; it takes several ids."""
    for one in REFERENCES.get(record, ()):
        if one.key is not None:
            name = one.field.removesuffix("s")
            yield KeyFilter(name, one.key, _numbers, f"which points to one of these {one.target}", list_of(INTEGER))


def collection_of(path: str, record: type[Record], *filters: KeyFilter, moment: str | None = None) -> Collection:
    """A collection that is filtered by all that its record points to, too."""
    found = {one.name: one for one in (*filters, *_pointers(record))}
    return Collection(path, record, tuple(found.values()), moment)


BY_NAME = text_filter("name", "of this name, whatever the case", value=_folded)
COLLECTIONS: tuple[Collection, ...] = (
    collection_of("/tags", Tag, BY_NAME),
    collection_of("/tag-groups", TagGroup, BY_NAME),
    collection_of("/sources", Source, BY_NAME),
    collection_of("/statuses", Status, BY_NAME),
    collection_of("/reasons", Reason, BY_NAME),
    collection_of("/custom-fields", CustomField, BY_NAME, _word("entity", CustomEntity, "of these")),
    collection_of("/users", User, text_filter("email", "with this address", value=_email)),
    collection_of(
        "/properties",
        Property,
        text_filter("reference", "with this public number"),
        text_filter("status", "with this status"),
        _word("operation", OperationType, "offered so"),
        _flag("is_archived", "archived, or not"),
    ),
    Collection(
        "/leads",
        Lead,
        (
            *_pointers(Lead),
            text_filter("partner", "from this portal"),
            text_filter("remote_id", "with this number of the portal's, which `partner` names", "remote", _remote),
        ),
        moment="happened_at",
        first="happened_at",
    ),
    collection_of("/teams", Team, BY_NAME),
    collection_of("/departments", Department, BY_NAME),
    collection_of("/activity-types", ActivityType, BY_NAME, _word("category", ActivityCategory, "of this table")),
    collection_of("/reservation-reasons", ReservationReason, BY_NAME),
    collection_of("/property-statuses", PropertyStatus, BY_NAME),
    collection_of("/deal-pipelines", DealPipeline, BY_NAME),
    collection_of(
        "/projects",
        Project,
        text_filter("reference", "with this public number"),
        text_filter("status", "with this status"),
        _flag("is_archived", "archived, or not"),
    ),
    collection_of("/property-details", PropertyText, text_filter("language", "in this language")),
    collection_of(
        "/documents",
        Document,
        text_filter("tag", "with this tag", value=_folded),
        text_filter("sha256", "with this body"),
    ),
    collection_of("/images", Picture),
    collection_of("/relationships", Relationship, _word("kind", RelationshipKind, "of this kind")),
    collection_of("/saved-queries", SavedQuery, _flag("is_active", "active, or not")),
    collection_of("/deals", Deal),
    collection_of("/commission-splits", CommissionSplit),
    collection_of("/appointments", Appointment, moment="starts_at"),
    collection_of("/todos", Todo, _flag("is_done", "done, or not"), moment="due_at"),
    collection_of("/notes", Note),
    collection_of("/cancelations", Cancelation, moment="starts_at"),
    collection_of("/messages", Message, moment="sent_at"),
    collection_of("/policies", Policy, moment="accepted_at"),
    collection_of("/webhooks", Webhook, text_filter("event", "for this event")),
    collection_of("/campaigns", Campaign, BY_NAME),
)


def list_params(collection: Collection) -> tuple[Param, ...]:
    """The parameters of the collection's list, for the OpenAPI document."""
    found = [Param(one.name, one.schema, text=one.text) for one in collection.filters]
    for field in collection.moments:
        name = field.removesuffix("_at")
        found.append(Param(f"{name}_from", MOMENT, text=f"{name} then or later"))
        found.append(Param(f"{name}_to", MOMENT, text=f"{name} then or earlier; a bare date includes the day"))
    return (
        *found,
        Param("trashed", FLAG, text="what is in the trash; of the filters only the moments hold there"),
        Param("sort", {"enum": list(collection.sorts)}, text=f"a minus turns it round; {collection.first} by default"),
    )
