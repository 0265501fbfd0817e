"""A dump read back into the book: every table, with its ids, references in any direction, and its own moments."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from msgspec.structs import replace

from onebook.errors import Conflict, Invalid
from onebook.model.account import Account
from onebook.model.contact import Contact
from onebook.model.document import Document
from onebook.model.imports import ImportRun, Reject
from onebook.service.access import open_session
from onebook.service.dump import TOMBSTONES
from onebook.service.import_dump_batch import Batch, Settled, settle
from onebook.service.import_dump_files import DumpFiles, UndumpTable
from onebook.service.import_dump_ids import DumpIds
from onebook.service.import_dump_people import Comparing, Same
from onebook.service.import_dump_tombstones import Burial, bury, makers
from onebook.service.import_pace import Pace
from onebook.service.imports import Told
from onebook.service.session import Session, Unit
from onebook.store import imports as store
from onebook.store.awaited import is_any
from onebook.store.bulk import free_ids, widen
from onebook.store.database import Store
from onebook.store.resources import RESOURCES

CONTACTS = "contacts"
BATCH = 1000
WITH_BODIES = 50
"""Rows of documents a transaction: each may bring a body of some megabytes."""
BURIED = 200
"""Tombstones a transaction: each is a change of its own."""
_LAST = frozenset({Document, *(one.record for one in RESOURCES if one.in_vocabulary)})
TOGETHER = 5
"""Batches that share a transaction at most: a thousand rows and what becomes of them take some 20 MiB."""
_SOME = 10_000
_REHEARSED = 2**40
"""Where the ids begin that rows have while nothing is written."""
_COUNTED = ("created", "changed", "skipped", "noted", "missing", "removed")
"""What a run and what becomes of a batch both count."""


class DumpImporting:
    """A run under way."""

    def __init__(
        self, store_: Store, account: Account, files: DumpFiles, actor: str, clock: Callable[[], datetime]
    ) -> None:
        """Nothing is written before `begin`."""
        self._store, self._account, self._files, self._actor, self._clock = store_, account, files, actor, clock
        self._tables = [table for table in files.tables.tables if table.name in files.paths]
        self._same: dict[int, Same] = {}
        self._ids: DumpIds | None = None
        self._makers: list[str] = []
        self.run: ImportRun | None = None

    async def begin(self, compared: Told = lambda more: None) -> ImportRun:
        """The run that is under way for the same files, else a new one, with an id for every row.

        Its contacts are compared with those of the book; `compared` hears how many more.
        """
        for run in await store.read_runs(self._store.reader(self._account.account_id)):
            if run.status == "running" and run.fingerprint == self._files.fingerprint:
                self.run = run
                break
        else:
            self.run = await (await self._session("import")).write(self._new_run)
        await self._look(self.run, compared)
        return self.run

    async def _new_run(self, unit: Unit) -> ImportRun:
        (run_id,) = await free_ids(unit.tx, 1)
        ranges: list[list[int]] = []
        left = self._files.count
        while left:
            for number in await free_ids(unit.tx, min(left, _SOME), self._files.foreign):
                if ranges and ranges[-1][1] == number:
                    ranges[-1][1] += 1
                else:
                    ranges.append([number, number + 1])
            left -= min(left, _SOME)
        run = self._described(unit, run_id, tuple((one[0], one[1]) for one in ranges))
        await store.add_run(unit.tx, run)
        return run

    def _described(self, unit: Unit, run_id: int, ranges: tuple[tuple[int, int], ...]) -> ImportRun:
        return ImportRun(
            run_id=run_id,
            kind=self._files.kind,
            source=self._files.source,
            file=self._files.folder.name,
            fingerprint=self._files.fingerprint,
            on_duplicate=self._files.rule,
            total=self._files.total,
            first_seq=unit.tx.state.seq + 1,
            id_ranges=ranges,
            started_at=unit.now,
            updated_at=unit.now,
            actor=self._actor,
        )

    async def _look(self, run: ImportRun, compared: Told) -> DumpIds:
        """Find out which ids are taken, and who is in the book already."""
        view = (await self._session("import")).view
        runs = await store.read_runs(view.reader)
        self._makers = makers(runs, self._files)
        undone = [one for one in runs if one.status in ("undoing", "undone")]
        ids = self._ids = DumpIds(self._files, self._tables, run)
        await ids.look(view, self._tables, undone)
        people = [table for table in self._tables if table.record is Contact]
        if self._files.rule != "create" and await is_any(view.reader, CONTACTS):
            for table in people:
                comparing = Comparing(view, self._files, table, ids)
                async for more in comparing.batches():
                    compared(more)
                self._same = comparing.found
                ids.people = {
                    shown: one.contact_id for shown, one in comparing.found.items() if one.contact_id is not None
                }
        return ids

    async def carry_on(self, told: Told) -> ImportRun:
        """Write what is left. Raises Conflict where another process does so too."""
        widen(self._store)
        pace = Pace(self._store)
        batches = self._batches(self._begun().position)
        while some := _together(batches, min(pace.now(), TOGETHER)):
            started = self._clock()
            await self._write(some)
            pace.took(len(some), (self._clock() - started).total_seconds())
            for batch in some:
                told(len(batch.rows))
        return self._begun()

    def _batches(self, position: int) -> Iterator[Batch | Burial]:
        start = 0
        for table in self._tables:
            count = len(self._files.scanned[table.name].ids)
            skip = min(max(position - start, 0), count)
            rows = self._files.rows(table.name, skip) if skip < count else iter(())
            while some := list(islice(rows, WITH_BODIES if table.record is Document else BATCH)):
                yield Batch(table, start + some[0][0] - 1, some)
            start += count
        graves = self._files.rows(TOMBSTONES, max(position - start, 0)) if self._files.gone else iter(())
        while some := list(islice(graves, BURIED)):
            yield Burial(start + some[0][0] - 1, some)

    async def _settle(self, unit: Unit, batch: Batch | Burial, *, write: bool) -> Settled:
        if isinstance(batch, Burial):
            return await bury(unit, batch, self._files, self._makers, write=write)
        ids = self._known()
        settled = await settle(unit, batch, self._files, ids, self._same, self._store.bodies, write=write)
        ids.find(batch.table.resource, settled.found)
        return settled

    async def _write(self, batches: Sequence[Batch | Burial]) -> None:
        """Some batches in one transaction."""
        session = await self._session(self._begun().via)

        async def work(unit: Unit) -> ImportRun:
            run = await store.read_run(unit.tx, self._begun().run_id)
            if run is None or run.position != batches[0].position or run.status != "running":
                raise Conflict("this import is under way in another process")
            self._known().begin()
            all_ = [await self._settle(unit, batch, write=True) for batch in batches]
            counts = {name: getattr(run, name) + sum(getattr(one, name) for one in all_) for name in _COUNTED}
            rejects = [reject for one in all_ for reject in one.rejects]
            await store.add_rejects(unit.tx, run.run_id, rejects)
            run = replace(
                run,
                **counts,
                position=run.position + sum(len(batch.rows) for batch in batches),
                rejected=run.rejected + len(rejects),
                last_seq=unit.tx.state.seq,
                updated_at=unit.now,
            )
            await store.save_run(unit.tx, run)
            return run

        self.run = await session.write(work)
        self._known().written()

    async def rehearse(self, compared: Told, told: Told) -> tuple[dict[str, Settled], int]:
        """What would become of the rows, by table; nothing is written. Behind it how many could not be read at all."""
        session = await self._session("import")

        async def new(unit: Unit) -> ImportRun:
            return self._described(unit, 0, ((_REHEARSED, _REHEARSED + self._files.count),))

        await self._look(await session.write(new), compared)
        whole = {name: Settled() for name, _ in self._parts()}
        for batch in self._batches(0):

            async def work(unit: Unit, batch: Batch | Burial = batch) -> Settled:
                self._known().begin()
                return await self._settle(unit, batch, write=False)

            settled = await session.write(work)
            all_ = whole[batch.table.name if isinstance(batch, Batch) else TOMBSTONES]
            self._known().written()
            for name in _COUNTED:
                setattr(all_, name, getattr(all_, name) + getattr(settled, name))
            all_.rejects += [
                replace(one, number=one.number - batch.position + batch.rows[0][0] - 1, raw=[])
                for one in settled.rejects
            ]
            told(len(batch.rows))
        return whole, sum(len(one.rejects) for one in whole.values())

    async def rejects(self) -> AsyncIterator[tuple[str, Reject]]:
        """What was not taken, with its table's name, in the order of the files."""
        reader, after = self._store.reader(self._account.account_id), 0
        while some := await store.read_rejects(reader, self._begun().run_id, after, BATCH):
            for one in some:
                start = 0
                for name, count in self._parts():
                    if one.number <= start + count:
                        yield name, one
                        break
                    start += count
            after = some[-1].number

    async def end(self) -> ImportRun:
        """The run is over, and what it has not taken is in files. Raises Conflict where it is being taken back."""

        async def work(unit: Unit) -> ImportRun:
            stored = await store.read_run(unit.tx, self._begun().run_id)
            if stored is None or stored.status != "running":
                raise Conflict(f"import {self._begun().run_id} is being taken back, and has stopped")
            run = replace(stored, status="done", updated_at=unit.now)
            await store.save_run(unit.tx, run)
            await store.drop_rejects(unit.tx, run.run_id)
            return run

        self.run = await (await self._session("import")).write(work)
        return self.run

    def _parts(self) -> list[tuple[str, int]]:
        """The files in their order, and how many rows each has."""
        parts = [(table.name, len(self._files.scanned[table.name].ids)) for table in self._tables]
        return [*parts, (TOMBSTONES, self._files.gone)] if self._files.gone else parts

    @property
    def tables(self) -> list[UndumpTable]:
        """The tables that there are files of, in their order."""
        return self._tables

    def _begun(self) -> ImportRun:
        if self.run is None:
            raise Invalid("the import has not begun")
        return self.run

    def _known(self) -> DumpIds:
        if self._ids is None:
            raise Invalid("the import has not begun")
        return self._ids

    async def _session(self, via: str) -> Session:
        session = await open_session(self._store, self._account, now=self._clock(), actor=self._actor, via=via)
        session.clock = self._clock
        return session


def _together(batches: Iterator[Batch | Burial], most: int) -> list[Batch | Burial]:
    """The next batches that share a transaction.

    The last of them is one of documents, which may bring bodies, of tombstones, each a change of its own, or of a list:
    those behind it are read with the list as it is then.
    """
    found: list[Batch | Burial] = []
    for batch in islice(batches, most):
        found.append(batch)
        if isinstance(batch, Burial) or batch.table.record in _LAST:
            break
    return found
