"""The files of a dump take whatever anybody has kept, and are read back as what they say they are."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import msgspec
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onebook.http.files import packed_as
from onebook.service.dump_encoding import FORMATS, Format, encoding
from onebook.service.dump_files import check_formats, open_file
from onebook.service.dump_tables import DumpColumn, Kind, Numbers

KINDS: tuple[Kind, ...] = get_args(Kind)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def written(kind: Format, columns: list[DumpColumn], rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """The rows, written in one format and read back by somebody else's library."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        file = open_file(kind, "it", columns, folder)
        encoded = encoding(kind, columns)
        for some in (rows[:1], rows[1:]):
            encoded.add(some[:1])
            encoded.add(some[1:])
            if some:
                file.write(len(some), encoded.taken())
        entry = file.finish()
        content = (folder / entry.path).read_bytes()
        assert (entry.rows, entry.bytes) == (len(rows), len(content))
        assert entry.sha256 == hashlib.sha256(content).hexdigest()
        if kind == "parquet":
            found: list[dict[str, Any]] = pq.read_table(folder / entry.path).to_pylist()
        elif kind == "json":
            found = msgspec.json.decode(content)
        else:
            found = [msgspec.json.decode(line) for line in content.splitlines()]
        return found


@settings(max_examples=40)
@given(values=st.lists(JSON, max_size=4))
def test_every_value_fits_into_every_column_of_json_and_of_parquet(values: list[Any]) -> None:
    columns = [DumpColumn(f"a {kind}", kind) for kind in KINDS]
    rows = [(value,) * len(columns) for value in values]

    assert [one["a text"] for one in written("json", columns, rows)] == [
        msgspec.json.decode(msgspec.json.encode(value)) for value in values
    ]
    assert len(written("parquet", columns, rows)) == len(rows)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_of_no_rows_is_one(kind: Format) -> None:
    assert written(kind, [DumpColumn("id", "integer")], []) == []


def test_values_of_their_column_s_kind_come_back_as_they_were() -> None:
    row = {
        "text": "ä\n\u2028",
        "integer": 2**62,
        "number": 12.5,
        "flag": False,
        "day": date(2026, 1, 2),
        "moment": datetime(2026, 1, 2, 3, 4, 5, 678901),  # noqa: DTZ001 - it bears no zone
        "integers": [1, 2],
        "texts": ["a"],
        "json": '{"a":[1]}',
    }
    given_row = {**row, "day": "2026-01-02", "moment": "2026-01-02T03:04:05.678901", "json": {"a": [1]}}
    columns = [DumpColumn(kind, kind) for kind in KINDS]

    assert written("parquet", columns, [tuple(given_row[kind] for kind in KINDS)] * 3) == [row] * 3


def test_a_key_may_be_called_as_anybody_likes() -> None:
    columns = [DumpColumn(name, "text") for name in ("class", "Wunsch-Lage", "", "1", "ä\"'")]
    row = tuple("abcde")

    for kind in FORMATS:
        assert written(kind, columns, [row]) == [
            {column.name: value for column, value in zip(columns, row, strict=True)}
        ]


def test_formats_are_checked_and_each_counts_once() -> None:
    assert check_formats(["parquet", "json", "parquet"]) == ("parquet", "json")


@given(st.dictionaries(st.integers(1, 2**31), st.integers(0, 2**62)), st.integers(1, 2**31))
def test_numbers_are_found_by_number(known: dict[int, int], other: int) -> None:
    numbers = Numbers()
    for key in sorted(known):
        numbers.append(key, known[key])

    assert len(numbers) == len(known)
    assert all(numbers.get(key) == value for key, value in known.items())
    assert numbers.get(other, -1) == known.get(other, -1)


@given(st.text())
def test_no_accept_encoding_is_too_odd(accepted: str) -> None:
    assert packed_as(accepted) in (None, "gzip", "zstd")
