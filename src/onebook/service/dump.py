"""The dump: every table of an account as it is at one moment, written to files while others go on writing."""

from __future__ import annotations

import asyncio
import contextlib
from array import array
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from onebook.errors import Invalid, Unavailable
from onebook.model.account import Account
from onebook.service.dump_files import DumpFile, FileEntry, Format, line_encoder, open_file
from onebook.service.dump_tables import Beside, DumpColumn, DumpTable, DumpTables, Numbers, Row
from onebook.service.dumps import (
    SCHEMA,
    Dump,
    Manifest,
    account_folder,
    dump_name,
    dumping,
    new_folder,
    prune,
    put_manifest,
)
from onebook.store.database import Store
from onebook.store.export import Export, open_export
from onebook.store.moments import micros

TOMBSTONES = "tombstones"
"""The file of what is no longer there, in a dump of changes."""
_TOMBSTONE = (
    DumpColumn("table", "text"),
    DumpColumn("id", "integer"),
    DumpColumn("deleted_at", "moment"),
    DumpColumn("purged", "flag"),
)
_AT_ONCE = 128
"""Records decoded, shaped and encoded before the next ones are, while all of that is near the processor."""
Told = Callable[[str, int, int], None]
"""Hears a table's name, how many more of its rows are written, and how many there are."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be dumped: `since` a position of the change feed or a moment, None for everything."""

    formats: tuple[Format, ...] = ("json",)
    since: int | datetime | None = None
    keep: int = 0
    """How many dumps of the account are kept, the new one among them; 0 keeps all."""


async def write_dump(
    store: Store, account: Account, tables: DumpTables, base: Path, wanted: Wanted, *, now: datetime, told: Told
) -> Dump:
    """A new dump of the account below `base`; older ones that are too many are removed.

    Either all of it is there when this has returned, on disk, or nothing of it. Raises Conflict while another one
    is under way, Unavailable where the disk or the database does not serve, Invalid for a position that there is not.
    """
    folder, name = account_folder(base, account), dump_name(now)
    with dumping(folder):
        try:
            with new_folder(folder, name) as place:
                async with open_export(store, account.account_id) as export:
                    manifest = await _Dumping(export, tables, place, wanted).run(now, told)
                put_manifest(place, manifest)
            if wanted.keep:
                prune(base, account, wanted.keep)
        except OSError as error:
            raise Unavailable(f"cannot write the dump to {folder}: {error.strerror or error}") from error
    return Dump(folder=folder / name, manifest=manifest)


class _Dumping:
    """One dump under way."""

    def __init__(self, export: Export, tables: DumpTables, place: Path, wanted: Wanted) -> None:
        self._export, self._tables, self._place, self._wanted = export, tables, place, wanted
        self._entries: list[FileEntry] = []
        self._gone: list[Row] = []

    async def run(self, now: datetime, told: Told) -> Manifest:
        """Write every file; answers the manifest."""
        export = self._export
        seq = await export.position()
        since = await self._since(seq)
        beside = await self._beside()
        with ThreadPoolExecutor(1, thread_name_prefix="dump") as disk:
            for table in self._tables.tables:
                changed = None if since is None else await export.changed_ids(table.resource, since)
                await self._write(table, beside, disk, changed, told)
                if changed:
                    await self._bury(table, changed)
            if since is not None:
                await self._write_rows(TOMBSTONES, _TOMBSTONE, _one(self._gone), disk, lambda _: None)
        return Manifest(
            schema=SCHEMA,
            account_id=beside.vocabulary.account.account_id,
            created_at=now,
            seq=seq,
            files=tuple(self._entries),
            since=since,
        )

    async def _since(self, last: int) -> int | None:
        since = self._wanted.since
        if isinstance(since, datetime):
            return await self._export.position_before(micros(since))
        if since is not None and not 0 <= since <= last:
            raise Invalid(f"there is no position {since} of the change feed: the last one is {last}")
        return since

    async def _beside(self) -> Beside:
        shown: dict[str, Numbers] = {}
        for resource in dict.fromkeys(table.resource for table in self._tables.tables):
            found = Numbers()
            async for rows in self._export.external_ids(resource, self._tables.dialect):
                for own, external in rows:
                    if external.isascii() and external.isdigit() and len(external) < 19:
                        found.append(own, int(external))
            if len(found):
                shown[resource] = found
        children = Numbers()
        async for rows in self._export.child_counts():
            for parent, count in rows:
                children.append(parent, count)
        return Beside(await self._export.vocabulary(), shown, children)

    async def _write(
        self, table: DumpTable, beside: Beside, disk: ThreadPoolExecutor, changed: array[int] | None, told: Told
    ) -> None:
        shown = beside.shown.get(table.resource)
        ids = await self._order(table.resource, shown, changed)
        total = await self._export.count(table.resource) if ids is None else len(ids)
        documents = (
            self._export.documents(table.resource) if ids is None else self._export.documents_of(table.resource, ids)
        )
        decode: Callable[[bytes], Any] = msgspec.json.Decoder(table.record).decode
        row = table.rows(beside)

        def some_rows(documents: Sequence[bytes]) -> list[Row]:
            try:
                records = [decode(document) for document in documents]
            except msgspec.DecodeError as error:
                raise Unavailable(f"a document of {table.resource} cannot be read: see `onebook check`") from error
            if changed is not None:
                self._note(table, records, shown)
            return [row(record) for record in records if table.trashed or record.deleted_at is None]

        async def rows() -> AsyncIterator[Iterator[list[Row]]]:
            async for some in _ahead(documents):
                yield (some_rows(some[at : at + _AT_ONCE]) for at in range(0, len(some), _AT_ONCE))

        columns = table.columns(beside.vocabulary)
        await self._write_rows(table.name, columns, rows(), disk, lambda more: told(table.name, more, total))

    def _note(self, table: DumpTable, records: Sequence[Any], shown: Numbers | None) -> None:
        """Note the tombstones of those that are in the trash."""
        for record in records:
            if record.deleted_at is not None:
                number = record.id if shown is None else shown.get(record.id, record.id)
                self._gone.append((table.name, number, _zoneless(record.deleted_at), False))

    async def _bury(self, table: DumpTable, changed: array[int]) -> None:
        """Note the tombstones of those that are gone for good."""
        path = f"external_ids.{self._tables.dialect}"
        async for some in self._export.purged(table.resource, changed):
            for number, at, changes in some:
                external = str(changes.get(path, (None,))[0])
                shown = int(external) if external.isascii() and external.isdigit() else number
                self._gone.append((table.name, shown, _zoneless(at), True))

    async def _order(self, resource: str, shown: Numbers | None, changed: array[int] | None) -> array[int] | None:
        """Own ids in the order of the shown ones; None where that is all there are, in the order of their own."""
        if shown is None:
            return changed
        ids = await self._export.ids(resource) if changed is None else changed
        order = array("q", (shown.get(number, number) for number in ids))
        if changed is None and all(order[at] < order[at + 1] for at in range(len(order) - 1)):
            return None
        return array("q", (ids[at] for at in sorted(range(len(ids)), key=order.__getitem__)))

    async def _write_rows(
        self,
        name: str,
        columns: Sequence[DumpColumn],
        batches: AsyncIterator[Iterable[list[Row]]],
        disk: ThreadPoolExecutor,
        told: Callable[[int], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        encode = line_encoder(columns) if self._wanted.formats != ("parquet",) else None
        files: list[DumpFile] = []
        writing: asyncio.Future[None] = loop.create_future()
        writing.set_result(None)
        try:
            files += [open_file(kind, name, columns, self._place) for kind in self._wanted.formats]
            async for pieces in batches:
                rows, lines = [], []
                for piece in pieces:
                    rows += piece
                    if encode is not None:
                        lines.append(encode(piece))
                await writing
                writing = loop.run_in_executor(disk, _put, files, b"".join(lines), rows)
                told(len(rows))
            await writing
            for file in files:
                self._entries.append(await loop.run_in_executor(disk, file.finish))
        finally:
            await asyncio.wait([writing])
            for file in files:
                file.discard()


def _put(files: Sequence[DumpFile], lines: bytes, rows: Sequence[Row]) -> None:
    for file in files:
        file.write(lines, rows)


def _zoneless(moment: datetime | str) -> datetime:
    """In UTC, without saying so; a table's record may leave its moments as the texts they are stored as."""
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return read.astimezone(UTC).replace(tzinfo=None)


async def _one(rows: list[Row]) -> AsyncIterator[Iterable[list[Row]]]:
    yield (rows,)


async def _ahead(batches: AsyncIterator[list[Any]]) -> AsyncIterator[list[Any]]:
    """The same, the next one being fetched while one is worked on."""

    async def fetch() -> list[Any] | None:
        return await anext(batches, None)

    coming = asyncio.ensure_future(fetch())
    try:
        while (batch := await coming) is not None:
            coming = asyncio.ensure_future(fetch())
            yield batch
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await coming
