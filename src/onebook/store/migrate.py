"""The schema brought forward when a database is opened, and refused when it is newer than this program."""

from __future__ import annotations

from importlib import resources

import apsw
import psycopg

from onebook.errors import Unavailable
from onebook.store.database import Engine
from onebook.store.postgres import one_line
from onebook.store.sqlite import connect

_LOCK = 0x0EB00C
_TABLE = "CREATE TABLE IF NOT EXISTS schema_version (account_id bigint NOT NULL PRIMARY KEY, version bigint NOT NULL)"
_READ = "SELECT version FROM schema_version WHERE account_id = 0"


def steps(engine: Engine) -> list[tuple[int, str]]:
    """Every migration of `engine`, in order: its number and its statements."""
    folder = resources.files("onebook.store.migrations")
    ending = ".sqlite.sql" if engine == "sqlite" else ".postgres.sql"
    found = [(int(file.name[:4]), file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(ending)]
    return sorted(found)


def pending(engine: Engine, version: int) -> list[tuple[int, str]]:
    """What brings a database at `version` up to date. Raises Unavailable where it is newer than the program."""
    known = steps(engine)
    newest = known[-1][0]
    if version > newest:
        raise Unavailable(
            f"the database is at schema {version}, this program knows {newest} at most: install a newer onebook"
        )
    return [(number, sql) for number, sql in known if number > version]


def migrate_sqlite(path: str) -> None:
    """Bring the file at `path` up to date, all of it or nothing."""
    connection = connect(path, cache_kib=4096)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute(_TABLE)
        row = connection.execute(_READ).fetchone()
        for number, sql in pending("sqlite", row[0] if row else 0):
            connection.execute(sql)
            connection.execute("INSERT OR REPLACE INTO schema_version VALUES (0, ?)", (number,))
        connection.execute("COMMIT")
    except apsw.Error as error:
        raise Unavailable(f"cannot prepare the database {path}: {error}") from error
    finally:
        connection.close()


async def migrate_postgres(url: str) -> None:
    """Bring the database at `url` up to date, all of it or nothing; several programs starting at once wait in turn."""
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=10) as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            await connection.execute("SET LOCAL onebook.account = '0'")
            if await (await connection.execute("SELECT to_regclass('schema_version')")).fetchone() == (None,):
                await connection.execute(_TABLE)
            row = await (await connection.execute(_READ)).fetchone()
            for number, sql in pending("postgresql", row[0] if row else 0):
                await connection.execute(sql.encode())
                statement = (
                    "INSERT INTO schema_version VALUES (0, %s)"
                    " ON CONFLICT (account_id) DO UPDATE SET version = excluded.version"
                )
                await connection.execute(statement, (number,))
    except psycopg.OperationalError as error:
        raise Unavailable(f"cannot reach the database: {one_line(error)}") from error
    except psycopg.Error as error:
        raise Unavailable(f"cannot prepare the database: {one_line(error)}") from error
