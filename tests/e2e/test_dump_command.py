"""`onebook dump` as a process: killed at any moment, on a full disk, twice at once, and by the server at its time."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from onebook import cli
from onebook.app import build_app
from onebook.dialects.propstack.dump import TABLES_OF_DUMP
from onebook.errors import Unavailable
from onebook.jobs.dumps import DumpPlan, dump_account
from onebook.jobs.schedule import Job, daily_at, scheduled
from onebook.model.account import Account
from onebook.model.document import Document
from onebook.service.contacts import create_contact
from onebook.service.documents import take_body, with_body
from onebook.service.dump import Wanted, write_dump
from onebook.service.dump_documents import FOLDER as BODIES
from onebook.service.dumps import MANIFEST, Dump, dump_folder, dumps_of, is_behind, newest_dump
from onebook.service.records import create_record
from onebook.service.session import Unit
from onebook.settings import Settings
from tests.book import Book, fill, new_account, opened
from tests.callers import running
from tests.e2e.server import ONEBOOK

PATIENCE = 60
KILLS = 10
_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ONEBOOK_")}


async def filled(url: str, contacts: int) -> Account:
    """A book with one account and so many contacts."""
    async with opened(url) as store:
        book = Book(store, await new_account(store))

        chance = random.Random(7)

        async def work(unit: Unit) -> None:
            for number in range(contacts):
                await create_contact(
                    unit,
                    fill(last_name=f"Tango {number}", description=chance.randbytes(200).hex()),
                )

        await (await book.session()).write(work)
        return book.account


def command(folder: Path, url: str, *words: str) -> list[str]:
    """`onebook dump` into `folder`."""
    return [ONEBOOK, "dump", "--database", url, "--to", str(folder), *words]


def run(
    folder: Path, url: str, *words: str, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command, run to its end; `before` is called in its process."""
    return subprocess.run(
        command(folder, url, *words),
        env=_ENVIRONMENT,
        cwd=folder.parent,
        preexec_fn=before,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def check_whole(made: Dump) -> None:
    """Every file is there, byte for byte what the manifest says."""
    there = {place.name for place in made.folder.iterdir()} - {BODIES}
    assert there == {MANIFEST, *(file.path for file in made.manifest.files)}
    for file in made.manifest.files:
        content = (made.folder / file.path).read_bytes()
        assert (file.bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def under_way(folder: Path) -> list[Path]:
    """What a dump that has not ended writes to."""
    return list(folder.glob("*/.unfinished-*"))


def wait_for_start(folder: Path, process: subprocess.Popen[str]) -> None:
    """Until the dump writes its first file."""
    until = time.monotonic() + PATIENCE
    while not under_way(folder) and time.monotonic() < until and process.poll() is None:
        time.sleep(0.002)


def kill_under_way(folder: Path, url: str, seconds: float, *words: str) -> bool:
    """Begin a dump and kill it so long after its first file was begun; False where it had ended already."""
    with subprocess.Popen(command(folder, url, *words), env=_ENVIRONMENT, text=True) as process:
        wait_for_start(folder, process)
        time.sleep(seconds)
        others = children(process.pid)
        process.kill()
        status = process.wait(PATIENCE)
    until = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{one}/exe").exists() for one in others) and time.monotonic() < until:
        time.sleep(0.002)
    assert not any(Path(f"/proc/{one}/exe").exists() for one in others)  # nobody goes on for a dump that is none
    return status == -signal.SIGKILL


def seconds_of(folder: Path, url: str, *words: str) -> float:
    """How long a dump takes from its first file on."""
    with subprocess.Popen(command(folder, url, *words), env=_ENVIRONMENT, text=True) as process:
        wait_for_start(folder, process)
        started = time.monotonic()
        assert process.wait(PATIENCE) == 0
        return time.monotonic() - started


def children(pid: int) -> list[int]:
    """The processes that a process has begun."""
    with contextlib.suppress(OSError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def twice(folder: Path, url: str) -> tuple[int, subprocess.CompletedProcess[str]]:
    """A dump that is held up while a second one is tried; the first one's exit status, and the second one."""
    with subprocess.Popen(command(folder, url, "--format", "parquet"), env=_ENVIRONMENT, text=True) as first:
        wait_for_start(folder, first)
        os.kill(first.pid, signal.SIGSTOP)
        try:
            second = run(folder, url)
        finally:
            os.kill(first.pid, signal.SIGCONT)
        return first.wait(PATIENCE), second


async def test_a_kill_at_any_moment_leaves_the_last_good_dump_and_the_next_one_works(
    sqlite_url: str, tmp_path: Path
) -> None:
    account, folder = await filled(sqlite_url, 2_000), tmp_path / "dumps"
    words = ("--format", "json", "--format", "parquet")
    # With other processes it takes longer until anything is written.
    ways = [(*words, "--processes", count) for count in ("0", "2", "0")]
    long = {way: seconds_of(folder, sqlite_url, *way) for way in ways}
    good = newest_dump(folder, account)
    assert good is not None
    chance = random.Random(5)
    killed = tries = 0
    while killed < KILLS:
        tries += 1
        assert tries < 6 * KILLS
        way = ways[tries % 3]
        if kill_under_way(folder, sqlite_url, chance.random() * 0.9 * long[way], *way):
            killed += 1
        else:
            long[way] /= 2  # the machine has got faster since: a dump that had ended already is no test
        newest = newest_dump(folder, account)
        assert newest is not None
        if newest.folder == good.folder:
            assert newest == good
        good = newest
        check_whole(good)
    after = run(folder, sqlite_url, *words)
    assert after.returncode == 0, after.stderr
    assert under_way(folder) == []
    for made in dumps_of(folder, account):
        check_whole(made)


def little_disk() -> None:
    """Let no file of this process grow past 200 kB."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


async def test_a_full_disk_is_told_in_one_line_and_leaves_the_last_good_dump(sqlite_url: str, tmp_path: Path) -> None:
    account, folder = await filled(sqlite_url, 1_500), tmp_path / "dumps"
    assert run(folder, sqlite_url).returncode == 0
    good = newest_dump(folder, account)
    assert good is not None
    for kind in ("json", "parquet"):
        full = run(folder, sqlite_url, "--format", kind, before=little_disk)

        assert full.returncode == 1
        assert len(full.stderr.splitlines()) == 1
        assert "cannot write the dump" in full.stderr
        assert dumps_of(folder, account) == [good]
        check_whole(good)
        assert under_way(folder) == []


async def test_a_second_dump_at_the_same_time_is_refused_and_harms_nobody(sqlite_url: str, tmp_path: Path) -> None:
    account, folder = await filled(sqlite_url, 2_000), tmp_path / "dumps"
    status, second = twice(folder, sqlite_url)

    assert status == 0
    assert (second.returncode, second.stdout) == (1, "")
    assert "another dump" in second.stderr
    (made,) = dumps_of(folder, account)
    check_whole(made)


async def test_the_command_says_what_it_wrote(database_url: str, tmp_path: Path) -> None:
    account, folder = await filled(database_url, 3), tmp_path / "dumps"
    plain = run(folder, database_url)
    made = run(folder, database_url, "--json", "--format", "jsonl", "--account", "agentur")

    assert plain.returncode == 0, plain.stderr
    assert "40 files, 3 rows" in plain.stdout
    (told,) = msgspec.json.decode(made.stdout)
    assert told["manifest"]["account_id"] == account.account_id
    assert {file["format"] for file in told["manifest"]["files"]} == {"jsonl"}
    assert told["folder"].startswith(str(folder))


def test_without_to_the_dump_lies_beside_the_sqlite_file_or_where_the_setting_says() -> None:
    assert dump_folder("sqlite:////var/lib/onebook/book.db", None) == Path("/var/lib/onebook/dumps")
    assert dump_folder("sqlite:///book.db", None) == Path("dumps")
    assert dump_folder("postgresql://db/book", None) == Path("dumps")
    assert dump_folder("sqlite:///book.db", Path("mine")) == Path("mine")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--format", "xml"], 2, "there is no format xml; there are: json, jsonl, parquet"),
        (["--since", "yesterday"], 2, "--since: must be a date or a moment in ISO 8601"),
        (["--since", "77"], 2, "there is no position 77 of the change feed"),
        (["--account", "nobody"], 1, "there is no account nobody"),
        (["--keep", "-1"], 2, "onebook dump --help"),
    ],
)
def test_a_mistake_is_one_line(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: Sequence[str], status: int, said: str
) -> None:
    asyncio.run(filled(sqlite_url, 1))
    done = cli.run(["dump", "--database", sqlite_url, "--to", str(tmp_path / "dumps"), *words])
    told = capsys.readouterr()

    assert (done, told.out) == (status, "")
    assert said in told.err
    assert len(told.err.splitlines()) == 1


def test_parquet_without_its_library_says_what_to_install(tmp_path: Path) -> None:
    hidden = tmp_path / "pyarrow"
    hidden.mkdir()
    (hidden / "__init__.py").write_text("raise ImportError('no pyarrow here')")
    code = "from onebook.cli import run; import sys; sys.exit(run(['dump', '--format', 'parquet']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**_ENVIRONMENT, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'onebook[bulk]'" in done.stderr


async def with_document(url: str, account: Account, data: bytes) -> None:
    """A document that has a file, kept in the database."""
    async with opened(url) as store:
        session = await Book(store, account).session()
        body = await take_body(session, data, "a.txt", None)

        async def work(unit: Unit) -> Document:
            return await create_record(unit, await with_body(unit, Document(file_name="a.txt"), body))

        await session.write(work)


async def test_the_server_dumps_an_account_at_its_time_of_its_own_day(sqlite_url: str, tmp_path: Path) -> None:
    account, folder = await filled(sqlite_url, 5), tmp_path / "dumps"
    await with_document(sqlite_url, account, b"Guten Tag")
    due = (datetime.now(ZoneInfo(account.timezone)) + timedelta(seconds=3)).replace(microsecond=0)
    settings = Settings(
        database_url=sqlite_url, dump_at=due.time(), dump_formats=("json", "jsonl"), dump_documents=True
    )
    one, other = (build_app(settings, jobs=True) for _ in range(2))
    async with running(one), running(other):  # two processes of one server: one of them does it
        until = time.monotonic() + PATIENCE
        while newest_dump(folder, account) is None and time.monotonic() < until:  # noqa: ASYNC110 - files tell nobody
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)

    (only,) = dumps_of(folder, account)
    check_whole(only)
    assert {file.format for file in only.manifest.files} == {"json", "jsonl"}
    assert only.manifest.created_at >= due
    assert [file.read_bytes() for file in only.folder.glob(f"{BODIES}/*")] == [b"Guten Tag"]


async def test_accounts_of_the_same_night_take_turns_and_a_job_that_fails_stops_no_other(
    sqlite_url: str, tmp_path: Path
) -> None:
    zone = ZoneInfo((await filled(sqlite_url, 0)).timezone)
    done: list[str] = []
    under_way = most = 0

    async def work(account: Account) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        done.append(account.name)
        if account.name == "Agentur":
            raise RuntimeError("a bug")

    async with opened(sqlite_url) as store:
        for name in ("Zwei", "Drei"):
            await new_account(store, name)
        due = (datetime.now(zone) + timedelta(seconds=2)).time().replace(microsecond=0)
        async with scheduled(store, tmp_path / "dumps", [Job("work", due, work)]):
            until = time.monotonic() + PATIENCE
            while len(done) < 3 and time.monotonic() < until:  # noqa: ASYNC110 - jobs tell nobody
                await asyncio.sleep(0.05)

    assert (sorted(done), most) == (["Agentur", "Drei", "Zwei"], 1)


async def test_a_server_that_is_stopped_ends_the_dump_that_it_began(sqlite_url: str, tmp_path: Path) -> None:
    account = await filled(sqlite_url, 1)
    plan = DumpPlan(sqlite_url, tmp_path / "dumps", ["json"], 7)
    dumping = asyncio.ensure_future(dump_account(plan, account))
    await asyncio.sleep(0.2)
    dumping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dumping

    assert newest_dump(tmp_path / "dumps", account) is None


async def test_a_nightly_dump_that_fails_says_why(sqlite_url: str, tmp_path: Path) -> None:
    account = await filled(sqlite_url, 1)
    (tmp_path / "file").touch()

    with pytest.raises(Unavailable, match="of account 1 failed: onebook: cannot write to"):
        await dump_account(DumpPlan(sqlite_url, tmp_path / "file", ["json"], 7), account)


@pytest.mark.parametrize(
    ("zone", "now", "due"),
    [
        ("Europe/Berlin", "2026-01-10T12:00:00+00:00", "2026-01-11T02:30:00+00:00"),
        ("America/Mexico_City", "2026-01-10T12:00:00+00:00", "2026-01-11T09:30:00+00:00"),
        # The nights in which the clocks are put forward, and back.
        ("Europe/Berlin", "2026-03-28T12:00:00+00:00", "2026-03-29T01:30:00+00:00"),
        ("Europe/Berlin", "2026-10-24T12:00:00+00:00", "2026-10-25T02:30:00+00:00"),
    ],
)
def test_the_time_is_that_of_the_account_s_own_day(zone: str, now: str, due: str) -> None:
    account = Account(account_id=1, name="A", customer_id="M1", timezone=zone, created_at=datetime.now(UTC))
    trigger = daily_at(account, clock(3, 30))

    assert trigger.get_next_fire_time(None, datetime.fromisoformat(now)) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("zone", "at", "since", "due"),
    [
        # 02:30 is there twice, 00:30 and 00:00 are not there.
        ("Europe/Berlin", clock(2, 30), "2026-10-24T12:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
        ("Europe/Berlin", clock(2, 30), "2026-03-28T12:00Z", ["2026-03-29T01:30Z", "2026-03-30T00:30Z"]),
        ("America/Havana", clock(0, 30), "2026-03-07T12:00Z", ["2026-03-08T05:30Z", "2026-03-09T04:30Z"]),
        ("America/Santiago", clock(0, 0), "2026-09-05T12:00Z", ["2026-09-06T04:00Z", "2026-09-07T03:00Z"]),
        ("America/Mexico_City", clock(2, 30), "2026-04-04T12:00Z", ["2026-04-05T08:30Z", "2026-04-06T08:30Z"]),
    ],
)
def test_every_day_has_its_one_dump_also_when_the_clocks_change(
    zone: str, at: clock, since: str, due: Sequence[str]
) -> None:
    account = Account(account_id=1, name="A", customer_id="M1", timezone=zone, created_at=datetime.now(UTC))
    trigger = daily_at(account, at)
    now = datetime.fromisoformat(since)
    for one in map(datetime.fromisoformat, due):
        found = trigger.get_next_fire_time(None, now)
        assert found == one
        assert trigger.get_next_fire_time(found, found) == trigger.get_next_fire_time(None, found + timedelta(hours=2))
        assert trigger.last_before(found + timedelta(hours=1)) == found
        now = found + timedelta(seconds=1)


async def test_a_server_that_was_not_there_at_the_time_makes_up_for_it(sqlite_url: str, tmp_path: Path) -> None:
    account, folder = await filled(sqlite_url, 1), tmp_path / "dumps"
    before = datetime.now(UTC) - timedelta(days=2)
    assert not is_behind(folder, account, datetime.now(UTC))
    async with opened(sqlite_url) as store:
        done = asyncio.Event()

        async def dump(now: datetime) -> None:
            await write_dump(store, account, TABLES_OF_DUMP, folder, Wanted(), now=now, told=lambda *_: None)

        async def work(_: Account) -> None:
            await dump(datetime.now(UTC))
            done.set()

        await dump(before)
        later = (datetime.now(ZoneInfo(account.timezone)) + timedelta(hours=3)).time()
        job = Job("dump", later, work, partial(is_behind, folder))
        async with scheduled(store, folder, [job]):
            await asyncio.wait_for(done.wait(), PATIENCE)
        done.clear()
        async with scheduled(store, folder, [job]):
            await asyncio.sleep(0.3)
        assert not done.is_set()
    assert len(dumps_of(folder, account)) == 2
