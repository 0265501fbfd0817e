"""A vendor's dump has the titles of its properties beside them only."""

from __future__ import annotations

from pathlib import Path

import msgspec

from onebook.model.property import Property
from onebook.service.records import find_records
from tests.book import ALL, Book, new_account, opened
from tests.derived import differences
from tests.undumped import undumped


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
