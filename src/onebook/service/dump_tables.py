"""What a dump is made of: tables of columns, and how a record becomes a row. Which there are, a dialect says."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, overload

from onebook.model.account import Vocabulary

T = TypeVar("T")
Kind = Literal["text", "integer", "number", "flag", "day", "moment", "integers", "texts", "json"]
"""What a column holds. A moment is in UTC and bears no zone; days and moments may be texts in ISO 8601."""
Row = tuple[Any, ...]
"""A record's values in the order of its table's columns, as JSON takes them."""


@dataclass(frozen=True, slots=True)
class DumpColumn:
    """One key of a table's rows."""

    name: str
    kind: Kind


class Numbers:
    """Numbers by number, of 16 bytes each: what a million contacts are called elsewhere fits into memory."""

    __slots__ = ("_keys", "_values")

    def __init__(self) -> None:
        """None yet."""
        self._keys = array("q")
        self._values = array("q")

    def append(self, key: int, value: int) -> None:
        """One more; keys come ascending."""
        self._keys.append(key)
        self._values.append(value)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._keys)

    @overload
    def get(self, key: int) -> int | None: ...

    @overload
    def get(self, key: int, default: T) -> int | T: ...

    def get(self, key: int, default: T | None = None) -> int | T | None:
        """The value under `key`, else `default`."""
        index = bisect_left(self._keys, key)
        if index < len(self._keys) and self._keys[index] == key:
            return self._values[index]
        return default


@dataclass(frozen=True, slots=True)
class Beside:
    """What a row shows of other records.

    `shown` has by resource the id that is shown for each own id where it is another one; `children` how many children
    a contact has.
    """

    vocabulary: Vocabulary
    shown: Mapping[str, Numbers]
    children: Numbers


@dataclass(frozen=True, slots=True)
class DumpTable:
    """`name` is the file's; `resource` the book's, as in the change feed, and `record` its struct.

    `columns` are those of one account, for it may add its own; `rows` makes what turns a record into their values.
    `trashed`: records in the trash are rows too.
    """

    name: str
    resource: str
    record: type
    columns: Callable[[Vocabulary], Sequence[DumpColumn]]
    rows: Callable[[Beside], Callable[[Any], Row]]
    trashed: bool = True


@dataclass(frozen=True, slots=True)
class DumpTables:
    """All tables of a dump, and in which dialect its ids are the shown ones.

    `again` is a module's function that answers the same tables in another process.
    """

    dialect: str
    tables: tuple[DumpTable, ...]
    again: Callable[[], DumpTables]
