"""Who wants to be told of what happens in the book."""

from __future__ import annotations

from onebook.model.account import Dialect, Record


class Webhook(Record, frozen=True, omit_defaults=True, kw_only=True):
    """`event` in the words of the `dialect` it was subscribed through; `url` is http or https."""

    event: str
    url: str
    dialect: Dialect = "native"
