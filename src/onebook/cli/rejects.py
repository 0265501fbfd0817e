"""The entries that an import has not taken, in the input's own format, each with its reason: mend and import again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from onebook.files.card_fields import escaped_line
from onebook.files.cards import REASON
from onebook.files.delimited import DelimitedFile, DelimitedWriter
from onebook.files.formulas import restored
from onebook.files.workbook import LONGEST_CELL, WorkbookWriter
from onebook.model.imports import Reject
from onebook.service.imports import Order
from onebook.service.whole_file import whole_file

HEADING = "onebook_reason"
"""The first column of a table of rejects; no heading that an import takes."""


async def write_rejects(path: Path, order: Order, rejects: AsyncIterator[Reject]) -> None:
    """Write `path`: what stands there already stays until the new file is whole. Raises Unavailable."""
    with whole_file(path) as place:
        if order.kind == "vcard":
            await _cards(place, rejects)
        elif order.kind == "xlsx":
            await _workbook(place, order, rejects)
        else:
            await _csv(place, order, rejects)


_LONGEST_REASON = 2000
"""Characters; a row of many columns may be wrong in all."""
_WIDE = ("utf-8", "utf-16", "utf-32")
"""Encodings by the names under which they are written with a mark, if with any."""


def _without_reason(card: list[str]) -> list[str]:
    """The lines of a card but for why it was not taken before, which may be folded."""
    lines: list[str] = []
    inside = False
    for line in card:
        inside = line.upper().startswith(REASON) or (inside and line[:1] in (" ", "\t"))
        if not inside:
            lines.append(line)
    return lines


class _Rows:
    """Rejected rows with their reason in front, in place of one that stands there from the last time."""

    def __init__(self, order: Order) -> None:
        self._old = order.heads.index(HEADING) if HEADING in order.heads else None
        self.heads = [HEADING, *self._kept(order.heads)]

    def cells(self, one: Reject) -> list[str]:
        return [one.reason[:_LONGEST_REASON], *map(restored, self._kept(one.raw))]

    def _kept(self, cells: Sequence[str]) -> list[str]:
        return [cell for index, cell in enumerate(cells) if index != self._old]


async def _csv(path: Path, order: Order, rejects: AsyncIterator[Reject]) -> None:
    """In the input's encoding, with its delimiter; UTF-8 gets the mark that Excel needs."""
    source = order.source
    delimiter, encoding = (source.delimiter, source.encoding) if isinstance(source, DelimitedFile) else (",", "utf-8")
    encoding = next((wide for wide in _WIDE if encoding.startswith(wide)), encoding)
    rows = _Rows(order)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = DelimitedWriter(file, rows.heads, delimiter, mark=encoding == "utf-8")
        async for one in rejects:
            reason, *cells = rows.cells(one)
            writer.write([reason.encode(encoding, "replace").decode(encoding), *cells])


async def _workbook(path: Path, order: Order, rejects: AsyncIterator[Reject]) -> None:
    rows = _Rows(order)
    with WorkbookWriter(path, rows.heads) as writer:
        async for one in rejects:
            # No program makes longer cells; who wrote a file by hand that has one gets its beginning.
            writer.write([cell[: LONGEST_CELL - 1] for cell in rows.cells(one)])


async def _cards(path: Path, rejects: AsyncIterator[Reject]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        async for one in rejects:
            *lines, end = _without_reason(one.raw)
            for line in (*lines, escaped_line(REASON, one.reason), end):
                file.write(f"{line}\r\n")
