"""The entries that an import has not taken, in the input's own format, each with its reason: mend and import again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from onebook.files.card_fields import escaped_line
from onebook.files.cards import REASON
from onebook.files.delimited import DelimitedFile, DelimitedWriter
from onebook.files.formulas import restored
from onebook.files.workbook import WorkbookWriter
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


def _cells(one: Reject) -> list[str]:
    return [one.reason, *(restored(cell) for cell in one.raw)]


async def _csv(path: Path, order: Order, rejects: AsyncIterator[Reject]) -> None:
    """In the input's encoding, with its delimiter; UTF-8 gets the mark that Excel needs."""
    source = order.source
    delimiter, encoding = (source.delimiter, source.encoding) if isinstance(source, DelimitedFile) else (",", "utf-8")
    encoding = next((wide for wide in _WIDE if encoding.startswith(wide)), encoding)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = DelimitedWriter(file, [HEADING, *order.heads], delimiter, mark=encoding == "utf-8")
        async for one in rejects:
            reason, *cells = _cells(one)
            writer.write([reason.encode(encoding, "replace").decode(encoding), *cells])


async def _workbook(path: Path, order: Order, rejects: AsyncIterator[Reject]) -> None:
    with WorkbookWriter(path, [HEADING, *order.heads]) as writer:
        async for one in rejects:
            writer.write(_cells(one))


async def _cards(path: Path, rejects: AsyncIterator[Reject]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        async for one in rejects:
            *lines, end = _without_reason(one.raw)
            for line in (*lines, escaped_line(REASON, one.reason), end):
                file.write(f"{line}\r\n")
