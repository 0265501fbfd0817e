"""A contact while the keys of one request are written into it, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from onebook.model.account import Dialect, Vocabulary
from onebook.model.contact import Contact

DIALECT: Dialect = "propstack"
OLD_CRM = "old_crm"
"""The member of `Contact.external_ids` that holds the vendor's `old_crm_id`."""

ABSENT: Any = object()
"""Stands for an attribute that is not there, where null would be a value."""


class Draft:
    """`contact` is how it was; what has been set since is read back by `get`."""

    __slots__ = ("_changes", "contact", "words")

    def __init__(self, contact: Contact, words: Vocabulary) -> None:
        """`words`: all that the account's contacts may point to."""
        self.contact = contact
        self.words = words
        self._changes: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """A field's value as it stands now."""
        return self._changes[name] if name in self._changes else getattr(self.contact, name)

    def set(self, name: str, value: Any) -> None:
        """Give a field another value."""
        self._changes[name] = value

    def get_extra(self, name: str) -> Any:
        """An attribute of this dialect that no field holds; `ABSENT` where there is none."""
        return extras_of(self.get("extras")).get(name, ABSENT)

    def set_extra(self, name: str, value: Any) -> None:
        """Keep an attribute that no field holds, as it came; `ABSENT` drops it."""
        if name not in extras_of(self.get("extras")) and value is ABSENT:
            return
        own = {**extras_of(self.get("extras")), name: value}
        if value is ABSENT:
            del own[name]
        others = {dialect: kept for dialect, kept in self.get("extras").items() if dialect != DIALECT}
        self.set("extras", {**others, DIALECT: own} if own else others)

    def set_external_id(self, system: str, value: str | None) -> None:
        """Let the contact answer to `value` in another system; None for no more."""
        others = {name: kept for name, kept in self.get("external_ids").items() if name != system}
        self.set("external_ids", {**others, system: value} if value else others)

    def done(self) -> Contact:
        """The contact as it shall be."""
        return replace(self.contact, **self._changes) if self._changes else self.contact


def extras_of(extras: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """What this dialect keeps among a contact's extras."""
    return extras.get(DIALECT, {})
