"""The load generator: a process of its own that keeps a number of connections busy, one request under way on each.

It reads a `Load` from standard input and writes a `Result` to standard output, both as MessagePack. It does as little
as can be, for it shares the machine with what it measures: requests are ready bytes, and of an answer it reads the
status and the length.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from typing import cast

import msgspec
import uvloop
from msgspec import Struct

CONNECT_SECONDS = 10
GRACE_SECONDS = 30
"""So long an answer may take before the run is called off."""


class Load(Struct, frozen=True, kw_only=True):
    """What to send: `requests` in turn, from the start again where `repeat` is set, else each once."""

    port: int
    requests: list[bytes]
    connections: int
    warm_up: float
    seconds: float
    repeat: bool = True


class Result(Struct, frozen=True, kw_only=True):
    """What came of it. Times in milliseconds, over the answers that ended inside `seconds`; counts over all."""

    rate: float
    p50: float
    p99: float
    slowest: float
    statuses: dict[int, int]
    sample: bytes = b""
    """The body of the first answer that was no success; else of the last answer."""


class _Run:
    """What all connections share: the requests still to be sent, and what came back."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.next = 0
        self.statuses: dict[int, int] = {}
        self.times: list[float] = []
        self.sample = b""
        self.failed = False
        self.measure_from = time.perf_counter() + load.warm_up
        self.measure_to = self.measure_from + load.seconds
        self.ended = self.measure_from
        self.open = load.connections
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self, now: float) -> bytes | None:
        """The next request; None when the time or the requests are used up."""
        if now >= self.measure_to:
            return None
        if self.next >= len(self.load.requests):
            if not self.load.repeat:
                return None
            self.next = 0
        self.next += 1
        return self.load.requests[self.next - 1]

    def answered(self, status: int, body: bytes, sent: float, now: float) -> None:
        """Count one answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if not self.failed:
            self.sample = body
            self.failed = not 200 <= status < 300
        if sent >= self.measure_from and now <= self.measure_to:
            self.times.append(now - sent)
            self.ended = now

    def finished(self, error: Exception | None = None) -> None:
        """One connection has nothing more to do; with an error, nobody has."""
        self.open -= 1
        if error is not None and not self.done.done():
            self.done.set_exception(error)
        elif self.open == 0 and not self.done.done():
            self.done.set_result(None)

    def result(self) -> Result:
        """All of it in numbers."""
        times = sorted(self.times)
        # Where the requests ran out, the rate counts up to the last answer.
        used_up = not self.load.repeat and self.next >= len(self.load.requests)
        seconds = self.ended - self.measure_from if used_up else self.load.seconds
        return Result(
            rate=len(times) / seconds if seconds > 0 else 0.0,
            p50=percentile(times, 0.50) * 1000,
            p99=percentile(times, 0.99) * 1000,
            slowest=times[-1] * 1000 if times else 0.0,
            statuses=self.statuses,
            sample=self.sample[:2000],
        )


class _Connection(asyncio.Protocol):
    """One connection: sends a request, waits for the whole answer, sends the next."""

    __slots__ = ("_body_at", "_buffer", "_end", "_run", "_sent", "_status", "_transport")

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._buffer = b""
        self._end = 0
        self._body_at = 0
        self._status = 0
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast(asyncio.Transport, transport)
        self._send(time.perf_counter())

    def data_received(self, data: bytes) -> None:
        """Gather until the answer is whole."""
        self._buffer = self._buffer + data if self._buffer else data
        if not self._end:
            self._read_head()
        if self._end and len(self._buffer) >= self._end:
            now = time.perf_counter()
            self._run.answered(self._status, self._buffer[self._body_at :], self._sent, now)
            self._buffer, self._end = b"", 0
            self._send(now)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server hung up while an answer was due."""
        if self._sent:
            self._run.finished(exc or ConnectionError("the server closed the connection"))

    def _send(self, now: float) -> None:
        request = self._run.take(now)
        if request is None:
            self._sent = 0.0
            self._transport.close()
            self._run.finished()
            return
        self._sent = now
        self._transport.write(request)

    def _read_head(self) -> None:
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        self._status = int(head[9:12])
        length_at = head.find(b"content-length:")
        if length_at < 0 and self._status not in (204, 304):
            raise ValueError("an answer without a content-length")
        length = int(head[length_at + 15 :].split(b"\r", 1)[0]) if length_at >= 0 else 0
        self._body_at = head_end + 4
        self._end = self._body_at + length


def percentile(times: list[float], share: float) -> float:
    """The value that `share` of the sorted `times` do not exceed; 0 for none."""
    return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0


async def run_load(load: Load) -> Result:
    """Put `load` on the server and answer what came of it. Raises OSError where the server hangs up."""
    loop = asyncio.get_running_loop()
    run = _Run(load)
    async with asyncio.timeout(CONNECT_SECONDS):
        for _ in range(load.connections):
            await loop.create_connection(lambda: _Connection(run), "127.0.0.1", load.port)
    async with asyncio.timeout(load.warm_up + load.seconds + GRACE_SECONDS):
        await run.done
    return run.result()


def main() -> None:
    """Standard input to standard output."""
    load = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Load)
    gc.disable()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(run_load(load))
    sys.stdout.buffer.write(msgspec.msgpack.encode(result))


if __name__ == "__main__":
    main()
