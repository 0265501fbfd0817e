"""The table of who has made contacts lately, by address on the internet."""

from __future__ import annotations

from onebook.store.database import Reader, Transaction


async def hits_since(reader: Reader, address: str, after: int) -> list[tuple[int, int]]:
    """When (microseconds) and how often `address` was counted later than `after`, oldest first."""
    sql = "SELECT at, hits FROM flood_hits WHERE account_id = $1 AND address = $2 AND at > $3 ORDER BY at"
    return [(int(at), int(hits)) for at, hits in await reader.rows(sql, reader.account_id, address, after)]


async def add_hit(tx: Transaction, address: str, *, at: int, oldest: int) -> None:
    """Count `address` once more, `at` (microseconds), and let go of all that was counted at `oldest` or before."""
    await tx.run("DELETE FROM flood_hits WHERE account_id = $1 AND at <= $2", tx.account_id, oldest)
    await tx.run(
        "INSERT INTO flood_hits (account_id, address, at, hits) VALUES ($1, $2, $3, 1)"
        " ON CONFLICT (account_id, address, at) DO UPDATE SET hits = flood_hits.hits + 1",
        tx.account_id,
        address,
        at,
    )
