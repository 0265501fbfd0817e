"""A process of our own beside this one, and the line to it: whatever it is told it answers, one thing after the other.

Python has one lock in a process; dumps and imports do most of their work in such ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

from onebook.errors import OnebookError, Unavailable

Line: TypeAlias = "Connection[Any, Any]"
_FAILED = b"!"
"""Before an error; nothing that a worker answers begins so."""


class Worker:
    """One process, and the thread that waits for it."""

    def __init__(self, main: Callable[[int], None], stopped: str) -> None:
        """Starts it. `main`, a module's function, is all it does; `stopped` says what it means that it is gone."""
        here, there = socket.socketpair()
        with there:
            # Not `multiprocessing`: its children import the program that began them, which takes a second and 10 MiB.
            words = f"from {main.__module__} import {main.__name__} as main; main({there.fileno()})"
            self._process = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, "-P", "-c", words], stdin=subprocess.DEVNULL, pass_fds=[there.fileno()]
            )
        self._line: Line = Connection(here.detach())
        self._stopped = stopped
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="worker")

    def ask(self, *messages: bytes) -> asyncio.Future[bytes]:
        """Its answer, once those before it are there. Raises what it has raised, Unavailable where it is gone."""
        return asyncio.get_running_loop().run_in_executor(self._thread, self._ask, messages)

    def _ask(self, messages: tuple[bytes, ...]) -> bytes:
        try:
            for message in messages:
                self._line.send_bytes(message)
            said = self._line.recv_bytes()
        except (EOFError, OSError):
            raise Unavailable(self._stopped) from None
        if said[:1] == _FAILED:
            error: OnebookError = pickle.loads(said[1:])  # noqa: S301 - from a process of our own
            raise error
        return said

    def stop(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._thread.shutdown(cancel_futures=True)
        self._line.close()


def answering(handle: int, answer: Callable[[Line, asyncio.Runner], None]) -> None:
    """What a worker's `main` does: `answer` whatever comes along the line until nobody is at its other end."""
    # Whoever interrupts the work interrupts the process that began it, and that one ends this one.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # Nothing that workers make is ever in a circle, and to look for circles takes a tenth of the time.
    gc.disable()
    line: Line = Connection(handle)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError), asyncio.Runner() as runner:
        answer(line, runner)


def failed(error: OnebookError) -> bytes:
    """The answer that raises `error` in the one who has asked."""
    return _FAILED + pickle.dumps(error)
