"""The files of a dump: which tables a dialect's dump has, how their rows become records, and what a directory holds."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from onebook.files.entries import malformed
from onebook.files.json_rows import json_rows
from onebook.model.account import Vocabulary

DumpRow = Mapping[str, Any]
Own = Callable[[str, int], int | None]
"""A resource and the id that a dump shows: the id in this book; None where there is no such record."""


@dataclass(frozen=True, slots=True)
class UndumpTable:
    """One file's name, what its rows are, and what makes one of a row; that raises Invalid."""

    name: str
    resource: str
    record: type
    made: Callable[[DumpRow, Own, Vocabulary], Any]


@dataclass(frozen=True, slots=True)
class UndumpTables:
    """All tables, in the order in which they are read; what a row points to by name comes before it.

    `aliases` are other names of files. `owner` is the table that says who owns a property, and what it says: the
    property's id and the contact's.
    """

    dialect: str
    tables: tuple[UndumpTable, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    owner: tuple[str, Callable[[DumpRow], tuple[int, int] | None]] = ("", lambda row: None)


class DumpFiles:
    """The files of a dump in a directory, looked at: how many rows each has, and their ids."""

    def __init__(self, folder: Path, tables: UndumpTables) -> None:
        """All of it is read, so that a damaged file is refused before anything is written. Raises Malformed."""
        self.folder, self.tables = folder, tables
        self.paths: dict[str, Path] = {}
        self.ids: dict[str, array[int]] = {}
        self.owners: dict[int, list[int]] = {}
        digest = hashlib.sha256()
        for table in tables.tables:
            path = self._path(table.name)
            if path is not None:
                self.paths[table.name] = path
                with path.open("rb") as file:
                    digest.update(table.name.encode() + hashlib.file_digest(file, "sha256").digest())
                self.ids[table.name] = self._ids(table.name, path)
        if not self.paths:
            malformed(folder, "", "holds no table of a dump: contacts.json, brokers.json, …")
        self.fingerprint = digest.hexdigest()

    @property
    def total(self) -> int:
        """Rows of all tables."""
        return sum(map(len, self.ids.values()))

    def _path(self, name: str) -> Path | None:
        names = (name, *(alias for alias, meant in self.tables.aliases.items() if meant == name))
        places = (self.folder / f"{one}.{ending}" for one in names for ending in ("json", "jsonl"))
        return next((place for place in places if place.is_file()), None)

    def _ids(self, name: str, path: Path) -> array[int]:
        found = array("q")
        table, told = self.tables.owner
        for number, row in enumerate(json_rows(path), 1):
            shown = row.get("id")
            if type(shown) is not int or not 0 < shown < 2**63:
                malformed(path, f"row {number}", "has no id that is a whole number")
            found.append(shown)
            if name == table and (pair := told(row)) is not None:
                self.owners.setdefault(pair[0], []).append(pair[1])
        return found

    def rows(self, name: str, start: int) -> Iterator[tuple[int, DumpRow]]:
        """The rows of a table from a position on, each with its number from 1."""
        return islice(enumerate(json_rows(self.paths[name]), 1), start, None)
