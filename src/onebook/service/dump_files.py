"""The files of a dump: rows written in one format, counted and hashed on the way."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec
from msgspec import Struct

from onebook.errors import Invalid
from onebook.service.dump_tables import DumpColumn, Kind, Row

Format = Literal["json", "jsonl", "parquet"]
FORMATS: tuple[Format, ...] = ("json", "jsonl", "parquet")
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

    def write(self, lines: bytes, rows: Sequence[Row]) -> None:
        """Add rows, given as JSON lines and as they are. Raises OSError."""
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

    def write(self, lines: bytes, rows: Sequence[Row]) -> None:
        if not rows:
            return
        if self._array:
            lines = (b",\n" if self._rows else b"\n") + lines.removesuffix(b"\n").replace(b"\n", b",\n")
        self._file.write(lines)
        self._rows += len(rows)

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
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._pa = pa
        self._table, self._place, self._columns = table, place, columns
        types = _arrow_types(pa)
        self._schema = pa.schema([pa.field(column.name, types[column.kind]) for column in columns])
        self._file = _Hashed(place)
        self._writer = pq.ParquetWriter(self._file, self._schema, compression="zstd")
        self._group: list[Any] = []
        self._waiting = self._rows = 0

    def write(self, lines: bytes, rows: Sequence[Row]) -> None:
        if not rows:
            return
        pa = self._pa
        arrays = [
            _array(pa, column.kind, field.type, values)
            for column, field, values in zip(self._columns, self._schema, zip(*rows, strict=True), strict=True)
        ]
        self._group.append(pa.record_batch(arrays, schema=self._schema))
        self._waiting += len(rows)
        self._rows += len(rows)
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


def line_encoder(columns: Sequence[DumpColumn]) -> Callable[[Sequence[Row]], bytes]:
    """What writes rows as JSON lines: a struct made for these columns, since structs are encoded fastest."""
    keys = [column.name for column in columns]
    encode = msgspec.json.Encoder().encode_lines
    if any(msgspec.json.encode(key) != f'"{key}"'.encode() for key in keys):
        # A key with a quotation mark is none for a struct.
        return lambda rows: encode([dict(zip(keys, row, strict=True)) for row in rows])
    names = {f"_{number}": key for number, key in enumerate(keys)}
    line = msgspec.defstruct("Line", [(name, Any) for name in names], rename=names, frozen=True, gc=False)
    return lambda rows: encode([line(*row) for row in rows])


def _arrow_types(pa: Any) -> Mapping[Kind, Any]:
    return {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "day": pa.date32(),
        "moment": pa.timestamp("us"),
        "integers": pa.list_(pa.int64()),
        "texts": pa.list_(pa.string()),
        "json": pa.string(),
    }


def _array(pa: Any, kind: Kind, arrow: Any, values: Sequence[Any]) -> Any:
    """The column's values in Arrow's form."""
    if kind == "json":
        values = [None if value is None else msgspec.json.encode(value).decode() for value in values]
    try:
        if kind in _TIMES:
            return _times(pa, arrow, values)
        return pa.array(values, arrow)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return _one_by_one(pa, kind, arrow, values)


_TIMES = ("day", "moment")


def _times(pa: Any, arrow: Any, values: Sequence[Any]) -> Any:
    try:
        texts = pa.array(values, pa.string())
    except pa.ArrowTypeError:  # not texts only
        texts = pa.array([None if value is None else str(value) for value in values], pa.string())
    return texts.cast(pa.timestamp("us")).cast(arrow)


def _one_by_one(pa: Any, kind: Kind, arrow: Any, values: Sequence[Any]) -> Any:
    """What does not fit its column (anybody may have kept anything among the extras) is a text there, or null."""
    fitting: list[Any] = []
    for value in values:
        try:
            one = _times(pa, arrow, [value]) if kind in _TIMES else pa.array([value], arrow)
            fitting.append(one[0].as_py())
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
            fitting.append(msgspec.json.encode(value).decode() if kind == "text" else None)
    return pa.array(fitting, arrow)
