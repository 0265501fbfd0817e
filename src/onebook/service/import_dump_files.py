"""The files of a dump: which tables a dialect's dump has, how their rows become records, and what a directory holds."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from onebook.files.entries import malformed
from onebook.files.json_rows import json_rows
from onebook.model.account import Vocabulary
from onebook.model.imports import OnDuplicate
from onebook.service.dump import TOMBSTONES
from onebook.service.dumps import MANIFEST, read_manifest
from onebook.service.whole_file import whole_file
from onebook.store.moments import micros

DumpRow = Mapping[str, Any]
Own = Callable[[str, int], int]
"""A resource and the id that a dump shows: the id in this book, one that is kept for who is to come among them."""
LARGEST = 2**63
NO_ID = 0
"""Stands for the id of a row that has none."""
_ABOUT = frozenset({"manifest", "document_bodies", TOMBSTONES})
"""Files that say what the dump holds."""
_ENDINGS = tuple(f"{kind}{packed}" for kind in ("json", "jsonl") for packed in ("", ".gz", ".zst"))


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
    property's id and the contact's. `beside` names for a table the file that says more of its rows, under their ids.
    `foreign` are numbers that a row's record is called by in other dialects.
    """

    dialect: str
    tables: tuple[UndumpTable, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    owner: tuple[str, Callable[[DumpRow], tuple[int, int] | None]] = ("", lambda row: None)
    beside: Mapping[str, str] = field(default_factory=dict)
    foreign: Callable[[DumpRow], Iterator[int]] = lambda row: iter(())

    def by_name(self) -> dict[str, UndumpTable]:
        """The tables under every name that a file of theirs may have."""
        found = {table.name: table for table in self.tables}
        others = (*self.aliases.items(), *((name, meant) for meant, name in self.beside.items()))
        return found | {name: found[meant] for name, meant in others if meant in found}


class Scanned(NamedTuple):
    """Of every row of a table, in their order: its id, when it was made, and whether it is in the trash.

    `made` is in microseconds, 0 where a row does not say; `names` are those of such rows. `others` are the numbers of
    rows whose id another row has, each with that row's number, a row that is in the trash behind one that is not.
    """

    ids: array[int]
    made: array[int]
    gone: bytearray
    names: dict[int, str]
    others: dict[int, int]


class DumpFiles:
    """The files of a dump in a directory, looked at: how many rows each has, and their ids."""

    def __init__(self, folder: Path, tables: UndumpTables, rule: OnDuplicate = "merge") -> None:
        """All of it is read, so that a damaged file is refused before anything is written. Raises Malformed."""
        self.folder, self.tables, self.rule = folder, tables, rule
        self.paths: dict[str, Path] = {}
        self.scanned: dict[str, Scanned] = {}
        self.owners: dict[int, list[int]] = {}
        self.foreign: set[int] = set()
        self._beside: dict[str, dict[int, DumpRow]] = {}
        manifest = read_manifest(folder)
        self.source = 0 if manifest is None else manifest.account_id
        """The account whose dump it is, 0 where nothing says so."""
        digest = hashlib.sha256(rule.encode())
        for table in tables.tables:
            path = self._path(table.name)
            more = self._path(tables.beside.get(table.name, ""))
            for one in (path, more) if path is not None else ():
                if one is not None:
                    digest.update(_digest(table.name, one))
            if path is None:
                continue
            self.paths[table.name] = path
            if more is not None:
                self._beside[table.name] = {row["id"]: row for row in json_rows(more) if is_id(row.get("id"))}
            self.scanned[table.name] = self._scan(table.name)
        self.gone = self._count_gone()
        """How many tombstones there are."""
        if TOMBSTONES in self.paths:
            digest.update(_digest(TOMBSTONES, self.paths[TOMBSTONES]))
        if not self.paths:
            malformed(folder, "", "holds no table of a dump: contacts.json, brokers.json, …")
        self.fingerprint = digest.hexdigest()

    @property
    def kind(self) -> str:
        """What a run is called that imports them."""
        return f"{self.tables.dialect}-dump"

    @property
    def count(self) -> int:
        """Rows of all tables."""
        return sum(len(one.ids) for one in self.scanned.values())

    @property
    def total(self) -> int:
        """Rows of all tables, and tombstones."""
        return self.count + self.gone

    def _count_gone(self) -> int:
        path = self._path(TOMBSTONES)
        if path is None:
            return 0
        self.paths[TOMBSTONES] = path
        return sum(1 for _ in self.rows(TOMBSTONES, 0))

    @property
    def unknown(self) -> list[str]:
        """Files of tables that nobody knows, by name."""
        known = {*self.paths.values(), *(self._path(name) for name in self.tables.beside.values())}
        found = (path for path in self.folder.iterdir() if path.name.endswith(tuple(f".{one}" for one in _ENDINGS)))
        return sorted(path.name for path in found if path not in known and path.name.partition(".")[0] not in _ABOUT)

    def _path(self, name: str) -> Path | None:
        if not name:
            return None
        names = (name, *(alias for alias, meant in self.tables.aliases.items() if meant == name))
        places = (self.folder / f"{one}.{ending}" for one in names for ending in _ENDINGS)
        return next((place for place in places if place.is_file()), None)

    def _scan(self, name: str) -> Scanned:
        scanned = Scanned(array("q"), array("q"), bytearray(), {}, {})
        table, told = self.tables.owner
        for number, row in self.rows(name, 0):
            scanned.ids.append(row["id"] if is_id(row.get("id")) else NO_ID)
            scanned.made.append(made_at(row))
            if not scanned.made[-1] and isinstance(row.get("name"), str):
                scanned.names[number] = row["name"]
            scanned.gone.append(row.get("deleted_at") is not None)
            self.foreign.update(one for one in self.tables.foreign(row) if 0 < one < 2**31)
            if name == table and (pair := told(row)) is not None:
                self.owners.setdefault(pair[0], []).append(pair[1])
        scanned.others.update(_doubled(scanned.ids, scanned.gone))
        return scanned

    def body(self, sha256: str | None) -> Path | None:
        """The file of a document's body; None where the dump has none."""
        place = self.folder / "documents" / sha256 if sha256 is not None else None
        return place if place is not None and place.is_file() else None

    def rows(self, name: str, start: int) -> Iterator[tuple[int, DumpRow]]:
        """The rows of a table from a position on, each with its number from 1, and what stands beside of it."""
        found = islice(enumerate(json_rows(self.paths[name]), 1), start, None)
        beside = self._beside.get(name)
        if beside is None:
            return found
        return ((number, {**beside.get(row.get("id", NO_ID), {}), **row}) for number, row in found)


def _digest(name: str, path: Path) -> bytes:
    with path.open("rb") as file:
        return name.encode() + hashlib.file_digest(file, "sha256").digest()


def tell_source(folder: Path, rejected: Path) -> None:
    """Let rows of a dump that were not taken, and are imported from `rejected` once mended, be known as that dump's."""
    manifest = read_manifest(folder)
    if manifest is not None and read_manifest(rejected) is None:
        with whole_file(rejected / MANIFEST) as place:
            place.write_bytes(msgspec.json.encode(replace(manifest, files=())))


def is_id(value: object) -> bool:
    """Whether a value of a row is an id."""
    return type(value) is int and 0 < value < LARGEST


def made_at(row: DumpRow) -> int:
    """When a row says its record was made, in microseconds since 1970 in UTC; 0 where it does not say."""
    try:
        found = datetime.fromisoformat(row["created_at"])
    except (KeyError, TypeError, ValueError):
        return 0
    try:
        return micros(found.replace(tzinfo=UTC) if found.tzinfo is None else found)
    except OverflowError:
        return 0


def _doubled(ids: array[int], gone: bytearray) -> dict[int, int]:
    """Numbers of rows whose id another row has, with that row's number: the first that is not in the trash."""
    found: dict[int, int] = {}
    if all(ids[at] < ids[at + 1] for at in range(len(ids) - 1)):
        return found
    order = sorted(range(len(ids)), key=ids.__getitem__)
    for at, index in enumerate(order):
        if at and ids[order[at - 1]] == ids[index] != NO_ID:
            continue
        end = at + 1
        while end < len(order) and ids[order[end]] == ids[index]:
            end += 1
        if end > at + 1 and ids[index] != NO_ID:
            same = sorted(order[at:end], key=lambda one: (gone[one], one))
            found.update((one + 1, same[0] + 1) for one in same[1:])
    return found
