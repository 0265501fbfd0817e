"""The whole book checked: everything that is derived is derived again and compared, in constant memory.

It may run while others write: what is compared is one moment of the book. What is put right is derived anew from the
document as it is then.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from onebook.model.account import DIALECTS, Account
from onebook.model.change import difference
from onebook.service.in_step import as_told, mend_house
from onebook.store import check as asked
from onebook.store.access import list_accounts
from onebook.store.check_bodies import body_findings
from onebook.store.check_documents import LAST_ID, Document, count_documents, documents
from onebook.store.check_houses import count_houses, houses
from onebook.store.check_rows import (
    Gap,
    Rows,
    Tally,
    count_found,
    count_rows,
    differing_owners,
    expected_rows,
    gaps,
    tables,
)
from onebook.store.check_search import (
    SQLITE_INDEXES,
    account_of,
    drop_idle_pieces,
    mend_pieces,
    open_terms,
    wrong_pieces,
)
from onebook.store.database import OPERATOR, Store, Transaction
from onebook.store.mend import mend_columns, mend_gap, mend_words
from onebook.store.snapshot import Snapshot, open_snapshot


class Told(Protocol):
    """Hears how a long work comes on."""

    def __call__(self, step: str, more: int, total: int | None = None) -> None:
        """Which step is under way, how many rows more it has looked at, and of how many where that is known."""
        ...


_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be, in one line without personal data. `account_id` 0 is the whole book."""

    account_id: int
    text: str
    mended: bool


@dataclass(frozen=True, slots=True)
class _Flaw:
    account_id: int
    text: str
    mend: asked.Mend | None = None


@dataclass(slots=True)
class _Account:
    """What the check of one account hands on."""

    account: Account
    unreadable: set[int] = field(default_factory=set)
    top_external_id: int = 0
    taken: int = 0


def utc_now() -> datetime:
    """The moment that it is."""
    return datetime.now(UTC)


async def check_book(
    store: Store,
    accounts: Sequence[Account],
    *,
    repair: bool,
    told: Told,
    clock: Callable[[], datetime] = utc_now,
) -> AsyncIterator[Difference]:
    """Every difference in `accounts`; with `repair` it is mended where it can be. Raises Unavailable.

    SQLite has one search index for all accounts, so that is always checked whole. `clock` says when a document is
    changed; what is derived bears no moment.
    """
    states = [_Account(account) for account in accounts]
    stages: list[AsyncIterator[_Flaw]] = [_file(store)] if store.engine == "sqlite" else []
    for state in states:
        stages.append(_rows(store, state, told))
        stages.append(_houses(store, state.account, told, clock))
        if store.engine == "postgresql":
            stages.append(_pieces(store, state.account, repair=repair))
    if store.engine == "sqlite":
        stages.append(_index(store, told))
    stages.append(_blocks(store, states))
    for stage in stages:
        # A later stage sees what an earlier one has mended.
        waiting: list[_Flaw] = []
        async for flaw in stage:
            waiting.append(flaw)
            if len(waiting) >= _AT_ONCE:
                for difference in await _mended(store, waiting, repair=repair):
                    yield difference
                waiting = []
        for difference in await _mended(store, waiting, repair=repair):
            yield difference


async def _mended(store: Store, flaws: Sequence[_Flaw], *, repair: bool) -> list[Difference]:
    if repair:
        for account_id in sorted({flaw.account_id for flaw in flaws}):
            mends = [flaw.mend for flaw in flaws if flaw.mend and flaw.account_id == account_id]
            await store.write(account_id, _all(mends))
    return [Difference(flaw.account_id, flaw.text, repair and flaw.mend is not None) for flaw in flaws]


def _all(mends: Sequence[asked.Mend]) -> Callable[[Transaction], Awaitable[None]]:
    async def work(tx: Transaction) -> None:
        for mend in mends:
            await mend(tx)

    return work


async def _file(store: Store) -> AsyncIterator[_Flaw]:
    async with open_snapshot(store, OPERATOR) as snapshot:
        async for text, mend in asked.integrity_findings(snapshot):
            yield _Flaw(OPERATOR, text, mend)


async def _rows(store: Store, state: _Account, told: Told) -> AsyncIterator[_Flaw]:
    """The account's columns, keys, words, change feed and state."""
    account_id, country = state.account.account_id, state.account.country
    async with open_snapshot(store, account_id) as snapshot:
        tallies = {rows: Tally() for rows in tables(store.engine)}
        total = await count_documents(snapshot, account_id)
        async for batch in documents(snapshot, account_id, country):
            for document in batch:
                for flaw in _look(document, state):
                    yield flaw
                if document.record is not None:
                    for rows, tally in tallies.items():
                        tally.expect(document.id, rows.items(document, country))
            told("contacts and records", len(batch), total)
        for rows, tally in tallies.items():
            total = await count_rows(snapshot, account_id, rows)
            await count_found(snapshot, account_id, rows, tally, partial(told, rows.name, total=total))
            async for flaw in _gaps(snapshot, state, rows, tally):
                yield flaw
        for findings in (
            asked.account_findings(snapshot),
            asked.feed_findings(snapshot),
            asked.state_findings(snapshot, state.top_external_id),
            body_findings(snapshot, store.bodies),
        ):
            async for text, mend in findings:
                yield _Flaw(account_id, text, mend)
        state.taken = max(await asked.highest_id(snapshot), await asked.last_leased_id(snapshot))


def _look(document: Document, state: _Account) -> list[_Flaw]:
    """What is wrong with one document and the columns beside it; its external ids are noted."""
    account_id, country = state.account.account_id, state.account.country
    if document.record is None:
        state.unreadable.add(document.id)
        return [_Flaw(account_id, f"{document.where}: its document cannot be read, or is another's")]
    for dialect, external in document.record.external_ids.items():
        if dialect in DIALECTS and external.isascii() and external.isdigit() and int(external) < 2**63:
            state.top_external_id = max(state.top_external_id, int(external))
    if not document.wrong:
        return []
    mend = partial(mend_columns, resource=document.resource, number=document.id, country=country)
    return [_Flaw(account_id, f"{document.where}: {', '.join(document.wrong)} differ from its document", mend)]


async def _gaps(snapshot: Snapshot, state: _Account, rows: Rows, tally: Tally) -> AsyncIterator[_Flaw]:
    account_id, country = state.account.account_id, state.account.country
    expected = expected_rows(snapshot, {account_id: country}, rows, state.unreadable)
    async for owners in differing_owners(snapshot, account_id, rows, tally, expected):
        for gap in await gaps(snapshot, account_id, rows, owners, expected):
            if gap.owner not in state.unreadable:
                mend = partial(mend_gap, rows=rows, gap=gap, country=country) if rows.add else None
                for text in _told_of(rows, gap):
                    yield _Flaw(account_id, text, mend)


def _told_of(rows: Rows, gap: Gap) -> list[str]:
    missing = {f"{rows.tell(gap.owner, item)} is missing" for item in gap.missing}
    surplus = {f"{rows.tell(gap.owner, item)} is there but should not be" for item in gap.surplus}
    return sorted(missing) + sorted(surplus)


async def _houses(store: Store, account: Account, told: Told, clock: Callable[[], datetime]) -> AsyncIterator[_Flaw]:
    """What properties say of their owners and in their own language, against their ownerships and texts."""
    async with open_snapshot(store, account.account_id) as snapshot:
        total = await count_houses(snapshot)
        async for batch in houses(snapshot):
            for one in batch:
                number = one.property.id
                after = as_told(one.property, one.ownerships, one.texts, account.language)
                if after != one.property:
                    names = ", ".join(dict.fromkeys(path.partition(".")[0] for path in difference(one.property, after)))
                    mend = partial(mend_house, number=number, language=account.language, now=clock())
                    yield _Flaw(
                        account.account_id,
                        f"properties/{number}: {names} differ from its ownerships and texts",
                        mend,
                    )
            told("owners and texts of properties", len(batch), total)


async def _pieces(store: Store, account: Account, *, repair: bool) -> AsyncIterator[_Flaw]:
    """PostgreSQL: the pieces by which search finds a word from its middle.

    Pieces of words that no contact has any more are no difference (docs/decisions/0003); they go when mending.
    """
    if repair:
        await store.write(account.account_id, drop_idle_pieces)
    async with open_snapshot(store, account.account_id) as snapshot:
        async for missing, pieces in wrong_pieces(snapshot):
            what = "are missing" if missing else "are of no word"
            mend = partial(mend_pieces, missing=missing, pieces=pieces)
            yield _Flaw(account.account_id, f"{len(pieces)} pieces of words in the search index {what}", mend)


async def _index(store: Store, told: Told) -> AsyncIterator[_Flaw]:
    """SQLite: the search index, which has the words of all accounts."""
    countries = {account.account_id: account.country for account in await list_accounts(store.reader(OPERATOR))}
    unreadable: set[int] = set()
    async with open_snapshot(store, OPERATOR) as snapshot:
        await open_terms(snapshot)
        for rows in SQLITE_INDEXES:
            tally, hears = Tally(), partial(told, rows.name)
            async for owner, items in expected_rows(snapshot, countries, rows, unreadable, hears)(0, LAST_ID):
                tally.expect(owner, items)
            await count_found(snapshot, OPERATOR, rows, tally, hears)
            expected = expected_rows(snapshot, countries, rows, unreadable)
            async for owners in differing_owners(snapshot, OPERATOR, rows, tally, expected):
                for owner in owners:
                    if owner not in unreadable and countries:
                        yield await _unfound(snapshot, owner, countries)


async def _unfound(snapshot: Snapshot, contact_id: int, countries: dict[int, str]) -> _Flaw:
    account_id = await account_of(snapshot, contact_id)
    # What is left of a contact that is in no account can be removed by any.
    mender = min(countries) if account_id is None else account_id
    mend = partial(mend_words, number=contact_id, country=countries[mender])
    return _Flaw(mender, f"contacts/{contact_id}: its words in the search index differ from its document", mend)


async def _blocks(store: Store, states: Sequence[_Account]) -> AsyncIterator[_Flaw]:
    taken = max((state.taken for state in states), default=0)
    async with open_snapshot(store, OPERATOR) as snapshot:
        async for text, mend in asked.block_findings(snapshot, taken):
            yield _Flaw(OPERATOR, text, mend)
