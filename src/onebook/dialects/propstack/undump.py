"""The data dump read back: a row of any of its tables as a record of the book, over the columns the dump is made of.

Pure. What a row shows is what its record shows again: ids go to `external_ids`, what has no home in the book to
`extras`, keys that nobody knows too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from onebook.dialects.propstack.addresses import KINDS, PARTS
from onebook.dialects.propstack.beyond import BEYOND, defaults_of, read_back, with_beyond
from onebook.dialects.propstack.draft import DIALECT, OLD_CRM
from onebook.dialects.propstack.dump import CONTACTS, CUSTOM_BACK, custom_names
from onebook.dialects.propstack.dump_contacts import ATTRIBUTES, KINDS_OF, LISTS, ONLY_HERE, POINTERS
from onebook.dialects.propstack.phones import SLOTS
from onebook.dialects.propstack.tables.column import Column, NameColumn, Table, put, put_extras
from onebook.dialects.propstack.tables.index import TABLES
from onebook.dialects.propstack.tables.ours import DETAILS, LISTED, LISTS_WHOLE, MORE
from onebook.dialects.propstack.values import CONSENT, read_value
from onebook.errors import Invalid
from onebook.http.body import MAX_TEXT, check_value
from onebook.model.account import CustomField, Record, Vocabulary
from onebook.model.contact import Address, Contact, Email, Phone, Salutation
from onebook.model.normal import email_problem
from onebook.service.import_dump_files import DumpRow, Own, UndumpTable, UndumpTables
from onebook.store.resources import BY_RECORD

R = TypeVar("R")
_UTC = ZoneInfo("UTC")
_MOMENTS = ("created_at", "updated_at", "deleted_at", "last_contact_at")
_DERIVED = frozenset({"item_id", "children_count", "email", "emails", "status", "source", "tags"})
_KEYS = frozenset((*KINDS_OF, BEYOND))
_WORDS: Mapping[str, Salutation] = {"mr": "mr", "ms": "ms"}
Made = Callable[[DumpRow, Own, Vocabulary], Any]


def _moment(value: Any, name: str) -> datetime | None:
    """A moment in UTC that does not say so."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Invalid.at(name, f"{value!r:.40} is no moment", "wrong_type") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _day(value: Any, name: str) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Invalid.at(name, f"{value!r:.40} is no date", "wrong_type") from None


def _text(value: Any, name: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Invalid.at(name, "must be a text", "wrong_type")
    return str(value)


def _flag(value: Any, name: str) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise Invalid.at(name, "must be true or false", "wrong_type")


def _integer(value: Any, name: str) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise Invalid.at(name, "must be a whole number", "wrong_type")


_READ: Mapping[str, Callable[[Any, str], Any]] = {
    "text": _text,
    "flag": _flag,
    "day": _day,
    "moment": _moment,
    "integer": _integer,
}


def contact_of(row: DumpRow, own: Own, words: Vocabulary) -> Contact:
    """A row of `contacts`; its id is the external one. Raises Invalid."""
    _check(row)
    values: dict[str, Any] = {}
    for name, (attribute, kind) in ATTRIBUTES.items():
        if (given := row.get(name)) is not None:
            values[attribute] = _READ[kind](given, name)
    for name, (attribute, resource) in POINTERS.items():
        if (shown := _integer(row.get(name), name)) is not None:
            values[attribute] = own(resource, shown)
    for name, (attribute, resource) in LISTS.items():
        values[attribute] = _owns(row.get(name), name, resource, own)
    for name in _MOMENTS:
        values[name] = _moment(row.get(name), name)
    extras = dict(_kept(row, own))
    values["salutation"] = _WORDS.get(str(row.get("salutation")))
    if row.get("salutation") is not None and values["salutation"] is None:
        extras["salutation"] = _text(row["salutation"], "salutation")
    values["kind"] = "company" if _flag(row.get("is_company"), "is_company") else "person"
    values["consent_status"] = CONSENT[_choice(row.get("gdpr_status"), "gdpr_status")]
    values["rating"] = _choice(row.get("rating"), "rating") or None
    values["lead_score"] = _integer(row.get("score"), "score") or None
    for name in ("accept_contact", "newsletter_unsubscribed", "property_mailing_wanted"):
        values[name] = _flag(row.get(name), name) or None
    values["emails"] = _emails(row)
    values["phones"] = tuple(_phones(row))
    values["addresses"], lines = _addresses(row)
    external: dict[str, str] = {DIALECT: str(row["id"])}
    if old := _text(row.get("old_crm_id"), "old_crm_id"):
        external[OLD_CRM] = old
    custom, unknown = _custom(CONTACTS, row, _KEYS, words)
    extras |= {**lines, **unknown}
    contact = Contact(**values, external_ids=external, custom=custom, extras={DIALECT: extras} if extras else {})
    whole: Contact = with_beyond(contact, row.get(BEYOND), own)
    return _valid(whole, _decode_contact)


def _choice(value: Any, name: str) -> int:
    found = _integer(value, name) or 0
    if not 0 <= found <= 3:
        raise Invalid.at(name, "must be from 0 to 3", "out_of_range")
    return found


def _owns(value: Any, name: str, resource: str, own: Own) -> tuple[int, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(type(one) is int for one in value):
        raise Invalid.at(name, "must be a list of ids", "wrong_type")
    return tuple(dict.fromkeys(own(resource, one) for one in value))


def _kept(row: DumpRow, own: Own) -> Mapping[str, Any]:
    """What only this vendor has, where it is another value than is shown for none."""
    found = {name: row[name] for name, (default, _) in ONLY_HERE.items() if name in row and row[name] != default}
    for name in ("broker_ids", "third_broker_id"):
        if name in found:
            found[name] = _owned(found[name], own)
    return found


def _owned(value: Any, own: Own) -> Any:
    if isinstance(value, list):
        return [_owned(one, own) for one in value]
    return (own("users", value) or value) if type(value) is int else value


def _emails(row: DumpRow) -> tuple[Email, ...]:
    given = row.get("emails")
    several = given if isinstance(given, list) else []
    if not several and row.get("email") is not None:
        several = [row["email"]]
    texts = dict.fromkeys(_text(one, "emails") or "" for one in several)
    return tuple(
        Email(address=text.strip(), status="invalid" if text and email_problem(text.strip()) else None)
        for text in texts
    )


def _phones(row: DumpRow) -> list[Phone]:
    found = []
    for name, (kind, label) in SLOTS.items():
        number = None if (given := row.get(name)) is None else _text(given, name)
        if number is not None:
            found.append(Phone(number=number, kind=kind, label=label))
    return found


_PLACES = [(kind, f"{kind}_address", [(part, f"{kind}_{name}") for name, part in PARTS.items()]) for kind in KINDS]
"""Of each kind of address the key of its line, and its fields with their keys."""


def _addresses(row: DumpRow) -> tuple[tuple[Address, ...], dict[str, Any]]:
    """The addresses, and the lines of those that are no more than a line."""
    found, lines = [], {}
    for kind, whole, names in _PLACES:
        parts: dict[str, Any] = {
            part: _text(given, name) for part, name in names if (given := row.get(name)) is not None
        }
        line = _text(row.get(whole), whole)
        if parts:
            found.append(Address(kind=kind, **parts))
        if line is not None and not any(parts.get(name) for name in ("street", "house_number", "zip", "city")):
            lines[whole] = line
    return tuple(found), lines


def _custom(table: str, row: DumpRow, own: frozenset[str], words: Vocabulary) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of custom fields, as they are kept; and what stands under keys that nobody knows."""
    known, named = _NAMED.get(table, (None, {}))
    if known is not words:
        named = custom_names(table, list(own), words)
        _NAMED[table] = words, named
    found: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for key, value in row.items():
        if value is None or key in _NEVER:
            continue
        field = named.get(key)
        if field is not None:
            found[field.name] = CUSTOM_BACK[field.type](value) if field.type in CUSTOM_BACK else value
        elif key not in own:
            unknown[key] = value
    return found, unknown


_NEVER = frozenset({"onebook_reason"})
_NAMED: dict[str, tuple[Vocabulary | None, Mapping[str, CustomField]]] = {}
"""Of each table the keys that were asked for last: all rows of a batch have the same."""
_encode = msgspec.json.Encoder().encode
_decode_contact = msgspec.json.Decoder(Contact).decode
_ESCAPED = re.compile(rb'\\[^"\\nrt]')
_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")


def _check(row: DumpRow) -> None:
    """`check_value`, after one look at all texts together, which clears nearly every row."""
    try:
        whole = _encode(row)
    except (ValueError, OverflowError):
        check_value(row)
        return
    if (
        len(whole) > MAX_TEXT
        or b"\x7f" in whole
        or (b"\\" in whole and _ESCAPED.search(whole))
        or (b"\xc2" in whole and _CONTROL.search(whole))
    ):
        check_value(row)
    for name, value in row.items():
        kind = type(value)
        if kind not in _CLEARED and not (kind is int and -_BEYOND_64_BITS <= value < _BEYOND_64_BITS):
            check_value(value, name, 2)


_CLEARED = frozenset({str, bool, type(None)})
_BEYOND_64_BITS = 2**63


def _valid(record: R, decode: Callable[[bytes], R]) -> R:
    """The record as the book would read it. Raises Invalid for a word or a number that its field does not know."""
    try:
        return decode(_encode(record))
    except msgspec.ValidationError as error:
        raise Invalid.at("", str(error), "wrong_type") from None


def _record_maker(table: Table[Any]) -> Made:
    columns = [column for column in table.columns if isinstance(column, Column) and column.name != "id"]
    names = [column for column in table.columns if isinstance(column, NameColumn)]
    own_keys = frozenset((*table.by_name, BEYOND))
    defaults, decode = defaults_of(table.record), msgspec.json.Decoder(table.record).decode
    has_custom = "custom" in defaults

    def made(row: DumpRow, own: Own, words: Vocabulary) -> Record:
        _check(row)
        attributes: dict[str, Any] = {}
        members: list[tuple[Column, Any]] = []
        for column in columns:
            given = row.get(column.name)
            value = None if given is None else _value(column, given, own, defaults.get(column.home))
            if value is None:
                continue
            if "." in column.home:
                members.append((column, value))
            else:
                attributes[column.home] = value
        try:
            record: Record = put(table.record(**attributes), members)
        except TypeError as error:
            raise Invalid(str(error).replace("Missing required argument", "is missing:")) from None
        for named in names:
            if row.get(named.name) is not None and attributes.get(named.home) is None:
                record = put_extras(record, {named.name: row[named.name]})
        custom, unknown = _custom(table.name, row, own_keys, words)
        if has_custom and custom:
            record = replace(record, custom=custom)
        record = with_beyond(put_extras(record, unknown), row.get(BEYOND), own)
        return _valid(replace(record, external_ids={**record.external_ids, DIALECT: str(row["id"])}), decode)

    return made


def _value(column: Column, given: Any, own: Own, default: Any) -> Any:
    """What a row has under the column's key, as the record keeps it; None for nothing. Raises Invalid."""
    if not column.to or column.to == "self":
        return read_back(column, given, default)
    value = read_value(column.kind, given, column.name, _UTC)
    if isinstance(value, tuple):
        return tuple(dict.fromkeys(own(column.to, number) for number in value)) or None
    return None if value is None else own(column.to, value)


def _undump(table: Table[Any]) -> UndumpTable:
    return UndumpTable(table.name, BY_RECORD[table.record].name, table.record, _record_maker(table))


def _owner(row: DumpRow) -> tuple[int, int] | None:
    """The property and the contact that a row of relationships says to be its owner."""
    shown = row.get("property_id"), row.get("client_id")
    if (
        row.get("internal_name") == OWNERSHIP
        and row.get("deleted_at") is None
        and type(shown[0]) is int
        and type(shown[1]) is int
    ):
        return shown[0], shown[1]
    return None


def _is_listed(table: Table[Any]) -> bool:
    return BY_RECORD[table.record].in_vocabulary


def _foreign(row: DumpRow) -> Iterator[int]:
    """What the row's record is called in other dialects, where that is a number."""
    given = row.get(BEYOND)
    if not isinstance(given, dict):
        return
    for held in (given.get("external_ids"), given.get("former_ids")):
        for text in held.values() if isinstance(held, dict) else ():
            for one in text if isinstance(text, list) else [text]:
                if isinstance(one, str) and one.isascii() and one.isdecimal() and len(one) < 11:
                    yield int(one)


OWNERSHIP = "owner"
"""The vendor's word for who owns a property."""

UNDUMP = UndumpTables(
    dialect=DIALECT,
    tables=(
        *(_undump(table) for table in (*LISTED, *LISTS_WHOLE)),
        *(_undump(table) for table in TABLES.values() if _is_listed(table) and table.name not in DETAILS),
        UndumpTable(CONTACTS, CONTACTS, Contact, contact_of),
        *(_undump(table) for table in TABLES.values() if not _is_listed(table)),
        *(_undump(table) for table in MORE),
    ),
    beside={name: table.name for name, table in DETAILS.items()},
    foreign=_foreign,
    aliases={"contact_sources": "client_sources", "contact_statuses": "client_statuses"},
    owner=("relationships", _owner),
)
"""Every table, in the order in which they are read."""
