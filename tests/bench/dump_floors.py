"""What a dump is held against: drivers that copy the same bytes, and PostgreSQL's own COPY."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apsw
import msgspec
import psycopg
from psycopg import sql

from onebook.model.contact import Contact
from onebook.service.dump_encoding import Format
from onebook.service.dump_tables import DumpColumn
from onebook.store.open import sqlite_path

Dumped = Callable[[str, Path, Format], int]
"""Dumps the contacts of a database into a folder."""


def bare_copy(url: str, folder: Path, kind: Format) -> int:
    """Every contact's document, read and written as it is."""
    rows = 0
    with (folder / "bare").open("w") as file:
        for (doc,) in apsw.Connection(sqlite_path(url)).execute("SELECT doc FROM contacts ORDER BY account_id, id"):
            file.write(doc)
            file.write(",\n")
            rows += 1
        file.flush()
        os.fsync(file.fileno())
    return rows


def bare_loop(url: str, folder: Path, kind: Format) -> int:
    """Every contact's document, decoded and encoded again."""
    rows, decode, encode = 0, msgspec.json.Decoder(Contact).decode, msgspec.json.Encoder().encode
    with (folder / "bare").open("wb") as file:
        for (doc,) in apsw.Connection(sqlite_path(url)).execute("SELECT doc FROM contacts ORDER BY account_id, id"):
            file.write(encode(decode(doc)))
            file.write(b",\n")
            rows += 1
        file.flush()
        os.fsync(file.fileno())
    return rows


def flatten(url: str, place: str, dumped: Dumped) -> None:
    """A table with the dump's columns and rows, which the dump would be if the book were kept that way."""
    with tempfile.TemporaryDirectory(prefix="onebook-dump-") as folder:
        dumped(url, Path(folder), "jsonl")
        (file,) = Path(folder).glob("*/*/contacts.jsonl")
        flat = apsw.Connection(place)
        with flat, file.open("rb") as lines:
            first: dict[str, Any] = msgspec.json.decode(next(lines))
            flat.execute("CREATE TABLE flat ({})".format(", ".join(f'"{name}"' for name in first)))
            marks = ", ".join("?" * len(first))
            lines.seek(0)
            flat.executemany(f"INSERT INTO flat VALUES ({marks})", (_flat(line) for line in lines))
        flat.close()


def _flat(line: bytes) -> tuple[Any, ...]:
    values = msgspec.json.decode(line, type=dict[str, Any]).values()
    return tuple(msgspec.json.encode(one).decode() if isinstance(one, list | dict) else one for one in values)


def bare_flat(url: str, folder: Path, kind: Format) -> int:
    """Every row of the flat table, encoded and written."""
    rows, connection = 0, apsw.Connection(sqlite_path(url))
    names = [column for _, column, *_ in connection.execute("PRAGMA table_info(flat)")]
    keys = {f"_{number}": name for number, name in enumerate(names)}
    line = msgspec.defstruct("Line", [(name, Any) for name in keys], rename=keys, gc=False)
    encode = msgspec.json.Encoder().encode
    with (folder / "bare").open("wb") as file:
        for row in connection.execute("SELECT * FROM flat"):
            file.write(encode(line(*row)))
            file.write(b",\n")
            rows += 1
        file.flush()
        os.fsync(file.fileno())
    return rows


def flatten_postgres(url: str, dumped: Dumped, columns: Sequence[DumpColumn]) -> None:
    """The same table as `_flatten` makes, in PostgreSQL, with types of its own."""
    with tempfile.TemporaryDirectory(prefix="onebook-dump-") as folder:
        dumped(url, Path(folder), "jsonl")
        (file,) = Path(folder).glob("*/*/contacts.jsonl")
        typed = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(_TYPES.get(column.kind, "text")))
            for column in columns
        )
        with psycopg.connect(url) as connection, file.open("rb") as lines:
            connection.execute("DROP TABLE IF EXISTS flat")
            connection.execute(sql.SQL("CREATE TABLE flat ({})").format(typed))
            with connection.cursor().copy("COPY flat FROM STDIN") as copy:
                for line in lines:
                    copy.write_row(_flat(line))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE) flat")


_TYPES = {
    "integer": "bigint",
    "number": "float8",
    "flag": "boolean",
    "integers": "json",
    "texts": "json",
    "json": "json",
}


def copy(url: str, folder: Path, kind: Format) -> int:
    """COPY of the contacts' table."""
    return _copied(url, folder, "contacts c WHERE account_id = 1 ORDER BY id")


def copy_flat(url: str, folder: Path, kind: Format) -> int:
    """COPY of the flat table."""
    return _copied(url, folder, "flat c")


def _copied(url: str, folder: Path, what: str) -> int:
    rows = 0
    with psycopg.connect(url) as connection, (folder / "copy").open("wb") as file:
        connection.execute("SELECT set_config('onebook.account', '1', false)")
        with connection.cursor().copy(f"COPY (SELECT row_to_json(c) FROM {what}) TO STDOUT".encode()) as copy:
            for line in copy:
                file.write(line)
                rows += 1
        file.flush()
        os.fsync(file.fileno())
    return rows
