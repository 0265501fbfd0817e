"""`python -m tests.bench.imports`: how fast a CSV comes into a book of ROWS contacts, and a dump into an empty one.

A tenth as many new people are written into a CSV, and imported by `onebook import csv` in a process of its own; one in
fifty of them is in the book already. Beside each figure stands its floor: the same rows inserted by the driver alone.
The dump is of a book of its own, of 20,000 contacts at most with their other tables.
`make bench` runs this after the requests and the dumps.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct
from rich import box
from rich.console import Console
from rich.table import Table

from onebook.demo.people import Lists
from onebook.model.account import Account
from onebook.model.contact import Contact, address_of, primary_email, primary_phone
from onebook.model.query import ContactQuery, Page
from onebook.service.access import account_named, create_account, open_session
from onebook.service.contacts import find_contacts
from onebook.store.contacts import count_contacts
from onebook.store.open import open_store
from tests.bench.databases import filled
from tests.bench.dump import dump_everything, fill_rest
from tests.bench.fill import ACCOUNT, NOW
from tests.bench.import_floor import floor_of_imports
from tests.bench.memory import Watched
from tests.bench.options import BadOption, Options, read_options
from tests.bench.people import crowd
from tests.postgres import NoPostgres

ROOT = Path(__file__).parents[2]
SHARE, FEWEST, USUAL, KNOWN = 10, 4000, 40_000, 50
BARE = 20_000
"""People whom the driver inserts alone."""
EMPTY = "empty"
DUMPED = 20_000
"""Contacts of the book whose dump is imported."""
SEED = 77
GOALS = {("sqlite", "merge"): 5000, ("postgresql", "merge"): 3000, ("sqlite", "create"): 20_000}
GOALS["postgresql", "create"] = 20_000
WHAT = {"merge": "csv, with the duplicate check", "create": "csv, without it"}
FOUND = 0.95
"""At least so many of those who are in the book must be known again."""
HEADS = "Anrede,Vorname,Nachname,Firma,E-Mail,Telefon,Straße,Hausnummer,PLZ,Ort,Land,Geburtsdatum".split(",")


class Done(Struct, frozen=True):
    """One import: rows, seconds, processor seconds of all its processes, and their peak in MiB together."""

    rows: int
    seconds: float
    cpu: float
    peak: float


class People(Struct, frozen=True):
    """Who is imported with the check and without it, and who is inserted bare: none of them in the book."""

    merge: Sequence[Contact]
    create: Sequence[Contact]
    bare: Sequence[Contact]


def main() -> int:
    """Measure and print; 1 where something failed, never because of time."""
    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    heads = ("engine", "import", "rows", "rows/s", "bare/s", "of bare", "cpu µs/row", "peak MiB", "goal", "")
    table = Table(*heads, box=box.SIMPLE_HEAD)

    def tell(text: str) -> None:
        console.print(f"bench: {text}", style="dim", markup=False)

    try:
        options = read_options(os.environ)
        tell(f"making up {2 * _count(options.rows) + BARE:,} people who are not among the first {options.rows:,}")
        people = _people(options.rows)
        for engine in options.engines:
            for row in _engine(engine, options, people, tell):
                table.add_row(*row)
            table.add_row(engine, "propstack-dump", *_dump_of(engine, options, tell), "", "")
    except (BadOption, NoPostgres, subprocess.CalledProcessError) as error:
        console.print(f"bench: {error}", style="red", markup=False)
        return 1
    console.print(table)
    return 0


def _engine(engine: str, options: Options, people: People, tell: Callable[[str], None]) -> Iterator[Sequence[str]]:
    tell(f"{engine}: a book of {options.rows:,}")
    with filled(engine, options.rows, options.folder, lambda _: None) as url:
        account = asyncio.run(_account(url))
        known = asyncio.run(_known(url, len(people.merge) // KNOWN))
        measured: list[tuple[str, Done]] = []
        for rule, newcomers in (("merge", people.merge), ("create", people.create)):
            tell(f"{engine}: {len(newcomers):,} rows {WHAT[rule]}")
            measured.append((rule, _measured(url, rule, newcomers, known if rule == "merge" else [])))
        tell(f"{engine}: {len(people.bare):,} rows by the driver alone")
        bare = asyncio.run(floor_of_imports(url, account.account_id, people.bare))
    for rule, done in measured:
        rate, goal = done.rows / done.seconds, GOALS[engine, rule]
        verdict = "[green]reached[/green]" if rate >= goal else "[bold red]missed[/bold red]"
        cells = (f"{done.rows:,}", f"{rate:,.0f}", f"{bare:,.0f}", f"{rate / bare:.2f}")
        cost = (f"{done.cpu / done.rows * 1e6:.0f}", f"{done.peak:.0f}")
        yield engine, WHAT[rule], *cells, *cost, f">= {goal:,}", verdict


def _count(rows: int) -> int:
    return max(rows // SHARE, min(rows, USUAL), FEWEST)


def _people(rows: int) -> People:
    """Those behind the last one of the book: each has a number that is in its address."""
    count = _count(rows)
    made = crowd(Random(SEED), rows + 2 * count + BARE, now=NOW, lists=Lists())
    found = [one.contact for one in islice(made, rows, None)]
    return People(found[:count], found[count : 2 * count], found[2 * count :])


def _measured(url: str, rule: str, people: Sequence[Contact], known: Sequence[Contact]) -> Done:
    before = asyncio.run(_size(url))
    with tempfile.TemporaryDirectory(prefix="onebook-import-") as folder:
        path = Path(folder) / "people.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADS)
            for number, contact in enumerate(people):
                writer.writerow(_row(known[number // KNOWN] if number % KNOWN == 0 and known else contact))
        told, done = _imported(["csv", str(path), "--on-duplicate", rule, "--database", url], folder)
    made, found = told["created"], told["changed"] + told["skipped"]
    wanted = len(people) // KNOWN * FOUND if known else 0
    if told["position"] != len(people) or told["rejected"] or made + found != len(people) or found < wanted:
        raise BadOption(f"the import has not taken every row as it should: {told}")
    if asyncio.run(_size(url)) != before + made:
        raise BadOption(f"the book has not grown by {made:,} contacts")
    return done


def _imported(words: list[str], folder: str) -> tuple[dict[str, Any], Done]:
    """`onebook import` in a process of its own: what it tells, and what it takes."""
    command = [sys.executable, "-m", "onebook.cli", "import", *words, "--json"]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE)
    with process, Watched(process.pid, mapped=False) as memory:
        out, _ = process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    told: dict[str, Any] = json.loads(out)
    return told, Done(told["total"], seconds, cpu, memory.peak)


def _dump_of(engine: str, options: Options, tell: Callable[[str], None]) -> Sequence[str]:
    """The cells of a dump's import into an empty account of the database that it is of."""
    contacts = min(options.rows, DUMPED)
    tell(f"{engine}: a dump of {contacts:,} contacts with all else into an empty account")
    with filled(engine, contacts, None, lambda _: None) as url, tempfile.TemporaryDirectory() as folder:
        asyncio.run(fill_rest(url, contacts))
        place = asyncio.run(dump_everything(url, Path(folder)))
        asyncio.run(_add_account(url))
        words = ["propstack-dump", str(place), "--account", EMPTY, "--database", url]
        told, done = _imported(words, folder)
    if told["created"] != told["total"] or told["rejected"] or told["position"] != told["total"]:
        raise BadOption(f"the import has not taken every row as it should: {told}")
    cost = (f"{done.cpu / done.rows * 1e6:.0f}", f"{done.peak:.0f}")
    return (f"{done.rows:,}", f"{done.rows / done.seconds:,.0f}", "", "", *cost)


async def _add_account(url: str) -> None:
    store = await open_store(url)
    try:
        zone = "Europe/Berlin"
        await create_account(store, EMPTY, now=NOW, country="DE", language="de", timezone=zone, customer_id=None)
    finally:
        await store.close()


async def _account(url: str) -> Account:
    store = await open_store(url)
    try:
        return await account_named(store, ACCOUNT)
    finally:
        await store.close()


async def _size(url: str) -> int:
    store = await open_store(url)
    try:
        account = await account_named(store, ACCOUNT)
        return await count_contacts(store.reader(account.account_id), ContactQuery(archived=None), account.country)
    finally:
        await store.close()


async def _known(url: str, count: int) -> list[Contact]:
    store = await open_store(url)
    try:
        account = await account_named(store, ACCOUNT)
        session = await open_session(store, account, now=NOW, actor=ACCOUNT, via="bench")
        return await find_contacts(session.view, ContactQuery(kinds=("person",)), Page(limit=count + 1))
    finally:
        await store.close()


def _row(contact: Contact) -> list[str]:
    place = address_of(contact, "home", "office")
    parts = (place.street, place.house_number, place.zip, place.city, place.country) if place else ("",) * 5
    born = contact.birth_date.isoformat() if contact.birth_date else ""
    salutation = {"mr": "Herr", "ms": "Frau"}.get(contact.salutation or "", "")
    names = (contact.first_name, contact.last_name, contact.company)
    ways = (primary_email(contact), primary_phone(contact))
    return [salutation, *(text or "" for text in (*names, *ways, *parts)), born]


if __name__ == "__main__":
    sys.exit(main())
