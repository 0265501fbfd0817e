"""Paths that stand for several of the book's tables: which of them the key may read or write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from onebook.errors import Forbidden
from onebook.http.route import Ask
from onebook.model.account import Record
from onebook.service.access import allowed
from onebook.store.resources import BY_RECORD

R = TypeVar("R", bound=Record)


def permitted(ask: Ask, verb: str, records: Iterable[type[R]]) -> list[type[R]]:
    """Those of the tables that the key may read or write; raises Forbidden where it may none of them."""
    key = ask.session.key
    found = [one for one in records if key is None or allowed(key, f"{BY_RECORD[one].name}:{verb}")]
    if not found:
        raise Forbidden
    return found


def permit(ask: Ask, verb: str, record: type[Record]) -> None:
    """Raises Forbidden where the key may not."""
    permitted(ask, verb, [record])
