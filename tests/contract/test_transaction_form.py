"""The form that every statement takes where Citus is present; plain PostgreSQL takes it too."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
from msgspec.structs import replace

from onebook.errors import NotFound
from onebook.model.account import Tag
from onebook.model.contact import Contact, Email
from onebook.model.query import ContactQuery, Page
from onebook.service import access, contacts, records
from onebook.service.session import Unit
from onebook.store.open import open_store
from onebook.store.postgres import PostgresStore

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def test_a_book_is_read_and_written_through_the_transaction_form(postgres_url: str) -> None:
    store = await open_store(postgres_url)
    assert isinstance(store, PostgresStore)
    store.distributed = True
    try:
        settings = {"country": "DE", "language": "de", "timezone": "Europe/Berlin", "customer_id": None}
        one = await access.create_account(store, "One", now=NOW, **settings)  # type: ignore[arg-type]
        two = await access.create_account(store, "Two", now=NOW, **settings)  # type: ignore[arg-type]
        session = await access.open_session(store, one, now=NOW, actor="test", via="native")

        async def work(unit: Unit) -> Contact:
            tag = await records.create_record(unit, Tag(name="VIP"))
            return await contacts.create_contact(
                unit,
                lambda contact, _: replace(
                    contact, last_name="Åström", emails=(Email(address="a@example.com"),), tag_ids=(tag.id,)
                ),
            )

        made = await session.write(work)
        await session.write(
            lambda unit: contacts.change_contact(unit, made.id, lambda contact, _: replace(contact, first_name="Änne"))
        )
        found = await contacts.find_contacts(session.view, ContactQuery(text="anne astrom"), Page(limit=5))
        assert [contact.id for contact in found] == [made.id]
        assert [entry.version for entry in await contacts.contact_history(session.view, made.id)] == [1, 2]

        other = await access.open_session(store, two, now=NOW, actor="test", via="native")
        try:
            await contacts.get_contact(other.view, made.id)
        except NotFound:
            pass
        else:
            raise AssertionError("the other account saw the contact")
    finally:
        await store.close()


async def test_what_the_form_sets_ends_with_its_transaction(postgres_url: str) -> None:
    store = await open_store(postgres_url)
    assert isinstance(store, PostgresStore)
    store.distributed = True
    try:
        async with store.lend(7) as connection:
            assert await connection.fetch("SELECT current_setting('onebook.account', true)", ()) == [("7",)]
        async with store._pool.connection() as raw:
            assert await raw.fetch("SELECT nullif(current_setting('onebook.account', true), '')", ()) == [(None,)]
    finally:
        await store.close()
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT count(*) FROM contacts").fetchone() == (0,)
