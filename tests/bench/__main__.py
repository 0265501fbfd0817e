"""One run: fill, serve, load, compare, print. `make bench` runs this; docs/reference/benchmarks.md explains it."""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import subprocess
import sys
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import apsw
import msgspec
import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import onebook
from onebook.model.account import LOGINS, Dialect
from onebook.service.access import account_named, create_key
from onebook.store.open import open_store
from tests import postgres as pg
from tests.bench import duplicates, report
from tests.bench.cases import BATCH, CASES, STATIC, Case, requests
from tests.bench.databases import filled
from tests.bench.duplicates_quality import qualities
from tests.bench.fill import ACCOUNT, NOW
from tests.bench.floor import floor_of_creates, floor_of_reads
from tests.bench.load import Load, Result
from tests.bench.options import BadOption, Options, read_options
from tests.bench.report import Cost, Measured, Run
from tests.bench.samples import Samples, draw
from tests.bench.server import NoServer, Server, serving

WARM_UP = 0.7
FLOOR_SECONDS = 2.0
BUSY = 0.5
MOST_PEOPLE = 40_000
"""So many people the labelled book has, whatever ROWS says."""
ROOT = Path(__file__).parents[2]


def main() -> int:
    """Measure what the environment asks for; 1 where an answer was wrong or there was none, never because of time."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that server, cluster and folders go too
    console = Console(width=None if sys.stdout.isatty() else 170, highlight=False)
    try:
        options = read_options(os.environ)
        chosen = [case for case in CASES if options.cases in case.title]
        if not chosen:
            raise BadOption(f"no case is called {options.cases}; there are: {', '.join(c.title for c in CASES)}")
        run = _run(options, chosen, console)
    except (BadOption, NoServer, pg.NoPostgres) as error:
        console.print(f"bench: {error}", style="red", markup=False)
        return 1
    if options.results is not None:
        console.print(f"written to {_write(run, options.results)}")
    return 1 if any(line.errors for line in run.measured) else 0


def _run(options: Options, chosen: list[Case], console: Console) -> Run:
    measured: list[Measured] = []
    memory: dict[str, float] = {}
    versions = {
        "onebook": onebook.__version__,
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
    }
    machine = f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}"
    run = Run(
        rows=options.rows,
        seconds=options.seconds,
        machine=machine,
        load=os.getloadavg()[0],
        versions=versions,
        measured=measured,
        memory=memory,
    )
    if run.load > BUSY:
        console.print(f"the machine is busy (load {run.load:.1f}): the numbers will be lower than they could be")
    for engine in options.engines:
        with _progress(console) as progress:
            task = progress.add_task(f"filling {engine}", total=options.rows)
            told = lambda done, task=task: progress.update(task, completed=done)  # noqa: E731
            with filled(engine, options.rows, options.folder, told) as url:
                progress.update(task, completed=options.rows)
                if engine == "postgresql":
                    versions["postgresql"] = _postgres_version(url)
                _measure(url, engine, options, chosen, run, progress)
                if options.cases in duplicates.NAME:
                    run.checks.extend(duplicates.checks(url, engine, asyncio.run(draw(url))))
        report.print_table(console, run, engine)
        if found := [line for line in run.checks if line.engine == engine]:
            duplicates.print_checks(console, found, options.rows)
        console.print()
    if options.cases in duplicates.NAME:
        run.quality.extend(qualities(min(options.rows // 2, MOST_PEOPLE)))
        duplicates.print_quality(console, run.quality)
    console.print(report.note(), style="dim")
    return run


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True) if not console.is_terminal else console,
        transient=True,
    )


def _measure(url: str, engine: str, options: Options, chosen: list[Case], run: Run, progress: Progress) -> None:
    """Every case over HTTP, then, once the server is gone, every floor."""
    samples = asyncio.run(draw(url))
    secrets = asyncio.run(_keys(url, {case.dialect for case in chosen}))
    task = progress.add_task(f"measuring {engine}", total=2 * len(chosen) + 1)
    before = asyncio.run(_count(url))
    results: list[tuple[Case, Result, Cost]] = []
    with serving(url) as server:
        for number, case in enumerate([STATIC, *chosen]):
            progress.update(task, description=f"{engine}: {case.title}")
            results.append((case, *_load(server, case, samples, secrets, options.seconds, number)))
            progress.advance(task)
    missing = before + _created(results) - asyncio.run(_count(url))
    floors: dict[str, float] = {}
    creates: float | None = None
    for case in chosen:
        progress.update(task, description=f"{engine}: bare {case.name}")
        if not case.writes:
            floors[case.title] = asyncio.run(floor_of_reads(url, case, samples, min(options.seconds, FLOOR_SECONDS)))
        else:
            creates = creates or asyncio.run(floor_of_creates(url, samples))
            floors[case.title] = creates / BATCH if case.kind == "batch" else creates
        progress.advance(task)
    static = results[0][1].rate
    rates = {case.title: result.rate for case, result, _ in results}
    for case, result, cost in results:
        bare = floors.get(case.title)
        run.measured.append(report.measured(engine, case, result, cost, static=static, bare=bare, rates=rates))
    peaks = [cost.peak_mib for _, _, cost in results if cost.peak_mib is not None]
    if peaks:
        run.memory[engine] = max(peaks)
    if missing and not any(line.errors for line in run.measured):
        last = run.measured.pop()
        run.measured.append(
            msgspec.structs.replace(last, errors=f"{missing} contacts that were answered are not there")
        )


def _load(
    server: Server, case: Case, samples: Samples, secrets: dict[str, str], seconds: float, seed: int
) -> tuple[Result, Cost]:
    load = Load(
        port=server.port,
        requests=requests(case, samples, secrets.get(case.dialect, ""), seconds + WARM_UP, seed),
        connections=case.connections,
        warm_up=WARM_UP,
        seconds=seconds,
        repeat=not case.writes,
    )
    server.forget_peak()
    before = server.cpu_seconds()
    command = [sys.executable, "-m", "tests.bench.load"]
    done = subprocess.run(
        command, input=msgspec.msgpack.encode(load), capture_output=True, cwd=ROOT, check=False, timeout=600
    )
    if done.returncode:
        raise NoServer(f"{case.title}: the load generator failed: {done.stderr.decode(errors='replace')[-1000:]}")
    result = msgspec.msgpack.decode(done.stdout, type=Result)
    after, answers = server.cpu_seconds(), sum(result.statuses.values())
    cpu = (after - before) / answers * 1e6 if before is not None and after is not None and answers else None
    return result, Cost(cpu, server.peak_mib())


def _created(results: list[tuple[Case, Result, Cost]]) -> int:
    """How many contacts the answers said are there."""
    each = {"create": 1, "batch": BATCH}
    # 200 is the answer where a duplicate was merged.
    made = (
        (case, result.statuses.get(201, 0) if case.more else sum(result.statuses.values()))
        for case, result, _ in results
    )
    return sum(each.get(case.kind, 0) * count for case, count in made)


async def _keys(url: str, dialects: set[str]) -> dict[str, str]:
    store = await open_store(url)
    try:
        account = await account_named(store, ACCOUNT)
        made: dict[str, str] = {}
        for name in sorted(dialects):
            dialect: Dialect = msgspec.convert(name, Dialect)
            key = await create_key(store, [account.account_id], dialect, now=NOW, rate=0)
            login = b64encode(f"{key.username}:{key.secret}".encode()).decode()
            made[name] = login if dialect in LOGINS else key.secret
        return made
    finally:
        await store.close()


async def _count(url: str) -> int:
    store = await open_store(url)
    try:
        account = await account_named(store, ACCOUNT)
        reader = store.reader(account.account_id)
        rows = await reader.scan("SELECT count(*) FROM contacts WHERE account_id = $1", account.account_id)
        return int(rows[0][0])
    finally:
        await store.close()


def _postgres_version(url: str) -> str:
    with psycopg.connect(url) as connection:
        return connection.info.parameter_status("server_version") or ""


def _write(run: Run, place: Path) -> Path:
    path = place
    if place.suffix != ".json":
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        path = place / f"{stamp}-{run.rows}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
