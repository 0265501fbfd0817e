"""The trash: what has been in it for thirty days is gone for good."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby

from onebook.model.account import Account
from onebook.service.documents import sweep_bodies
from onebook.store.database import Store, Transaction
from onebook.store.moments import micros
from onebook.store.purge import in_trash_since, purge

KEPT = timedelta(days=30)
"""So long it can be restored (the vendors' pages say the same)."""
_AT_ONCE = 50
"""Records a transaction, so that nobody waits long for it."""


async def empty_trash(store: Store, account: Account, *, now: datetime, actor: str) -> int:
    """Purge what has been in the trash for longer than `KEPT`; answers how many records that were.

    Bodies that no document has any more go, too.
    """
    before, at = micros(now - KEPT), micros(now)
    count = 0
    found = await in_trash_since(store.reader(account.account_id), before)
    for resource, some in groupby(found, key=lambda one: one[0]):
        ids = [number for _, number in some]
        for start in range(0, len(ids), _AT_ONCE):
            batch = ids[start : start + _AT_ONCE]

            async def work(tx: Transaction, name: str = resource, batch: list[int] = batch) -> int:
                return await purge(tx, name, batch, before, at, actor)

            count += await store.write(account.account_id, work)
    await sweep_bodies(store, account.account_id)
    return count
