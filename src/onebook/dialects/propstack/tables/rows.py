"""What the tables' columns are made of: the short ways to say one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onebook.dialects.propstack.draft import OLD_CRM
from onebook.dialects.propstack.tables.column import EXTRAS, Column
from onebook.dialects.propstack.values import (
    DECIMAL,
    FLAG,
    MOMENT,
    NUMBER,
    NUMBERS,
    SWITCH,
    TEXT,
    TEXTS,
    ValueType,
)

ID = Column("id", "id", NUMBER, "self", written=False)
"""The id of the row itself; `self` stands for the resource of its table."""
CREATED = Column("created_at", "created_at", MOMENT, written=False)
UPDATED = Column("updated_at", "updated_at", MOMENT, written=False)
DELETED = Column("deleted_at", "deleted_at", MOMENT, written=False)
OLD_CRM_ID = Column("old_crm_id", f"external_ids.{OLD_CRM}")


def same(*names: str, kind: ValueType = TEXT) -> tuple[Column, ...]:
    """Attributes that the vendor calls as the book does."""
    return tuple(Column(name, name, kind) for name in names)


def switches(**homes: str) -> tuple[Column, ...]:
    """Attributes that are on or off: key=home."""
    return tuple(Column(name, home, SWITCH, nothing=False) for name, home in homes.items())


def flags(*names: str) -> tuple[Column, ...]:
    """Attributes that are yes, no or not known; not known is shown as no, as the vendor does."""
    return tuple(Column(name, name, FLAG, nothing=False) for name in names)


def feature(name: str, kind: ValueType = TEXT, nothing: Any = None) -> Column:
    """A member of the record's features."""
    return Column(name, f"features.{name}", kind, nothing=nothing)


def feature_flags(*names: str) -> tuple[Column, ...]:
    """Features that are there or not."""
    return tuple(feature(name, FLAG, nothing=False) for name in names)


def only_here(*names: str, kind: ValueType = TEXT, nothing: Any = None) -> tuple[Column, ...]:
    """What no other system has."""
    return tuple(Column(name, f"{EXTRAS}.{name}", kind, nothing=nothing) for name in names)


def numbers_only_here(*names: str) -> tuple[Column, ...]:
    """The same, for numbers."""
    return only_here(*names, kind=DECIMAL)


def one(name: str, home: str, to: str, *, required: bool = False) -> Column:
    """The id of another record."""
    return Column(name, home, NUMBER, to, required=required)


def many(name: str, home: str, to: str) -> Column:
    """The ids of other records."""
    return Column(name, home, NUMBERS, to, nothing=())


def texts(name: str, home: str) -> Column:
    """A list of texts."""
    return Column(name, home, TEXTS, nothing=())


def words(name: str, home: str, known: Mapping[Any, Any], kind: ValueType = TEXT) -> Column:
    """A word that the book has another one for; one that is not known is kept and shown as it is."""
    back = {value: word for word, value in known.items()}
    return Column(name, home, kind, show=lambda kept: back.get(kept, kept), keep=lambda given: known.get(given, given))


CREATOR = Column("creator_id", "creator_id", NUMBER, "users")
