"""The dump: every table of an account as it is at one moment, written to files while others go on writing."""

from __future__ import annotations

import asyncio
import contextlib
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from onebook.errors import Invalid, Unavailable
from onebook.model.account import Account
from onebook.service.dump_documents import COLUMNS as BODY_COLUMNS
from onebook.service.dump_documents import TABLE as BODIES
from onebook.service.dump_documents import write_bodies
from onebook.service.dump_encoding import Format
from onebook.service.dump_files import DumpFile, FileEntry, open_file
from onebook.service.dump_pieces import Piece, Shaper, Task, encoded, zoneless
from onebook.service.dump_tables import Beside, DumpColumn, DumpTable, DumpTables, Numbers, Row
from onebook.service.dump_workers import ENOUGH, Work, Workers, how_many
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
from onebook.store.body_files import Bodies
from onebook.store.database import Store
from onebook.store.export import AT_ONCE, Export, open_export, size_up_to
from onebook.store.moments import micros
from onebook.store.snapshot import writes_held

TOMBSTONES = "tombstones"
"""The file of what is no longer there, in a dump of changes."""
_TOMBSTONE = (
    DumpColumn("table", "text"),
    DumpColumn("id", "integer"),
    DumpColumn("deleted_at", "moment"),
    DumpColumn("purged", "flag"),
)
Told = Callable[[str, int, int], None]
"""Hears a table's name, how many more of its rows are written, and how many there are."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be dumped: `since` a position of the change feed or a moment, None for everything."""

    formats: tuple[Format, ...] = ("json",)
    since: int | datetime | None = None
    keep: int = 0
    """How many dumps of the account are kept, the new one among them; 0 keeps all."""
    processes: int | None = None
    """How many work beside this one; None: as many as are worth it."""
    documents: bool = False
    """The bodies of documents, too."""


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
                count = wanted.processes
                if count is None:
                    count = how_many(await size_up_to(store, account.account_id, ENOUGH))
                work = Work(store.url, account.account_id, tables.again, wanted.formats, wanted.since is not None)
                async with Workers(work, count) as workers, _same_moment(store, account, workers) as export:
                    with ThreadPoolExecutor(1, thread_name_prefix="dump") as disk:
                        dumping_ = _Dumping(export, workers, tables, place, wanted, disk, store.bodies)
                        manifest = await dumping_.run(now, told)
                put_manifest(place, manifest)
            if wanted.keep:
                prune(base, account, wanted.keep)
        except OSError as error:
            raise Unavailable(f"cannot write the dump to {folder}: {error.strerror or error}") from error
    return Dump(folder=folder / name, manifest=manifest)


@contextlib.asynccontextmanager
async def _same_moment(store: Store, account: Account, workers: Workers) -> AsyncIterator[Export]:
    """The account at a moment that the workers see too."""
    async with contextlib.AsyncExitStack() as stack:
        async with writes_held(store) if workers else contextlib.nullcontext():
            export = await stack.enter_async_context(open_export(store, account.account_id))
            await workers.see(await export.moment())
        yield export


class _Dumping:
    """One dump under way."""

    def __init__(
        self,
        export: Export,
        workers: Workers,
        tables: DumpTables,
        place: Path,
        wanted: Wanted,
        disk: ThreadPoolExecutor,
        bodies: Bodies,
    ) -> None:
        self._bodies = bodies
        self._export, self._workers, self._tables = export, workers, tables
        self._place, self._wanted = place, wanted
        self._entries: list[FileEntry] = []
        self._gone: list[Row] = []
        self._disk = disk

    async def run(self, now: datetime, told: Told) -> Manifest:
        """Write every file; answers the manifest."""
        export, formats = self._export, self._wanted.formats
        seq = await export.position()
        since = await self._since(seq)
        beside = await self._beside()
        await self._workers.know(beside)
        shaper = Shaper(export, self._tables, beside, formats, burying=since is not None)
        for table in self._tables.tables:
            changed = None if since is None else await export.changed_ids(table.resource, since)
            ids = await self._order(table.resource, beside.shown.get(table.resource), changed)
            total = await export.count(table.resource) if ids is None else len(ids)
            async with self._files(table.name, table.columns(beside.vocabulary)) as put:
                async for piece in self._pieces(shaper, self._tasks(table, ids)):
                    await put(piece)
                    self._gone += [(table.name, *one, False) for one in piece.gone]
                    told(table.name, piece.rows, total)
            if changed:
                await self._bury(table, changed)
        if since is not None:
            async with self._files(TOMBSTONES, _TOMBSTONE) as put:
                await put(encoded(self._gone, _TOMBSTONE, formats))
        account_id = beside.vocabulary.account.account_id
        if self._wanted.documents:
            changed = None if since is None else await export.changed_ids("documents", since)
            bodies = await write_bodies(export, self._bodies, account_id, self._place, changed)
            async with self._files(BODIES, BODY_COLUMNS) as put:
                await put(encoded(bodies, BODY_COLUMNS, formats))
        return Manifest(
            schema=SCHEMA,
            account_id=account_id,
            created_at=now,
            seq=seq,
            files=tuple(self._entries),
            since=since,
        )

    async def _tasks(self, table: DumpTable, ids: array[int] | None) -> AsyncIterator[Task]:
        if ids is None:
            async for span in self._export.spans(table.resource):
                yield Task(table.name, span)
        else:
            for at in range(0, len(ids), AT_ONCE):
                yield Task(table.name, ids=ids[at : at + AT_ONCE].tobytes())

    async def _pieces(self, shaper: Shaper, tasks: AsyncIterator[Task]) -> AsyncIterator[Piece]:
        """Made by the workers, where there are any, else here."""
        if self._workers:
            async for piece in self._workers.pieces(tasks):
                yield piece
        else:
            async for task in tasks:
                yield await shaper.piece(task)

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

    async def _bury(self, table: DumpTable, changed: array[int]) -> None:
        """Note the tombstones of those that are gone for good."""
        path = f"external_ids.{self._tables.dialect}"
        async for some in self._export.purged(table.resource, changed):
            for number, at, changes in some:
                external = str(changes.get(path, (None,))[0])
                shown = int(external) if external.isascii() and external.isdigit() else number
                self._gone.append((table.name, shown, zoneless(at), True))

    async def _order(self, resource: str, shown: Numbers | None, changed: array[int] | None) -> array[int] | None:
        """Own ids in the order of the shown ones; None where that is all there are, in the order of their own."""
        if shown is None:
            return changed
        ids = await self._export.ids(resource) if changed is None else changed
        order = array("q", (shown.get(number, number) for number in ids))
        if changed is None and all(order[at] < order[at + 1] for at in range(len(order) - 1)):
            return None
        return array("q", (ids[at] for at in sorted(range(len(ids)), key=order.__getitem__)))

    @contextlib.asynccontextmanager
    async def _files(
        self, name: str, columns: Sequence[DumpColumn]
    ) -> AsyncIterator[Callable[[Piece], Awaitable[None]]]:
        """What puts pieces into the table's files, one piece being written while the next is waited for."""
        loop = asyncio.get_running_loop()
        writing: asyncio.Future[None] = loop.create_future()
        writing.set_result(None)
        files: list[DumpFile] = []

        async def put(piece: Piece) -> None:
            nonlocal writing
            await writing
            if piece.rows:
                writing = loop.run_in_executor(self._disk, _put, files, piece)

        try:
            files += [open_file(kind, name, columns, self._place) for kind in self._wanted.formats]
            yield put
            await writing
            for file in files:
                self._entries.append(await loop.run_in_executor(self._disk, file.finish))
        finally:
            await asyncio.wait([writing])
            for file in files:
                file.discard()


def _put(files: Sequence[DumpFile], piece: Piece) -> None:
    for file, data in zip(files, piece.data, strict=True):
        file.write(piece.rows, data)
