"""The native codec: what a body changes, what it may not say, and that nothing is lost between in and out."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from onebook.dialects.native.codec import chosen_fields, contact_edit, encode, new_record, record_edit, shown, whole
from onebook.dialects.native.fields import plans
from onebook.dialects.native.filters import FILTERS
from onebook.dialects.native.schemas import components
from onebook.errors import Invalid
from onebook.model.account import Account, CustomField, Tag, Vocabulary
from onebook.model.contact import BOOK_KEPT, Contact, Email, Phone
from onebook.model.query import ContactQuery
from tests.book import START

ZONE = ZoneInfo("Europe/Berlin")
NOBODY = Vocabulary(
    stamp=0,
    account=Account(account_id=1, name="A", customer_id="M1", created_at=START),
    users={},
    tag_groups={},
    tags={},
    sources={},
    statuses={},
    reasons={},
    custom_fields={},
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def edited(body: Any, contact: Contact | None = None) -> Contact:
    """The contact that `body` makes of another one."""
    return contact_edit(body, ZONE)(contact or Contact(), NOBODY)


def refused(body: Any) -> list[tuple[str, str]]:
    """Path and code of all that is wrong with `body`."""
    with pytest.raises(Invalid) as caught:
        contact_edit(body, ZONE)
    return [(problem.path, problem.code) for problem in caught.value.problems]


def told(contact: Contact) -> dict[str, Any]:
    """The contact as it is answered."""
    found: dict[str, Any] = json.loads(encode(whole(contact)))
    return found


def test_every_field_is_always_there_and_in_the_order_of_the_model() -> None:
    assert list(told(Contact())) == list(Contact.__struct_fields__)
    nested = told(Contact(emails=(Email(address="a@b.de"),), phones=(Phone(number="1"),)))
    assert nested["emails"] == [{"address": "a@b.de", "label": None, "is_primary": False, "status": None}]
    assert list(nested["phones"][0]) == ["number", "e164", "kind", "label", "is_primary"]


def test_what_a_body_does_not_name_stays() -> None:
    before = Contact(first_name="Ada", last_name="Lovelace", custom={"a": 1}, extras={"propstack": {"x": 1}})
    assert edited({}, before) == before
    assert edited({"last_name": "Byron"}, before) == replace(before, last_name="Byron")


def test_absent_null_and_empty_are_three_things() -> None:
    before = Contact(first_name="Ada", tag_ids=(1, 2))
    assert edited({}, before).first_name == "Ada"
    assert edited({"first_name": None}, before).first_name is None
    assert edited({"first_name": ""}, before).first_name == ""
    assert edited({"tag_ids": None}, before).tag_ids == ()
    assert edited({"tag_ids": []}, before).tag_ids == ()
    assert (
        edited({"kind": None, "is_archived": None}, replace(before, kind="company", is_archived=True)).kind == "person"
    )


def test_custom_external_ids_and_extras_are_merged_by_key_and_null_takes_a_key_away() -> None:
    before = Contact(
        custom={"a": 1, "b": [1, 2]},
        external_ids={"crm": "1", "old": "2"},
        extras={"propstack": {"x": 1, "y": 2}, "vitec": {"z": 1}},
    )
    after = edited(
        {
            "custom": {"b": None, "c": {"ip": "::1"}},
            "external_ids": {"old": None, "new": 7},
            "extras": {"propstack": {"y": None, "w": [1]}, "vitec": None},
        },
        before,
    )
    assert after.custom == {"a": 1, "c": {"ip": "::1"}}
    assert after.external_ids == {"crm": "1", "new": "7"}
    assert after.extras == {"propstack": {"x": 1, "w": [1]}}
    assert before.custom == {"a": 1, "b": [1, 2]}
    assert edited({"custom": None, "extras": {}}, before).custom == {}


def test_text_takes_numbers_and_nothing_else() -> None:
    assert edited({"income": 5, "description": 1.5, "addresses": [{"zip": 10115}]}) == edited(
        {"income": "5", "description": "1.5", "addresses": [{"zip": "10115"}]}
    )
    wrong: list[Any] = [True, [], {}, ["a"]]
    for value in wrong:
        assert refused({"first_name": value}) == [("first_name", "wrong_type")]
        assert refused({"addresses": [{"zip": value}]}) == [("addresses.0.zip", "wrong_type")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, [("", "wrong_type")]),
        ([], [("", "wrong_type")]),
        ({"x": 1, "y": 2}, [("x", "unknown_field"), ("y", "unknown_field")]),
        ({"emails": {}}, [("emails", "wrong_type")]),
        ({"emails": ["a@b.de"]}, [("emails.0", "wrong_type")]),
        (
            {"emails": [{"address": "a@b.de"}, {"mail": 1}]},
            [("emails.1.mail", "unknown_field"), ("emails.1.address", "required")],
        ),
        ({"emails": [{"address": None}]}, [("emails.0.address", "required")]),
        ({"phones": [{"number": "1", "kind": "pager"}]}, [("phones.0.kind", "unknown_value")]),
        ({"tag_ids": [1, "2", None]}, [("tag_ids.1", "wrong_type"), ("tag_ids.2", "wrong_type")]),
        ({"rating": 4}, [("rating", "out_of_range")]),
        ({"rating": 1.5}, [("rating", "wrong_type")]),
        ({"owner_id": True}, [("owner_id", "wrong_type")]),
        ({"birth_date": "2023-02-29"}, [("birth_date", "no_date")]),
        ({"birth_date": "2020-W01-1"}, [("birth_date", "no_date")]),
        ({"birth_date": 20200101}, [("birth_date", "no_date")]),
        ({"consent_approved_at": "yesterday"}, [("consent_approved_at", "no_date")]),
        ({"consent_approved_at": 1}, [("consent_approved_at", "no_date")]),
        ({"is_archived": 1}, [("is_archived", "wrong_type")]),
        ({"addresses": [{"latitude": "52"}]}, [("addresses.0.latitude", "wrong_type")]),
        ({"custom": []}, [("custom", "wrong_type")]),
        ({"extras": {"propstack": 1}}, [("extras.propstack", "wrong_type")]),
        ({"external_ids": {"crm": []}}, [("external_ids.crm", "wrong_type")]),
        ({"external_ids": {"native": "7"}}, [("external_ids.native", "unknown_field")]),
        ({"external_ids": {"x" * 65: "7"}}, [("external_ids", "too_long")]),
        ({"kind": "robot", "salutation": "dr"}, [("kind", "unknown_value"), ("salutation", "unknown_value")]),
    ],
)
def test_what_is_wrong_is_named_by_its_path(body: Any, expected: list[tuple[str, str]]) -> None:
    assert refused(body) == expected


def test_what_the_book_keeps_and_what_it_derives_is_taken_and_not_looked_at() -> None:
    body: dict[str, Any] = dict.fromkeys(BOOK_KEPT, "nonsense")
    assert edited({**body, "phones": [{"number": "0157", "e164": ["no"]}]}) == Contact(phones=(Phone(number="0157"),))


def test_a_bare_date_among_moments_means_the_zone_of_the_account() -> None:
    assert told(edited({"last_contact_at": "2024-07-01"}))["last_contact_at"] == "2024-06-30T22:00:00Z"
    assert told(edited({"last_contact_at": "2024-07-01T12:00:00"}))["last_contact_at"] == "2024-07-01T10:00:00Z"
    assert told(edited({"last_contact_at": "2024-07-01T12:00:00-06:00"}))["last_contact_at"] == "2024-07-01T18:00:00Z"


def test_a_record_needs_its_required_fields_when_it_is_new_only() -> None:
    assert new_record(Tag, {"name": 5, "extras": {"quentn": {"a": 1, "b": None}}}, ZONE) == Tag(
        name="5", extras={"quentn": {"a": 1}}
    )
    assert record_edit(Tag, {"description": "x"}, ZONE)(Tag(name="a")) == Tag(name="a", description="x")
    for body, code in (
        ({}, "required"),
        ({"name": None}, "required"),
        ({"name": []}, "wrong_type"),
        (None, "wrong_type"),
    ):
        with pytest.raises(Invalid) as caught:
            new_record(Tag, body, ZONE)
        assert caught.value.problems[0].code == code
    with pytest.raises(Invalid):
        record_edit(Tag, {"name": None}, ZONE)
    with pytest.raises(Invalid) as caught:
        new_record(CustomField, {"name": "a", "options": [{"id": 1}]}, ZONE)
    assert [problem.path for problem in caught.value.problems] == ["options.0.name"]


def test_fields_cuts_an_answer_down_to_what_is_named_and_the_id() -> None:
    fields = chosen_fields(Contact, ("emails", "first_name"))
    assert fields == ("id", "first_name", "emails")
    assert json.loads(encode(shown(Contact(id=1, emails=(Email(address="a@b.de"),)), fields))) == {
        "id": 1,
        "first_name": None,
        "emails": [{"address": "a@b.de", "label": None, "is_primary": False, "status": None}],
    }
    assert chosen_fields(Contact, None) is None
    with pytest.raises(Invalid):
        chosen_fields(Contact, ("emails", "e-mails"))


@given(st.dictionaries(st.sampled_from(sorted(plans(Contact))) | st.text(), JSON, max_size=5))
def test_any_body_at_all_is_taken_or_found_invalid(body: dict[str, Any]) -> None:
    try:
        contact = edited(body)
    except Invalid:
        assert refused(body)
    else:
        assert edited(told(contact)) == replace(
            contact, phones=tuple(replace(one, e164=None) for one in contact.phones)
        )


def test_what_is_answered_can_be_sent_back_and_changes_nothing() -> None:
    given_by_type: dict[str, Any] = {"string": "text", "boolean": True, "integer": 2, "number": 1.5}
    schema = components()["ContactChange"]["properties"]
    body = {name: value for name, kind in schema.items() if (value := _some(kind, given_by_type)) is not None}
    assert len(body) > 60
    contact = edited(body)
    assert edited(told(contact), contact) == contact
    assert {name for name, value in told(contact).items() if value in (None, [], {})} <= BOOK_KEPT | {
        "custom",
        "external_ids",
        "extras",
        "addresses",
        "emails",
        "phones",
    }


def _some(kind: Any, by_type: dict[str, Any]) -> Any:
    """Some value that a schema lets through; None where there is none to be had."""
    kind = kind["anyOf"][0] if "anyOf" in kind else kind
    if kind.get("$ref", "").endswith("/Text"):
        return "text"
    if "enum" in kind:
        return kind["enum"][0]
    if kind.get("format") == "date":
        return "2024-02-29"
    if kind.get("format") == "date-time":
        return "2024-02-29T12:00:00Z"
    found = kind.get("type")
    found = found[0] if isinstance(found, list) else found
    if found == "array" and kind["items"].get("type") == "integer":
        return [2]
    return by_type.get(found)


def test_every_filter_of_the_book_has_a_parameter() -> None:
    elsewhere = {"sort", "descending", "archived", "custom", "external_id", "changed_after", "unchanged_after"}
    assert {one.target for one in FILTERS} == set(ContactQuery.__struct_fields__) - elsewhere
