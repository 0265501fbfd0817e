"""Names: the one text this vendor writes for a person, and the agent that a text or an object means."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from onebook.errors import Invalid
from onebook.model.account import User, Vocabulary
from onebook.model.contact import Contact
from onebook.model.normal import email_key, plain
from onebook.service.leads import split_name


def written_name(contact: Contact) -> str | None:
    """First and last name; a company's own name where it is one; None for nobody in particular."""
    name = " ".join(part for part in (contact.first_name, contact.last_name) if part)
    return (contact.company or name if contact.kind == "company" else name or contact.company) or None


def with_full_name(contact: Contact, name: str | None) -> Contact:
    """The contact under another name; sending back the name that is shown changes nothing.

    A company's is its own name, an estate's its last name; a person's first word is the first name (ours).
    """
    if name == written_name(contact):
        return contact
    if contact.kind == "company":
        return replace(contact, company=name)
    if contact.kind == "estate":
        return replace(contact, first_name=None, last_name=name)
    first, last = split_name(name)
    return replace(contact, first_name=first, last_name=last)


def user_name(user: User | None) -> str | None:
    """How a row calls an agent: the full name, else the address."""
    if user is None:
        return None
    return " ".join(part for part in (user.first_name, user.last_name) if part) or user.email


def find_user(words: Vocabulary, given: Any, path: str = "agent") -> int | None:
    """The number of the user that is meant; None for nobody.

    It is meant by its e-mail address (the vendor's page), by the name that a row shows, or by the id or the address
    in the object that a detail shows (ours). Raises Invalid where it is none of the account's users.
    """
    if given is None or given == "":
        return None
    if isinstance(given, dict):
        given = given.get("email") if given.get("id") is None else given["id"]
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise Invalid.at(path, "must be an e-mail address or a name", "wrong_type")
    if isinstance(given, int):
        found = [user for user in words.users.values() if user.id == given]
    else:
        found = [user for user in words.users.values() if user.email and email_key(user.email) == email_key(given)]
        found += [user for user in words.users.values() if plain(user_name(user) or "") == plain(given)]
    if not found:
        raise Invalid.at(path, "is nobody of this account", "unknown_agent")
    return found[0].id
