"""Users, lists, properties and leads: their own rules, the same on both engines."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from onebook.errors import Conflict, Invalid, NotFound, OnebookError, Stale
from onebook.model.account import CustomField, Option, Reason, Source, Status, Tag, TagGroup, User
from onebook.model.lead import Lead
from onebook.model.property import Property
from onebook.model.query import Page
from onebook.service.contacts import contact_history, get_contact
from onebook.service.idempotency import Answer, attempt, once
from onebook.service.leads import request
from onebook.service.records import (
    change_record,
    count_records,
    create_record,
    find_records,
    get_record,
    named_record,
    record_history,
    remove_record,
    restore_record,
)
from onebook.service.session import Unit
from tests.book import START, Book, clock, emails, fill, new_book, phones
from tests.derived import differences, feed

NAMED: list[Any] = [TagGroup, Tag, Source, Status, Reason, CustomField]


async def made(book: Book, record: Any) -> Any:
    """A new record."""
    return await (await book.session()).write(lambda unit: create_record(unit, record))


async def changed(book: Book, record: Any, **fields: Any) -> Any:
    """The record with these fields."""
    session = await book.session()
    kind: Any = type(record)
    return await session.write(lambda unit: change_record(unit, kind, record.id, lambda was: replace(was, **fields)))


@pytest.mark.parametrize("record", NAMED)
async def test_a_name_is_given_once_whatever_its_case(database_url: str, record: Any) -> None:
    async with new_book(database_url) as book:
        first = await made(book, record(name=" Käufer "))
        assert first.name == "Käufer"
        for name in ("Käufer", "KÄUFER", "käufer  "):
            with pytest.raises(Conflict) as caught:
                await made(book, record(name=name))
            assert caught.value.problems[0].path == "name"
        with pytest.raises(Invalid):
            await made(book, record(name="  "))
        second = await made(book, record(name="Mieter"))
        with pytest.raises(Conflict):
            await changed(book, second, name="käufer")
        assert (await changed(book, first, name="KÄUFER")).name == "KÄUFER"
        session = await book.session()
        await session.write(lambda unit: remove_record(unit, record, first.id))
        third = await made(book, record(name="Käufer"))
        with pytest.raises(Conflict):
            await session.write(lambda unit: restore_record(unit, record, first.id))
        assert third.id > second.id > first.id
        with pytest.raises(NotFound):
            await get_record(await book.view(), record, first.id)
        assert differences(database_url) == []


async def test_fifty_requests_for_a_name_make_one_record(database_url: str) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        found = await asyncio.gather(
            *(session.write(lambda unit: named_record(unit, Source, "Portal")) for _ in range(50))
        )
        assert len({source.id for source in found}) == 1


async def test_a_record_is_changed_removed_and_restored_with_its_history(database_url: str) -> None:
    async with new_book(database_url) as book:
        status = await made(book, Status(name="Neu", color="red"))
        session = await book.session()
        await changed(book, status, color="blue")
        assert await changed(book, status, color="blue") == await get_record(await book.view(), Status, status.id)
        with pytest.raises(Stale):
            await session.write(lambda unit: remove_record(unit, Status, status.id, if_version=1))
        await session.write(lambda unit: remove_record(unit, Status, status.id, if_version=2))
        assert await count_records(await book.view(), Status) == 0
        assert await count_records(await book.view(), Status, trashed=True) == 1
        back = await session.write(lambda unit: restore_record(unit, Status, status.id))
        assert (back.version, back.deleted_at, back.color) == (4, None, "blue")
        history = await record_history(await book.view(), Status, status.id)
        assert [(entry.version, entry.action) for entry in history] == [
            (1, "created"),
            (2, "changed"),
            (3, "deleted"),
            (4, "restored"),
        ]
        assert history[1].changes == {"color": ("red", "blue")}


@pytest.mark.parametrize("number", [-1, 0, 999, 2**31, 2**63, 2**80])
async def test_a_record_that_is_not_there_is_not_found(database_url: str, number: int) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        for work in (
            lambda unit: get_record(unit, Tag, number),
            lambda unit: remove_record(unit, Tag, number),
            lambda unit: restore_record(unit, Tag, number),
            lambda unit: change_record(unit, Tag, number, lambda tag: tag),
        ):
            with pytest.raises(NotFound):
                await session.write(work)


async def test_what_a_record_points_to_must_be_there(database_url: str) -> None:
    async with new_book(database_url) as book:
        for record, path in (
            (Tag(name="T", group_id=5), "group_id"),
            (Property(agent_id=5), "agent_id"),
            (Property(owner_contact_ids=(5,)), "owner_contact_ids"),
            (Property(owner_contact_ids=(2**70,)), "owner_contact_ids"),
            (Lead(contact_id=5), "contact_id"),
            (Lead(property_id=5), "property_id"),
            (Lead(property_id=2**70), "property_id"),
            (User(email="no address"), "email"),
        ):
            with pytest.raises(Invalid) as caught:
                await made(book, record)
            assert caught.value.problems[0].path == path
        assert feed(database_url, 1) == []


async def test_options_have_ids_of_their_own(database_url: str) -> None:
    async with new_book(database_url) as book:
        options = (Option(name="A"), Option(id=7, name="B"), Option(name="C"))
        field = await made(book, CustomField(name="f", type="choice", options=options))
        assert [option.id for option in field.options] == [8, 7, 9]
        with pytest.raises(Invalid):
            await made(book, CustomField(name="g", options=(Option(id=1, name="A"), Option(id=1, name="B"))))
        contact = await book.create(custom={"f": "b"})
        assert contact.custom == {"f": 7}
        with pytest.raises(Invalid) as caught:
            await book.create(custom={"f": "D"})
        assert caught.value.problems[0].path == "custom.f"


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("text", [("a", "a"), (1, "1"), ("", "")], [True, [], {}]),
        (
            "number",
            [(1, 1), ("1.5", 1.5), ("2", 2), (-0.5, -0.5)],
            ["x", True, 2**64, "1e400", "nan", "inf", [], "9" * 30],
        ),
        ("date", [("2024-02-29", "2024-02-29")], ["2023-02-29", "today", 2**60, True, [], 1.5]),
        ("checkbox", [(True, True), ("0", False), (1, True), ("", False)], ["maybe", 2, [], {}]),
        ("consent", [({"ip": "1.1.1.1"}, {"ip": "1.1.1.1"})], ["yes", 1, [], {"created": "never"}]),
        ("url", [("https://example.com", "https://example.com")], [True, {}]),
    ],
)
async def test_a_custom_field_takes_its_own_type_only(
    database_url: str, type_: Any, good: list[tuple[Any, Any]], bad: list[Any]
) -> None:
    async with new_book(database_url) as book:
        await made(book, CustomField(name="f", type=type_))
        for given, kept in good:
            contact = await book.create(custom={"f": given})
            assert contact.custom == {"f": kept}
            assert (await get_contact(await book.view(), contact.id)).custom == {"f": kept}
        for given in bad:
            with pytest.raises(Invalid) as caught:
                await book.create(custom={"f": given})
            assert caught.value.problems[0].path == "custom.f"
        assert (await book.create(custom={"f": None})).custom == {}


async def test_a_request_finds_the_oldest_person_and_changes_nothing_in_it(database_url: str) -> None:
    async with new_book(database_url) as book:
        by_phone = await book.create(last_name="P", phones=phones("0157 123 456 78"), is_archived=True)
        by_email = await book.create(last_name="E", emails=emails("E@example.com"))
        session = await book.session()
        for lead, expected in (
            (Lead(email="e@EXAMPLE.com ", phone="+4915712345678"), by_email.id),
            (Lead(email="unknown@example.com", phone="+49 157 12345678"), by_phone.id),
            (Lead(phone="0157-12345678", name="Somebody"), by_phone.id),
        ):
            taken = await session.write(lambda unit, one=lead: request(unit, one))  # type: ignore[misc]
            assert taken.contact_id == expected
        for contact in (by_phone, by_email):
            assert await get_contact(await book.view(), contact.id) == contact
            assert len(await contact_history(await book.view(), contact.id)) == 1
        stranger = Lead(name="Eva Maria Berg", email="n@example.com", source="P")
        new = await session.write(lambda unit: request(unit, stranger))
        person = await get_contact(await book.view(), new.contact_id or 0)
        assert (person.first_name, person.last_name) == ("Eva", "Maria Berg")
        assert person.source_id is not None
        with pytest.raises(Invalid):
            await session.write(lambda unit: request(unit, Lead(email="no address")))
        assert differences(database_url) == []


async def test_fifty_requests_of_one_stranger_at_once_make_one_contact(database_url: str) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        leads = [Lead(name="Eva", email=f"{'E' if n % 2 else 'e'}va@example.com", source="Portal") for n in range(50)]
        taken = await asyncio.gather(
            *(session.write(lambda unit, one=lead: request(unit, one)) for lead in leads)  # type: ignore[misc]
        )
        assert len({lead.contact_id for lead in taken}) == 1
        assert len({lead.id for lead in taken}) == 50
        assert len(await book.find()) == 1


async def test_a_portal_s_own_id_is_taken_once(database_url: str) -> None:
    async with new_book(database_url) as book:
        session = await book.session()
        lead = Lead(name="Eva", email="eva@example.com", partner="portal", remote_id="007")
        taken = await asyncio.gather(*(session.write(lambda unit: request(unit, lead)) for _ in range(20)))
        assert len({one.id for one in taken}) == 1
        for other in (replace(lead, remote_id="7"), replace(lead, partner="another"), replace(lead, remote_id="")):
            one = await session.write(lambda unit, o=other: request(unit, o))  # type: ignore[misc]
            assert one.id != taken[0].id


async def test_leads_are_listed_by_their_moment(database_url: str) -> None:
    async with new_book(database_url) as book:
        moments = [START + timedelta(days=days) for days in (3, 1, 2, 1, -30_000)]
        ids = [(await made(book, Lead(message="M", happened_at=moment))).id for moment in moments]
        view = await book.view()
        ordered = [ids[4], ids[1], ids[3], ids[2], ids[0]]
        assert [lead.id for lead in await find_records(view, Lead, Page(limit=9))] == ordered
        found = await find_records(view, Lead, Page(limit=9), happened=(moments[1], moments[2]))
        assert [lead.id for lead in found] == [ids[1], ids[3], ids[2]]
        assert await count_records(view, Lead, happened=(moments[1], moments[2])) == 3


async def test_the_same_attempt_is_done_once_however_often_it_comes(database_url: str) -> None:
    async with new_book(database_url) as book:
        now = clock()

        async def post(body: bytes, name: str = "a", key_id: int = 1) -> Answer:
            async def work(unit: Unit) -> Answer:
                tag = await create_record(unit, Tag(name=unit.new_token()))
                return Answer(status=201, body=b'{"id":%d}' % tag.id)

            session = await Book(book.store, book.account, now).session()
            return await session.write(lambda unit: once(unit, attempt(key_id, name, body), work))

        answers = await asyncio.gather(*(post(b"{}") for _ in range(20)))
        assert len({answer.body for answer in answers}) == 1
        assert sum(not answer.replayed for answer in answers) == 1
        with pytest.raises(Invalid):
            await post(b'{"other":1}')
        assert (await post(b"{}", name="b")).body != answers[0].body
        assert (await post(b"{}", key_id=2)).body != answers[0].body
        now = lambda: START + timedelta(days=2)  # noqa: E731
        assert not (await post(b'{"other":1}')).replayed


async def test_what_fails_is_not_kept_for_the_next_attempt(database_url: str) -> None:
    async with new_book(database_url) as book:
        session = await book.session()

        async def failing(unit: Unit) -> Answer:
            await create_record(unit, Tag(name="T"))
            raise Invalid("no")

        async def working(unit: Unit) -> Answer:
            await create_record(unit, Tag(name="T"))
            return Answer(status=201, body=b"{}")

        with pytest.raises(Invalid):
            await session.write(lambda unit: once(unit, attempt(1, "a", b""), failing))
        assert not (await session.write(lambda unit: once(unit, attempt(1, "a", b""), working))).replayed
        for name in ("", "x" * 256):
            with pytest.raises(OnebookError):
                attempt(1, name, b"")


async def test_long_names_are_kept_and_found(database_url: str) -> None:
    async with new_book(database_url) as book:
        long = "ä" * 32_000
        for record in NAMED:
            await made(book, record(name=long))
            with pytest.raises(Conflict):
                await made(book, record(name=long.upper()))
        await book.create(fill(custom={long: "y" * 60_000}))
        assert await book.find(custom=((long, "y" * 60_000),)) != []
        assert differences(database_url) == []
