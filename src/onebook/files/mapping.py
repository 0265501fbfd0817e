"""Which column of a table is which field: guessed from the headings, or said by a file; and rows read by it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence, Set
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from onebook.errors import Invalid, Problem
from onebook.files.cells import READERS, checked, day, is_harmless, moment, phone_text
from onebook.files.columns import (
    NAME_ALONE,
    NAMES,
    OTHERS,
    PAIRS,
    PHONE_KINDS,
    TEXTS,
    WHOLE_ADDRESS,
    Column,
    column_for,
    column_named,
)
from onebook.files.delimited import cell_text
from onebook.files.entries import Given
from onebook.files.people import (
    address_of,
    emails_of,
    is_title,
    name_of,
    phone_numbers,
    phone_of,
    place_of,
    salutation_of,
)
from onebook.files.table import divided
from onebook.model.normal import fold

_MEMBER_READERS = {
    ("address", "zip"): "digits",
    ("email", "status"): "email_status",
    ("email", "is_primary"): "flag",
    ("phone", "kind"): "phone_kind",
    ("phone", "is_primary"): "flag",
    ("address", "country"): "country",
    ("address", "latitude"): "number",
    ("address", "longitude"): "number",
}
_TOTALS = frozenset("summe gesamt gesamtsumme anzahl total totals totalt summa suma".split())
"""What spreadsheets call the line below their rows."""
_MONTH_FIRST = frozenset(("US",))
"""Countries where 1/2/2024 is in January."""
_ZIP_CITY = re.compile(r"(?:[A-Z]{1,2}[- ])?(\d[\d ]{2,5}\d)\s+(.+)")
_JOINED = {"middle_name": "first_name", "second_last_name": "last_name"}
"""Columns whose text stands behind another one's."""
Read = Callable[[str], Any]


class _Cell(NamedTuple):
    position: int
    heading: str
    column: Column
    read: Read | None


def guess(heads: Sequence[str], custom: Mapping[str, str]) -> list[str | None]:
    """The column that each heading means; None for what is not taken.

    `custom` are the account's custom fields, folded name or label → name. A column is given once: to the first; of
    what a contact has several of, the next heading is one more.
    """
    found = [_guessed(head, custom) for head in heads]
    known = set(found)
    for index, head in enumerate(heads):
        own = column_named(head.strip()) is not None
        turned = found[index] if own else _among(fold(head.strip()), found[index], known)
        if turned != found[index]:
            found[index] = turned
            known.add(turned)
    return _once(found)


def _among(word: str, name: str | None, known: Set[str | None]) -> str | None:
    """What a heading means beside `known` others: `Name` what they leave of a name, `Estado` a place or a status."""
    if word in NAME_ALONE:
        if "last_name" not in known:
            return "last_name" if "first_name" in known else "full_name"
        return "first_name" if "first_name" not in known else None
    if word == "estado" and "state" not in known and known & {"city", "zip"}:
        return "state"
    if word in WHOLE_ADDRESS and name == "street" and not known & {"zip", "city", "zip_city", "house_number"}:
        return "full_address"
    if name and name.endswith("street_2") and not known & {name.replace("street", part) for part in ("zip", "city")}:
        return name.replace("street_2", "street2")  # a second line
    if name == "full_address" and known & {"street", "zip", "city"}:
        return None
    return name


def _once(names: Sequence[str | None]) -> list[str | None]:
    taken: set[str | None] = set(names)
    given: set[str] = set()
    chosen: list[str | None] = []
    for name in names:
        column = column_named(name) if name and name in given else None
        if column is not None and (column.group, column.part) in (("email", "address"), ("phone", "number")):
            base, number = column.place or "email", column.number
            while name in taken:
                number += 1
                name = f"{base}_{number}"
            taken.add(name)
        chosen.append(None if name in given else name)
        given.update([name] if name else [])
    return chosen


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
        if name and (other := next(one for one, column in said.items() if column == name)) != heading:
            raise Invalid(f"{path.name}: {other!r} and {heading!r} cannot both be {name!r}")
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

    def __init__(self, heads: Sequence[str], columns: Sequence[str | None], zone: ZoneInfo, country: str = "") -> None:
        """`columns` are as many as `heads`; `zone` is what a moment without one means, `country` how dates are written.

        Raises Invalid.
        """
        self.heads, self.columns = list(heads), list(columns)
        cells = [
            _Cell(index, heads[index] or name, column, _reader(column, heads[index], zone, country in _MONTH_FIRST))
            for index, name in enumerate(columns)
            if name and (column := column_named(name)) is not None
        ]
        if not cells:
            shown = ", ".join(head for head in heads if head)[:200]
            raise Invalid(
                f"no heading is known ({shown}): say what they mean with --mapping FILE, or put headings above the rows"
            )
        self._plain = [cell for cell in cells if not cell.column.group]
        self._lists = [cell for cell in cells if cell.column.group]

    def read(self, raw: Sequence[str]) -> Given:
        """What a row says. Raises Invalid with everything that is wrong in it."""
        row, problems = _Row(), list[Problem]()
        width = len(raw)
        if width > len(self.heads) and any(raw[len(self.heads) :]):
            problems.append(Problem("", "too_many", f"has {width} cells under {len(self.heads)} headings"))
        if _is_total(raw):
            problems.append(Problem("", "total", "looks like a line of totals and no contact"))
        # Where the row as a whole has nothing forbidden, its cells are not looked at one by one.
        text_of = str if is_harmless("".join(raw)) else checked
        for cells, put in ((self._plain, row.put), (self._lists, row.add)):
            for position, heading, column, read in cells:
                if position < width and (text := raw[position]) and (text := cell_text(text)):
                    try:
                        put(column, (read or text_of)(text))
                    except ValueError as error:
                        problems.append(Problem(heading, "wrong_value", str(error)))
        if problems:
            said = "; ".join(f"{one.path}: {one.text}" if one.path else one.text for one in problems)
            raise Invalid(said, tuple(problems))
        return row.given()


def _is_total(raw: Sequence[str]) -> bool:
    first = next(filter(None, raw), "")
    if first[:1] not in "sSgGaAtT" or len(first) > 20 or first.strip(" :").lower() not in _TOTALS:
        return False
    return all(_NUMBER.fullmatch(cell) for cell in raw if cell is not first)


_NUMBER = re.compile(r"[\d.,\s€$%-]*")


def _reader(column: Column, heading: str, zone: ZoneInfo, month_first: bool) -> Read | None:
    if (column.group, column.part) == ("phone", "number"):
        # Under its own name it is what an export has written, and one number.
        return None if column_named(heading) == column else _numbers
    if column.group:
        reader = _MEMBER_READERS.get((column.group, column.part))
        return READERS[reader] if reader else None
    kind = OTHERS[column.name][0] if column.name in OTHERS else ""
    if kind == "moment":
        return partial(moment, zone=zone, month_first=month_first)
    return partial(day, month_first=month_first) if kind == "day" else READERS.get(kind)


def _numbers(text: str) -> Sequence[str]:
    return phone_numbers(phone_text(text))


_SET = (TEXTS.keys() | OTHERS.keys()) - {"salutation"}
"""Columns that are fields of a contact as they stand."""


class _Row:
    """One row being read: plain values, names to look up, and the members of its lists."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.names: dict[str, list[str]] = {}
        self.lists: dict[tuple[str, str, int], dict[str, Any]] = {}
        self.more: dict[str, str] = {}

    def put(self, column: Column, value: Any) -> None:
        name = column.name
        if name in _SET:
            self.values[name] = value
        elif name == "salutation":
            self._salutation(value)
        elif name in NAMES:
            self.names[NAMES[name][0]] = divided(value) if name == "tags" else [value]
        elif name in PAIRS:
            self._pair(name, value)
        else:
            head, _, key = name.partition(".")
            self.values.setdefault(head, {})[key] = value

    def _pair(self, name: str, value: str) -> None:
        if name in ("full_name", "last_first_name"):
            for part, text in name_of(value, last_first=name == "last_first_name").items():
                self.values.setdefault(part, text)
        elif name in _JOINED:
            self.more[_JOINED[name]] = value
        elif name == "full_address":
            self.lists.setdefault(("address", "", 1), {}).update(place_of(value))
        else:
            found = _ZIP_CITY.fullmatch(value)
            place = self.lists.setdefault(("address", "", 1), {})
            place.update({"zip": found[1], "city": found[2]} if found else {"city": value})

    def _salutation(self, value: str) -> None:
        known = salutation_of(value)
        if known is not None:
            self.values["salutation"] = known[0]
            self.values.update({"academic_title": known[1]} if known[1] else {})
        elif is_title(value):
            self.values["academic_title"] = value
        elif fold(value) in ("firma", "company", "foretag", "empresa"):
            self.values.setdefault("kind", "company")
        else:
            self.values.setdefault("extras", {}).setdefault("import", {})["salutation"] = value

    def add(self, column: Column, value: Any) -> None:
        self.lists.setdefault((column.group, column.place, column.number), {})[column.part] = value

    def given(self) -> Given:
        made: dict[str, list[Any]] = {}
        for name, text in self.more.items():
            self.values[name] = " ".join(part for part in (self.values.get(name), text) if part)
        for (group, place, _), parts in sorted(self.lists.items(), key=lambda item: item[0][2]):
            if group == "email":
                made.setdefault("emails", []).extend(emails_of(**parts))
            elif group == "phone" and (said := parts.get("number")):
                own = {"kind": PHONE_KINDS[place], **parts}
                for text in (said,) if isinstance(said, str) else said:
                    own["number"] = text
                    made.setdefault("phones", []).append(phone_of(**own))
            elif group == "address" and parts.keys() - {"kind"}:
                made.setdefault("addresses", []).append(address_of(place or None, parts))
        self.values.update({name: tuple(items) for name, items in made.items() if items})
        if "kind" not in self.values and self.values.get("company"):
            nobody = not (self.values.get("first_name") or self.values.get("last_name"))
            self.values.update({"kind": "company"} if nobody else {})
        return Given(values=self.values, names=self.names)
