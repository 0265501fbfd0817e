"""One contact through every dialect: none loses what another said, and a write of one key changes one key."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from onebook.http.route import Route
from onebook.model.account import CustomField, Option, Reason, Source, Status, Tag, TagGroup, User
from onebook.model.change import difference
from onebook.model.contact import BOOK_KEPT, Address, Contact, Email, Phone
from onebook.model.lead import Lead
from onebook.service.contacts import get_contact
from onebook.service.records import create_record
from tests.book import START
from tests.callers import DIALECTS, World, world
from tests.derived import differences


@pytest.fixture
async def full(database_url: str) -> AsyncIterator[tuple[World, Contact]]:
    """A contact of whom everything is known that a contact can hold."""
    async with world(database_url, ("Eins",)) as made:
        book = made.books[0]
        session = await book.session()

        async def record(one: Any) -> int:
            kept: Any = await session.write(lambda unit: create_record(unit, one))
            number: int = kept.id
            return number

        group = await record(TagGroup(name="Gruppe"))
        tags = (await record(Tag(name="Käufer", group_id=group)), await record(Tag(name="VIP")))
        users = [await record(User(first_name="U", last_name=name, email=f"{name}@example.com")) for name in "ab"]
        await record(CustomField(name="zahl", type="number"))
        await record(CustomField(name="wahl", type="choice", options=(Option(name="A"), Option(name="B"))))
        parent = await book.create(last_name="Oben")
        yield (
            made,
            await book.create(
                **TEXTS,
                **LISTS,
                salutation="ms",
                owner_id=users[0],
                second_owner_id=users[1],
                source_id=await record(Source(name="Portal")),
                status_id=await record(Status(name="Warm")),
                reason_id=await record(Reason(name="Vertrag")),
                tag_ids=tags,
                parent_id=parent.id,
                rating=2,
                lead_score=55,
                custom={"zahl": 1.5, "wahl": "B"},
            ),
        )


TEXTS: dict[str, Any] = {
    name: f"{name} ä"
    for name in (
        "academic_title first_name last_name birth_name company position message_salutation website skype facebook"
        " twitter description warning_notice income birth_place birth_country nationality identity_number"
        " issuing_authority pass_type conspicuity social_security_number tax_identification_number legal_form"
        " register_number corporate_number consent_obtained_through"
    ).split()
}
LISTS: dict[str, Any] = {
    "emails": (
        Email(address="second@example.com", label="alt"),
        Email(address="first@example.com", label="neu", is_primary=True, status="confirmed_by_hand"),
        Email(address="third@example.com"),
        Email(address="fourth@example.com"),
    ),
    "phones": (
        Phone(number="030 1234567", kind="home", label="x"),
        Phone(number="0157 123 456 78", kind="mobile", is_primary=True),
        Phone(number="0157 999 999 99", kind="mobile"),
        Phone(number="+46 70 123 45 67", kind="work"),
        Phone(number="030 7654321", kind="fax"),
        Phone(number="keine", kind="other", label="y"),
        Phone(number="040 1", kind="switch"),
    ),
    "addresses": (
        *(
            Address(kind=kind, street=f"{kind}-Straße", house_number="1a", street2="HH", zip="10115", city="Berlin")
            for kind in ("home", "office", "billing", "other")
        ),
        Address(kind="home", street="Zweite", state="BE", country="SE", latitude=1.5, longitude=-0.25),
    ),
    "language": "de",
    "birth_date": date(1980, 2, 29),
    "handover_date": date(2027, 1, 1),
    "followup_date": date(2027, 1, 2),
    "keep_data_until": date(2030, 1, 1),
    "consent_status": "agreed",
    "consent_approved_at": START,
    "accept_contact": True,
    "newsletter": False,
    "property_mailing_wanted": True,
    "advertising_enabled": True,
    "matching": "yes",
    "is_deceased": False,
    "is_company_person": False,
    "is_foreign_social_security_number": False,
    "is_foreign_corporate_number": False,
    "newsletter_unsubscribed": False,
    "last_contact_at": START + timedelta(days=1),
    "external_ids": {"old_crm": "crm-7"},
    "extras": {
        "propstack": {"unbekannt": [1, {"a": None}], "leer": ""},
        "easybroker": {"x": {"y": 1}},
        "vitec": {"z": [True]},
        "quentn": {"q": "ä"},
        "native": {"n": 0.5},
    },
}


async def now(made: World, contact: Contact) -> Contact:
    """The contact as it is stored."""
    return await get_contact(await made.books[0].view(), contact.id)


def moved(before: Contact, after: Contact) -> set[str]:
    """The fields of the canonical contact that differ, members of `custom`, `extras` and `external_ids` one by one."""
    return set(difference(before, after))


def writable(dialect: Any, method: str, path: str, inside: str | None = None) -> Mapping[str, Any]:
    """The properties that the dialect's own document says a body may have."""
    route: Route = next(one for one in DIALECTS[dialect].routes if (one.method, one.path) == (method, path))
    schema = _resolved(dialect, route.body or {})
    if inside:
        schema = _resolved(dialect, schema["properties"][inside])
    found: Mapping[str, Any] = schema["properties"]
    return found


def _resolved(dialect: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = DIALECTS[dialect].schemas[schema["$ref"].rpartition("/")[2]]
    return schema


async def shown(client: httpx.AsyncClient, contact: Contact) -> dict[str, Any]:
    """The contact as the dialect shows it."""
    found: dict[str, Any] = (await client.get(f"/contacts/{contact.id}")).json()
    return found


async def test_writing_back_what_propstack_shows_changes_nothing(full: tuple[World, Contact]) -> None:
    made, contact = full
    async with made.client("propstack") as client:
        row = await shown(client, contact)
        keys = [key for key in writable("propstack", "PUT", "/contacts/{id}", "client") if key in row]
        assert len(keys) > 40
        for key in keys:
            answer = await client.put(f"/contacts/{contact.id}", json={"client": {key: row[key]}})
            assert answer.status_code == 200, (key, row[key], answer.text)
            assert moved(contact, await now(made, contact)) == set(), (key, row[key])
        whole = {key: row[key] for key in keys}
        assert (await client.put(f"/contacts/{contact.id}", json={"client": whole})).status_code == 200
    assert await now(made, contact) == contact
    assert differences(made.url) == []


async def test_a_put_of_one_key_of_propstack_changes_one_key(full: tuple[World, Contact]) -> None:
    made, contact = full
    async with made.client("propstack") as client:
        before_all = await shown(client, contact)
        known = writable("propstack", "PUT", "/contacts/{id}", "client")
        for key, schema in known.items():
            values = _other_values(key, schema, before_all.get(key))
            before, row = await now(made, contact), await shown(client, contact)
            for value in values:
                answer = await client.put(f"/contacts/{contact.id}", json={"client": {key: value}})
                if answer.status_code == 422:
                    assert await now(made, contact) == before
                    continue
                after, told = await now(made, contact), await shown(client, contact)
                fields = {path.split(".")[0] for path in moved(before, after)}
                # A salutation that is none of the two has its home in the extras.
                assert len(fields - {"extras"}) <= 1, (key, value, fields)
                _only_one_of_a_list(before, after, key)
                changed = {name for name in told if name in known and told[name] != row.get(name)}
                assert changed <= {key, *_says_the_same(key, known)}, (key, value, changed)
                assert before.extras.keys() <= after.extras.keys()
                for name in ("easybroker", "vitec", "quentn", "native"):
                    assert after.extras[name] == before.extras[name]
                before, row = after, told
    assert differences(made.url) == []


def _other_values(key: str, schema: Mapping[str, Any], now_: Any) -> list[Any]:
    kinds = schema.get("type", ())
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if key.endswith(("_id", "_ids")):
        return []
    found: list[Any] = []
    if "string" in kinds and schema.get("format") in (None, "email"):
        found += ["neu@example.com"] if "email" in key else ["Neu"]
    if "boolean" in kinds:
        found += [not now_]
    return found


def _says_the_same(key: str, known: Mapping[str, Any]) -> set[str]:
    """Propstack's keys that hold the same in one text: an address as a line, all e-mail addresses."""
    kind, _, part = key.partition("_")
    if kind not in ("home", "office", "billing", "other"):
        return {"emails"} if key == "email" else set()
    parts = {f"{kind}_{name}" for name in ("street", "house_number", "zip_code", "city", "country")}
    return parts & set(known) if part == "address" else {f"{kind}_address"}


def _only_one_of_a_list(before: Contact, after: Contact, key: str) -> None:
    for name in ("emails", "phones", "addresses"):
        old, new = getattr(before, name), getattr(after, name)
        gone = [item for item in old if item not in new]
        come = [item for item in new if item not in old]
        assert len(gone) <= 1, (key, gone, come)
        assert len(come) <= 1, (key, gone, come)


async def test_writing_through_easybroker_loses_nothing(full: tuple[World, Contact]) -> None:
    made, contact = full
    async with made.client("easybroker") as client:
        row = await shown(client, contact)
        for key in writable("easybroker", "PATCH", "/contacts/{contact_id}"):
            if key in row:
                answer = await client.patch(f"/contacts/{contact.id}", json={key: row[key]})
                assert answer.status_code == 200, (key, row[key], answer.text)
                assert moved(contact, await now(made, contact)) == set(), (key, row[key])
        before = await now(made, contact)
        answer = await client.patch(f"/contacts/{contact.id}", json={"emails": [*row["emails"], "new@example.com"]})
        assert answer.status_code == 200, answer.text
        after = await now(made, contact)
        assert moved(before, after) == {"emails"}
        assert [email for email in after.emails if email not in before.emails] == [Email(address="new@example.com")]
        assert len(after.emails) == len(before.emails) + 1
    assert differences(made.url) == []


async def test_writing_through_the_native_api_loses_nothing(full: tuple[World, Contact]) -> None:
    made, contact = full
    async with made.client("native") as client:
        row = await shown(client, contact)
        for key in writable("native", "PATCH", "/contacts/{id}"):
            if key in row:
                answer = await client.patch(f"/contacts/{contact.id}", json={key: row[key]})
                assert answer.status_code == 200, (key, row[key], answer.text)
                assert await now(made, contact) == contact, (key, row[key])
        whole = {key: row[key] for key in writable("native", "PATCH", "/contacts/{id}") if key in row}
        copied = await client.post("/contacts", json={**whole, "external_ids": {}, "emails": []})
        assert copied.status_code == 201, copied.text
        same = set(whole) - {"external_ids", "emails"} - BOOK_KEPT
        assert {key: copied.json()[key] for key in same} == {key: row[key] for key in same}


async def test_what_one_dialect_says_the_others_show(database_url: str) -> None:
    async with world(database_url, ("Eins",)) as made:
        async with made.client("propstack") as propstack, made.client("native") as native:
            body = {
                "first_name": "Åsa",
                "last_name": "Müller",
                "email": "a@example.com",
                "home_cell": "0157 123 456 78",
            }
            number = (await propstack.post("/contacts", json={"client": {**body, "unbekannt": {"a": [1]}}})).json()[
                "id"
            ]
            found = (await native.get(f"/contacts/{number}")).json()
            assert (found["first_name"], found["last_name"]) == ("Åsa", "Müller")
            assert [email["address"] for email in found["emails"]] == ["a@example.com"]
            assert [phone["number"] for phone in found["phones"]] == ["0157 123 456 78"]
            assert [phone["e164"] for phone in found["phones"]] == ["+4915712345678"]
            assert found["extras"]["propstack"] == {"unbekannt": {"a": [1]}}
            await native.patch(f"/contacts/{number}", json={"last_name": "Mueller", "company": "Nord"})
            row = (await propstack.get(f"/contacts/{number}")).json()
            assert (row["last_name"], row["company"], row["home_cell"]) == ("Mueller", "Nord", "0157 123 456 78")
        async with made.client("easybroker") as easybroker:
            request = {"name": "Åsa Müller", "email": "A@example.com", "message": "M", "source": "portal"}
            assert (await easybroker.post("/contact_requests", json=request)).status_code == 200
            people = (await easybroker.get("/contacts")).json()["content"]
            assert len(people) == 1


RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
LONG_AGO = [datetime(1, 1, 1, tzinfo=UTC), datetime(84, 4, 26, 7, 53, tzinfo=UTC), datetime(1890, 1, 1, tzinfo=UTC)]


async def test_moments_of_long_ago_and_far_ahead_are_told_as_moments(sqlite_url: str) -> None:
    async with world(sqlite_url, ("Eins",)) as made:
        book = made.books[0]
        session = await book.session()
        for moment in [*LONG_AGO, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)]:
            contact = await book.create(last_name="A", last_contact_at=moment)
            lead = Lead(contact_id=contact.id, message="M", happened_at=moment)
            await session.write(lambda unit, one=lead: create_record(unit, one))  # type: ignore[misc]
            for dialect, path, key in (
                ("native", f"/contacts/{contact.id}", "last_contact_at"),
                ("propstack", f"/contacts/{contact.id}", "last_contact_at"),
                ("easybroker", "/contact_requests", "happened_at"),
            ):
                async with made.client(dialect) as client:  # type: ignore[arg-type]
                    answer = await client.get(path)
                    assert answer.status_code == 200, answer.text
                    told = re.findall(f'"{key}": ?"([^"]*)"', answer.text)
                    assert told
                    assert all(RFC_3339.fullmatch(text) for text in told), told
