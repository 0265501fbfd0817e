"""Which contacts an undo has put into the trash, and which have their old values: read from the change feed."""

from __future__ import annotations

from msgspec import Struct

from onebook.model.account import Account
from onebook.model.imports import ImportRun
from onebook.store import imports as store
from onebook.store.database import Store

_AT_ONCE = 5000
_NO_END = 2**62


class Undone(Struct, frozen=True):
    """The ids of contacts, ascending."""

    trashed: list[int]
    restored: list[int]


async def undone(store_: Store, account: Account, run: ImportRun) -> Undone:
    """What the undo of `run` has done to which contact, by its own entries in the change feed."""
    reader = store_.reader(account.account_id)
    trashed: set[int] = set()
    restored: set[int] = set()
    below = _NO_END
    while some := await store.changes_of_run(reader, run, below, _AT_ONCE, via=f"undo of {run.via}"):
        for one in some:
            if one.resource == "contacts":
                (trashed if one.action == "deleted" else restored).add(one.record_id)
        below = some[-1].seq
    return Undone(sorted(trashed), sorted(restored - trashed))
