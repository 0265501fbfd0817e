"""A dump read back into the book: every table, with its ids, references in any direction, and its own moments.

All rows get their ids before the first is written, in the order of the files, so that a row may point to one that
comes later, and so that a run that was stopped gives every row the same id again.
"""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct
from msgspec import field as struct_field
from msgspec.structs import replace

from onebook.errors import Conflict, Invalid, OnebookError
from onebook.model.account import Account, Record
from onebook.model.contact import Contact
from onebook.model.imports import ImportRun, Reject
from onebook.model.normal import phone_e164
from onebook.model.property import Property
from onebook.model.query import Page
from onebook.service.access import open_session
from onebook.service.dump_tables import Numbers
from onebook.service.import_dump_files import DumpFiles, DumpRow, UndumpTable
from onebook.service.imports import Told
from onebook.service.record_checks import checked
from onebook.service.records import change_record, find_records
from onebook.service.session import Session, Unit, random_token
from onebook.store import imports as store
from onebook.store.bulk import derive, ids_under_keys, insert_contacts, insert_records, read_documents
from onebook.store.database import Store, next_id
from onebook.store.moments import micros
from onebook.store.records import ids_by_key, ids_under_external, read_records
from onebook.store.resources import BY_RECORD, all_keys

CONTACTS = "contacts"
BATCH = 1000
_ALL = Page(limit=1_000_000)


class _Batch(Struct):
    """Rows of one table: where they begin among all rows, and the numbers they have in their file."""

    table: UndumpTable
    position: int
    rows: list[tuple[int, DumpRow]]


class DumpImporting:
    """A run under way."""

    def __init__(
        self, store_: Store, account: Account, files: DumpFiles, actor: str, clock: Callable[[], datetime]
    ) -> None:
        """Nothing is written before `begin`."""
        self._store, self._account, self._files, self._actor, self._clock = store_, account, files, actor, clock
        self._tables = [table for table in files.tables.tables if table.name in files.paths]
        self._ids: dict[str, array[int]] = {}
        self._own: dict[str, dict[int, int]] = {}
        self._numbers: dict[str, Numbers] = {}
        self.run: ImportRun | None = None

    async def begin(self) -> ImportRun:
        """The run that is under way for the same files, else a new one, with an id for every row."""
        for run in await store.read_runs(self._store.reader(self._account.account_id)):
            if run.status == "running" and run.fingerprint == self._files.fingerprint:
                self.run = run
                break
        else:
            self.run = await (await self._session("import")).write(self._new_run)
        await self._know()
        return self.run

    async def _new_run(self, unit: Unit) -> ImportRun:
        run_id = await next_id(unit.tx)
        ranges: list[list[int]] = []
        for _ in range(self._files.total):
            number = await next_id(unit.tx)
            if ranges and ranges[-1][1] == number:
                ranges[-1][1] += 1
            else:
                ranges.append([number, number + 1])
        run = ImportRun(
            run_id=run_id,
            kind=f"{self._files.tables.dialect}-dump",
            file=self._files.folder.name,
            fingerprint=self._files.fingerprint,
            on_duplicate="skip",
            total=self._files.total,
            first_seq=unit.tx.state.seq + 1,
            id_ranges=tuple((one[0], one[1]) for one in ranges),
            started_at=unit.now,
            updated_at=unit.now,
            actor=self._actor,
        )
        await store.add_run(unit.tx, run)
        return run

    async def _know(self) -> None:
        """Which id each row has, and which of the lists' members are in the book already."""
        numbers = (number for first, end in self._begun().id_ranges for number in range(first, end))
        for table in self._tables:
            shown = self._files.ids[table.name]
            own = array("q", islice(numbers, len(shown)))
            self._ids[table.name] = own
            known = self._numbers[table.resource] = Numbers()
            for key, value in sorted(zip(shown, own, strict=True)):
                known.append(key, value)
            if BY_RECORD.get(table.record) is not None and BY_RECORD[table.record].in_vocabulary:
                dialect = self._files.tables.dialect
                there: list[Any] = await find_records((await self._session("import")).view, table.record, _ALL)
                self._own[table.resource] = {
                    int(one.external_ids[dialect]): one.id for one in there if dialect in one.external_ids
                }

    def own(self, resource: str, shown: int) -> int | None:
        """`Own`; the ids of what stands inside a record are its own business."""
        listed = self._own.get(resource, {}).get(shown)
        if listed is not None:
            return listed
        numbers = self._numbers.get(resource)
        return shown if resource == STAGES else numbers.get(shown) if numbers is not None else None

    async def carry_on(self, told: Told) -> ImportRun:
        """Write what is left. Raises Conflict where another process does so too."""
        for batch in self._batches(self._begun().position):
            await self._write(batch)
            told(len(batch.rows))
        return self._begun()

    def _batches(self, position: int) -> Iterator[_Batch]:
        start = 0
        for table in self._tables:
            count = len(self._files.ids[table.name])
            skip = min(max(position - start, 0), count)
            rows = self._files.rows(table.name, skip)
            while some := list(islice(rows, BATCH)):
                yield _Batch(table, start + some[0][0] - 1, some)
            start += count

    async def _write(self, batch: _Batch) -> None:
        session = await self._session(self._begun().via)

        async def work(unit: Unit) -> tuple[ImportRun, dict[int, int]]:
            run = await store.read_run(unit.tx, self._begun().run_id)
            if run is None or run.position != batch.position or run.status != "running":
                raise Conflict("this import is under way in another process")
            settled = await _settle(unit, batch, self)
            await store.add_rejects(unit.tx, run.run_id, settled.rejects)
            run = replace(
                run,
                position=run.position + len(batch.rows),
                created=run.created + settled.created,
                changed=run.changed + settled.changed,
                skipped=run.skipped + settled.skipped,
                rejected=run.rejected + len(settled.rejects),
                last_seq=unit.tx.state.seq,
                updated_at=unit.now,
            )
            await store.save_run(unit.tx, run)
            return run, settled.found

        self.run, found = await session.write(work)
        self._own.setdefault(batch.table.resource, {}).update(found)

    async def rejects(self) -> AsyncIterator[tuple[str, Reject]]:
        """What was not taken, with its table's name, in the order of the files."""
        reader, after = self._store.reader(self._account.account_id), 0
        while some := await store.read_rejects(reader, self._begun().run_id, after, BATCH):
            for one in some:
                start = 0
                for table in self._tables:
                    if one.number <= start + len(self._files.ids[table.name]):
                        yield table.name, one
                        break
                    start += len(self._files.ids[table.name])
            after = some[-1].number

    async def end(self) -> ImportRun:
        """The run is over, and what it has not taken is in files."""

        async def work(unit: Unit) -> ImportRun:
            run = replace(self._begun(), status="done", updated_at=unit.now, id_ranges=())
            await store.save_run(unit.tx, run)
            await store.drop_rejects(unit.tx, run.run_id)
            return run

        self.run = await (await self._session("import")).write(work)
        return self.run

    def id_at(self, table: str, number: int) -> int:
        """The id of a table's row."""
        return self._ids[table][number - 1]

    def owners_of(self, shown: int) -> tuple[int, ...]:
        """The contacts that own the property which is shown as `shown`."""
        found = (self.own(CONTACTS, one) for one in self._files.owners.get(shown, ()))
        return tuple(dict.fromkeys(one for one in found if one is not None))

    @property
    def dialect(self) -> str:
        """Whose ids the dump shows."""
        return self._files.tables.dialect

    def _begun(self) -> ImportRun:
        if self.run is None:
            raise Invalid("the import has not begun")
        return self.run

    async def _session(self, via: str) -> Session:
        session = await open_session(self._store, self._account, now=self._clock(), actor=self._actor, via=via)
        session.clock = self._clock
        return session


STAGES = "deal_stages"
"""They stand inside pipelines and keep their ids."""
encode = msgspec.json.Encoder().encode


class _Settled(Struct):
    """What became of a batch; `found` are the shown ids of those that were in the book, with their own."""

    created: int = 0
    changed: int = 0
    skipped: int = 0
    rejects: list[Reject] = struct_field(default_factory=list)
    found: dict[int, int] = struct_field(default_factory=dict)


async def _settle(unit: Unit, batch: _Batch, importing: DumpImporting) -> _Settled:
    settled, table = _Settled(), batch.table
    there = await _there(unit, batch, importing.dialect)
    listed = table.record is not Contact and BY_RECORD[table.record].in_vocabulary
    made: list[Any] = []
    for offset, (number, row) in enumerate(batch.rows):
        if row["id"] in there:
            settled.skipped += 1
            settled.found[row["id"]] = there[row["id"]]
            continue
        try:
            one = table.made(row, importing.own, unit.vocabulary)
            one = _completed(unit, replace(one, id=importing.id_at(table.name, number), version=1), row, importing)
            if table.record is not Contact and one.deleted_at is None:
                one = checked(unit.vocabulary, None, one)
            twin = await _twin(unit, one, listed=listed) if table.record is not Contact else None
        except OnebookError as error:
            settled.rejects.append(Reject(batch.position + offset + 1, error.message, [encode(row).decode()]))
            continue
        if twin is not None:
            await _adopt(unit, one, twin, importing.dialect)
            settled.found[row["id"]] = twin
            settled.changed += 1
        elif listed:
            # One by one: two rows of a list may have one name.
            await insert_records(unit.tx, [one], at=micros(unit.now), actor=unit.actor, via=unit.via)
            settled.created += 1
        else:
            made.append(one)
    await _insert(unit, table, made)
    settled.created += len(made)
    unit.tx.state.top_external_id = max(unit.tx.state.top_external_id, *(row["id"] for _, row in batch.rows))
    return settled


async def _insert(unit: Unit, table: UndumpTable, made: Sequence[Any]) -> None:
    at = micros(unit.now)
    if table.record is not Contact:
        await insert_records(unit.tx, made, at=at, actor=unit.actor, via=unit.via)
        return
    many = [derive(replace(one, id=0), unit.account.country) for one in made]
    await insert_contacts(unit.tx, [one.id for one in made], many, at=at, actor=unit.actor, via=unit.via)


async def _there(unit: Unit, batch: _Batch, dialect: str) -> dict[int, int]:
    """Those of the batch's shown ids that somebody answers to already, with whose they are."""
    shown = [row["id"] for _, row in batch.rows]
    texts = [str(one) for one in shown]
    own = [one for one in shown if one < 2**31]
    if batch.table.record is Contact:
        keys = [(f"id:{dialect}", text) for text in texts]
        named = {int(key[1]): ids[0] for key, ids in (await ids_under_keys(unit.tx, keys)).items()}
        others: Mapping[int, Any] = await read_documents(unit.tx, own)
    else:
        named = await ids_under_external(unit.tx, batch.table.resource, dialect, texts)
        others = await read_records(unit.tx, batch.table.record, own)
    return {**{number: number for number, one in others.items() if dialect not in one.external_ids}, **named}


def _completed(unit: Unit, one: Any, row: DumpRow, importing: DumpImporting) -> Any:
    """What a dump does not say: when it does not say when, what is derived, and who owns a property."""
    created = one.created_at or unit.now
    one = replace(one, created_at=created, updated_at=one.updated_at or created)
    if isinstance(one, Contact):
        phones = tuple(replace(phone, e164=phone_e164(phone.number, unit.account.country)) for phone in one.phones)
        return replace(one, phones=phones, token=random_token())
    if isinstance(one, Property):
        return replace(one, owner_contact_ids=importing.owners_of(row["id"]))
    return one


async def _twin(unit: Unit, one: Record, *, listed: bool) -> int | None:
    """The member of a list that has the name, address, … of `one` already. Raises Conflict where it is no list."""
    resource = BY_RECORD[type(one)]
    if one.deleted_at is not None:
        return None
    for kind, value in all_keys(resource, one) if resource.unique else ():
        ids = await ids_by_key(unit.tx, type(one), kind, value) if kind in resource.unique else []
        if ids and not listed:
            raise Conflict(f"{resource.name} {ids[0]} has this {kind} already")
        if ids:
            return ids[0]
    return None


async def _adopt(unit: Unit, one: Record, twin: int, dialect: str) -> None:
    """Let the member of a list that is there already answer to the dump's id, unless it has one."""

    def edit(there: Record) -> Record:
        return replace(there, external_ids={**one.external_ids, **there.external_ids})

    await change_record(unit, type(one), twin, edit)
