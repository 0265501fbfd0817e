"""Propstack's codec: what each key writes, and what holds for any contact and any body."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from onebook.dialects.propstack.associations import Around
from onebook.dialects.propstack.codec import decode_client, encode_contact, encode_row
from onebook.dialects.propstack.fields import BY_NAME, FIELDS
from onebook.dialects.propstack.server import SERVER
from onebook.errors import Invalid, OnebookError
from onebook.model.account import (
    Account,
    CustomField,
    Option,
    Source,
    Status,
    Tag,
    User,
    Vocabulary,
)
from onebook.model.contact import Address, Contact, Email, Phone
from onebook.model.custom import custom_value

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
COLOURS = (Option(id=1, name="Rot"), Option(id=2, name="Grün"))
WORDS = Vocabulary(
    stamp=1,
    account=Account(account_id=1, name="Agentur", customer_id="M1", created_at=NOON),
    users={5: User(id=5, first_name="Eva", last_name="Klein", email="eva@agentur.de")},
    tag_groups={},
    tags={6: Tag(id=6, name="Käufer"), 7: Tag(id=7, name="Mieter", group_id=3)},
    sources={26: Source(id=26, name="Immobilienscout 24")},
    statuses={45: Status(id=45, name="Kunde", color="#ff0000", position=1)},
    reasons={},
    custom_fields={
        "note": CustomField(id=1, name="note"),
        "colour": CustomField(id=2, name="colour", type="choice", options=COLOURS),
        "colours": CustomField(id=3, name="colours", type="multiple_choice", options=COLOURS),
        "rooms": CustomField(id=4, name="rooms", type="number"),
        "moved": CustomField(id=5, name="moved", type="date"),
        "vip": CustomField(id=6, name="vip", type="checkbox"),
        "agreed": CustomField(id=7, name="agreed", type="consent"),
    },
)
AROUND = Around(WORDS, BERLIN)
BLANK = Contact(id=9, created_at=NOON, updated_at=NOON, token="t" * 24)


def written(contact: Contact = BLANK, /, **client: Any) -> Contact:
    """The contact after a request with these keys."""
    write = decode_client({"client": client}, BERLIN)
    owns = {point: point[1] for point in write.points() if point[0] == "projects"}
    return write.edit(owns)(contact, WORDS)


def shown(contact: Contact) -> dict[str, Any]:
    """The contact as an answer shows it, read back out of its JSON."""
    answer: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(encode_contact(contact, AROUND)))
    return answer


def problems(**client: Any) -> dict[str, str]:
    """What is wrong with a request, code by key."""
    with pytest.raises(Invalid) as raised:
        written(**client)
    return {problem.path: problem.code for problem in raised.value.problems}


# Phones


MANY = Contact(
    phones=(
        Phone(number="1", kind="switch"),
        Phone(number="2", kind="mobile"),
        Phone(number="3", kind="mobile", label="office"),
        Phone(number="4", kind="home", is_primary=True),
        Phone(number="5", kind="home"),
        Phone(number="6", kind="work", label="Durchwahl"),
        Phone(number="7", kind="other"),
    )
)


def test_each_phone_key_shows_the_first_phone_of_its_kind_and_label() -> None:
    answer = shown(MANY)
    keys = ("phone", "home_phone", "home_cell", "office_phone", "office_cell")
    assert [answer[key] for key in keys] == ["7", "4", "2", "6", "3"]


def test_a_switchboard_is_shown_as_phone_where_there_is_no_other() -> None:
    assert shown(Contact(phones=MANY.phones[:1]))["phone"] == "1"


@pytest.mark.parametrize(
    ("key", "index"), [("phone", 6), ("home_phone", 3), ("home_cell", 1), ("office_phone", 5), ("office_cell", 2)]
)
def test_setting_a_phone_key_changes_that_number_and_nothing_else(key: str, index: int) -> None:
    after = written(MANY, **{key: "99"})
    for place, (before, now) in enumerate(zip(MANY.phones, after.phones, strict=True)):
        assert now == (msgspec.structs.replace(before, number="99") if place == index else before)


@pytest.mark.parametrize("key", ["phone", "home_phone", "home_cell", "office_phone", "office_cell"])
def test_null_removes_the_phone_that_the_key_shows_and_no_other(key: str) -> None:
    after = written(MANY, **{key: None})
    assert len(after.phones) == len(MANY.phones) - 1
    assert set(after.phones) < set(MANY.phones)


@pytest.mark.parametrize(
    "key", ["phone", "home_phone", "home_cell", "office_phone", "office_cell", "home_fax", "office_fax"]
)
def test_a_phone_key_that_shows_nothing_adds_a_phone_and_keeps_the_others(key: str) -> None:
    others = (Phone(number="1", kind="home", label="alt"),) if key != "home_phone" else ()
    after = written(Contact(phones=others), **{key: "0157 1"})
    assert after.phones[:-1] == others
    assert after.phones[-1].number == "0157 1"
    assert BY_NAME[key].shows is None or shown(after)[key] == "0157 1"


def test_the_faxes_at_home_and_in_the_office_are_two() -> None:
    after = written(home_fax="1", office_fax="2")
    assert after.phones == (Phone(number="1", kind="fax"), Phone(number="2", kind="fax", label="office"))


# E-mail addresses

TWO = Contact(emails=(Email(address="a@x.de", label="alt", status="double_opt_in"), Email(address="b@x.de")))


def test_email_is_the_primary_address_and_the_first_of_emails() -> None:
    answer = shown(Contact(emails=(Email(address="a@x.de"), Email(address="b@x.de", is_primary=True))))
    assert (answer["email"], answer["emails"]) == ("b@x.de", ["b@x.de", "a@x.de"])


def test_a_new_email_takes_the_place_of_the_primary_one_and_not_its_status() -> None:
    assert written(TWO, email="c@x.de").emails == (Email(address="c@x.de", label="alt"), Email(address="b@x.de"))


def test_an_email_that_the_contact_has_becomes_the_primary_one_and_none_is_lost() -> None:
    after = written(TWO, email="B@x.de")
    assert shown(after)["emails"] == ["B@x.de", "a@x.de"]
    assert after.emails[0] == TWO.emails[0]


def test_emails_replaces_the_list_and_keeps_what_is_known_of_those_that_stay() -> None:
    after = written(TWO, emails=["c@x.de", "A@x.de", "a@x.de"])
    assert after.emails == (Email(address="c@x.de"), Email(address="A@x.de", label="alt", status="double_opt_in"))


def test_email_and_emails_together_are_one_list_with_email_in_front() -> None:
    assert shown(written(email="c@x.de", emails=["d@x.de", "C@x.de"]))["emails"] == ["c@x.de", "d@x.de"]
    assert shown(written(email="c@x.de", emails=[]))["emails"] == ["c@x.de"]


def test_null_removes_the_primary_email() -> None:
    assert written(TWO, email=None).emails == (Email(address="b@x.de"),)


# Addresses


def test_a_part_of_an_address_changes_that_part_alone() -> None:
    home = Address(kind="home", street="Weg", house_number="1", state="Bayern", latitude=1.0)
    office = Address(kind="office", city="Bonn")
    after = written(Contact(addresses=(office, home)), home_street="Allee")
    assert after.addresses == (office, msgspec.structs.replace(home, street="Allee"))


def test_an_address_of_which_nothing_is_left_goes() -> None:
    assert written(written(home_city="Bonn"), home_city=None).addresses == ()


def test_the_parts_in_one_line_are_shown_and_their_echo_changes_nothing() -> None:
    contact = written(home_street="Musterstrasse", home_house_number="76", home_zip_code=42573, home_city="Berlin")
    assert shown(contact)["home_address"] == "Musterstrasse 76, 42573 Berlin"
    assert written(contact, home_address="Musterstrasse 76, 42573 Berlin", home_city="Bonn").extras == {}


def test_an_address_that_came_in_one_line_is_shown_until_there_are_parts() -> None:
    contact = written(home_address="Musterstr. 76, Berlin")
    assert shown(contact)["home_address"] == "Musterstr. 76, Berlin"
    assert shown(written(contact, home_city="Bonn"))["home_address"] == "Bonn"


# Words of the vendor's own


@pytest.mark.parametrize(("word", "kept"), [("mr", "mr"), ("Herr", "mr"), ("ms", "ms"), ("Frau", "ms")])
def test_a_salutation_is_taken_in_both_languages(word: str, kept: str) -> None:
    assert written(salutation=word).salutation == kept


def test_another_salutation_is_kept_and_comes_back_until_a_known_one_takes_its_place() -> None:
    contact = written(salutation="Familie")
    assert (contact.salutation, contact.extras) == (None, {"propstack": {"salutation": "Familie"}})
    assert shown(contact)["salutation"] == "Familie"
    assert written(contact, salutation="mr").extras == {}


def test_unknown_attributes_are_kept_as_they_came_and_what_other_dialects_keep_stays() -> None:
    before = Contact(extras={"vitec": {"a": 1}, "propstack": {"note": "x", "old": 1}})
    after = written(before, note="y", source={"a": [1, None]}, street=None)
    assert after.extras == {
        "vitec": {"a": 1},
        "propstack": {"note": "y", "old": 1, "source": {"a": [1, None]}, "street": None},
    }


def test_keys_of_the_book_s_own_are_ignored() -> None:
    sent = {field.name: "x" for field in FIELDS if field.write is None}
    assert written(first_name="Eva", **sent) == msgspec.structs.replace(BLANK, first_name="Eva")


def test_is_company_turns_a_person_into_a_company_and_back_and_leaves_an_estate_alone() -> None:
    company = written(is_company=True)
    assert (company.kind, written(company, is_company=False).kind) == ("company", "person")
    assert written(Contact(kind="estate"), is_company=False).kind == "estate"


def test_gdpr_status_and_rating_are_numbers_that_may_be_texts() -> None:
    contact = written(gdpr_status="2", rating="3")
    assert (contact.consent_status, contact.rating) == ("agreed", 3)
    assert (shown(contact)["gdpr_status"], shown(contact)["rating"]) == (2, 3)


def test_ids_may_be_texts_and_null_or_empty_is_none() -> None:
    contact = written(broker_id="5", client_status_id="45", client_source_id=26)
    assert (contact.owner_id, contact.status_id, contact.source_id) == (5, 45, 26)
    assert written(contact, broker_id="").owner_id is None
    assert written(contact, broker_id=None).owner_id is None


def test_associations_are_filled_in() -> None:
    answer = shown(written(broker_id=5, second_broker_id=5, client_status_id=45, client_source_id=26, group_ids=[7, 6]))
    assert answer["status"] == {"id": 45, "label": "Kunde", "name": "Kunde", "color": "#ff0000"}
    assert answer["client_status"] == {"id": 45, "name": "Kunde", "color": "#ff0000", "position": 1}
    assert answer["client_source"] == {"id": 26, "name": "Immobilienscout 24"}
    assert answer["broker"] == answer["second_broker"]
    assert (answer["broker"]["name"], answer["broker"]["shop"]) == ("Eva Klein", {"name": "Agentur", "color": None})
    assert answer["groups"] == [
        {"id": 7, "name": "Mieter", "super_group_id": 3},
        {"id": 6, "name": "Käufer", "super_group_id": None},
    ]


def test_groups_are_replaced_added_and_taken_away() -> None:
    contact = written(group_ids=["6"])
    assert contact.tag_ids == (6,)
    assert written(contact, add_group_ids=[7, 6]).tag_ids == (6, 7)
    assert written(contact, sub_group_ids=[6]).tag_ids == ()
    assert written(contact, sub_group_ids=["7"], add_group_ids=[7]).tag_ids == (6,)


def test_an_unknown_group_or_broker_is_named_where_it_was_sent() -> None:
    assert problems(add_group_ids=[8]) == {"add_group_ids": "unknown_id"}
    assert problems(sub_group_ids=[8]) == {"sub_group_ids": "unknown_id"}
    assert problems(broker_ids=[8]) == {"broker_ids": "unknown_id"}


def test_old_crm_id_may_be_a_number_and_is_text() -> None:
    contact = written(old_crm_id=4711)
    assert (contact.external_ids, shown(contact)["old_crm_id"]) == ({"old_crm": "4711"}, "4711")
    assert written(contact, old_crm_id=None).external_ids == {}


def test_an_upsert_looks_for_old_crm_id_first_and_then_for_the_email() -> None:
    assert decode_client({"client": {"email": "A@x.de", "old_crm_id": 7}}, BERLIN).matches == (
        ("id:old_crm", "7"),
        ("email", "a@x.de"),
    )
    assert decode_client({"client": {"email": "", "emails": [" B@x.de"]}}, BERLIN).matches == (("email", "b@x.de"),)
    assert decode_client({"client": {"email": ""}}, BERLIN).matches == ()


def test_every_bad_value_is_named_at_once() -> None:
    sent = {
        "first_name": ["x"],
        "company": True,
        "dob": "31.12.2000",
        "last_contact_at": 5,
        "rating": 4,
        "gdpr_status": -1,
        "newsletter": "maybe",
        "broker_id": "x",
        "group_ids": 6,
        "emails": "a@x.de",
        "custom_fields": [],
    }
    assert problems(**sent) == {
        "first_name": "not_a_text",
        "company": "not_a_text",
        "dob": "not_a_date",
        "last_contact_at": "not_a_date",
        "rating": "out_of_range",
        "gdpr_status": "out_of_range",
        "newsletter": "not_a_flag",
        "broker_id": "not_a_number",
        "group_ids": "not_a_list",
        "emails": "not_a_list",
        "custom_fields": "not_an_object",
    }


@pytest.mark.parametrize("body", [None, [], {}, {"client": None}, {"client": []}, {"client": {}}, {"client": "x"}, 5])
def test_a_body_without_a_client_is_refused(body: Any) -> None:
    with pytest.raises(Invalid) as raised:
        decode_client(body, BERLIN)
    assert raised.value.problems[0].path == "client"


# Moments


@pytest.mark.parametrize(
    ("given_", "shows", "formatted"),
    [
        ("2018-12-01T16:37:56.250+01:00", "2018-12-01T16:37:56.250+01:00", "01.12.2018 16:37"),
        ("2018-12-01T15:37:56Z", "2018-12-01T16:37:56.000+01:00", "01.12.2018 16:37"),
        ("2018-07-01", "2018-07-01T00:00:00.000+02:00", "01.07.2018 00:00"),
        ("1890-01-01T00:00:00Z", "1890-01-01T00:00:00.000+00:00", "01.01.1890 00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000+00:00", "31.12.9999 23:59"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000+00:00", "01.01.0001 00:00"),
    ],
)
def test_a_moment_is_shown_in_the_account_s_zone_with_milliseconds(given_: str, shows: str, formatted: str) -> None:
    answer = shown(written(last_contact_at=given_))
    assert (answer["last_contact_at"], answer["last_contact_at_formatted"]) == (shows, formatted)


@pytest.mark.parametrize("text", ["2002-11-10", "2002-11-10T00:00:00.000+01:00", "20021110"])
def test_a_day_is_taken_out_of_a_moment_as_it_is_written(text: str) -> None:
    assert written(dob=text).birth_date == date(2002, 11, 10)


# Custom fields


def test_all_custom_fields_are_listed_with_value_and_pretty_value() -> None:
    contact = Contact(
        custom={"note": "x", "colour": 2, "colours": [1, 2], "rooms": 2.5, "moved": "2024-02-01", "vip": True}
    )
    assert shown(contact)["custom_fields"] == {
        "note": {"value": "x", "pretty_value": "x"},
        "colour": {"value": 2, "pretty_value": "Grün"},
        "colours": {"value": "1,2", "pretty_value": "Rot, Grün"},
        "rooms": {"value": 2.5, "pretty_value": "2,5"},
        "moved": {"value": "2024-02-01", "pretty_value": "01.02.2024"},
        "vip": {"value": True, "pretty_value": "Ja"},
        "agreed": {"value": None, "pretty_value": None},
    }


def test_custom_fields_replaces_all_and_partial_custom_fields_merges() -> None:
    contact = Contact(custom={"note": "x", "rooms": 2})
    assert written(contact, custom_fields={"note": "y"}).custom == {"note": "y"}
    assert written(contact, partial_custom_fields={"note": "y"}).custom == {"note": "y", "rooms": 2}


def test_custom_fields_are_taken_in_the_shape_that_answers_have() -> None:
    assert written(custom_fields={"note": {"value": "y", "pretty_value": "z"}}).custom == {"note": "y"}


def test_values_under_unknown_names_go_to_the_extras() -> None:
    contact = written(written(custom_fields={"a": 1}), partial_custom_fields={"b": {"c": None}})
    assert contact.extras == {"propstack": {"custom_fields": {"a": 1, "b": {"c": None}}}}


# What holds for any contact and any body

TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8)
SOME_TEXT = st.none() | TEXT
WHEN = st.datetimes(timezones=st.sampled_from([UTC, BERLIN, timezone(timedelta(hours=-7))])).map(
    lambda moment: moment.astimezone(UTC) if 2 < moment.year < 9998 else NOON
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from(["", "1", "2024-01-01", "a@x.de"]),
    lambda members: st.lists(members, max_size=3) | st.dictionaries(TEXT, members, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from([field.name for field in FIELDS] + ["note", "street"])
CONTACTS = st.builds(
    Contact,
    id=st.integers(1, 2**31 - 1),
    kind=st.sampled_from(["person", "company", "estate"]),
    salutation=st.sampled_from([None, "mr", "ms"]),
    first_name=SOME_TEXT,
    last_name=SOME_TEXT,
    emails=st.lists(
        st.builds(Email, address=st.sampled_from(["", "a@x.de", "B@x.de", "b@x.de"]), is_primary=st.booleans()),
        max_size=3,
        unique_by=lambda email: email.address.casefold(),
    ).map(tuple),
    phones=st.lists(
        st.builds(
            Phone,
            number=TEXT,
            kind=st.sampled_from(["mobile", "home", "work", "fax", "switch", "other"]),
            label=st.sampled_from([None, "office", "privat"]),
        ),
        max_size=4,
    ).map(tuple),
    addresses=st.lists(
        st.builds(
            Address,
            kind=st.sampled_from(["home", "office", "billing"]),
            street=SOME_TEXT,
            zip=SOME_TEXT,
            city=SOME_TEXT,
        ),
        max_size=3,
    ).map(tuple),
    tag_ids=st.sampled_from([(), (6,), (7, 6)]),
    owner_id=st.sampled_from([None, 5, 404]),
    status_id=st.sampled_from([None, 45, 404]),
    rating=st.sampled_from([None, 0, 3]),
    birth_date=st.none() | st.dates(),
    last_contact_at=st.none() | WHEN,
    created_at=WHEN,
    updated_at=WHEN,
    newsletter=st.none() | st.booleans(),
    accept_contact=st.none() | st.booleans(),
    custom=st.fixed_dictionaries(
        {},
        optional={
            "note": TEXT,
            "colour": st.sampled_from([1, 2]),
            "colours": st.sampled_from([[1], [2, 1]]),
            "rooms": st.integers(-9, 9),
            "moved": st.sampled_from(["2024-02-01", "2024-02-01T10:00:00+00:00"]),
            "vip": st.booleans(),
            "agreed": st.just({"ip": "::1"}),
        },
    ),
    external_ids=st.sampled_from([{}, {"old_crm": "7"}, {"propstack": "12"}]),
    extras=st.dictionaries(
        st.sampled_from(["propstack", "vitec"]), st.dictionaries(KEYS, JSON, max_size=3), max_size=2
    ),
    token=st.none() | TEXT,
)
SCHEMA = {"$ref": "#/components/schemas/Contact", "components": {"schemas": SERVER.schemas}}
ROW_SCHEMA = {"$ref": "#/components/schemas/ContactRow", "components": {"schemas": SERVER.schemas}}
whole = Draft202012Validator(SCHEMA, validate_formats=True)
row = Draft202012Validator(ROW_SCHEMA, validate_formats=True)


def kept(contact: Contact) -> Contact:
    """The contact with its custom values in the form that the book keeps."""
    fields = WORDS.custom_fields
    read = {name: custom_value(fields[name], value, name) for name, value in contact.custom.items()}
    custom = {name: value for name, value in read.items() if value is not None}
    return msgspec.structs.replace(contact, custom=custom)


@given(CONTACTS)
def test_every_contact_is_shown_as_the_schema_says(contact: Contact) -> None:
    whole.validate(shown(contact))
    row.validate(msgspec.json.decode(msgspec.json.encode(encode_row(contact, AROUND))))


@given(CONTACTS)
def test_a_row_and_the_whole_say_the_same(contact: Contact) -> None:
    answer = encode_contact(contact, AROUND)
    assert encode_row(contact, AROUND).items() <= {**answer, "parent_id": None}.items()


@given(CONTACTS)
def test_what_is_sent_back_as_it_was_read_changes_nothing_that_is_shown(contact: Contact) -> None:
    before = shown(contact)
    after = kept(written(contact, **before))
    assert shown(after) == before
    assert after.phones == contact.phones
    assert after.addresses == contact.addresses
    assert after.emails == contact.emails


@given(CONTACTS, st.dictionaries(KEYS, JSON, min_size=1, max_size=6))
def test_any_body_is_taken_or_refused_as_the_house_refuses_and_what_is_taken_can_be_shown(
    contact: Contact, client: dict[str, Any]
) -> None:
    try:
        after = written(contact, **client)
    except OnebookError:
        return
    whole.validate(shown(msgspec.structs.replace(after, custom=contact.custom)))


@given(JSON)
def test_any_json_at_all_as_a_body_is_taken_or_refused(body: Any) -> None:
    for value in (body, {"client": body}):
        try:
            decode_client(value, BERLIN)
        except OnebookError:
            continue


FREE = [field for field in FIELDS if field.kind is not None and field.shows is not None and field.as_is]
FOLLOWERS = {
    "first_name": {"name"},
    "last_name": {"name", "full_salutation"},
    "company": {"name"},
    "academic_title": {"full_salutation"},
    "broker_id": {"broker"},
    "client_source_id": {"client_source"},
    "client_status_id": {"client_status", "status"},
}


@given(CONTACTS, st.sampled_from([*FREE, *(field for field in FIELDS if field.name.startswith(("home_", "office_")))]))
def test_a_put_of_one_key_changes_that_key_and_what_is_derived_from_it(contact: Contact, field: Any) -> None:
    before = shown(contact)
    value = {"integer": 2, "boolean": True, "number": 2}.get(_type(field), "2024-03-01")
    after = shown(written(contact, **{field.name: value}))
    follows = FOLLOWERS.get(field.name, set()) | {f"{field.name.partition('_')[0]}_address"}
    changed = {key for key in before if before[key] != after[key]}
    assert changed <= {field.name} | follows
    if field.shows is not None and not field.name.endswith("_address"):
        assert after[field.name] == value


def _type(field: Any) -> str:
    types = (field.shows or {}).get("type", "string")
    return str(types if isinstance(types, str) else types[0])
