"""Whom and what the vendor's ids mean: terms, users and comments answer to theirs where they have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from onebook.model.account import Dialect, Record, User
from onebook.model.contact import Contact
from onebook.model.normal import email_key

DIALECT: Dialect = "quentn"
R = TypeVar("R", bound=Record)


def shown_id(record: Contact | Record) -> int:
    """The number that a contact or record answers to in this dialect."""
    external = record.external_ids.get(DIALECT, "")
    return int(external) if external.isascii() and external.isdigit() else record.id


def record_shown(records: Iterable[R], number: int) -> R | None:
    """The one that answers to `number`; one that is so called goes before one whose own number it is."""
    found = [record for record in records if shown_id(record) == number]
    return next((record for record in found if DIALECT in record.external_ids), found[0] if found else None)


def user_named(users: Iterable[User], named: int | str) -> User | None:
    """The user with this number, or this e-mail address."""
    if isinstance(named, int):
        return record_shown(users, named)
    key = email_key(named)
    return next((user for user in users if user.email and email_key(user.email) == key), None)
