"""Contacts: read, created one by one and in crowds, changed key by key; what protects forms; on both databases."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from onebook.dialects.quentn.fields import FIELDS
from onebook.model.account import CustomField, Tag, User
from onebook.model.change import difference
from onebook.model.contact import Address, Contact, Email, Phone
from onebook.service.contacts import contact_history
from onebook.service.spam import load_spam_list
from tests.book import START, emails
from tests.conformance.quentn.served import Served, served
from tests.derived import differences, feed
from tests.e2e.test_hard_dialects import LISTS, TEXTS

NONE = {"duplicate_check_method": "none"}
ALL = [field.name for field in FIELDS]


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it
        assert differences(database_url) == []


async def test_all_fields_of_the_page_come_back_as_they_were_sent(book: Served) -> None:
    tag, user = await book.record(Tag(name="T")), await book.record(User(last_name="U", email="u@example.com"))
    sent: dict[str, Any] = {
        "title": "f",
        "title2": "prof",
        "first_name": "Jane",
        "family_name": "Doe",
        "company": "Doe AG",
        "job_title": "CEO",
        "mail": "jane@example.com",
        "mail_status": 2,
        "mail2": "jane2@example.com",
        "phone_type": "mobile",
        "phone": "0157 1234567",
        "phone2_type": "work",
        "phone2": "030 1234567",
        "fax": "030 1234568",
        "skype": "jane.doe",
        "fb": "https://facebook.example/jane",
        "twitter": "@jane",
        "ba_street": "Musterweg 12a",
        "ba_street2": "Hinterhaus",
        "ba_city": "Berlin",
        "ba_postal_code": "10115",
        "ba_state": "BE",
        "ba_country": "DE",
        "date_of_birth": "2004-02-12T15:19:21+00:00",
        "terms": [tag.id],
        "uid": user.id,
    }
    number = await book.post(**sent)
    owner = {"uid": user.id, "mail": "u@example.com"}
    assert await book.get(number, *ALL) == {"id": number, **sent, "owner": owner, "created": int(START.timestamp())}
    stored = await book.stored(number)
    assert {phone.e164 for phone in stored.phones} == {"+491571234567", "+49301234567", "+49301234568"}
    assert stored.emails[0].status == "single_opt_in"
    assert stored.addresses[0].kind == "billing"


async def test_an_owner_is_named_by_number_or_mail(book: Served) -> None:
    users = [await book.record(User(last_name=name, email=f"{name}@example.com")) for name in "ab"]
    number = await book.post(mail="x@example.com", owner="B@example.com")
    for value, expected in ((users[0].id, 0), (str(users[1].id), 1), ({"uid": users[0].id, "mail": "x"}, 0)):
        await book.ask("PUT", f"/contact/{number}", {"owner": value})
        shown = await book.get(number, "owner", "uid")
        assert shown["uid"] == shown["owner"]["uid"] == users[expected].id
    await book.ask("PUT", f"/contact/{number}", {"uid": None})
    assert await book.get(number, "owner", "uid") == {"id": number, "owner": None, "uid": None}
    for name, nobody in (("owner", "nobody@example.com"), ("owner", 4711), ("uid", "4711"), ("terms", ["4711"])):
        message = (await book.ask("PUT", f"/contact/{number}", {name: nobody}, status=400))["message"]
        assert str(nobody).strip("[]'") in message


async def test_a_contact_needs_a_mail_or_a_full_address(book: Served) -> None:
    address: dict[str, Any] = {
        "first_name": "A",
        "family_name": "B",
        "ba_street": "C 1",
        "ba_city": "D",
        "ba_postal_code": "1",
    }
    await book.post(**address)
    for missing in address:
        assert "mail" in await book.post(**{**address, missing: ""}, status=400)
        assert "mail" in await book.post(**{name: one for name, one in address.items() if name != missing}, status=400)
    refused: tuple[Any, ...] = ("", None, "x", "a@", "a b@example.com", 1, True, [])
    for mail in refused:
        await book.post(mail=mail, status=400)
    await book.post(mail="a@example.com\n")
    await book.post(mail="x", **address, status=400)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "x" * 256) for name in ("first_name", "company", "phone", "fax", "skype", "fb", "ba_city", "mail2")),
        ("mail", f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example.com"),
        ("ba_postal_code", "1" * 21),
        ("ba_state", "x" * 21),
        ("ba_country", "DEU"),
        ("ba_country", "Ä1"),
        ("title", "x"),
        ("title2", "drdrd"),
        ("phone_type", "fax"),
        ("phone2_type", "mobil"),
        ("mail_status", 9),
        ("mail_status", "x"),
        ("date_of_birth", "12.02.2004"),
        ("date_of_birth", 1076598000),
        ("first_name", {"a": 1}),
        ("first_name", True),
        ("terms", "1,2"),
        ("terms", [{}]),
        ("terms", [1.5]),
        ("uid", "x"),
        ("mail2", "x"),
        ("request_ip", "1.2.3"),
        ("request_ip", 5),
        ("comment", ["x"]),
    ],
)
async def test_a_value_that_is_none_is_refused_by_name_and_nothing_is_written(
    sqlite_url: str, name: str, value: Any
) -> None:
    async with served(sqlite_url) as book:
        number = await book.post(mail="a@example.com")
        before = feed(sqlite_url, 1)
        contact = {"mail": "b@example.com", name: value}
        assert name in await book.post(**contact, status=400)
        (row,) = await book.ask("POST", "/contacts", {"contacts": [contact]})
        assert row.keys() == {"email", "error", "message"}
        assert name in row["message"]
        if name not in ("request_ip",):
            assert name in (await book.ask("PUT", f"/contact/{number}", {name: value}, status=400))["message"]
        assert feed(sqlite_url, 1) == before


async def test_unknown_keys_of_a_contact_are_kept_and_those_beside_it_are_not(book: Served) -> None:
    contact = {"mail": "a@example.com", "qntn": "x", "zusatz": {"a": [1, None]}, "leer": None, "field_unbekannt": ""}
    body = {"contact": contact, "daneben": 1, "return_fields": ["zusatz", "qntn", "nothing", 5, " mail "]}
    found = await book.ask("POST", "/contact", body)
    assert found == {"id": found["id"], "zusatz": {"a": [1, None]}, "mail": "a@example.com"}
    assert (await book.stored(found["id"])).extras == {
        "quentn": {"zusatz": {"a": [1, None]}, "leer": None, "field_unbekannt": ""}
    }
    assert await book.get(found["id"], "field_unbekannt", "leer", "daneben") == {
        "id": found["id"],
        "field_unbekannt": "",
        "leer": None,
    }


@pytest.fixture
async def full(book: Served) -> tuple[Served, Contact]:
    """A contact of whom everything is known that a contact can hold."""
    await book.record(CustomField(name="field_x", type="text"))
    tag, user = await book.record(Tag(name="T")), await book.record(User(last_name="U", email="u@example.com"))
    known = {**LISTS, "addresses": tuple(one for one in LISTS["addresses"] if one.kind != "nothing")}
    contact = await book.book.create(
        **TEXTS, **known, salutation="ms", owner_id=user.id, tag_ids=(tag.id,), custom={"field_x": "y"}
    )
    return book, contact


async def test_writing_back_what_is_shown_changes_nothing(full: tuple[Served, Contact]) -> None:
    book, contact = full
    shown = await book.get(contact.id, *ALL, "field_x", "q")
    assert shown["q"] == "ä"
    del shown["id"]
    shown["ba_country"] = shown["ba_country"] or ""
    for name, value in shown.items():
        await book.ask("PUT", f"/contact/{contact.id}", {name: value})
        assert set(difference(contact, await book.stored(contact.id))) == set(), (name, value)
    await book.ask("PUT", f"/contact/{contact.id}", shown)
    for method in ("update_add", "update", "add"):
        options = {"duplicate_check_method": "email", "duplicate_merge_method": method}
        assert await book.post(**shown, options=options) == contact.id
    assert await book.stored(contact.id) == contact
    assert len(await contact_history(await book.book.view(), contact.id)) == 1


OTHERS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("first_name", "family_name", "company", "job_title", "skype", "fb", "twitter"), ("N", "", None)),
    **dict.fromkeys(("phone", "phone2", "fax"), ("030 999", "", None, "040")),
    **dict.fromkeys(("mail", "mail2"), ("n@example.com", "", None, "third@example.com")),
    **dict.fromkeys(("ba_street", "ba_street2", "ba_city", "ba_postal_code", "ba_state"), ("N", "", None)),
    **dict.fromkeys(("phone_type", "phone2_type"), ("home", "work", "other")),
    "title": ("m", None, "f"),
    "title2": ("dr", "", None, "Ing."),
    "mail_status": (8, 0, 5),
    "ba_country": ("MX", None, "de"),
    "date_of_birth": ("1999-01-01", None, "2001-02-03T04:05:06+02:00"),
    "terms": ([], None),
    "uid": (None,),
    "field_x": ("z", "", None),
    "q": ("o", None, {"a": 1}),
}
SAME = {"mail": {"mail_status"}, "uid": {"owner"}, "owner": {"uid"}}
"""Keys that speak of the same: another address has another status."""


async def test_a_put_of_one_key_changes_one_key(full: tuple[Served, Contact]) -> None:
    book, contact = full
    names = [*ALL, "field_x", "q"]
    for name, values in OTHERS.items():
        for value in values:
            before, shown = await book.stored(contact.id), await book.get(contact.id, *names)
            await book.ask("PUT", f"/contact/{contact.id}", {name: value})
            after, now = await book.stored(contact.id), await book.get(contact.id, *names)
            changed = {key for key in names if now.get(key) != shown.get(key)}
            assert changed <= {name, *SAME.get(name, ())}, (name, value, changed)
            fields = {path.split(".")[0] for path in difference(before, after)}
            assert len(fields - {"extras"}) <= 1, (name, value, fields)
            for listed in ("emails", "phones", "addresses"):
                assert len(set(getattr(before, listed)) - set(getattr(after, listed))) <= 1, (name, value)
            for dialect in ("propstack", "easybroker", "vitec", "native"):
                assert after.extras[dialect] == before.extras[dialect]


async def test_of_a_thousand_at_once_ten_are_wrong_and_the_others_written_in_order(
    book: Served,
) -> None:
    await load_spam_list(book.book.store, ["203.0.113.0/24"], now=START, told=lambda step, more, total: None)
    await book.record(CustomField(name="field_zahl", type="number"))
    wrong: dict[int, dict[str, Any] | str] = {
        3: {"mail": "no mailbox"},
        100: {"mail": "a@example.com", "ba_country": "Germany"},
        101: {"mail": "a@example.com", "terms": [4711]},
        102: {"mail": "a@example.com", "owner": "nobody@example.com"},
        350: {"mail": "a@example.com", "first_name": "x" * 256},
        500: {"first_name": "A", "family_name": "B"},
        501: {"mail": "a@example.com", "request_ip": "203.0.113.9"},
        750: {"mail": "a@example.com", "field_zahl": "viele"},
        998: "no contact",
        999: {"mail": "a@example.com", "company": "\u0007"},
    }
    items: list[Any] = [
        wrong.get(number, {"mail": f"p{number}@example.com", "family_name": f"Name {number}", "phone": f"030 {number}"})
        for number in range(1000)
    ]
    body = {"contacts": items, "spam_protection": True, "return_fields": ["family_name"], **NONE}
    started = time.perf_counter()
    rows = await book.ask("POST", "/contacts", body)
    took = time.perf_counter() - started
    assert [index for index, row in enumerate(rows) if "error" in row] == list(wrong)
    assert len({row["message"] for row in rows if "error" in row}) == len(wrong)
    for number, row in enumerate(rows):
        if number in wrong:
            given = wrong[number]
            assert row.keys() == {"email", "error", "message"}
            assert row["email"] == (given.get("mail") if isinstance(given, dict) else None)
        else:
            expected = {"id": row["id"], "email": f"p{number}@example.com", "family_name": f"Name {number}"}
            assert row == expected
    ids = [row["id"] for row in rows if "id" in row]
    assert ids == sorted(set(ids))
    assert await book.count() == 990
    if book.book.store.engine == "sqlite":
        assert took < 10, "two seconds are to be reached on a machine that does nothing else"


async def test_a_crowd_has_a_limit_and_at_least_one(book: Served) -> None:
    crowd = [{"mail": "a@example.com"}] * 1001
    await book.ask("POST", "/contacts", {"contacts": crowd}, status=413)
    refused: tuple[Any, ...] = ([], {}, None, "x", 1)
    for contacts in refused:
        await book.ask("POST", "/contacts", {"contacts": contacts}, status=400)
    await book.ask("POST", "/contacts", {}, status=400)
    await book.ask("POST", "/contacts", [{"mail": "a@example.com"}], status=400)
    assert await book.count() == 0


async def test_the_sixth_contact_of_one_address_within_the_hour_is_refused(book: Served) -> None:
    def sent(number: int, address: str = "123.123.123.123", **options: Any) -> Any:
        contact = {"mail": f"p{number}@example.com", "request_ip": address, "comment": "x"}
        return book.http.post("/contact", json={"contact": contact, "flood_limit": 5, **NONE, **options})

    for number in range(5):
        assert (await sent(number)).status_code == 200
        book.clock.move(minutes=5)
    before = feed(book.book.store.url, 1)
    refused = await sent(6)
    assert refused.status_code == 429
    assert refused.json()["error"] is True
    assert int(refused.headers["Retry-After"]) == 35 * 60
    assert feed(book.book.store.url, 1) == before
    assert (await sent(7, "::ffff:7b7b:7b7b")).status_code == 429
    for address, options in (("2001:db8::1", {}), ("123.123.123.123", {"flood_limit": 0}), ("", {})):
        assert (await sent(8, address, **options)).status_code == 200
    for limit in ("5", "1"):
        assert (await sent(9, flood_limit=limit)).status_code == 429
    wrong: tuple[Any, ...] = (-1, "x", 1.5, True, [5])
    for other in wrong:
        assert (await sent(9, flood_limit=other)).status_code == 400
    book.clock.move(minutes=36)
    # One of the five has left the window, one that asked for no limit came in.
    assert (await sent(10)).status_code == 429
    book.clock.move(minutes=5)
    assert (await sent(11)).status_code == 200
    rows = await book.ask(
        "POST",
        "/contacts",
        {
            "contacts": [{"mail": f"q{number}@example.com"} for number in range(8)],
            "request_ip": "198.51.100.7",
            "flood_limit": 5,
            **NONE,
        },
    )
    assert ["error" in row for row in rows] == [False] * 5 + [True] * 3


async def test_spammers_are_refused_where_protection_is_asked_for(book: Served) -> None:
    lines = ["203.0.113.7", "2001:db8:bad::/48"]
    await load_spam_list(book.book.store, lines, now=START, told=lambda step, more, total: None)
    for given in ({"request_ip": "203.0.113.7"}, {"request_ip": "2001:DB8:BAD::1"}):
        for asked, status in ((True, 403), (1, 403), ("1", 403), (False, 200), (0, 200), (None, 200)):
            options = {"spam_protection": asked, **NONE}
            await book.post(mail="a@example.com", **given, options=options, status=status)
            await book.post(mail="a@example.com", options={**options, **given}, status=status)
    # The contact's own address goes before the one beside it; without an address nothing is looked up.
    options = {"spam_protection": True, "request_ip": "203.0.113.7"}
    await book.post(mail="a@example.com", request_ip="203.0.113.8", options=options)
    await book.post(mail="a@example.com", options={"spam_protection": True, "flood_limit": 5})
    await book.post(mail="a@example.com", options={"spam_protection": "maybe"}, status=400)


async def test_a_mail_status_needs_a_permission_and_outlives_a_delete(book: Served) -> None:
    number = await book.post(mail="a@example.com", mail_status=5)
    async with await book.client("contacts:read", "contacts:write") as without:
        answer = await without.put(f"/contact/{number}", json={"mail_status": 1, "return_fields": ["mail_status"]})
        assert answer.json()["mail_status"] == 5
        made = await without.post("/contact", json={"contact": {"mail": "b@example.com", "mail_status": 1}, **NONE})
        assert (await book.get(made.json()["id"], "mail_status"))["mail_status"] == 0
        await book.ask("DELETE", f"/contact/{number}")
        again = (await without.post("/contact", json={"contact": {"mail": "A@Example.com"}, **NONE})).json()["id"]
    assert again != number
    assert (await book.get(again, "mail_status"))["mail_status"] == 5
    await book.ask("PUT", f"/contact/{again}", {"mail": "c@example.com", "mail_status": 6})
    assert (await book.get(again, "mail_status"))["mail_status"] == 6
    await book.ask("PUT", f"/contact/{again}", {"mail": "a@example.com"})
    assert (await book.get(again, "mail_status"))["mail_status"] == 5
    await book.book.remove(again)
    later = await book.post(mail="c@example.com", options=NONE)
    assert (await book.get(later, "mail_status"))["mail_status"] == 6
    assert (await book.stored(later)).emails == (Email(address="c@example.com", status="spam"),)


async def test_what_is_set_here_shows_in_the_book_and_the_other_way_round(book: Served) -> None:
    contact = await book.book.create(
        first_name="A",
        emails=(Email(address="x@example.com"), Email(address="y@example.com", is_primary=True)),
        phones=(Phone(number="030 1", kind="fax"), Phone(number="030 2", kind="switch"), Phone(number="030 3")),
        addresses=(Address(kind="billing", street="Weg", house_number="7", country="DE"),),
    )
    shown = await book.get(contact.id, "mail", "mail2", "phone", "phone_type", "phone2", "fax", "ba_street")
    assert list(shown.values()) == [
        *(contact.id, "y@example.com", "x@example.com", "030 2", "other", "030 3", "030 1", "Weg 7")
    ]
    await book.ask("PUT", f"/contact/{contact.id}", {"ba_street": "Weg 8", "phone_type": "work"})
    stored = await book.stored(contact.id)
    assert stored.addresses == (Address(kind="billing", street="Weg 8", country="DE"),)
    assert stored.phones[1].kind == "work"
    entries = await contact_history(await book.book.view(), contact.id)
    assert [(entry.action, entry.via) for entry in entries] == [("created", "native"), ("changed", "quentn")]


async def test_mails_of_several_contacts_and_of_nobody(book: Served) -> None:
    first = await book.book.create(emails=emails("a@example.com", "b@example.com"))
    second = await book.book.create(emails=emails("B@example.com"))
    found = await book.ask("GET", "/contact/b@example.com?fields=mail")
    assert found == [{"id": first.id, "mail": "a@example.com"}, {"id": second.id, "mail": "B@example.com"}]
    assert [row["id"] for row in await book.ask("GET", "/contact/a@example.com")] == [first.id]
    for mail in ("c@example.com", "@", "a@example", "b@example.com%00"):
        await book.ask("GET", f"/contact/{mail}", status=404)
    for number in ("0", "-1", "x", "99999999999", "1.0", "%20"):
        await book.ask("GET", f"/contact/{number}", status=404)
