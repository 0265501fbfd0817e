"""The duplicate check: how long it takes for one contact, and how much of it is the database's.

    .venv/bin/python -m tests.bench.duplicates

That is `make bench CASES=duplicates`: beside these times the rate of creates that merge (tests/bench/cases.py) and the
quality (tests/bench/duplicates_quality.py).
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace as with_reader
from itertools import islice
from random import Random

from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from onebook.demo.misspelt import typing_error
from onebook.model.account import Vocabulary
from onebook.model.contact import Contact, Phone
from onebook.service.access import account_named, open_session
from onebook.service.contacts import Edit
from onebook.service.duplicates import check
from onebook.service.session import View
from onebook.store.database import Store
from onebook.store.open import open_store
from tests.bench.duplicates_quality import Quality
from tests.bench.fill import ACCOUNT, NOW
from tests.bench.floor import Operation, _Bare, _Recorder
from tests.bench.samples import Samples

NAME = "duplicates"
CHECKED = 3000
WARM_UP = 300
NUMBERS = ("precision", "recall", "F1", "false per 10,000")
SEED = 3
GOALS = {"sqlite": 2.0, "postgresql": 5.0}
"""Milliseconds that 99 of 100 checks shall take less than, at a million contacts."""


class Check(Struct, frozen=True, kw_only=True):
    """One line: times in milliseconds. `cpu` is this process's processor time, `bare` the driver alone with
    the same SQL.
    """

    engine: str
    who: str
    compared: float
    """How many candidates came back, on average."""
    p50: float
    p99: float
    cpu_p50: float
    cpu_p99: float
    bare_p50: float
    bare_p99: float
    goal: float

    @property
    def reached(self) -> bool:
        """Whether the goal was kept."""
        return self.p99 < self.goal


def checks(url: str, engine: str, samples: Samples) -> list[Check]:
    """The check of people who are not in the book, and of some who are, each misspelt."""
    new = list(islice(samples.newcomers(SEED), CHECKED))
    random = Random(SEED)
    known = [_misspelt(random, contact) for contact in samples.contacts[:CHECKED]]
    found = []
    for who, people in (("somebody new", new), ("somebody known, misspelt", known)):
        compared, times, busy, operations = asyncio.run(_checked(url, people))
        bare = _bare_times(url, operations)
        found.append(
            Check(
                engine=engine,
                who=who,
                compared=compared,
                p50=_part(times, 0.5),
                p99=_part(times, 0.99),
                cpu_p50=_part(busy, 0.5),
                cpu_p99=_part(busy, 0.99),
                bare_p50=_part(bare, 0.5),
                bare_p99=_part(bare, 0.99),
                goal=GOALS[engine],
            )
        )
    return found


def _misspelt(random: Random, contact: Contact) -> Contact:
    phones = tuple(Phone(number=phone.e164 or phone.number) for phone in contact.phones)
    last = typing_error(random, contact.last_name) if contact.last_name else None
    return replace(contact, last_name=last, phones=phones)


async def _checked(url: str, people: Sequence[Contact]) -> tuple[float, list[float], list[float], list[Operation]]:
    store = await open_store(url)
    try:
        view = await _view(store)
        for contact in people[:WARM_UP]:
            await check(view, _edit(contact))
        times, busy, compared = [], [], 0
        for contact in people:
            started, before = time.perf_counter(), time.process_time()
            compared += len(await check(view, _edit(contact)))
            times.append(time.perf_counter() - started)
            busy.append(time.process_time() - before)
        recorder = _Recorder(view.reader)
        noted = with_reader(view, reader=recorder)
        operations = [await recorder.record(_asking(noted, contact)) for contact in people]
        return compared / len(people), times, busy, operations
    finally:
        await store.close()


async def _view(store: Store) -> View:
    session = await open_session(store, await account_named(store, ACCOUNT), now=NOW, actor=ACCOUNT, via="bench")
    return session.view


def _asking(view: View, contact: Contact) -> Callable[[], Awaitable[object]]:
    return lambda: check(view, _edit(contact))


def _edit(contact: Contact) -> Edit:
    def edit(blank: Contact, _: Vocabulary) -> Contact:
        return replace(contact, id=blank.id)

    return edit


def _bare_times(url: str, operations: Sequence[Operation]) -> list[float]:
    bare = _Bare(url, _account_of(operations))
    for operation in operations[:WARM_UP]:
        bare.ask(operation)
    times = []
    for operation in operations:
        started = time.perf_counter()
        bare.ask(operation)
        times.append(time.perf_counter() - started)
    bare.close()
    return times


def _account_of(operations: Sequence[Operation]) -> int:
    """The account that every statement names first."""
    return int(str(next(args[0] for operation in operations for _, args in operation)))


def _part(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(int(len(times) * share), len(times) - 1)] * 1000


def print_checks(console: Console, found: Sequence[Check], rows: int) -> None:
    """The lines of one engine."""
    table = Table(
        title=f"duplicate check, {rows:,} contacts, one after the other, no HTTP", title_justify="left", box=None
    )
    for name in ("who", "candidates", "p50 ms", "p99 ms", "cpu p50", "cpu p99", "bare p50", "bare p99", "goal", ""):
        table.add_column(name, justify="left" if name in ("who", "") else "right", no_wrap=True)
    for line in found:
        verdict = "[green]reached[/green]" if line.reached else "[bold red]missed[/bold red]"
        times = (line.p50, line.p99, line.cpu_p50, line.cpu_p99, line.bare_p50, line.bare_p99)
        figures = (f"{line.compared:.1f}", *(f"{value:.2f}" for value in times))
        table.add_row(line.who, *figures, f"p99 < {line.goal:g} ms", verdict)
    console.print(table)


def print_quality(console: Console, found: Sequence[Quality]) -> None:
    """All ways, case by case."""
    table = Table(title="quality of the duplicate check", title_justify="left", box=None)
    for name in ("records", "way", "precision", "recall", "F1", "false per 10,000", "goal", "remark"):
        table.add_column(name, justify="right" if name in NUMBERS else "left", no_wrap=name != "remark")
    for line in found:
        shares = (f"{value:.4f}" for value in (line.precision, line.recall, line.f1))
        verdict = "" if line.reached is None else ("[green]reached[/green]" if line.reached else "[bold red]missed[/]")
        table.add_row(line.case, line.way, *shares, f"{line.false_merges:,.1f}", verdict, line.remark)
    console.print(table)


if __name__ == "__main__":
    from tests.bench.__main__ import main

    os.environ.setdefault("CASES", NAME)
    sys.exit(main())
