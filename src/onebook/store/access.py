"""Accounts and the keys that open them."""

from __future__ import annotations

import msgspec

from onebook.model.account import Account, Key
from onebook.store.database import OPERATOR, Reader, Transaction

_decode_account = msgspec.json.Decoder(Account).decode
_decode_key = msgspec.json.Decoder(Key).decode


async def list_accounts(reader: Reader) -> list[Account]:
    """Every account of the book, by number; `reader` is the operator's."""
    rows = await reader.rows("SELECT doc FROM accounts ORDER BY account_id")
    return [_decode_account(row[0]) for row in rows]


async def next_account_id(tx: Transaction) -> int:
    """The number of the next account; `tx` is the operator's, so nobody else makes one meanwhile."""
    rows = await tx.rows("SELECT coalesce(max(account_id), 0) + 1 FROM accounts")
    return int(rows[0][0])


async def add_account(tx: Transaction, account: Account) -> None:
    """Write a new account; `tx` is the operator's."""
    doc = msgspec.json.encode(account).decode()
    sql = "INSERT INTO accounts (account_id, customer_id, name, doc) VALUES ($1, $2, $3, $4)"
    await tx.act_as(account.account_id)
    await tx.run(sql, account.account_id, account.customer_id, account.name, doc)
    state = "INSERT INTO account_state VALUES ($1, 1, 0, 0, 0, 0)"
    await tx.run(state, account.account_id)
    await tx.act_as(OPERATOR)


async def change_account(tx: Transaction, account: Account) -> None:
    """Write the account anew, its name and customer id as they were; its stamp moves, so every server looks again."""
    sql = "UPDATE accounts SET doc = $2 WHERE account_id = $1"
    await tx.run(sql, account.account_id, msgspec.json.encode(account).decode())
    tx.state.stamp += 1


async def read_account(reader: Reader) -> Account:
    """The reader's own account."""
    rows = await reader.rows("SELECT doc FROM accounts WHERE account_id = $1", reader.account_id)
    return _decode_account(rows[0][0])


async def read_key(reader: Reader, secret_hash: str) -> Key | None:
    """The account's key whose secret has this SHA-256, revoked or not."""
    sql = "SELECT doc FROM access_keys WHERE account_id = $1 AND hash = $2"
    rows = await reader.rows(sql, reader.account_id, secret_hash)
    return _decode_key(rows[0][0]) if rows else None


async def list_keys(reader: Reader) -> list[Key]:
    """Every key of the account, revoked ones too, in the order they were made."""
    sql = "SELECT doc FROM access_keys WHERE account_id = $1 ORDER BY key_id"
    return [_decode_key(row[0]) for row in await reader.rows(sql, reader.account_id)]


async def save_key(tx: Transaction, key: Key, *, new: bool) -> None:
    """Write a key; the account's stamp moves, so that every server looks again."""
    doc = msgspec.json.encode(key).decode()
    sql = (
        "INSERT INTO access_keys (account_id, key_id, hash, doc) VALUES ($1, $2, $3, $4)"
        if new
        else "UPDATE access_keys SET hash = $3, doc = $4 WHERE account_id = $1 AND key_id = $2"
    )
    await tx.run(sql, tx.account_id, key.key_id, key.hash, doc)
    tx.state.stamp += 1
