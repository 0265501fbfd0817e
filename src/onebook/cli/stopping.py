"""What Ctrl-C and SIGTERM do to a command: it is cancelled between two steps, and ends as tidily as it would have."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import TypeVar, cast

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def heed_sigterm() -> None:
    """SIGTERM means what Ctrl-C does also before there is a loop, and after it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def run_until_stopped(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` answers. Raises KeyboardInterrupt once it has ended after a signal, at once after a second one.

    `asyncio.run` alone cancels inside whatever the loop was doing just then. A callback of psycopg's that is between
    "is it done" and "then set it" does not survive that quietly: the traceback is on the terminal.
    """
    told: list[int] = []

    async def watched() -> T:
        loop, task = asyncio.get_running_loop(), cast("asyncio.Task[T]", asyncio.current_task())

        def stop(number: int, _: FrameType | None) -> None:
            if told:
                raise KeyboardInterrupt
            told.append(number)
            loop.call_soon_threadsafe(task.cancel)

        before = {number: signal.signal(number, stop) for number in _SIGNALS} if _may_listen() else {}
        try:
            return await work()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    try:
        return asyncio.run(watched())
    except asyncio.CancelledError:
        if told:
            raise KeyboardInterrupt from None
        raise


def _may_listen() -> bool:
    """Whether signals come here: Python hands them to the main thread only."""
    return threading.current_thread() is threading.main_thread()
