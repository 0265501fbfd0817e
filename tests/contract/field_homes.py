"""Where each key of the vendors' contacts lives: the table `field_homes.json`, and how its paths are read.

`python -m tests.contract.field_homes` writes docs/reference/field-homes.md out of the table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

from msgspec import Struct, inspect

from onebook.model.account import DIALECTS, Account, Tag, User
from onebook.model.contact import Contact
from onebook.model.lead import Lead
from onebook.model.property import Property

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "field-homes.md"
TABLE = Path(__file__).with_name("field_homes.json")
ELSEWHERE = ("derived: ", "not a contact's: ")
"""How a home begins that is no path."""

_ROOTS: dict[str, type[Struct]] = {"account": Account, "lead": Lead, "property": Property, "tag": Tag, "user": User}
_SEGMENT = re.compile(r"(\w+|\*)(?:\[(?:(\w+)=(\w+))?\])?")


class Home(NamedTuple):
    """One row of the table: the vendor, the shape, the key in it, and where its value lives."""

    vendor: str
    shape: str
    key: str
    home: str

    @property
    def is_path(self) -> bool:
        """Whether the value is kept, and not made out of others or no contact's at all."""
        return not self.home.startswith(ELSEWHERE)


def homes() -> Iterator[Home]:
    """Every row of the table."""
    table: dict[str, dict[str, dict[str, str]]] = json.loads(TABLE.read_text(encoding="utf-8"))
    for vendor, shapes in table.items():
        for shape, keys in shapes.items():
            for key, home in keys.items():
                yield Home(vendor, shape, key, home)


def check_path(path: str) -> str | None:
    """What is wrong with a canonical path by the types of the model; None where it leads to a field."""
    head, _, rest = path.partition(".")
    struct, segments = (_ROOTS[head], rest) if head in _ROOTS else (Contact, path)
    kind: inspect.Type = inspect.type_info(struct)
    if segments.startswith("extras.") and segments.split(".")[1] not in DIALECTS:
        return "extras of no dialect"
    for segment in segments.split("."):
        match = _SEGMENT.fullmatch(segment)
        if match is None:
            return f"{segment} is no part of a path"
        found = _below(kind, match[1], listed="[" in segment)
        if found is None:
            return f"there is no {segment}"
        if match[2] is not None and not _is_word(found, match[2], match[3]):
            return f"no {match[2]} is {match[3]}"
        kind = found
    return None


def _below(kind: inspect.Type, name: str, *, listed: bool) -> inspect.Type | None:
    """The type of the member `name`; of a list's item where the path says that it is one. None for none."""
    if isinstance(kind, inspect.DictType):
        return kind.value_type
    if not isinstance(kind, inspect.StructType):
        return None
    member = next((one.type for one in kind.fields if one.name == name), None)
    if not listed:
        return member
    return member.item_type if isinstance(member, inspect.VarTupleType) else None


def _is_word(kind: inspect.Type, name: str, word: str) -> bool:
    member = next(one.type for one in cast(inspect.StructType, kind).fields if one.name == name)
    return isinstance(member, inspect.LiteralType) and word in member.values


def page() -> str:
    """The table as docs/reference/field-homes.md."""
    lines = [
        "# Where each vendor's field lives",
        "",
        "Every key of the four vendors' contacts and its home in the book. A path is one of `model/contact.py`, or",
        "begins with the other record it belongs to (`lead`, `property`, `tag`, `user`, `account`). `[kind=home]` is",
        "the member of a list with that kind. What is *derived* is made out of other fields when it is shown.",
        "",
        "Made by `python -m tests.contract.field_homes`; a test compares it with the model.",
    ]
    shape = None
    for row in homes():
        if (row.vendor, row.shape) != shape:
            shape = (row.vendor, row.shape)
            lines += ["", f"## {row.vendor}: {row.shape}", "", "| key | home |", "|---|---|"]
        lines.append(f"| `{row.key}` | {f'`{row.home}`' if row.is_path else row.home} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
