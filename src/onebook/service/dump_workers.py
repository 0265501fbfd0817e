"""The processes of a dump: each reads, shapes and encodes pieces of the same moment; one here puts them together."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
from collections import deque
from collections.abc import AsyncIterator, Callable
from itertools import cycle

import msgspec
from msgspec import Struct

from onebook.errors import OnebookError
from onebook.service.dump_encoding import Format, keep_small
from onebook.service.dump_pieces import Piece, Shaper, Task
from onebook.service.dump_tables import Beside, DumpTables
from onebook.service.worker import Line, Worker, answering, failed
from onebook.store.export import open_export
from onebook.store.open import open_again

ENOUGH = 50_000
"""Of fewer rows one process makes all: others take a second to begin."""
USUAL, MOST = 2, 16
"""So many workers there are unless somebody says otherwise, and may be: each holds 60 MiB, with Parquet 90."""
_AHEAD = 4
"""Pieces that each worker may have made or be making, while an earlier one is waited for."""
_encode = msgspec.msgpack.Encoder().encode
_decode_piece = msgspec.msgpack.Decoder(Piece).decode
_decode_task = msgspec.msgpack.Decoder(Task).decode


class Work(Struct, frozen=True):
    """What a worker needs to know from the start."""

    url: str
    account_id: int
    tables: Callable[[], DumpTables]
    formats: tuple[Format, ...]
    burying: bool


def how_many(rows: int) -> int:
    """How many workers a dump of so many rows has."""
    processors = os.cpu_count() or 1
    return min(processors, USUAL) if rows >= ENOUGH and processors > 1 else 0


class Workers:
    """The workers of one dump."""

    def __init__(self, work: Work, count: int) -> None:
        """Starts them."""
        self._work = pickle.dumps(work)
        self._workers = [Worker(main, "a process of the dump was stopped") for _ in range(count)]

    async def __aenter__(self) -> Workers:
        """Wait until they have opened the book."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._stop)
            await self._tell(self._work)
            stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop them."""
        await self._stop()

    async def _stop(self) -> None:
        for worker in self._workers:
            await asyncio.get_running_loop().run_in_executor(None, worker.stop)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._workers)

    async def see(self, moment: str) -> None:
        """Let them all see one moment, as `open_export` calls it."""
        await self._tell(moment.encode())

    async def know(self, beside: Beside) -> None:
        """Tell them what rows show of other records."""
        await self._tell(pickle.dumps(beside))

    async def _tell(self, message: bytes) -> None:
        await asyncio.gather(*(worker.ask(message) for worker in self._workers))

    async def pieces(self, tasks: AsyncIterator[Task]) -> AsyncIterator[Piece]:
        """The pieces, in the order of their tasks; some are made ahead."""
        waiting: deque[asyncio.Future[bytes]] = deque()
        turn = cycle(self._workers)
        try:
            async for task in tasks:
                if len(waiting) >= _AHEAD * len(self._workers):
                    yield _decode_piece(await waiting.popleft())
                waiting.append(next(turn).ask(_encode(task)))
            while waiting:
                yield _decode_piece(await waiting.popleft())
        finally:
            for one in waiting:
                one.cancel()  # one that has failed by now is not told of either


def main(handle: int) -> None:
    """What a worker does; `handle` is its end of the line."""
    keep_small()
    answering(handle, _answer)


def _answer(line: Line, runner: asyncio.Runner) -> None:
    """Make pieces. Raises EOFError or another OSError where nobody asks any more."""
    try:
        runner.run(_make(line, pickle.loads(line.recv_bytes())))  # noqa: S301 - from the process that began this one
    except OnebookError as error:
        line.send_bytes(failed(error))


async def _make(line: Line, work: Work) -> None:
    # Nothing else goes on in this process, so everything that waits may wait for the line.
    store = await open_again(work.url)
    try:
        line.send_bytes(b"open")
        async with open_export(store, work.account_id, line.recv_bytes().decode()) as export:
            await export.moment()
            line.send_bytes(b"seen")
            beside = pickle.loads(line.recv_bytes())  # noqa: S301 - as above
            shaper = Shaper(export, work.tables(), beside, work.formats, burying=work.burying)
            line.send_bytes(b"known")
            while True:
                line.send_bytes(_encode(await shaper.piece(_decode_task(line.recv_bytes()))))
    finally:
        await store.close()
