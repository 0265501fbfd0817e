"""The operator's list of spammers: ranges of addresses that do not overlap, one list for the whole book.

A list is written in short transactions beside the one that counts, so that nobody waits, and counts from the moment
it is complete.
"""

from __future__ import annotations

from collections.abc import Sequence

from onebook.store.database import OPERATOR, Reader, Store, Transaction

Range = tuple[str, str]
"""The first and the last address, both included, in the form that is compared: `4` or `6` and hexadecimal digits."""
_AT_ONCE = 20_000
_NEWEST = "SELECT max(generation) FROM spam_lists WHERE account_id = $1"
_CURRENT = f"{_NEWEST} AND is_complete"


async def last_of_range(reader: Reader, address: str) -> str | None:
    """The end of the last range that begins at `address` or before it; `reader` is the operator's."""
    sql = (
        f"SELECT last FROM spam_ranges WHERE account_id = $1 AND generation = ({_CURRENT}) AND first <= $2"
        " ORDER BY first DESC LIMIT 1"
    )
    rows = await reader.rows(sql, reader.account_id, address)
    return rows[0][0] if rows else None


async def begin_list(store: Store, at: int) -> int:
    """The generation of a new list, begun `at` (microseconds); it does not count yet."""

    async def work(tx: Transaction) -> int:
        rows = await tx.rows(_NEWEST, OPERATOR)
        generation = int(rows[0][0] or 0) + 1
        sql = "INSERT INTO spam_lists (account_id, generation, is_complete, loaded_at) VALUES ($1, $2, $3, $4)"
        await tx.run(sql, OPERATOR, generation, False, at)
        return generation

    return await store.write(OPERATOR, work)


async def add_ranges(store: Store, generation: int, ranges: Sequence[Range]) -> None:
    """Write a part of the list, which begins after all parts before it."""
    add = "INSERT INTO spam_ranges (account_id, generation, first, last)"

    async def work(tx: Transaction) -> None:
        if tx.engine == "postgresql":  # one statement, several times faster than one for each row
            sql = f"{add} SELECT $1, $2, * FROM unnest($3::text[], $4::text[])"
            await tx.run(sql, OPERATOR, generation, [first for first, _ in ranges], [last for _, last in ranges])
        else:
            await tx.run_many(f"{add} VALUES ($1, $2, $3, $4)", [(OPERATOR, generation, *one) for one in ranges])

    await store.write(OPERATOR, work)


async def finish_list(store: Store, generation: int) -> bool:
    """Let the list count from now on; False where a newer one does already."""

    async def work(tx: Transaction) -> bool:
        rows = await tx.rows(_CURRENT, OPERATOR)
        if int(rows[0][0] or 0) > generation:
            return False
        sql = "UPDATE spam_lists SET is_complete = $3 WHERE account_id = $1 AND generation = $2"
        await tx.run(sql, OPERATOR, generation, True)
        return True

    return await store.write(OPERATOR, work)


async def drop_older(store: Store) -> None:
    """Remove every list before the one that counts, half ones of loads that failed too, a part at a time."""

    async def work(tx: Transaction) -> bool:
        current = int((await tx.rows(_CURRENT, OPERATOR))[0][0] or 0)
        rows = await tx.rows("SELECT min(generation) FROM spam_ranges WHERE account_id = $1", OPERATOR)
        oldest = rows[0][0]
        if oldest is None or oldest >= current:
            await tx.run("DELETE FROM spam_lists WHERE account_id = $1 AND generation < $2", OPERATOR, current)
            return False
        where = "WHERE account_id = $1 AND generation = $2"
        find = f"SELECT first FROM spam_ranges {where} ORDER BY first LIMIT 1 OFFSET $3"
        bound = await tx.rows(find, OPERATOR, oldest, _AT_ONCE)
        first = bound[0][0] if bound else "7"
        await tx.run(f"DELETE FROM spam_ranges {where} AND first < $3", OPERATOR, oldest, first)
        return True

    while await store.write(OPERATOR, work):
        pass
