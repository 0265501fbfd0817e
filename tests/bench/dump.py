"""`python -m tests.bench.dump`: how fast a book is dumped, beside what drivers and PostgreSQL's own COPY need for it.

ROWS contacts, a fifth as many properties and twice as many other rows. Every measurement is a process of its own, so
that its processor time and its peak of memory, those of the processes that it begins among them, are its own too.
`make bench` runs this after the requests.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from msgspec import Struct
from rich import box
from rich.console import Console
from rich.table import Table

from onebook.demo.houses import properties
from onebook.dialects.propstack.dump import TABLES_OF_DUMP
from onebook.model.account import Account, Record
from onebook.model.activity import Message, Note, Todo
from onebook.service.access import account_named, create_key
from onebook.service.dump import Wanted, write_dump
from onebook.service.dump_encoding import Format, keep_small
from onebook.service.dump_tables import DumpColumn, DumpTables
from onebook.service.dumps import Dump
from onebook.store.database import Store, Transaction, next_id
from onebook.store.moments import micros
from onebook.store.open import open_store, sqlite_path
from onebook.store.resources import BY_RECORD
from onebook.store.vocabulary import current_vocabulary
from tests.bench import dump_floors as floors
from tests.bench.cases import CASES, requests
from tests.bench.databases import filled
from tests.bench.fill import ACCOUNT, NOW
from tests.bench.load import Load, Result
from tests.bench.memory import Watched
from tests.bench.options import BadOption, Options, read_options
from tests.bench.samples import draw
from tests.bench.server import NoServer, serving
from tests.postgres import NoPostgres

ROOT = Path(__file__).parents[2]
PER_CONTACT = {"properties": 0.2, "others": 2.0}
AT_ONCE = 5_000
LEAST_RATE = 40_000
MOST_MEMORY = 300
HALF = 0.5
READ = "native read by id"
SEED = 11
_TEXT = "Hat angerufen und bittet um Rückruf wegen der Wohnung in der Musterstraße, am besten nach 17 Uhr. " * 4


class Done(Struct, frozen=True):
    """One measurement: seconds and processor seconds for so many rows, and the peak of memory in MiB.

    PostgreSQL's own processes are in neither.
    """

    rows: int
    seconds: float
    cpu: float
    peak: float = 0.0

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def main() -> int:
    """Measure and print; 1 where something failed, never because of time."""
    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    try:
        options = read_options(os.environ)
        for engine in options.engines:
            with filled(engine, options.rows, options.folder, lambda _: None) as url:
                asyncio.run(fill_rest(url, options.rows))
                console.print(_measured(engine, url, options))
    except (BadOption, NoPostgres, NoServer, subprocess.CalledProcessError) as error:
        console.print(f"bench: {error}", style="red", markup=False)
        return 1
    return 0


def _measured(engine: str, url: str, options: Options) -> Table:
    table = Table("engine", "what", "rows/s", "cpu µs/row", "peak MiB", "goal", "", box=box.SIMPLE_HEAD)

    def add(what: str, done: Done, goal: str = "", reached: bool | None = None) -> None:
        verdict = "" if reached is None else "[green]reached[/green]" if reached else "[bold red]missed[/bold red]"
        cpu = f"{done.cpu / done.rows * 1e6:.1f}"
        table.add_row(engine, what, f"{done.rate:,.0f}", cpu, f"{done.peak:.0f}", goal, verdict)

    if engine == "sqlite":
        add("contacts: documents copied as they are", _child("bare_copy", url))
        add("contacts: documents decoded and encoded", _child("bare_loop", url))
        with tempfile.TemporaryDirectory(prefix="onebook-flat-") as folder:
            flat = f"sqlite:///{folder}/flat.db"
            floors.flatten(url, sqlite_path(flat), _contacts)
            floor = _child("bare_flat", flat)
        add("contacts: bare loop over a table of flat rows", floor)
        least, said = max(LEAST_RATE, floor.rate * HALF), f">= {LEAST_RATE:,}, half the bare loop, < {MOST_MEMORY} MiB"
    else:
        add("contacts: COPY (SELECT row_to_json(…)), documents as they are", _child("copy", url))
        floors.flatten_postgres(url, _contacts, asyncio.run(_columns(url)))
        floor = _child("copy_flat", url)
        add("contacts: COPY (SELECT row_to_json(…)), a table of flat rows", floor)
        least, said = max(LEAST_RATE, floor.rate), f">= {LEAST_RATE:,}, faster than COPY, < {MOST_MEMORY} MiB"
    for kind in ("json", "parquet"):
        done = _child("contacts", url, kind)
        goal, limit = (said, least) if kind == "json" else (f">= {LEAST_RATE:,}, < {MOST_MEMORY} MiB", LEAST_RATE)
        add(f"contacts: dump to {kind}", done, goal, done.rate >= limit and done.peak < MOST_MEMORY)
        done = _child("everything", url, kind)
        add(f"all tables: dump to {kind}", done, f"< {MOST_MEMORY} MiB", done.peak < MOST_MEMORY)
    alone, beside = _reads(url, options.seconds)
    table.add_row(engine, "reads by id alone", f"{alone.rate:,.0f}", "", "", "", "")
    share = beside.rate / alone.rate
    verdict = "[green]reached[/green]" if share >= HALF else "[bold red]missed[/bold red]"
    table.add_row(engine, "reads by id beside a dump", f"{beside.rate:,.0f}", "", "", f">= {HALF} of it", verdict)
    return table


async def fill_rest(url: str, contacts: int) -> None:
    """Properties and other rows, straight into the table of records: what a dump reads of them is their documents."""
    store = await open_store(url)
    try:
        account = await account_named(store, ACCOUNT)
        reader = store.reader(account.account_id)
        known = await reader.scan("SELECT id FROM contacts WHERE account_id = $1", account.account_id)
        ids = [row[0] for row in known]
        users = list((await current_vocabulary(store, account.account_id)).users)
        random = Random(SEED)
        houses = properties(random, int(contacts * PER_CONTACT["properties"]), now=NOW, agents=users, owners=ids)
        await _put(store, account, houses)
        await _put(store, account, _others(random, int(contacts * PER_CONTACT["others"]), ids))
    finally:
        await store.close()


def _others(random: Random, count: int, contacts: Sequence[int]) -> Iterator[Record]:
    kinds: tuple[type[Note] | type[Todo] | type[Message], ...] = (Note, Todo, Message, Note)
    for number in range(count):
        chosen = (random.choice(contacts),)
        yield kinds[number % 4](title=f"Rückruf {number}", body=_TEXT, contact_ids=chosen, starts_at=NOW)


async def _put(store: Store, account: Account, records: Iterator[Record]) -> None:
    while some := list(islice(records, AT_ONCE)):
        await store.write(account.account_id, _inserting(some))


def _inserting(records: Sequence[Record]) -> Callable[[Transaction], Any]:
    async def work(tx: Transaction) -> None:
        rows = []
        for record in records:
            own = msgspec.structs.replace(record, id=await next_id(tx), version=1, created_at=NOW, updated_at=NOW)
            resource = BY_RECORD[type(own)]
            doc = msgspec.json.encode(own).decode()
            rows.append((tx.account_id, resource.name, own.id, resource.position(own), micros(NOW), 0, doc))
        columns = "account_id, resource, id, position, updated_at, deleted_at, doc"
        if tx.engine == "sqlite":
            await tx.run_many(f"INSERT INTO records ({columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)", rows)
            return
        # As texts: of a list of numbers the driver takes the first one's size for all.
        lists: list[Any] = [[str(value) for value in column] for column in zip(*rows, strict=True)]
        kinds = ("bigint", "text", "bigint", "bigint", "bigint", "bigint", "text")
        chosen = ", ".join(f"c{number}::{kind}" for number, kind in enumerate(kinds, 1))
        given = ", ".join(f"${number}::text[]" for number in range(1, 8))
        names = ", ".join(f"c{number}" for number in range(1, 8))
        await tx.run(f"INSERT INTO records ({columns}) SELECT {chosen} FROM unnest({given}) u ({names})", *lists)

    return work


def _child(name: str, url: str, kind: str = "json") -> Done:
    command = [sys.executable, "-m", "tests.bench.dump", name, url, kind]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process, Watched(process.pid) as memory:
        said, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return msgspec.structs.replace(msgspec.json.decode(said, type=Done), peak=memory.peak)


def measure(name: str, url: str, kind: Format) -> Done:
    """One measurement in this process."""
    gc.disable()  # as `onebook dump` does, and
    keep_small()
    started, cpu = time.perf_counter(), _cpu_seconds()
    with tempfile.TemporaryDirectory(prefix="onebook-dump-") as folder:
        rows = _WORK[name](url, Path(folder), kind)
        seconds, used = time.perf_counter() - started, _cpu_seconds() - cpu
    return Done(rows, seconds, used)


def _cpu_seconds() -> float:
    """Of this process and of those that it has begun and that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def _contacts(url: str, folder: Path, kind: Format) -> int:
    return asyncio.run(_dump(url, folder, kind, [one for one in TABLES_OF_DUMP.tables if one.name == "contacts"]))


def _everything(url: str, folder: Path, kind: Format) -> int:
    return asyncio.run(_dump(url, folder, kind, TABLES_OF_DUMP.tables))


async def _dump(url: str, folder: Path, kind: Format, tables: Sequence[Any]) -> int:
    made = await _dumped(url, folder, kind, tables)
    return sum(file.rows for file in made.manifest.files)


async def dump_everything(url: str, folder: Path) -> Path:
    """All tables of the book dumped to JSON somewhere in a folder; answers where."""
    return (await _dumped(url, folder, "json", TABLES_OF_DUMP.tables)).folder


async def _dumped(url: str, folder: Path, kind: Format, tables: Sequence[Any]) -> Dump:
    store = await open_store(url)
    try:
        account = await account_named(store, ACCOUNT)
        chosen = DumpTables(TABLES_OF_DUMP.dialect, tuple(tables), TABLES_OF_DUMP.again)
        wanted = Wanted((kind,))
        return await write_dump(store, account, chosen, folder, wanted, now=datetime.now(UTC), told=lambda *_: None)
    finally:
        await store.close()


async def _columns(url: str) -> Sequence[DumpColumn]:
    store = await open_store(url)
    try:
        words = await current_vocabulary(store, (await account_named(store, ACCOUNT)).account_id)
        (table,) = (one for one in TABLES_OF_DUMP.tables if one.name == "contacts")
        return table.columns(words)
    finally:
        await store.close()


_WORK: dict[str, Callable[[str, Path, Format], int]] = {
    "contacts": _contacts,
    "everything": _everything,
    "bare_copy": floors.bare_copy,
    "bare_loop": floors.bare_loop,
    "bare_flat": floors.bare_flat,
    "copy": floors.copy,
    "copy_flat": floors.copy_flat,
}


def _reads(url: str, seconds: float) -> tuple[Result, Result]:
    """By-id reads of a server by itself, and while dumps run one after the other as the server starts them."""
    samples, secret = asyncio.run(draw(url)), asyncio.run(_new_key(url))
    (case,) = (one for one in CASES if one.title == READ)
    with serving(url) as server, tempfile.TemporaryDirectory(prefix="onebook-dump-") as folder:
        load = Load(
            port=server.port,
            requests=requests(case, samples, secret, seconds + 1, SEED),
            connections=case.connections,
            warm_up=1.0,
            seconds=seconds,
            repeat=True,
        )
        alone = _loaded(load)
        dump = f"{sys.executable} -m onebook.cli dump --gently --keep 1 --to {folder}/it"
        # In the session of the server, as its own children are: how nice a process is counts within one only.
        dumping = subprocess.Popen(
            ["sh", "-c", f"trap 'kill $!; exit' TERM; while {dump} & wait $!; do :; done"],
            env={**os.environ, "ONEBOOK_DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
        )
        try:
            time.sleep(2)
            beside = _loaded(load)
            if dumping.poll() is not None:
                raise subprocess.CalledProcessError(dumping.returncode, "onebook dump")
        finally:
            dumping.terminate()
            dumping.wait()
    return alone, beside


async def _new_key(url: str) -> str:
    store = await open_store(url)
    try:
        account = await account_named(store, ACCOUNT)
        return (await create_key(store, [account.account_id], "native", now=NOW, rate=0)).secret
    finally:
        await store.close()


def _loaded(load: Load) -> Result:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=msgspec.msgpack.encode(load),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
        timeout=600,
    )
    return msgspec.msgpack.decode(done.stdout, type=Result)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _, asked, where, how = sys.argv
        sys.stdout.buffer.write(msgspec.json.encode(measure(asked, where, msgspec.convert(how, Format))))
    else:
        sys.exit(main())
