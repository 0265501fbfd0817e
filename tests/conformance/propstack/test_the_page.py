"""The vendor's page on contacts, example by example. Each deviation that README.md lists is made on the page's text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from onebook.dialects.propstack.associations import Around
from onebook.dialects.propstack.codec import encode_contact, encode_row
from onebook.dialects.propstack.fields import ROW
from onebook.model.account import Account, Source, Tag, Vocabulary
from onebook.model.contact import Contact, Email
from tests.conformance.propstack.served import Served, served

PAGE = Path(__file__).parent / "page"
BERLIN = ZoneInfo("Europe/Berlin")
ACCOUNT = Account(account_id=1, name="Agentur", customer_id="M1", created_at=datetime(2019, 1, 1, tzinfo=UTC))
WORDS = Vocabulary(
    stamp=1,
    account=ACCOUNT,
    users={},
    tag_groups={},
    tags={6: Tag(id=6, name="IT-Branche")},
    sources={},
    statuses={},
    reasons={},
    custom_fields={},
)
AROUND = Around(WORDS, BERLIN)


def page(name: str) -> Any:
    """One example of the page, its keys in the page's order."""
    return msgspec.json.decode((PAGE / f"{name}.json").read_bytes())


def moment(text: str) -> datetime:
    """A moment as the page writes it."""
    return datetime.fromisoformat(text)


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it


def test_a_row_of_the_list_is_the_page_s_first_example_byte_for_byte_and_the_keys_of_the_phone_recipe_behind() -> None:
    (row,) = page("list")
    john = Contact(
        id=30267,
        salutation="mr",
        academic_title="",
        first_name="John",
        last_name="Doe",
        company="John Doe AG",
        emails=(Email(address="john@doe.de"),),
        last_contact_at=moment(row["last_contact_at"]),
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        status_id=45,
    )
    row["item_id"] = row["id"]
    recipe = {
        "first_name": "John",
        "last_name": "Doe",
        "office_phone": None,
        "office_cell": None,
        "home_phone": None,
        "home_cell": None,
    }

    assert msgspec.json.encode(encode_row(john, AROUND)) == msgspec.json.encode({**row, **recipe})


ATZE = Contact(
    id=1,
    salutation="ms",
    first_name="Atze",
    last_name="Tango",
    company="Propstack",
    position="Geschäftsführer",
    emails=(Email(address="atze.tango@example.com"),),
    last_contact_at=moment("2019-08-14T14:36:57.000+02:00"),
    created_at=moment("2019-06-04T17:08:59.386+02:00"),
    updated_at=moment("2019-08-22T11:00:42.458+02:00"),
    tag_ids=(6,),
    token="gioWo5KczySDb1gRfT7bik52",
)


def test_a_contact_alone_is_the_page_s_second_example_byte_for_byte() -> None:
    expected = page("contact")
    expected["broker_ids"] = []

    assert msgspec.json.encode(encode_contact(ATZE, AROUND)) == msgspec.json.encode(expected)


def test_the_same_contact_answers_to_the_vendor_s_id() -> None:
    imported = replace(ATZE, id=77, external_ids={"propstack": "1"})

    assert encode_contact(imported, AROUND)["id"] == encode_contact(imported, AROUND)["item_id"] == 1


async def test_the_page_s_request_creates_its_contact_and_is_answered_as_on_the_page(book: Served) -> None:
    answer = await book.http.post("/contacts", json=page("create_request"))

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert answer.json() == {**page("create_answer"), "id": answer.json()["id"]}
    found = await book.get(answer.json()["id"])
    wanted = page("create_request")["client"]
    assert {key: found[key] for key in wanted} == wanted
    assert found["full_salutation"] == "Sehr geehrter Herr Doe,"


async def test_the_page_s_contact_can_be_written_key_by_key_and_reads_back_as_on_the_page(book: Served) -> None:
    wanted = page("contact")
    group = (await book.http.post("/groups", json={"name": "IT-Branche"})).json()
    contact_id = await book.post(**{key: value for key, value in wanted.items() if value}, group_ids=[group["id"]])

    found = await book.get(contact_id)
    assert list(found) == list(wanted)
    own = {"id", "item_id", "token", "created_at", "updated_at", "created_at_formatted", "updated_at_formatted"}
    assert {key: found[key] for key in found.keys() - own} == {
        **{key: wanted[key] for key in wanted.keys() - own},
        "groups": [group],
        "broker_ids": [],
    }


async def test_a_put_of_the_page_s_keys_changes_them_and_answers_the_whole_contact(book: Served) -> None:
    contact_id = await book.post(salutation="ms", first_name="Atze", last_name="Tango")
    # The page's own body; it ends in dots, and id, item_id and name are the book's.
    body = {"id": 1, "item_id": 1, "salutation": "mr", "academic_title": None, "name": "Atze Tango"}

    found = await book.put(contact_id, **body)

    assert list(found) == list(page("contact"))
    assert (found["id"], found["salutation"], found["name"]) == (contact_id, "mr", "Atze Tango")


async def test_a_delete_is_answered_as_on_the_page_and_the_contact_is_gone_but_can_be_restored(book: Served) -> None:
    contact_id = await book.post(last_name="Tango")

    answer = await book.http.delete(f"/contacts/{contact_id}")

    assert answer.json() == {**page("delete_answer"), "id": contact_id}
    gone = await book.http.get(f"/contacts/{contact_id}")
    assert (gone.status_code, gone.json()) == (
        404,
        {"errors": [f"Client mit der id={contact_id} konnte nicht gefunden werden."]},
    )
    await book.book.restore(contact_id)
    assert (await book.get(contact_id))["last_name"] == "Tango"


async def test_a_contact_is_found_by_its_token_as_on_the_page(book: Served) -> None:
    contact_id = await book.post(last_name="Tango")
    token = (await book.get(contact_id))["token"]

    assert (await book.get(token, identifier="token"))["id"] == contact_id


@pytest.mark.parametrize("spelling", ["015712345678", "0157-123-456-78"])
async def test_the_page_s_phone_searches_find_the_page_s_number(book: Served, spelling: str) -> None:
    contact_id = await book.post(last_name="Tango", home_cell="0157 123 456 78")
    await book.post(last_name="Doe", home_cell="0157 123 456 79")

    assert await book.ids(f"phone_number={spelling}") == [contact_id]


async def test_contact_sources_are_listed_as_on_the_page(book: Served) -> None:
    made = await book.add(Source(name="Immobilienscout 24"))

    answer = await book.http.get("/contact_sources")
    assert answer.json() == [{**page("contact_sources")[0], "id": made.id}]


async def test_the_list_s_rows_have_the_page_s_keys_in_the_page_s_order(book: Served) -> None:
    await book.post(last_name="Tango")

    (row,) = (await book.http.get("/contacts")).json()
    assert list(row) == list(ROW)
    assert list(ROW)[:18] == list(page("list")[0])
