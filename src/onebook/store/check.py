"""What `onebook check` asks the database about an account as a whole, and about the database itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import msgspec

from onebook.model.account import Account, Key
from onebook.store.database import OPERATOR, Store, Transaction
from onebook.store.snapshot import Snapshot, one_row

Mend = Callable[[Transaction], Awaitable[None]]
Finding = tuple[str, Mend | None]
"""One thing that is wrong, in words, and what puts it right; None where nothing can."""

_decode_account = msgspec.json.Decoder(Account).decode
_decode_key = msgspec.json.Decoder(Key).decode


async def bypasses_row_security(store: Store) -> bool:
    """Whether the role in the database's URL sees every account's rows whatever the policies say (PostgreSQL)."""
    if store.engine != "postgresql":
        return False
    sql = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    rows = await store.reader(OPERATOR).rows(sql)
    return bool(rows and rows[0][0])


async def integrity_findings(snapshot: Snapshot) -> AsyncIterator[Finding]:
    """What SQLite itself finds wrong with its file; a wrong index can be built anew."""
    async for rows in snapshot.stream("PRAGMA integrity_check(50)"):
        for (text,) in rows:
            if text != "ok":
                yield f"the database file: {text}", _reindex if "index" in text else None


async def _reindex(tx: Transaction) -> None:
    await tx.run("REINDEX")


async def account_findings(snapshot: Snapshot) -> AsyncIterator[Finding]:
    """The account's own row, and its keys, against their documents."""
    sql = "SELECT customer_id, name, doc FROM accounts WHERE account_id = $1"
    customer_id, name, doc = await one_row(snapshot, sql, snapshot.account_id)
    account = _decode_account(doc)
    if (customer_id, name) != (account.customer_id, account.name):
        yield "its name or customer id differs from its document", partial(_mend_account, account=account)
    keys = "SELECT key_id, hash, doc FROM access_keys WHERE account_id = $1 ORDER BY key_id"
    async for rows in snapshot.stream(keys, snapshot.account_id):
        for key_id, hashed, key_doc in rows:
            key = _decode_key(key_doc)
            if (key.key_id, key.hash) != (key_id, hashed):
                yield f"key {key_id}: its hash differs from its document", partial(_mend_key, key_id=key_id, key=key)


async def _mend_account(tx: Transaction, account: Account) -> None:
    sql = "UPDATE accounts SET customer_id = $2, name = $3 WHERE account_id = $1"
    await tx.run(sql, tx.account_id, account.customer_id, account.name)


async def _mend_key(tx: Transaction, key_id: int, key: Key) -> None:
    await tx.run(
        "UPDATE access_keys SET hash = $3 WHERE account_id = $1 AND key_id = $2", tx.account_id, key_id, key.hash
    )
    tx.state.stamp += 1


async def feed_findings(snapshot: Snapshot) -> AsyncIterator[Finding]:
    """The change feed has every position from 1 to the one that the account says is its last."""
    (last,) = await one_row(snapshot, "SELECT seq FROM account_state WHERE account_id = $1", snapshot.account_id)
    expected = 1
    sql = "SELECT seq FROM changes WHERE account_id = $1 ORDER BY seq"
    async for rows in snapshot.stream(sql, snapshot.account_id):
        for (seq,) in rows:
            if seq > expected:
                yield _missing_changes(expected, seq - 1)
            expected = seq + 1
    if expected <= last:
        yield _missing_changes(expected, last)
    elif expected - 1 > last:
        yield f"its change feed goes on behind position {last}", partial(_mend_state, seq=expected - 1)


def _missing_changes(first: int, last: int) -> Finding:
    return (f"change {first} is missing" if first == last else f"changes {first} to {last} are missing"), None


async def highest_id(snapshot: Snapshot) -> int:
    """The highest id that the account has given to a contact, record or key."""
    sql = (
        "SELECT coalesce((SELECT max(id) FROM contacts WHERE account_id = $1), 0),"
        " coalesce((SELECT max(id) FROM records WHERE account_id = $1), 0),"
        " coalesce((SELECT max(key_id) FROM access_keys WHERE account_id = $1), 0)"
    )
    return int(max(await one_row(snapshot, sql, snapshot.account_id)))


async def state_findings(snapshot: Snapshot, top_external_id: int) -> AsyncIterator[Finding]:
    """The account's next id is still free, and it knows the highest number that a contact answers to."""
    sql = "SELECT next_id, end_id, top_external_id FROM account_state WHERE account_id = $1"
    next_id, end_id, known = await one_row(snapshot, sql, snapshot.account_id)
    highest = await highest_id(snapshot)
    if highest and highest >= next_id:
        # Past the block a new one is leased, which is behind every id there is.
        free = highest + 1 if highest < end_id else end_id
        yield f"its next id {next_id} is taken: {highest} is the highest", partial(_mend_state, next_id=free)
    if top_external_id > known:
        text = f"a contact answers to {top_external_id}, the highest known is {known}"
        yield text, partial(_mend_state, top_external_id=top_external_id)


async def _mend_state(tx: Transaction, seq: int = 0, next_id: int = 0, top_external_id: int = 0) -> None:
    tx.state.seq = max(tx.state.seq, seq)
    tx.state.next_id = max(tx.state.next_id, next_id)
    tx.state.top_external_id = max(tx.state.top_external_id, top_external_id)


async def block_findings(snapshot: Snapshot, taken: int) -> AsyncIterator[Finding]:
    """The book's next block of ids begins behind `taken`, the highest id there is; `snapshot` is the operator's."""
    (next_block,) = await one_row(snapshot, "SELECT next_id FROM account_state WHERE account_id = $1", OPERATOR)
    if next_block <= taken:
        yield (
            f"the next block of ids begins at {next_block}, but {taken} is taken",
            partial(_mend_blocks, start=taken + 1),
        )


async def _mend_blocks(tx: Transaction, start: int) -> None:
    await tx.run("UPDATE account_state SET next_id = $1 WHERE account_id = $2 AND next_id < $1", start, OPERATOR)


async def last_leased_id(snapshot: Snapshot) -> int:
    """The last id of the account's block."""
    (end_id,) = await one_row(snapshot, "SELECT end_id FROM account_state WHERE account_id = $1", snapshot.account_id)
    return int(end_id) - 1
