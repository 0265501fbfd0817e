"""What an address has said to being mailed is not lost where contacts are merged, changed or removed."""

from __future__ import annotations

from onebook.model.contact import Contact, Email, EmailStatus
from onebook.service.mail_status import address_hash, remembered_statuses
from onebook.service.merging import merge_contacts, united
from tests.book import Book, new_book
from tests.derived import Raw, differences


def said(address: str, status: EmailStatus | None) -> tuple[Email, ...]:
    """One address of a contact."""
    return (Email(address=address, status=status),)


async def kept(book: Book, *addresses: str) -> dict[str, EmailStatus]:
    """What the book would say of addresses that nobody has."""
    return await remembered_statuses(await book.view(), addresses)


def test_a_survivor_of_whose_address_nothing_is_said_takes_the_other_s_status() -> None:
    pairs: list[tuple[EmailStatus | None, EmailStatus | None, EmailStatus | None]] = [
        (None, "unsubscribed", "unsubscribed"),
        ("spam", "unsubscribed", "spam"),
        ("spam", None, "spam"),
        (None, None, None),
    ]
    for mine, theirs, expected in pairs:
        merged = united(
            Contact(id=1, emails=said("a@example.com", mine)), Contact(id=2, emails=said("A@Example.com", theirs))
        )
        assert merged.emails == said("a@example.com", expected)


async def test_a_status_is_kept_however_the_address_goes_and_by_a_hash_only(database_url: str) -> None:
    async with new_book(database_url) as book:
        removed = await book.create(emails=said("Removed@example.com", "unsubscribed"))
        await book.remove(removed.id)
        changed = await book.create(emails=said("changed@example.com", "blocked"))
        await book.change(changed.id, emails=said("other@example.com", None))
        silent = await book.create(emails=said("silent@example.com", None))
        await book.remove(silent.id)
        names = ("removed@example.com", "changed@example.com", "silent@example.com", "other@example.com")
        assert await kept(book, *names) == {names[0]: "unsubscribed", names[1]: "blocked"}
        again = await book.create(emails=said("removed@example.com", "double_opt_in"))
        await book.remove(again.id)
        assert await kept(book, names[0]) == {names[0]: "double_opt_in"}
    raw = Raw(database_url)
    docs = [doc for (doc,) in raw.rows("SELECT doc FROM records WHERE resource = 'mail_statuses'", 1)]
    raw.close()
    assert len(docs) == 2
    assert all("example.com" not in doc for doc in docs)
    assert any(address_hash("REMOVED@example.com") in doc for doc in docs)
    assert differences(database_url) == []


async def test_a_merge_keeps_the_status_with_the_survivor(database_url: str) -> None:
    async with new_book(database_url) as book:
        first = await book.create(last_name="A", emails=said("a@example.com", None))
        second = await book.create(last_name="A", emails=said("a@example.com", "unsubscribed"))
        session = await book.session()
        merged = await session.write(lambda unit: merge_contacts(unit, first.id, [second.id]))
        assert merged.emails == said("a@example.com", "unsubscribed")
