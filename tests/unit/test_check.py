"""`onebook check` finds what somebody has spoilt by hand, says it in one line, and mends what can be derived."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import apsw
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onebook.errors import Unavailable
from onebook.model.account import Tag
from onebook.model.contact import Address
from onebook.service.access import accounts, create_key
from onebook.service.check import Difference, check_book
from onebook.service.records import create_record
from onebook.store.check import bypasses_row_security
from onebook.store.open import OpenStore, sqlite_path
from onebook.store.sqlite import PAGE_SIZE
from tests.book import START, Book, emails, new_account, new_book, opened, phones
from tests.derived import Raw, differences

ENGINES = ("sqlite", "postgres")
TABLES = ("accounts", "access_keys", "contacts", "contact_keys", "records", "record_keys", "account_state", "changes")


@dataclass(frozen=True)
class Spoilt:
    """One thing spoilt by hand: the statements for it, and what is said about it, word by word.

    `{id}` is a contact, `{other}` another one, `{tag}` a tag.
    """

    name: str
    sql: str
    said: tuple[str, ...]
    only: str | None = None

    def __str__(self) -> str:
        return self.name


MENDED = (
    Spoilt(
        "a column",
        "UPDATE contacts SET last_name = 'zzz', updated_at = 1 WHERE id = {id}",
        ("contacts/{id}: last_name, updated_at differ from its document",),
    ),
    Spoilt(
        "a flag that is unknown",
        "UPDATE contacts SET newsletter = NULL WHERE id = {agreed}",
        ("contacts/{agreed}: newsletter differ from its document",),
    ),
    Spoilt(
        "keys gone",
        "DELETE FROM contact_keys WHERE contact_id = {id}",
        ("contacts/{id}: key email is missing", "contacts/{id}: key token is missing"),
    ),
    Spoilt(
        "a key too many",
        "INSERT INTO contact_keys (account_id, kind, value, contact_id) VALUES (1, 'email', 'a@b.de', {id})",
        ("contacts/{id}: key email is there but should not be",),
    ),
    Spoilt(
        "a key that leads to another contact",
        "UPDATE contact_keys SET contact_id = {other} WHERE kind = 'token' AND contact_id = {id}",
        ("contacts/{id}: key token is missing", "contacts/{other}: key token is there but should not be"),
    ),
    Spoilt(
        "a record's column",
        "UPDATE records SET position = 5 WHERE id = {tag}",
        ("tags/{tag}: position differ from its document",),
    ),
    Spoilt(
        "a record's key gone", "DELETE FROM record_keys WHERE record_id = {tag}", ("tags/{tag}: key name is missing",)
    ),
    Spoilt(
        "a record's key too many",
        "INSERT INTO record_keys (account_id, resource, kind, value, record_id)"
        " VALUES (1, 'tags', 'name', 'never', {tag})",
        ("tags/{tag}: key name is there but should not be",),
    ),
    Spoilt(
        "the account's name", "UPDATE accounts SET name = 'x'", ("its name or customer id differs from its document",)
    ),
    Spoilt("a key's hash", "UPDATE access_keys SET hash = 'x'", ("key {key}: its hash differs from its document",)),
    Spoilt(
        "the next id",
        "UPDATE account_state SET next_id = 1 WHERE account_id = 1",
        ("its next id 1 is taken: {key} is the highest",),
    ),
    Spoilt(
        "the position of the feed",
        "UPDATE account_state SET seq = 3 WHERE account_id = 1",
        ("its change feed goes on behind position 3",),
    ),
    Spoilt(
        "the highest foreign id",
        "UPDATE account_state SET top_external_id = 0 WHERE account_id = 1",
        ("a contact answers to 4711, the highest known is 0",),
    ),
    Spoilt(
        "SQLite's index of pieces without a contact",
        "DELETE FROM contact_pieces WHERE rowid = {id}",
        ("contacts/{id}: its words in the search index differ from its document",),
        "sqlite",
    ),
    Spoilt(
        "SQLite's index of pieces with a word too many",
        "DELETE FROM contact_pieces WHERE rowid = {id};"
        "INSERT INTO contact_pieces (rowid, words, phones) VALUES ({id}, 'somebody else', '')",
        ("contacts/{id}: its words in the search index differ from its document",),
        "sqlite",
    ),
    Spoilt(
        "SQLite's index of beginnings with one too many",
        "DELETE FROM contact_starts WHERE rowid = {id}; INSERT INTO contact_starts (rowid, words) VALUES ({id}, 'x')",
        ("contacts/{id}: its words in the search index differ from its document",),
        "sqlite",
    ),
    Spoilt(
        "SQLite's index with a contact that there is not",
        "INSERT INTO contact_starts (rowid, words) VALUES (999999, 'x')",
        ("contacts/999999: its words in the search index differ from its document",),
        "sqlite",
    ),
    Spoilt(
        "PostgreSQL's words of a contact",
        "UPDATE contacts SET words = '' WHERE id = {id}",
        ("contacts/{id}: words differ from its document",),
        "postgres",
    ),
    Spoilt(
        "PostgreSQL's search words gone",
        "DELETE FROM contact_words WHERE contact_id = {id}",
        ("contacts/{id}: a search word is missing",),
        "postgres",
    ),
    Spoilt(
        "PostgreSQL's search words too many",
        "INSERT INTO contact_words VALUES (1, 'zzzz', {id})",
        ("contacts/{id}: a search word is there but should not be",),
        "postgres",
    ),
    Spoilt(
        "PostgreSQL's pieces gone",
        "DELETE FROM word_pieces WHERE word = 'example'",
        ("4 pieces of words in the search index are missing",),
        "postgres",
    ),
    Spoilt(
        "PostgreSQL's pieces of no word",
        "INSERT INTO word_pieces VALUES (1, 'zzz', 'example')",
        ("1 pieces of words in the search index are of no word",),
        "postgres",
    ),
)

LOST = (
    Spoilt(
        "a change gone",
        "DELETE FROM changes WHERE seq = {seq}",
        ("change {seq} is missing", "contacts/{id}: the change to version 1 is missing"),
    ),
    Spoilt(
        "the last changes gone",
        "UPDATE account_state SET seq = seq + 2 WHERE account_id = 1",
        ("changes {next} to {after} are missing",),
    ),
    Spoilt(
        "a change of another version",
        "UPDATE changes SET version = 9 WHERE seq = {seq}",
        (
            "contacts/{id}: the change to version 1 is missing",
            "contacts/{id}: the change to version 9 is there but should not be",
        ),
    ),
    Spoilt(
        "a change told twice",
        "UPDATE changes SET record_id = {id}, version = 1 WHERE record_id = {other}",
        (
            "contacts/{id}: the change to version 1 is there but should not be",
            "contacts/{other}: the change to version 1 is missing",
        ),
    ),
    Spoilt(
        "a document that is none",
        "UPDATE contacts SET doc = '{{' WHERE id = {id}",
        ("contacts/{id}: its document cannot be read, or is another's",),
    ),
    Spoilt(
        "another's document",
        "UPDATE contacts SET doc = (SELECT doc FROM contacts WHERE id = {other}) WHERE id = {id}",
        ("contacts/{id}: its document cannot be read, or is another's",),
    ),
)


@asynccontextmanager
async def spoilable(url: str) -> AsyncIterator[tuple[OpenStore, dict[str, int]]]:
    """A book with a little of everything, and the numbers that `Spoilt` names."""
    async with new_book(url) as book:
        session = await book.session()
        tag = await session.write(lambda unit: create_record(unit, Tag(name="Käufer")))
        made = await book.create(
            first_name="Åsa", emails=emails("asa@example.com"), phones=phones("0171 3920012"), tag_ids=(tag.id,)
        )
        other = await book.create(last_name="Other", external_ids={"quentn": "4711"})
        agreed = await book.create(last_name="Agreed", newsletter=True)
        gone = await book.create(last_name="Gone", emails=emails("gone@example.com"))
        await book.change(gone.id, company="Gone & Söhne")
        await book.remove(gone.id)
        key = await create_key(book.store, [book.account.account_id], "native", now=START)
        raw = Raw(url)
        ((seq,),) = raw.rows(f"SELECT seq FROM changes WHERE record_id = {made.id}", 1)
        ((last,),) = raw.rows("SELECT max(seq) FROM changes", 1)
        raw.close()
        numbers = {"id": made.id, "other": other.id, "agreed": agreed.id, "tag": tag.id, "key": key.key.key_id}
        yield book.store, numbers | {"seq": seq, "next": last + 1, "after": last + 2}


def spoil(url: str, sql: str) -> None:
    """Run `sql` as account 1, past the store."""
    if url.startswith("sqlite:"):
        connection = apsw.Connection(sqlite_path(url))
        connection.execute(sql)
        connection.close()
    else:
        with psycopg.connect(url, autocommit=True) as postgres:
            postgres.execute("SELECT set_config('onebook.account', '1', false)")
            postgres.execute(sql.encode())


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of account 1 but the words."""
    raw = Raw(url)
    try:
        return {name: sorted(raw.rows(f"SELECT * FROM {name} WHERE account_id = 1", 1), key=repr) for name in TABLES}
    finally:
        raw.close()


def untold(step: str, more: int, total: int | None = None) -> None:
    """Nobody hears how it comes on."""


async def check(store: OpenStore, *, repair: bool = False) -> list[Difference]:
    """All differences in all accounts."""
    found = check_book(store, await accounts(store), repair=repair, told=untold)
    return [difference async for difference in found]


def lines(found: list[Difference]) -> set[str]:
    """What was said."""
    return {difference.text for difference in found}


async def test_a_book_that_nobody_has_spoilt_has_no_differences(database_url: str) -> None:
    async with spoilable(database_url) as (store, _):
        assert await check(store) == []
        assert await check(store, repair=True) == []


@pytest.mark.parametrize(
    ("database", "spoilt"),
    [(engine, spoilt) for spoilt in MENDED for engine in ENGINES if spoilt.only in (None, engine)],
    ids=str,
)
async def test_what_is_derived_is_found_and_mended(
    request: pytest.FixtureRequest, database: str, spoilt: Spoilt
) -> None:
    database_url = request.getfixturevalue(f"{database}_url")
    async with spoilable(database_url) as (store, numbers):
        before = rows(database_url)
        spoil(database_url, spoilt.sql.format(**numbers))
        said = {text.format(**numbers) for text in spoilt.said}

        found = await check(store)
        assert said <= lines(found)
        assert not any(difference.mended for difference in found)

        mended = await check(store, repair=True)
        assert said <= lines(mended)
        assert all(difference.mended for difference in mended)

        assert await check(store) == []
        assert differences(database_url) == []
        after = rows(database_url)
        if "state" not in spoilt.sql:
            # A key's hash moves the stamp, so that servers look at it again.
            before.pop("account_state"), after.pop("account_state")
        if "next_id" not in spoilt.sql:
            assert after == before


@pytest.mark.parametrize("spoilt", LOST, ids=str)
async def test_what_is_lost_is_said_and_left_as_it_is(database_url: str, spoilt: Spoilt) -> None:
    async with spoilable(database_url) as (store, numbers):
        spoil(database_url, spoilt.sql.format(**numbers))
        before = rows(database_url)
        said = {text.format(**numbers) for text in spoilt.said}
        assert lines(await check(store)) == said
        assert {difference.mended for difference in await check(store, repair=True)} == {False}
        assert rows(database_url) == before
        assert lines(await check(store)) == said


async def test_an_account_is_told_apart_from_its_neighbours(database_url: str) -> None:
    async with spoilable(database_url) as (store, numbers):
        neighbour = Book(store, await new_account(store, "Nachbar", country="SE"))
        made = await neighbour.create(last_name="Åkesson", phones=phones("070-174 06 05"))
        await neighbour.remove(made.id)
        assert await check(store) == []
        spoil(database_url, "DELETE FROM contact_keys WHERE contact_id = {id}".format(**numbers))
        assert {difference.account_id for difference in await check(store)} == {1}
        only = check_book(store, [neighbour.account], repair=False, told=untold)
        assert [difference async for difference in only] == []


async def test_a_book_may_be_checked_while_others_write(database_url: str) -> None:
    async with spoilable(database_url) as (store, numbers):
        book = Book(store, (await accounts(store))[0])

        async def write() -> None:
            for number in range(120):
                made = await book.create(first_name=f"Name{number}", emails=emails(f"n{number}@example.com"))
                await book.change(numbers["id"], last_name=f"Last{number}")
                await book.remove(made.id)

        writing = asyncio.create_task(write())
        while not writing.done():
            assert await check(store) == []
        await writing
        assert await check(store) == []


async def test_pieces_of_words_that_nobody_has_are_no_difference_and_go_when_mending(postgres_url: str) -> None:
    async with spoilable(postgres_url) as (store, numbers):
        book = Book(store, (await accounts(store))[0])
        await book.change(numbers["id"], first_name="Unvergleichlich")
        await book.change(numbers["id"], first_name="Åsa")
        raw = Raw(postgres_url)
        pieces = "SELECT count(*) FROM word_pieces WHERE word = 'unvergleichlich'"
        assert await check(store) == []
        assert raw.rows(pieces, 1) == [(12,)]
        assert await check(store, repair=True) == []
        assert raw.rows(pieces, 1) == [(0,)]
        assert await book.find(text="exampl") == [numbers["id"]]
        raw.close()


async def test_no_line_says_anything_personal(database_url: str) -> None:
    async with spoilable(database_url) as (store, _):
        spoil(database_url, "DELETE FROM contact_keys")
        spoil(database_url, "UPDATE contacts SET last_name = ''")
        spoil(database_url, "DELETE FROM record_keys")
        found = lines(await check(store))
        assert len(found) > 8
        shape = r"[a-z_]+/[0-9]+: (key [a-z_:]+ is missing|[a-z_, ]+ differ from its document)"
        assert [text for text in found if not re.fullmatch(shape, text)] == []


async def test_a_stale_index_of_the_file_is_built_anew(sqlite_url: str) -> None:
    async with spoilable(sqlite_url) as (store, numbers):
        connection = apsw.Connection(sqlite_path(sqlite_url))
        schema = "name, tbl_name, rootpage, sql FROM sqlite_schema WHERE name = 'contacts_by_owner'"
        row = connection.execute(f"SELECT type, {schema}").fetchone()
        connection.execute("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'contacts_by_owner'")
        connection.execute("PRAGMA writable_schema = RESET")
        connection.execute("UPDATE contacts SET owner_id = 1 WHERE id = ?", (numbers["id"],))
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", row)
        connection.execute("PRAGMA writable_schema = RESET")
        connection.close()

        assert any("contacts_by_owner" in text for text in lines(await check(store)))
        assert all(difference.mended for difference in await check(store, repair=True))
        assert await check(store) == []


async def test_a_file_that_is_damaged_is_one_error_that_says_so(sqlite_url: str) -> None:
    async with spoilable(sqlite_url) as (store, _):
        await store.write(1, nothing)
    damage(Path(sqlite_path(sqlite_url)))
    with pytest.raises(Unavailable):
        async with opened(sqlite_url) as store:
            await check(store)


def damage(path: Path) -> None:
    """Overwrite the beginning of every page but the first."""
    content = bytearray(path.read_bytes())
    for page in range(1, len(content) // PAGE_SIZE):
        content[page * PAGE_SIZE : page * PAGE_SIZE + 200] = b"\xff" * 200
    path.write_bytes(content)


async def nothing(tx: object) -> None:
    """Writes nothing."""


async def test_who_may_look_past_row_security_is_known(database_url: str, request: pytest.FixtureRequest) -> None:
    async with opened(database_url) as store:
        assert await bypasses_row_security(store) is False
    if database_url.startswith("postgresql"):
        server = request.getfixturevalue("postgres")
        if server.owner is not None:
            url = urlsplit(server.admin_url)._replace(path=urlsplit(database_url).path).geturl()
            async with opened(url) as store:
                assert await bypasses_row_security(store) is True


words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "first_name": words,
                "company": words,
                "phones": st.lists(st.text("0123456789 +-", max_size=15), max_size=3).map(lambda found: phones(*found)),
                "addresses": st.lists(words.map(lambda street: Address(street=street)), max_size=2).map(tuple),
            }
        ),
        max_size=8,
    )
)
async def test_whatever_is_written_the_check_agrees_with_the_book(
    tmp_path_factory: pytest.TempPathFactory, contacts: list[dict[str, Any]]
) -> None:
    async with new_book(f"sqlite:///{tmp_path_factory.mktemp('book') / 'onebook.db'}") as book:
        for fields in contacts:
            made = await book.create(**fields)
            await book.change(made.id, last_name="Später", is_archived=True)
        assert await check(book.store) == []
