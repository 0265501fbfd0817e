"""Records compared: features, weights, scores, and what is decided by them."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.errors import Invalid
from onebook.matching.bulk.levels import COMPARISONS, MISSING, untrained
from onebook.matching.decision import CLASHES, PROOF, Candidate, Thresholds, clashes, likeliest, settled, verdict
from onebook.matching.features import Features, features
from onebook.matching.frequencies import FLOOR, frequencies, frequency
from onebook.matching.score import Score, probability_of, score
from onebook.matching.weights import own_settings, own_weights, read_weights
from onebook.model.contact import Address, Contact, Email, Phone
from tests.book import emails, phones

TEXT = st.none() | st.text(max_size=12)
CONTACTS = st.builds(
    Contact,
    kind=st.sampled_from(["person", "company", "estate"]),
    salutation=st.sampled_from([None, "mr", "ms"]),
    first_name=TEXT | st.sampled_from(["Hans", "Anna", "Dr. Hans-Peter jun."]),
    last_name=TEXT | st.sampled_from(["Müller", "García López", "von Bergen"]),
    company=TEXT,
    birth_date=st.none() | st.dates(),
    emails=st.lists(st.builds(Email, address=st.text(max_size=12) | st.emails()), max_size=2).map(tuple),
    phones=st.lists(st.builds(Phone, number=st.text("+0123456789 ()-x", max_size=14)), max_size=2).map(tuple),
    addresses=st.lists(st.builds(Address, street=TEXT, house_number=TEXT, zip=TEXT), max_size=2).map(tuple),
    social_security_number=TEXT,
    corporate_number=TEXT,
)


def told(one: dict[str, Any], other: dict[str, Any]) -> Score:
    """Two contacts compared."""
    return score(own_weights(), features(Contact(**one), "DE"), features(Contact(**other), "DE"))


@given(CONTACTS)
def test_features_hold_no_empty_text_and_no_empty_list(contact: Contact) -> None:
    for name, value in msgspec.structs.asdict(features(contact, "DE")).items():
        assert value not in ("", (), []), name
        if isinstance(value, tuple):
            assert all(value), name


@given(CONTACTS, CONTACTS)
def test_a_score_is_a_probability_and_the_same_from_both_sides(one: Contact, other: Contact) -> None:
    first, second = features(one, "DE"), features(other, "DE")
    there, back = score(own_weights(), first, second), score(own_weights(), second, first)
    assert 0 <= there.probability <= 1
    assert there == back
    assert [field.field for field in there.fields] == list(COMPARISONS)
    assert there.match_weight == pytest.approx(own_weights().prior + sum(field.weight for field in there.fields))
    assert there.probability == pytest.approx(probability_of(there.match_weight))


@given(CONTACTS)
def test_what_is_missing_is_no_evidence_either_way(contact: Contact) -> None:
    blank = score(own_weights(), features(contact, "DE"), features(Contact(kind=contact.kind), "DE"))
    for field in blank.fields:
        if field.level == MISSING:
            assert field.weight == 0
        else:
            assert field.field in ("kind", "generation")


def test_a_common_name_says_less_than_a_rare_one() -> None:
    common = told({"first_name": "Anna", "last_name": "Müller"}, {"first_name": "Anna", "last_name": "Müller"})
    rare = told({"first_name": "Zoë", "last_name": "Schiffbäcker"}, {"first_name": "Zoë", "last_name": "Schiffbäcker"})
    assert rare.probability > common.probability
    weights = [{one.field: one.weight for one in scored.fields} for scored in (common, rare)]
    assert weights[1]["last_name"] > weights[0]["last_name"] > 0
    assert weights[1]["first_name"] > weights[0]["first_name"]


def test_frequencies_are_shares_and_names_multiply() -> None:
    for column in ("first_name", "last_name"):
        shares = frequencies()[column]
        assert all(FLOOR < share < 0.1 for share in shares.values())
    assert frequency("last_name", ("muller",)) > frequency("last_name", ("schiffbacker",)) == FLOOR
    both = frequency("last_name", ("garcia",)) * frequency("last_name", ("lopez",))
    assert frequency("last_name", ("garcia", "lopez")) == pytest.approx(both)


ANNA: dict[str, Any] = {
    "first_name": "Anna",
    "last_name": "Berg",
    "emails": emails("anna.berg@example.org"),
    "phones": phones("0157 12345678"),
    "addresses": (Address(street="Storgatan", house_number="3", zip="111 22"),),
    "birth_date": date(1980, 5, 6),
}


@pytest.mark.parametrize(
    ("change", "field", "level"),
    [
        ({}, "first_name", "same"),
        ({"first_name": "Berg", "last_name": "Anna"}, "first_name", "same"),
        ({"first_name": "Berk", "last_name": "Anna"}, "email", "same, first names agree"),
        ({"first_name": "Anna Maria"}, "first_name", "one of several, or its short form"),
        ({"first_name": "A."}, "first_name", "initial"),
        ({"first_name": "Annna"}, "first_name", "one of several, or its short form"),
        ({"first_name": "Ankna"}, "first_name", "close"),
        ({"first_name": "Hanna"}, "first_name", "different"),
        ({"first_name": "Hanna"}, "email", "same, first names differ"),
        ({"first_name": "Hanna"}, "phone", "same, first names differ"),
        ({"first_name": "Otto"}, "first_name", "different"),
        ({"first_name": None}, "first_name", "missing"),
        ({"first_name": None, "last_name": "Anna Berg"}, "first_name", "same"),
        ({"last_name": "Bergh"}, "last_name", "close"),
        ({"last_name": "von Berg"}, "last_name", "same"),
        ({"last_name": "Berg-Lund"}, "last_name", "one of several"),
        ({"last_name": "Perk"}, "last_name", "same sound"),
        ({"last_name": "Zimmer"}, "last_name", "different"),
        ({"emails": emails("ANNA.BERG@example.org")}, "email", "same, first names agree"),
        ({"first_name": "Otto"}, "email", "same, first names differ"),
        ({"first_name": None}, "email", "same, a first name is missing"),
        ({"emails": emails("anna.brg@example.org")}, "email", "a letter off"),
        ({"emails": emails("anna.berg@example.com")}, "email", "same before the @"),
        ({"emails": emails("x@example.com")}, "email", "different"),
        ({"emails": ()}, "email", "missing"),
        ({"phones": phones("+49 157 12345678")}, "phone", "same mobile, first names agree"),
        ({"phones": phones("0157 12345679")}, "phone", "a figure off"),
        ({"phones": phones("030 5551234")}, "phone", "a mobile beside another number"),
        ({"phones": phones("0160 99999999")}, "phone", "different"),
        ({"addresses": (Address(street="Storg. 3", zip="11122"),)}, "address", "same, first names agree"),
        ({"addresses": (Address(street="Stoggatan 3", zip="11122"),)}, "address", "close"),
        ({"addresses": (Address(street="Stoggatan 3", zip="11123"),)}, "address", "another postal code"),
        ({"addresses": (Address(street="Storgatan 8", zip="11122"),)}, "address", "another house of the street"),
        ({"addresses": (Address(street="Kungsgatan 8", zip="11122"),)}, "address", "same postal code"),
        ({"addresses": (Address(street="Kungsgatan 8", zip="99999"),)}, "address", "different"),
        ({"birth_date": date(1980, 6, 5)}, "birth_date", "a figure off, or day and month swapped"),
        ({"birth_date": date(1980, 5, 27)}, "birth_date", "day, month or year another"),
        ({"birth_date": date(1950, 1, 2)}, "birth_date", "different"),
        ({"birth_date": date(1900, 1, 1)}, "birth_date", "missing"),
        ({"kind": "company", "company": "Berg AB"}, "kind", "different"),
    ],
)
def test_each_field_is_at_its_level(change: dict[str, Any], field: str, level: str) -> None:
    assert told(ANNA, {**ANNA, **change}).level(field) == level


def test_agreement_speaks_for_one_person_and_disagreement_against_it() -> None:
    weights = own_weights()
    for levels in weights.comparisons:
        by_label = {level.told.level: level.told.weight for level in levels}
        assert by_label[MISSING] == 0
        assert by_label["different"] < 0
        assert max(by_label.values()) > 0


def test_family_members_who_share_everything_but_the_first_name_are_far_from_one() -> None:
    shared = {name: value for name, value in ANNA.items() if name != "birth_date"}
    brother = told(shared, {**shared, "first_name": "Nils"})
    assert brother.probability < 0.3
    assert clashes(brother)
    mailbox = told({"first_name": "Anna", "emails": ANNA["emails"]}, {"first_name": "Nils", "emails": ANNA["emails"]})
    assert mailbox.probability < 0.1


@pytest.mark.parametrize(
    "names",
    "Hans/Hanna Christian/Christina Peter/Petra Martin/Martina Julia/Julian Andrea/Andreas Daniel/Daniela Karl/Carla"
    " Gabriel/Gabriele Paul/Paula Mario/Maria Lena/Lea Tim/Tom Jan/Jana Erik/Erika José/Josefa"
    " Michael/Michaela Simon/Simone Luis/Luisa Lisa/Elsa Hans-Peter/Hans-Jürgen Fernando/Fernanda"
    " Ulrich/Ulrike".split(),
)
def test_brothers_and_sisters_and_couples_whose_names_are_alike_clash(names: str) -> None:
    one, other = names.split("/")
    shared = {name: value for name, value in ANNA.items() if name != "birth_date"}
    found = told({**shared, "first_name": one}, {**shared, "first_name": other})
    assert clashes(found)


def test_sisters_who_share_the_first_of_two_names_clash() -> None:
    shared = {name: value for name, value in ANNA.items() if name != "birth_date"} | {"last_name": "García López"}
    maria = {**shared, "first_name": "María Guadalupe"}
    assert clashes(told(maria, {**shared, "first_name": "María Fernanda"}))
    for same in ("María", "Guadalupe", "Ma. Guadalupe", "María Guadalpe", "Lupita"):
        assert not clashes(told(maria, {**shared, "first_name": same})), same


@pytest.mark.parametrize(
    "names",
    "Stefan/Stephan Clara/Klara Thomas/Tomas Christina/Kristina Matthias/Mathias Erik/Eric Yvonne/Ivonne Sepp/Joseph"
    " Micke/Mikael Björn/Bjoern Heinrich/Heinz Wolfgang/Wolfgnag Pepe/José Hannah/Hanna Susanne/Susann Anette/Annett"
    " Hans-Peter/Hans Paco/Francisco Dr.~Jörg/Joerg".split(),
)
def test_one_name_in_two_spellings_or_short_is_the_same_person_s(names: str) -> None:
    one, other = names.replace("~", " ").split("/")
    found = told({**ANNA, "first_name": one}, {**ANNA, "first_name": other})
    assert not clashes(found)
    assert found.probability > 0.99
    assert found.level("email") == "same, first names agree"


def test_a_household_s_telephone_says_little_of_two_who_have_a_mobile_each() -> None:
    son = {**ANNA, "emails": (), "phones": phones("030 1234567", "0157 12345678")}
    father = {**son, "phones": phones("030 1234567", "0160 99999999")}
    found = told(father, son)
    assert found.level("phone") == "same, first names agree, other mobiles"
    weights = {one.field: one.weight for one in found.fields}
    assert weights["phone"] < {one.field: one.weight for one in told(son, son).fields}["phone"] - 5


def test_father_and_son_of_one_name_clash_by_birthday_or_by_what_they_are_called() -> None:
    hans = {"first_name": "Hans", "last_name": "Huber", "addresses": ANNA["addresses"], "phones": ANNA["phones"]}
    assert clashes(told({**hans, "birth_date": date(1950, 1, 2)}, {**hans, "birth_date": date(1980, 3, 4)}))
    assert clashes(told({**hans, "last_name": "Huber sen."}, {**hans, "last_name": "Huber jun."}))
    assert clashes(told(hans, {**hans, "last_name": "Huber jun."}))
    assert not clashes(told(hans, hans))


def test_one_who_shares_an_identity_number_is_the_same_whatever_the_first_name() -> None:
    number = {"social_security_number": "19800506-1234"}
    found = told({**ANNA, **number}, {**ANNA, **number, "first_name": "Otto"})
    assert not clashes(found)
    company = told({**ANNA, **number}, {**number, "kind": "company", "company": "Berg AB"})
    assert clashes(company)


def test_a_namesake_by_the_last_name_s_absence_is_not_merged() -> None:
    found = told(
        {"last_name": "Schmidt", "phones": ANNA["phones"], "emails": ANNA["emails"]},
        {"first_name": "Klara", "last_name": "Winkelmann", "phones": ANNA["phones"], "emails": ANNA["emails"]},
    )
    assert clashes(found)


LIMITS = Thresholds(merge=0.8, review=0.3)


@pytest.mark.parametrize(
    ("probability", "fields", "expected"),
    [
        (0.9, (), "same"),
        (0.8, (), "same"),
        (0.79, (), "review"),
        (0.3, (), "review"),
        (0.29, (), "different"),
        (0.99, (("first_name", "different"),), "review"),
        (0.99, (("birth_date", "different"), PROOF), "same"),
        (0.99, (("kind", "different"), PROOF), "review"),
        (0.1, (("first_name", "different"),), "different"),
    ],
)
def test_a_verdict_is_by_the_two_thresholds_and_by_what_never_goes_together(
    probability: float, fields: tuple[tuple[str, str], ...], expected: str
) -> None:
    levels = own_weights().comparisons
    found = [level.told for one in levels for level in one if (level.told.field, level.told.level) in fields]
    assert len(found) == len(fields)
    assert verdict(Score(probability, 0.0, tuple(found)), LIMITS) == expected


def test_what_never_goes_together_is_among_the_levels() -> None:
    known = {(name, label) for name, levels in COMPARISONS.items() for label, _ in levels}
    assert known >= {*CLASHES, PROOF}


def test_the_likeliest_comes_first_and_of_two_alike_the_older() -> None:
    scores = {7: 1.0, 3: 2.0, 5: 1.0}
    found = likeliest([Candidate(number, Score(0.5, weight, ())) for number, weight in scores.items()])
    assert [one.contact_id for one in found] == [3, 5, 7]


def test_the_weights_file_is_the_untrained_settings_with_weights_in_them() -> None:
    trained = msgspec.json.decode(own_settings())
    for comparison in trained["comparisons"]:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        assert sum(level["m_probability"] for level in levels) == pytest.approx(1)
        assert sum(level["u_probability"] for level in levels) == pytest.approx(1)
        for level in levels:
            for name in ("m_probability", "u_probability", "tf_adjustment_weight", "tf_minimum_u_value"):
                level.pop(name, None)
    trained.pop("probability_two_random_records_match")
    assert trained == untrained()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        b'{"probability_two_random_records_match":0,"comparisons":[]}',
        b'{"probability_two_random_records_match":0.5,"comparisons":[{"output_column_name":"a","comparison_levels":'
        b'[{"sql_condition":"a_l = a_r"}]}]}',
        b'{"probability_two_random_records_match":0.5,"comparisons":[{"output_column_name":"a","comparison_levels":'
        b'[{"sql_condition":"a_l ~ a_r","m_probability":0.5,"u_probability":0.5}]}]}',
        b'{"probability_two_random_records_match":0.5,"comparisons":[{"output_column_name":"a","comparison_levels":'
        b'[{"sql_condition":"a_l >= a_r","m_probability":0.5,"u_probability":0.5,"tf_adjustment_column":"a"}]}]}',
    ],
)
def test_a_file_that_is_no_trained_model_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid):
        read_weights(raw)


def test_weights_are_the_file_s_and_no_others() -> None:
    raw = (
        b'{"probability_two_random_records_match":0.5,"comparisons":[{"output_column_name":"name","comparison_levels":['
        b'{"sql_condition":"last_name_l IS NULL OR last_name_r IS NULL","is_null_level":true},'
        b'{"sql_condition":"last_name_l = last_name_r","label_for_charts":"same","m_probability":0.8,'
        b'"u_probability":0.1},{"sql_condition":"ELSE","label_for_charts":"other","m_probability":0.2,'
        b'"u_probability":0.8}]}]}'
    )
    weights = read_weights(raw)
    same = score(weights, Features(last_name="berg"), Features(last_name="berg"))
    assert same.match_weight == pytest.approx(3.0)
    assert same.probability == pytest.approx(8 / 9)
    assert score(weights, Features(last_name="berg"), Features(last_name="x")).match_weight == pytest.approx(-2.0)
    assert score(weights, Features(last_name="berg"), Features()).probability == 0.5


def test_a_probability_never_overflows() -> None:
    assert probability_of(5000.0) == 1.0
    assert probability_of(-5000.0) >= 0.0
    assert probability_of(0.0) == 0.5


def test_one_of_two_about_as_likely_who_are_apart_themselves_is_not_certain() -> None:
    mailbox = {"last_name": "Berg", "emails": ANNA["emails"]}
    given = features(Contact(**mailbox), "DE")
    family = {1: {**mailbox, "first_name": "Anna"}, 2: {**mailbox, "first_name": "Nils"}, 3: {**mailbox}}
    rows = {number: features(Contact(**fields), "DE") for number, fields in family.items()}

    def told(*numbers: int) -> tuple[int | None, list[int]]:
        found = likeliest([Candidate(number, score(own_weights(), given, rows[number])) for number in numbers])
        same, doubtful = settled(own_weights(), [(one, rows[one.contact_id]) for one in found], LIMITS)
        return same.contact_id if same else None, sorted(one.contact_id for one in doubtful)

    assert told() == (None, [])
    assert told(1) == (1, [])
    assert told(1, 3) == (1, [])
    assert told(1, 2) == (None, [1, 2])
