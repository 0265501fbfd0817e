"""Every document of an account, and whether the columns beside it say what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from onebook.model.account import Record
from onebook.model.contact import Contact
from onebook.store import search_postgres
from onebook.store.contacts import DERIVED, derived_columns
from onebook.store.database import Row, Value
from onebook.store.keys import contact_words
from onebook.store.records import RECORD_COLUMNS, record_columns
from onebook.store.resources import RESOURCES
from onebook.store.snapshot import Snapshot, one_row

CONTACTS = "contacts"
LAST_ID = 2**63 - 1
_BY_NAME = {resource.name: resource for resource in RESOURCES}
_DECODERS: dict[str, Callable[[str], Any]] = {
    CONTACTS: msgspec.json.Decoder(Contact).decode,
    **{resource.name: msgspec.json.Decoder(resource.record).decode for resource in RESOURCES},
}


@dataclass(frozen=True, slots=True)
class Document:
    """A contact or record as it is stored. `record` is None where the document cannot be read, or is another's.

    `wrong` names the columns that do not say what the document says.
    """

    resource: str
    id: int
    record: Contact | Record | None
    wrong: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """How a report calls it: `contacts/17`."""
        return f"{self.resource}/{self.id}"


def columns_of(resource: str, record: Any, engine: str, country: str) -> dict[str, Value]:
    """What the columns beside the document must hold, the document itself not among them."""
    if resource != CONTACTS:
        return dict(zip(RECORD_COLUMNS, record_columns(_BY_NAME[resource], record), strict=True))
    columns: dict[str, Value] = dict(zip(DERIVED, derived_columns(record), strict=True))
    del columns["doc"]
    if engine == "postgresql":
        columns["words"] = search_postgres.words_column(contact_words(record, country))
    return columns


async def count_documents(snapshot: Snapshot, account_id: int) -> int:
    """How many contacts and records the account has."""
    counts = [f"(SELECT count(*) FROM {table} WHERE account_id = $1)" for table in ("contacts", "records")]
    (count,) = await one_row(snapshot, f"SELECT {' + '.join(counts)}", account_id)
    return int(count)


async def documents(
    snapshot: Snapshot, account_id: int, country: str, first: int = 0, last: int = LAST_ID
) -> AsyncIterator[list[Document]]:
    """The account's contacts, then its records, those with ids from `first` to `last`, some at a time."""
    names = list(DERIVED[:-1]) + (["words"] if snapshot.engine == "postgresql" else [])
    span = "WHERE account_id = $1 AND id BETWEEN $2 AND $3"
    sql = f"SELECT id, doc, {', '.join(names)} FROM contacts {span} ORDER BY id"
    async for rows in snapshot.stream(sql, account_id, first, last):
        yield [_document(CONTACTS, row, names, snapshot.engine, country) for row in rows]
    marks = ", ".join(f"${number}" for number in range(4, 4 + len(_BY_NAME)))
    span += f" AND resource IN ({marks})"
    sql = f"SELECT id, doc, {', '.join(RECORD_COLUMNS)}, resource FROM records {span} ORDER BY resource, id"
    async for rows in snapshot.stream(sql, account_id, first, last, *_BY_NAME):
        yield [_document(row[-1], row[:-1], RECORD_COLUMNS, snapshot.engine, country) for row in rows]


def _document(resource: str, row: Row, names: Sequence[str], engine: str, country: str) -> Document:
    number, text, *stored = row
    record = decode_document(resource, number, text)
    if record is None:
        return Document(resource, number, None)
    expected = columns_of(resource, record, engine, country)
    wrong = tuple(name for name, value in zip(names, stored, strict=True) if value != expected[name])
    return Document(resource, number, record, wrong)


def decode_document(resource: str, number: int, text: str) -> Any:
    """The contact or record with this id out of its document; None where it cannot be read, or is another's."""
    try:
        record = _DECODERS[resource](text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return record if record.id == number else None
