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
from onebook.store.records import read_lists
from onebook.store.resources import BY_RECORD, RESOURCES

_MEMORY = "vocabulary"
_decode_account = msgspec.json.Decoder(Account).decode


async def read_vocabulary(reader: Reader, stamp: int) -> Vocabulary:
    """Read it all now; `stamp` must have been read before."""
    rows = await reader.rows("SELECT doc FROM accounts WHERE account_id = $1", reader.account_id)
    if not rows:
        raise NotFound(f"there is no account {reader.account_id}")
    found = await read_lists(reader, [resource.record for resource in RESOURCES if resource.in_vocabulary])
    fields: dict[str, dict[str, CustomField]] = {}
    for field in found.pop(CustomField):
        fields.setdefault(field.entity, {})[field.name] = field
    own: dict[str, Any] = {name: {one.id: one for one in found.pop(record)} for record, name in _LISTS.items()}
    return Vocabulary(
        stamp=stamp,
        account=_decode_account(rows[0][0]),
        **own,
        custom_fields=fields.pop("contacts", {}),
        record_fields=fields,
        lists={record: {one.id: one for one in records} for record, records in found.items()},
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
    if not BY_RECORD[type(record)].in_vocabulary:
        return known
    changed: dict[str, Any]
    if isinstance(record, CustomField):
        changed = _with_field(known, record)
    elif type(record) in _LISTS:
        name = _LISTS[type(record)]
        changed = {name: _with_member(getattr(known, name), record)}
    else:
        changed = {"lists": {**known.lists, type(record): _with_member(known.lists.get(type(record), {}), record)}}
    own = tx.memory[_MEMORY] = replace(known, stamp=tx.state.stamp, **changed)
    return own


def _with_member(members: dict[int, Any], record: Record) -> dict[int, Any]:
    others = {number: one for number, one in members.items() if number != record.id}
    return others if record.deleted_at else {**others, record.id: record}


def _with_field(known: Vocabulary, field: CustomField) -> dict[str, Any]:
    every = {"contacts": known.custom_fields, **known.record_fields}
    kept = {
        entity: {name: one for name, one in fields.items() if one.id != field.id} for entity, fields in every.items()
    }
    if not field.deleted_at:
        kept[field.entity] = {**kept.get(field.entity, {}), field.name: field}
    return {"custom_fields": kept.pop("contacts"), "record_fields": kept}


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
