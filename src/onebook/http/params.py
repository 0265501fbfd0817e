"""Query parameters in every spelling clients use: `k=1,2`, `k[]=1&k[]=2`, `k[0]=1&k[1]=2`; true, false, 1, 0."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from onebook.errors import Invalid

_MOST = 1000
_INDEX = re.compile(r"\[\d*\]$")
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_BARE_DATE = re.compile(r"\d{4}(-?)\d{2}\1\d{2}", re.ASCII)
_LOST_PLUS = re.compile(r" (\d{2}:?\d{2})$")


class Params:
    """The parameters of one query string. Every reader raises Invalid naming the parameter whose value is none."""

    def __init__(self, query: str) -> None:
        """`query` as it stands behind the question mark, percent-encoded; it is taken apart when first asked."""
        self._query = query

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Every parameter and its value, in the order given. Raises Invalid for more than 1,000."""
        if self._query.count("&") >= _MOST:
            raise Invalid.at("", f"the query has more than {_MOST} parameters", "too_many")
        return parse_qsl(self._query, keep_blank_values=True, errors="replace") if self._query else []

    def text(self, name: str) -> str | None:
        """The last value given; None where the parameter is absent. NUL is refused."""
        for key, value in reversed(self.pairs):
            if key == name:
                if "\0" in value:
                    raise Invalid.at(name, "must not contain a NUL")
                return value
        return None

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Every value of the list `name`, blanks left out, 1,000 at most; None where it is absent."""
        found: list[str] = []
        present = False
        for key, value in self.pairs:
            if key == name or (key.startswith(name) and _INDEX.sub("", key) == name):
                present = True
                found += [part.strip() for part in value.split(",")]
        if any("\0" in part for part in found):
            raise Invalid.at(name, "must not contain a NUL")
        if len(found) > _MOST:
            raise Invalid.at(name, f"must be a list of at most {_MOST}", "too_many")
        return tuple(part for part in found if part) if present else None

    def integer(self, name: str) -> int | None:
        """A whole number of at most 18 digits; None where absent or empty."""
        text = self.text(name)
        return _integer(name, text) if text is not None and text.strip() else None

    def integers(self, name: str) -> tuple[int, ...] | None:
        """A list of whole numbers; None where absent."""
        texts = self.texts(name)
        return None if texts is None else tuple(_integer(name, text) for text in texts)

    def flag(self, name: str) -> bool | None:
        """true, false, 1, 0; None where absent or empty."""
        text = (self.text(name) or "").strip().lower()
        if not text:
            return None
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        raise Invalid.at(name, "must be true or false")

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """One of `choices`; None where absent or empty."""
        text = self.text(name)
        if not text:
            return None
        if text not in choices:
            raise Invalid.at(name, f"must be one of {', '.join(choices)}")
        return text

    def moment(self, name: str, zone: ZoneInfo, *, upper: bool = False) -> datetime | None:
        """ISO 8601; without a zone it means `zone`, a bare date its first moment, or as `upper` bound its last."""
        text = self.text(name)
        return parse_moment(name, text, zone, upper=upper) if text and text.strip() else None


def _integer(name: str, text: str) -> int:
    if not _INTEGER.fullmatch(text.strip()):
        raise Invalid.at(name, f"must be a whole number, not {text[:40]!r}")
    return int(text)


def parse_moment(name: str, text: str, zone: ZoneInfo, *, upper: bool = False) -> datetime:
    """`Params.moment` for a text at hand; the answer is in UTC. Raises Invalid naming `name`."""
    text = _LOST_PLUS.sub(r"+\1", text.strip())
    try:
        if _BARE_DATE.fullmatch(text):
            day = date.fromisoformat(text)
            start = datetime.combine(day + timedelta(days=1) if upper else day, time(), zone)
            return (start - timedelta(microseconds=1) if upper else start).astimezone(UTC)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid.at(name, "must be a date or a moment in ISO 8601") from None
