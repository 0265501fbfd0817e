"""All that an account's contacts point to, read together and kept until the account's stamp moves."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from onebook.errors import NotFound
from onebook.model.account import (
    Account,
    CustomField,
    Reason,
    Record,
    Source,
    Status,
    Tag,
    TagGroup,
    User,
    Vocabulary,
)
from onebook.store.database import Reader, Store, Transaction
from onebook.store.records import read_all

_MEMORY = "vocabulary"
_decode_account = msgspec.json.Decoder(Account).decode


async def read_vocabulary(reader: Reader, stamp: int) -> Vocabulary:
    """Read it all now; `stamp` must have been read before."""
    rows = await reader.rows("SELECT doc FROM accounts WHERE account_id = $1", reader.account_id)
    if not rows:
        raise NotFound(f"there is no account {reader.account_id}")
    return Vocabulary(
        stamp=stamp,
        account=_decode_account(rows[0][0]),
        users={user.id: user for user in await read_all(reader, User)},
        tag_groups={group.id: group for group in await read_all(reader, TagGroup)},
        tags={tag.id: tag for tag in await read_all(reader, Tag)},
        sources={source.id: source for source in await read_all(reader, Source)},
        statuses={status.id: status for status in await read_all(reader, Status)},
        reasons={reason.id: reason for reason in await read_all(reader, Reason)},
        custom_fields={field.name: field for field in await read_all(reader, CustomField)},
    )


async def current_vocabulary(store: Store, account_id: int, stamp: int | None = None) -> Vocabulary:
    """The account's vocabulary as it is committed now; `stamp` is the account's, where it has just been asked for.

    Raises NotFound where there is no such account.
    """
    if stamp is None:
        stamp = await store.stamp(account_id)
    if stamp is None:
        raise NotFound(f"there is no account {account_id}")
    kept = store.vocabularies.get(account_id)
    if kept is None or kept.stamp != stamp:
        kept = store.vocabularies[account_id] = await read_vocabulary(store.reader(account_id), stamp)
    return kept


_LISTS: dict[type[Record], str] = {
    User: "users",
    TagGroup: "tag_groups",
    Tag: "tags",
    Source: "sources",
    Status: "statuses",
    Reason: "reasons",
}


def with_record(tx: Transaction, known: Vocabulary, record: Record) -> Vocabulary:
    """`known` with `record` as the transaction has just saved it; what is no part of it leaves it as it is."""
    if isinstance(record, CustomField):
        name = "custom_fields"
        fields = {key: field for key, field in known.custom_fields.items() if field.id != record.id}
        members: dict[Any, Any] = fields if record.deleted_at else {**fields, record.name: record}
    elif type(record) in _LISTS:
        name = _LISTS[type(record)]
        members = {**getattr(known, name), record.id: record}
        if record.deleted_at:
            del members[record.id]
    else:
        return known
    own = tx.memory[_MEMORY] = replace(known, stamp=tx.state.stamp, **{name: members})
    return own


async def load_vocabulary(tx: Transaction, kept: Vocabulary | None = None) -> Vocabulary:
    """The account's vocabulary as the transaction sees it, its own changes included.

    `kept` is what was read outside; it serves while its stamp is the transaction's.
    """
    if kept is not None and kept.stamp == tx.state.stamp:
        return kept
    own: Vocabulary | None = tx.memory.get(_MEMORY)
    if own is None or own.stamp != tx.state.stamp:
        own = tx.memory[_MEMORY] = await read_vocabulary(tx, tx.state.stamp)
    return own
