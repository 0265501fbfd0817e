"""Excel workbooks (.xlsx): the first sheet that holds anything, read and written row by row."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from onebook.files.entries import Entry, malformed
from onebook.files.formulas import defused_typed

LARGEST = 1024 * 1024 * 1024
"""Bytes that a workbook may unpack to."""
LARGEST_TEXTS = 256 * 1024 * 1024
"""Bytes of its shared texts, which are all held at once."""
STEEPEST = 250
"""How many times its packed size a part may unpack to, from 8 MiB on; sheets full of zeros reach about 100."""
_STEEP_FROM = 8 * 1024 * 1024
LONGEST_CELL = 32_767
"""Characters that Excel takes in a cell."""
MOST_ROWS = 1_048_576
_BROKEN = (
    zipfile.BadZipFile,
    SyntaxError,
    zlib.error,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
    OSError,
)
"""What openpyxl and zipfile raise for damaged files; a SyntaxError is what XML parsers call theirs.

openpyxl is loaded where it is used: it takes half a second, which every command would wait for.
"""


class WorkbookFile:
    """One sheet of a workbook; rows are streamed."""

    noun = "row"

    def __init__(self, path: Path, sheet: str | None = None) -> None:
        """`sheet` is a name; without one the first with any row. Raises Malformed."""
        self.path = path
        _check_archive(path)
        self.sheet = sheet
        first = next(self._records(), None)
        if first is None:
            malformed(path, "", "holds no row")
        self.heads = [head.strip() for head in first.raw]
        self._head = first.number

    def entries(self) -> Iterator[Entry]:
        """Every row below the heads that holds anything. Raises Malformed where the file cannot be read on."""
        return (entry for entry in self._records() if entry.number > self._head)

    def _records(self) -> Iterator[Entry]:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        number = 0
        try:
            book = load_workbook(self.path, read_only=True, data_only=True, keep_links=False)
        except (*_BROKEN, InvalidFileException) as error:
            malformed(self.path, "", f"is no Excel workbook, or a damaged one ({type(error).__name__})")
        try:
            names = book.sheetnames
            if self.sheet is not None and self.sheet not in names:
                malformed(self.path, "", f"has no sheet {self.sheet!r}; there are: {', '.join(names)}")
            for sheet in [book[self.sheet]] if self.sheet is not None else book.worksheets:
                sheet.reset_dimensions()
                for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
                    cells = [_text(value) for value in values]
                    if any(cells):
                        self.sheet = sheet.title
                        yield Entry(number, cells)
                if self.sheet == sheet.title:
                    return
        except _BROKEN as error:
            malformed(self.path, f"row {number + 1}", f"is damaged ({type(error).__name__}: {str(error)[:100]})")
        finally:
            book.close()


def _check_archive(path: Path) -> None:
    """Raises Malformed for what is no zip archive, or unpacks to more than anybody's contacts need."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        malformed(path, "", f"is no Excel workbook, or a damaged one: {error}")
    if sum(part.file_size for part in parts) > LARGEST:
        malformed(path, "", f"unpacks to more than {LARGEST // 2**20} MiB")
    for part in parts:
        steep = part.file_size > _STEEP_FROM and part.file_size > STEEPEST * max(part.compress_size, 1)
        if steep or (part.filename.endswith("sharedStrings.xml") and part.file_size > LARGEST_TEXTS):
            malformed(path, "", f"{part.filename[:60]} in it unpacks to {part.file_size // 2**20} MiB: refused")


def _text(value: Any) -> str:
    """A cell's value as a CSV would have it; a moment of no hour is a day, a whole number has no point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


class WorkbookWriter:
    """Writes one sheet; cells are text, so that leading zeros, plus signs and formulas stay what they are."""

    def __init__(self, path: Path, heads: Sequence[str], title: str = "Contacts") -> None:
        """Nothing is on disk until `close`."""
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell

        self._path, self._new_cell = path, WriteOnlyCell
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(title)
        self._sheet.freeze_panes = "A2"
        self._rows = 0
        self.write(heads)

    def write(self, cells: Sequence[str]) -> None:
        """One more row. Raises Malformed where a sheet takes no more, or a cell not so much."""
        self._rows += 1
        if self._rows > MOST_ROWS:
            malformed(self._path, f"row {self._rows}", "a sheet takes no more rows: export csv instead")
        self._sheet.append([self._cell(text) if text else None for text in cells])

    def _cell(self, text: str) -> Any:
        if len(text) > LONGEST_CELL:
            malformed(self._path, f"row {self._rows}", f"a cell takes {LONGEST_CELL} characters: export csv instead")
        cell = self._new_cell(self._sheet, value=defused_typed(text))
        cell.data_type = "s"
        return cell

    def close(self) -> None:
        """Write the file."""
        self._book.save(self._path)
