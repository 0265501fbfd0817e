"""Free search finds on both engines what docs/reference/search.md says, told here a second time in plain Python."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from onebook.errors import Invalid
from onebook.model.account import Status, User
from onebook.model.contact import Address, Contact
from onebook.model.normal import fold, phone_e164, plain
from onebook.model.query import Page
from onebook.service.contacts import create_contact
from onebook.service.records import create_record
from onebook.store import filters, rarest_pieces, search_postgres
from tests.book import Book, emails, fill, new_book, phones

SYLLABLES = (
    "mü ll er mue mul ae hä ber oe ss ß Å sa aa gar cía ñ o'n ea ue a 1 12 123 49 157 0 00 007 _ - 東 京 é ı".split()
)
SPELLINGS = ("0157 123 456 78", "015712345678", "0157-123-456-78", "+49 157 12345678", "004915712345678")


@pytest.mark.parametrize("spelling", [*SPELLINGS, "+49 (0)157 12345678", "(0157) 12345678", " 4915712345678"])
@pytest.mark.parametrize("stored", SPELLINGS)
async def test_a_number_is_found_in_any_spelling_however_it_is_stored(
    sqlite_url: str, stored: str, spelling: str
) -> None:
    async with new_book(sqlite_url) as book:
        contact = await book.create(last_name="A", phones=phones(stored))
        await book.create(last_name="B", phones=phones("0157 123 456 79"))
        assert await book.find(phone=spelling) == [contact.id]
        assert await book.find(text=spelling) == [contact.id]


async def test_a_number_is_found_in_any_spelling_on_both_engines(database_url: str) -> None:
    async with new_book(database_url) as book:
        ids = [(await book.create(last_name="A", phones=phones(stored))).id for stored in SPELLINGS]
        for spelling in SPELLINGS:
            assert await book.find(phone=spelling) == ids
            assert await book.find(text=spelling) == ids
            assert await book.find(text=spelling[:-2]) == ids


@pytest.mark.parametrize(
    "names", [("Müller", "Mueller", "Muller", "müller"), ("Åsa", "Asa", "Aasa"), ("García", "Garcia", "GARCÍA")]
)
async def test_a_name_is_found_in_any_spelling(database_url: str, names: tuple[str, ...]) -> None:
    async with new_book(database_url) as book:
        ids = [(await book.create(last_name=name)).id for name in names]
        await book.create(last_name="Andersson")
        for name in names:
            assert await book.find(text=name) == ids
            assert await book.find(text=f"  {name} ") == ids


async def test_what_is_no_number_is_found_by_its_digits(database_url: str) -> None:
    async with new_book(database_url) as book:
        contact = await book.create(last_name="A", phones=phones("Zentrale 4711"))
        assert await book.find(phone="4711") == [contact.id]
        assert await book.find(text="4711") == [contact.id]
        assert await book.find(phone="none") == []


async def test_every_word_must_match_and_none_finds_nobody(database_url: str) -> None:
    async with new_book(database_url) as book:
        contact = await book.create(first_name="Anna", last_name="Schmidt-Rößler", emails=emails("a.s@example.com"))
        await book.create(first_name="Anna", last_name="Berg")
        for text in ("anna schmidt", "schm anna", "a.s@example.com", "Roessler", "össl", "xample anna", "Rößler Anna"):
            assert await book.find(text=text) == [contact.id]
        for text in ("anna schulz", "ma", "'", "%", "_", "*", '"', "-", "anna AND", "NEAR", "words : anna", "anna c.z"):
            assert contact.id not in await book.find(text=text), text
        assert len(await book.find(text="   ")) == 2


async def test_a_query_of_many_words_is_answered_or_refused(database_url: str) -> None:
    async with new_book(database_url) as book:
        contact = await book.create(last_name="Ende")
        assert await book.find(text="en " * 5000) == [contact.id]
        assert await book.find(text=" ".join(f"{number}x" for number in range(100))) == []
        assert await book.find(text="x" * 60_000) == []
        with pytest.raises(Invalid) as caught:
            await book.find(text=" ".join(f"{number}x" for number in range(101)))
        assert caught.value.problems[0].path == "q"


async def test_both_engines_find_what_the_rules_say(database_url: str) -> None:
    await compare_with_rules(database_url)


async def test_common_words_are_found_by_the_same_rules(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_postgres, "RARE", 3)
    await compare_with_rules(database_url)


async def test_words_with_common_pieces_are_found_by_the_same_rules(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rarest_pieces, "COMMON", 3)
    await compare_with_rules(sqlite_url)
    assert rarest_pieces._places


async def compare_with_rules(url: str) -> None:
    rng = random.Random(4)
    async with new_book(url) as book:
        contacts = await made(book, [some_fields(rng) for _ in range(250)])
        for _ in range(250):
            text = some_query(rng, contacts)
            expected = [contact.id for contact in contacts if matches(contact, text)]
            assert await book.find(text=text) == expected, text
            turned = await book.find(Page(limit=3), text=text, descending=True)
            assert turned == expected[::-1][:3], text
            if len(turned) == 3:
                more = await book.find(Page(limit=3, after=(turned[2], turned[2])), text=text, descending=True)
                assert more == expected[::-1][3:6], text


async def made(book: Book, rows: list[dict[str, Any]]) -> list[Contact]:
    session = await book.session()
    return await session.write(lambda unit: _all(unit, rows))


async def _all(unit: Any, rows: list[dict[str, Any]]) -> list[Contact]:
    return [await create_contact(unit, fill(**row)) for row in rows]


def some_word(rng: random.Random) -> str:
    return "".join(rng.choices(SYLLABLES, k=rng.randint(1, 4)))


def some_digits(rng: random.Random) -> str:
    return rng.choice(["0", "00", "+49", "", "+"]) + "".join(rng.choices("0123", k=rng.randint(1, 9)))


def some_fields(rng: random.Random) -> dict[str, Any]:
    return {
        "last_name": some_word(rng),
        "company": " ".join(some_word(rng) for _ in range(rng.randint(0, 2))),
        "addresses": (Address(street=some_word(rng), zip="".join(rng.choices("012", k=5))),),
        "phones": phones(*(some_digits(rng) for _ in range(rng.randint(0, 2)))),
    }


def some_query(rng: random.Random, contacts: list[Contact]) -> str:
    contact = rng.choice(contacts)
    source = rng.choice([contact.last_name or "", contact.addresses[0].street or "", contact.addresses[0].zip or ""])
    start = rng.randint(0, max(0, len(source) - 1))
    piece = source[start : start + rng.randint(1, 6)]
    return rng.choice([piece, piece, piece.upper(), f"{piece} {some_word(rng)[:2]}", some_digits(rng), some_word(rng)])


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", plain(text))


def contact_texts(contact: Contact) -> Iterator[str]:
    place = contact.addresses[0]
    for text in (contact.last_name, contact.company, place.street, place.zip):
        for word in words_of(text or ""):
            yield word
            yield fold(word)


def contact_numbers(contact: Contact) -> list[str]:
    return [
        (phone_e164(phone.number, "DE") or "").lstrip("+") or re.sub(r"\D", "", phone.number).lstrip("0")
        for phone in contact.phones
    ]


def matches(contact: Contact, text: str) -> bool:
    """The rules of docs/reference/search.md."""
    if not text.strip():
        return True
    digits = re.sub(r"\D", "", text)
    only_number = re.fullmatch(r"[\s\d+()/.-]+", text) and len(digits) >= 3
    if only_number and (len(text.split()) > 1 or not text.strip().isdigit()):
        return any(bare(digits) in number for number in contact_numbers(contact))
    words = words_of(text)
    return bool(words) and all(_word_matches(contact, word) for word in words)


def bare(digits: str) -> str:
    """The digits of part of a number, without what stands before it when it is dialled."""
    digits = digits[2:] if digits.startswith("00") and len(digits) > 4 else digits
    return digits.lstrip("0") if len(digits.lstrip("0")) >= 3 else digits


def _word_matches(contact: Contact, word: str) -> bool:
    texts = set(contact_texts(contact))
    if any(text.startswith(fold(word)) for text in texts):
        return True
    pieces = [piece for piece in (word, fold(word)) if len(piece) >= 3]
    if any(piece in text for piece in pieces for text in texts):
        return True
    return len(word) >= 3 and word.isdigit() and any(bare(word) in number for number in contact_numbers(contact))


@pytest.mark.parametrize("common", [0, 5000])
async def test_a_sorted_list_is_the_same_whether_its_filter_is_gathered_or_its_order_walked(
    database_url: str, monkeypatch: pytest.MonkeyPatch, common: int
) -> None:
    monkeypatch.setattr(filters, "RARE", common)
    rng = random.Random(11)
    async with new_book(database_url) as book:
        session = await book.session()
        owner = (await session.write(lambda unit: create_record(unit, User(last_name="Chef")))).id
        status = (await session.write(lambda unit: create_record(unit, Status(name="Kunde")))).id
        rows = [
            {
                "last_name": rng.choice(("Ärlig", "berg", "Cruz")),
                "owner_id": rng.choice((owner, None)),
                "status_id": rng.choice((status, None)),
                "is_archived": rng.random() < 0.2,
            }
            for _ in range(60)
        ]
        contacts = await made(book, rows)
        for gone in contacts[::7]:
            await book.remove(gone.id)
        there = [contact for contact in contacts if contact not in contacts[::7] and not contact.is_archived]
        asked: list[dict[str, Any]] = [{"owner_ids": (owner,)}, {"owner_ids": (owner,), "status_ids": (status,)}]
        for wanted in asked:
            expected = sorted(
                (plain(contact.last_name or ""), contact.id)
                for contact in there
                if contact.owner_id == owner and ("status_ids" not in wanted or contact.status_id == status)
            )
            ids = [number for _, number in expected]
            assert await book.find(sort="last_name", **wanted) == ids
            assert await book.find(sort="last_name", descending=True, **wanted) == ids[::-1]
            page = Page(limit=4, after=expected[2])
            assert await book.find(page, sort="last_name", **wanted) == ids[3:7]
