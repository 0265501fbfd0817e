"""Filled databases: made once for a run, or once for many where BENCH_DIR says where to keep them.

What is kept is never measured itself: a run works on a copy, for it writes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from onebook.service.search_index import merge_search_index
from onebook.store.open import open_store
from tests import postgres as pg
from tests.bench.fill import Told, fill, fingerprint


@contextlib.contextmanager
def filled(engine: str, rows: int, folder: Path | None, told: Told) -> Iterator[str]:
    """The URL of a database with `rows` contacts, free to be written to. Raises NoPostgres."""
    name = f"{rows}-{fingerprint()}"
    keep = folder is not None
    with contextlib.ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onebook-bench-")))
        place.mkdir(parents=True, exist_ok=True)
        if engine == "sqlite":
            yield stack.enter_context(_sqlite(place, name, rows, told, keep=keep))
            return
        elsewhere = "ONEBOOK_TEST_POSTGRES_URL" in os.environ or not keep
        server = stack.enter_context(pg.running(durable=True) if elsewhere else _kept_cluster(place))
        yield stack.enter_context(_postgres(server, name, rows, told, keep=keep))


@contextlib.contextmanager
def _sqlite(folder: Path, name: str, rows: int, told: Told, *, keep: bool) -> Iterator[str]:
    kept, work = folder / f"book-{name}.db", folder / "work.db"
    if not kept.exists():
        filling = folder / f"filling-{name}.db"
        _remove(filling)
        asyncio.run(_fill_sqlite(f"sqlite:///{filling}", rows, told))
        filling.rename(kept)
    _remove(work)
    if keep:
        shutil.copyfile(kept, work)
    else:
        kept.rename(work)
    try:
        yield f"sqlite:///{work}"
    finally:
        _remove(work)


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


@contextlib.contextmanager
def _postgres(server: pg.Server, name: str, rows: int, told: Told, *, keep: bool) -> Iterator[str]:
    if not keep:
        with server.database() as url:
            asyncio.run(_fill_postgres(url, rows, told))
            yield url
        return
    kept = f"onebook_bench_{name.replace('-', '_')}"
    if not _run(server, sql.SQL("SELECT FROM pg_database WHERE datname = {}").format(kept)):
        with server.database() as url:
            asyncio.run(_fill_postgres(url, rows, told))
            _run(server, sql.SQL("ALTER DATABASE {} RENAME TO {}").format(_name(url), sql.Identifier(kept)))
    with server.database() as url:
        server.drop(url)
        _copy(server, sql.Identifier(kept), _name(url))
        yield url


async def _fill_sqlite(url: str, rows: int, told: Told) -> None:
    await fill(url, rows, told)
    # What the server does at night.
    store = await open_store(url)
    try:
        await merge_search_index(store)
    finally:
        await store.close()


async def _fill_postgres(url: str, rows: int, told: Told) -> None:
    await fill(url, rows, told)
    # What autovacuum does in the minutes after a large import.
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("VACUUM (ANALYZE)")


def _copy(server: pg.Server, source: sql.Identifier, target: sql.Identifier) -> None:
    owner = sql.SQL(" OWNER {}").format(sql.Identifier(server.owner)) if server.owner else sql.SQL("")
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        # Without it PostgreSQL 15 and later write the whole copy into the log, which takes several times as long.
        by_files = sql.SQL(" STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else "")
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}{}{}").format(target, source, owner, by_files))


def _run(server: pg.Server, statement: sql.Composed) -> int:
    """How many rows it answers."""
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        return connection.execute(statement).rowcount


def _name(url: str) -> sql.Identifier:
    return sql.Identifier(urlsplit(url).path.removeprefix("/"))


@contextlib.contextmanager
def _kept_cluster(folder: Path) -> Iterator[pg.Server]:
    """A PostgreSQL whose files stay in `folder`, as durable as in production."""
    with tempfile.TemporaryDirectory(prefix="onebook-pg-", dir="/tmp") as spare:
        programs = pg._readable(pg.find_binaries(), spare)
        cluster = folder / f"postgresql-{pg.version(programs)}"
        cluster.mkdir(exist_ok=True)
        Path(spare).chmod(0o777)  # the socket is made in it by the user whom PostgreSQL runs as
        if os.geteuid() == 0:
            os.chown(cluster, pwd.getpwnam("nobody").pw_uid, -1)
        log = cluster / "log"
        if not (cluster / "data" / "PG_VERSION").exists():
            shutil.rmtree(cluster / "data", ignore_errors=True)
            pg._initialise(programs, cluster, pg.SETTINGS, log)
        control: list[str | Path] = [programs / "pg_ctl", "-D", cluster / "data", "-w", "-t", "120"]
        pg._run([*control, "-o", f"-k {spare}", "start"], log, cluster)
        try:
            yield pg._prepared(f"postgresql://postgres@/postgres?host={spare}&port=5432")
        finally:
            pg._run([*control, "-m", "fast", "stop"], log, cluster)
