"""The vendor's contact and the book's: `encode_contact` one way, `read_contact` and its edits the other. Pure.

An edit replaces, as PUT does and as a new contact is made, or merges, as POST does into a contact it finds: what is not
given stays, null and empty texts are not given, and terms are united.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from msgspec.structs import replace

from onebook.dialects.quentn.custom_values import PREFIX, shown_value, stored_value, vendor_fields
from onebook.dialects.quentn.fields import (
    BY_NAME,
    DEFAULT_FIELDS,
    IGNORED,
    ORDER,
    Field,
    extras_of,
    with_extra,
)
from onebook.dialects.quentn.lookups import shown_id
from onebook.dialects.quentn.values import read_text
from onebook.errors import Invalid, Problem
from onebook.model.account import Vocabulary
from onebook.model.contact import Contact

Edit = Callable[[Contact, Vocabulary], Contact]
MergeMethod = Literal["update_add", "update", "add"]
LONGEST_COMMENT = 64 * 1024
ADDRESS = ("first_name", "family_name", "ba_street", "ba_city", "ba_postal_code")
"""What a new contact needs all of, where it has no `mail`."""

_ABSENT: Any = object()
_NOT_GIVEN: tuple[Any, ...] = (None, "", (), [], {})
_HIDDEN = frozenset({"error", "id", "date_of_birth"})
"""Extras that are shown under no name of their own; an answer with a key `error` would be taken for one."""


def encode_contact(contact: Contact, names: Sequence[str], words: Vocabulary) -> dict[str, Any]:
    """The id, and what is known of `names`; a name that nobody knows is left out."""
    shown: dict[str, Any] = {"id": shown_id(contact)}
    custom = vendor_fields(words) if any(name.startswith(PREFIX) for name in names) else {}
    for name in names:
        if name in BY_NAME:
            shown[name] = BY_NAME[name].show(contact, words)
        elif name in custom:
            shown[name] = shown_value(custom[name], contact.custom.get(custom[name].name))
        elif name in extras_of(contact) and name not in _HIDDEN:
            shown[name] = extras_of(contact)[name]
    return shown


@dataclass(frozen=True, slots=True)
class SentContact:
    """What one contact object says: values by the field they are for, those of custom fields, and unknown ones."""

    values: tuple[tuple[Field, Any], ...]
    custom: Mapping[str, Any]
    unknown: Mapping[str, Any]
    comment: str | None = None

    @property
    def mail(self) -> str | None:
        """The address that it names; None for none."""
        return next((value or None for field, value in self.values if field.name == "mail"), None)

    def check_complete(self) -> None:
        """Raises Invalid where neither a mail nor a full address is there, as a new contact must have."""
        given = {field.name for field, value in self.values if value}
        if "mail" not in given and not given.issuperset(ADDRESS):
            raise Invalid.at("contact", f"needs a valid mail, or all of {', '.join(ADDRESS)}", "incomplete")

    def replacing(self, contact: Contact, words: Vocabulary) -> Contact:
        """The contact with all that is named in place of what it had; an `Edit`."""
        for field, value in self.values:
            if field.write is not None and _shown(field, contact, words) != value:
                contact = field.write(contact, value, words)
        if self.custom:
            kept = dict(contact.custom)
            for name, value in self._stored(words):
                kept.pop(name, None) if value is None else kept.update({name: value})
            contact = replace(contact, custom=kept)
        for name, value in self._kept_aside(words):
            contact = with_extra(contact, name, value, drop=_ABSENT)
        return contact

    def merging(self, method: MergeMethod) -> Edit:
        """The edit that merges it into a contact that was found."""

        def merge(contact: Contact, words: Vocabulary) -> Contact:
            before = contact
            for field, value in self.values:
                if value in _NOT_GIVEN or field.write is None:
                    continue
                shown = _shown(field, before, words)
                united = field.name == "terms"
                if united or (_may_write(method, shown or None) and shown != value):
                    contact = (field.grow or field.write)(contact, value, words)
            custom = dict(contact.custom)
            for name, value in self._stored(words):
                if value not in _NOT_GIVEN and _may_write(method, custom.get(name)):
                    custom[name] = value
            contact = replace(contact, custom=custom) if custom != contact.custom else contact
            for name, value in self._kept_aside(words):
                if value not in _NOT_GIVEN and _may_write(method, extras_of(before).get(name)):
                    contact = with_extra(contact, name, value, drop=_ABSENT)
            return contact

        return merge

    def _stored(self, words: Vocabulary) -> list[tuple[str, Any]]:
        """Own name and value of each custom field that the account has."""
        known = vendor_fields(words)
        return [
            (known[name].name, stored_value(known[name], value, name))
            for name, value in self.custom.items()
            if name in known
        ]

    def _kept_aside(self, words: Vocabulary) -> list[tuple[str, Any]]:
        """What the book has no field for."""
        known = vendor_fields(words) if self.custom else {}
        return [*self.unknown.items(), *((name, value) for name, value in self.custom.items() if name not in known)]


def _shown(field: Field, contact: Contact, words: Vocabulary) -> Any:
    """What the field shows, in the form that a client's value is read in."""
    shown = field.show(contact, words)
    return tuple(shown) if isinstance(shown, list) else shown


def _may_write(method: MergeMethod, current: Any) -> bool:
    """`add` fills what is empty, `update` overwrites what is not, `update_add` does both."""
    is_empty = current in _NOT_GIVEN
    return method == "update_add" or is_empty == (method == "add")


def read_contact(given: Any, *, may_set_status: bool, path: str = "contact") -> SentContact:
    """What a contact object says. Raises Invalid with a problem for each bad value, under the vendor's key.

    `mail_status` is left out where the key `may_set_status` not.
    """
    if not isinstance(given, dict):
        raise Invalid.at(path, "is required and must be an object", "required")
    values: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    comment = None
    problems: list[Problem] = []
    for name, value in given.items():
        field = BY_NAME.get(name)
        try:
            if field is not None and field.write is not None:
                values[name] = None if value is None else field.kind.read(value, name)
            elif name == "comment":
                comment = read_text(value, name, LONGEST_COMMENT) if value is not None else None
            elif name.startswith(PREFIX):
                custom[name] = value
            elif name not in IGNORED:
                unknown[name] = value
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(f"{problems[0].path}: {problems[0].text}", tuple(problems))
    if not may_set_status:
        values.pop("mail_status", None)
    ordered = sorted(values, key=ORDER.__getitem__)
    return SentContact(
        values=tuple((BY_NAME[name], values[name]) for name in ordered),
        custom=custom,
        unknown=unknown,
        comment=comment if comment and comment.strip() else None,
    )


def field_names(texts: Sequence[str] | None) -> tuple[str, ...]:
    """The names in `fields=…`, trimmed; the usual ones where there are none."""
    return tuple(dict.fromkeys(name.strip() for name in texts)) if texts else DEFAULT_FIELDS


def return_fields(given: Any) -> tuple[str, ...]:
    """The names in a body's `return_fields`. Raises Invalid for what is no list; what is no text in it is left out."""
    if given is None or given == "":
        return ()
    if not isinstance(given, list):
        raise Invalid.at("return_fields", "must be a list of field names", "not_a_list")
    return tuple(dict.fromkeys(name.strip() for name in given if isinstance(name, str)))
