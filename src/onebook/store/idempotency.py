"""The table of answers that were given to a POST with an Idempotency-Key."""

from __future__ import annotations

from msgspec import Struct

from onebook.store.database import Transaction


class KeptAnswer(Struct, frozen=True, kw_only=True):
    """One answer: the hash of the request it was given to, its status and its body."""

    request_hash: str
    status: int
    body: str


async def read_answer(tx: Transaction, key_id: int, name: str, oldest: int) -> KeptAnswer | None:
    """What was answered under `name` to the caller's key, no earlier than `oldest` (microseconds); None for nothing."""
    sql = (
        "SELECT request_hash, status, body FROM idempotent_answers"
        " WHERE account_id = $1 AND key_id = $2 AND idempotency_key = $3 AND answered_at >= $4"
    )
    rows = await tx.rows(sql, tx.account_id, key_id, name, oldest)
    return KeptAnswer(request_hash=rows[0][0], status=rows[0][1], body=rows[0][2]) if rows else None


async def write_answer(tx: Transaction, key_id: int, name: str, answer: KeptAnswer, *, at: int, oldest: int) -> None:
    """Keep `answer`, given `at` (microseconds), and let go of all that are from before `oldest`."""
    await tx.run(
        "DELETE FROM idempotent_answers WHERE account_id = $1 AND answered_at < $2",
        tx.account_id,
        oldest,
    )
    await tx.run(
        "INSERT INTO idempotent_answers"
        " (account_id, key_id, idempotency_key, request_hash, answered_at, status, body)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tx.account_id,
        key_id,
        name,
        answer.request_hash,
        at,
        answer.status,
        answer.body,
    )
