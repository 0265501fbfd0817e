"""A vendor's dump has the titles and owners of its properties beside them only."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec
from msgspec.structs import replace

from onebook.model.property import Property
from onebook.service.check import check_book
from onebook.service.records import change_record, find_records
from onebook.service.session import Unit
from tests.book import ALL, Book, new_account, opened
from tests.derived import differences
from tests.undumped import table, undumped


async def test_a_vendor_s_dump_that_has_texts_beside_its_properties_titles_them(
    database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "properties.json").write_text('[{"id":70,"unit_id":"W1","locale":"de"},{"id":71},{"id":72}]')
    rows = (
        {"id": 1, "property_id": 70, "locale": "en", "title": "House"},
        {"id": 2, "property_id": 70, "locale": "de", "title": "Haus", "description_note": "Groß"},
        {"id": 3, "property_id": 71, "locale": "sv", "title": "Hus"},
        {"id": 4, "property_id": 72, "title": "Hof"},
    )
    (tmp_path / "property_details.json").write_bytes(msgspec.json.encode(rows))
    async with opened(database_url) as store:
        account = await new_account(store)
        run, rejects = await undumped(store, account, tmp_path)
        view = await Book(store, account).view()
        houses = await find_records(view, Property, ALL)
        assert [(house.title, house.description) for house in houses] == [("Haus", "Groß"), (None, None), ("Hof", None)]
        assert (run.created, rejects) == (7, [])
    assert differences(database_url) == []


async def renamed(unit: Unit, number: int) -> Property:
    """The property as somebody in the office calls it."""
    return await change_record(unit, Property, number, lambda one: replace(one, title="Alt", description="Groß"))


async def test_what_a_later_dump_says_of_a_property_it_says_too(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as store:
        account = await new_account(store)
        book = Book(store, account)
        first, second = tmp_path / "first", tmp_path / "second"
        for folder in (first, second):
            table(folder, "properties", {"id": 70, "unit_id": "W1"}, {"id": 71})
            table(folder, "contacts", {"id": 7, "last_name": "Berg"}, {"id": 8, "last_name": "Tal"})
        await undumped(store, account, first)
        for house in await find_records(await book.view(), Property, ALL):
            await (await book.session()).write(partial(renamed, number=house.id))
        table(
            second,
            "property_details",
            {"id": 1, "property_id": 70, "locale": "de", "title": "Haus"},
            {"id": 2, "property_id": 71, "locale": "en", "title": "Court"},
        )
        owners = [{"client_id": number, "property_id": 70, "internal_name": "owner"} for number in (8, 7)]
        table(second, "relationships", *({"id": at, **one} for at, one in enumerate(owners, 1)))
        await undumped(store, account, second)
        one, other = await find_records(await book.view(), Property, ALL)
        assert (one.title, one.description, len(one.owner_contact_ids)) == ("Haus", "Groß", 2)
        assert (other.title, other.owner_contact_ids) == ("Alt", ())
        assert [found async for found in check_book(store, [account], repair=False, told=lambda *_, **__: None)] == []
    assert differences(database_url) == []
