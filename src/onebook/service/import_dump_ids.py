"""What the ids of a dump are in this book: of who is there, of rows that are still to come, and of who is in no file.

All rows get their ids before the first is written, in the order of the files, so that a row may point to one that
comes later, and so that a run that was stopped gives every row the same id again. Who is pointed to and is in no file
gets an id that is kept for him (docs/decisions/0019).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence

from onebook.model.contact import Contact
from onebook.model.imports import ImportRun
from onebook.model.references import STAGES
from onebook.service.dump_tables import Numbers
from onebook.service.import_dump_files import DumpFiles, UndumpTable
from onebook.service.session import View
from onebook.store.awaited import awaited_ids, ids_there, is_any, made_at, trashed_ids
from onebook.store.bulk import ids_under_keys, read_documents
from onebook.store.database import Reader
from onebook.store.records import ids_under_external

CONTACTS = "contacts"
_AT_ONCE = 500
_OWN = 2**31
"""Own ids are below."""


class DumpIds:
    """The ids of one run."""

    def __init__(self, files: DumpFiles, tables: Sequence[UndumpTable], run: ImportRun) -> None:
        """`run` has an id for every row; `look` says which of them are taken."""
        self._files, self._dialect, self._spans = files, files.tables.dialect, run.id_ranges
        self.there: dict[str, dict[int, int]] = {}
        """By resource who answers to an id of the dump already; in a run that goes on its own rows, too."""
        self.people: dict[int, int] = {}
        """Of contacts of the dump that are people of the book already, whose id is theirs."""
        self.clashes: dict[str, set[int]] = {}
        """By resource the ids of the dump that somebody else of the book answers to."""
        self.awaited: dict[str, dict[int, int]] = {}
        self.pending: list[tuple[str, int]] = []
        """For whom the batches under way have kept an id, until they are written."""
        self._found: list[tuple[str, int]] = []
        self.new: dict[tuple[str, int], None] = {}
        """Who was pointed to and has no id yet."""
        self._rows: dict[str, array[int]] = {}
        self._numbers: dict[str, Numbers] = {}
        numbers = (number for first, end in run.id_ranges for number in range(first, end))
        for table in tables:
            shown = files.scanned[table.name].ids
            own = array("q", (next(numbers) for _ in shown))
            self._rows[table.name] = own
            known = self._numbers[table.resource] = Numbers()
            others = files.scanned[table.name].others
            order: Iterable[int] = range(len(shown))
            if others or any(shown[at] > shown[at + 1] for at in range(len(shown) - 1)):
                order = sorted((at for at in order if at + 1 not in others), key=shown.__getitem__)
            for at in order:
                known.append(shown[at], own[at])

    async def look(self, view: View, tables: Iterable[UndumpTable], undone: Sequence[ImportRun]) -> None:
        """Find out who is there. What runs have made that were taken back lies in the trash, and is not."""
        for table in tables:
            await self._look(view, table, [span for run in undone for span in run.id_ranges])

    async def _look(self, view: View, table: UndumpTable, undone: Sequence[tuple[int, int]]) -> None:
        reader, resource = view.reader, table.resource
        there = self.there[resource] = {}
        clashes = self.clashes[resource] = set()
        kept = await awaited_ids(reader, resource, self._dialect)
        if not await is_any(reader, resource):
            self.awaited[resource] = kept
            return
        # A name that a list had already is told by the id of that member.
        found = await ids_there(reader, resource, list(kept.values()))
        there.update((shown, own) for shown, own in kept.items() if own in found)
        self.awaited[resource] = {shown: own for shown, own in kept.items() if own not in found}
        scanned = self._files.scanned[table.name]
        trashed = await trashed_ids(reader, resource, self._dialect)
        for start in range(0, len(scanned.ids), _AT_ONCE):
            numbers = range(start + 1, min(start + _AT_ONCE, len(scanned.ids)) + 1)
            shown = {scanned.ids[number - 1]: number for number in numbers if number not in scanned.others}
            there.update(await self.named(reader, table, shown))
            own = [one for one in shown if one < _OWN and one not in there]
            same, others = await self._own(reader, table, {one: shown[one] for one in own})
            there.update({one: one for one in same})
            clashes.update(others)
            for one in shown.keys() & trashed.keys():
                left = [number for number in trashed[one] if not _among(number, undone)]
                if left and one not in there:
                    there[one] = left[-1]

    async def named(self, reader: Reader, table: UndumpTable, shown: Mapping[int, int]) -> dict[int, int]:
        """Those of `shown`, ids with their rows' numbers, that are somebody's external id, with whose.

        A row in the trash is nobody who answers to its id since it was merged.
        """
        texts = [str(one) for one in shown]
        if table.record is not Contact:
            return await ids_under_external(reader, table.resource, self._dialect, texts)
        keys = await ids_under_keys(reader, [(f"id:{self._dialect}", text) for text in texts])
        found = {int(key[1]): ids[0] for key, ids in keys.items()}
        gone = self._files.scanned[table.name].gone
        merged = {one: own for one, own in found.items() if gone[shown[one] - 1]}
        people = await read_documents(reader, sorted(merged.values()))
        for one, own in merged.items():
            if own in people and people[own].external_ids.get(self._dialect) != str(one):
                del found[one]
        return found

    async def _own(self, reader: Reader, table: UndumpTable, rows: dict[int, int]) -> tuple[set[int], set[int]]:
        """Of ids that are own ids here: those whose row is that very record, made at the same moment, and others."""
        scanned = self._files.scanned[table.name]
        made = await made_at(reader, table.resource, self._dialect, list(rows))
        same: set[int] = set()
        for shown, (at, name) in made.items():
            number = rows[shown]
            told = scanned.names.get(number)
            if at == scanned.made[number - 1] or (told is not None and told.casefold() == (name or "").casefold()):
                same.add(shown)
        return same, made.keys() - same

    def own(self, resource: str, shown: int) -> int:
        """`Own`; who is nowhere is noted in `new`, and 0 until an id is kept for him.

        Stages stand inside pipelines and keep their ids.
        """
        if resource == STAGES:
            return shown
        found = self.people.get(shown) if resource == CONTACTS else None
        found = found or self.there.get(resource, {}).get(shown) or self.awaited.get(resource, {}).get(shown)
        if found is None and resource in self._numbers:
            found = self._numbers[resource].get(shown)
        if found is None:
            self.new[resource, shown] = None
            return 0
        return found

    def keep(self, resource: str, shown: int, own: int) -> None:
        """An id is kept for who is to come, if the batches under way are written."""
        self.awaited.setdefault(resource, {})[shown] = own
        self.pending.append((resource, shown))

    def begin(self) -> None:
        """What the batches under way have kept is not: they begin, or begin again."""
        for resource, shown in self.pending:
            self.awaited[resource].pop(shown, None)
        for resource, shown in self._found:
            self.there[resource].pop(shown, None)
        self.written()

    def written(self) -> None:
        """The batches under way are on disk."""
        self.pending.clear()
        self._found.clear()

    def find(self, resource: str, found: Mapping[int, int]) -> None:
        """Somebody answers to these ids, if the batches under way are written."""
        there = self.there.setdefault(resource, {})
        self._found += [(resource, shown) for shown in found if shown not in there]
        there.update(found)

    def at(self, table: UndumpTable, number: int) -> int:
        """The id of a table's row: the one that was kept for it, else its own."""
        shown = self._files.scanned[table.name].ids[number - 1]
        return self.awaited.get(table.resource, {}).get(shown) or self._rows[table.name][number - 1]

    def is_of_run(self, number: int) -> bool:
        """Whether an own id was given to a row of this run."""
        return _among(number, self._spans)


def _among(number: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(first <= number < end for first, end in spans)
