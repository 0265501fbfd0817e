"""The vendor's places for mails and phones over lists of any length, and edits that change what they name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.dialects.quentn.codec import MergeMethod, encode_contact, field_names, read_contact
from onebook.dialects.quentn.fields import BY_NAME, DEFAULT_FIELDS, FIELDS, MAIL_STATUSES
from onebook.dialects.quentn.posting import MERGE_METHODS
from onebook.dialects.quentn.slots import FAXES, FORMER, MAILS, PHONES
from onebook.errors import Invalid
from onebook.model.account import Account, CustomField, Tag, User, Vocabulary
from onebook.model.contact import Address, Contact, Email, Phone

ACCOUNT = Account(account_id=1, name="A", customer_id="M1", created_at=datetime(2026, 1, 1, tzinfo=UTC))
WORDS = Vocabulary(
    stamp=1,
    account=ACCOUNT,
    users={3: User(id=3, email="u@example.com"), 4: User(id=4)},
    tag_groups={},
    tags={5: Tag(id=5, name="A"), 6: Tag(id=6, name="B")},
    sources={},
    statuses={},
    reasons={},
    custom_fields={"x": CustomField(name="x", type="text")},
)
NAMES = [*(field.name for field in FIELDS), "field_x", "frei"]
LABELS = st.sampled_from([None, None, "office", FORMER, "removed"])
ADDRESSES = st.sampled_from(["a@example.com", "b@example.com", "B@example.com", "c@example.com", ""])
NUMBERS = st.sampled_from(["030 1", "0301", "+49 30 2", "040 3", ""])
EMAILS = st.lists(
    st.builds(
        Email,
        address=ADDRESSES,
        label=LABELS,
        is_primary=st.booleans(),
        status=st.none() | st.sampled_from([*MAIL_STATUSES, "invalid"]),
    ),
    max_size=4,
).map(tuple)
PHONES_ANY = st.lists(
    st.builds(
        Phone,
        number=NUMBERS,
        label=LABELS,
        is_primary=st.booleans(),
        kind=st.sampled_from(["mobile", "home", "work", "fax", "switch", "other"]),
    ),
    max_size=4,
).map(tuple)
CONTACTS: st.SearchStrategy[Any] = st.builds(
    Contact,
    emails=EMAILS,
    phones=PHONES_ANY,
    addresses=st.lists(
        st.builds(Address, kind=st.sampled_from(["home", "billing"]), street=st.none() | st.sampled_from(["S", ""])),
        max_size=3,
    ).map(tuple),
    academic_title=st.none() | st.sampled_from(["Dr.", "Prof. Dr.", "Dipl.-Ing.", "Ing.", ""]),
    tag_ids=st.lists(st.sampled_from([5, 6, 9]), unique=True).map(tuple),
    owner_id=st.none() | st.sampled_from([3, 4, 9]),
    birth_date=st.none() | st.dates(),
    custom=st.just({}) | st.just({"x": "y"}),
)


@given(CONTACTS, st.sampled_from([(MAILS, "emails"), (PHONES, "phones"), (FAXES, "phones")]), st.integers(0, 1))
def test_what_is_put_into_a_place_is_shown_there_and_the_other_place_stays(
    contact: Contact, where: tuple[Any, str], place: int
) -> None:
    places, name = where
    items = getattr(contact, name)
    other = 1 - place
    for given_text in ("n@example.com", "030 9", "", None, "a@example.com"):
        after = places.put(items, place, given_text)
        assert places.shown(after, place) == given_text
        assert places.shown(after, other) == places.shown(items, other)
        assert [item for item in items if item.label == FORMER] == [item for item in after if item.label == FORMER]
        items = after


@given(CONTACTS, st.sampled_from([(MAILS, "emails"), (PHONES, "phones")]), st.integers(0, 1), ADDRESSES | NUMBERS)
def test_what_a_merge_overwrites_stays_in_the_list_and_in_no_place(
    contact: Contact, where: tuple[Any, str], place: int, text: str
) -> None:
    places, name = where
    items = getattr(contact, name)
    after = places.grow(items, place, text or "x")
    assert places.shown(after, place) == (text or "x")
    kept = {places.same(getattr(item, places.text)) for item in after}
    assert {places.same(getattr(item, places.text)) for item in items if getattr(item, places.text)} <= kept
    assert places.grow(after, place, text or "x") == after


@given(CONTACTS)
def test_writing_back_what_is_shown_changes_nothing(contact: Contact) -> None:
    shown = encode_contact(contact, NAMES, WORDS)
    sent = {name: value for name, value in shown.items() if name not in ("id", "created")}
    after = read_contact(sent, may_set_status=True).replacing(contact, WORDS)
    assert encode_contact(after, NAMES, WORDS) == shown
    assert after == contact


@given(CONTACTS, st.sampled_from(MERGE_METHODS))
def test_what_is_not_given_empties_nothing_in_a_merge(contact: Contact, method: MergeMethod) -> None:
    for nothing in (None, ""):
        names = [field.name for field in FIELDS if field.write]
        sent = read_contact({**dict.fromkeys(names, nothing), "field_x": nothing, "frei": nothing}, may_set_status=True)
        assert sent.merging(method)(contact, WORDS) == contact


def test_names_are_trimmed_and_without_any_the_usual_ones_are_meant() -> None:
    assert field_names(None) == field_names(()) == DEFAULT_FIELDS
    assert field_names((" mail", "mail ", "x")) == ("mail", "x")


def test_every_problem_is_told_under_the_vendor_s_name() -> None:
    wrong: dict[str, Any] = {
        "mail": "x",
        "title": "x",
        "ba_state": "x" * 21,
        "uid": [],
        "terms": {},
        "skype": "ok",
    }
    with pytest.raises(Invalid) as caught:
        read_contact(wrong, may_set_status=True)
    assert {problem.path for problem in caught.value.problems} == set(wrong) - {"skype"}


def test_a_status_is_read_only_where_the_key_may_set_it() -> None:
    given_status = {"mail": "a@example.com", "mail_status": "5"}
    for may, expected in ((True, 5), (False, 0)):
        contact = read_contact(given_status, may_set_status=may).replacing(Contact(), WORDS)
        assert BY_NAME["mail_status"].show(contact, WORDS) == expected
