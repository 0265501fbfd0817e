"""Contacts of a dump that are people of the book already: found before the first row is written, and taken in.

They are compared with the book as it was before the run, and with nobody else: the rows of one dump are people whom its
source tells apart. So of the book nobody takes in two of them, nor one who answers to the id of another row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from onebook.errors import OnebookError
from onebook.matching.decision import Candidate, likeliest, settled
from onebook.matching.features import features
from onebook.matching.score import score
from onebook.matching.weights import own_weights
from onebook.model.blocking import BlockingKey, lookup_keys
from onebook.model.contact import BOOK_KEPT, Contact
from onebook.model.normal import phone_e164
from onebook.service.contacts import get_contact
from onebook.service.duplicates import LEAST, MOST_COMPARED, growing, thresholds_of
from onebook.service.import_dump_files import DumpFiles, DumpRow, UndumpTable
from onebook.service.import_dump_ids import CONTACTS, DumpIds
from onebook.service.import_ready import MOST_NAMESAKES
from onebook.service.import_rows import KEPT, edit_of
from onebook.service.merging import move_pointers
from onebook.service.session import Unit, View
from onebook.store.bulk import ids_under_keys, read_documents
from onebook.store.candidates import WEAK
from onebook.store.contacts import save_contact

_AT_ONCE = 1000
_BLANK = Contact()


class Same(Struct, frozen=True):
    """Who a row certainly is, and of whom it is doubtful."""

    contact_id: int | None
    doubtful: tuple[Candidate, ...] = ()


class Comparing:
    """The comparison of one dump with the book."""

    def __init__(self, view: View, files: DumpFiles, table: UndumpTable, ids: DumpIds) -> None:
        """`view` is the book before the run."""
        self.view, self.files, self.table, self.ids = view, files, table, ids
        self.found: dict[int, Same] = {}
        self._taken = set(ids.there.get(CONTACTS, {}).values())

    async def batches(self) -> Any:
        """Compare all rows, a batch at a time; yields how many more rows are done. What is found is in `found`."""
        rows = self.files.rows(self.table.name, 0)
        while some := list(islice(rows, _AT_ONCE)):
            await self._compare(list(self._people(some)))
            yield len(some)

    def _people(self, rows: Iterable[tuple[int, DumpRow]]) -> Iterator[tuple[int, Contact]]:
        """Those of the rows that are compared: what cannot be read is told when it is to be written."""
        scanned, there = self.files.scanned[self.table.name], self.ids.there.get(CONTACTS, {})
        country = self.view.account.country
        for number, row in rows:
            shown = scanned.ids[number - 1]
            if not shown or number in scanned.others or shown in there or row.get("deleted_at") is not None:
                continue
            try:
                one: Contact = self.table.made(row, lambda resource, asked: asked, self.view.vocabulary)
            except OnebookError:
                continue
            phones = tuple(replace(phone, e164=phone_e164(phone.number, country)) for phone in one.phones)
            yield shown, replace(one, phones=phones)

    async def _compare(self, people: Sequence[tuple[int, Contact]]) -> None:
        country, limits, weights = self.view.account.country, thresholds_of(self.view.account), own_weights()
        keys = {shown: lookup_keys(one, country) for shown, one in people}
        under = await ids_under_keys(self.view.reader, [key for some in keys.values() for key in some])
        near = {shown: self._nearest(some, under) for shown, some in keys.items()}
        documents = await read_documents(self.view.reader, sorted({one for some in near.values() for one in some}))
        for shown, one in people:
            others = [documents[number] for number in near[shown] if number in documents and number not in self._taken]
            if not others:
                continue
            row, rows = features(one, country), {other.id: features(other, country) for other in others}
            scored = (Candidate(number, score(weights, row, other)) for number, other in rows.items())
            likely = likeliest([candidate for candidate in scored if candidate.score.probability >= LEAST])
            same, doubtful = settled(weights, [(one, rows[one.contact_id]) for one in likely], limits)
            if same is not None:
                self._taken.add(same.contact_id)
                self.found[shown] = Same(same.contact_id)
            elif doubtful:
                self.found[shown] = Same(None, tuple(doubtful))

    def _nearest(self, keys: Iterable[BlockingKey], under: dict[BlockingKey, list[int]]) -> list[int]:
        """Whom a row may be: those first that share most with it; a name that many have is none to look by."""
        worth: dict[int, int] = defaultdict(int)
        for key in keys:
            found = under.get(key, [])
            if key[0] in WEAK and len(found) > MOST_NAMESAKES:
                continue
            for number in found:
                if not self.ids.is_of_run(number):
                    worth[number] += 1 if key[0] in WEAK else 2
        return sorted(worth, key=lambda number: (-worth[number], number))[:MOST_COMPARED]


async def take_in(unit: Unit, contact_id: int, row: Contact, dialect: str, *, kept: int | None, merge: bool) -> Contact:
    """Let a contact of the book answer to the dump's id, and with `merge` know what the row says, as of a CSV.

    `kept` is the id that was kept for the row: who points to it points to the contact. An id that the contact has in
    the dialect stays the shown one.
    """
    before = await get_contact(unit, contact_id)
    after = before
    if merge:
        after = growing(edit_of(_said(unit, row, before)))(before, unit.vocabulary)
    shown = row.external_ids[dialect]
    if dialect in before.external_ids:
        former = dict.fromkeys((*before.former_ids.get(dialect, ()), shown))
        after = replace(after, former_ids={**before.former_ids, dialect: tuple(former)})
    else:
        after = replace(after, external_ids={**after.external_ids, dialect: shown})
    after = replace(after, version=before.version + 1, updated_at=unit.now)
    who = {"actor": unit.actor, "via": unit.via}
    await save_contact(unit.tx, before, after, country=unit.account.country, action="changed", **who)
    if kept is not None and kept != contact_id:
        await move_pointers(unit, kept, contact_id)
    return after


def _said(unit: Unit, row: Contact, before: Contact) -> dict[str, Any]:
    """The fields that a row speaks of; what it points to and is not there stays out of a contact that is."""
    words = unit.vocabulary
    values = {
        name: getattr(row, name)
        for name in Contact.__struct_fields__
        if name not in BOOK_KEPT | KEPT and getattr(row, name) != getattr(_BLANK, name)
    }
    lists: dict[str, Any] = {
        "owner_id": words.users,
        "second_owner_id": words.users,
        "creator_id": words.users,
        "updater_id": words.users,
        "source_id": words.sources,
        "status_id": words.statuses,
        "reason_id": words.reasons,
    }
    for name, known in lists.items():
        if name in values and values[name] not in known:
            del values[name]
    if values.get("parent_id") == before.id:
        del values["parent_id"]
    return values
