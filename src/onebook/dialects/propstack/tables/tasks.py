"""Tasks: what the vendor's API makes of appointments, todos, notes and cancelations alike.

Every task shows every key. Of a key that the record has no field for, what was given stands in the extras, so that
nothing is lost when one kind of task becomes another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from onebook.dialects.propstack.tables import activities as dump
from onebook.dialects.propstack.tables.column import EXTRAS, Column, Table
from onebook.dialects.propstack.tables.rows import CREATED, DELETED, ID, UPDATED, many, one, same
from onebook.dialects.propstack.values import FLAG, SWITCH, ValueType
from onebook.errors import Invalid
from onebook.model.activity import Activity, Appointment, Cancelation, Note, Todo

STATES = ("neutral", "took_place", "cancelled")
"""Where a task stands: 0, 1, 2 in the dump; which number is which is ours."""


def _read_state(value: Any, name: str, zone: ZoneInfo) -> int | None:
    """A word or its number."""
    if value in STATES:
        return STATES.index(value)
    if value == "":
        return None
    if isinstance(value, bool) or str(value) not in ("0", "1", "2"):
        raise Invalid.at(name, f"must be one of {', '.join(STATES)}", "not_a_choice")
    return int(value)


def _state_shown(number: int) -> str:
    return STATES[number] if 0 <= number < len(STATES) else STATES[0]


STATE = ValueType(_read_state, {"enum": [*STATES, 0, 1, 2, "", None]}, {"enum": [*STATES]})
_COLUMNS: tuple[Column, ...] = (
    ID,
    *same("title"),
    dump.NOTE_TYPE,
    *same("body"),
    dump.BROKER,
    one("task_creator_id", "creator_id", "users"),
    dump.CLIENTS,
    dump.PROPERTIES,
    dump.PROJECTS,
    dump.DUE,
    dump.REMIND,
    dump.DONE,
    dump.STARTS,
    dump.ENDS,
    dump.LOCATION,
    Column("private", "is_private", SWITCH, nothing=False),
    dump.ALL_DAY,
    Column("recurring", f"{EXTRAS}.recurring", FLAG, nothing=False),
    dump.RRULE,
    Column("state", "state", STATE, show=_state_shown, nothing=STATES[0]),
    dump.REASON,
    dump.SOURCE,
    dump.DEAL,
    many("group_ids", f"{EXTRAS}.group_ids", "tags"),
    CREATED,
    UPDATED,
    DELETED,
)


def _table(record: type[Activity]) -> Table[Activity]:
    known = {*record.__struct_fields__, EXTRAS}
    columns = [
        column if column.home.partition(".")[0] in known else replace(column, home=f"{EXTRAS}.{column.name}")
        for column in _COLUMNS
    ]
    return Table("tasks", record, columns)


TASKS: Mapping[type[Activity], Table[Activity]] = {
    record: _table(record) for record in (Appointment, Todo, Note, Cancelation)
}
FLAGS: Mapping[str, type[Activity]] = {"is_event": Appointment, "is_reminder": Todo}
"""The keys that say which kind of task it is; the first one decides."""


def kind_of(given: Mapping[str, Any], before: type[Activity] | None) -> type[Activity]:
    """Which kind of task one is after `given` (flags and ids, read) has been said of it.

    A due date makes a todo as `is_reminder` does, and a reason a cancelation, where neither flag is up.
    """
    up = {record: before is record for record in FLAGS.values()}
    for name, record in FLAGS.items():
        if name in given:
            up[record] = bool(given[name])
    for record in FLAGS.values():
        if up[record]:
            return record
    if given.get("due_date") is not None and "is_reminder" not in given:
        return Todo
    reason = given.get("reservation_reason_id", before is Cancelation or None)
    return Cancelation if reason is not None else Note
