"""How values leave their homes in the canonical contact, and how sent ones get there: the field table is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from onebook.dialects.vitec.book import NAME, Book
from onebook.dialects.vitec.moments import show_moment
from onebook.dialects.vitec.shapes import Keep, Show
from onebook.dialects.vitec.slots import blank
from onebook.errors import Invalid
from onebook.model.contact import Contact

_MATCHING = {"yes": "Yes", "no": "No", "not_asked": "NotAsked", None: "NotAsked"}


def show_plain(home: str) -> Show:
    """The value as it is."""
    get = attrgetter(home)
    return lambda contact, book: get(contact)


def show_text(home: str, limit: int | None) -> Show:
    """The text, cut to the vendor's limit; the record is never changed by that."""
    get: Callable[[Contact], str | None] = attrgetter(home)
    if limit is None:
        return lambda contact, book: get(contact)

    def show(contact: Contact, book: Book) -> str | None:
        text = get(contact)
        return text if text is None or len(text) <= limit else text[:limit]

    return show


def show_flag(home: str) -> Show:
    """The flag; one that nobody has set is false."""
    get = attrgetter(home)
    return lambda contact, book: bool(get(contact))


def show_when(home: str) -> Show:
    """The moment, in Swedish time."""
    get: Callable[[Contact], datetime | None] = attrgetter(home)
    return lambda contact, book: show_moment(get(contact))


def show_id(contact: Contact, book: Book) -> str:
    """The id that the contact answers to in this dialect; never cut, for then it would be another's."""
    return contact.external_ids.get(NAME) or str(contact.id)


def show_matching(contact: Contact, book: Book) -> str:
    """Whether the contact wants to be told of homes; one that nobody has asked has not been asked."""
    return _MATCHING[contact.matching]


def show_categories(contact: Contact, book: Book) -> list[dict[str, Any]]:
    """The contact's tags."""
    return book.categories(contact.tag_ids)


def keep_plain(home: str) -> Keep:
    """Puts the value where it lives."""
    return lambda contact, value, book: replace(contact, **{home: value})


def keep_text(home: str, limit: int | None, *, unless_blank: bool = False) -> Keep:
    """Puts the text where it lives, unless it is what is shown of the text there.

    `unless_blank`: blank text and null never overwrite (the vendor's rule for first and last names).
    """
    get: Callable[[Contact], str | None] = attrgetter(home)

    def keep(contact: Contact, value: Any, book: Book) -> Contact:
        before = get(contact)
        if (unless_blank and blank(value)) or (before is not None and before[:limit] == value):
            return contact
        return replace(contact, **{home: value})

    return keep


def keep_extra(key: str) -> Keep:
    """Keeps a value that no field of the canonical contact can say; null takes it away."""

    def keep(contact: Contact, value: Any, book: Book) -> Contact:
        mine = {name: kept for name, kept in contact.extras.get(NAME, {}).items() if name != key}
        if value is not None:
            mine[key] = value.isoformat() if isinstance(value, datetime) else value
        others = {name: kept for name, kept in contact.extras.items() if name != NAME}
        return replace(contact, extras={**others, NAME: mine} if mine else others)

    return keep


def keep_unknown(contact: Contact, unknown: Mapping[str, Any]) -> Contact:
    """Keeps what was sent under names that the vendor's page does not have, as it came."""
    if not unknown:
        return contact
    mine = {**contact.extras.get(NAME, {}), **unknown}
    return replace(contact, extras={**contact.extras, NAME: mine})


def keep_consent(contact: Contact, value: Any, book: Book) -> Contact:
    """Approval given is agreement; approval denied takes back an agreement that there was."""
    if value:
        return replace(contact, consent_status="agreed")
    return replace(contact, consent_status="revoked") if contact.consent_status == "agreed" else contact


def keep_categories(contact: Contact, value: Any, book: Book) -> Contact:
    """The tags with the ids that were sent, in place of those that were there."""
    return replace(contact, tag_ids=tuple(dict.fromkeys(_number(one, "tag_ids") for one in value or ())))


def keep_agent(contact: Contact, value: Any, book: Book) -> Contact:
    """The user with the id that was sent; blank text is nobody."""
    return replace(contact, owner_id=None if blank(value) else _number(value, "owner_id"))


def _number(text: str, path: str) -> int:
    """An id of ours, which are numbers; whether there is such a thing is found out later."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Invalid.at(path, f"there is no {text[:40]!r}", "unknown_id")
    return int(text)
