"""How this vendor writes things down: JSON, moments, pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from onebook.http.params import Params
from onebook.http.route import JSON_UTF8, Ask, Reply
from onebook.model.query import Page
from onebook.service.records import Span

USUAL_LIMIT = 20
HIGHEST_LIMIT = 50
"""Rows a page, unless `limit` says otherwise, and at most (the vendor's page); more is cut down to it."""

_MOMENT_LENGTH = len("2023-08-02T20:02:05-06:00")
"""Before standard time zones' clocks were seconds apart, which no date-time of RFC 3339 can say."""
_FARTHEST = 2**62
_encode = msgspec.json.Encoder().encode


def encode(value: object) -> bytes:
    """Compact JSON in raw UTF-8, an ampersand by its number (recorded from the live API)."""
    return _encode(value).replace(b"&", b"\\u0026")


def answer(value: object) -> Reply:
    """A good answer with this body."""
    return Reply(200, encode(value), JSON_UTF8)


def local_moment(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """`2023-08-02T20:02:05-06:00`, the account's zone (recorded); UTC where the zone's clock has no whole minutes."""
    if moment is None:
        return None
    try:
        text = moment.astimezone(zone).isoformat(timespec="seconds")
    except OverflowError:  # the first and the last day that there are have no other zone
        text = ""
    return text if len(text) == _MOMENT_LENGTH else moment.astimezone(UTC).isoformat(timespec="seconds")


def utc_moment(moment: datetime | None) -> str | None:
    """`2020-03-01T23:26:53.402Z`, as partners read it (the vendor's page)."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def updated_span(ask: Ask) -> Span:
    """`search[updated_after]` and `search[updated_before]`; a bare date is the account's, and counts as a bound whole.

    Raises Invalid.
    """
    zone = ask.session.view.zone
    return (
        ask.params.moment("search[updated_after]", zone),
        ask.params.moment("search[updated_before]", zone, upper=True),
    )


class Paging:
    """The page that was asked for, and the envelope around its rows."""

    def __init__(self, params: Params, *, usual: int = USUAL_LIMIT, highest: int = HIGHEST_LIMIT) -> None:
        """Page numbers below 1 mean the first page (recorded), limits below 1 the usual one. Raises Invalid."""
        limit = params.integer("limit")
        self.limit = min(limit, highest) if limit is not None and limit > 0 else usual
        self.number = max(params.integer("page") or 1, 1)

    @property
    def page(self) -> Page:
        """The same for the services."""
        return Page(limit=self.limit, offset=min((self.number - 1) * self.limit, _FARTHEST))

    def envelope(self, ask: Ask, path: str, total: int, content: Sequence[Mapping[str, Any]]) -> Reply:
        """The answer with these rows out of `total`; `path` is the route's own, below the dialect's base."""
        more = self.number * self.limit < total
        pagination = {
            "limit": self.limit,
            "page": self.number,
            "total": total,
            "next_page": next_page(ask, path, self.number + 1) if more else None,
        }
        return answer({"pagination": pagination, "content": content})


def next_page(ask: Ask, path: str, number: int) -> str:
    """The address of page `number` on the host that was asked, the caller's other parameters kept, keys sorted."""
    pairs = [(name, value) for name, value in ask.params.pairs if name != "page"] + [("page", str(number))]
    pairs.sort(key=lambda pair: pair[0])
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return f"{ask.base}{path}?{query}"
