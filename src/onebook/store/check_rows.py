"""Rows that follow from documents, compared with the documents in constant memory.

What should be there and what is there are added up by hash, in groups of neighbouring owners. Only where the sums of a
group differ are its owners, and then their single rows, looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from onebook.model.account import Record
from onebook.model.contact import Contact
from onebook.store.check_documents import Document, documents
from onebook.store.keys import contact_keys, contact_words
from onebook.store.records import record_keys
from onebook.store.resources import BY_RECORD
from onebook.store.search_postgres import word_rows
from onebook.store.snapshot import Snapshot, one_row

GROUP = 6
"""Owners whose ids differ in the last six bits only are added up together."""

_GROUPS_AT_ONCE = 2048
_OWNERS_AT_ONCE = 1000
_NEAR = 512
"""Reading so many documents that nobody asked for costs what a query costs."""
_MOST_VERSIONS = 10_000_000
Item = tuple[str | int | float | bool | None, ...]
Expected = Callable[[int, int], AsyncIterator[tuple[int, Iterable[Item]]]]
"""What should be there: each owner with an id from the one to the other, and its items."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table that follow from documents; `name` is what progress calls them.

    `sql` gives them all, first the owner's id, then the item; $1 is the account. `items` says what follows from a
    document, read in a country. `tell` calls an owner's item in a report, with nothing in it that is personal.
    `add` and `drop` write and remove one: $1 the account, $2 the owner, then the item; empty where nothing can.
    """

    name: str
    sql: str
    items: Callable[[Document, str], Iterable[Item]]
    tell: Callable[[int, Item], str]
    add: str = ""
    drop: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """What is wrong with the rows of one owner."""

    owner: int
    missing: Counter[Item]
    surplus: Counter[Item]


@dataclass(slots=True)
class Tally:
    """Sums of hashes: of what should be there less what is there, by the owner's id without its last `bits`."""

    bits: int = GROUP
    sums: dict[int, int] = field(default_factory=dict)

    def expect(self, owner: int, items: Iterable[Item]) -> None:
        """These should be there."""
        self._add(owner, sum(hash((owner, item)) for item in items))

    def found(self, owner: int, item: Item) -> None:
        """This is there."""
        self._add(owner, -hash((owner, item)))

    def _add(self, owner: int, number: int) -> None:
        group = owner >> self.bits
        total = self.sums.get(group, 0) + number
        if total:
            self.sums[group] = total
        else:
            self.sums.pop(group, None)

    def differing(self) -> list[int]:
        """The groups whose sums differ, ascending."""
        return sorted(self.sums)


async def count_rows(snapshot: Snapshot, account_id: int, rows: Rows) -> int:
    """How many rows there are to be read."""
    (count,) = await one_row(snapshot, f"SELECT count(*) FROM ({rows.sql}) counted", *_arguments(rows, account_id))
    return int(count)


async def count_found(
    snapshot: Snapshot, account_id: int, rows: Rows, tally: Tally, told: Callable[[int], None]
) -> None:
    """Take what is there off the tally; `told` hears how many rows were read."""
    async for batch in snapshot.stream(rows.sql, *_arguments(rows, account_id)):
        for owner, *item in batch:
            tally.found(owner, tuple(item))
        told(len(batch))


async def differing_owners(
    snapshot: Snapshot, account_id: int, rows: Rows, tally: Tally, expected: Expected
) -> AsyncIterator[Sequence[int]]:
    """The owners in the groups that differ whose own rows differ, many at a time."""
    for groups in _parts(tally.differing(), _GROUPS_AT_ONCE):
        own, wanted = Tally(bits=0), set(groups)
        for first, last in _spans(groups, _NEAR >> GROUP):
            async for owner, items in expected(first << GROUP, ((last + 1) << GROUP) - 1):
                if owner >> GROUP in wanted:
                    own.expect(owner, items)
        async for batch in snapshot.stream(rows.sql, *_arguments(rows, account_id)):
            for owner, *item in batch:
                if owner >> GROUP in wanted:
                    own.found(owner, tuple(item))
        for owners in _parts(own.differing(), _OWNERS_AT_ONCE):
            yield owners


async def gaps(snapshot: Snapshot, account_id: int, rows: Rows, owners: Sequence[int], expected: Expected) -> list[Gap]:
    """Item by item, what differs in the rows of `owners`."""
    wanted: dict[int, Counter[Item]] = {owner: Counter() for owner in owners}
    there: dict[int, Counter[Item]] = {owner: Counter() for owner in owners}
    for first, last in _spans(owners, _NEAR):
        async for owner, items in expected(first, last):
            if owner in wanted:
                wanted[owner].update(items)
    async for batch in snapshot.stream(rows.sql, *_arguments(rows, account_id)):
        for owner, *item in batch:
            if owner in there:
                there[owner][tuple(item)] += 1
    return [Gap(owner, wanted[owner] - there[owner], there[owner] - wanted[owner]) for owner in owners]


def expected_rows(
    snapshot: Snapshot,
    countries: Mapping[int, str],
    rows: Rows,
    unreadable: set[int],
    told: Callable[[int], object] = int,
) -> Expected:
    """`Expected` out of the documents of the accounts in `countries`, by account.

    Those that cannot be read are noted in `unreadable`; `told` hears how many documents were read.
    """

    async def expected(first: int, last: int) -> AsyncIterator[tuple[int, Iterable[Item]]]:
        for account_id, country in countries.items():
            async for batch in documents(snapshot, account_id, country, first, last):
                for document in batch:
                    if document.record is None:
                        unreadable.add(document.id)
                    else:
                        yield document.id, rows.items(document, country)
                told(len(batch))

    return expected


def _arguments(rows: Rows, account_id: int) -> tuple[int, ...]:
    return (account_id,) if "$1" in rows.sql else ()


def _parts(numbers: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return (numbers[start : start + size] for start in range(0, len(numbers), size))


def _spans(numbers: Sequence[int], near: int) -> Iterable[tuple[int, int]]:
    """Ascending numbers as the first and the last of each run without a gap wider than `near`."""
    start = previous = numbers[0]
    for number in numbers[1:]:
        if number > previous + near:
            yield start, previous
            start = number
        previous = number
    yield start, previous


def _contact_keys(document: Document, country: str) -> Iterable[Item]:
    return contact_keys(document.record, country) if isinstance(document.record, Contact) else ()


def _record_keys(document: Document, country: str) -> Iterable[Item]:
    if not isinstance(document.record, Record):
        return ()
    keys = record_keys(BY_RECORD[type(document.record)], document.record)
    return [(document.resource, kind, value) for kind, value in keys]


def _contact_words(document: Document, country: str) -> Iterable[Item]:
    if not isinstance(document.record, Contact):
        return ()
    return [(word,) for word in word_rows(contact_words(document.record, country))]


def _versions(document: Document, country: str) -> Iterable[Item]:
    version = document.record.version if document.record else 0
    # A damaged document may say anything; no history is longer than this.
    return ((document.resource, number) for number in range(1, min(version, _MOST_VERSIONS) + 1))


_CONTACT_KEYS = Rows(
    "keys of contacts",
    "SELECT contact_id, kind, value FROM contact_keys WHERE account_id = $1",
    _contact_keys,
    lambda owner, item: f"contacts/{owner}: key {item[0]}",
    "INSERT INTO contact_keys (account_id, contact_id, kind, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    "DELETE FROM contact_keys WHERE account_id = $1 AND contact_id = $2 AND kind = $3 AND value = $4",
)
_RECORD_KEYS = Rows(
    "keys of records",
    "SELECT record_id, resource, kind, value FROM record_keys WHERE account_id = $1",
    _record_keys,
    lambda owner, item: f"{item[0]}/{owner}: key {item[1]}",
    "INSERT INTO record_keys (account_id, record_id, resource, kind, value) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT DO NOTHING",
    "DELETE FROM record_keys WHERE account_id = $1 AND record_id = $2 AND resource = $3 AND kind = $4 AND value = $5",
)
_CONTACT_WORDS = Rows(
    "search words",
    "SELECT contact_id, word FROM contact_words WHERE account_id = $1",
    _contact_words,
    lambda owner, item: f"contacts/{owner}: a search word",
    "INSERT INTO contact_words (account_id, contact_id, word) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    "DELETE FROM contact_words WHERE account_id = $1 AND contact_id = $2 AND word = $3",
)
_CHANGES = Rows(
    "change feed",
    "SELECT record_id, resource, version FROM changes WHERE account_id = $1 AND version > 0",  # 0: purged
    _versions,
    lambda owner, item: f"{item[0]}/{owner}: the change to version {item[1]}",
)


def tables(engine: str) -> tuple[Rows, ...]:
    """The tables whose rows follow from one account's documents."""
    return (_CONTACT_KEYS, _RECORD_KEYS, _CHANGES, *((_CONTACT_WORDS,) if engine == "postgresql" else ()))
