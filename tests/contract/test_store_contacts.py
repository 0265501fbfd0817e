"""Whatever happens to contacts, every way to find them follows, and the change feed tells all of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from psycopg import sql

from onebook.errors import Conflict, Invalid, NotFound, Stale
from onebook.model.account import CustomField, Tag, User
from onebook.model.change import difference
from onebook.model.contact import Address, Contact
from onebook.model.normal import plain
from onebook.model.project import Project
from onebook.model.query import ContactQuery, Page
from onebook.service.contacts import (
    change_contact,
    contact_by_shown_id,
    contact_history,
    count_contacts,
    create_contact,
    find_contacts,
    get_contact,
    upsert_contact,
)
from onebook.service.records import create_record
from onebook.store.contacts import ids_by_keys
from onebook.store.keys import contact_keys
from onebook.store.open import OpenStore, open_store
from tests import postgres as pg
from tests.book import START, Book, clock, emails, fill, new_account, new_book, phones
from tests.derived import differences, feed


async def test_a_contact_is_read_as_it_was_written(database_url: str) -> None:
    async with new_book(database_url) as book:
        made = await book.create(
            first_name="Åsa",
            last_name="",
            emails=emails("A@Example.com", "b@example.com"),
            phones=phones("0157 123 456 78", "none"),
            addresses=(Address(street="Straße", latitude=-0.1),),
            extras={"propstack": {"x": [1, {"y": None}], "é": 2**63 - 1, "z": 0.1}},
            external_ids={"old_crm": "x-1"},
            lead_score=-(2**63),
            description="a\tb\r\nc \U0001f600 \u2028",
        )
        assert await get_contact(await book.view(), made.id) == made
        assert made.version == 1
        assert made.created_at == made.updated_at
        assert made.phones[0].e164 == "+4915712345678"
        assert made.phones[1].e164 is None
        assert differences(database_url) == []


async def test_none_and_empty_text_are_two_things(database_url: str) -> None:
    async with new_book(database_url) as book:
        made = await book.create(first_name="", last_name=None, description="")
        found = await get_contact(await book.view(), made.id)
        assert (found.first_name, found.last_name, found.description, found.company) == ("", None, "", None)


async def test_a_change_without_a_difference_writes_nothing(database_url: str) -> None:
    async with new_book(database_url) as book:
        made = await book.create(last_name="A", phones=phones("030 123456"))
        assert await book.change(made.id, last_name="A", phones=phones("030 123456")) == made
        assert len(feed(database_url, 1)) == 1


async def test_history_tells_each_change_path_by_path(database_url: str) -> None:
    async with new_book(database_url) as book:
        made = await book.create(last_name="A", extras={"propstack": {"a": 1, "b": 2}})
        await book.change(made.id, last_name="B", extras={"propstack": {"a": 1, "b": 3}})
        await book.remove(made.id)
        await book.restore(made.id)
        history = await contact_history(await book.view(), made.id)
        assert [(entry.version, entry.action) for entry in history] == [
            (1, "created"),
            (2, "changed"),
            (3, "deleted"),
            (4, "restored"),
        ]
        assert history[1].changes == {"last_name": ("A", "B"), "extras.propstack.b": (2, 3)}
        assert [entry.seq for entry in history] == [1, 2, 3, 4]
        assert {entry.actor for entry in history} == {"tester"}
        assert history[0].at < history[1].at < history[2].at < history[3].at


async def test_the_trash_hides_a_contact_from_everything_and_gives_it_back(database_url: str) -> None:
    async with new_book(database_url) as book:
        made = await book.create(last_name="Müller", emails=emails("m@example.com"), phones=phones("0157 1234567"))
        finds: list[dict[str, Any]] = [{"text": "mueller"}, {"email": "M@example.com"}, {"phone": "01571234567"}, {}]
        gone = await book.remove(made.id)
        assert gone.deleted_at is not None
        for find in finds:
            assert await book.find(**find) == []
        with pytest.raises(NotFound):
            await get_contact(await book.view(), made.id)
        with pytest.raises(NotFound):
            await book.change(made.id, last_name="B")
        assert await book.find(trashed=True) == [made.id]
        assert differences(database_url) == []
        back = await book.restore(made.id)
        assert (back.deleted_at, back.version) == (None, 3)
        assert await book.restore(made.id) == back
        for find in finds:
            assert await book.find(**find) == [made.id]
        assert differences(database_url) == []


async def test_a_contact_that_is_not_there_is_not_found(database_url: str) -> None:
    async with new_book(database_url) as book:
        for number in (-1, 0, 1, 999_999, 2**31, 2**63, 2**70):
            with pytest.raises(NotFound):
                await get_contact(await book.view(), number)
            with pytest.raises(NotFound):
                await contact_history(await book.view(), number)
            for command in (book.change, book.remove, book.restore):
                with pytest.raises(NotFound):
                    await command(number)


async def test_a_version_that_has_been_overtaken_is_stale(database_url: str) -> None:
    async with new_book(database_url) as book:
        made = await book.create(last_name="A")
        await book.change(made.id, last_name="B")
        session = await book.session()
        with pytest.raises(Stale):
            await session.write(lambda unit: change_contact(unit, made.id, fill(last_name="C"), if_version=1))
        await session.write(lambda unit: change_contact(unit, made.id, fill(last_name="C"), if_version=2))


async def test_an_edit_cannot_set_what_the_book_keeps_itself(database_url: str) -> None:
    async with new_book(database_url) as book:
        made = await book.create(last_name="A", id=77, version=9, created_at=None, deleted_at=START, token="t")
        assert (made.id, made.version, made.deleted_at) == (1, 1, None)
        assert made.token != "t"
        changed = await book.change(made.id, last_name="B", id=77, version=9, deleted_at=START, token="t")
        assert replace(changed, last_name="A", version=1, updated_at=made.updated_at) == made


async def test_what_a_contact_points_to_must_be_there(database_url: str) -> None:
    async with new_book(database_url) as book:
        for name in ("owner_id", "second_owner_id", "source_id", "status_id", "reason_id", "parent_id"):
            for value in (0, -1, 4711, 2**62):
                with pytest.raises(Invalid) as caught:
                    await book.create(fill(**{name: value}))
                assert caught.value.problems[0].path == name
        with pytest.raises(Invalid) as caught:
            await book.create(tag_ids=(1, 2))
        assert [problem.path for problem in caught.value.problems] == ["tag_ids", "tag_ids"]
        with pytest.raises(Invalid) as caught:
            await book.create(custom={"nothing": 1})
        assert caught.value.problems[0].path == "custom.nothing"
        with pytest.raises(Invalid) as caught:
            await book.create(emails=emails("a@example.com", "no address"))
        assert caught.value.problems[0].path == "emails.1.address"
        assert feed(database_url, 1) == []


async def test_nobody_is_below_himself(database_url: str) -> None:
    async with new_book(database_url) as book:
        top = await book.create(last_name="A")
        below = await book.create(last_name="B", parent_id=top.id)
        for parent in (top.id, below.id):
            with pytest.raises(Invalid):
                await book.change(top.id, parent_id=parent)
        assert await book.find(only_roots=True) == [top.id]
        assert await book.find(parent_id=top.id) == [below.id]


async def test_no_two_contacts_answer_to_one_id_in_a_dialect(database_url: str) -> None:
    async with new_book(database_url) as book:
        first = await book.create(last_name="A")
        with pytest.raises(Conflict) as caught:
            await book.create(external_ids={"propstack": str(first.id)})
        assert caught.value.contact_id == first.id
        foreign = await book.create(last_name="B", external_ids={"propstack": "5"})
        ids = [(await book.create(last_name=f"C{number}")).id for number in range(4)]
        assert 5 not in ids
        view = await book.view()
        assert (await contact_by_shown_id(view, "propstack", "5")).id == foreign.id
        assert (await contact_by_shown_id(view, "propstack", str(first.id))).id == first.id
        with pytest.raises(NotFound):
            await contact_by_shown_id(view, "propstack", str(foreign.id))
        assert (await contact_by_shown_id(view, "quentn", str(foreign.id))).id == foreign.id
        with pytest.raises(Conflict):
            await book.create(external_ids={"propstack": "5"})
        await book.remove(foreign.id)
        second = await book.create(external_ids={"propstack": "5"})
        with pytest.raises(Conflict) as caught:
            await book.restore(foreign.id)
        assert caught.value.contact_id == second.id
        with pytest.raises(Conflict):
            await book.create(external_ids={"propstack": "6", "old_crm": "1", "easybroker": str(first.id)})
        assert differences(database_url) == []


async def test_an_upsert_finds_by_any_address_the_oldest_archived_too(database_url: str) -> None:
    async with new_book(database_url) as book:
        old = await book.create(emails=emails("x@example.com", "Shared@example.com"), is_archived=True)
        await book.create(emails=emails("shared@example.com"))
        session = await book.session()
        found, new = await session.write(
            lambda unit: upsert_contact(unit, [("id:propstack", "9"), ("email", "shared@example.com")], fill(rating=1))
        )
        assert (found.id, new) == (old.id, False)
        await book.remove(old.id)
        found, new = await session.write(
            lambda unit: upsert_contact(unit, [("email", "x@example.com")], fill(emails=emails("x@example.com")))
        )
        assert new


async def test_long_texts_are_kept_and_found(database_url: str) -> None:
    async with new_book(database_url) as book:
        name, address = "ä" * 32_000, "x" * 60 + "@" + ".".join(["y" * 60] * 3) + ".de"
        made = await book.create(
            last_name=name,
            company=" ".join(f"wort{number}" for number in range(5000)),
            emails=emails(address),
            phones=phones("1" * 60_000, "0" * 100, "+" * 100),
            external_ids={"old_crm": "z" * 60_000},
            language="q" * 60_000,
            social_security_number="7" * 60_000,
        )
        assert await book.find(email=address) == [made.id]
        assert await book.find(text="wort200 ää") == [made.id]
        assert await book.find(external_id=("old_crm", "z" * 60_000)) == [made.id]
        assert await book.find(external_id=("old_crm", "z" * 59_999)) == []
        await book.remove(made.id)
        await book.restore(made.id)
        assert await book.find(phone="1" * 60_000) == [made.id]


@pytest.fixture
def sorted_otherwise_url(postgres: pg.Server) -> Iterator[str]:
    """A PostgreSQL database that sorts texts as people do, where the server can."""
    with psycopg.connect(postgres.admin_url, autocommit=True) as admin, postgres.database() as url:
        name = sql.Identifier(urlsplit(url).path.removeprefix("/"))
        found = admin.execute("SELECT count(*) FROM pg_collation WHERE collprovider = 'i'").fetchone()
        if admin.info.server_version >= 150000 and found != (0,):
            owner = sql.SQL(" OWNER {}").format(sql.Identifier(postgres.owner)) if postgres.owner else sql.SQL("")
            form = sql.SQL("TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'")
            admin.execute(sql.SQL("DROP DATABASE {}").format(name))
            admin.execute(sql.SQL("CREATE DATABASE {}{} {}").format(name, owner, form))
        yield url


async def test_how_the_database_sorts_texts_is_no_matter(sorted_otherwise_url: str) -> None:
    async with new_book(sorted_otherwise_url) as book:
        first = await book.create(last_name="Ähre", external_ids={"propstack": "3"})
        others = [await book.create(last_name=name) for name in ("zebra", "a-b", "a b", "Zoe")]
        assert first.id == 1
        assert [contact.id for contact in others] == [2, 4, 5, 6]
        assert await book.find(sort="last_name") == [5, 4, 1, 2, 6]
        assert await book.find(text="ähr") == [1]
        assert await book.find(text="re") == []
        assert await book.find(text="ebr") == [2]
        assert differences(sorted_otherwise_url) == []


WORDS = st.sampled_from(["Müller", "Mueller", "Åsa", "", "x", "Haus 12", "ß"])
ADDRESSES = st.lists(st.sampled_from(["a@example.com", "A@example.com", "b@example.com", ""]), max_size=3)
NUMBERS = st.lists(st.sampled_from(["0157 123 456 78", "+4915712345678", "030-1", "none", ""]), max_size=3)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "first_name": WORDS | st.none(),
        "last_name": WORDS | st.none(),
        "emails": ADDRESSES.map(lambda texts: emails(*texts)),
        "phones": NUMBERS.map(lambda texts: phones(*texts)),
        "addresses": st.lists(st.builds(Address, street=WORDS, country=st.sampled_from(["DE", "se", None]))).map(tuple),
        "tag_ids": st.lists(st.sampled_from([1, 2])).map(tuple),
        "owner_id": st.sampled_from([3, None]),
        "custom": st.fixed_dictionaries({}, optional={"farbe": st.sampled_from(["rot", "ROT", "", "x" * 300])}),
        "is_archived": st.booleans(),
        "newsletter": st.booleans() | st.none(),
        "language": st.sampled_from(["de", "sv", None]),
        "external_ids": st.sampled_from([{}, {"propstack": "77"}, {"old_crm": "1"}]),
        "project_ids": st.lists(st.integers(1, 2)).map(tuple),
    },
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["create", "create", "change", "remove", "restore"]), st.integers(0, 5), FIELDS),
    min_size=1,
    max_size=12,
)
LONGEST_KEY = 200
QUERIES: tuple[dict[str, Any], ...] = (
    {},
    {"archived": None},
    {"trashed": True, "archived": None},
    {"email": "a@example.com", "archived": None},
    {"phone": "0157-12345678", "archived": None},
    {"phone": "0301", "archived": None},
    {"tag_ids": (1,), "archived": None},
    {"without_tag_ids": (1, 2)},
    {"owner_ids": (3,)},
    {"languages": ("de", "en")},
    {"newsletter": True},
    {"newsletter": False},
    {"countries": ("SE",)},
    {"project_ids": (2,)},
    {"custom": (("farbe", "rot"),)},
    {"external_id": ("propstack", "77"), "archived": None},
)


def test_keys_columns_words_and_feed_follow_every_change(database_url: str) -> None:
    with asyncio.Runner() as runner:
        store = runner.run(open_store(database_url))

        @settings(max_examples=20)
        @given(steps=STEPS)
        def follow(steps: list[Any]) -> None:
            runner.run(_follow(store, steps))

        try:
            follow()
        finally:
            runner.run(store.close())
    assert differences(database_url) == []


async def _follow(store: OpenStore, steps: list[Any]) -> None:
    book = await _prepared(store)
    contacts: dict[int, Contact] = {}
    for action, which, fields in steps:
        offset = book.base
        fields = {name: _moved(name, value, offset) for name, value in fields.items()}
        await _step(book, contacts, action, which, fields)
    view = await book.view()
    for query in QUERIES:
        asked = {name: _moved(name, value, book.base) for name, value in query.items()}
        expected = sorted(key for key, contact in contacts.items() if _fits(contact, asked))
        assert await book.find(**asked) == expected, asked
        assert await count_contacts(view, ContactQuery(**asked)) == len(expected), asked
    for key, contact in contacts.items():
        assert len(await contact_history(view, key)) == contact.version
        for kind, text in contact_keys(contact, "DE"):
            assert len(text) > LONGEST_KEY or key in await ids_by_keys(view.reader, [(kind, text)])
    assert differences(store.url, book.account.account_id) == []


class Prepared(Book):
    """A book with two tags, a user, a custom field and two projects; `base` is the last id before theirs."""

    base: int = 0


PROJECTS = 4
"""So many of these stand before the projects."""


async def _prepared(store: OpenStore) -> Prepared:
    number = len(await store.reader(0).rows("SELECT account_id FROM accounts"))
    book = Prepared(store, await new_account(store, f"Agentur {number}"))
    session = await book.session()
    tag = await session.write(lambda unit: create_record(unit, Tag(name="eins")))
    await session.write(lambda unit: create_record(unit, Tag(name="zwei")))
    await session.write(lambda unit: create_record(unit, User(last_name="Chef")))
    await session.write(lambda unit: create_record(unit, CustomField(name="farbe")))
    await session.write(lambda unit: create_record(unit, Project(name="Nordhof")))
    await session.write(lambda unit: create_record(unit, Project(name="Südhof")))
    book.base = tag.id - 1
    return book


def _moved(name: str, value: Any, base: int) -> Any:
    if name in ("tag_ids", "without_tag_ids", "owner_ids"):
        return tuple(base + number for number in value)
    if name == "project_ids":
        return tuple(base + PROJECTS + number for number in value)
    return base + value if name == "owner_id" and value else value


async def _step(book: Book, contacts: dict[int, Contact], action: str, which: int, fields: dict[str, Any]) -> None:
    known = sorted(contacts)
    try:
        if action == "create" or not known:
            made = await book.create(**fields)
            assert made.id > max(known, default=0)
            contacts[made.id] = made
            return
        number = known[which % len(known)]
        before = contacts[number]
        if action == "change":
            after = await book.change(number, **fields)
            assert (after.version > before.version) == bool(difference(before, after))
        elif action == "remove":
            after = await book.remove(number)
        else:
            after = await book.restore(number)
        contacts[number] = after
    except (NotFound, Conflict):
        return


def _fits(contact: Contact, query: dict[str, Any]) -> bool:
    keys = contact_keys(replace(contact, deleted_at=None), "DE")
    archived = query.get("archived", False)
    tests: dict[str, Callable[[Any], bool]] = {
        "email": lambda value: ("email", value) in keys,
        "phone": lambda value: any(("digits", digits) in keys for digits in (value.replace("-", "").lstrip("0"),)),
        "tag_ids": lambda value: bool({*value} & {*contact.tag_ids}),
        "without_tag_ids": lambda value: not {*value} & {*contact.tag_ids},
        "owner_ids": lambda value: contact.owner_id in value,
        "languages": lambda value: contact.language in value,
        "newsletter": lambda value: bool(contact.newsletter) == value,
        "countries": lambda value: any((place.country or "").upper() in value for place in contact.addresses),
        "project_ids": lambda value: bool({*value} & {*contact.project_ids}),
        "custom": lambda value: contact.custom.get("farbe", "").lower() == value[0][1],
        "external_id": lambda value: contact.external_ids.get(value[0]) == value[1],
    }
    return (
        (contact.deleted_at is not None) == query.get("trashed", False)
        and (archived is None or contact.is_archived == archived)
        and all(tests[name](value) for name, value in query.items() if name in tests)
    )


@pytest.mark.parametrize("sort", ["id", "created_at", "updated_at", "last_contact_at", "first_name", "last_name"])
@pytest.mark.parametrize("descending", [False, True])
async def test_lists_are_sorted_alike_on_both_engines(database_url: str, sort: Any, descending: bool) -> None:
    rng = random.Random(7)
    names = [None, "", "a", "A", "ä", "Ä", "aa", "Z", "z", "ß", "東", "é", "a b", "a-b", "_", "\U0001f600"]
    now = clock()
    async with new_book(database_url) as book:
        session = await book.session()

        async def fill_book(unit: Any) -> list[Contact]:
            return [
                await create_contact(
                    unit,
                    fill(
                        first_name=rng.choice(names),
                        last_name=rng.choice(names),
                        last_contact_at=rng.choice([None, START + timedelta(microseconds=rng.randint(-5, 5))]),
                    ),
                )
                for _ in range(60)
            ]

        made = await session.write(fill_book)
        for contact in rng.sample(made, 20):
            await book.change(contact.id, description=str(now()))
        query = ContactQuery(sort=sort, descending=descending)
        view = await book.view()
        rows = await find_contacts(view, query, Page(limit=100))
        assert [row.id for row in rows] == _sorted(rows, sort, descending)
        paged = []
        for start in range(0, 60, 7):
            paged += [row.id for row in await find_contacts(view, query, Page(limit=7, offset=start))]
        assert paged == [row.id for row in rows]


def _sorted(rows: list[Contact], sort: str, descending: bool) -> list[int]:
    def value(row: Contact) -> Any:
        found = getattr(row, sort)
        if sort in ("first_name", "last_name"):
            return plain(found or "").encode()
        return found.timestamp() if sort.endswith("_at") and found else found or 0

    return [row.id for row in sorted(rows, key=lambda row: (value(row), row.id), reverse=descending)]
