"""What showing a contact needs of its account: the customerId, and its tags as categories."""

from __future__ import annotations

from typing import Any

from onebook.model.account import Dialect, Tag, Vocabulary

NAME: Dialect = "vitec"
"""This dialect's key in `extras` and `external_ids`."""


class Book:
    """One account for the length of one answer; what many contacts share is made once."""

    __slots__ = ("_categories", "_tags", "customer_id")

    def __init__(self, vocabulary: Vocabulary) -> None:
        """The account and its tags as they are now."""
        self.customer_id = vocabulary.account.customer_id
        self._tags = vocabulary.tags
        self._categories: dict[tuple[int, ...], list[dict[str, Any]]] = {}

    def categories(self, tag_ids: tuple[int, ...]) -> list[dict[str, Any]]:
        """The tags with these ids as the vendor shows categories; those that are gone are left out."""
        known = self._categories.get(tag_ids)
        if known is None:
            shown = [category(self._tags[tag_id]) for tag_id in tag_ids if tag_id in self._tags]
            known = self._categories[tag_ids] = shown
        return known


def category(tag: Tag) -> dict[str, Any]:
    """A tag as a category; a locked one is read-only."""
    return {"id": str(tag.id), "name": tag.name, "readOnly": tag.is_locked}
