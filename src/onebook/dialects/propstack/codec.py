"""The vendor's contact and the book's: `encode_row` and `encode_contact` one way, `decode_client` the other.

Pure functions over the one field table of `fields.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from onebook.dialects.propstack.addresses import KINDS, addresses_shown, line_shown
from onebook.dialects.propstack.associations import (
    Around,
    full_salutation,
    put_associations,
    put_times,
)
from onebook.dialects.propstack.custom_fields import custom_fields_shown
from onebook.dialects.propstack.draft import DIALECT, OLD_CRM, Draft, extras_of
from onebook.dialects.propstack.emails import email_shown, emails_shown
from onebook.dialects.propstack.fields import BY_NAME, FIELDS, POSITION, ROW, Field
from onebook.dialects.propstack.lookups import encode_group
from onebook.dialects.propstack.phones import phones_shown
from onebook.dialects.propstack.shown import listed, own_in, shown_id, shown_in
from onebook.dialects.propstack.tables.column import Owns
from onebook.dialects.propstack.values import read_value, time_text
from onebook.errors import Invalid, Problem
from onebook.model.account import Vocabulary
from onebook.model.contact import Contact, display_name
from onebook.model.normal import email_key

Key = tuple[str, str]


def _getter(names: Sequence[str]) -> Callable[[Contact], tuple[Any, ...]]:
    homes = [BY_NAME[name].home for name in names]
    return attrgetter(*homes)


def _turned(names: Sequence[str]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    shows = ((name, BY_NAME[name].show) for name in names)
    return tuple((name, show) for name, show in shows if show is not None)


_KEYS = tuple(one.name for one in FIELDS if one.shows is not None)
_EMPTY = dict.fromkeys(_KEYS)
_AS_IS = tuple(name for name in _KEYS if BY_NAME[name].as_is)
_attributes = _getter(_AS_IS)
_TURNED = _turned(_AS_IS)
_ROW_EMPTY = dict.fromkeys(ROW)
_ROW_AS_IS = tuple(name for name in ROW if BY_NAME[name].as_is)
_row_attributes = _getter(_ROW_AS_IS)
_POINTERS = tuple((one.name, one.to) for one in FIELDS if one.to and one.as_is)


def encode_row(contact: Contact, around: Around) -> dict[str, Any]:
    """The contact as a row of a list."""
    row: dict[str, Any] = _ROW_EMPTY.copy()
    row.update(zip(_ROW_AS_IS, _row_attributes(contact), strict=True))
    _common(row, contact, around)
    for slot, number in phones_shown(contact.phones).items():
        if slot in row:
            row[slot] = number
    for name in ("last_contact_at", "created_at", "updated_at"):
        moment = getattr(contact, name)
        row[name] = None if moment is None else time_text(moment, around.zone)
    return row


def encode_contact(contact: Contact, around: Around) -> dict[str, Any]:
    """The contact alone, every key of the page."""
    row: dict[str, Any] = _EMPTY.copy()
    row.update(zip(_AS_IS, _attributes(contact), strict=True))
    for name, show in _TURNED:
        row[name] = show(row[name])
    _common(row, contact, around)
    row["emails"] = emails_shown(contact.emails)
    if contact.addresses:
        row.update(addresses_shown(contact.addresses))
    for slot, number in phones_shown(contact.phones).items():
        if slot in row:
            row[slot] = number
    row["old_crm_id"] = contact.external_ids.get(OLD_CRM)
    row["full_salutation"] = full_salutation(contact)
    row["custom_fields"] = custom_fields_shown(contact.custom, around.words.custom_fields, around.zone)
    if DIALECT in contact.extras:
        _own_keys(row, contact)
    put_times(row, contact, around.zone)
    put_associations(row, contact, around)
    row["children"] = [encode_row(child, around) for child in around.children.get(contact.id, ())]
    return row


def _common(row: dict[str, Any], contact: Contact, around: Around) -> None:
    row["id"] = row["item_id"] = shown_id(contact)
    row["name"] = display_name(contact)
    row["is_company"] = contact.kind == "company"
    row["salutation"] = contact.salutation
    row["email"] = email_shown(contact.emails)
    row["children_size"] = around.children_sizes.get(contact.id, 0)
    tags = around.words.tags
    row["groups"] = [encode_group(tags[tag_id], around.words) for tag_id in contact.tag_ids if tag_id in tags]
    own = extras_of(contact.extras)
    row["broker_ids"] = [shown_in(around.words.users, one) for one in _ids_in(own.get("broker_ids"))]
    for name, resource in _POINTERS:
        if row.get(name) is not None:
            row[name] = shown_in(listed(around.words, resource) or {}, row[name])
    if contact.salutation is None and isinstance(own.get("salutation"), str):
        row["salutation"] = own["salutation"]


def _own_keys(row: dict[str, Any], contact: Contact) -> None:
    """Keys that only this vendor has; what the native API put there and is of another type is not shown."""
    own = extras_of(contact.extras)
    for name in ("mvsigned", "hvsigned"):
        if isinstance(own.get(name), bool):
            row[name] = own[name]
    for kind in KINDS:
        row[f"{kind}_address"] = line_shown(contact, kind)


def _ids_in(value: Any) -> tuple[int, ...]:
    """The ids of a list; nothing where it is none, which the native API may have put there."""
    return tuple(value) if isinstance(value, list) and all(type(member) is int for member in value) else ()


@dataclass(frozen=True, slots=True)
class ClientWrite:
    """What one `client` object asks for, read and checked as far as it goes without the book.

    `matches` are the keys an upsert looks under, the one that decides first. `parent` is the shown id of the
    parent that is named, None where none is.
    """

    values: tuple[tuple[Field, Any], ...]
    unknown: Mapping[str, Any]
    matches: tuple[Key, ...]
    parent: int | None

    def points(self) -> tuple[tuple[str, int], ...]:
        """(resource, shown id) of all that is named and stands in no small list: the parent, projects."""
        named = [("projects", number) for one, value in self.values if one.to == "projects" for number in value]
        return (*named, *((("contacts", self.parent),) if self.parent is not None else ()))

    def edit(self, owns: Owns) -> Callable[[Contact, Vocabulary], Contact]:
        """The change as a pure function. `owns` has the own ids of `points`, of those that there are."""

        def change(contact: Contact, words: Vocabulary) -> Contact:
            draft = Draft(contact, words)
            for one, value in self.values:
                if one.name == "parent_id" and value is not None:
                    value = self._parent(contact, owns.get(("contacts", value)))
                elif one.to and value is not None:
                    value = _own_ids(one, value, contact, words, owns)
                if one.write is not None:
                    one.write(draft, value)
            for name, value in self.unknown.items():
                draft.set_extra(name, value)
            return draft.done()

        return change

    def _parent(self, contact: Contact, parent_id: int | None) -> int:
        if parent_id is None and contact.parent_id == self.parent:
            parent_id = contact.parent_id  # a parent in the trash, sent back as it was read
        if parent_id is None:
            raise Invalid.at("parent_id", f"there is no contact {self.parent}", "unknown_id")
        return parent_id


def _own_ids(one: Field, value: Any, contact: Contact, words: Vocabulary, owns: Owns) -> Any:
    """Own ids in place of shown ones; what the contact points to already may be gone. Raises Invalid."""
    before = _pointed(one, contact)

    def own(shown: int) -> int:
        known = listed(words, one.to)
        found = owns.get((one.to, shown)) if known is None else own_in(known, shown)
        if found is None and shown not in before and (known is None or shown in known):
            raise Invalid.at(one.name, f"there is no {shown}", "unknown_id")
        return shown if found is None else found  # whether it is there at all, the service looks

    return tuple(own(shown) for shown in value) if isinstance(value, tuple) else own(value)


def _pointed(one: Field, contact: Contact) -> tuple[int, ...]:
    """The own ids that the contact has under a key."""
    if one.home.startswith("extras"):
        return _ids_in(extras_of(contact.extras).get(one.name))
    value = getattr(contact, one.home or "tag_ids")
    return value if isinstance(value, tuple) else (value,)


def decode_client(payload: Any, zone: ZoneInfo) -> ClientWrite:
    """What the body `{"client":{…}}` asks for.

    Keys that are the book's own are ignored, unknown ones kept. Raises Invalid with a problem for each bad value,
    each under the vendor's key.
    """
    client = payload.get("client") if isinstance(payload, dict) else None
    if not isinstance(client, dict):
        raise Invalid.at("client", "is required", "required" if client is None else "not_an_object")
    if not client:
        raise Invalid.at("client", "must not be empty", "empty")
    values: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, given in client.items():
        one = BY_NAME.get(name)
        if one is None:
            unknown[name] = given
        elif one.kind is not None:
            try:
                values[name] = read_value(one.kind, given, name, zone)
            except Invalid as error:
                problems += error.problems
    if problems:
        raise Invalid(f"{problems[0].path}: {problems[0].text}", tuple(problems))
    _join_emails(values)
    ordered = sorted(values, key=POSITION.__getitem__)
    return ClientWrite(
        values=tuple((BY_NAME[name], values[name]) for name in ordered),
        unknown=unknown,
        matches=_matches(values),
        parent=values.get("parent_id"),
    )


def _join_emails(values: dict[str, Any]) -> None:
    """Of `email` and `emails` in one request the list is the whole, with `email` in front."""
    if "email" in values and "emails" in values:
        email = values.pop("email")
        if email:
            others = (other for other in values["emails"] if email_key(other) != email_key(email))
            values["emails"] = (email, *others)


def _matches(values: Mapping[str, Any]) -> tuple[Key, ...]:
    email = values.get("email") or next(iter(values.get("emails") or ()), None)
    old_crm_id = values.get("old_crm_id")
    keys = ((f"id:{OLD_CRM}", old_crm_id), ("email", email_key(email) if email else None))
    return tuple((kind, value) for kind, value in keys if value)
