"""The same request sent twice is done once: what was answered is kept in the transaction that did the work."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from msgspec import Struct

from onebook.errors import Invalid
from onebook.service.session import Unit
from onebook.store import idempotency as store
from onebook.store.idempotency import KeptAnswer
from onebook.store.moments import micros

KEPT_FOR = timedelta(hours=24)
LONGEST_NAME = 255


class Attempt(Struct, frozen=True, kw_only=True):
    """One request that may be sent again: the caller's key, the name it gave the request, and a hash of all in it."""

    key_id: int
    name: str
    request_hash: str


class Answer(Struct, frozen=True, kw_only=True):
    """What the request is answered with; `replayed` where it had been answered before."""

    status: int
    body: bytes
    replayed: bool = False


def attempt(key_id: int, name: str, *parts: bytes) -> Attempt:
    """The attempt called `name` at a request made of `parts`. Raises Invalid for a name that is empty or too long."""
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid.at("Idempotency-Key", f"must be 1 to {LONGEST_NAME} characters", "invalid")
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(len(part).to_bytes(8, "big") + part)
    return Attempt(key_id=key_id, name=name, request_hash=hashed.hexdigest())


async def once(unit: Unit, tried: Attempt, work: Callable[[Unit], Awaitable[Answer]]) -> Answer:
    """What `work` answers, or what it answered to the same attempt within the last day; then nothing is done.

    What `work` raises keeps nothing. Raises Invalid where another request had this name.
    """
    oldest = micros(unit.now - KEPT_FOR)
    kept = await store.read_answer(unit.tx, tried.key_id, tried.name, oldest)
    if kept is not None:
        if kept.request_hash != tried.request_hash:
            raise Invalid.at("Idempotency-Key", "another request was sent under this key before", "key_reused")
        return Answer(status=kept.status, body=kept.body.encode(), replayed=True)
    answer = await work(unit)
    keep = KeptAnswer(request_hash=tried.request_hash, status=answer.status, body=answer.body.decode())
    await store.write_answer(unit.tx, tried.key_id, tried.name, keep, at=micros(unit.now), oldest=oldest)
    return answer
