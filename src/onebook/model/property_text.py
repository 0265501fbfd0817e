"""The texts of a property in one language."""

from __future__ import annotations

from onebook.model.account import Record


class PropertyText(Record, frozen=True, omit_defaults=True, kw_only=True):
    """What an exposé says of the property, in `language` (ISO 639-1)."""

    property_id: int | None = None
    language: str | None = None
    title: str | None = None
    short_description: str | None = None
    description: str | None = None
    location_text: str | None = None
    furnishing_text: str | None = None
    other_text: str | None = None
