"""One batch of an import, settled in one transaction: who is there already, what is new, what is not taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, field

from onebook.errors import Conflict, Invalid, NotFound
from onebook.files.entries import Entry
from onebook.matching.decision import Candidate, likeliest, settled
from onebook.matching.features import Features, features
from onebook.matching.score import score
from onebook.matching.unlikely import unlikely
from onebook.matching.weights import own_weights
from onebook.model.account import DIALECTS
from onebook.model.blocking import BlockingKey
from onebook.model.contact import Contact
from onebook.model.imports import OnDuplicate, Reject
from onebook.service.contacts import change_contact
from onebook.service.duplicates import LEAST, MOST_COMPARED, growing, note_pair, thresholds_of
from onebook.service.import_rows import edit_of
from onebook.service.session import Unit
from onebook.store.bulk import Derived, contact_of, free_ids, ids_under_keys, insert_contacts, read_documents
from onebook.store.moments import micros

WEAK = frozenset({"name", "company", "home"})
"""Kinds of keys of which one alone says less: who shares others is looked at first (store/candidates.py)."""
MOST_NAMESAKES = 5
"""Where more contacts share a weak key, having nothing else in common with them makes nobody worth a look.

Each look costs 60 µs, and a common name has hundreds; what else they may share is a key of its own.
"""


LEAST_REVIEW = 0.29
"""Where the account asks about less likely pairs than this, nobody is told apart at a glance."""


class Ready(Struct, tag=True):
    """One entry as the workers hand it over: what it makes, and by what it is compared.

    `filled` are the contact's fields that the entry speaks of.
    """

    number: int
    derived: Derived
    filled: tuple[str, ...]
    external_ids: dict[str, str]
    keys: tuple[BlockingKey, ...] = ()
    row: Features = Features()


class Refused(Struct, tag=True):
    """One entry that makes nothing, and why."""

    number: int
    reason: str


class Outcome(Struct):
    """What became of a batch."""

    created: int = 0
    changed: int = 0
    skipped: int = 0
    noted: int = 0
    rejects: list[Reject] = field(default_factory=list)


async def settle(
    unit: Unit, batch: Sequence[Ready | Refused], entries: Sequence[Entry], rule: OnDuplicate, *, write: bool = True
) -> Outcome:
    """Write what `batch` says, duplicates as `rule` has it; without `write` tell only what would become of it.

    `entries` are the same as they stand in the file.
    """
    return await _Settling(unit, rule, write).run(batch, entries)


class _Settling:
    """One batch under way. Numbers of contacts that are not written yet are negative: where they stand in `pending`."""

    def __init__(self, unit: Unit, rule: OnDuplicate, write: bool) -> None:
        self.unit, self.rule, self.write = unit, rule, write
        self.outcome = Outcome()
        self.pending: list[Derived] = []
        self.numbers: dict[int, int] = {}
        self.under: dict[BlockingKey, list[int]] = {}
        self.known: dict[int, Features] = {}
        self.documents: dict[int, Contact] = {}
        self.doubtful: list[tuple[int, Candidate]] = []
        self.limits = thresholds_of(unit.account)

    async def run(self, batch: Sequence[Ready | Refused], entries: Sequence[Entry]) -> Outcome:
        """Settle every entry in order, and write what is new."""
        await self._look_up([one for one in batch if isinstance(one, Ready)])
        for one, entry in zip(batch, entries, strict=True):
            reason = one.reason if isinstance(one, Refused) else ""
            if isinstance(one, Ready):
                try:
                    await self._settle(one)
                except (Invalid, Conflict, NotFound) as error:
                    reason = error.message
            if reason:
                self.outcome.rejects.append(Reject(entry.number, reason, entry.raw))
        await self._flush()
        for number, candidate in self.doubtful:
            await self._note(number, candidate)
        return self.outcome

    async def _look_up(self, taken: Sequence[Ready]) -> None:
        keys: list[BlockingKey] = [(f"id:{name}", text) for one in taken for name, text in one.external_ids.items()]
        if self.rule != "create":
            keys += [key for one in taken for key in one.keys]
        self.under = {key: list(ids) for key, ids in (await ids_under_keys(self.unit.tx, keys)).items()}
        wanted = {number for one in taken for number in self._nearest(one)} if self.rule != "create" else set()
        own = {int(text) for one in taken for name, text in one.external_ids.items() if name in DIALECTS and _own(text)}
        self.documents = await read_documents(self.unit.tx, sorted(wanted | own))

    def _nearest(self, one: Ready) -> list[int]:
        """Whom the entry may be: those first that share most with it."""
        worth: dict[int, int] = defaultdict(int)
        common: list[list[int]] = []
        for key in one.keys:
            found = self.under.get(key)
            if not found:
                continue
            if key[0] in WEAK and len(found) > MOST_NAMESAKES:
                common.append(found)
                continue
            for number in found:
                worth[number] += 1 if key[0] in WEAK else 2
        for found in common if worth else ():
            for number in worth.keys() & found:
                worth[number] += 1
        if len(worth) <= MOST_COMPARED:
            return list(worth)
        return sorted(worth, key=lambda number: (-worth[number], number))[:MOST_COMPARED]

    async def _settle(self, one: Ready) -> None:
        twin = self._twin(one)
        if twin is None and self.rule != "create":
            twin, doubtful = self._same(one)
        else:
            doubtful = []
        if twin is None:
            self._add(one, doubtful)
        elif self.rule == "merge":
            await self._merge(one, twin)
        elif self.rule == "skip":
            self.outcome.skipped += 1
        else:
            raise Conflict(f"contact {self.numbers.get(twin, twin)} has this external id already", contact_id=twin)

    def _twin(self, one: Ready) -> int | None:
        """Who answers to one of the entry's external ids. Raises Conflict where that is somebody's own id."""
        for name, text in one.external_ids.items():
            found = self.under.get((f"id:{name}", text))
            if found:
                return found[0]
            if name not in DIALECTS or not _own(text):
                continue
            owner = self.documents.get(int(text))
            if int(text) in self.numbers.values() or (owner is not None and name not in owner.external_ids):
                raise Conflict(f"external_ids.{name}: {text} is the own id of another contact", contact_id=int(text))
        return None

    def _same(self, one: Ready) -> tuple[int | None, list[Candidate]]:
        """Who the entry certainly is, and of whom it is doubtful, as service/duplicates.find_same says it."""
        weights = own_weights()
        rows = {number: self._features(number) for number in self._nearest(one)}
        scored = (Candidate(number, score(weights, one.row, row)) for number, row in rows.items())
        found = likeliest([candidate for candidate in scored if candidate.score.probability >= LEAST])
        same, doubtful = settled(weights, [(candidate, rows[candidate.contact_id]) for candidate in found], self.limits)
        return (same.contact_id, []) if same else (None, doubtful)

    def _apart(self, one: Ready, number: int) -> bool:
        """Whether a contact of the book shares a weak key only, and is told apart at a glance."""
        if number in self.known or self.limits.review < LEAST_REVIEW or number not in self.documents:
            return False
        for key in one.keys:
            if key[0] not in WEAK and number in self.under.get(key, ()):
                return False
        return unlikely(one.row, self.documents[number])

    def _features(self, number: int) -> Features:
        found = self.known.get(number)
        if found is None:
            found = self.known[number] = features(self.documents[number], self.unit.account.country)
        return found

    def _add(self, one: Ready, doubtful: Iterable[Candidate]) -> None:
        self.pending.append(one.derived)
        number = -len(self.pending)
        self.outcome.created += 1
        self.doubtful += [(number, candidate) for candidate in doubtful]
        self.known[number] = one.row
        self._index(one, number)

    def _index(self, one: Ready, number: int) -> None:
        keys = [(f"id:{name}", text) for name, text in one.external_ids.items()]
        for key in (*keys, *one.keys):
            ids = self.under.setdefault(key, [])
            if number not in ids:
                ids.append(number)

    async def _merge(self, one: Ready, twin: int) -> None:
        self._index(one, twin)
        if not self.write:
            self.outcome.changed += 1
            return
        if twin < 0 and twin not in self.numbers:
            await self._flush()
        number = self.numbers.get(twin, twin)
        made = contact_of(one.derived)
        values: dict[str, Any] = {name: getattr(made, name) for name in one.filled}
        before = self.unit.tx.state.seq
        contact = await change_contact(self.unit, number, growing(edit_of(values)))
        if self.unit.tx.state.seq == before:
            self.outcome.skipped += 1
            return
        self.outcome.changed += 1
        self.known[twin] = features(contact, self.unit.account.country)

    async def _flush(self) -> None:
        """Write those of `pending` that are not written yet."""
        waiting = self.pending[len(self.numbers) :]
        if not self.write or not waiting:
            return
        shown = {
            int(text)
            for one in waiting
            for kind, text in one.keys
            if kind.startswith("id:") and kind[3:] in DIALECTS and text.isascii() and text.isdigit() and len(text) < 19
        }
        unit = self.unit
        ids = await free_ids(unit.tx, len(waiting), shown)
        for number in ids:
            self.numbers[-len(self.numbers) - 1] = number
        await insert_contacts(unit.tx, ids, waiting, at=micros(unit.now), actor=unit.actor, via=unit.via)
        unit.tx.state.top_external_id = max(unit.tx.state.top_external_id, *shown, 0)

    async def _note(self, number: int, candidate: Candidate) -> None:
        self.outcome.noted += 1
        if self.write:
            other = self.numbers.get(candidate.contact_id, candidate.contact_id)
            await note_pair(self.unit, self.numbers[number], Candidate(other, candidate.score))


def _own(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 11 and int(text) < 2**31
