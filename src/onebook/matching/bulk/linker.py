"""A whole book compared by Splink on DuckDB, by the same weights as one contact at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import duckdb
import pyarrow as pa
from msgspec import Struct
from msgspec.structs import asdict
from splink import DuckDBAPI, Linker

from onebook.matching.bulk.levels import TERM_FREQUENCIES
from onebook.matching.features import Features
from onebook.matching.weights import own_settings

_FETCHED = 10_000


class Pair(Struct, frozen=True):
    """Two records that share a key, the smaller id first, and how likely they are of one person."""

    one: int
    other: int
    match_weight: float
    probability: float


def bulk_pairs(
    rows: Iterable[tuple[Features, Sequence[str]]], *, settings: bytes | None = None, least: float = 0.0
) -> Iterator[Pair]:
    """Every two of `rows` that share a key, from the probability `least` on, in no order.

    A row is a record and its blocking keys, each as one text. `settings` is a trained settings file, the program's own
    by default.
    """
    given = list(rows)
    connection = duckdb.connect()
    try:
        linker = linker_of(connection, given, json.loads(settings or own_settings()))
        found = linker.inference.predict(threshold_match_probability=least or None)
        columns = "unique_id_l, unique_id_r, match_weight, match_probability"
        cursor = connection.execute(f"SELECT {columns} FROM {found.physical_name}")
        while part := cursor.fetchmany(_FETCHED):
            for left, right, weight, probability in part:
                yield Pair(min(left, right), max(left, right), weight, probability)
    finally:
        connection.close()


def linker_of(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Features, Sequence[str]]], settings: dict[str, Any]
) -> Linker:
    """Splink's linker over `rows`, knowing how common their names are."""
    database = DuckDBAPI(connection)
    table = database.register(table_of(rows), dataset_display_name="contacts")
    linker = Linker(table, settings, log_level=None)
    for column in TERM_FREQUENCIES.values():
        shares = {row: share for features, _ in rows for row, share in _share(features, column)}
        known = pa.table({column: list(shares), f"tf_{column}": pa.array(shares.values(), pa.float64())})
        lookup = database.register(known, dataset_display_name=f"shares_{column}")
        linker.table_management.register_term_frequency_lookup(lookup, column)
    return linker


def _share(features: Features, column: str) -> Iterator[tuple[str, float]]:
    name, share = getattr(features, column), getattr(features, f"tf_{column}")
    if name is not None and share is not None:
        yield name, share


def table_of(rows: Sequence[tuple[Features, Sequence[str]]]) -> pa.Table:
    """The rows as Splink takes them; the type of each column is told by `Features`, not by what is in it."""
    names = [name for name in Features.__struct_fields__ if not name.startswith("tf_")]
    values = [{**asdict(features), "keys": list(keys)} for features, keys in rows]
    columns = {name: pa.array([row[name] for row in values], _type(name)) for name in (*names, "keys")}
    return pa.table(columns)


def _type(name: str) -> pa.DataType:
    if name == "unique_id":
        return pa.int64()
    lists = name == "keys" or Features.__annotations__[name] == "Texts"
    return pa.list_(pa.string()) if lists else pa.string()
