"""EasyBroker's keys and ours: any JSON is read or refused, what is shown can be sent back, one key changes one key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from onebook.dialects.easybroker.codec import (
    check_partner_request,
    check_request,
    contact_detail,
    read_request,
    shown_id,
)
from onebook.dialects.easybroker.contact_patch import read_patch
from onebook.dialects.easybroker.countries import COUNTRIES, is_country
from onebook.dialects.easybroker.listing_edit import asked_public_id, published, read_pictures, read_property
from onebook.dialects.easybroker.listings import STATUSES, formatted_amount, property_detail, property_row
from onebook.dialects.easybroker.public_ids import new_public_id, own_number, public_id
from onebook.dialects.easybroker.wire import encode, local_moment, utc_moment
from onebook.errors import Invalid, OnebookError
from onebook.model.account import Account, Source, Tag, User, Vocabulary
from onebook.model.contact import Address, Contact, Email, Phone
from onebook.model.document import Picture
from onebook.model.lead import Lead
from onebook.model.property import Operation, Property

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ZONE = ZoneInfo("America/Mexico_City")
WORDS = Vocabulary(
    stamp=1,
    account=Account(account_id=1, name="Inmobiliaria", customer_id="M1", country="MX", created_at=NOW),
    users={7: User(id=7, first_name="Eva", last_name="Ruiz", email="eva@example.com", phone="5512123132")},
    tag_groups={},
    tags={1: Tag(id=1, name="VIP"), 2: Tag(id=2, name="Comprador")},
    sources={3: Source(id=3, name="Portal"), 4: Source(id=4, name="web")},
    statuses={},
    reasons={},
    custom_fields={},
)

texts = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=12)
words = st.text("abc XYZ", min_size=1, max_size=8).filter(lambda text: bool(text.strip()))
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e308, 1e308) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
REQUEST_KEYS = ("property_id", "name", "email", "phone", "message", "source", "remote_id")
CONTACT_KEYS = ("full_name", "emails", "phones", "addresses", "tags", "email", "phone", "agent", "source", "id")
PROPERTY_KEYS = (
    *("title", "property_type", "status", "bedrooms", "lot_size", "show_prices", "public_id", "half_bathrooms"),
    *("agent", "location", "operations", "images", "show_exact_location", "description", "age"),
)


def bodies(keys: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Any JSON, objects with the dialect's own keys above all."""
    lists = st.lists(st.dictionaries(st.sampled_from(["type", "number", "street", "url", "name"]), values), max_size=2)
    return st.dictionaries(st.sampled_from(keys) | texts, values | lists, max_size=5) | values


@st.composite
def contacts(draw: st.DrawFn) -> Contact:
    """A contact as any dialect may have made it."""
    numbers = st.builds(
        Phone,
        number=texts | st.sampled_from(["0", "55"]),
        kind=st.sampled_from(["mobile", "fax", "other"]),
        label=st.none() | words,
    )
    places = st.builds(
        Address,
        kind=st.sampled_from(["home", "other"]),
        street=st.none() | texts,
        latitude=st.none() | st.floats(0, 90),
    )
    made = Contact(
        id=11,
        kind=draw(st.sampled_from(["person", "company", "estate"])),
        first_name=draw(st.none() | texts),
        last_name=draw(st.none() | texts),
        company=draw(st.none() | texts),
        emails=tuple(draw(st.lists(st.builds(Email, address=texts, label=st.none() | words), max_size=3))),
        phones=tuple(draw(st.lists(numbers, max_size=3))),
        addresses=tuple(draw(st.lists(places, max_size=2))),
        owner_id=draw(st.sampled_from([None, 7, 99])),
        source_id=draw(st.sampled_from([None, 3, 99])),
        tag_ids=draw(st.sampled_from([(), (1,), (2, 1), (1, 99)])),
        extras=draw(st.sampled_from([{}, {"easybroker": {"color": "azul"}}, {"native": {"a": 1}}])),
        version=3,
        created_at=NOW,
        updated_at=NOW,
    )
    marked = draw(st.integers(0, 3))
    return replace(
        made,
        phones=tuple(replace(phone, is_primary=index == marked) for index, phone in enumerate(made.phones)),
        emails=tuple(replace(email, is_primary=index == marked) for index, email in enumerate(made.emails)),
    )


operations = st.builds(
    Operation,
    type=st.sampled_from(["sale", "rental", "temporary_rental"]),
    amount=st.none() | st.floats(0, 1e15),
    currency=st.sampled_from([None, "MXN", "USD", "EUR"]),
    unit=st.none() | words,
)
properties = st.builds(
    Property,
    id=st.integers(1, 2**31 - 1),
    title=st.none() | texts,
    reference=st.none() | words,
    status=st.sampled_from(STATUSES),
    property_type=st.none() | texts,
    operations=st.lists(operations, max_size=2).map(tuple),
    bedrooms=st.none() | st.integers(0, 9),
    lot_size=st.none() | st.floats(0, 1e6),
    latitude=st.none() | st.floats(-90, 90),
    neighborhood=st.none() | texts,
    city=st.none() | texts,
    region=st.none() | texts,
    show_exact_location=st.booleans(),
    agent_id=st.sampled_from([None, 7, 99]),
    updated_at=st.just(NOW),
    extras=st.sampled_from([{}, {"easybroker": {"tags": ["a"], "location": {"city_area": "x"}}}]),
)
pictures = st.lists(st.builds(Picture, url=words, title=st.none() | texts), max_size=2).map(tuple)


@given(bodies(REQUEST_KEYS), st.none() | st.just("Portal"))
def test_any_body_of_a_contact_request_is_read_or_refused(body: Any, partner: str | None) -> None:
    try:
        property_id, lead = read_request(body, partner=partner)
        check_request(lead, for_property=property_id is not None)
        check_partner_request(property_id, lead)
    except OnebookError:
        return
    assert lead.contact_id is None


@given(bodies(CONTACT_KEYS), contacts())
def test_any_patch_of_a_contact_is_read_or_refused_and_can_be_shown(body: Any, contact: Contact) -> None:
    try:
        patch = read_patch(body)
        known = {name.strip().casefold() for name in (*patch.tags, *([patch.source] if patch.source else []))}
        made = dict(enumerate(sorted(known), start=100))
        everything = msgspec.structs.replace(
            WORDS,
            tags=WORDS.tags | {number: Tag(id=number, name=name) for number, name in made.items()},
            sources=WORDS.sources | {number: Source(id=number, name=name) for number, name in made.items()},
        )
        changed = patch.edit(contact, everything)
    except OnebookError:
        return
    encode(contact_detail(changed, everything, ZONE))


@given(bodies(PROPERTY_KEYS), st.booleans(), properties)
def test_any_body_of_a_property_is_read_or_refused_and_can_be_shown(body: Any, new: bool, prop: Property) -> None:
    try:
        asked_public_id(body)
        images = read_pictures(body) or ()
        changed = read_property(body, new=new)(prop, WORDS)
    except OnebookError:
        return
    encode([property_detail(changed, images, WORDS, ZONE), property_row(changed, images, WORDS, ZONE)])


@given(contacts())
def test_sending_back_a_contact_as_it_is_shown_changes_nothing(contact: Contact) -> None:
    shown = msgspec.json.decode(encode(contact_detail(contact, WORDS, ZONE)))
    assert read_patch(shown).edit(contact, WORDS) == contact


@given(properties, pictures)
def test_sending_back_a_property_as_it_is_shown_changes_nothing(prop: Property, images: tuple[Picture, ...]) -> None:
    shown = msgspec.json.decode(encode(property_detail(prop, images, WORDS, ZONE)))
    if not shown["title"] or not shown["property_type"]:
        shown = {key: value for key, value in shown.items() if key not in ("title", "property_type")}
    assert read_property(shown)(prop, WORDS) == prop
    assert read_pictures(shown) == images


ONE_KEY: list[tuple[str, Any, set[str]]] = [
    ("full_name", "Luz Marina Paz", {"full_name"}),
    ("emails", ["nuevo@example.com"], {"emails", "email"}),
    ("phones", [{"type": "casa de playa", "number": "5511112222"}], {"phones", "phone"}),
    ("addresses", [{"street": "Reforma", "colonia": "Juárez"}], {"addresses"}),
    ("tags", ["vip"], {"tags"}),
    ("email", "otro@example.com", {"email", "emails"}),
    ("phone", "5533334444", {"phone", "phones"}),
    ("agent", "eva@example.com", {"agent"}),
    ("source", "web", {"source"}),
    ("nota", {"texto": None}, {"nota"}),
]
RICH = Contact(
    id=5,
    first_name="Ana",
    last_name="López",
    emails=(Email(address="ana@example.com", label="work"), Email(address="b@example.com")),
    phones=(Phone(number="5559090909", kind="mobile"), Phone(number="5550000000", kind="fax")),
    addresses=(Address(street="Madero", zip="06000"),),
    tag_ids=(2,),
    source_id=3,
    description="stays",
    extras={"propstack": {"x": 1}},
)


@pytest.mark.parametrize(("key", "value", "changing"), ONE_KEY, ids=[key for key, _, _ in ONE_KEY])
def test_a_patch_of_one_key_changes_that_key_and_its_twin_only(key: str, value: Any, changing: set[str]) -> None:
    before = contact_detail(RICH, WORDS, ZONE)
    changed = read_patch({key: value}).edit(RICH, WORDS)
    after = contact_detail(changed, WORDS, ZONE)
    assert {name for name in after if before.get(name, "") != after[name]} == changing
    assert changed.description == "stays"
    assert changed.extras["propstack"] == {"x": 1}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("phones", [{"type": "celular", "number": "55"}, {"number": "56", "lada": "52"}]),
        ("addresses", [{"street": "Reforma 1", "city": "CDMX"}, {"type": "casa de campo", "postal_code": "06000"}]),
        ("emails", ["b@example.com", "ana@example.com"]),
    ],
)
def test_a_list_comes_back_as_it_came(key: str, value: Any) -> None:
    changed = read_patch({key: value}).edit(RICH, WORDS)
    assert contact_detail(changed, WORDS, ZONE)[key] == value


def test_one_number_of_two_kinds_stays_two_numbers() -> None:
    twice = replace(RICH, phones=(Phone(number="55", label="casa"), Phone(number="55"), Phone(number="55", kind="fax")))
    assert [phone["type"] for phone in contact_detail(twice, WORDS, ZONE)["phones"]] == ["casa", "other", "fax"]
    turned = [{"type": "fax", "number": "55"}, {"type": "other", "number": "55"}]
    changed = read_patch({"phones": turned}).edit(twice, WORDS)
    assert contact_detail(changed, WORDS, ZONE)["phones"] == turned


def test_an_address_that_is_changed_elsewhere_sheds_what_only_this_dialect_knew() -> None:
    changed = read_patch({"addresses": [{"street": "Reforma", "colonia": "Juárez"}]}).edit(RICH, WORDS)
    assert contact_detail(changed, WORDS, ZONE)["addresses"] == [{"street": "Reforma", "colonia": "Juárez"}]
    moved = replace(changed, addresses=(replace(changed.addresses[0], street="Madero"),))
    assert "colonia" not in contact_detail(moved, WORDS, ZONE)["addresses"][0]


def test_what_the_dialect_cannot_say_of_an_email_or_a_phone_survives_a_new_list() -> None:
    sent = {"emails": ["nuevo@example.com", "ANA@example.com"], "phones": [{"number": "+52 55 5909 0909"}]}
    changed = read_patch(sent).edit(replace(RICH, phones=(Phone(number="525559090909", kind="mobile"),)), WORDS)
    assert changed.emails == (Email(address="nuevo@example.com"), Email(address="ANA@example.com", label="work"))
    assert changed.phones == (Phone(number="+52 55 5909 0909", kind="mobile"),)


def test_the_first_of_a_list_takes_over_the_mark_of_the_primary_one() -> None:
    marked = replace(RICH, emails=(Email(address="a@example.com"), Email(address="b@example.com", is_primary=True)))
    assert contact_detail(marked, WORDS, ZONE)["emails"] == ["b@example.com", "a@example.com"]
    changed = read_patch({"emails": ["a@example.com", "b@example.com"]}).edit(marked, WORDS)
    assert contact_detail(changed, WORDS, ZONE)["email"] == "a@example.com"


def test_null_and_an_empty_list_empty_a_list_and_an_absent_key_leaves_it() -> None:
    assert read_patch({"emails": None, "phones": []}).edit(RICH, WORDS) == replace(RICH, emails=(), phones=())
    assert read_patch({}).edit(RICH, WORDS) == RICH


@pytest.mark.parametrize(
    "body",
    [
        [],
        None,
        "text",
        {"emails": "a@example.com"},
        {"emails": [""]},
        {"emails": [{"address": "a@example.com"}]},
        {"phones": ["55"]},
        {"phones": [{"type": "mobile"}]},
        {"tags": [None]},
        {"tags": ["x"] * 201},
        {"addresses": [{"latitude": 181}]},
        {"addresses": [{"street": ["Reforma"]}]},
        {"full_name": True},
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(body: Any) -> None:
    with pytest.raises(Invalid):
        read_patch(body)


def test_an_agent_is_found_by_address_by_name_and_by_the_object_that_is_shown() -> None:
    for agent in ("EVA@example.com", "eva ruiz", 7, {"id": 7}, {"email": "eva@example.com"}):
        assert read_patch({"agent": agent}).edit(RICH, WORDS).owner_id == 7
    assert read_patch({"agent": None}).edit(replace(RICH, owner_id=7), WORDS).owner_id is None
    with pytest.raises(Invalid, match="agent"):
        read_patch({"agent": "nobody@example.com"}).edit(RICH, WORDS)


def test_a_contact_shows_the_vendors_id_where_it_has_one() -> None:
    assert shown_id(RICH) == 5
    assert shown_id(replace(RICH, external_ids={"easybroker": "20152441", "quentn": "9"})) == 20152441
    assert shown_id(replace(RICH, external_ids={"easybroker": "007"})) == "007"


@pytest.mark.parametrize(
    ("body", "for_property", "code"),
    [
        ({"message": "hola"}, True, "missing_person"),
        ({"name": " ", "email": "", "phone": None}, True, "missing_person"),
        ({"name": "Ana"}, True, None),
        ({"phone": "55"}, True, None),
        ({}, False, "missing_reach"),
        ({"name": "Ana"}, False, "missing_reach"),
        ({"email": "a@example.com"}, False, "missing"),
        ({"name": "Ana", "phone": 5559090909}, False, None),
    ],
)
def test_what_a_request_must_say(body: dict[str, Any], for_property: bool, code: str | None) -> None:
    _, lead = read_request(body)
    if code is None:
        check_request(lead, for_property=for_property)
        return
    with pytest.raises(Invalid) as refused:
        check_request(lead, for_property=for_property)
    assert refused.value.problems[0].code == code


def test_a_partners_request_names_all_that_is_missing_and_takes_its_source_from_the_key() -> None:
    with pytest.raises(Invalid) as refused:
        check_partner_request(*read_request({"name": "Ana"}, partner="Portal"))
    assert refused.value.problems[0].path == "property_id, email, message, remote_id"
    whole = {"property_id": "EB-XXXX01", "phone": "55", "message": "hola", "remote_id": 1516}
    property_id, lead = read_request(whole, partner="Portal")
    check_partner_request(property_id, lead)
    assert (lead.source, lead.remote_id, lead.partner) == ("Portal", "1516", "Portal")
    assert read_request({**whole, "source": "portal.mx"}, partner="Portal")[1].source == "portal.mx"


def test_unknown_keys_of_a_request_are_kept() -> None:
    _, lead = read_request({"name": "Ana", "utm_campaign": "mayo", "remote_id": 5})
    assert lead.extras == {"easybroker": {"utm_campaign": "mayo", "remote_id": 5}}
    assert lead.remote_id is None


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (1500000.0, "MXN", "$1,500,000"),
        (2725779.85, "MXN", "$2,725,779.85"),
        (0.5, "MXN", "$0.50"),
        (500000.0, "USD", "US$ 500,000"),
        (9.0, "EUR", "EUR 9"),
        (9.0, None, "$9"),
        (None, "MXN", None),
    ],
)
def test_amounts_are_written_as_the_vendor_writes_them(
    amount: float | None, currency: str | None, written: str | None
) -> None:
    assert formatted_amount(amount, currency) == written


@pytest.mark.parametrize(
    "name", ["San Isidro, Querétaro, Querétaro", "Corregidora, Querétaro", "Querétaro", "A, B, C, D", "A,B", " A , B "]
)
def test_the_name_of_a_place_comes_back_as_it_came(name: str) -> None:
    prop = read_property({"location": {"name": name}})(Property(), WORDS)
    assert property_row(prop, (), WORDS, ZONE)["location"] == name
    assert read_property({"location": name})(Property(), WORDS) == prop


def test_the_parts_of_a_place_are_told_apart() -> None:
    prop = read_property({"location": {"name": "Del Valle, San Pedro, Nuevo León"}})(Property(), WORDS)
    assert (prop.neighborhood, prop.city, prop.region) == ("Del Valle", "San Pedro", "Nuevo León")


def test_a_property_without_a_number_shows_its_id_and_is_found_by_it() -> None:
    assert public_id(Property(id=1005)) == "EB-0000RX"
    assert own_number("EB-0000RX") == 1005
    assert public_id(Property(id=1005, reference="EB-XXXX01")) == "EB-XXXX01"
    assert [own_number(text) for text in ("EB-0000rx", "EB-0000R", "0000RX", "EB-0000RXX", "EB-0000Ñ1")] == [None] * 5


@given(st.integers(1, 2**31 - 1))
def test_every_id_has_a_public_number_of_its_own(number: int) -> None:
    text = public_id(Property(id=number))
    assert len(text) == 9
    assert own_number(text) == number


def test_a_new_public_number_is_made_of_what_is_random() -> None:
    assert new_public_id("ab-c1_2x9zz") == "EB-ABC12X"


def test_a_property_is_published_once() -> None:
    draft = Property(status="not_published")
    first = published(draft, replace(draft, status="published"), NOW)
    assert first.published_at == NOW
    assert published(first, replace(first, title="x"), datetime(2027, 1, 1, tzinfo=UTC)).published_at == NOW
    assert published(Property(), Property(status="sold"), NOW).published_at is None


def test_json_is_compact_and_raw_and_hides_ampersands() -> None:
    assert encode({"a": "é & ñ", "b": [1, None]}) == '{"a":"é \\u0026 ñ","b":[1,null]}'.encode()


def test_moments_are_the_accounts_for_accounts_and_utc_for_partners() -> None:
    moment = datetime(2023, 8, 3, 2, 2, 5, 123456, tzinfo=UTC)
    assert local_moment(moment, ZONE) == "2023-08-02T20:02:05-06:00"
    assert utc_moment(moment) == "2023-08-03T02:02:05.123Z"
    assert local_moment(datetime.min.replace(tzinfo=UTC), ZONE) == "0001-01-01T00:00:00+00:00"
    assert local_moment(None, ZONE) is None
    assert utc_moment(None) is None


def test_a_country_is_any_of_iso_3166_whatever_the_case() -> None:
    assert len(COUNTRIES) == 249
    assert all(is_country(code) for code in ("MX", "mx", "CL", "DE"))
    assert not any(is_country(code) for code in (None, "", "XX", "MEX", "M"))


def test_a_lead_needs_no_partner() -> None:
    assert read_request({"name": "Ana"})[1] == Lead(name="Ana")
