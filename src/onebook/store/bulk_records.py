"""New records by the thousand on PostgreSQL: three statements for all, in place of some four a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from onebook.store.database import Transaction

_SEPARATOR = "\x1f"
"""No text has this control character, and one joined text is sent at a third of an array's cost."""


def _given(number: int, kind: str) -> str:
    # The first is cut off again: of one empty text alone an array of nothing would be made.
    mark = f"chr({ord(_SEPARATOR)})"
    return f"(string_to_array({mark} || ${number}::text, {mark}))[2:]::{kind}[]"


def _insert(table: str, same: Sequence[str], columns: Sequence[tuple[str, str]]) -> str:
    """`same` are columns whose value all rows share, `columns` the others with their types."""
    names = ", ".join((*same, *(name for name, _ in columns)))
    shared = ", ".join(f"${number}" for number in range(1, len(same) + 1))
    given = ", ".join(_given(number, kind) for number, (_, kind) in enumerate(columns, len(same) + 1))
    return f"INSERT INTO {table} ({names}) SELECT {shared}, given.* FROM unnest({given}) given"


_RECORDS = _insert(
    "records",
    ("account_id", "resource"),
    [(name, "bigint") for name in ("id", "position", "created_at", "updated_at", "deleted_at")] + [("doc", "text")],
)
_KEYS = _insert(
    "record_keys", ("account_id", "resource"), [("kind", "text"), ("value", "text"), ("record_id", "bigint")]
)
_CHANGES = _insert(
    "changes",
    ("account_id", "resource", "at", "actor", "via", "action"),
    [("seq", "bigint"), ("record_id", "bigint"), ("version", "bigint"), ("changes", "text")],
)


async def insert_many_postgres(
    tx: Transaction,
    resource: str,
    rows: Sequence[tuple[Any, ...]],
    keys: Sequence[tuple[str, str, int]],
    changes: Sequence[tuple[int, int, int, str]],
    feed: tuple[int, str, str, str],
) -> None:
    """`rows` are ids, the columns beside the document, and documents; `keys` kinds, values and owners.

    `changes` are positions of the change feed, ids, versions and what changed; `feed` is what they share: the moment in
    microseconds, who, through what, and the action.
    """
    await tx.run(_RECORDS, tx.account_id, resource, *_joined(rows))
    if keys:
        await tx.run(_KEYS, tx.account_id, resource, *_joined(sorted(keys)))
    await tx.run(_CHANGES, tx.account_id, resource, *feed, *_joined(changes))


def _joined(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    return [_SEPARATOR.join(map(str, column)) for column in zip(*rows, strict=True)]
