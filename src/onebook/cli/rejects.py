"""The entries that an import has not taken, in the input's own format, each with its reason: mend and import again."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from onebook.files.card_fields import escaped_line
from onebook.files.cards import REASON
from onebook.files.delimited import DelimitedFile, DelimitedWriter
from onebook.files.formulas import restored
from onebook.files.workbook import WorkbookWriter
from onebook.model.imports import Reject
from onebook.service.imports import Order

HEADING = "onebook_reason"
"""The first column of a table of rejects; no heading that an import takes."""


async def write_rejects(path: Path, order: Order, rejects: AsyncIterator[Reject]) -> None:
    """Write `path`, beside and renamed: what stands there already stays until the new file is whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if order.kind == "vcard":
            await _cards(beside, rejects)
        elif order.kind == "xlsx":
            await _workbook(beside, order, rejects)
        else:
            await _csv(beside, order, rejects)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def _cells(one: Reject) -> list[str]:
    return [one.reason, *(restored(cell) for cell in one.raw)]


async def _csv(path: Path, order: Order, rejects: AsyncIterator[Reject]) -> None:
    delimiter = order.source.delimiter if isinstance(order.source, DelimitedFile) else ","
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = DelimitedWriter(file, [HEADING, *order.heads], delimiter)
        async for one in rejects:
            writer.write(_cells(one))


async def _workbook(path: Path, order: Order, rejects: AsyncIterator[Reject]) -> None:
    writer = WorkbookWriter(path, [HEADING, *order.heads])
    async for one in rejects:
        writer.write(_cells(one))
    writer.close()


async def _cards(path: Path, rejects: AsyncIterator[Reject]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        async for one in rejects:
            *lines, end = [line for line in one.raw if not line.upper().startswith(REASON)]
            for line in (*lines, escaped_line(REASON, one.reason), end):
                file.write(f"{line}\r\n")
