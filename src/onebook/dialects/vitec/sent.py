"""Reading what the writing calls are sent, by the field table: which members, and what value each has.

Names count in any case. What is absent stays out, null is kept apart from it, and what the vendor's page does not
have is handed back as it came.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from onebook.dialects.vitec.shapes import Member, Shape
from onebook.errors import Invalid, Problem
from onebook.http.params import parse_moment

LARGEST_DEGREES = {"longitude": 180.0, "latitude": 90.0}
MOST_IDS = 1000
"""Ids of one list in a body: ours."""
_NOTHING = ("", "null")
"""Forms have no null; browsers send these for it."""
_FLAGS: dict[object, bool] = {"true": True, "false": False, "1": True, "0": False}


SENTENCE = "sentence"
"""The code of a problem whose text is a whole sentence in the vendor's words."""


class Wrong(Exception):
    """A value is none of its member's; `code` says why, `text` in the vendor's words where it has some."""

    def __init__(self, code: str, text: str = "") -> None:
        """See the class."""
        self.problem = code, text
        super().__init__(code)


@dataclass(slots=True)
class Sent:
    """What was sent: the value of each member, and what the page does not have. `zone` is what a bare date means."""

    zone: ZoneInfo
    values: dict[Member, Any] = field(default_factory=dict)
    unknown: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value goes: into `member` of the contact, or into `part` of that; `inside`: it is an object of these."""

    member: Member
    part: Member | None = None
    inside: Mapping[str, Place] | None = None

    @property
    def own(self) -> Member:
        """The member that the value is one of."""
        return self.part or self.member


def places(members: tuple[Member, ...]) -> dict[str, Place]:
    """Lower-case name → place, for all members that the writing calls take."""
    found: dict[str, Place] = {}
    for member in members:
        if isinstance(member.type, Shape) and not member.many:
            parts = {part.sent.lower(): _part(member, part) for part in member.type.members if part.sent}
            # Phones have no object of their own there.
            found |= {member.sent.lower(): Place(member, inside=parts)} if member.sent else parts
        elif member.sent:
            found[member.sent.lower()] = Place(member)
    return found


def _part(member: Member, part: Member) -> Place:
    return Place(member, part, places(part.type.members) if isinstance(part.type, Shape) else None)


def read_sent(body: Any, known: Mapping[str, Place], zone: ZoneInfo) -> Sent:
    """Read `body` by the table; what is wrong stands in `problems`, under the names of the writing calls.

    No body is an empty object. Raises Invalid for one that is no object at all.
    """
    sent = Sent(zone)
    if not isinstance(body, dict | None):
        raise Invalid.at("", "must be an object", "not_an_object")
    for name, value in (body or {}).items():
        place = known.get(name.lower())
        if place is None:
            sent.unknown[name] = value
            continue
        read, unknown = _read_place(sent, place, value, place.own.sent)
        if unknown:
            sent.unknown[place.own.sent] = unknown
        if place.part is None:
            sent.values[place.member] = read
        else:
            sent.values.setdefault(place.member, {})[place.part.key] = read
    return sent


def _read_place(sent: Sent, place: Place, value: Any, path: str) -> tuple[Any, dict[str, Any]]:
    """The value, and what an object has beside what is known of it."""
    if place.inside is None or value is None:
        return _read(sent, place.own, value, path), {}
    if not isinstance(value, dict):
        sent.problems.append(Problem(path, "not_an_object", ""))
        return None, {}
    read: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for name, member_value in value.items():
        inner = place.inside.get(name.lower())
        if inner is None:
            unknown[name] = member_value
            continue
        read[inner.own.key], further = _read_place(sent, inner, member_value, f"{path}.{inner.own.sent}")
        if further:
            unknown[inner.own.sent] = further
    return read, unknown


def _read(sent: Sent, member: Member, value: Any, path: str) -> Any:
    try:
        if value is None:
            return None
        if member.many:
            return _read_ids(value)
        return _READERS[str(member.type)](member, value, sent.zone)
    except Wrong as wrong:
        code, text = wrong.problem
        sent.problems.append(Problem(path, code, text))
        return None


def _read_text(member: Member, value: Any, zone: ZoneInfo) -> str:
    """A text, numbers taken as one; raises Wrong, with the vendor's own sentence where it is too long."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Wrong("not_a_text")
    text = value if isinstance(value, str) else str(value)
    if member.limit is not None and len(text) > member.limit:
        raise Wrong(SENTENCE, member.sentence)
    return text


def _read_flag(member: Member, value: Any, zone: ZoneInfo) -> bool | None:
    if value in _NOTHING:
        return None
    known = _FLAGS.get(str(value).strip().lower()) if isinstance(value, str | int) else None
    if known is None:
        raise Wrong("not_a_flag")
    return known


def _read_degrees(member: Member, value: Any, zone: ZoneInfo) -> float | None:
    if value in _NOTHING:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Wrong("not_a_number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise Wrong("not_a_number") from None
    if not math.isfinite(number) or abs(number) > LARGEST_DEGREES[member.key]:
        raise Wrong("not_a_number")
    return number


def _read_moment(member: Member, value: Any, zone: ZoneInfo) -> Any:
    if not isinstance(value, str):
        raise Wrong("not_a_date")
    if not value.strip() or value in _NOTHING:
        return None
    try:
        return parse_moment(member.sent, value, zone)
    except Invalid:
        raise Wrong("not_a_date") from None


def _read_ids(value: Any) -> list[str]:
    """A list of ids as texts; one text is taken apart at its commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list):
        raise Wrong("not_a_list")
    if len(value) > MOST_IDS:
        raise Wrong("too_many")
    if any(isinstance(one, bool) or not isinstance(one, str | int) for one in value):
        raise Wrong("not_a_text")
    return [str(one).strip() for one in value]


_READERS: dict[str, Callable[[Member, Any, ZoneInfo], Any]] = {
    "string": _read_text,
    "boolean": _read_flag,
    "number": _read_degrees,
    "date": _read_moment,
}
