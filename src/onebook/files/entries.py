"""What every format is read as: numbered entries, and what an entry says of a contact."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Protocol

from msgspec import Struct, field

from onebook.errors import Malformed


class Entry(NamedTuple):
    """One row or card of a file, as it stands there. `number` is the spreadsheet's row, or counts cards from 1."""

    number: int
    raw: list[str]


class Given(Struct, kw_only=True):
    """What an entry says of a contact.

    `values` are fields of a contact by their names; `custom`, `external_ids` and `extras` in them are added to those
    that are there. `names` are fields whose value is an id, with what the file calls it, such as a tag's name.
    """

    values: dict[str, Any] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)


class Source(Protocol):
    """A file that has been looked at, and may be read any number of times."""

    path: Path
    noun: str
    """What an entry is called: `row` or `card`."""

    def entries(self) -> Iterator[Entry]:
        """Every entry that holds anything, in order. Raises Malformed where the file cannot be read on."""
        ...


def malformed(path: Path, where: str, text: str) -> NoReturn:
    """Raise Malformed with one clear line: the file, where in it, and what is wrong."""
    place = f"{path.name}, {where}" if where else path.name
    raise Malformed.at("", f"{place}: {text}", "malformed")
