"""Exports: the contacts that a query asks for, as a table, as vCards, or whole as JSON Lines."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import msgspec

from onebook.files.card_fields import lines_of
from onebook.files.delimited import DelimitedWriter
from onebook.files.table import Names, ordered, row_of
from onebook.files.workbook import WorkbookWriter
from onebook.model.account import Vocabulary
from onebook.model.contact import Contact
from onebook.model.query import ContactQuery
from onebook.service.session import View
from onebook.service.walk import Place, walk_contacts
from onebook.service.whole_file import whole_file

ExportFormat = Literal["csv", "xlsx", "vcard", "jsonl"]
EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
ENDINGS: dict[ExportFormat, str] = {"csv": "csv", "xlsx": "xlsx", "vcard": "vcf", "jsonl": "jsonl"}
_AT_ONCE = 500
Told = Callable[[int], None]
Writer = AbstractContextManager[DelimitedWriter | WorkbookWriter]
Contacts = Callable[[], AsyncIterator[Contact]]
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, str]).decode


async def export_contacts(view: View, query: ContactQuery, form: ExportFormat, path: Path, told: Told) -> int:
    """Write the contacts to `path`, in the order of `query`; answers how many. `told` hears how many more are read.

    A file that is there stays until the new one is whole. Rows of tables are told of twice, read and written. Raises
    Unavailable where the disk does not serve, Malformed where a sheet cannot hold a contact.
    """

    async def contacts() -> AsyncIterator[Contact]:
        last: Place | None = None
        while True:
            found, last = await walk_contacts(view, query, _AT_ONCE, last)
            for one in found:
                yield one
            told(len(found))
            await asyncio.sleep(0)  # an SQLite book is read without ever waiting: else nobody could stop it
            if last is None:
                return

    with whole_file(path) as place:
        return await _WRITERS[form](contacts, names_of(view.vocabulary), place, told)


def names_of(vocabulary: Vocabulary) -> Names:
    """What the ids in contacts are called: users by their address, else by their name."""
    users = {
        user.id: user.email or " ".join(part for part in (user.first_name, user.last_name) if part) or str(user.id)
        for user in vocabulary.users.values()
    }
    options = {
        f"custom.{field.name}": {option.id: option.name for option in field.options}
        for field in vocabulary.custom_fields.values()
        if field.options
    }
    return {
        "owner_id": users,
        "second_owner_id": users,
        "source_id": {one.id: one.name for one in vocabulary.sources.values()},
        "status_id": {one.id: one.name for one in vocabulary.statuses.values()},
        "reason_id": {one.id: one.name for one in vocabulary.reasons.values()},
        "tag_ids": {one.id: one.name for one in vocabulary.tags.values()},
        **options,
    }


async def _csv(contacts: Contacts, names: Names, path: Path, told: Told) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        return await _table(
            contacts, names, path.parent, told, lambda columns: nullcontext(DelimitedWriter(file, columns))
        )


async def _xlsx(contacts: Contacts, names: Names, path: Path, told: Told) -> int:
    return await _table(contacts, names, path.parent, told, partial(WorkbookWriter, path))


async def _table(
    contacts: Contacts, names: Names, folder: Path, told: Told, writer: Callable[[list[str]], Writer]
) -> int:
    """Read once from the book; rows lie in `folder` until every column is known that some contact needs."""
    found: set[str] = set()
    count = 0
    with tempfile.TemporaryFile(dir=folder) as rows:
        async for contact in contacts():
            row = row_of(contact, names)
            found |= row.keys()
            rows.write(_encode(row) + b"\n")
        rows.seek(0)
        columns = ordered(found)
        with writer(columns) as table:
            for count, line in enumerate(rows, 1):
                row = _decode(line)
                table.write([row.get(column, "") for column in columns])
                if not count % _AT_ONCE:
                    told(_AT_ONCE)
                    await asyncio.sleep(0)
    told(count % _AT_ONCE)
    return count


async def _vcard(contacts: Contacts, names: Names, path: Path, _: Told) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        async for contact in contacts():
            for line in lines_of(contact, names):
                file.write(f"{line}\r\n")
            count += 1
    return count


async def _jsonl(contacts: Contacts, _: Names, path: Path, __: Told) -> int:
    count = 0
    with path.open("wb") as file:
        async for contact in contacts():
            file.write(_encode(contact) + b"\n")
            count += 1
    return count


_WRITERS = {"csv": _csv, "xlsx": _xlsx, "vcard": _vcard, "jsonl": _jsonl}
