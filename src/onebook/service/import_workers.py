"""The processes that work the batches of an import out, each with the book open to read."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from itertools import islice
from multiprocessing.connection import wait

import msgspec

from onebook.errors import Unavailable
from onebook.files.entries import Entry
from onebook.service.import_batch import MOST_TOGETHER, Batch
from onebook.service.import_ready import Prepared
from onebook.service.import_work import EntryReader, Job, JobSource, worked_out
from onebook.store.database import Store
from onebook.store.open import open_again

BATCH = 1000
"""Entries that one process works out at a time."""
ALONE = 3 * BATCH
"""Up to so many entries one process does it all: others take a second to begin."""
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Prepared).decode


class _Worker:
    """What a process that works batches out holds: the book, open to read, and an event loop for it."""

    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.store = self.runner.run(open_again(url))

    def work_out(self, job: bytes, entries: Sequence[Entry]) -> bytes:
        """`worked_out`, in a form that crosses processes at a fifth of what pickling costs."""
        return _pack(self.runner.run(worked_out(self.store, _read_job(job), entries)))


_workers: list[_Worker] = []
"""This process's own, where it is one that works batches out."""


@lru_cache(maxsize=2)
def _read_job(job: bytes) -> EntryReader:
    return EntryReader(pickle.loads(job))  # noqa: S301 - from the process that has started this one


def _packed(job: bytes, entries: Sequence[Entry]) -> bytes:
    return _workers[0].work_out(job, entries)


def _begin_worker(url: str) -> None:
    """A worker leaves interrupts to the process that it works for, and ends with it, however that ends."""
    gc.disable()  # nothing here is ever in a circle, and to look for circles takes a tenth of the time
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _workers.append(_Worker(url))


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


class Workers:
    """Processes that work batches out; none where the file is small."""

    def __init__(self, store: Store, total: int) -> None:
        """`total` is how many entries there are."""
        self._store = store
        self._count = 0 if total <= ALONE else max(1, min(os.cpu_count() or 1, 8))
        self._pool: ProcessPoolExecutor | None = None
        self._job: tuple[int, bytes] = -1, b""

    def __enter__(self) -> Workers:
        """Start them."""
        if self._count:
            # A fork would share the database's connections.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._count, context, _begin_worker, (self._store.url,))
        return self

    def __exit__(self, *_: object) -> None:
        """Stop them."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    async def prepare(self, job: Job, entries: list[Entry]) -> Prepared:
        """One batch. Raises Unavailable where a worker was killed."""
        if self._job[0] != job.version:
            self._job = job.version, pickle.dumps(job)
        if self._pool is None:
            return await worked_out(self._store, _read_job(self._job[1]), entries)
        try:
            work = asyncio.get_running_loop().run_in_executor(self._pool, _packed, self._job[1], entries)
            return _unpack(await work)
        except BrokenProcessPool:
            raise Unavailable("a worker of the import was stopped: start the same command again") from None

    async def ahead(self, jobs: JobSource, entries: Iterator[Entry]) -> AsyncIterator[Batch]:
        """Batches in their order, some of them worked out ahead: enough to go on with while one group is written."""
        waiting: deque[tuple[list[Entry], int, asyncio.Task[Prepared]]] = deque()
        most = 2 * self._count + MOST_TOGETHER if self._count else 0
        try:
            while True:
                while len(waiting) <= most:
                    batch = list(islice(entries, BATCH))
                    if not batch:
                        break
                    waiting.append((batch, jobs.seen(), asyncio.ensure_future(self.prepare(jobs.job, batch))))
                if not waiting:
                    return
                batch, seen, task = waiting.popleft()
                yield Batch(batch, await task, seen)
        finally:
            for _, _, task in waiting:
                task.cancel()
