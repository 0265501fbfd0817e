"""What a write changed, path by path."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from onebook.model.contact import Moment

NESTED = frozenset({"custom", "external_ids", "extras"})
"""The fields whose members are told one by one; lists are told whole."""

_UNTOLD = frozenset({"id", "version", "updated_at", "created_at"})

Changes = dict[str, tuple[Any, Any]]
"""Path → what was there before and what after; None for nothing."""


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """One line of a record's history."""

    version: int
    seq: int
    at: Moment
    actor: str
    via: str
    action: str
    changes: Changes


def flat(record: Struct | None) -> dict[str, Any]:
    """The record's values by path, one level into `NESTED` and every level of `extras`; nothing where it is None."""
    if record is None:
        return {}
    values: dict[str, Any] = {}
    for name, value in msgspec.to_builtins(record).items():
        if name in _UNTOLD:
            continue
        if name in NESTED:
            _members(name, value, values, deeper=name == "extras")
        else:
            values[name] = value
    return values


def _members(path: str, mapping: dict[str, Any], into: dict[str, Any], *, deeper: bool) -> None:
    for key, value in mapping.items():
        if deeper and isinstance(value, dict):
            _members(f"{path}.{key}", value, into, deeper=False)
        else:
            into[f"{path}.{key}"] = value


def difference(before: Struct | None, after: Struct | None) -> Changes:
    """The paths whose value differs, sorted."""
    old, new = flat(before), flat(after)
    if before is None:
        return {path: (None, value) for path, value in sorted(new.items()) if value is not None}
    # msgspec leaves out what is its default by identity, not by value: an equal text of one's own is told.
    return {
        path: (old.get(path), new.get(path))
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path) and not _alike(before, after, path.partition(".")[0])
    }


def _alike(before: Struct | None, after: Struct | None, name: str) -> bool:
    return before is not None and after is not None and bool(getattr(before, name) == getattr(after, name))
