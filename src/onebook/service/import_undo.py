"""A run of an import taken back: what it made goes to the trash, what it changed is as before where nobody touched it.

What happened is read from the change feed, so a run that was made years ago can be taken back, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from onebook.errors import Conflict, Invalid, NotFound
from onebook.model.account import Account, Vocabulary
from onebook.model.change import NESTED, Changes, difference, flat
from onebook.model.contact import Contact
from onebook.model.duplicate import DuplicatePair
from onebook.model.imports import ImportRun
from onebook.service.access import open_session
from onebook.service.contacts import Edit, change_contact, get_contact, remove_contact, restore_contact
from onebook.service.record_references import check_record_ids
from onebook.service.records import get_record, remove_record, restore_record
from onebook.service.references import check_external_ids
from onebook.service.session import Unit
from onebook.store import imports as store
from onebook.store.contacts import read_contact, save_contact
from onebook.store.database import Store
from onebook.store.imports import Told
from onebook.store.records import read_record, save_record
from onebook.store.resources import RESOURCES
from onebook.store.vocabulary import with_record

S = TypeVar("S", bound=Struct)
CONTACTS = "contacts"
TABLES = frozenset({"csv", "xlsx", "vcard"})
"""Kinds of imports that are of contacts only; what else they make are names in lists, and pairs to look at."""
_RECORDS = {resource.name: resource.record for resource in RESOURCES}
_AT_ONCE = 200
_MOST_KEPT = 1000


async def undo_run(
    store_: Store,
    account: Account,
    run: ImportRun,
    *,
    actor: str,
    clock: Callable[[], datetime],
    told: Callable[[int], None],
) -> ImportRun:
    """Take `run` back, the last change first; one that was interrupted goes on where it was. Raises Conflict.

    `told` hears how many changes more are taken back. Names that the run has added to lists stay there.
    """
    if run.status == "undone":
        raise Conflict(f"import {run.run_id} has been taken back already")
    done = False
    while not done:
        session = await open_session(store_, account, now=clock(), actor=actor, via=f"undo of {run.via}")

        async def work(unit: Unit, before: ImportRun = run) -> tuple[ImportRun, int]:
            now = await store.read_run(unit.tx, before.run_id)
            if now is None or now.undo_seq != before.undo_seq or now.status == "undone":
                raise Conflict("this import is being taken back in another process")
            below = now.undo_seq if now.status == "undoing" else now.last_seq + 1
            some = await store.changes_of_run(unit.tx, now, below, _AT_ONCE)
            for one in some:
                now = await _take_back(unit, now, one)
            after = replace(now, status="undoing", undo_seq=some[-1].seq) if some else replace(now, status="undone")
            after = replace(after, updated_at=unit.now)
            await store.save_run(unit.tx, after)
            return after, len(some)

        run, count = await session.write(work)
        done = not count
        told(count)
    return run


async def _take_back(unit: Unit, run: ImportRun, told: Told) -> ImportRun:
    """One change of the run undone, and the run with it counted."""
    try:
        if told.action == "deleted":
            return await _take_out_of_trash(unit, run, told)
        if told.resource != CONTACTS:
            return await _take_record_back(unit, run, told)
        contact = await get_contact(unit, told.record_id)
        if contact.id != told.record_id:
            return _kept(run, told.record_id)
        if told.action == "created":
            await remove_contact(unit, contact.id)
            return replace(run, trashed=run.trashed + 1)
        edit, whole = before_of(contact, told.changes)
        give_back = _give_back if run.kind not in TABLES else change_contact
        after = await give_back(unit, contact.id, edit)
    except NotFound:
        return run
    except (Invalid, Conflict):
        return _kept(run, told.record_id)
    run = replace(run, restored=run.restored + 1) if after.version != contact.version else run
    return run if whole else _kept(run, told.record_id)


async def _give_back(unit: Unit, contact_id: int, edit: Edit) -> Contact:
    """`change_contact` for what a dump has changed: ids that it answered to before, and whom it pointed to, too."""
    before = await get_contact(unit, contact_id)
    after = edit(before, unit.vocabulary)
    await check_external_ids(unit, before, after)
    if not difference(before, after):
        return before
    after = replace(after, version=before.version + 1, updated_at=unit.now)
    who = {"actor": unit.actor, "via": unit.via}
    await save_contact(unit.tx, before, after, country=unit.account.country, action="changed", **who)
    return after


async def _take_out_of_trash(unit: Unit, run: ImportRun, told: Told) -> ImportRun:
    """What the run has put into the trash comes back, unless somebody has done so, or deleted it again, since.

    Neither does what was made by a run that is taken back itself.
    """
    record = _RECORDS.get(told.resource)
    number = told.record_id
    one = await (read_contact(unit.tx, number) if record is None else read_record(unit.tx, record, number))
    undone = [other.via for other in await store.read_runs(unit.tx) if other.status in ("undoing", "undone")]
    if one is None or one.deleted_at is None or await store.made_by(unit.tx, told.resource, [number], undone):
        return run
    if "deleted_at" not in _mine(one, told.changes):
        return _kept(run, number)
    await (restore_contact(unit, number) if record is None else restore_record(unit, record, number))
    return replace(run, restored=run.restored + 1)


async def _take_record_back(unit: Unit, run: ImportRun, told: Told) -> ImportRun:
    """A record made by the run goes to the trash, one that it changed is as before where nobody touched it.

    Names that a table of contacts has added to the lists stay.
    """
    record = _RECORDS.get(told.resource)
    whole = run.kind not in TABLES
    if record is None:
        return run
    if told.action == "created" and (whole or record is DuplicatePair):
        await remove_record(unit, record, told.record_id)
        return replace(run, trashed=run.trashed + 1) if whole else run
    if told.action != "changed" or not whole:
        return run
    before = await get_record(unit, record, told.record_id)
    mine = _mine(before, told.changes)
    after = _with_values(before, mine)
    await check_record_ids(unit, before, after)
    if difference(before, after):
        after = replace(after, version=before.version + 1, updated_at=unit.now)
        await save_record(unit.tx, before, after, actor=unit.actor, via=unit.via, action="changed")
        unit.vocabulary = with_record(unit.tx, unit.vocabulary, after)
        run = replace(run, restored=run.restored + 1)
    return run if len(mine) == len(told.changes) else _kept(run, told.record_id)


def _kept(run: ImportRun, contact_id: int) -> ImportRun:
    if contact_id in run.kept or len(run.kept) >= _MOST_KEPT:
        return run
    return replace(run, kept=(*run.kept, contact_id))


def before_of(contact: Contact, changes: Changes) -> tuple[Edit, bool]:
    """The edit that gives the fields of `changes` their old values back, and whether it may do so for all of them.

    A field that is no longer as the change left it has been changed since, and stays.
    """
    mine = _mine(contact, changes)

    def edit(one: Contact, _: Vocabulary) -> Contact:
        return _with_values(one, mine)

    return edit, len(mine) == len(changes)


def _mine(record: Struct, changes: Changes) -> dict[str, Any]:
    """The old values of those of the changes that nobody has changed since."""
    now = msgspec.json.decode(msgspec.json.encode(flat(record)))
    return {path: was for path, (was, became) in changes.items() if now.get(path) == became}


def _with_values(record: S, values: Mapping[str, Any]) -> S:
    """`record` with other values at some paths, as the change feed writes both; None takes a value away."""
    whole: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(record))
    for path, value in values.items():
        head, _, rest = path.partition(".")
        if head not in NESTED:
            _put(whole, (head,), value)
        else:
            _put(whole, (head, *(rest.split(".", 1) if head == "extras" else (rest,))), value)
    return msgspec.convert(whole, type(record))


def _put(into: dict[str, Any], path: Sequence[str], value: Any) -> None:
    *above, last = path
    for name in above:
        into = into.setdefault(name, {})
    if value is None:
        into.pop(last, None)
    else:
        into[last] = value
