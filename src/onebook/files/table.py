"""A contact as a row of a table: the columns of files/columns.py, written as files/mapping.py reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from onebook.files.columns import ADDRESS, NAMES, OTHERS, PHONES, TEXTS
from onebook.model.contact import Contact

ALWAYS = (
    "id",
    "kind",
    "salutation",
    "academic_title",
    "first_name",
    "last_name",
    "company",
    "email",
    "phone",
    "street",
    "house_number",
    "zip",
    "city",
    "country",
)
"""The columns that every table begins with; the others are there where some contact needs them."""
LEFT_OUT = frozenset(
    {"parent_id", "project_ids", "department_ids", "creator_id", "updater_id", "merged_ids", "former_ids", "token"}
    | {"version", "deleted_at", "extras"}
)
"""Fields that a table does not hold: ids that mean nothing elsewhere, and what has no fixed shape."""
_PLAIN = tuple(name for name in Contact.__struct_fields__ if name in TEXTS or name in OTHERS)
_TEXT_OF: dict[type, Any] = {str: str, bool: lambda value: "true" if value else "false", int: str, float: repr}
Names = Mapping[str, Mapping[int, str]]
"""What the ids of a field are called, by the field: `tag_ids` → id → name; options by `custom.<field>`."""
SEPARATORS = re.compile(r"[,|\n]|:::")


def text_of(value: Any) -> str:
    """One value as a cell has it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    write = _TEXT_OF.get(type(value))
    if write is not None:
        return str(write(value))
    if isinstance(value, list) and all(isinstance(member, str | int) for member in value):
        return ",".join(str(member) for member in value)
    return msgspec.json.encode(value).decode()


def row_of(contact: Contact, names: Names) -> dict[str, str]:
    """The cells of a contact by column; those without a value are left out."""
    row = {"id": str(contact.id)}
    for name in _PLAIN:
        value = getattr(contact, name)
        if value is not None and value != "" and not (value is False and name in ("is_archived", "is_locked")):
            row[name] = text_of(value)
    if contact.consent_status == "none":
        del row["consent_status"]
    for column, (name, _) in NAMES.items():
        value = getattr(contact, name)
        ids = value if isinstance(value, tuple) else (value,)
        if found := [names[name].get(number, str(number)) for number in ids if number is not None]:
            row[column] = joined(found)
    _lists(contact, row)
    row.update({f"external_ids.{name}": value for name, value in contact.external_ids.items()})
    for name, value in contact.custom.items():
        column = f"custom.{name}"
        row[column] = _chosen(value, names[column]) if column in names else text_of(value)
    return row


def _chosen(value: Any, options: Mapping[int, str]) -> str:
    several = value if isinstance(value, list) else [value]
    called = [options.get(member, str(member)) for member in several]
    return text_of(value) if any("," in name for name in called) else ",".join(called)


def joined(names: Sequence[str]) -> str:
    """Several names in one cell; a semicolon says that commas divide nothing."""
    tail = ";" if len(names) == 1 and SEPARATORS.search(names[0]) else ""
    return "; ".join(names) + tail


def divided(text: str) -> list[str]:
    """The names that `joined` was given, or that somebody else has written with commas."""
    parts = text.split(";") if ";" in text else SEPARATORS.split(text)
    return [part.strip() for part in parts if part.strip()]


def _lists(contact: Contact, row: dict[str, str]) -> None:
    for number, email in enumerate(contact.emails, 1):
        column = "email" if number == 1 else f"email_{number}"
        row[column] = email.address
        _member(row, column, "label", email.label)
        _member(row, column, "status", email.status)
        _primary(row, column, email.is_primary, number)
    for number, phone in enumerate(contact.phones, 1):
        column = "phone" if number == 1 else f"phone_{number}"
        row[column] = phone.number
        _member(row, column, "kind", None if phone.kind == "other" else phone.kind)
        _member(row, column, "label", phone.label)
        _primary(row, column, phone.is_primary, number)
    for number, address in enumerate(contact.addresses, 1):
        tail = "" if number == 1 else f"_{number}"
        if address.kind != "home":
            row[f"address{tail}_kind"] = address.kind
        for name in ADDRESS:
            value = getattr(address, name)
            if value is not None and value != "":
                row[name + tail] = text_of(value)


def _member(row: dict[str, str], column: str, part: str, value: str | None) -> None:
    if value:
        row[f"{column}_{part}"] = value


def _primary(row: dict[str, str], column: str, is_primary: bool, number: int) -> None:
    if is_primary:
        row[f"{column}_is_primary"] = "true"


def ordered(columns: Iterable[str]) -> list[str]:
    """The columns as a table has them: those that are always there first, then as a contact's fields stand."""
    wanted = {*columns, *ALWAYS}
    return sorted(wanted, key=_place)


def _place(column: str) -> tuple[int, int, str]:
    if column in ALWAYS:
        return 0, ALWAYS.index(column), ""
    for place, group in enumerate(_GROUPS, 1):
        for index, name in enumerate(group):
            if column == name or column.startswith(name + "_"):
                return place, index, _NUMBER.sub(lambda found: f"{found[0]:0>6}", column)
    return len(_GROUPS) + 1, 0, column


_NUMBER = re.compile(r"\d+")
_GROUPS: Sequence[Sequence[str]] = (
    ("email",),
    ("phone", *PHONES),
    ("address", *ADDRESS),
    tuple(NAMES),
    _PLAIN,
)
