"""All that an account has, as it was at one moment, in whatever order it is asked for: what a dump is made of."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import msgspec

from onebook.errors import NotFound
from onebook.model.account import Vocabulary
from onebook.model.change import Changes
from onebook.store.database import Engine, Row, Store, Value
from onebook.store.moments import moment_of
from onebook.store.snapshot import Snapshot, one_row, open_snapshot
from onebook.store.vocabulary import read_vocabulary

CONTACTS = "contacts"
PURGED = "purged"
"""The action under which the change feed tells that a record is gone for good."""
AT_ONCE = 500
"""Ids named in one statement."""
_MOST, _LARGEST = 500, 1 << 20
"""Documents read at a time, and the bytes they may have together."""
_CONTACTS = ("contacts", "contact_keys", "contact_id")
_RECORDS = ("records", "record_keys", "record_id")
_CACHE_KIB = 4 * 1024
"""An export reads each page once, and several processes may read at the same time."""
_JOINED: dict[Engine, str] = {
    "sqlite": "CAST(group_concat(doc, char(10)) AS BLOB)",
    "postgresql": "convert_to(string_agg(doc, chr(10) ORDER BY id), 'UTF8')",
}
"""Many documents as one value, one a line. Fetched row by row, they would ask for Python's one lock each time, and what
works on the ones before would wait for it: that takes twice as long."""
_EXTERNAL: dict[Engine, str] = {
    "sqlite": "doc -> 'external_ids' ->> $2",
    "postgresql": "doc::json -> 'external_ids' ->> $2",
}


class Span(NamedTuple):
    """Ids from behind `before` up to `end`."""

    before: int
    end: int


_decode_changes = msgspec.json.Decoder(Changes).decode


class _SnapshotReader:
    """`Reader` of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.engine = snapshot.engine
        self.account_id = snapshot.account_id

    async def rows(self, sql: str, *args: Value) -> list[Row]:
        return [row async for batch in self._snapshot.stream(sql, *args) for row in batch]

    async def scan(self, sql: str, *args: Value) -> list[Row]:
        return await self.rows(sql, *args)


class Export:
    """One account at one moment. Resources are named as in the change feed, `contacts` among them."""

    def __init__(self, snapshot: Snapshot) -> None:
        """`snapshot` is the account's; it is read one query after the other."""
        self._snapshot = snapshot
        self._reader = _SnapshotReader(snapshot)
        self._account_id = snapshot.account_id

    async def vocabulary(self) -> Vocabulary:
        """All that contacts point to. Raises NotFound where there is no such account."""
        rows = await self._reader.rows("SELECT stamp FROM account_state WHERE account_id = $1", self._account_id)
        if not rows:
            raise NotFound(f"there is no account {self._account_id}")
        return await read_vocabulary(self._reader, rows[0][0])

    async def moment(self) -> str:
        """What lets `open_export` see the same moment again, as `Snapshot.moment` says."""
        return await self._snapshot.moment()

    async def position(self) -> int:
        """The last position of the change feed."""
        (seq,) = await one_row(self._snapshot, "SELECT seq FROM account_state WHERE account_id = $1", self._account_id)
        return int(seq)

    async def position_before(self, at: int) -> int:
        """The position behind which all stands that happened at a moment (microseconds since 1970) or later.

        What was moved in from elsewhere may say that it happened long ago, and stand late in the feed all the same.
        """
        sql = "SELECT min(seq) - 1 FROM changes WHERE account_id = $1 AND at >= $2"
        (seq,) = await one_row(self._snapshot, sql, self._account_id, at)
        return await self.position() if seq is None else int(seq)

    async def count(self, resource: str) -> int:
        """How many documents there are, those in the trash too."""
        sql, args = self._of("count(*)", resource)
        (count,) = await one_row(self._snapshot, sql, *args)
        return int(count)

    async def ids(self, resource: str) -> array[int]:
        """The ids of all documents, ascending."""
        sql, args = self._of("id", resource)
        return await self._numbers(f"{sql} ORDER BY id", *args)

    async def changed_ids(self, resource: str, since: int) -> array[int]:
        """The ids that the change feed names after a position, ascending, those of documents that are gone too."""
        sql = "SELECT DISTINCT record_id FROM changes WHERE account_id = $1 AND seq > $2 AND resource = $3 ORDER BY 1"
        return await self._numbers(sql, self._account_id, since, resource)

    async def external_ids(self, resource: str, dialect: str) -> AsyncIterator[list[Row]]:
        """(id, external id) of those documents that have one in `dialect`, by id, some at a time."""
        table, keys, column = _CONTACTS if resource == CONTACTS else _RECORDS
        among = "" if resource == CONTACTS else " AND resource = $4"
        among_them = "" if resource == CONTACTS else " AND records.resource = $4"
        # Who has a key that says so, or is in the trash and has none: to look at all would read the book once more.
        sql = (
            f"SELECT id, {_EXTERNAL[self._snapshot.engine]} FROM {table} WHERE account_id = $1{among} AND id IN ("
            f"SELECT {column} FROM {keys} WHERE account_id = $1{among} AND kind = $3"
            f" UNION SELECT id FROM {table} WHERE account_id = $1{among} AND deleted_at <> 0)"
        )
        # Who is pointed to and has not come yet shows the id that he is awaited under.
        sql += (
            " UNION ALL SELECT record_id, CAST(shown AS text) FROM awaited_ids WHERE account_id = $1 AND dialect = $2"
            f" AND resource = $4 AND NOT EXISTS"
            f" (SELECT 1 FROM {table} WHERE account_id = $1 AND id = awaited_ids.record_id{among_them})"
        )
        args: list[Value] = [self._account_id, dialect, f"id:{dialect}", resource]
        async for rows in self._snapshot.stream(f"SELECT * FROM ({sql}) AS found ORDER BY 1", *args):
            found = [row for row in rows if row[1] is not None]
            if found:
                yield found

    async def spans(self, resource: str) -> AsyncIterator[Span]:
        """All documents in parts, by id: each of as many as make up a few megabytes, and one at least."""
        where, args = self._where(resource)
        span = f"SELECT max(id), coalesce(sum(octet_length(doc)), 0) FROM (SELECT id, doc {where}"
        span += f" AND id > {number_of(args)} ORDER BY id LIMIT {number_of([*args, 0])}) s"
        before, many = 0, _MOST
        while True:
            end, size = await one_row(self._snapshot, span, *args, before, many)
            if end is None:
                return
            if size > _LARGEST and many > 1:
                many = max(1, many // 4)
                continue
            yield Span(before, end)
            before, many = end, min(_MOST, many * 2)

    async def documents(self, resource: str, span: Span) -> list[bytes]:
        """The documents of a span, by id."""
        where, args = self._where(resource)
        whole = f"SELECT {_JOINED[self._snapshot.engine]} FROM (SELECT id, doc {where} AND id > {number_of(args)}"
        whole += f" AND id <= {number_of([*args, 0])} ORDER BY id) s"
        (joined,) = await one_row(self._snapshot, whole, *args, span.before, span.end)
        return [] if joined is None else joined.split(b"\n")

    async def documents_of(self, resource: str, ids: Sequence[int]) -> list[bytes]:
        """The documents with these ids, some hundred at most, in this order; those not there are left out."""
        sql, args = self._of("id, doc", resource)
        marks = ", ".join(f"${number}" for number in range(len(args) + 1, len(args) + 1 + len(ids)))
        rows = await self._reader.rows(f"{sql} AND id IN ({marks})", *args, *ids)
        found: dict[int, str] = dict(row[:2] for row in rows)
        return [found[number].encode() for number in ids if number in found]

    async def body_parts(self, sha256: str) -> AsyncIterator[bytes]:
        """A body that is kept in the database, part by part; nothing where it is not there."""
        sql = "SELECT body FROM document_bodies WHERE account_id = $1 AND sha256 = $2 AND part = $3"
        part = 0
        while rows := await self._reader.rows(sql, self._account_id, sha256, part):
            yield bytes(rows[0][0])
            part += 1

    async def purged(self, resource: str, ids: Sequence[int]) -> AsyncIterator[list[tuple[int, datetime, Changes]]]:
        """(id, when, what it lost last) of those of `ids` that are gone for good, some at a time."""
        wanted = iter(ids)
        while some := list(islice(wanted, AT_ONCE)):
            marks = ", ".join(f"${number}" for number in range(4, 4 + len(some)))
            sql = (
                "SELECT record_id, at, changes FROM changes WHERE account_id = $1 AND resource = $2 AND action = $3"
                f" AND record_id IN ({marks}) ORDER BY record_id"
            )
            rows = await self._reader.rows(sql, self._account_id, resource, PURGED, *some)
            yield [(number, moment_of(at), _decode_changes(changes)) for number, at, changes in rows]

    async def child_counts(self) -> AsyncIterator[list[Row]]:
        """(id, how many children) of those contacts that have any, by id, some at a time."""
        sql = (
            "SELECT parent_id, count(*) FROM contacts"
            " WHERE account_id = $1 AND deleted_at = 0 AND parent_id IS NOT NULL GROUP BY parent_id ORDER BY parent_id"
        )
        async for rows in self._snapshot.stream(sql, self._account_id):
            yield rows

    async def _numbers(self, sql: str, *args: Value) -> array[int]:
        numbers = array("q")
        async for rows in self._snapshot.stream(sql, *args):
            numbers.extend(number for (number,) in rows)
        return numbers

    def _of(self, columns: str, resource: str) -> tuple[str, list[Value]]:
        where, args = self._where(resource)
        return f"SELECT {columns} {where}", args

    def _where(self, resource: str) -> tuple[str, list[Value]]:
        if resource == CONTACTS:
            return "FROM contacts WHERE account_id = $1", [self._account_id]
        return "FROM records WHERE account_id = $1 AND resource = $2", [self._account_id, resource]


def number_of(args: Sequence[Value]) -> str:
    """What a statement calls the argument behind `args`."""
    return f"${len(args) + 1}"


@asynccontextmanager
async def open_export(store: Store, account_id: int, moment: str = "") -> AsyncIterator[Export]:
    """The account at this moment, or at another export's, for the length of a `with`. Raises Unavailable."""
    async with open_snapshot(store, account_id, moment, _CACHE_KIB) as snapshot:
        yield Export(snapshot)


async def size_up_to(store: Store, account_id: int, most: int) -> int:
    """How many documents the account has, counted no further than `most` of contacts and of all others."""
    few = "SELECT count(*) FROM (SELECT 1 FROM {} WHERE account_id = $1 LIMIT $2) few"
    sql = " UNION ALL ".join(few.format(table) for table in ("contacts", "records"))
    return sum(int(count) for (count,) in await store.reader(account_id).scan(sql, account_id, most))
