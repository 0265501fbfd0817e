"""The id that a record shows in this dialect: its external one where it has one, else its own. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onebook.dialects.propstack.draft import DIALECT
from onebook.model.account import Record, Vocabulary
from onebook.model.contact import Contact
from onebook.store.resources import BY_RECORD, RESOURCES

RECORDS: Mapping[str, type[Record]] = {resource.name: resource.record for resource in RESOURCES}
_IN_WORDS = frozenset({"users", "tag_groups", "tags", "sources", "statuses", "reasons"})


def shown_id(record: Contact | Record) -> int:
    """The id that the record answers to in this dialect."""
    external = record.external_ids.get(DIALECT)
    return record.id if external is None or not external.isdecimal() else int(external)


def listed(words: Vocabulary, resource: str) -> Mapping[int, Any] | None:
    """The records of a small list by their own ids; None for what is no small list."""
    if resource in _IN_WORDS:
        found: Mapping[int, Any] = getattr(words, resource)
        return found
    record = RECORDS.get(resource)
    return words.listed(record) if record is not None and BY_RECORD[record].in_vocabulary else None


def shown_in(known: Mapping[int, Any], number: int | None) -> int | None:
    """The shown id of a record of a small list; one that is not there is shown as it is."""
    one = known.get(number) if number is not None else None
    return number if one is None or not one.external_ids else shown_id(one)


def members_in(words: Vocabulary) -> Mapping[str, Mapping[int, Sequence[int]]]:
    """Which users belong to which team: `Beside.members`."""
    teams: dict[int, list[int]] = {}
    for user in words.users.values():
        if user.team_id is not None:
            teams.setdefault(user.team_id, []).append(shown_id(user))
    return {"users": teams}


def own_in(known: Mapping[int, Any], shown: int) -> int | None:
    """The own id of the record of a small list that answers to `shown`; None where none does."""
    one = known.get(shown)
    if one is not None and DIALECT not in one.external_ids:
        return shown
    return next((other.id for other in known.values() if shown_id(other) == shown), None)
