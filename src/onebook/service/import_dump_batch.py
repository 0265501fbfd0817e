"""One batch of a dump's rows, settled in one transaction: who is there already, what is new, what is not taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from onebook.errors import Conflict, Invalid, OnebookError
from onebook.model.account import Record, User
from onebook.model.contact import Contact
from onebook.model.deal import Deal, DealPipeline
from onebook.model.document import Document
from onebook.model.imports import Reject
from onebook.model.normal import phone_e164
from onebook.model.property import Property
from onebook.service.duplicates import note_pair
from onebook.service.import_dump_bodies import bring_body, look_at_body
from onebook.service.import_dump_files import NO_ID, DumpFiles, DumpRow, UndumpTable
from onebook.service.import_dump_ids import CONTACTS, DumpIds
from onebook.service.import_dump_people import Same, take_in
from onebook.service.in_step import bring_houses_in_step
from onebook.service.record_checks import ENTITIES, checked
from onebook.service.record_references import check_record_ids
from onebook.service.records import change_record, get_records, noun
from onebook.service.references import check_external_ids
from onebook.service.session import Unit, random_token
from onebook.store.awaited import ids_came, keep_ids
from onebook.store.body_files import Bodies
from onebook.store.bulk import insert_contacts, insert_records
from onebook.store.bulk_rows import derive
from onebook.store.database import next_id
from onebook.store.moments import micros
from onebook.store.records import ids_by_key, ids_by_values
from onebook.store.resources import BY_RECORD, all_keys

encode = msgspec.json.Encoder().encode
_LARGEST_OWN = 2**31 - 1
_ALONE = frozenset({"old_crm"})
"""External ids that are no dialect's: many rows have them, and nobody answers to his own id there."""


class Batch(Struct):
    """Rows of one table: where they begin among all rows, and the numbers they have in their file."""

    table: UndumpTable
    position: int
    rows: list[tuple[int, DumpRow]]


class Settled(Struct):
    """What became of a batch; `found` are the shown ids of those that were in the book, with their own.

    `missing` counts ids that rows point to and that no file has, `removed` who went to the trash.
    """

    created: int = 0
    changed: int = 0
    skipped: int = 0
    missing: int = 0
    noted: int = 0
    removed: int = 0
    rejects: list[Reject] = field(default_factory=list)
    found: dict[int, int] = field(default_factory=dict)


async def settle(
    unit: Unit,
    batch: Batch,
    files: DumpFiles,
    ids: DumpIds,
    same: Mapping[int, Same],
    bodies: Bodies,
    *,
    write: bool = True,
) -> Settled:
    """Write what the rows say; without `write` tell only what would become of them. `same` are people of the book."""
    return await _Settling(unit, batch, files, ids, same, bodies, write).run()


class _Settling:
    """A batch under way."""

    def __init__(
        self,
        unit: Unit,
        batch: Batch,
        files: DumpFiles,
        ids: DumpIds,
        same: Mapping[int, Same],
        bodies: Bodies,
        write: bool,
    ) -> None:
        self.bodies = bodies
        self.unit, self.batch, self.table = unit, batch, batch.table
        self.files, self.ids, self.same, self.write = files, ids, same, write
        self.dialect = files.tables.dialect
        self.done = Settled()
        self.made: list[Any] = []
        self.unique: dict[tuple[str, str], int] = {}
        """What only one record may have, and which row's has it."""
        self.kept: list[tuple[str, int, int]] = []
        self.came: list[int] = []
        self.later: list[tuple[int, int, Contact]] = []
        """Who takes a row in, and the row."""
        self.listed = self.table.record is not Contact and (
            BY_RECORD[self.table.record].in_vocabulary or "name" in BY_RECORD[self.table.record].unique
        )

    async def run(self) -> Settled:
        """Settle every row in order, and write what is new."""
        shown = {self._shown(number): number for number, _ in self.batch.rows if self._shown(number) != NO_ID}
        since = await self.ids.named(self.unit.tx, self.table, shown)
        there = {**self.ids.there.get(self.table.resource, {}), **since}
        for offset, (number, row) in enumerate(self.batch.rows):
            try:
                await self._settle(number, row, there)
            except OnebookError as error:
                self._refuse(offset, error.message)
        await self._refuse_twins()
        await self._take_in()
        self.done.rejects.sort(key=lambda one: one.number)
        if self.write:
            await self._write()
        return self.done

    def _refuse(self, offset: int, reason: str) -> None:
        number, row = self.batch.rows[offset]
        self.done.rejects.append(Reject(self.batch.position + offset + 1, reason, [encode(row).decode()]))
        self._keep_for(number)

    async def _refuse_twins(self) -> None:
        """Refuse rows, not of lists, that have what only one of their kind may have and one of the book has."""
        for kind in {kind for kind, _ in self.unique}:
            values = {value: one for (its, value), one in self.unique.items() if its == kind}
            found = await ids_by_values(self.unit.tx, self.table.record, kind, list(values))
            for value, own in found.items():
                one = next((made for made in self.made if made.id == values[value]), None)
                if one is not None:
                    self.made.remove(one)
                    self.done.created -= 1
                    shown = int(one.external_ids[self.dialect])
                    self.came = [came for came in self.came if came != shown]
                    self._refuse(self._offset(shown), f"{noun(self.table.record)} {own} has this {kind} already")

    def _offset(self, shown: int) -> int:
        """Where the row stands that has this id; of several the one that was read."""
        others = self.files.scanned[self.table.name].others
        rows = enumerate(self.batch.rows)
        return next(at for at, (number, _) in rows if self._shown(number) == shown and number not in others)

    def _shown(self, number: int) -> int:
        return self.files.scanned[self.table.name].ids[number - 1]

    async def _settle(self, number: int, row: DumpRow, there: Mapping[int, int]) -> None:
        shown, resource = self._shown(number), self.table.resource
        if shown == NO_ID:
            raise Conflict("has no id that is a whole number greater than 0")
        if number in self.files.scanned[self.table.name].others:
            if row.get("deleted_at") is None:
                first = self.files.scanned[self.table.name].others[number]
                raise Conflict(f"row {first} has the id {shown}, too")
            self.done.skipped += 1
        elif shown in there:
            self.done.skipped += 1
            self.done.found[shown] = there[shown]
        elif shown in self.ids.clashes.get(resource, ()):
            raise Conflict(f"another one of this book answers to {shown}: {resource} {shown}")
        else:
            await self._take(number, shown, await self._read(number, row))

    async def _read(self, number: int, row: DumpRow) -> Any:
        """The record that a row makes, an id kept for everybody whom it points to and who is nowhere."""
        while True:
            self.ids.new.clear()
            one = self.table.made(row, self.ids.own, self.unit.vocabulary)
            one = self._completed(replace(one, id=self.ids.at(self.table, number), version=1), row)
            if not self.ids.new:
                break
            for resource, shown in self.ids.new:
                own = await next_id(self.unit.tx) if self.write else _LARGEST_OWN + len(self.kept) + 1
                self.ids.keep(resource, shown, own)
                self.kept.append((resource, shown, own))
                self.done.missing += 1
        if not isinstance(one, Contact) and one.deleted_at is None:
            one = self._checked(one)
        await self._check_ids(one)
        if isinstance(one, Document):
            look_at_body(one, self.files.body(one.sha256), self.bodies.limit)
        return one

    def _checked(self, one: Any) -> Any:
        """A record as it is kept; values of custom fields that there are no more stay as they are."""
        entity = next((name for kind, name in ENTITIES if isinstance(one, kind)), None)
        if entity is None:
            return checked(self.unit.vocabulary, None, one)
        fields = self.unit.vocabulary.fields_of(entity)
        left = {name: value for name, value in one.custom.items() if name not in fields}
        known = {name: value for name, value in one.custom.items() if name in fields}
        kept = checked(self.unit.vocabulary, None, replace(one, custom=known))
        return replace(kept, custom={**kept.custom, **left}) if left else kept

    def _completed(self, one: Any, row: DumpRow) -> Any:
        """What a dump does not say: when it does not say when, what is derived, and who owns a property."""
        created = one.created_at or self.unit.now
        one = replace(one, created_at=created, updated_at=one.updated_at or created)
        if isinstance(one, Contact):
            country = self.unit.account.country
            phones = tuple(replace(phone, e164=phone_e164(phone.number, country)) for phone in one.phones)
            return replace(one, phones=phones, token=one.token or random_token())
        if isinstance(one, Deal):
            self._check_stage(one)
        if isinstance(one, Property) and not one.owner_contact_ids:
            owners = dict.fromkeys(self.ids.own(CONTACTS, number) for number in self.files.owners.get(row["id"], ()))
            return replace(one, owner_contact_ids=tuple(owners))
        return one

    def _check_stage(self, deal: Deal) -> None:
        """A stage that there is stands in the deal's own pipeline, or its id means another one here. Raises Invalid."""
        for pipeline in self.unit.vocabulary.listed(DealPipeline).values():
            if pipeline.id != deal.pipeline_id and any(stage.id == deal.stage_id for stage in pipeline.stages):
                raise Invalid.at("stage_id", f"{deal.stage_id} is a stage of another pipeline here: {pipeline.name}")

    async def _check_ids(self, one: Any) -> None:
        """No two answer to one id in another dialect either. That of the dump is looked up by the batch."""
        others = {name: text for name, text in one.external_ids.items() if name not in (self.dialect, *_ALONE)}
        if not others or one.deleted_at is not None:
            return
        if isinstance(one, Contact):
            await check_external_ids(self.unit, Contact(id=one.id), replace(Contact(id=one.id), external_ids=others))
        else:
            await check_record_ids(self.unit, None, replace(one, external_ids=others))

    async def _take(self, number: int, shown: int, one: Any) -> None:
        if isinstance(one, Contact):
            await self._take_person(shown, one)
            return
        twin = await self._twin(one)
        if twin is None:
            self.done.created += 1
            self._came(shown)
            if self.listed and self.write:
                # One by one: two rows of a list may have one name.
                await insert_records(self.unit.tx, [one], at=micros(self.unit.now), **self._who())
            else:
                self.made.append(one)
            return
        self.done.found[shown] = twin
        self.done.changed += 1
        if self.write:
            await self._adopt(one, twin, shown)

    async def _take_person(self, shown: int, one: Contact) -> None:
        same = self.same.get(shown)
        if same is None or same.contact_id is None or one.deleted_at is not None:
            self.made.append(one)
            self.done.created += 1
            self.done.noted += len(same.doubtful) if same is not None and one.deleted_at is None else 0
            self._came(shown)
            return
        self.done.found[shown] = same.contact_id
        if self.files.rule == "merge":
            self.done.changed += 1
        else:
            self.done.skipped += 1
        if self.write:
            self.later.append((same.contact_id, shown, one))

    async def _take_in(self) -> None:
        """Let people of the book know what rows say, in the order of their ids.

        At each step back SQLite's search index writes all that it holds to the file.
        """
        merge = self.files.rule == "merge"
        for contact_id, shown, one in sorted(self.later, key=itemgetter(0)):
            kept = self.ids.awaited.get(CONTACTS, {}).get(shown)
            try:
                await take_in(self.unit, contact_id, one, self.dialect, kept=kept, merge=merge)
            except OnebookError as error:
                del self.done.found[shown]
                self.done.changed, self.done.skipped = self.done.changed - merge, self.done.skipped - (not merge)
                self._refuse(self._offset(shown), error.message)

    def _came(self, shown: int) -> None:
        if shown in self.ids.awaited.get(self.table.resource, {}):
            self.came.append(shown)

    def _keep_for(self, number: int) -> None:
        """Keep the id of a row that was not taken: who points to it finds it once it is mended and imported."""
        shown = self._shown(number)
        there = self.ids.awaited.get(self.table.resource, {})
        if shown != NO_ID and number not in self.files.scanned[self.table.name].others and shown not in there:
            own = self.ids.at(self.table, number)
            self.ids.keep(self.table.resource, shown, own)
            self.kept.append((self.table.resource, shown, own))

    async def _twin(self, one: Record) -> int | None:
        """The member of a list that has the name, address, … of `one` already. Raises Conflict where it is no list."""
        resource = BY_RECORD[type(one)]
        if one.deleted_at is not None:
            return None
        for kind, value in all_keys(resource, one) if resource.unique else ():
            if kind not in resource.unique:
                continue
            if not self.listed:
                # Looked up for all rows together, in `_refuse_twins`.
                if (kind, value) in self.unique:
                    raise Conflict(f"another row has this {kind}, too")
                self.unique[kind, value] = one.id
                continue
            found = await ids_by_key(self.unit.tx, type(one), kind, value)
            if not self.write:
                # Nothing of this run is in the book.
                found = found or [self.unique.setdefault((kind, value), one.id)]
                found = [] if found == [one.id] else found
            if found and (kind == "stage" or (isinstance(one, User) and self.ids.is_of_run(found[0]))):
                raise Conflict(f"{noun(type(one))} {found[0]} has this {kind} already")
            if found:
                return found[0]
        return None

    async def _adopt(self, one: Record, twin: int, shown: int) -> None:
        """Let the member of a list that is there already answer to the dump's id, or remember that it means him."""

        def edit(there: Record) -> Record:
            return replace(there, external_ids={**one.external_ids, **there.external_ids})

        after = await change_record(self.unit, type(one), twin, edit)
        if after.external_ids.get(self.dialect) != str(shown):
            self.kept.append((self.table.resource, shown, twin))

    async def _write(self) -> None:
        unit, at = self.unit, micros(self.unit.now)
        await ids_came(unit.tx, self.table.resource, self.dialect, self.came)
        await keep_ids(unit.tx, self.dialect, self.kept)
        if self.table.record is Contact:
            many = [derive(replace(one, id=0), unit.account.country) for one in self.made]
            await insert_contacts(unit.tx, [one.id for one in self.made], many, at=at, **self._who())
            for one in self.made:
                same = self.same.get(int(one.external_ids[self.dialect])) if self.same else None
                for candidate in same.doubtful if same is not None and one.deleted_at is None else ():
                    await note_pair(unit, one.id, candidate)
        else:
            await insert_records(unit.tx, self.made, at=at, **self._who())
            await bring_houses_in_step(unit, self.made)
        if self.table.record is Document:
            there = await get_records(unit, Document, list(self.done.found.values()))
            for one in (*self.made, *there.values()):
                await bring_body(unit, one, self.files.body(one.sha256), self.bodies)
        numbers = [int(text) for one in self.made for text in one.external_ids.values() if _is_own(text)]
        unit.tx.state.top_external_id = max((unit.tx.state.top_external_id, *numbers, *map(self._low, self._rows())))

    def _rows(self) -> Sequence[int]:
        return [number for number, _ in self.batch.rows]

    def _low(self, number: int) -> int:
        return min(self._shown(number), _LARGEST_OWN)

    def _who(self) -> dict[str, str]:
        return {"actor": self.unit.actor, "via": self.unit.via}


def _is_own(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= _LARGEST_OWN
