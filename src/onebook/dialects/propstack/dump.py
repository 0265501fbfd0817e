"""All tables of the data dump: which there are, and how a record becomes a row of one.

Contacts have a module of their own; the columns of all others are those of `tables/`, which the way back reads too.
Behind a table's own columns stands what they cannot say (`beyond.py`), and behind that the account's custom fields of
it, under their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from onebook.dialects.propstack.beyond import BEYOND, Beyond, Turns, beyond_of
from onebook.dialects.propstack.beyond_contacts import contact_beyond
from onebook.dialects.propstack.draft import DIALECT
from onebook.dialects.propstack.dump_contacts import COLUMNS, StoredContact, contact_rows
from onebook.dialects.propstack.shown import members_in
from onebook.dialects.propstack.tables.column import AnyColumn, Table, getter
from onebook.dialects.propstack.tables.column import Beside as Shown
from onebook.dialects.propstack.tables.index import TABLES
from onebook.dialects.propstack.tables.organisation import LISTS
from onebook.dialects.propstack.tables.ours import DETAILS, LISTED, LISTS_WHOLE, MORE
from onebook.http.route import Schema
from onebook.model.account import CustomEntity, CustomField, FieldType, Vocabulary
from onebook.service.dump_tables import Beside, DumpColumn, DumpTable, DumpTables, Kind, Numbers, Row
from onebook.store.resources import BY_RECORD

CONTACTS = "contacts"
ENTITIES: Mapping[str, CustomEntity] = {
    CONTACTS: "contacts",
    "brokers": "users",
    "properties": "properties",
    "projects": "projects",
    "deals": "deals",
    "saved_queries": "saved_queries",
    **dict.fromkeys(("appointments", "cancelations", "messages", "notes", "policies", "todos"), "activities"),
}
"""Table → whose custom fields its rows have."""
CLASHING = "cf_"
"""Stands before the name of a custom field that one of the table's own columns has."""

_PLAIN: Mapping[str, Kind] = {"boolean": "flag", "integer": "integer", "number": "number", "object": "json"}
_LISTED: Mapping[str, Kind] = {"integer": "integers", "string": "texts"}
_TEXTS: Mapping[str, Kind] = {"date": "day", "date-time": "moment"}


def kind_of(shows: Schema) -> Kind:
    """What a column holds whose values have the JSON Schema `shows`."""
    named = shows.get("type", "string")
    name = named if isinstance(named, str) else next(one for one in named if one != "null")
    if name == "array":
        return _LISTED.get(shows["items"].get("type", ""), "json")
    return _PLAIN.get(name) or _TEXTS.get(shows.get("format", ""), "text")


def _choices(value: Any) -> Any:
    return ",".join(str(one) for one in value) if isinstance(value, list) else value


def custom_time(value: Any) -> Any:
    """A date field's value: a day as it is kept, a moment in UTC without its zone."""
    try:
        if isinstance(value, str) and len(value) > 10:
            return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None).isoformat()
    except (ValueError, OverflowError):
        pass
    return value


_CUSTOM: Mapping[FieldType, Kind] = {
    "text": "text",
    "url": "text",
    "number": "number",
    "date": "moment",
    "choice": "integer",
    "multiple_choice": "text",
    "checkbox": "flag",
    "consent": "json",
}
"""What the column of each type of custom field holds: what the API's `value` is (L)."""
_TURNED: Mapping[FieldType, Callable[[Any], Any]] = {"date": custom_time, "multiple_choice": _choices}
"""Of the types whose value is shown otherwise than it is kept, how."""


def _time_back(value: Any) -> Any:
    try:
        if isinstance(value, str) and len(value) > 10:
            found = datetime.fromisoformat(value)
            return (found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)).isoformat()
    except (ValueError, OverflowError):
        pass
    return value


def _choices_back(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return [int(one) if one.isdecimal() else one for one in value.split(",") if one]


CUSTOM_BACK: Mapping[FieldType, Callable[[Any], Any]] = {"date": _time_back, "multiple_choice": _choices_back}
"""The way back."""


def _custom_turned(table: str, words: Vocabulary) -> Turns:
    """By the names of a table's custom fields what an import of a dump makes of a value; None where it stays."""
    fields = words.fields_of(ENTITIES[table]) if table in ENTITIES else {}
    return {name: _there_and_back(field.type) if field.type in _TURNED else None for name, field in fields.items()}


def _there_and_back(kind: FieldType) -> Callable[[Any], Any]:
    there, back = _TURNED[kind], CUSTOM_BACK[kind]
    return lambda value: back(there(value))


def custom_names(table: str, own: Sequence[str], words: Vocabulary) -> dict[str, CustomField]:
    """Key → custom field, of all that a table's rows have behind its `own` keys."""
    entity = ENTITIES.get(table)
    own = (*own, BEYOND)
    fields = words.fields_of(entity) if entity is not None else {}
    taken, named = {*own, *fields}, {}
    for name, field in fields.items():
        key = name
        if key in own:
            while key in taken:
                key = f"{CLASHING}{key}"
            taken.add(key)
        named[key] = field
    return named


def _with_custom(
    table: str,
    columns: Sequence[DumpColumn],
    rows: Callable[[Beside], Callable[[Any], Row]],
    beyond: Callable[[Beside], Beyond],
) -> tuple[Callable[[Vocabulary], Sequence[DumpColumn]], Callable[[Beside], Callable[[Any], Row]]]:
    """The table's columns and rows with what they cannot say and the account's custom fields behind them."""
    own = [column.name for column in columns]

    def all_columns(words: Vocabulary) -> Sequence[DumpColumn]:
        named = custom_names(table, own, words)
        custom = (DumpColumn(name, _CUSTOM[field.type]) for name, field in named.items())
        return [*columns, DumpColumn(BEYOND, "json"), *custom]

    def all_rows(beside: Beside) -> Callable[[Any], Row]:
        shown, left = rows(beside), beyond(beside)

        fields = custom_names(table, own, beside.vocabulary).values()
        names, blank = [field.name for field in fields], (None,) * len(fields)
        turned = [(at, _TURNED[field.type]) for at, field in enumerate(fields) if field.type in _TURNED]

        def row(record: Any) -> Row:
            custom = record.custom if names else None
            if not custom:
                return (*shown(record), left(record), *blank)
            values = list(map(custom.get, names))
            for at, turn in turned:
                if values[at] is not None:
                    values[at] = turn(values[at])
            return (*shown(record), left(record), *values)

        return row

    return all_columns, all_rows


def _contacts() -> DumpTable:
    columns, rows = _with_custom(
        CONTACTS, COLUMNS, contact_rows, lambda beside: contact_beyond(_custom_turned(CONTACTS, beside.vocabulary))
    )
    return DumpTable(CONTACTS, CONTACTS, StoredContact, columns, rows)


def _table(table: Table[Any], *, trashed: bool = True) -> DumpTable:
    resource = BY_RECORD[table.record].name
    gets = [getter(column) for column in table.columns]

    def plain_rows(beside: Beside) -> Callable[[Any], Row]:
        shown = _shown(beside, resource)
        return lambda record: tuple([get(record, shown) for get in gets])

    own = [_column(column) for column in table.columns]
    if table in LISTS:
        return DumpTable(table.name, resource, table.record, lambda _: own, plain_rows, trashed)

    def beyond(beside: Beside) -> Beyond:
        whole = next((one for one in LISTS_WHOLE if DETAILS[one.name] is table), table)
        return beyond_of(whole, _shown(beside, resource), _custom_turned(table.name, beside.vocabulary))

    columns, rows = _with_custom(table.name, own, plain_rows, beyond)
    return DumpTable(table.name, resource, table.record, columns, rows, trashed)


def _column(column: AnyColumn) -> DumpColumn:
    return DumpColumn(column.name, kind_of(column.kind.shows))


def _shown(beside: Beside, resource: str) -> Shown:
    words = beside.vocabulary
    lists: Mapping[str, Mapping[int, Any]] = {
        "sources": words.sources,
        "statuses": words.statuses,
        "reasons": words.reasons,
        "tags": words.tags,
        **{BY_RECORD[record].name: members for record, members in words.lists.items()},
    }
    names = {name: {number: str(one.name) for number, one in members.items()} for name, members in lists.items()}
    shown: dict[str, Any] = dict(beside.shown)
    shown["self"] = beside.shown.get(resource, Numbers())
    return Shown(time=zoneless, shown=shown, names=names, members=members_in(words))


def zoneless(moment: datetime) -> str:
    """`2021-07-12T10:43:32.805814`: in UTC, which it does not say."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()


def tables_of_dump() -> DumpTables:
    """`TABLES_OF_DUMP`, for processes that are to have it too."""
    return TABLES_OF_DUMP


TABLES_OF_DUMP = DumpTables(
    DIALECT,
    (
        *(_table(table, trashed=False) for table in (*LISTED, *DETAILS.values())),
        *(_table(table) for table in MORE),
        *(_table(table, trashed=table not in LISTS) for table in TABLES.values()),
        _contacts(),
    ),
    again=tables_of_dump,
)
"""In the order in which they are written. Small lists have no `deleted_at`: what is in the trash is no row of them."""
