"""The vendor's page, example by example. Where it has commas too many they are left out, ids are those of the test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from onebook.model.account import CustomField, Option, Tag, User
from onebook.model.activity import Note
from tests.book import emails
from tests.conformance.quentn.served import Served, served
from tests.derived import differences

PAGE: dict[str, Any] = msgspec.json.decode((Path(__file__).parent / "page.json").read_bytes())


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it
        assert differences(database_url) == []


async def made(book: Served, shown_id: int, **fields: Any) -> None:
    """A contact that answers to the page's id."""
    await book.book.create(external_ids={"quentn": str(shown_id)}, **fields)


async def terms(book: Served, *numbers: int) -> list[int]:
    """Tags that answer to the page's ids; answers their own."""
    tags = [Tag(name=f"T{number}", external_ids={"quentn": str(number)}) for number in numbers]
    return [(await book.record(tag)).id for tag in tags]


async def test_a_contact_is_retrieved(book: Served) -> None:
    tags = await terms(book, 1, 2, 3)
    await made(book, 123, first_name="John", last_name="Doe", emails=emails("johndoe@example.com"), tag_ids=tuple(tags))
    expected = PAGE["retrieve"]
    assert await book.get(123, "first_name", "family_name", "mail", "terms") == expected
    assert await book.get(123) == {name: expected[name] for name in ("id", "first_name", "family_name", "mail")}


async def test_contacts_are_retrieved_by_mail_and_always_in_a_list(book: Served) -> None:
    await made(book, 123, emails=emails("johndoe@example.com"))
    found = await book.ask("GET", "/contact/johndoe@example.com?fields=mail")
    assert found == PAGE["retrieve_by_mail"][:1]
    await made(book, 124, emails=emails("johndoe@example.com"))
    found = await book.ask("GET", "/contact/johndoe@example.com?fields=mail")
    assert found == PAGE["retrieve_by_mail"]


async def test_a_contact_is_created(book: Served) -> None:
    answer = await book.ask("POST", "/contact", PAGE["create_request"])
    assert answer.keys() == {"id", *PAGE["create_request"]["return_fields"]}
    assert answer["id"] > 0
    given = {name: value for name, value in PAGE["create_request"]["contact"].items() if name != "request_ip"}
    assert given.items() <= answer.items()
    bare = {**PAGE["create_request"], "return_fields": []}
    assert (await book.ask("POST", "/contact", bare)) == {**PAGE["create_answer"], "id": answer["id"]}


async def test_several_are_created_in_one_call(book: Served) -> None:
    bare = {**PAGE["create_many_request"], "return_fields": []}
    answer = await book.ask("POST", "/contacts", bare)
    ids = [row["id"] for row in answer]
    assert len(set(ids)) == 2
    expected = PAGE["create_many_answer"]
    assert answer == [{**row, "id": number} for row, number in zip(expected, ids, strict=True)]
    answer = await book.ask("POST", "/contacts", PAGE["create_many_request"])
    assert [row["id"] for row in answer] == ids
    assert {"id", "email", *PAGE["create_many_request"]["return_fields"]} == answer[0].keys()


async def test_one_of_several_that_fails_says_so_in_its_place(book: Served) -> None:
    request = {**PAGE["create_many_request"], "return_fields": []}
    request["contacts"] = [request["contacts"][0], {**request["contacts"][1], "ba_postal_code": "1" * 21}]
    answer = await book.ask("POST", "/contacts", request)
    good, bad = PAGE["create_many_answer_with_error"]
    assert answer[0] == {**good, "id": answer[0]["id"]}
    assert answer[1] == {**bad, "message": answer[1]["message"]}
    assert "ba_postal_code" in answer[1]["message"]
    assert await book.count() == 1


async def test_a_contact_is_updated_and_deleted(book: Served) -> None:
    await made(book, 123, first_name="Jon")
    answer = await book.ask("PUT", "/contact/123", PAGE["update_request"])
    assert answer.keys() == {"success", "id", *PAGE["update_request"]["return_fields"]}
    assert PAGE["update_answer"].items() <= answer.items()
    assert (answer["id"], answer["first_name"]) == (123, "John")
    assert await book.ask("DELETE", "/contact/123") == PAGE["delete_answer"]
    await book.ask("GET", "/contact/123", status=404)
    await book.ask("DELETE", "/contact/123", status=404)


async def test_terms_of_a_contact_are_got_set_added_and_removed(book: Served) -> None:
    await made(book, 93)
    await terms(book, 65, 123, 555)
    for term in PAGE["terms_answer"]:
        tag = Tag(name=term["name"], description=term["description"], external_ids={"quentn": str(term["id"])})
        await book.record(tag)
    path = "/contact/93/terms"
    assert await book.ask("POST", path, PAGE["terms_set_request"]) == PAGE["terms_written_answer"]
    assert [term["id"] for term in await book.ask("GET", path)] == [12, 13, 65]
    assert await book.ask("PUT", path, PAGE["terms_add_request"]) == PAGE["terms_written_answer"]
    assert [term["id"] for term in await book.ask("GET", path)] == [12, 13, 65, 123, 555]
    assert await book.ask("DELETE", path, PAGE["terms_delete_request"]) == PAGE["terms_written_answer"]
    assert await book.ask("DELETE", path, [65]) == PAGE["terms_written_answer"]
    assert await book.ask("GET", path) == PAGE["terms_answer"]


async def test_comments_of_a_contact_are_got_in_the_page_s_spelling(book: Served) -> None:
    await made(book, 93)
    contact = await book.book.find()
    user = await book.record(User(last_name="U", external_ids={"quentn": "2"}))
    for number in range(12):
        await book.record(Note(body=f"comment {number}", contact_ids=tuple(contact), user_id=user.id))
    expected = PAGE["comments_answer"]
    answer = await book.ask("GET", "/contact/93?range=1&limit=10&sort=desc")
    assert {name: answer[name] for name in answer if name != "comments"} == {
        name: expected[name] for name in expected if name != "comments"
    }
    assert [one["comment"] for one in answer["comments"]] == ["comment 1", "comment 0"]
    assert [one.keys() for one in answer["comments"]] == [one.keys() for one in expected["comments"]]
    assert {(one["contact_id"], one["uid"]) for one in answer["comments"]} == {(93, 2)}
    assert answer == await book.ask("GET", "/contact/93/comments?range=1&limit=10&sort=desc")


async def test_comments_are_added_changed_and_deleted(book: Served) -> None:
    await made(book, 93)
    path = "/contact/93/comments"
    answer = await book.ask("POST", path, PAGE["comment_add_request"])
    assert answer == {**PAGE["comment_add_answer"], "comment_id": answer["comment_id"]}
    book.clock.move(minutes=1)
    change = {**PAGE["comment_update_request"], "id": answer["comment_id"]}
    assert await book.ask("PUT", path, change) == PAGE["comment_update_answer"]
    (comment,) = (await book.ask("GET", path))["comments"]
    assert (comment["comment"], comment["changed"] - comment["created"]) == (change["comment"], 60)
    await book.ask("DELETE", path, PAGE["comment_delete_request"], status=404)
    assert await book.ask("DELETE", path, [answer["comment_id"]]) == PAGE["comment_delete_answer"]
    assert (await book.ask("GET", path))["number_comments"] == 0


async def test_dates_selections_and_births_are_taken_as_the_page_writes_them(book: Served) -> None:
    options = tuple(Option(id=number, name=f"selection_{letter}") for number, letter in enumerate("abc", 1))
    await book.record(CustomField(name="field_several", type="multiple_choice", options=options))
    await book.record(CustomField(name="field_date", type="date"))
    number = await book.post(
        mail="a@example.com",
        date_of_birth=PAGE["date_of_birth"],
        field_several=PAGE["several_selected"],
        field_date=PAGE["unix_date"],
    )
    shown = await book.get(number, "date_of_birth", "field_several", "field_date")
    assert shown["date_of_birth"] == PAGE["date_of_birth"]
    assert shown["field_several"] == PAGE["several_selected"]
    assert shown["field_date"] == "2020-07-06T11:29:02+00:00"
    await book.ask("PUT", f"/contact/{number}", {"field_date": PAGE["iso_date"]})
    assert (await book.get(number, "field_date"))["field_date"] == "2007-12-24T18:21:00+00:00"
    stored = await book.stored(number)
    assert stored.birth_date is not None
    assert stored.birth_date.isoformat() == "2004-02-12"
