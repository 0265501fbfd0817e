"""Every table spread over the machines of a Citus cluster by account (docs.citusdata.com, create_distributed_table)."""

from __future__ import annotations

import psycopg

from onebook.errors import Unavailable
from onebook.store.database import Store
from onebook.store.postgres import PostgresStore, one_line

_FIRST = "accounts"
"""The table that the others are colocated with; foreign keys point to it, so it goes first."""

_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY oid"
_DONE = "SELECT logicalrel::text FROM pg_dist_partition"


async def distribute(store: Store) -> list[str]:
    """Distribute by `account_id`, and colocate, every table that is not yet; answers their names.

    Raises Unavailable where the database is not PostgreSQL with Citus, or refuses.
    """
    if not isinstance(store, PostgresStore):
        raise Unavailable("only PostgreSQL can be distributed: give --database postgresql://…")
    try:
        async with await psycopg.AsyncConnection.connect(store.url) as connection:
            found = await connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'citus'")
            if await found.fetchone() is None:
                raise Unavailable(
                    "the extension Citus is not in this database: install it on every machine,"
                    " then let a superuser run CREATE EXTENSION citus in it"
                )
            done = {row[0] for row in await (await connection.execute(_DONE)).fetchall()}
            tables = [row[0] for row in await (await connection.execute(_TABLES)).fetchall() if row[0] not in done]
            for table in sorted(tables, key=lambda name: name != _FIRST):
                beside = "default" if table == _FIRST else _FIRST
                await connection.execute(
                    "SELECT create_distributed_table(%s, 'account_id', colocate_with => %s)", (table, beside)
                )
            return tables
    except psycopg.Error as error:
        raise Unavailable(f"the database refuses: {one_line(error)}") from error
