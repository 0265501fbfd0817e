"""A run of an import: what was imported, how far it has come, and what became of it."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec
from msgspec import Struct

from onebook.model.contact import Moment

OnDuplicate = Literal["merge", "skip", "create"]
ON_DUPLICATE: tuple[OnDuplicate, ...] = get_args(OnDuplicate)
RunStatus = Literal["running", "done", "undoing", "undone"]


class ImportRun(Struct, frozen=True, kw_only=True):
    """`position` is how many entries of the file are settled, `total` how many it has.

    `fingerprint` says whether the same is imported in the same way: a run under way is taken up by it. `first_seq` and
    `last_seq` bound the run's changes in the change feed, among which others' may stand.
    """

    run_id: int
    kind: str
    file: str
    fingerprint: str
    on_duplicate: OnDuplicate
    status: RunStatus = "running"
    total: int = 0
    position: int = 0
    created: int = 0
    changed: int = 0
    skipped: int = 0
    rejected: int = 0
    noted: int = 0
    listed: int = 0
    """Names that were added to the account's lists."""
    missing: int = 0
    """Of a dump: ids that its rows point to and that nobody answers to."""
    removed: int = 0
    """Of a dump of changes: who went to the trash here as there."""
    source: int = 0
    """Of a dump: the account that it is of, as its manifest says; 0 where nothing says so."""
    first_seq: int = 0
    last_seq: int = 0
    undo_seq: int = 0
    """How far it has been taken back: every change from here on."""
    trashed: int = 0
    restored: int = 0
    kept: tuple[int, ...] = msgspec.field(default=())
    """The contacts, some thousand at most, of which something stayed when the run was taken back."""
    id_ranges: tuple[tuple[int, int], ...] = ()
    """Of a dump: the ids that its rows got, in their order; the last of each range is no longer in it."""
    started_at: Moment
    updated_at: Moment
    actor: str = ""

    @property
    def via(self) -> str:
        """What the change feed calls it."""
        return f"import {self.run_id}"


class Reject(Struct, frozen=True):
    """An entry that was not taken: its number in the file, why, and itself."""

    number: int
    reason: str
    raw: list[str]
