"""A piece of a dump's table: some documents read, made rows of, and encoded; most of a dump's work is done here."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from onebook.errors import Unavailable
from onebook.service.dump_encoding import Encoding, Format, encoding
from onebook.service.dump_tables import Beside, DumpColumn, DumpTable, DumpTables, Row
from onebook.store.export import Export, Span

_AT_ONCE = 128
"""Records decoded, shaped and encoded before the next ones are, while all of that is near the processor."""


class Task(Struct, frozen=True, array_like=True):
    """One piece to be made: of a table's documents a span, or those with these ids, 8 bytes each."""

    table: str
    span: Span = Span(0, 0)
    ids: bytes = b""


class Piece(Struct, frozen=True, array_like=True):
    """Encoded rows, in the order of the formats; `gone` are the shown ids of those in the trash, and since when."""

    rows: int
    data: list[bytes]
    gone: list[tuple[int, datetime]]


class _Made(Struct):
    """What makes pieces of one table."""

    table: DumpTable
    decode: Callable[[bytes], Any]
    row: Callable[[Any], Row]
    encodings: list[Encoding]


class Shaper:
    """Makes pieces of what one export reads."""

    def __init__(
        self, export: Export, tables: DumpTables, beside: Beside, formats: Sequence[Format], *, burying: bool
    ) -> None:
        """`burying`: tell of those in the trash, too."""
        self._export, self._beside, self._formats, self._burying = export, beside, formats, burying
        self._tables = {table.name: table for table in tables.tables}
        self._made: _Made | None = None

    async def piece(self, task: Task) -> Piece:
        """One piece. Raises Unavailable where a document cannot be read."""
        made = self._made_for(task.table)
        resource = made.table.resource
        if task.ids:
            ids = array("q")
            ids.frombytes(task.ids)
            documents = await self._export.documents_of(resource, ids)
        else:
            documents = await self._export.documents(resource, task.span)
        rows, gone = 0, []
        for at in range(0, len(documents), _AT_ONCE):
            try:
                records = list(map(made.decode, documents[at : at + _AT_ONCE]))
            except msgspec.DecodeError as error:
                raise Unavailable(f"a document of {resource} cannot be read: see `onebook check`") from error
            if self._burying:
                gone += [self._gone(resource, record) for record in records if record.deleted_at is not None]
            if not made.table.trashed:
                records = [record for record in records if record.deleted_at is None]
            some = list(map(made.row, records))
            rows += len(some)
            for one in made.encodings:
                one.add(some)
        return Piece(rows, [one.taken() for one in made.encodings] if rows else [], gone)

    def _made_for(self, name: str) -> _Made:
        if self._made is None or self._made.table.name != name:
            table = self._tables[name]
            columns = table.columns(self._beside.vocabulary)
            self._made = _Made(
                table,
                msgspec.json.Decoder(table.record).decode,
                table.rows(self._beside),
                [encoding(kind, columns) for kind in self._formats],
            )
        return self._made

    def _gone(self, resource: str, record: Any) -> tuple[int, datetime]:
        shown = self._beside.shown.get(resource)
        number = record.id if shown is None else shown.get(record.id, record.id)
        return number, zoneless(record.deleted_at)


def encoded(rows: Sequence[Row], columns: Sequence[DumpColumn], formats: Sequence[Format]) -> Piece:
    """Rows that come from no documents."""
    encodings = [encoding(kind, columns) for kind in formats]
    for one in encodings:
        one.add(rows)
    return Piece(len(rows), [one.taken() for one in encodings] if rows else [], [])


def zoneless(moment: datetime | str) -> datetime:
    """In UTC, without saying so; a table's record may leave its moments as the texts they are stored as."""
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return read.astimezone(UTC).replace(tzinfo=None)
