"""Ctrl-C and SIGTERM end a command between two steps of its loop."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import Any

import pytest

from onebook.cli.stopping import run_until_stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_in_the_middle_of_a_callback_waits_until_it_is_through(number: signal.Signals) -> None:
    wrong: list[dict[str, Any]] = []
    steps: list[str] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: wrong.append(context))
        answered = loop.create_future()

        def wake() -> None:
            if not answered.done():
                os.kill(os.getpid(), number)
                answered.set_result(None)

        loop.call_soon(wake)
        try:
            await answered
            steps.append("answered")
            await asyncio.sleep(60)
        finally:
            steps.append("tidied up")

    with pytest.raises(KeyboardInterrupt):
        run_until_stopped(work)
    assert (wrong, steps[-1]) == ([], "tidied up")


def test_a_second_signal_does_not_wait() -> None:
    async def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("it waited")

    with pytest.raises(KeyboardInterrupt):
        run_until_stopped(work)


def test_the_signals_mean_afterwards_what_they_meant_before() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]

    async def work() -> int:
        assert signal.getsignal(signal.SIGTERM) != before[1]
        return 7

    assert run_until_stopped(work) == 7
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_another_thread_runs_it_without_listening() -> None:
    answers: list[int] = []

    async def work() -> int:
        return 7

    thread = threading.Thread(target=lambda: answers.append(run_until_stopped(work)))
    thread.start()
    thread.join()
    assert answers == [7]


def test_what_cancels_itself_was_not_stopped() -> None:
    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run_until_stopped(work)
