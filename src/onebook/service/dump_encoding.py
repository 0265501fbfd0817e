"""Rows as the bytes of a format: JSON, one row a line, or Arrow's columns, of which Parquet is made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from typing import Any, Literal, Protocol

import msgspec

from onebook.service.dump_tables import DumpColumn, Kind, Row

Format = Literal["json", "jsonl", "parquet"]
FORMATS: tuple[Format, ...] = ("json", "jsonl", "parquet")


class Encoding(Protocol):
    """Rows of one table on their way into one format."""

    def add(self, rows: Sequence[Row]) -> None:
        """Some more rows."""
        ...

    def taken(self) -> bytes:
        """All rows since the last time, one at least, as `DumpFile.write` takes them."""
        ...


class _Lines:
    """JSON, a row a line; of an array commas stand between the lines."""

    def __init__(self, columns: Sequence[DumpColumn], between: bytes) -> None:
        self._encode, self._between = _line_encoder(columns), between
        self._parts: list[bytes] = []

    def add(self, rows: Sequence[Row]) -> None:
        if rows:
            self._parts.append(self._encode(rows))

    def taken(self) -> bytes:
        lines = b"".join(self._parts)
        self._parts = []
        return lines if self._between == b"\n" else lines[:-1].replace(b"\n", self._between)


class _Columns:
    """A record batch of Arrow, serialized without its schema."""

    def __init__(self, columns: Sequence[DumpColumn]) -> None:
        self._pa, self._columns, self._schema = arrow(), columns, arrow_schema(columns)
        self._rows: list[Row] = []

    def add(self, rows: Sequence[Row]) -> None:
        self._rows += rows

    def taken(self) -> bytes:
        pa = self._pa
        arrays = [
            _array(pa, column.kind, field.type, values)
            for column, field, values in zip(self._columns, self._schema, zip(*self._rows, strict=True), strict=True)
        ]
        self._rows = []
        data: bytes = pa.record_batch(arrays, schema=self._schema).serialize().to_pybytes()
        return data


def encoding(kind: Format, columns: Sequence[DumpColumn]) -> Encoding:
    """What encodes rows of these columns."""
    if kind == "parquet":
        return _Columns(columns)
    return _Lines(columns, b",\n" if kind == "json" else b"\n")


def _line_encoder(columns: Sequence[DumpColumn]) -> Callable[[Sequence[Row]], bytes]:
    """What writes rows as JSON lines: a struct made for these columns, since structs are encoded fastest."""
    keys = [column.name for column in columns]
    encode = msgspec.json.Encoder().encode_lines
    if any(msgspec.json.encode(key) != f'"{key}"'.encode() for key in keys):
        # A key with a quotation mark is none for a struct.
        return lambda rows: encode([dict(zip(keys, row, strict=True)) for row in rows])
    names = {f"_{number}": key for number, key in enumerate(keys)}
    line = msgspec.defstruct("Line", [(name, Any) for name in names], rename=names, frozen=True, gc=False)
    return lambda rows: encode([line(*row) for row in rows])


def arrow() -> Any:
    """pyarrow, which must be there; of its own pools of memory the others keep a tenth more than they need."""
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())
    return pa


class _Without(MetaPathFinder):
    """Lets nobody import some modules."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name in ("numpy", "pandas"):
            raise ModuleNotFoundError(f"{name} is kept out of this process", name=name)


def keep_small() -> None:
    """Let this process, which does nothing but dump, do without numpy and pandas.

    pyarrow imports them where they are there, to see whether a list is one of theirs: that takes up to 80 MiB.
    """
    sys.meta_path.insert(0, _Without())


def arrow_schema(columns: Sequence[DumpColumn]) -> Any:
    """The columns as Arrow's types."""
    pa = arrow()
    types = {
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
    return pa.schema([pa.field(column.name, types[column.kind]) for column in columns])


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
