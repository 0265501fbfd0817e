"""The files of a dump: encoded rows put one after the other, counted and hashed on the way."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from onebook.errors import Invalid
from onebook.service.dump_encoding import FORMATS, Format, arrow, arrow_schema
from onebook.service.dump_tables import DumpColumn

_GROUP = 16_384
"""Rows of one row group of a Parquet file."""


class FileEntry(Struct, frozen=True, kw_only=True):
    """One file, as the manifest tells it; `path` is relative to the manifest."""

    table: str
    format: Format
    path: str
    rows: int
    bytes: int
    sha256: str


class _Hashed(io.RawIOBase):
    """A file that is only written, front to back."""

    def __init__(self, place: Path) -> None:
        self._file = place.open("xb", buffering=0)
        self._sha = hashlib.sha256()
        self.size = 0

    def write(self, data: Any, /) -> int:
        view = memoryview(data)
        while view:
            count = self._file.write(view)
            self._sha.update(view[:count])
            self.size += count
            view = view[count:]
        return len(data)

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def close(self) -> None:
        """On disk when this has returned."""
        if not self._file.closed:
            with self._file:
                os.fsync(self._file.fileno())
        super().close()

    def discard(self) -> None:
        self._file.close()

    @property
    def sha256(self) -> str:
        return self._sha.hexdigest()


class DumpFile(Protocol):
    """One file under way. `write` and `finish` wait for the disk, and belong into a thread."""

    def write(self, rows: int, data: bytes) -> None:
        """Add so many rows, one at least, as `dump_encoding` encodes them. Raises OSError."""
        ...

    def finish(self) -> FileEntry:
        """End the file and put it on disk. Raises OSError."""
        ...

    def discard(self) -> None:
        """Let go of a file that is not wanted any more."""
        ...


class _Lines:
    """JSON, one row a line; and with brackets and commas around it one array."""

    def __init__(self, table: str, kind: Format, place: Path) -> None:
        self._table, self._format, self._place = table, kind, place
        self._array = kind == "json"
        self._file = _Hashed(place)
        self._rows = 0
        if self._array:
            self._file.write(b"[")

    def write(self, rows: int, data: bytes) -> None:
        if self._array:
            self._file.write(b",\n" if self._rows else b"\n")
        self._file.write(data)
        self._rows += rows

    def finish(self) -> FileEntry:
        if self._array:
            self._file.write(b"\n]\n")
        self._file.close()
        return FileEntry(
            table=self._table,
            format=self._format,
            path=self._place.name,
            rows=self._rows,
            bytes=self._file.size,
            sha256=self._file.sha256,
        )

    def discard(self) -> None:
        self._file.discard()


class _Parquet:
    """Parquet with proper types, by pyarrow."""

    def __init__(self, table: str, columns: Sequence[DumpColumn], place: Path) -> None:
        import pyarrow.parquet as pq

        self._pa = arrow()
        self._table, self._place = table, place
        self._schema = arrow_schema(columns)
        self._file = _Hashed(place)
        self._writer = pq.ParquetWriter(self._file, self._schema, compression="zstd")
        self._group: list[Any] = []
        self._waiting = self._rows = 0

    def write(self, rows: int, data: bytes) -> None:
        self._group.append(self._pa.ipc.read_record_batch(self._pa.py_buffer(data), self._schema))
        self._waiting += rows
        self._rows += rows
        if self._waiting >= _GROUP:
            self._put()

    def _put(self) -> None:
        if self._group:
            self._writer.write_table(self._pa.Table.from_batches(self._group, self._schema), self._waiting)
        self._group, self._waiting = [], 0

    def finish(self) -> FileEntry:
        self._put()
        self._writer.close()
        self._file.close()
        return FileEntry(
            table=self._table,
            format="parquet",
            path=self._place.name,
            rows=self._rows,
            bytes=self._file.size,
            sha256=self._file.sha256,
        )

    def discard(self) -> None:
        self._file.discard()


def open_file(kind: Format, table: str, columns: Sequence[DumpColumn], folder: Path) -> DumpFile:
    """A new file `<table>.<format>` in `folder`. Raises OSError, Invalid where a library is missing."""
    place = folder / f"{table}.{kind}"
    return _Parquet(table, columns, place) if kind == "parquet" else _Lines(table, kind, place)


def check_formats(formats: Sequence[str]) -> tuple[Format, ...]:
    """The formats, each once. Raises Invalid for one that there is not, and where Parquet's library is missing."""
    chosen: dict[Format, None] = {}
    for name in formats:
        found = next((one for one in FORMATS if one == name), None)
        if found is None:
            raise Invalid(f"there is no format {name}; there are: {', '.join(FORMATS)}")
        chosen[found] = None
    if "parquet" in chosen:
        try:
            import pyarrow.parquet  # noqa: F401
        except ImportError:
            raise Invalid("Parquet needs more libraries: pip install 'onebook[bulk]'") from None
    return tuple(chosen)
