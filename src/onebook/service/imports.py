"""Imports: a file's entries into the book, batch by batch, each settled together with how far the run has come.

Whoever is stopped, by a kill or a full disk, begins again where the last batch ended: the same command takes it up.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from onebook.errors import Conflict, Invalid, NotFound
from onebook.files.entries import Source
from onebook.model.account import Account, Reason, Status, Tag
from onebook.model.account import Source as ContactSource
from onebook.model.imports import ImportRun, OnDuplicate, Reject
from onebook.model.normal import plain
from onebook.service.access import open_session
from onebook.service.import_batch import Batch, Outcome, Settled, settle
from onebook.service.import_pace import AT_FIRST, Pace
from onebook.service.import_ready import Prepared
from onebook.service.import_recent import Recent
from onebook.service.import_rows import MADE
from onebook.service.import_work import Job, JobSource
from onebook.service.import_workers import BATCH, Workers
from onebook.service.records import named_record
from onebook.service.session import Session, Unit
from onebook.store import imports as store
from onebook.store.bulk import widen
from onebook.store.changes import last_position
from onebook.store.database import Store, next_id
from onebook.store.vocabulary import current_vocabulary

Told = Callable[[int], None]
"""Hears how many entries more are settled."""
_LISTS: dict[str, Any] = {
    "source_id": ContactSource,
    "status_id": Status,
    "reason_id": Reason,
    "tag_ids": Tag,
}
_CHUNK = 1 << 20
MOST_NEW_NAMES = 10_000
"""So many names one import adds to the account's lists; more are no names, and the mapping is wrong."""
REHEARSED = AT_FIRST * BATCH
"""Entries up to which a rehearsal is the import itself, taken back: they are the first transaction."""


class Order(Struct, frozen=True, kw_only=True):
    """What is to be imported and how: `kind` as the command says it, `mapping` the columns where it is a table."""

    kind: str
    source: Source
    heads: tuple[str, ...] = ()
    columns: tuple[str | None, ...] = ()
    on_duplicate: OnDuplicate = "merge"

    @property
    def is_table(self) -> bool:
        """Whether there are columns."""
        return bool(self.heads)


def fingerprint(order: Order) -> str:
    """The same for the same file imported in the same way, and for nothing else."""
    digest = hashlib.sha256(repr((order.kind, order.heads, order.columns, order.on_duplicate)).encode())
    with order.source.path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def count_entries(source: Source) -> int:
    """How many entries there are. All of it is read: a malformed file is refused before anything is written.

    Raises Malformed.
    """
    return sum(1 for _ in source.entries())


async def runs(store_: Store, account: Account) -> list[ImportRun]:
    """Every run of the account, the latest first."""
    return await store.read_runs(store_.reader(account.account_id))


class Importing:
    """A run under way."""

    def __init__(
        self, store_: Store, account: Account, order: Order, actor: str, clock: Callable[[], datetime]
    ) -> None:
        """Nothing is written before `begin`."""
        self._store, self._account, self._order, self._actor, self._clock = store_, account, order, actor, clock
        self.run: ImportRun | None = None
        self.earlier: ImportRun | None = None
        """The last run that is over and has taken the same file in the same way."""

    async def begin(self, total: int) -> ImportRun:
        """The run that is under way for the same file in the same way, else a new one."""
        print_ = fingerprint(self._order)
        for run in await runs(self._store, self._account):
            if run.status == "running" and run.fingerprint == print_:
                self.run = run
                return run
            if run.status == "done" and run.fingerprint == print_ and self.earlier is None:
                self.earlier = run
        session = await self._session("import")

        async def work(unit: Unit) -> ImportRun:
            run = ImportRun(
                run_id=await next_id(unit.tx),
                kind=self._order.kind,
                file=self._order.source.path.name,
                fingerprint=print_,
                on_duplicate=self._order.on_duplicate,
                total=total,
                first_seq=unit.tx.state.seq + 1,
                started_at=unit.now,
                updated_at=unit.now,
                actor=self._actor,
            )
            await store.add_run(unit.tx, run)
            return run

        self.run = await session.write(work)
        return self.run

    async def carry_on(self, told: Told) -> ImportRun:
        """Settle what is left of the run that `begin` has answered. Raises Conflict where somebody else does so too."""
        run = self._begun()
        widen(self._store)
        recent = Recent(await last_position(self._store.reader(self._account.account_id)))
        waiting: list[Batch] = []
        pace = Pace(self._store)
        with Workers(self._store, run.total - run.position) as workers:
            jobs = JobSource(await self._job(), lambda: recent.seen)
            entries = islice(self._order.source.entries(), run.position, None)
            async for batch in workers.ahead(jobs, entries, lambda: pace.most):
                waiting.append(await self._known(workers, jobs, batch))
                if len(waiting) >= pace.most:
                    waiting = waiting[await self._settle_some(waiting, pace, recent, told) :]
        while waiting:
            waiting = waiting[await self._settle_some(waiting, pace, recent, told) :]
        return self._begun()

    async def _known(self, workers: Workers, jobs: JobSource, batch: Batch) -> Batch:
        """The batch, with every name that it uses in the account's lists."""
        while batch.prepared.unknown:
            await self._add_names(batch.prepared)
            jobs.job = await self._job(jobs.job.version + 1)
            batch = batch._replace(prepared=await workers.prepare(jobs.job, batch.entries))
        return batch

    async def rehearse(self, total: int, told: Told) -> tuple[Outcome, int]:
        """What would become of every entry, and how many names would be added to the lists; nothing is written.

        Of more than `REHEARSED` entries each is compared with the book and with the entries of its own batch only.
        """
        if total <= REHEARSED:
            return await self._tried(total, told)
        whole = Outcome()
        extra: dict[str, dict[str, None]] = {}
        seen = await last_position(self._store.reader(self._account.account_id))
        with Workers(self._store, total) as workers:
            jobs = JobSource(await self._job(), lambda: seen)
            async for batch in workers.ahead(jobs, self._order.source.entries()):
                while batch.prepared.unknown:
                    for name, texts in batch.prepared.unknown.items():
                        extra.setdefault(name, {}).update(dict.fromkeys(map(plain, texts)))
                    _check_new_names(extra)
                    named = {name: tuple(texts) for name, texts in extra.items()}
                    jobs.job = replace(jobs.job, version=jobs.job.version + 1, extra_names=named)
                    batch = batch._replace(prepared=await workers.prepare(jobs.job, batch.entries))
                outcome = await self._rehearse(batch)
                for name in ("created", "changed", "skipped", "noted"):
                    setattr(whole, name, getattr(whole, name) + getattr(outcome, name))
                whole.rejects += outcome.rejects
                told(len(batch.entries))
        return whole, sum(map(len, extra.values()))

    async def _tried(self, total: int, told: Told) -> tuple[Outcome, int]:
        """The whole import done in one transaction, and taken back: exactly what would happen."""
        session, job = await self._session("import"), await self._job()
        seen = await last_position(self._store.reader(self._account.account_id))
        found: list[tuple[Outcome, int]] = []

        async def work(unit: Unit) -> None:
            before, group = _list_sizes(unit), list[Batch]()
            jobs = JobSource(replace(job, vocabulary=unit.vocabulary), lambda: seen)
            with Workers(self._store, 0) as workers:
                async for batch in workers.ahead(jobs, self._order.source.entries()):
                    while batch.prepared.unknown:
                        await _name(unit, batch.prepared)
                        jobs.job = replace(jobs.job, version=jobs.job.version + 1, vocabulary=unit.vocabulary)
                        batch = batch._replace(prepared=await workers.prepare(jobs.job, batch.entries))
                    group.append(batch)
            settled = await settle(unit, group, self._order.on_duplicate, Recent(seen))
            found.append((settled.outcome, _list_sizes(unit) - before))
            raise _TakenBack

        try:
            await session.write(work)
        except _TakenBack:
            told(total)
        return found[-1]

    async def rejects(self) -> AsyncIterator[Reject]:
        """What was not taken, in the order of the file."""
        run = self._begun()
        reader = self._store.reader(self._account.account_id)
        after = 0
        while some := await store.read_rejects(reader, run.run_id, after, 1000):
            for one in some:
                yield one
            after = some[-1].number

    async def end(self) -> ImportRun:
        """The run is over, and what it has not taken is in a file. Raises Conflict where it is being taken back."""
        session = await self._session("import")

        async def work(unit: Unit) -> ImportRun:
            run = replace(await self._still(unit), status="done", updated_at=unit.now)
            await store.save_run(unit.tx, run)
            await store.drop_rejects(unit.tx, run.run_id)
            return run

        self.run = await session.write(work)
        return self.run

    def _begun(self) -> ImportRun:
        if self.run is None:
            raise Invalid("the import has not begun")
        return self.run

    async def _session(self, via: str) -> Session:
        session = await open_session(self._store, self._account, now=self._clock(), actor=self._actor, via=via)
        session.clock = self._clock
        return session

    async def _job(self, version: int = 0) -> Job:
        order = self._order
        return Job(
            kind="table" if order.is_table else "cards",
            heads=order.heads,
            columns=order.columns,
            rule=order.on_duplicate,
            vocabulary=await current_vocabulary(self._store, self._account.account_id),
            engine=self._store.engine,
            now=self._clock(),
            version=version,
        )

    async def _add_names(self, prepared: Prepared) -> None:
        session = await self._session(self._begun().via)

        async def work(unit: Unit) -> ImportRun:
            run = await self._still(unit)
            before = _list_sizes(unit)
            await _name(unit, prepared)
            listed = _list_sizes(unit) - before
            run = replace(run, listed=run.listed + listed, last_seq=unit.tx.state.seq, updated_at=unit.now)
            await store.save_run(unit.tx, run)
            return run

        self.run = await session.write(work)

    async def _settle_some(self, waiting: Sequence[Batch], pace: Pace, recent: Recent, told: Told) -> int:
        """Write the first of the batches in one transaction; answers how many."""
        some = waiting[: pace.now()]
        started = self._clock()
        told(await self._settle(some, recent))
        pace.took(len(some), (self._clock() - started).total_seconds())
        return len(some)

    async def _settle(self, group: Sequence[Batch], recent: Recent) -> int:
        """Write some batches in one transaction; answers how many entries they have."""
        session = await self._session(self._begun().via)
        count = sum(len(batch.entries) for batch in group)
        recent.forget(group[0].since)

        async def work(unit: Unit) -> tuple[ImportRun, Settled]:
            run = await self._still(unit)
            settled = await settle(unit, group, run.on_duplicate, recent)
            outcome = settled.outcome
            await store.add_rejects(unit.tx, run.run_id, outcome.rejects)
            run = replace(
                run,
                position=run.position + count,
                created=run.created + outcome.created,
                changed=run.changed + outcome.changed,
                skipped=run.skipped + outcome.skipped,
                noted=run.noted + outcome.noted,
                rejected=run.rejected + len(outcome.rejects),
                last_seq=unit.tx.state.seq,
                updated_at=unit.now,
            )
            await store.save_run(unit.tx, run)
            return run, settled

        self.run, settled = await session.write(work)
        recent.add(settled.written)
        return count

    async def _still(self, unit: Unit) -> ImportRun:
        """The run as it is stored. Raises Conflict where it has moved on without us."""
        run = await store.read_run(unit.tx, self._begun().run_id)
        if run is not None and run.status in ("undoing", "undone"):
            raise Conflict(f"import {run.run_id} is being taken back, and has stopped")
        if run is None or run.position != self._begun().position or run.status != "running":
            raise Conflict("this import is under way in another process")
        return run

    async def _rehearse(self, batch: Batch) -> Outcome:
        session = await self._session("import")
        recent = Recent(batch.since)

        async def work(unit: Unit) -> Outcome:
            return (await settle(unit, [batch], self._order.on_duplicate, recent, write=False)).outcome

        return await session.write(work)


class _TakenBack(Exception):
    """What undoes a transaction that was a trial."""


async def _name(unit: Unit, prepared: Prepared) -> None:
    """Add to the lists what the batch calls by names that they do not have. Raises Invalid for too many."""
    _check_new_names(prepared.unknown)
    for field, names in prepared.unknown.items():
        for name in names:
            await named_record(unit, _LISTS[field], name)


def _list_sizes(unit: Unit) -> int:
    return sum(len(getattr(unit.vocabulary, name)) for name in MADE.values())


def _check_new_names(names: dict[str, list[str]] | dict[str, dict[str, None]]) -> None:
    for field, texts in names.items():
        if len(texts) > MOST_NEW_NAMES:
            raise Invalid(
                f"more than {MOST_NEW_NAMES:,} names would be added to the {MADE[field]}:"
                " is the right column taken for them? See --show-mapping"
            )


async def run_numbered(store_: Store, account: Account, run_id: int) -> ImportRun:
    """The run. Raises NotFound."""
    run = await store.read_run(store_.reader(account.account_id), run_id) if 0 < run_id < 2**31 else None
    if run is None:
        raise NotFound(f"there is no import {run_id}: see `onebook import list`")
    return run
