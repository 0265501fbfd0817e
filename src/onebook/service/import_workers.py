"""The processes that work the batches of an import out, each with the book open to read."""

from __future__ import annotations

import asyncio
import os
import pickle
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from functools import lru_cache
from itertools import cycle, islice
from typing import NoReturn

import msgspec

from onebook.errors import OnebookError
from onebook.files.entries import Entry
from onebook.service.import_batch import MOST_TOGETHER, Batch
from onebook.service.import_ready import Prepared
from onebook.service.import_work import EntryReader, Job, JobSource, worked_out
from onebook.service.worker import Line, Worker, answering, failed
from onebook.store.database import Store
from onebook.store.open import open_again

BATCH = 1000
"""Entries that one process works out at a time."""
ALONE = 3 * BATCH
"""Up to so many entries one process does it all: others take a second to begin."""
MOST = 8
"""Processes, however many processors there are: one writes what they work out."""
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Prepared).decode
_unpack_entries = msgspec.msgpack.Decoder(list[Entry]).decode


class _Worker:
    """A process that is told the book, then a job where that is another, and a batch."""

    def __init__(self, url: str) -> None:
        self._worker = Worker(main, "a worker of the import was stopped: start the same command again")
        self._url, self._job = url.encode(), b""

    async def prepare(self, job: bytes, entries: list[Entry]) -> Prepared:
        """One batch. Raises what the worker has raised, and Unavailable where it was stopped."""
        first, self._url = ((self._url,) if self._url else ()), b""
        told, self._job = (b"" if job == self._job else job), job
        return _unpack(await self._worker.ask(*first, told, _pack(entries)))

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._worker.stop()


def main(handle: int) -> None:
    """What a worker does; `handle` is its end of the line."""
    answering(handle, _answer)


def _answer(line: Line, runner: asyncio.Runner) -> NoReturn:
    """Work out one batch after the other. Raises EOFError or another OSError where nobody asks any more."""
    url = line.recv_bytes().decode()
    store: Store | None = None
    job = b""
    while True:
        job = line.recv_bytes() or job
        entries = _unpack_entries(line.recv_bytes())
        try:
            store = store or runner.run(open_again(url))
            answer = _pack(runner.run(worked_out(store, _read_job(job), entries)))
        except OnebookError as error:
            answer = failed(error)
        line.send_bytes(answer)


@lru_cache(maxsize=2)
def _read_job(job: bytes) -> EntryReader:
    return EntryReader(pickle.loads(job))  # noqa: S301 - from the process that has started this one


class Workers:
    """Processes that work batches out; none where the file is small."""

    def __init__(self, store: Store, total: int) -> None:
        """`total` is how many entries there are."""
        self._store = store
        self._count = 0 if total <= ALONE else max(1, min(os.cpu_count() or 1, MOST))
        self._workers: list[_Worker] = []
        self._job: tuple[int, bytes] = -1, b""

    def __enter__(self) -> Workers:
        """Start them."""
        self._workers = [_Worker(self._store.url) for _ in range(self._count)]
        self._turn = cycle(self._workers)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop them."""
        for worker in self._workers:
            worker.stop()

    async def prepare(self, job: Job, entries: list[Entry]) -> Prepared:
        """One batch. Raises Unavailable where a worker was killed."""
        if self._job[0] != job.version:
            self._job = job.version, pickle.dumps(job)
        if not self._workers:
            return await worked_out(self._store, _read_job(self._job[1]), entries)
        return await next(self._turn).prepare(self._job[1], entries)

    async def ahead(
        self, jobs: JobSource, entries: Iterator[Entry], together: Callable[[], int] = lambda: MOST_TOGETHER
    ) -> AsyncIterator[Batch]:
        """Batches in their order, some of them worked out ahead: enough to go on with while `together` are written.

        No more, since whoever is written meanwhile has to be looked at again for each of them.
        """
        waiting: deque[tuple[list[Entry], int, asyncio.Task[Prepared]]] = deque()
        try:
            while True:
                while len(waiting) <= (2 * self._count + together() if self._count else 0):
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
            await asyncio.gather(*(task for _, _, task in waiting), return_exceptions=True)
