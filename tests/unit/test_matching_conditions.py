"""Splink's conditions, read and run here: what DuckDB answers to them, we answer too."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from onebook.errors import Invalid
from onebook.matching.bulk.levels import COMPARISONS
from onebook.matching.conditions import compile_condition
from onebook.matching.features import Features

ALPHABET = "abcdeklmnrsäöüñß .-'1234567890'日"
TEXTS = st.none() | st.text(ALPHABET, min_size=1, max_size=9)
LISTS = st.none() | st.lists(st.text(ALPHABET, min_size=1, max_size=4), min_size=1, max_size=3).map(tuple)


def _rows() -> st.SearchStrategy[Features]:
    kinds = {name: LISTS if Features.__annotations__[name] == "Texts" else TEXTS for name in Features.__struct_fields__}
    numbers = {name: st.just(0 if name == "unique_id" else None) for name in kinds if name.startswith(("uni", "tf_"))}
    return st.builds(Features, **{**kinds, "kind": st.sampled_from(["person", "company"]), **numbers})


CONDITIONS = [sql for levels in COMPARISONS.values() for _, sql in levels if sql != "ELSE"]
COMPILED = [compile_condition(sql) for sql in CONDITIONS]


@settings(max_examples=20)
@given(st.lists(st.tuples(_rows(), _rows()), min_size=20, max_size=60))
def test_every_condition_of_the_levels_holds_for_the_same_pairs_as_in_duckdb(
    pairs: list[tuple[Features, Features]],
) -> None:
    columns: dict[str, Any] = {}
    for side, rows in (("l", [one for one, _ in pairs]), ("r", [other for _, other in pairs])):
        for name in Features.__struct_fields__:
            if not name.startswith(("tf_", "unique_id")):
                lists = Features.__annotations__[name] == "Texts"
                kind = pa.list_(pa.string()) if lists else pa.string()
                columns[f"{name}_{side}"] = pa.array([asdict(row)[name] for row in rows], kind)
    connection = duckdb.connect()
    connection.register("pairs", pa.table(columns))
    asked = ", ".join(f"coalesce({sql}, false)" for sql in CONDITIONS)
    answers = connection.execute(f"SELECT {asked} FROM pairs").fetchall()
    connection.close()
    for (one, other), row in zip(pairs, answers, strict=True):
        for sql, condition, answer in zip(CONDITIONS, COMPILED, row, strict=True):
            assert bool(condition(one, other)) is answer, (sql, one, other)


@settings(max_examples=50)
@given(_rows(), _rows())
def test_every_condition_means_the_same_whichever_record_comes_first(one: Features, other: Features) -> None:
    for sql, condition in zip(CONDITIONS, COMPILED, strict=True):
        assert bool(condition(one, other)) == bool(condition(other, one)), sql


@pytest.mark.parametrize(
    ("sql", "holds"),
    [
        ("first_name_l = first_name_r", False),
        ("last_name_l = last_name_r", True),
        ("first_name_l IS NULL", False),
        ("first_name_r is not null", True),
        ("email_l IS NULL OR email_r IS NULL", True),
        ("email_l = email_r", False),
        ("jaro_winkler_similarity(first_name_l, first_name_r) >= 0.8", True),
        ("levenshtein(first_name_l, first_name_r) <= 1", True),
        ("damerau_levenshtein(first_name_l, first_name_r) <= 0", False),
        ("list_has_any(emails_l, emails_r)", False),
        ("kind_l = 'person' AND (first_name_l = 'anna' OR first_name_l = 'anja')", True),
        ("last_name_l = last_name_r AND first_name_l = 'x' OR kind_l = kind_r", True),
        ("last_name_l = last_name_r AND (first_name_l = 'x' OR kind_l = 'y')", False),
        ("ELSE", True),
        (" else ", True),
    ],
)
def test_a_condition_holds_or_does_not(sql: str, holds: bool) -> None:
    one = Features(first_name="anna", last_name="berg")
    other = Features(first_name="anja", last_name="berg")
    assert bool(compile_condition(sql)(one, other)) is holds


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "first_name_l",
        "first_name = last_name",
        "first_name_l = ",
        "first_name_l = first_name_r)",
        "(first_name_l = first_name_r",
        "first_name_l <> first_name_r",
        "NOT first_name_l = first_name_r",
        "soundex(first_name_l, first_name_r) >= 1",
        "levenshtein(first_name_l) <= 1",
        "first_name_l IS 'x'",
        "first_name_l = 'x",
        "1; SELECT 1",
    ],
)
def test_what_is_not_understood_is_refused(sql: str) -> None:
    with pytest.raises(Invalid):
        compile_condition(sql)
