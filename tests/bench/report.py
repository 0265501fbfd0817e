"""What a run found out: records, judged against the goals, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from tests.bench.cases import BATCH, Case
from tests.bench.duplicates import Check
from tests.bench.duplicates_quality import Quality
from tests.bench.load import Result

MOST_MEMORY = 200.0
"""MiB that a server may take at a million contacts."""


class Measured(Struct, frozen=True, kw_only=True):
    """One line: a case on an engine. Rates a second, times in milliseconds, memory in MiB."""

    engine: str
    case: str
    connections: int
    rate: float
    p50: float
    p99: float
    slowest: float
    of_static: float | None = None
    """The rate as a share of the static route's."""
    bare: float | None = None
    """The bare query's rate."""
    of_bare: float | None = None
    """The rate as a share of it."""
    cpu_us: float | None = None
    """Processor time of the server for one request, in microseconds: the number that a busy machine changes least."""
    peak_mib: float | None = None
    goal: str = ""
    reached: bool | None = None
    errors: str = ""
    """What went wrong: answers that were no success."""


class Cost(Struct, frozen=True):
    """What one case took of the server; None where the system does not say."""

    cpu_us: float | None
    peak_mib: float | None


class Run(Struct, frozen=True, kw_only=True):
    """A whole run and where it ran."""

    rows: int
    seconds: float
    machine: str
    load: float
    """The load average when the run began; next to nothing else should have run."""
    versions: dict[str, str]
    measured: list[Measured]
    memory: dict[str, float]
    """The server's peak over all cases, by engine."""
    checks: list[Check] = []
    quality: list[Quality] = []


def measured(
    engine: str,
    case: Case,
    result: Result,
    cost: Cost,
    *,
    static: float | None,
    bare: float | None,
    rates: Mapping[str, float] = MappingProxyType({}),
) -> Measured:
    """The line of `case`, judged; `rates` are those of all cases by title."""
    share = result.rate / static if static and case.kind != "static" else None
    goal, reached = _judged(engine, case, result, share, rates)
    failed = {status: count for status, count in result.statuses.items() if not 200 <= status < 300}
    return Measured(
        engine=engine,
        case=case.title,
        connections=case.connections,
        rate=result.rate,
        p50=result.p50,
        p99=result.p99,
        slowest=result.slowest,
        of_static=share,
        bare=bare,
        of_bare=result.rate / bare if bare else None,
        cpu_us=cost.cpu_us,
        peak_mib=cost.peak_mib,
        goal=goal,
        reached=reached,
        errors=f"{failed}: {result.sample.decode(errors='replace')[:300]}" if failed else "",
    )


def _judged(
    engine: str, case: Case, result: Result, share: float | None, rates: Mapping[str, float]
) -> tuple[str, bool | None]:
    goal = case.goal
    if goal.of_case is not None:
        title, least = goal.of_case
        return f">= {least:g} {title}", None if title not in rates else result.rate >= least * rates[title]
    if goal.rate is not None:
        return f">= {goal.rate[engine]:,.0f}/s", result.rate >= goal.rate[engine]
    if goal.of_static is not None:
        least = goal.of_static[engine]
        return f">= {least:g} static", None if share is None else share >= least
    if goal.p99 is not None:
        return f"p99 < {goal.p99:g} ms", result.p99 < goal.p99
    return "", None


def print_table(console: Console, run: Run, engine: str) -> None:
    """The lines of one engine."""
    title = f"{engine}, {run.rows:,} contacts, one server process"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    table.add_column("case", no_wrap=True)
    for name in ("conns", "req/s", "p50 ms", "p99 ms", "of static", "bare/s", "of bare", "cpu µs", "peak MiB"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("goal", no_wrap=True)
    table.add_column("", no_wrap=True)
    for line in run.measured:
        if line.engine == engine:
            table.add_row(*_cells(line))
    console.print(table)
    if engine in run.memory:
        verdict = _verdict(run.memory[engine] < MOST_MEMORY)
        console.print(f"peak memory of the server: {run.memory[engine]:.0f} MiB; goal < {MOST_MEMORY:g} MiB: {verdict}")
    for line in run.measured:
        if line.engine == engine and line.errors:
            console.print(f"[red]{line.case} failed:[/red] {line.errors}", markup=True)


def _cells(line: Measured) -> Sequence[str]:
    return (
        line.case,
        str(line.connections),
        _count(line.rate),
        f"{line.p50:.2f}",
        f"{line.p99:.2f}",
        _share(line.of_static),
        _count(line.bare),
        _share(line.of_bare),
        "" if line.cpu_us is None else f"{line.cpu_us:,.0f}",
        "" if line.peak_mib is None else f"{line.peak_mib:.0f}",
        line.goal,
        "" if line.reached is None else _verdict(line.reached),
    )


def _verdict(reached: bool) -> str:
    return "[green]reached[/green]" if reached else "[bold red]missed[/bold red]"


def _count(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def note() -> str:
    """How the table is to be read."""
    return (
        f"static: GET /health of the same server. bare: the same SQL sent by the driver alone, one after the other;"
        f" for batches of {BATCH}, the bare creates. cpu: what the server's process used for a request."
    )
