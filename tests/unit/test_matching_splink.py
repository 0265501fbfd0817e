"""One file of weights for our scorer and for Splink: both come to the same."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import duckdb
import pytest

from onebook.demo.labelled import labelled_book
from onebook.matching import weights as weights_module
from onebook.matching.bulk.linker import Pair, bulk_pairs, linker_of
from onebook.matching.features import Features, features
from onebook.matching.pairs import candidate_pairs
from onebook.matching.score import score
from onebook.matching.weights import own_settings, own_weights
from onebook.model.blocking import lookup_keys
from onebook.model.contact import Contact

PAIRS = 10_000
PRECISION = 1e-6
Row = tuple[Features, list[str]]


def rows_of(contacts: list[Contact]) -> list[Row]:
    """Contacts as Splink gets them."""
    return [(features(one, "DE"), [":".join(key) for key in lookup_keys(one, "DE")]) for one in contacts]


def compared(rows: list[Row], found: list[Pair]) -> float:
    """How far our scores and Splink's are apart at most."""
    by_id = {row.unique_id: row for row, _ in rows}
    furthest = 0.0
    for pair in found:
        ours = score(own_weights(), by_id[pair.one], by_id[pair.other])
        furthest = max(furthest, abs(ours.match_weight - pair.match_weight), abs(ours.probability - pair.probability))
    return furthest


def test_our_score_and_splink_s_agree_for_10_000_pairs() -> None:
    contacts = [one.contact for one in labelled_book(Random(2026), 10_000)]
    rows = rows_of(contacts)
    found = list(bulk_pairs(rows))
    assert len(found) >= PAIRS
    assert compared(rows, found) <= PRECISION
    assert {(pair.one, pair.other) for pair in found} == set(candidate_pairs(contacts, "DE"))


def test_they_agree_on_strange_texts_too() -> None:
    names = ["Ole", "オーレ", 'O\'Le "x"', "Ölé", "ole ole", "-", "ß", "Łukasz", "a" * 300, "李", "О́лег"]
    contacts = [
        Contact(
            id=number, first_name=names[number % 11], last_name=names[number * 7 % 11], company=names[number * 3 % 11]
        )
        for number in range(1, 60)
    ]
    rows = [(row, ["all"]) for row, _ in rows_of(contacts)]
    found = list(bulk_pairs(rows))
    assert len(found) == 59 * 58 // 2
    assert compared(rows, found) <= PRECISION


def test_splink_takes_the_file_itself_as_it_is() -> None:
    path = Path(weights_module.__file__).with_name("weights.json")
    assert path.read_bytes() == own_settings()
    rows = rows_of([one.contact for one in labelled_book(Random(3), 200)])
    connection = duckdb.connect()
    linker = linker_of(connection, rows, json.loads(path.read_text("utf-8")))
    saved = linker.misc.save_model_to_json()
    assert saved["probability_two_random_records_match"] == pytest.approx(
        json.loads(path.read_text("utf-8"))["probability_two_random_records_match"]
    )
    again = [pair.match_weight for pair in bulk_pairs(rows, settings=json.dumps(saved).encode())]
    assert sorted(again) == pytest.approx(sorted(pair.match_weight for pair in bulk_pairs(rows)))
    connection.close()


def test_only_pairs_that_are_likely_enough_are_told() -> None:
    rows = rows_of([one.contact for one in labelled_book(Random(4), 300)])
    likely = list(bulk_pairs(rows, least=0.8))
    assert likely
    assert all(pair.probability >= 0.8 and pair.one < pair.other for pair in likely)
    assert len(likely) < len(list(bulk_pairs(rows)))


def test_no_rows_are_no_pairs() -> None:
    assert list(bulk_pairs([])) == []
