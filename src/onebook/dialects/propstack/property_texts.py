"""A property's texts in another language, as `locale` asks for them (the vendor's page *Objekte*)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onebook.dialects.propstack.search import picker_of
from onebook.dialects.propstack.tables.properties import DETAILS
from onebook.http.params import Params
from onebook.model.property import Property
from onebook.model.property_text import PropertyText
from onebook.model.query import Page
from onebook.service.records import find_records
from onebook.service.session import View

_ALL = Page(limit=1_000_000)
TRANSLATED = (
    *("title", "description_note", "location_note", "furnishing_note", "other_note"),
    *("courtage", "courtage_note"),
)
"""What can be said in several languages (the page)."""
_PICKS = {name: picker_of(DETAILS, name) for name in TRANSLATED}


async def in_language(
    view: View, rows: list[dict[str, Any]], found: Sequence[Property], params: Params
) -> list[dict[str, Any]]:
    """The rows, each in the first of the languages asked for in which its property has texts; else as it is."""
    languages = params.texts("locale") or ()
    if not languages or not found:
        return rows
    keys = [("property", [str(one.id) for one in found]), ("language", list(languages))]
    texts: dict[int, PropertyText] = {}
    for text in await find_records(view, PropertyText, _ALL, keys=keys, order="id"):
        before = texts.get(text.property_id or 0)
        if before is None or languages.index(text.language or "") < languages.index(before.language or ""):
            texts[text.property_id or 0] = text
    for row, prop in zip(rows, found, strict=True):
        if prop.id in texts:
            said = {name: pick(texts[prop.id]) for name, pick in _PICKS.items()}
            row.update({name: value for name, value in said.items() if value is not None})
            row["locale"] = texts[prop.id].language
    return rows
