"""What an entry of a file says, made a contact of this account: names become ids, values are checked. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from msgspec.structs import replace

from onebook.errors import Invalid, Problem
from onebook.model.account import NUMBERED_DIALECTS, User, Vocabulary
from onebook.model.contact import Contact
from onebook.model.custom import custom_value
from onebook.model.normal import email_key, phone_e164, plain
from onebook.service.contacts import Edit

MADE = {"source_id": "sources", "status_id": "statuses", "reason_id": "reasons", "tag_ids": "tags"}
"""The lists whose names an import adds where they are not there, by the field that points to them."""
MERGED = frozenset({"custom", "external_ids", "extras"})
KEPT = frozenset({"created_at", "updated_at"})
"""What a new contact takes from the file, and one that is there keeps."""
Names = Mapping[str, Mapping[str, int]]
"""Ids by folded name, by field."""


class Unknown(Exception):
    """Names that the account's lists do not have yet, by field; they are made and the entry is read again."""

    def __init__(self, names: dict[str, list[str]]) -> None:
        """`names` as the file spells them."""
        self.names = names
        super().__init__("unknown names")


def known_names(vocabulary: Vocabulary) -> Names:
    """All that the account's lists are called; users by address, full name, and a last name that is theirs alone."""
    found: dict[str, dict[str, int]] = {
        field: {plain(one.name): one.id for one in getattr(vocabulary, name).values()} for field, name in MADE.items()
    }
    users: dict[str, int] = {}
    last = [plain(user.last_name or "") for user in vocabulary.users.values()]
    for user in vocabulary.users.values():
        for called in _called(user):
            users.setdefault(called, user.id)
        if last.count(plain(user.last_name or "")) == 1:
            users.setdefault(plain(user.last_name or ""), user.id)
    return {**found, "owner_id": users, "second_owner_id": users}


def _called(user: User) -> Sequence[str]:
    name = " ".join(part for part in (user.first_name, user.last_name) if part)
    return [plain(name), email_key(user.email or ""), str(user.id)]


def resolved(
    values: Mapping[str, Any], called: Mapping[str, Sequence[str]], names: Names, vocabulary: Vocabulary
) -> dict[str, Any]:
    """`values` with ids for names, and custom values as they are kept. Raises Unknown, Invalid."""
    filled = dict(values)
    problems: list[Problem] = []
    unknown: dict[str, list[str]] = {}
    for field, texts in called.items():
        ids = []
        for text in texts:
            number = names[field].get(plain(text)) or names[field].get(email_key(text))
            if number is not None:
                ids.append(number)
            elif field in MADE:
                unknown.setdefault(field, []).append(text)
            else:
                said = f"there is no user {text!r}: make one with `onebook user create`"
                problems.append(Problem(field, "unknown_id", said))
        filled[field] = tuple(dict.fromkeys(ids)) if field == "tag_ids" else next(iter(ids), None)
    if "custom" in filled:
        filled["custom"] = _custom(filled["custom"], vocabulary, problems)
    for dialect, text in filled.get("external_ids", {}).items():
        if dialect in NUMBERED_DIALECTS and not (text.isascii() and text.isdigit() and len(text) < 19):
            problems.append(Problem(f"external_ids.{dialect}", "wrong_type", f"{text[:40]!r} is no whole number"))
    if problems:
        raise Invalid("; ".join(f"{one.path}: {one.text}" for one in problems), tuple(problems))
    if unknown:
        raise Unknown(unknown)
    return filled


def _custom(given: Mapping[str, Any], vocabulary: Vocabulary, problems: list[Problem]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in given.items():
        path = f"custom.{name}"
        field = vocabulary.custom_fields.get(name)
        if field is None:
            problems.append(Problem(path, "unknown_field", "there is no such custom field"))
            continue
        try:
            if field.type == "consent" and isinstance(value, str):
                value = json.loads(value)
            read = custom_value(field, value, path)
        except json.JSONDecodeError:
            problems.append(Problem(path, "wrong_type", "must be an object of ip, created and source"))
        except Invalid as error:
            problems += error.problems
        else:
            if read is not None:
                kept[name] = read
    return kept


def new_contact(values: Mapping[str, Any], country: str, now: datetime, token: str) -> Contact:
    """The contact that checked values make, as the book keeps it: with E.164 numbers, and one of each list primary."""
    made = {"created_at": now, "updated_at": now, **values, "version": 1, "token": token}
    if "phones" in values:
        phones = (replace(phone, e164=phone_e164(phone.number, country)) for phone in values["phones"])
        made["phones"] = _one_primary(tuple(phones))
    if "emails" in values:
        made["emails"] = _one_primary(values["emails"])
    return Contact(**made)


def _one_primary(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if sum(item.is_primary for item in items) < 2:
        return items
    first = next(index for index, item in enumerate(items) if item.is_primary)
    return tuple(replace(item, is_primary=index == first) for index, item in enumerate(items))


def edit_of(values: Mapping[str, Any]) -> Edit:
    """The change that the entry makes to a contact that is there: what it says is set, its ids stay its own."""
    return partial(_edited, {name: value for name, value in values.items() if name not in KEPT})


def _edited(values: Mapping[str, Any], contact: Contact, _: Vocabulary) -> Contact:
    filled = dict(values)
    for name in MERGED & values.keys():
        mine, theirs = getattr(contact, name), values[name]
        filled[name] = {**theirs, **mine} if name == "external_ids" else {**mine, **theirs}
    return replace(contact, **filled)
