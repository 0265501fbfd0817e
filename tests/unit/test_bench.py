"""The benchmark's own parts: what its load generator counts, how it judges, what people it makes up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from tests.bench.cases import CASES, Case, Goal
from tests.bench.load import Load, Result, percentile, run_load
from tests.bench.options import BadOption, Options, read_options
from tests.bench.people import crowd
from tests.bench.report import Cost, measured

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def answering(answer: Callable[[int], list[bytes]]) -> AsyncIterator[int]:
    """A server on a free port that answers the n-th request of a connection with `answer(n)`, piece by piece."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = 0
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                for piece in answer(number):
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
                number += 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def load(port: int, *, repeat: bool = True, count: int = 3, seconds: float = 0.2) -> Load:
    sent = [b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"] * count
    return Load(port=port, requests=sent, connections=2, warm_up=0.05, seconds=seconds, repeat=repeat)


async def test_answers_are_counted_by_status_however_they_arrive() -> None:
    def answer(number: int) -> list[bytes]:
        if number == 5:
            return [b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\n\r\n", b"oh", b"no"]
        return [b"HTTP/1.1 200 OK\r\nContent-", b"Length: 5\r\n\r", b"\nhe", b"llo"]

    async with answering(answer) as port:
        result = await run_load(load(port))
    assert result.statuses[500] == 2
    assert result.statuses[200] > 10
    assert result.sample == b"ohno"
    assert 0 < result.p50 <= result.p99 <= result.slowest
    assert result.rate * 0.2 <= sum(result.statuses.values())


async def test_requests_that_may_be_sent_once_are_sent_once() -> None:
    async with answering(lambda number: [b"HTTP/1.1 204 No Content\r\n\r\n"]) as port:
        result = await run_load(load(port, repeat=False, count=50, seconds=5))
    assert result.statuses == {204: 50}


async def test_a_server_that_hangs_up_ends_the_run() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    with pytest.raises(OSError, match="closed"):
        await run_load(load(server.sockets[0].getsockname()[1]))
    server.close()


def test_percentiles_are_values_that_were_measured() -> None:
    times = [float(number) for number in range(1, 101)]
    assert (percentile(times, 0.5), percentile(times, 0.99), percentile([], 0.99)) == (51.0, 100.0, 0.0)


@pytest.mark.parametrize(
    ("goal", "engine", "reached"),
    [
        (Goal(rate={"sqlite": 1500}), "sqlite", False),
        (Goal(rate={"sqlite": 1000}), "sqlite", True),
        (Goal(of_static={"postgresql": 0.25}), "postgresql", True),
        (Goal(of_static={"postgresql": 0.5}), "postgresql", False),
        (Goal(p99=10), "sqlite", True),
        (Goal(p99=9), "sqlite", False),
        (Goal(of_case=("other", 0.6)), "sqlite", False),
        (Goal(of_case=("other", 0.5)), "sqlite", True),
        (Goal(of_case=("not measured", 0.5)), "sqlite", None),
        (Goal(), "sqlite", None),
    ],
)
def test_a_case_is_judged_by_its_goal(goal: Goal, engine: str, reached: bool | None) -> None:
    result = Result(rate=1000, p50=1, p99=9, slowest=20, statuses={200: 4000})
    case, rates = Case("read", "native", "read", goal=goal), {"other": 2000.0}
    line = measured(engine, case, result, Cost(80, 60), static=3000, bare=2000, rates=rates)
    assert (line.reached, line.of_bare, line.errors) == (reached, 0.5, "")


def test_an_answer_that_was_no_success_is_told() -> None:
    result = Result(rate=1, p50=1, p99=1, slowest=1, statuses={200: 10, 429: 2}, sample=b"too many")
    line = measured("sqlite", Case("read", "native", "read"), result, Cost(None, None), static=None, bare=None)
    assert line.errors == "{429: 2}: too many"


def test_the_environment_says_what_is_measured() -> None:
    said = {"ROWS": "1_000_000", "ENGINES": "sqlite", "SECONDS": "0.5", "CASES": "create", "BENCH_JSON": "1"}
    assert read_options(said) == Options(1_000_000, ("sqlite",), "create", 0.5, None, Path("bench-results"))
    assert read_options({}) == Options()


@pytest.mark.parametrize("wrong", [{"ROWS": "many"}, {"ROWS": "1"}, {"ENGINES": "oracle"}, {"SECONDS": "0"}])
def test_what_cannot_be_measured_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(BadOption):
        read_options(wrong)


def test_names_are_spread_as_in_a_real_book() -> None:
    names = Counter(
        made.contact.last_name
        for made in crowd(Random(1), 5000, now=NOW)
        if made.contact.language == "de" and made.contact.kind == "person"
    )
    (_, most), *_ = names.most_common(1)
    assert 0.005 < most / names.total() < 0.03
    assert len(names) > 500


def test_two_crowds_of_one_seed_are_the_same_and_no_address_comes_twice() -> None:
    first, second = (list(crowd(Random(3), 2000, now=NOW)) for _ in range(2))
    assert first == second
    addresses = [email.address for made in first for email in made.contact.emails]
    assert len(set(addresses)) == len(addresses)


def test_every_case_has_a_title_of_its_own() -> None:
    assert len({case.title for case in CASES}) == len(CASES)
