"""What an object of the vendor's is made of: members, their limits, and how each is spelled in JSON and in XML.

The JSON writer, the XML writer, the limits and the OpenAPI schemas are all made of these tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from onebook.dialects.vitec.book import Book
from onebook.model.contact import Contact

MODELS = "http://schemas.datacontract.org/2004/07/Vitec.Housing.Connect.Api.Models"
"""The namespace of the vendor's XML for what all of its API shares (the vendor's page); others continue it."""
CRM = f"{MODELS}.Contact.Crm"
CATEGORY = f"{MODELS}.Category"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
"""Where .NET's DataContract puts the members of a list of plain values."""

Simple = Literal["string", "boolean", "integer", "number", "date", "ContactType", "MatchingWatched"]
Show = Callable[[Contact, Book], Any]
"""A contact's value of one member, as JSON holds it."""
Keep = Callable[[Contact, Any, Book], Contact]
"""The contact with a value that was sent for one member."""

WORDS: dict[str, tuple[str, ...]] = {
    "ContactType": ("Person", "Company", "DeceasedEstate"),
    "MatchingWatched": ("Yes", "No", "NotAsked"),
}
"""The words of each enumeration."""


def camel(name: str) -> str:
    """`FirstName` → `firstName`, `GDPRApprovalDate` → `gdprApprovalDate`: the keys of the vendor's JSON."""
    capitals = next((index for index, char in enumerate(name) if not char.isupper()), len(name))
    if capitals <= 1 or capitals == len(name):
        return name[:capitals].lower() + name[capitals:]
    return name[: capitals - 1].lower() + name[capitals - 1 :]


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One member of an object, under the name that the vendor's page gives it.

    `home` is where its value lives in the canonical contact. `limit` is the most characters of a text, and `label`
    what the vendor's sentence about it calls it. `sent` is its name in the writing calls, dotted where it is nested
    there; empty where they do not take it. `since` is the year of the page that first has it.
    """

    name: str
    type: Simple | Shape
    home: str = ""
    show: Show | None = None
    keep: Keep | None = None
    limit: int | None = None
    label: str = ""
    sent: str = ""
    many: bool = False
    required: bool = False
    since: int = 2024
    key: str = field(init=False)

    def __post_init__(self) -> None:
        """Work out the JSON key."""
        object.__setattr__(self, "key", camel(self.name))

    @property
    def sentence(self) -> str:
        """What the vendor says of a text that is longer than `limit`."""
        return f"{self.label} måste vara mellan 0 och {self.limit} tecken"

    @property
    def missing(self) -> str:
        """What the vendor says where the value is missing."""
        return f"{self.label} krävs"


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """An object's name, its own members in the order of the page, and the shape it derives from."""

    name: str
    own: tuple[Member, ...]
    base: Shape | None = None
    namespace: str = CRM

    @property
    def members(self) -> tuple[Member, ...]:
        """All members in the order of the JSON: a derived shape begins with its own (the vendor's samples)."""
        inherited = self.base.members if self.base else ()
        mine = {member.name for member in self.own}
        return (*self.own, *(member for member in inherited if member.name not in mine))

    @property
    def in_xml_order(self) -> tuple[Member, ...]:
        """The base's members by name, then the shape's own by name: .NET's DataContract.

        A member that a derived shape repeats stays where the base has it.
        """
        inherited = self.base.in_xml_order if self.base else ()
        known = {member.name for member in inherited}
        mine = (member for member in self.own if member.name not in known)
        return (*inherited, *sorted(mine, key=lambda member: member.name))


def as_of(shape: Shape, year: int) -> Shape:
    """`shape` as the page of `year` had it: without the members that came later, nested ones too."""
    own = tuple(
        replace(member, type=as_of(member.type, year) if isinstance(member.type, Shape) else member.type)
        for member in shape.own
        if member.since <= year
    )
    return replace(shape, own=own, base=as_of(shape.base, year) if shape.base else None)
