"""Every table of the book that is not the contacts': its name, its record, how its rows are found and sorted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from onebook.model.account import CustomField, Reason, Record, Source, Status, Tag, TagGroup, User
from onebook.model.duplicate import DuplicatePair
from onebook.model.lead import Lead
from onebook.model.normal import email_key
from onebook.model.property import Property
from onebook.store.moments import micros

KeyPair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Resource:
    """`name` is the table's name in the native API and the change feed; `keys` gives (kind, value) to find a row by.

    A row's `unique` kinds are shared with no other row. `position` is what a list is sorted by: the id, or a moment
    in microseconds. `in_vocabulary`: contacts point to it, so it is read together with the account.
    """

    name: str
    record: type[Record]
    keys: Callable[[Any], list[KeyPair]]
    unique: frozenset[str]
    in_vocabulary: bool
    position: Callable[[Any], int] = lambda record: int(record.id)


def _named(record: Any) -> list[KeyPair]:
    return [("name", record.name.strip().casefold())]


def _user(user: User) -> list[KeyPair]:
    return [("email", email_key(user.email))] if user.email else []


def _property(prop: Property) -> list[KeyPair]:
    keys = [("owner", str(contact_id)) for contact_id in prop.owner_contact_ids]
    keys.append(("status", prop.status))
    return [*keys, ("reference", prop.reference)] if prop.reference else keys


def _lead(lead: Lead) -> list[KeyPair]:
    keys = [
        (kind, str(value)) for kind, value in (("contact", lead.contact_id), ("property", lead.property_id)) if value
    ]
    keys.append(("partner", lead.partner or ""))
    return [*keys, ("remote", remote_key(lead.partner, lead.remote_id))] if lead.remote_id is not None else keys


def remote_key(partner: str | None, remote_id: str) -> str:
    """A portal's own id of a lead, told apart from other portals'."""
    return f"{partner or ''}\n{remote_id}"


def _pair(pair: DuplicatePair) -> list[KeyPair]:
    both = [("contact", str(contact_id)) for contact_id in pair.contact_ids]
    return [*both, ("status", pair.status), ("pair", pair_key(pair.contact_ids))]


def pair_key(contact_ids: tuple[int, int]) -> str:
    """Two contacts as a pair, in whichever order they are given."""
    return f"{min(contact_ids)}-{max(contact_ids)}"


NAME = frozenset({"name"})
RESOURCES: tuple[Resource, ...] = (
    Resource("users", User, _user, frozenset({"email"}), True),
    Resource("tag_groups", TagGroup, _named, NAME, True),
    Resource("tags", Tag, _named, NAME, True),
    Resource("sources", Source, _named, NAME, True),
    Resource("statuses", Status, _named, NAME, True),
    Resource("reasons", Reason, _named, NAME, True),
    Resource("custom_fields", CustomField, _named, NAME, True),
    Resource("properties", Property, _property, frozenset({"reference"}), False),
    Resource("leads", Lead, _lead, frozenset({"remote"}), False, lambda lead: micros(lead.happened_at)),
    Resource("duplicate_pairs", DuplicatePair, _pair, frozenset({"pair"}), False),
)
BY_RECORD: dict[type, Resource] = {resource.record: resource for resource in RESOURCES}
