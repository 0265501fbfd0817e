"""Keys open one account and one dialect, and are refused everywhere as soon as they are revoked."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import pytest

from onebook.errors import Conflict, Invalid, NotFound, OnebookError, Unauthenticated
from onebook.model.account import DEFAULT_RATES, DIALECTS, Tag
from onebook.model.contact import Contact
from onebook.model.query import ContactQuery
from onebook.service.access import (
    SCOPES,
    account_named,
    accounts,
    allowed,
    authenticate,
    create_account,
    create_key,
    keys_of,
    login_secret,
    revoke_key,
    session_for,
)
from onebook.service.contacts import contact_history, create_contact, find_contacts, get_contact
from onebook.service.records import change_record, create_record, get_record, remove_record
from onebook.store.database import Store
from tests.book import ALL, START, Book, emails, fill, new_account, opened, phones
from tests.derived import Raw


async def refused_soon(store: Store, secret: str) -> float:
    """How many seconds it takes until the key is refused; at most five are waited."""
    started = time.monotonic()
    while time.monotonic() - started < 5:
        try:
            await authenticate(store, "native", secret)
        except Unauthenticated:
            return time.monotonic() - started
        await asyncio.sleep(0.001)
    raise AssertionError("the key still opens the account")


async def test_a_key_opens_its_account_in_its_dialect_only(database_url: str) -> None:
    async with opened(database_url) as store:
        account = await new_account(store)
        for dialect in DIALECTS:
            made = await create_key(store, [account.account_id], dialect, now=START)
            secret = login_secret(made.username, made.secret) if dialect == "vitec" else made.secret
            found, _ = await authenticate(store, dialect, secret)
            assert found == made.key
            assert found.rate == DEFAULT_RATES[dialect]
            for other in DIALECTS:
                if other != dialect:
                    with pytest.raises(Unauthenticated):
                        await authenticate(store, other, secret)


async def test_a_secret_is_long_random_and_stored_hashed(database_url: str) -> None:
    async with opened(database_url) as store:
        account = await new_account(store)
        secrets = {(await create_key(store, [1], "native", now=START)).secret for _ in range(20)}
        assert len(secrets) == 20
        assert all(re.fullmatch(r"ob1x[0-9a-f]{48}", secret) for secret in secrets)
        raw = Raw(database_url)
        rows = str(raw.rows("SELECT * FROM access_keys", account.account_id))
        raw.close()
        assert rows.count("native") >= 20
        assert not any(secret in rows or secret[4:] in rows for secret in secrets)


@pytest.mark.parametrize(
    "secret",
    [None, "", "x", "ob1x", "ob1x" + "0" * 48, "ob0x1", "ob99x1", "ob-1x1", "ob1", "ob" + "9" * 30 + "x", "ob١x"],
)
async def test_what_is_no_key_is_refused(database_url: str, secret: str | None) -> None:
    async with opened(database_url) as store:
        await new_account(store)
        await create_key(store, [1], "native", now=START)
        with pytest.raises(Unauthenticated):
            await authenticate(store, "native", secret)


async def test_a_revoked_key_is_refused_at_once_by_every_process(database_url: str) -> None:
    async with opened(database_url) as here, opened(database_url) as there:
        account = await new_account(here)
        for number in range(10):
            made = await create_key(here, [1], "native", now=START, name=f"K{number}")
            for store in (here, there):
                await authenticate(store, "native", made.secret)
            await revoke_key(there, account, f"K{number}", now=START)
            with pytest.raises(Unauthenticated):
                await authenticate(there, "native", made.secret)
            # PostgreSQL tells the others by a notification (docs/decisions/0005).
            assert await refused_soon(here, made.secret) < (0.001 if here.engine == "sqlite" else 1)
        assert all(key.revoked_at for key in await keys_of(here, account))


async def test_a_new_key_opens_at_once_in_every_process(database_url: str) -> None:
    async with opened(database_url) as here, opened(database_url) as there:
        await new_account(here)
        for store, other in ((here, there), (there, here)) * 3:
            made = await create_key(store, [1], "native", now=START)
            assert (await authenticate(other, "native", made.secret))[0].key_id == made.key.key_id
            assert (await authenticate(store, "native", made.secret))[0].key_id == made.key.key_id


async def test_a_new_tag_may_be_used_at_once_in_every_process(database_url: str) -> None:
    async with opened(database_url) as here, opened(database_url) as there:
        account = await new_account(here)
        books = [Book(here, account), Book(there, account)]
        for number in range(6):
            maker, user = books[number % 2], books[1 - number % 2]
            session, stale = await maker.session(), await user.session()
            tag = await session.write(lambda unit, n=number: create_record(unit, Tag(name=f"T{n}")))  # type: ignore[misc]
            made = await stale.write(lambda unit, t=tag: create_contact(unit, fill(tag_ids=(t.id,))))  # type: ignore[misc]
            assert made.tag_ids == (tag.id,)
            await (await maker.session()).write(lambda unit, t=tag: remove_record(unit, Tag, t.id))  # type: ignore[misc]
            with pytest.raises(Invalid):
                await stale.write(lambda unit, t=tag: create_contact(unit, fill(tag_ids=(t.id,))))  # type: ignore[misc]


async def test_scopes_are_what_a_key_may_do(database_url: str) -> None:
    async with opened(database_url) as store:
        await new_account(store)
        every = (await create_key(store, [1], "native", now=START)).key
        reader = (await create_key(store, [1], "native", now=START, scopes=["contacts:read"])).key
        writer = (await create_key(store, [1], "native", now=START, scopes=["contacts:write"])).key
        partner = (await create_key(store, [1], "easybroker", now=START, scopes=["partner"])).key
        both = (await create_key(store, [1], "easybroker", now=START, scopes=["partner", "leads:read"])).key
        assert all(allowed(every, scope) == (scope != "partner") for scope in SCOPES)
        assert allowed(every, "")
        assert (allowed(reader, "contacts:read"), allowed(reader, "contacts:write")) == (True, False)
        assert (allowed(writer, "contacts:read"), allowed(writer, "contacts:write")) == (False, True)
        assert [allowed(partner, scope) for scope in ("partner", "", "leads:read")] == [True, False, False]
        assert [allowed(both, scope) for scope in ("partner", "", "leads:read")] == [True, True, True]
        for scope in ("contacts", "contacts:delete", "everything", ""):
            with pytest.raises(Invalid):
                await create_key(store, [1], "native", now=START, scopes=[scope])


async def test_a_key_is_revoked_by_its_number_or_its_name(database_url: str) -> None:
    async with opened(database_url) as store:
        account = await new_account(store)
        made = [(await create_key(store, [1], "native", now=START, name="twice")).key for _ in range(2)]
        with pytest.raises(Invalid):
            await revoke_key(store, account, "twice", now=START)
        with pytest.raises(NotFound):
            await revoke_key(store, account, "nobody", now=START)
        await revoke_key(store, account, str(made[0].key_id), now=START)
        await revoke_key(store, account, "twice", now=START)
        with pytest.raises(NotFound):
            await revoke_key(store, account, "twice", now=START)


async def test_accounts_have_names_of_their_own(database_url: str) -> None:
    async with opened(database_url) as store:
        made = [await new_account(store, name) for name in ("Eins", "Zwei")]
        assert [account.account_id for account in made] == [1, 2]
        assert [account.customer_id for account in made] == ["M1", "M2"]
        assert await accounts(store) == made
        for name in ("Zwei", "zwei", "M2", "2"):
            assert await account_named(store, name) == made[1], name
        for name in ("Drei", "M3", ""):
            with pytest.raises(NotFound):
                await account_named(store, name)
        with pytest.raises(Invalid):
            await account_named(store, None)
        with pytest.raises(Conflict):
            await new_account(store, "Eins")
        wrong: list[dict[str, Any]] = [
            {"name": " "},
            {"name": "x" * 201},
            {"name": "a\0b"},
            {"country": "Germany"},
            {"country": "ÄÖ"},
            {"language": "d"},
            {"timezone": "Mars/Base"},
            {"timezone": "../etc/passwd"},
            {"timezone": ""},
            {"customer_id": "M1"},
            {"customer_id": "M" * 41},
            {"customer_id": "M\n2"},
        ]
        for fields in wrong:
            base: dict[str, Any] = {"country": "DE", "language": "de", "timezone": "Europe/Berlin", "customer_id": None}
            with pytest.raises(OnebookError):
                await create_account(store, **{"name": "Drei", "now": START, **base, **fields})
        assert await accounts(store) == made


async def test_fifty_accounts_made_at_once_have_fifty_numbers(database_url: str) -> None:
    async with opened(database_url) as here, opened(database_url) as there:
        made = await asyncio.gather(*(new_account((here, there)[n % 2], f"A{n}") for n in range(50)))
        assert sorted(account.account_id for account in made) == list(range(1, 51))


async def test_one_account_sees_nothing_of_another(database_url: str) -> None:
    async with opened(database_url) as store:
        ours, theirs = [Book(store, await new_account(store, name)) for name in ("Eins", "Zwei")]
        fields: dict[str, Any] = {
            "last_name": "Müller",
            "emails": emails("m@example.com"),
            "phones": phones("0157 1234567"),
            "external_ids": {"propstack": "77"},
        }
        made: Contact = await ours.create(**fields)
        tag = await (await ours.session()).write(lambda unit: create_record(unit, Tag(name="T")))
        view = await theirs.view()
        queries: list[dict[str, Any]] = [
            {},
            {"ids": (made.id,)},
            {"text": "müller"},
            {"text": "mü"},
            {"phone": "01571234567"},
            {"email": "m@example.com"},
            {"external_id": ("propstack", "77")},
        ]
        for query in queries:
            assert await theirs.find(**query) == []
            assert await ours.find(**query) == [made.id]
        for reading in (get_contact(view, made.id), contact_history(view, made.id), get_record(view, Tag, tag.id)):
            with pytest.raises(NotFound):
                await reading
        for writing in (theirs.change(made.id, last_name="X"), theirs.remove(made.id), theirs.restore(made.id)):
            with pytest.raises(NotFound):
                await writing
        session = await theirs.session()
        with pytest.raises(NotFound):
            await session.write(lambda unit: change_record(unit, Tag, tag.id, lambda record: record))
        for pointing in ({"tag_ids": (tag.id,)}, {"parent_id": made.id}):
            with pytest.raises(Invalid):
                await theirs.create(fill(**pointing))
        twin = await theirs.create(**fields)
        assert twin.id != made.id
        assert await theirs.find() == [twin.id]
        assert await ours.find() == [made.id]
        assert await get_contact(await ours.view(), made.id) == made


async def test_a_key_of_one_account_reads_through_it_only(database_url: str) -> None:
    async with opened(database_url) as store:
        for name in ("Eins", "Zwei"):
            await Book(store, await new_account(store, name)).create(last_name=name)
        for number, name in ((1, "Eins"), (2, "Zwei")):
            made = await create_key(store, [number], "native", now=START)
            key, _ = await authenticate(store, "native", made.secret)
            session = await session_for(store, key, key.account_id, clock=lambda: START)
            found = await find_contacts(session.view, ContactQuery(), ALL)
            assert [contact.last_name for contact in found] == [name]
