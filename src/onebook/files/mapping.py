"""Which column of a table is which field: guessed from the headings, or said by a file; and rows read by it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from onebook.errors import Invalid, Problem
from onebook.files.cells import READERS, checked, moment, salutation
from onebook.files.columns import (
    NAME_ALONE,
    NAMES,
    OTHERS,
    PHONE_KINDS,
    TEXTS,
    Column,
    column_for,
    column_named,
)
from onebook.files.delimited import cell_text
from onebook.files.entries import Given
from onebook.files.people import address_of, emails_of, phone_of, split_name
from onebook.files.table import divided
from onebook.model.normal import fold

_MEMBER_READERS = {
    ("email", "status"): "email_status",
    ("email", "is_primary"): "flag",
    ("phone", "kind"): "phone_kind",
    ("phone", "is_primary"): "flag",
    ("address", "country"): "country",
    ("address", "latitude"): "number",
    ("address", "longitude"): "number",
}
_ZIP_CITY = re.compile(r"(?:[A-Z]{1,2}[- ])?(\d[\d ]{2,5}\d)\s+(.+)")
Read = Callable[[str], Any]


class _Cell(NamedTuple):
    position: int
    heading: str
    column: Column
    read: Read | None


def guess(heads: Sequence[str], custom: Mapping[str, str]) -> list[str | None]:
    """The column that each heading means; None for what is not taken.

    `custom` are the account's custom fields, folded name or label → name. A column is given once: to the first.
    """
    found = [_guessed(head, custom) for head in heads]
    alone = [index for index, head in enumerate(heads) if fold(head.strip()) in NAME_ALONE]
    for index in alone:
        if "last_name" not in found:
            found[index] = "last_name" if "first_name" in found else "full_name"
        elif "first_name" not in found:
            found[index] = "first_name"
    return [name if name not in found[:index] else None for index, name in enumerate(found)]


def _guessed(head: str, custom: Mapping[str, str]) -> str | None:
    found = column_for(head)
    if found is None and fold(head.strip()) in custom:
        return f"custom.{custom[fold(head.strip())]}"
    return found


def read_mapping(path: Path) -> dict[str, str]:
    """Heading → column out of a TOML file, `""` for a column that is not taken. Raises Invalid naming the file."""
    try:
        said = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f'{path.name}: must be lines like "Heading" = "last_name": {error}') from None
    for heading, name in said.items():
        if not isinstance(name, str) or (name and column_named(name) is None):
            raise Invalid(f"{path.name}: there is no column {name!r} for {heading!r}; docs/howto/move-in.md lists them")
    return said


def write_mapping(heads: Sequence[str], columns: Sequence[str | None]) -> str:
    """The same as `read_mapping` reads it, in the order of the file."""
    lines = ['# Heading in the file = column of the book; "" is not imported.']
    lines += [f"{_quoted(head)} = {_quoted(name or '')}" for head, name in zip(heads, columns, strict=True) if head]
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _quoted(text: str) -> str:
    escaped = "".join(char if char >= " " and char not in '"\\\x7f' else f"\\u{ord(char):04x}" for char in text)
    return f'"{escaped}"'


class TableMapping:
    """Rows of one table to what they say of contacts."""

    def __init__(self, heads: Sequence[str], columns: Sequence[str | None], zone: ZoneInfo) -> None:
        """`columns` are as many as `heads`; `zone` is what a moment without one means. Raises Invalid."""
        self.heads, self.columns = list(heads), list(columns)
        cells = [
            _Cell(index, heads[index] or name, column, _reader(column, zone))
            for index, name in enumerate(columns)
            if name and (column := column_named(name)) is not None
        ]
        if not cells:
            shown = ", ".join(head for head in heads if head)[:200]
            raise Invalid(f"no heading is known ({shown}): say what they mean with --mapping FILE")
        self._plain = [cell for cell in cells if not cell.column.group]
        self._lists = [cell for cell in cells if cell.column.group]

    def read(self, raw: Sequence[str]) -> Given:
        """What a row says. Raises Invalid with everything that is wrong in it."""
        row, problems = _Row(), list[Problem]()
        width = len(raw)
        if width > len(self.heads) and any(raw[len(self.heads) :]):
            problems.append(Problem("", "too_many", f"has {width} cells under {len(self.heads)} headings"))
        for cell in self._plain:
            if cell.position < width and (text := raw[cell.position]) and (text := cell_text(text)):
                try:
                    row.put(cell.column.name, cell.read(text) if cell.read else checked(text))
                except ValueError as error:
                    problems.append(Problem(cell.heading, "wrong_value", str(error)))
        for cell in self._lists:
            if cell.position < width and (text := raw[cell.position]) and (text := cell_text(text)):
                try:
                    row.add(cell.column, cell.read(text) if cell.read else checked(text))
                except ValueError as error:
                    problems.append(Problem(cell.heading, "wrong_value", str(error)))
        if problems:
            said = "; ".join(f"{one.path}: {one.text}" if one.path else one.text for one in problems)
            raise Invalid(said, tuple(problems))
        return row.given()


def _reader(column: Column, zone: ZoneInfo) -> Read | None:
    if column.group:
        reader = _MEMBER_READERS.get((column.group, column.part))
        return READERS[reader] if reader else None
    if column.name in OTHERS:
        kind = OTHERS[column.name][0]
        return partial(moment, zone=zone) if kind == "moment" else READERS.get(kind)
    return None


class _Row:
    """One row being read: plain values, names to look up, and the members of its lists."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.names: dict[str, list[str]] = {}
        self.lists: dict[tuple[str, str, int], dict[str, Any]] = {}

    def put(self, name: str, value: Any) -> None:
        if name in TEXTS or name in OTHERS:
            self._field(name, value)
        elif name in NAMES:
            self.names[NAMES[name][0]] = divided(value) if name == "tags" else [value]
        elif name == "full_name":
            first, last = split_name(value)
            self.values.setdefault("first_name", first)
            self.values.setdefault("last_name", last)
        elif name == "zip_city":
            found = _ZIP_CITY.fullmatch(value)
            place = self.lists.setdefault(("address", "", 1), {})
            place.update({"zip": found[1], "city": found[2]} if found else {"city": value})
        else:
            head, _, key = name.partition(".")
            self.values.setdefault(head, {})[key] = value

    def _field(self, name: str, value: Any) -> None:
        if name != "salutation":
            self.values[name] = value
            return
        known = salutation(value)
        if known is not None:
            self.values[name] = known
        elif fold(value) in ("firma", "company", "foretag", "empresa"):
            self.values.setdefault("kind", "company")
        else:
            self.values.setdefault("extras", {}).setdefault("import", {})[name] = value

    def add(self, column: Column, value: Any) -> None:
        self.lists.setdefault((column.group, column.place, column.number), {})[column.part] = value

    def given(self) -> Given:
        made: dict[str, list[Any]] = {}
        for (group, place, _), parts in sorted(self.lists.items(), key=lambda item: item[0][2]):
            if group == "email":
                made.setdefault("emails", []).extend(emails_of(**parts))
            elif group == "phone" and parts.get("number"):
                made.setdefault("phones", []).append(phone_of(**{"kind": PHONE_KINDS[place], **parts}))
            elif group == "address" and parts.keys() - {"kind"}:
                made.setdefault("addresses", []).append(address_of(place or None, parts))
        self.values.update({name: tuple(items) for name, items in made.items() if items})
        if "kind" not in self.values and self.values.get("company"):
            nobody = not (self.values.get("first_name") or self.values.get("last_name"))
            self.values.update({"kind": "company"} if nobody else {})
        return Given(values=self.values, names=self.names)
