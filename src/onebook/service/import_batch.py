"""Some batches of an import, settled in one transaction: who is there already, what is new, what is not taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct, field

from onebook.errors import Conflict, Invalid, NotFound
from onebook.files.entries import Entry
from onebook.matching.decision import Candidate
from onebook.matching.features import Features, features
from onebook.matching.score import Score
from onebook.model.account import DIALECTS
from onebook.model.contact import Contact
from onebook.model.imports import OnDuplicate, Reject
from onebook.service.contacts import Edit, change_contact
from onebook.service.duplicates import growing, note_pair
from onebook.service.import_ready import Doubt, Prepared, Ready, Refused
from onebook.service.import_recent import Generation, Recent, met, others_changes
from onebook.service.import_rows import edit_of
from onebook.service.import_search import decided, look_up
from onebook.service.session import Unit
from onebook.store.bulk import free_id, ids_under_keys, insert_rows, read_documents
from onebook.store.bulk_rows import Part, Rows, contact_of
from onebook.store.keys import ContactKey
from onebook.store.moments import micros

MOST_TOGETHER = 20
"""So many batches at most share a transaction."""


class Batch(NamedTuple):
    """Entries as they stand in the file, and what each comes to in the book as it was at `since` in the change feed."""

    entries: list[Entry]
    prepared: Prepared
    since: int


class Outcome(Struct):
    """What became of some entries."""

    created: int = 0
    changed: int = 0
    skipped: int = 0
    noted: int = 0
    rejects: list[Reject] = field(default_factory=list)


class Settled(Struct):
    """What became of some batches, and what others and they have written: what the next ones must look at."""

    outcome: Outcome
    written: list[Generation]


class _Later(Struct):
    """A change of a contact that is not written yet."""

    entry: Entry
    contact_id: int
    edit: Edit


async def settle(
    unit: Unit, batches: Sequence[Batch], rule: OnDuplicate, recent: Recent, *, write: bool = True
) -> Settled:
    """Write what `batches` say, duplicates as `rule` has it; without `write` tell only what would become of it.

    `recent` is what was written since the workers looked for duplicates. It stays as it is.
    """
    settling = _Settling(unit, rule, write)
    others = Generation()
    if rule != "create":
        found = await others_changes(unit, recent.seen)
        if found is None:
            for _, prepared, _ in batches:
                taken = [one for one in prepared.entries if isinstance(one, Ready)]
                contacts = [contact_of(prepared.rows, one.at) for one in taken]
                await look_up(unit.tx, unit.account, taken, contacts)
        settling.recent = [settling.made]
        if found is not None:
            settling.recent = [*recent.generations, *([found] if found.touched else []), settling.made]
        others = found or others
    await settling.run(batches)
    settling.made.last_seq = unit.tx.state.seq
    return Settled(settling.outcome, [others, settling.made])


class _Settling:
    """Some batches under way."""

    def __init__(self, unit: Unit, rule: OnDuplicate, write: bool) -> None:
        self.unit, self.rule, self.write = unit, rule, write
        self.outcome = Outcome()
        self.made = Generation()
        self.recent = [self.made]
        self.pending: dict[int, tuple[Rows, int]] = {}
        self.grown: dict[int, Contact] = {}
        self.known: dict[int, Features] = {}
        self.later: list[_Later] = []
        self.doubtful: list[tuple[int, Doubt]] = []
        self.answering: dict[ContactKey, int] = {}
        self.shown: frozenset[int] = frozenset()
        self.owners: dict[int, Contact] = {}

    async def run(self, batches: Sequence[Batch]) -> None:
        """Settle every entry in order, and write what is new."""
        found = (one for batch in batches for one in batch.prepared.entries)
        await self._look_at_ids([one for one in found if isinstance(one, Ready)])
        parts: list[Part] = []
        for entries, prepared, _ in batches:
            ids = [0] * len(prepared.rows.changes)
            for one, entry in zip(prepared.entries, entries, strict=True):
                if isinstance(one, Refused):
                    self._reject(entry, one.reason)
                    continue
                try:
                    number = await self._settle(one, prepared.rows, entry)
                except (Invalid, Conflict, NotFound) as error:
                    self._reject(entry, error.message)
                else:
                    ids[one.at] = number
            parts.append((ids, prepared.rows))
        if self.write:
            await self._write(parts)
        else:
            self.outcome.noted += len(self.doubtful)
        self.outcome.rejects.sort(key=lambda reject: reject.number)

    def _reject(self, entry: Entry, reason: str) -> None:
        self.outcome.rejects.append(Reject(entry.number, reason, entry.raw))

    async def _look_at_ids(self, taken: Sequence[Ready]) -> None:
        """Who answers to the entries' external ids."""
        named = [one.external_ids for one in taken if one.external_ids]
        keys = [(f"id:{name}", text) for ids in named for name, text in ids.items()]
        self.answering = {key: ids[0] for key, ids in (await ids_under_keys(self.unit.tx, keys)).items()}
        spoken = [text for ids in named for name, text in ids.items() if name in DIALECTS and _is_number(text)]
        self.shown = frozenset(int(text) for text in spoken)
        self.owners = await read_documents(self.unit.tx, sorted(one for one in self.shown if one < 2**31))

    async def _settle(self, one: Ready, rows: Rows, entry: Entry) -> int:
        """The id of the contact that is made of the entry, 0 where none is."""
        doubtful: Sequence[Doubt] = ()
        twin = self._twin(one) if one.external_ids else 0
        if not twin and self.rule != "create":
            twin, doubtful = await self._same(one, rows)
        if not twin:
            return await self._add(one, rows, doubtful)
        if self.rule == "merge":
            await self._merge(one, rows, entry, twin)
        elif self.rule == "skip":
            self.outcome.skipped += 1
        else:
            raise Conflict(f"contact {twin} has this external id already", contact_id=twin)
        return 0

    def _twin(self, one: Ready) -> int:
        """Who answers to one of the entry's external ids, or 0. Raises Conflict where that is somebody's own id."""
        for name, text in one.external_ids.items():
            found = self.answering.get((f"id:{name}", text))
            if found:
                return found
            if name not in DIALECTS or not _is_number(text):
                continue
            owner = self.owners.get(int(text))
            if int(text) in self.pending or (owner is not None and name not in owner.external_ids):
                raise Conflict(f"external_ids.{name}: {text} is the own id of another contact", contact_id=int(text))
        return 0

    async def _same(self, one: Ready, rows: Rows) -> tuple[int, Sequence[Doubt]]:
        """Who the entry certainly is, or 0, and of whom it is doubtful."""
        since = met(one, self.recent)
        if not since and (not one.near or not any(made.touched.intersection(one.near) for made in self.recent)):
            return one.same, one.doubtful
        country = self.unit.account.country
        found = {number: row for number in dict.fromkeys((*since, *one.near)) if (row := await self._features(number))}
        same, doubtful = decided(features(contact_of(rows, one.at), country), found, self.unit.account)
        told = [(each.contact_id, each.score.probability, each.score.match_weight) for each in doubtful]
        return (same.contact_id if same else 0), told

    async def _features(self, number: int) -> Features | None:
        """What is compared of a contact as it is now; None where it is gone."""
        if number not in self.known:
            contact = await self._contact(number)
            if contact is None or contact.deleted_at is not None:
                return None
            self.known[number] = features(contact, self.unit.account.country)
        return self.known[number]

    async def _contact(self, number: int) -> Contact | None:
        """The contact as it will be when all is written."""
        if number in self.grown:
            return self.grown[number]
        if number in self.pending:
            return contact_of(*self.pending[number])
        return (await read_documents(self.unit.tx, [number])).get(number)

    async def _add(self, one: Ready, rows: Rows, doubtful: Sequence[Doubt]) -> int:
        number = await free_id(self.unit.tx, self.shown) if self.write else -1 - len(self.pending)
        self.pending[number] = rows, one.at
        self.outcome.created += 1
        self.doubtful += [(number, doubt) for doubt in doubtful]
        if self.rule != "create":
            self.made.glances[number] = one.glance
        self._index(one, number)
        return number

    def _index(self, one: Ready, number: int) -> None:
        for name, text in one.external_ids.items():
            self.answering.setdefault((f"id:{name}", text), number)
        self.made.add(number, one.keys)

    async def _merge(self, one: Ready, rows: Rows, entry: Entry, twin: int) -> None:
        self._index(one, twin)
        self.known.pop(twin, None)
        if not self.write:
            self.outcome.changed += 1
            return
        made = contact_of(rows, one.at)
        edit = growing(edit_of({name: getattr(made, name) for name in one.filled.split()}))
        before = await self._contact(twin)
        if before is not None:
            self.grown[twin] = edit(before, self.unit.vocabulary)
        if twin not in self.pending:
            self.made.touched.add(twin)
        self.later.append(_Later(entry, twin, edit))

    async def _change_all(self, later: Sequence[_Later]) -> None:
        for one in later:
            before = self.unit.tx.state.seq
            try:
                await change_contact(self.unit, one.contact_id, one.edit)
            except (Invalid, Conflict, NotFound) as error:
                self._reject(one.entry, error.message)
                continue
            if self.unit.tx.state.seq == before:
                self.outcome.skipped += 1
            else:
                self.outcome.changed += 1

    async def _write(self, parts: Sequence[Part]) -> None:
        """Write what is changed, those that are new, what is changed in them, and the pairs to be looked at.

        In the order of ids: at each step back SQLite's search index writes all that it holds to the file.
        """
        unit = self.unit
        self.later.sort(key=lambda one: one.contact_id)
        await self._change_all([one for one in self.later if one.contact_id not in self.pending])
        await insert_rows(unit.tx, parts, at=micros(unit.now), actor=unit.actor, via=unit.via)
        taken = [int(text) for (kind, text) in self.answering if kind[3:] in DIALECTS and _is_number(text)]
        unit.tx.state.top_external_id = max(unit.tx.state.top_external_id, *taken, 0)
        await self._change_all([one for one in self.later if one.contact_id in self.pending])
        for number, (other, probability, weight) in self.doubtful:
            self.outcome.noted += 1
            await note_pair(unit, number, Candidate(other, Score(probability, weight, ())))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
