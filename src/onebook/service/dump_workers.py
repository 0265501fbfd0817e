"""The processes of a dump: each reads, shapes and encodes pieces of the same moment; one here puts them together.

Python has one lock in a process, and nine tenths of a dump are work under it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from multiprocessing.connection import Connection
from typing import Any

import msgspec
from msgspec import Struct

from onebook.errors import OnebookError, Unavailable
from onebook.service.dump_encoding import Format, keep_small
from onebook.service.dump_pieces import Piece, Shaper, Task
from onebook.service.dump_tables import Beside, DumpTables
from onebook.store.export import open_export
from onebook.store.open import open_store

ENOUGH = 50_000
"""Of fewer rows one process makes all: others take a second to begin."""
USUAL, MOST = 2, 16
"""So many workers there are unless somebody says otherwise, and may be: each holds 60 MiB, with Parquet 90."""
_AHEAD = 2
"""Pieces that each worker may have made or be making, while an earlier one is waited for."""
_encode, _decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(Piece).decode


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


class _Worker:
    """One process, and the thread that waits for it. What is said to it is answered, one thing after the other."""

    def __init__(self, work: Work) -> None:
        here, there = socket.socketpair()
        with there:
            # Not `multiprocessing`: its children import the program that began them, which takes 10 MiB each.
            command = [sys.executable, "-P", "-c", f"from {__name__} import main; main({there.fileno()})"]
            self._process = subprocess.Popen(  # noqa: S603 - our own words
                command, stdin=subprocess.DEVNULL, pass_fds=[there.fileno()]
            )
        self._here: Connection[Any, Any] = Connection(here.detach())
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dump-worker")
        self._thread.submit(self._here.send, work)

    def heard(self) -> asyncio.Future[bytes]:
        """What the worker says next."""
        return asyncio.get_running_loop().run_in_executor(self._thread, self._receive)

    def asked(self, question: Any) -> asyncio.Future[bytes]:
        """Its answer, once those before it are there."""
        return asyncio.get_running_loop().run_in_executor(self._thread, self._ask, question)

    def _ask(self, question: Any) -> bytes:
        try:
            self._here.send(question)
        except OSError:
            raise _stopped() from None
        return self._receive()

    def _receive(self) -> bytes:
        try:
            said = self._here.recv_bytes()
        except (EOFError, OSError):
            raise _stopped() from None
        if said[:1] == _FAILED:
            raise Unavailable(said[1:].decode())
        return said

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.shutdown()
        self._here.close()


_FAILED = b"!"
"""Before a text that says why; no piece begins so, for it is an array."""


def _stopped() -> Unavailable:
    return Unavailable("a process of the dump was stopped")


class Workers:
    """The workers of one dump."""

    def __init__(self, work: Work, count: int) -> None:
        """Starts them."""
        self._workers = [_Worker(work) for _ in range(count)]

    async def __aenter__(self) -> Workers:
        """Wait until they have opened the book."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._stop)
            await asyncio.gather(*(worker.heard() for worker in self._workers))
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
        await asyncio.gather(*(worker.asked(moment) for worker in self._workers))

    async def know(self, beside: Beside) -> None:
        """Tell them what rows show of other records."""
        await asyncio.gather(*(worker.asked(beside) for worker in self._workers))

    async def pieces(self, tasks: AsyncIterator[Task]) -> AsyncIterator[Piece]:
        """The pieces, in the order of their tasks; some are made ahead."""
        waiting: deque[asyncio.Future[bytes]] = deque()
        turn = cycle(self._workers)
        try:
            async for task in tasks:
                if len(waiting) >= _AHEAD * len(self._workers):
                    yield _decode(await waiting.popleft())
                waiting.append(next(turn).asked(task))
            while waiting:
                yield _decode(await waiting.popleft())
        finally:
            for one in waiting:
                one.cancel()


def main(handle: int) -> None:
    """What the process of a worker does; `handle` is its end of the line."""
    there: Connection[Any, Any] = Connection(handle)
    with contextlib.suppress(EOFError):
        run(there, there.recv())


def run(there: Connection, work: Work) -> None:
    """Make pieces until nobody asks any more."""
    # Whoever interrupts the dump interrupts its first process, and that one ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Nothing that is made here is ever in a circle, and to look for circles takes a tenth of the time.
    gc.disable()
    keep_small()
    with contextlib.suppress(EOFError, BrokenPipeError):
        try:
            asyncio.run(_run(there, work))
        except OnebookError as error:
            there.send_bytes(_FAILED + error.message.encode())


async def _run(there: Connection, work: Work) -> None:
    # Nothing else goes on in this process, so everything that waits may wait for its pipe.
    store = await open_store(work.url, pool_size=1)
    try:
        there.send_bytes(b"open")
        async with open_export(store, work.account_id, there.recv()) as export:
            await export.moment()
            there.send_bytes(b"seen")
            shaper = Shaper(export, work.tables(), there.recv(), work.formats, burying=work.burying)
            there.send_bytes(b"known")
            while True:
                there.send_bytes(_encode(await shaper.piece(there.recv())))
    finally:
        await store.close()
