"""What a dump of changes says is gone: what its account's rows have made here goes to the trash, and nothing else does.

Who is meant answers to the tombstone's id as his external id and was made by an import from the same account
(docs/decisions/0019); somebody who was here before and only took a row in is the book's own, and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from onebook.errors import Invalid
from onebook.model.contact import Contact
from onebook.model.imports import ImportRun, Reject
from onebook.service.contacts import remove_contact
from onebook.service.import_dump_batch import Settled
from onebook.service.import_dump_files import DumpFiles, DumpRow, UndumpTable, is_id
from onebook.service.records import remove_record
from onebook.service.session import Unit
from onebook.store.bulk import ids_under_keys, read_documents
from onebook.store.database import Reader
from onebook.store.imports import made_by
from onebook.store.records import ids_under_external

encode = msgspec.json.Encoder().encode


class Burial(Struct):
    """Tombstones: where they begin among all rows, and the numbers they have in their file."""

    position: int
    rows: list[tuple[int, DumpRow]]


def makers(runs: Iterable[ImportRun], files: DumpFiles) -> list[str]:
    """What the change feed calls the imports of dumps of the same account."""
    return [run.via for run in runs if run.kind == files.kind and run.source == files.source]


async def bury(unit: Unit, burial: Burial, files: DumpFiles, runs: Sequence[str], *, write: bool = True) -> Settled:
    """Put those into the trash that are meant and were made by one of `runs`; without `write` only count them."""
    settled = Settled()
    named = files.tables.by_name()
    meant: dict[str, tuple[UndumpTable, set[int]]] = {}
    for offset, (_, row) in enumerate(burial.rows):
        try:
            table, shown = _meant(row, named)
        except Invalid as error:
            reject = Reject(burial.position + offset + 1, error.message, [encode(row).decode()])
            settled.rejects.append(reject)
        else:
            meant.setdefault(table.resource, (table, set()))[1].add(shown)
    for table, shown_ids in meant.values():
        there = await _answering(unit.tx, table, files.tables.dialect, sorted(shown_ids))
        # In the order of ids: at each step back SQLite's search index writes all that it holds to the file.
        for own in sorted(await made_by(unit.tx, table.resource, there, runs)):
            settled.removed += 1
            if write and table.record is Contact:
                await remove_contact(unit, own)
            elif write:
                await remove_record(unit, table.record, own)
    return settled


def _meant(row: DumpRow, named: dict[str, UndumpTable]) -> tuple[UndumpTable, int]:
    """The table and the shown id that a tombstone tells. Raises Invalid."""
    name, shown = row.get("table"), row.get("id")
    table = named.get(name) if isinstance(name, str) else None
    if table is None:
        raise Invalid.at("table", f"{name!r:.40} is no table of a dump", "unknown")
    if not is_id(shown):
        raise Invalid.at("id", "must be a whole number greater than 0", "wrong_type")
    return table, int(str(shown))


async def _answering(reader: Reader, table: UndumpTable, dialect: str, shown: Sequence[int]) -> list[int]:
    """The own ids of those who are not in the trash and answer to one of `shown` as their external id, not a former."""
    texts = [str(one) for one in shown]
    if table.record is not Contact:
        return list((await ids_under_external(reader, table.resource, dialect, texts)).values())
    keys = await ids_under_keys(reader, [(f"id:{dialect}", text) for text in texts])
    people = await read_documents(reader, sorted({ids[0] for ids in keys.values()}))
    asked = set(texts)
    return [one.id for one in people.values() if one.deleted_at is None and one.external_ids.get(dialect) in asked]
