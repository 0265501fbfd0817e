"""`python -m tests.bench.imports`: how fast a CSV comes into a book of ROWS contacts, duplicates looked for and not.

A tenth as many new people are written into a CSV, and imported by `onebook import csv` in a process of its own; one in
fifty of them is in the book already. `make bench` runs this after the requests and the dumps.
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
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from msgspec import Struct
from rich import box
from rich.console import Console
from rich.table import Table

from onebook.demo.people import Lists
from onebook.model.contact import Contact, address_of, primary_email, primary_phone
from onebook.model.query import ContactQuery, Page
from onebook.service.access import account_named, open_session
from onebook.service.contacts import find_contacts
from onebook.store.open import open_store
from tests.bench.databases import filled
from tests.bench.fill import ACCOUNT, NOW
from tests.bench.options import BadOption, read_options
from tests.bench.people import crowd
from tests.postgres import NoPostgres

ROOT = Path(__file__).parents[2]
SHARE, FEWEST, KNOWN = 10, 4000, 50
SEED = 77
GOALS = {("sqlite", "merge"): 5000, ("postgresql", "merge"): 3000, ("sqlite", "create"): 20_000}
GOALS["postgresql", "create"] = 20_000
HEADS = "Anrede,Vorname,Nachname,Firma,E-Mail,Telefon,Straße,Hausnummer,PLZ,Ort,Land,Geburtsdatum".split(",")


class Done(Struct, frozen=True):
    """One import: rows, seconds, processor seconds of all its processes, the peak of the largest in MiB."""

    rows: int
    seconds: float
    cpu: float
    peak: float


def main() -> int:
    """Measure and print; 1 where something failed, never because of time."""
    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    table = Table("engine", "import csv", "rows", "rows/s", "cpu µs/row", "peak MiB", "goal", "", box=box.SIMPLE_HEAD)
    try:
        options = read_options(os.environ)
        for engine in options.engines:
            with filled(engine, options.rows, options.folder, lambda _: None) as url:
                for rule, seed in (("merge", SEED), ("create", SEED + 1)):
                    done = _measured(url, rule, options.rows, seed)
                    rate, goal = done.rows / done.seconds, GOALS[engine, rule]
                    verdict = "[green]reached[/green]" if rate >= goal else "[bold red]missed[/bold red]"
                    what = "with the duplicate check" if rule == "merge" else "without it"
                    cells = (f"{done.rows:,}", f"{rate:,.0f}", f"{done.cpu / done.rows * 1e6:.0f}", f"{done.peak:.0f}")
                    table.add_row(engine, what, *cells, f">= {goal:,}", verdict)
    except (BadOption, NoPostgres, subprocess.CalledProcessError) as error:
        console.print(f"bench: {error}", style="red", markup=False)
        return 1
    console.print(table)
    return 0


def _measured(url: str, rule: str, rows: int, seed: int) -> Done:
    count = max(rows // SHARE, FEWEST)
    with tempfile.TemporaryDirectory(prefix="onebook-import-") as folder:
        path = Path(folder) / "people.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADS)
            known = asyncio.run(_known(url, count // KNOWN)) if rule == "merge" else []
            for number, contact in enumerate(_people(rows, count, seed)):
                writer.writerow(_row(known[number // KNOWN] if number % KNOWN == 0 and known else contact))
        command = [sys.executable, "-m", "onebook.cli", "import", "csv", str(path), "--on-duplicate", rule, "--json"]
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        out = subprocess.run([*command, "--database", url], cwd=folder, stdout=subprocess.PIPE, check=True).stdout
        seconds = time.perf_counter() - started
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads(out)
    if told["position"] != count or told["rejected"]:
        raise BadOption(f"the import has not taken every row: {told}")
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return Done(count, seconds, cpu, now.ru_maxrss / 1024)


def _people(rows: int, count: int, seed: int) -> Iterator[Contact]:
    """People that the book does not have: those behind its last one."""
    made = crowd(Random(seed), rows + count, now=NOW, lists=Lists())
    return (one.contact for one in islice(made, rows, None))


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
