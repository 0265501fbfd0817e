"""How many contacts one address on the internet may make within an hour; counted in the transaction that makes them."""

from __future__ import annotations

from datetime import timedelta

from onebook.errors import TooMany
from onebook.service.session import Unit
from onebook.store import flood as store
from onebook.store.moments import micros

WINDOW = timedelta(hours=1)
"""It slides: a contact counts for an hour from the moment it was made."""


async def check_flood(unit: Unit, address: str, limit: int) -> None:
    """Raises TooMany where `address` has made `limit` contacts within the window; a limit of 0 is none.

    `retry_after` is when enough of them will have left it.
    """
    if limit <= 0:
        return
    moments = [at for at, hits in await store.hits_since(unit.tx, address, _begin(unit)) for _ in range(hits)]
    if len(moments) >= limit:
        free = moments[len(moments) - limit] + WINDOW // timedelta(microseconds=1)
        seconds = (free - micros(unit.now)) / 1_000_000
        raise TooMany(f"{address} has made {len(moments)} contacts within an hour already", max(seconds, 1.0))


async def count_flood(unit: Unit, address: str) -> None:
    """Count one contact that `address` has made now."""
    await store.add_hit(unit.tx, address, at=micros(unit.now), oldest=_begin(unit))


def _begin(unit: Unit) -> int:
    return micros(unit.now - WINDOW)
