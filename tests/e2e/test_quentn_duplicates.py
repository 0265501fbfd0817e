"""Both duplicate parameters with every value: who is found, and what becomes of every field, on both databases."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from onebook.model.account import CustomField, Option, Tag, User
from onebook.service.contacts import contact_history
from onebook.service.duplicates import pairs_of
from tests.book import emails
from tests.conformance.quentn.served import Served, served
from tests.derived import differences

MAIL = "john@example.com"
NONE, OLD, NEW, BOTH, EMPTIED = "none", "old", "new", "both", "emptied"
METHODS = ("update_add", "update", "add", "PUT")
TABLE: dict[tuple[str, str], tuple[str, str, str, str]] = {
    # the contact has, given is: what it has then, by method
    (NONE, "absent"): (NONE, NONE, NONE, NONE),
    (NONE, "null"): (NONE, NONE, NONE, NONE),
    (NONE, "empty"): (NONE, NONE, NONE, EMPTIED),
    (NONE, "filled"): (NEW, NONE, NEW, NEW),
    (OLD, "absent"): (OLD, OLD, OLD, OLD),
    (OLD, "null"): (OLD, OLD, OLD, NONE),
    (OLD, "empty"): (OLD, OLD, OLD, EMPTIED),
    (OLD, "filled"): (NEW, NEW, OLD, NEW),
}
TEXTS = ("job_title", "company", "phone", "fax", "skype", "ba_city", "ba_street", "field_text", "unbekannt")
"""Those that keep an empty text as one."""


def values(book_ids: dict[str, tuple[int, int]]) -> dict[str, tuple[Any, Any]]:
    """For each field an old and a new value."""
    texts = {name: (f"Alt {name}", f"Neu {name}") for name in TEXTS}
    numbers = {"phone": ("0157 1111111", "0157 2222222"), "fax": ("030 111111", "030 222222")}
    return {
        **texts,
        **numbers,
        "title": ("m", "f"),
        "title2": ("dr", "prof"),
        "mail2": ("alt@example.com", "neu@example.com"),
        "phone_type": ("home", "mobile"),
        "ba_country": ("DE", "SE"),
        "ba_postal_code": ("10115", "111 22"),
        "date_of_birth": ("1980-01-02T00:00:00+00:00", "1981-02-03T12:00:00+00:00"),
        "uid": book_ids["user"],
        "field_wahl": ("a", "b"),
        "field_mehrere": (["a"], ["b", "c"]),
        "field_zahl": (1, 2.5),
        "field_datum": ("2020-01-02T00:00:00+00:00", "2021-03-04T05:06:07+00:00"),
        "field_ok": (
            {"ip": "1.1.1.1", "created": None, "source": None},
            {"ip": "2.2.2.2", "created": None, "source": "x"},
        ),
    }


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it
        assert differences(database_url) == []


async def lists(book: Served) -> dict[str, tuple[int, int]]:
    """Two terms, two users and the custom fields of the table."""
    options = (Option(name="a"), Option(name="b"), Option(name="c"))
    for field in (
        CustomField(name="field_text", type="text"),
        CustomField(name="field_wahl", type="choice", options=options),
        CustomField(name="mehrere", type="multiple_choice", options=options),
        CustomField(name="field_zahl", type="number"),
        CustomField(name="datum", type="date"),
        CustomField(name="field_ok", type="consent"),
    ):
        await book.record(field)
    first, second = [(await book.record(Tag(name=name))).id for name in "AB"]
    one, two = [(await book.record(User(last_name=name))).id for name in "AB"]
    return {"term": (first, second), "user": (one, two)}


async def test_what_becomes_of_a_field_is_one_table(book: Served) -> None:
    ids = await lists(book)
    known = values(ids)
    for number, ((has, given), results) in enumerate(TABLE.items()):
        for method, result in zip(METHODS, results, strict=True):
            mail = f"john{number}{method}@example.com"
            old = {name: pair[0] for name, pair in known.items()} if has == OLD else {}
            made = await book.post(mail=mail, **old, options={"duplicate_check_method": "none"})
            choices: dict[str, dict[str, Any]] = {
                "absent": {},
                "null": dict.fromkeys(known),
                "empty": dict.fromkeys(known, ""),
                "filled": {name: pair[1] for name, pair in known.items()},
            }
            new = choices[given]
            if method == "PUT":
                await book.ask("PUT", f"/contact/{made}", new)
            else:
                options = {"duplicate_check_method": "email", "duplicate_merge_method": method}
                assert await book.post(mail=mail, **new, options=options) == made
            shown = await book.get(made, *known)
            for name, (before, after) in known.items():
                emptied = "" if name in (*TEXTS, "title2", "mail2", "ba_postal_code") else None
                expected = {NONE: None, OLD: before, NEW: after, EMPTIED: emptied}[result]
                if name == "field_zahl" and expected == 1:
                    expected = 1.0
                if name == "phone_type" and result in (NONE, EMPTIED):
                    # A phone that is there, be it empty, has a type: `other` where none was given.
                    assert shown[name] in (None, "other"), (has, given, method, shown)
                    continue
                if name == "field_mehrere" and expected is None:
                    assert shown.get(name) in (None, []), (has, given, method)
                    continue
                assert shown.get(name) == expected, (name, has, given, method, shown.get(name))


TERMS: dict[tuple[str, str], tuple[str, str, str, str]] = {
    # Terms are united, whatever the method; PUT replaces.
    (NONE, "absent"): (NONE, NONE, NONE, NONE),
    (NONE, "null"): (NONE, NONE, NONE, NONE),
    (NONE, "empty"): (NONE, NONE, NONE, NONE),
    (NONE, "filled"): (NEW, NEW, NEW, NEW),
    (OLD, "absent"): (OLD, OLD, OLD, OLD),
    (OLD, "null"): (OLD, OLD, OLD, NONE),
    (OLD, "empty"): (OLD, OLD, OLD, NONE),
    (OLD, "filled"): (BOTH, BOTH, BOTH, NEW),
}


async def test_what_becomes_of_terms_is_another(book: Served) -> None:
    first, second = (await lists(book))["term"]
    for empty in ([], [""], ""):
        for number, ((has, given), results) in enumerate(TERMS.items()):
            for method, result in zip(METHODS, results, strict=True):
                mail = f"john{number}{method}@example.com"
                old: dict[str, Any] = {"terms": [first]} if has == OLD else {}
                made = await book.post(mail=mail, **old, options={"duplicate_check_method": "none"})
                choices: dict[str, dict[str, Any]] = {
                    "absent": {},
                    "null": {"terms": None},
                    "empty": {"terms": empty},
                    "filled": {"terms": [str(second), second]},
                }
                new = choices[given]
                if method == "PUT":
                    await book.ask("PUT", f"/contact/{made}", new)
                else:
                    options = {"duplicate_check_method": "email", "duplicate_merge_method": method}
                    assert await book.post(mail=mail, **new, options=options) == made
                expected = {NONE: [], OLD: [first], NEW: [second], BOTH: [first, second]}[result]
                assert (await book.get(made, "terms"))["terms"] == expected, (has, given, method)
                await book.ask("DELETE", f"/contact/{made}")


async def test_email_finds_any_address_in_any_case_archived_ones_too_and_the_oldest(book: Served) -> None:
    by_email = {"duplicate_check_method": "email"}
    first = await book.book.create(emails=emails("a@example.com", "John@Example.com"), is_archived=True)
    await book.book.create(emails=emails(MAIL))
    gone = await book.book.create(emails=emails("gone@example.com"))
    await book.book.remove(gone.id)
    assert await book.post(mail="JOHN@example.COM", first_name="J", options=by_email) == first.id
    shown = await book.get(first.id, "mail", "mail2", "first_name")
    assert shown == {"id": first.id, "mail": "JOHN@example.COM", "mail2": "a@example.com", "first_name": "J"}
    assert await book.post(mail="gone@example.com", options=by_email) != gone.id


async def test_none_always_creates(book: Served) -> None:
    options = {"duplicate_check_method": "none"}
    made = [await book.post(mail=MAIL, first_name="J", options=options) for _ in range(3)]
    assert len(set(made)) == 3
    found = await book.ask("GET", f"/contact/{MAIL}")
    assert [row["id"] for row in found] == made


JOHN: dict[str, Any] = {
    "first_name": "Johannes",
    "family_name": "Wülfrath",
    "phone": "0157 123 456 78",
    "date_of_birth": "1980-02-29",
    "ba_street": "Kastanienallee 12",
    "ba_postal_code": "10435",
    "ba_city": "Berlin",
}


async def test_auto_is_the_default_and_goes_by_likeness_not_by_the_address_alone(book: Served) -> None:
    made = await book.post(mail=MAIL, **JOHN)
    assert await book.post(mail="other@example.org", **{**JOHN, "family_name": "Wuelfrath"}) == made
    assert await book.post(mail="info@example.org", first_name="Erika", family_name="Sommer") != made
    # A family shares a mailbox and a phone; its first names tell it apart.
    wife = await book.post(mail=MAIL, **{**JOHN, "first_name": "Brigitte", "date_of_birth": "1983-05-06"})
    assert wife != made
    assert {len(pair.contact_ids) for pair in await pairs_of(await book.book.view(), made, "open")} <= {2}


async def test_an_address_that_auto_overwrites_stays_in_the_book_and_in_no_place_of_the_vendor_s(book: Served) -> None:
    made = await book.post(mail=MAIL, **JOHN)
    number = {"phone": "0157 999 999 99"}
    assert await book.post(mail="new@example.org", **{**JOHN, **number}) == made
    shown = await book.get(made, "mail", "mail2", "phone", "phone2")
    assert shown == {"id": made, "mail": "new@example.org", "mail2": None, "phone": "0157 999 999 99", "phone2": None}
    stored = await book.stored(made)
    assert [email.address for email in stored.emails] == ["new@example.org", MAIL]
    assert [phone.number for phone in stored.phones] == ["0157 999 999 99", "0157 123 456 78"]
    assert [row["id"] for row in await book.ask("GET", f"/contact/{MAIL}")] == [made]
    # And back again: nothing piles up.
    for _ in range(2):
        for mail in (MAIL, "new@example.org"):
            assert await book.post(mail=mail, **JOHN) == made
    assert len((await book.stored(made)).emails) == 2
    assert len((await book.stored(made)).phones) == 2


SPELLINGS: tuple[dict[str, Any], ...] = (
    {},
    {"family_name": "Wuelfrath"},
    {"first_name": "JOHANNES", "family_name": "WÜLFRATH"},
    {"phone": "+49 157 12345678"},
    {"ba_street": "Kastanienallee 12", "mail": "John@Example.com"},
)


async def test_fifty_posts_of_one_person_in_five_spellings_end_as_one_contact(book: Served) -> None:
    bodies = itertools.islice(itertools.cycle(SPELLINGS), 50)
    made = await asyncio.gather(*(book.post(**{"mail": MAIL, **JOHN, **body}) for body in bodies))
    assert len(set(made)) == 1
    assert await book.count() == 1
    history = await contact_history(await book.book.view(), made[0])
    assert [entry.version for entry in history] == list(range(1, len(history) + 1))


@pytest.mark.parametrize("method", ["overwrite", "", "UPDATE", 1, True, ["add"], {}])
@pytest.mark.parametrize("name", ["duplicate_check_method", "duplicate_merge_method"])
async def test_another_method_is_refused(sqlite_url: str, name: str, method: Any) -> None:
    async with served(sqlite_url) as book:
        assert name in await book.post(mail=MAIL, options={name: method}, status=400)
        await book.ask("POST", "/contacts", {"contacts": [{"mail": MAIL}], name: method}, status=400)
        assert await book.count() == 0
