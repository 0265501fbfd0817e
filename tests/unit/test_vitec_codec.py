"""The codec alone: what is shown, what is sent, and that sending back what is shown changes nothing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from onebook.dialects.vitec.book import Book
from onebook.dialects.vitec.codec import read_update, show_contact
from onebook.dialects.vitec.fields import BASE, COMPANY, ESTATE, PERSON, SHAPE_OF
from onebook.dialects.vitec.formats import encode
from onebook.dialects.vitec.forms import read_form
from onebook.dialects.vitec.shapes import Member, Shape, camel
from onebook.dialects.vitec.xml_writer import item_writer, object_writer, write_list, write_string
from onebook.errors import Invalid, OnebookError
from onebook.http.body import check_value
from onebook.model.account import Account, Tag, User, Vocabulary
from onebook.model.contact import Address, Contact, Email, Kind, Phone
from tests.conformance.vitec.agency import CRM, INSTANCE, SPACES, parsed, texts

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SWEDEN = ZoneInfo("Europe/Stockholm")
WORDS = Vocabulary(
    stamp=1,
    account=Account(account_id=1, name="Nord", customer_id="M1", created_at=NOW),
    users={7: User(id=7, last_name="M")},
    tag_groups={},
    tags={number: Tag(id=number, name=f"T{number}", is_locked=number == 2) for number in (1, 2, 3)},
    sources={},
    statuses={},
    reasons={},
    custom_fields={},
)
BOOK = Book(WORDS)
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

EARLY, LATE = datetime(1900, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone

text = st.text(st.characters(codec="utf-8"), max_size=45)
some = st.one_of(st.none(), text)
moments = st.one_of(st.none(), st.datetimes(EARLY, LATE, timezones=st.just(UTC)))
flags = st.one_of(st.none(), st.booleans())
degrees = st.one_of(st.none(), st.floats(-90, 90))
phones = st.builds(
    Phone,
    number=text,
    kind=st.sampled_from(["mobile", "home", "work", "fax", "switch", "other"]),
    is_primary=st.booleans(),
)
emails = st.builds(Email, address=text, is_primary=st.booleans())
addresses = st.builds(
    Address,
    kind=st.sampled_from(["home", "office", "billing", "other"]),
    street=some,
    house_number=some,
    zip=some,
    city=some,
    country=some,
    latitude=degrees,
    longitude=degrees,
)
contacts = st.builds(
    Contact,
    id=st.integers(1, 2**31 - 1),
    version=st.just(1),
    kind=st.sampled_from(["person", "company", "estate"]),
    first_name=some,
    last_name=some,
    company=some,
    emails=st.lists(emails, max_size=4).map(tuple),
    phones=st.lists(phones, max_size=5).map(tuple),
    addresses=st.lists(addresses, max_size=3).map(tuple),
    website=some,
    owner_id=st.sampled_from([None, 7]),
    tag_ids=st.lists(st.sampled_from([1, 2, 3]), unique=True).map(tuple),
    parent_id=st.sampled_from([None, 5]),
    description=some,
    lead_score=st.one_of(st.none(), st.integers(-5, 5)),
    birth_date=st.one_of(st.none(), st.dates()),
    social_security_number=some,
    is_foreign_social_security_number=flags,
    is_deceased=flags,
    is_company_person=flags,
    corporate_number=some,
    consent_approved_at=moments,
    advertising_enabled=st.booleans(),
    matching=st.sampled_from([None, "yes", "no", "not_asked"]),
    matching_changed_at=moments,
    external_ids=st.sampled_from([{}, {"vitec": "K/1,å"}]),
    created_at=st.just(NOW),
    updated_at=moments,
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(text, inner, max_size=4)),
    max_leaves=8,
)
NAMES = (
    "customerId contactId firstName lastName socialSecurityNumber telePhone workPhone cellPhone otherPhone email"
    " address wishAdvertising userId categoryIds note gdprApprovalDate approval approvalDate obtainThrough companyName"
    " corporateNumber homePage switchPhone"
).split()
nearly = st.one_of(
    st.dictionaries(st.sampled_from(NAMES), json_values),
    st.fixed_dictionaries(
        {"customerId": st.just("M1")},
        optional={
            "email": st.dictionaries(st.sampled_from(["emailAddress", "emailaddress2", "x"]), json_values),
            "address": st.dictionaries(st.sampled_from(["streetAddress", "zipCode", "coordinate"]), json_values),
            "categoryIds": st.lists(st.one_of(st.integers(), text)),
            "firstName": text,
            "telePhone": text,
            "gdprApprovalDate": text,
        },
    ),
    json_values,
)


def sent_back(shown: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """What a client sends that has read `shown` and writes it all back."""
    body: dict[str, Any] = {"customerId": "M1"}
    for member in shape.members:
        value = shown[member.key]
        if isinstance(member.type, Shape) and not member.many:
            inner = {part.sent: value[part.key] for part in member.type.members if part.sent}
            body |= {member.sent: inner} if member.sent else inner
        elif member.sent:
            body[member.sent] = [one["id"] for one in value] if member.many else value
    coordinate = body["address"]["coordinate"]
    if coordinate:
        renamed = {"longitud": coordinate["longitude"], "latitud": coordinate["latitude"]}
        body["address"] = {**body["address"], "coordinate": renamed}
    return body


def changed(contact: Contact, kind: Kind = "person", **body: Any) -> Contact:
    """The contact after an update with this body."""
    return read_update({"customerId": "M1", **body}, kind, SWEDEN).edit(contact, WORDS)


@given(contacts.filter(lambda contact: contact.kind != "estate"))
def test_sending_back_what_is_shown_changes_nothing(contact: Contact) -> None:
    shown = show_contact(contact, BOOK)
    body = sent_back(shown, SHAPE_OF[contact.kind])
    assert read_update(body, contact.kind, SWEDEN).edit(contact, WORDS) == contact


@given(contacts)
def test_every_contact_is_shown_whole_and_within_the_limits(contact: Contact) -> None:
    shown = show_contact(contact, BOOK)
    shape = SHAPE_OF[contact.kind]
    assert list(shown) == [member.key for member in shape.members]
    assert encode(shown)
    for member in shape.members:
        inner = member.type.members if isinstance(member.type, Shape) else ()
        within = shown[member.key] if isinstance(shown[member.key], list) else [shown[member.key] or {}]
        for part in inner:
            assert all(part.limit is None or len(one[part.key] or "") <= part.limit for one in within)
        if member.limit is not None and isinstance(shown[member.key], str):
            assert len(shown[member.key]) <= member.limit


@given(contacts)
def test_the_xml_of_every_contact_says_what_its_json_says(contact: Contact) -> None:
    shown, shape = show_contact(contact, BOOK), SHAPE_OF[contact.kind]
    document = parsed(write_list(BASE, [item_writer(BASE, shape)(shown)]))
    assert document.tag == f"{{{CRM}}}ArrayOfCrmContact"
    assert document[0].get(f"{{{INSTANCE}}}type") == shape.name
    assert read_xml(document[0], shape) == printable(shown)
    alone = parsed(object_writer(shape, shape)(shown))
    assert alone.tag == f"{{{CRM}}}{shape.name}"
    assert read_xml(alone, shape) == printable(shown)


def read_xml(element: Any, shape: Shape) -> dict[str, Any]:
    """The value that an element stands for, read by the table and not by the writer."""
    members = {etree.QName(child).localname: child for child in element}
    assert list(members) == [member.name for member in shape.in_xml_order]
    for child in element:
        assert etree.QName(child).namespace == shape.namespace
    return {member.key: read_member(members[member.name], member) for member in shape.members}


def read_member(element: Any, member: Member) -> Any:
    """The value of one member."""
    if element.get(f"{{{INSTANCE}}}nil") == "true":
        assert len(element) == 0
        assert element.text is None
        return None
    if isinstance(member.type, Shape):
        return [read_xml(child, member.type) for child in element] if member.many else read_xml(element, member.type)
    read: dict[str, Any] = {"boolean": lambda text: text == "true", "integer": int, "number": float}
    return read.get(member.type, str)(element.text or "")


def printable(value: Any) -> Any:
    """A JSON value without the characters that XML cannot hold."""
    if isinstance(value, dict):
        return {key: printable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [printable(one) for one in value]
    return FORBIDDEN.sub("", value) if isinstance(value, str) else value


@given(nearly, contacts, st.sampled_from(["person", "company"]))
def test_whatever_is_sent_is_taken_or_refused_in_our_own_words(body: Any, contact: Contact, kind: Kind) -> None:
    try:
        check_value(body)
        after = read_update(body, kind, SWEDEN).edit(contact, WORDS)
    except OnebookError:
        return
    show_contact(after, BOOK)


@given(st.binary(max_size=300))
def test_whatever_bytes_are_sent_as_a_form_are_read_or_refused(raw: bytes) -> None:
    try:
        assert isinstance(read_form(raw), dict)
    except OnebookError:
        return


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Id", "id"),
        ("GDPRApprovalDate", "gdprApprovalDate"),
        ("EmailAddress2", "emailAddress2"),
        ("Wgs84Coordinate", "wgs84Coordinate"),
        ("IsForeignIdSocialSecurityNumber", "isForeignIdSocialSecurityNumber"),
        ("URL", "url"),
    ],
)
def test_keys_are_camel_case_as_newtonsoft_makes_them(name: str, key: str) -> None:
    assert camel(name) == key


def test_a_derived_json_begins_with_its_own_members_and_xml_with_the_bases() -> None:
    keys = [member.key for member in PERSON.members]
    assert keys[:3] == ["type", "firstName", "lastName"]
    assert keys[keys.index("id") :][:3] == ["id", "customerId", "agentId"]
    names = [member.name for member in PERSON.in_xml_order]
    base = [member.name for member in BASE.in_xml_order]
    assert names[: len(base)] == base == sorted(base)
    assert names[len(base) :] == sorted(names[len(base) :])


def test_one_key_changes_one_key_and_absent_null_and_empty_are_three_things() -> None:
    contact = Contact(first_name="Åsa", description="alt", social_security_number="1", phones=(Phone(number="1"),))
    assert changed(contact, note="ny") == replace(contact, description="ny")
    assert changed(contact, note="") == replace(contact, description="")
    assert changed(contact, note=None) == replace(contact, description=None)
    assert changed(contact) == contact


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_blank_names_never_overwrite(blank: str | None) -> None:
    contact = Contact(first_name="Åsa", last_name="Öst")
    assert changed(contact, firstName=blank, lastName=blank) == contact


def test_names_of_members_count_in_any_case() -> None:
    after = changed(Contact(), FirstName="Åsa", EMAIL={"EmailAddress": "a@x.se"}, cellphone="070")
    assert (after.first_name, after.emails[0].address, after.phones[0].kind) == ("Åsa", "a@x.se", "mobile")


def test_a_long_text_of_another_dialect_is_cut_and_stays_what_it_is() -> None:
    contact = Contact(first_name="Å" * 40, phones=(Phone(number="1" * 20, kind="home"),))
    shown = show_contact(contact, BOOK)
    assert (shown["firstName"], shown["telephone"]["home"]) == ("Å" * 30, "1" * 17)
    assert changed(contact, firstName="Å" * 30, telePhone="1" * 17) == contact
    assert changed(contact, firstName="Ö").first_name == "Ö"


def test_phones_have_their_places_and_what_has_none_stands_in_for_other() -> None:
    numbers = ("fax", "mobile", "switch", "mobile", "home")
    contact = Contact(phones=tuple(Phone(number=str(i), kind=kind) for i, kind in enumerate(numbers)))  # type: ignore[arg-type]
    shown = show_contact(contact, BOOK)["telephone"]
    assert shown == {"home": "4", "work": "2", "cell": "1", "other": "3"}
    after = changed(contact, otherPhone="9")
    assert [(phone.number, phone.kind) for phone in after.phones][3] == ("9", "mobile")
    assert len(changed(contact, cellPhone=None).phones) == 4
    company = show_contact(replace(contact, kind="company"), BOOK)["telephone"]
    assert company == {"switch": "2", "other": "1"}


def test_two_mailboxes_change_places_and_keep_what_is_known_of_them() -> None:
    first, second = Email(address="a@x.se", is_primary=True), Email(address="b@x.se", status="confirmed_by_hand")
    after = changed(Contact(emails=(first, second)), email={"emailAddress": "b@x.se", "emailAddress2": "a@x.se"})
    assert [(one.address, one.is_primary, one.status) for one in after.emails] == [
        ("b@x.se", True, "confirmed_by_hand"),
        ("a@x.se", False, None),
    ]


def test_no_mailbox_stands_twice() -> None:
    contact = Contact(emails=(Email(address="a@x.se"), Email(address="b@x.se")))
    assert [one.address for one in changed(contact, email={"emailAddress": "B@x.se"}).emails] == ["b@x.se"]
    assert [one.address for one in changed(contact, email={"emailAddress2": "A@x.se"}).emails] == ["a@x.se"]
    assert changed(contact, email=None).emails == ()


def test_a_street_in_two_parts_is_one_line_that_sent_back_stays_two() -> None:
    contact = Contact(addresses=(Address(street="Storgatan", house_number="12 B", city="Umeå"),))
    assert show_contact(contact, BOOK)["address"]["streetAddress"] == "Storgatan 12 B"
    assert changed(contact, address={"streetAddress": "Storgatan 12 B", "zipCode": "1"}).addresses == (
        Address(street="Storgatan", house_number="12 B", city="Umeå", zip="1"),
    )
    assert changed(contact, address={"streetAddress": "Ny 1"}).addresses == (Address(street="Ny 1", city="Umeå"),)
    assert changed(contact, address=None).addresses == ()
    assert changed(contact, address={"streetAddress": None, "city": None}).addresses == ()


def test_coordinates_are_taken_as_the_vendor_misspells_them() -> None:
    after = changed(Contact(), address={"coordinate": {"longitud": 18.07, "latitud": "59.33"}})
    assert (after.addresses[0].longitude, after.addresses[0].latitude) == (18.07, 59.33)
    assert changed(after, address={"coordinate": None}).addresses == ()


def test_what_the_page_does_not_have_is_kept_as_it_came() -> None:
    after = changed(Contact(), firstName="Å", shoeSize=[43], address={"floor": 2, "city": "Umeå"})
    assert after.extras == {"vitec": {"shoeSize": [43], "address": {"floor": 2}}}
    assert changed(after, shoeSize=44).extras["vitec"] == {"shoeSize": 44, "address": {"floor": 2}}


def test_approval_is_agreement_and_takes_it_back() -> None:
    agreed = changed(Contact(), approval=True, approvalDate="2024-05-01T12:00:00Z", obtainThrough="Webb")
    assert (agreed.consent_status, agreed.consent_obtained_through) == ("agreed", "Webb")
    assert agreed.extras == {"vitec": {"approvalDate": "2024-05-01T12:00:00+00:00"}}
    assert changed(agreed, approval=False).consent_status == "revoked"
    assert changed(Contact(), approval=False).consent_status == "none"
    assert changed(agreed, approvalDate=None).extras == {}


def test_dates_without_a_zone_are_the_accounts() -> None:
    after = changed(Contact(), gdprApprovalDate="2024-07-01")
    assert after.consent_approved_at == datetime(2024, 6, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "path", "said"),
    [
        ({"firstName": "Å" * 31}, "firstName", "Förnamn måste vara mellan 0 och 30 tecken"),
        ({"customerId": ""}, "customerId", "Kund-id krävs"),
        ({"customerId": None}, "customerId", "Kund-id krävs"),
        ({"customerId": "x" * 41}, "customerId", "Kund-id måste vara mellan 0 och 40 tecken"),
        ({"contactId": "x" * 41}, "contactId", "Kontaktid måste vara mellan 0 och 40 tecken"),
        ({"address": {"zipCode": "1" * 16}}, "address.zipCode", "Postnummer måste vara mellan 0 och 15 tecken"),
        ({"firstName": ["Å"]}, "firstName", "not_a_text"),
        ({"firstName": True}, "firstName", "not_a_text"),
        ({"email": "a@x.se"}, "email", "not_an_object"),
        ({"address": {"coordinate": 3}}, "address.coordinate", "not_an_object"),
        ({"address": {"coordinate": {"latitud": 91}}}, "address.coordinate.latitud", "not_a_number"),
        ({"wishAdvertising": "maybe"}, "wishAdvertising", "not_a_flag"),
        ({"gdprApprovalDate": "yesterday"}, "gdprApprovalDate", "not_a_date"),
        ({"gdprApprovalDate": 20240501}, "gdprApprovalDate", "not_a_date"),
        ({"categoryIds": 3}, "categoryIds", "not_a_list"),
        ({"categoryIds": [[1]]}, "categoryIds", "not_a_text"),
        ({"categoryIds": ["1"] * 1001}, "categoryIds", "too_many"),
    ],
)
def test_what_is_wrong_is_named_as_the_writing_calls_name_it(body: dict[str, Any], path: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_update({"customerId": "M1", **body}, "person", SWEDEN)
    problem = refused.value.problems[0]
    assert (problem.path, problem.text or problem.code) == (path, said)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        read_update({"firstName": "Å" * 31, "email": {"emailAddress": 1.5, "emailAddress2": {}}}, "person", SWEDEN)
    assert [problem.path for problem in refused.value.problems] == ["firstName", "email.emailAddress2", "customerId"]


def test_a_form_is_the_object_it_stands_for() -> None:
    raw = (
        "customerId=M1&firstName=%C3%85sa&email.emailAddress=a%40x.se&address%5Bcoordinate%5D%5Blatitud%5D=59.3"
        "&categoryIds=1&categoryIds=2&wishAdvertising=true&note="
    )
    form = read_form(raw.encode())
    assert form == {
        "customerId": "M1",
        "firstName": "Åsa",
        "email": {"emailAddress": "a@x.se"},
        "address": {"coordinate": {"latitud": "59.3"}},
        "categoryIds": ["1", "2"],
        "wishAdvertising": "true",
        "note": "",
    }
    after = read_update(form, "person", SWEDEN).edit(Contact(), WORDS)
    assert (after.tag_ids, after.advertising_enabled, after.description) == ((1, 2), True, "")


@pytest.mark.parametrize(
    "form", ["categoryIds[0]=1&categoryIds[1]=2", "categoryIds[]=1&categoryIds[]=2", "categoryIds=1,2"]
)
def test_lists_in_forms_are_spelled_in_three_ways(form: str) -> None:
    body = {"customerId": "M1", **read_form(form.encode())}
    assert read_update(body, "person", SWEDEN).edit(Contact(), WORDS).tag_ids == (1, 2)


@pytest.mark.parametrize("form", [b"a=%FF", b"\xff=1", b"a=1&a.b=2", b"a.b=1&a=2", b"&".join([b"a=1"] * 2001)])
def test_a_form_that_makes_no_sense_is_refused(form: bytes) -> None:
    with pytest.raises(Invalid):
        read_form(form)


def test_forbidden_characters_are_left_out_of_xml_and_line_ends_survive() -> None:
    shown = show_contact(Contact(id=1, description="a\x01b\ufffe<&>]]>\r\n\tc\u2028\U0001f600"), BOOK)
    assert texts(parsed(object_writer(BASE, PERSON)(shown)), "c:Note") == ["ab<&>]]>\r\n\tc\u2028\U0001f600"]


def test_the_prefix_tells_on_which_level_a_namespace_begins() -> None:
    shown = show_contact(Contact(id=1, tag_ids=(2,), emails=(Email(address="a@x.se"),)), BOOK)
    single, several = object_writer(BASE, PERSON)(shown), item_writer(BASE, PERSON)(shown)
    assert "<d2p1:EmailAddress>a@x.se</d2p1:EmailAddress>" in single
    assert "<d3p1:Category><d3p1:Id>2</d3p1:Id>" in several
    document = parsed(single)
    assert document.nsmap == {None: CRM, "i": INSTANCE}
    assert texts(document, "m:x|c:Categories/k:Category/k:ReadOnly") == ["true"]


def test_null_is_nil_and_an_empty_list_is_an_empty_element() -> None:
    document = parsed(object_writer(BASE, PERSON)(show_contact(Contact(id=1), BOOK)))
    assert texts(document, "c:AgentId/@i:nil") == ["true"]
    assert texts(document, "c:Address/c:Wgs84Coordinate/@i:nil") == ["true"]
    assert document.xpath("count(c:Categories/*)", namespaces=SPACES) == 0
    assert texts(document, "c:Categories/@i:nil") == []


def test_typed_documents_promise_their_type() -> None:
    shown = show_contact(Contact(id=1, kind="company", company="Å AB"), BOOK)
    listed = parsed(write_list(COMPANY, [item_writer(COMPANY, COMPANY)(shown)]))
    assert etree.QName(listed).localname == "ArrayOfCrmCompanyContact"
    assert texts(listed, "c:CrmCompanyContact[not(@i:type)]/c:Name") == ["Å AB"]
    assert etree.QName(parsed(write_list(ESTATE, []))).localname == "ArrayOfCrmDeceasedEstateContact"


def test_a_bare_text_is_a_string_of_dot_net() -> None:
    assert texts(parsed(write_string("K&1")), "/s:string") == ["K&1"]


def test_a_birthday_is_a_moment() -> None:
    assert show_contact(Contact(id=1, birth_date=date(1980, 7, 1)), BOOK)["dateOfBirth"] == "1980-07-01T00:00:00+02:00"
