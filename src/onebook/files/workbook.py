"""Excel workbooks (.xlsx): the first sheet that holds anything, read and written row by row."""

from __future__ import annotations

import re
import weakref
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Any

from onebook.files.entries import Entry, malformed
from onebook.files.formulas import defused_typed
from onebook.files.heads import head_of, known_headings, named_apart

LARGEST = 1024 * 1024 * 1024
"""Bytes that a workbook may unpack to."""
LARGEST_TEXTS = 256 * 1024 * 1024
"""Bytes of its shared texts, which are all held at once."""
STEEPEST = 250
"""How many times its packed size a part may unpack to, from 8 MiB on; sheets full of zeros reach about 100."""
_STEEP_FROM = 8 * 1024 * 1024
_NO_XML = re.compile("[\ufffe\uffff]")
"""Signs that a contact may have and XML may not."""
_ZEROS = re.compile("0{2,}")
_LOCKED = 1
"""The flag of a part that is encrypted."""
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
    RuntimeError,
)
"""What openpyxl and zipfile raise for damaged files; a SyntaxError is what XML parsers call theirs.

A RuntimeError is what zipfile calls a part that is locked with a password. openpyxl is loaded where it is used: it
takes half a second, which every command would wait for.
"""


_OTHER_KINDS = (
    (b"\xd0\xcf\x11\xe0", "is locked with a password, or an old workbook (.xls): save it as .xlsx without a password"),
    (b"BEGIN:VCARD", "is a file of vCards: try `onebook import vcard`"),
)
_OTHER_PARTS = (
    ("content.xml", "is an OpenDocument file (.ods): save it as .xlsx or CSV"),
    ("xl/workbook.bin", "is a binary workbook (.xlsb): save it as .xlsx or CSV"),
    ("word/document.xml", "is a Word document: save its table as .xlsx or CSV"),
    ("Index/Document.iwa", "is a Numbers document: export it as Excel or CSV"),
)


class WorkbookFile:
    """One sheet of a workbook; rows are streamed."""

    noun = "row"

    def __init__(self, path: Path, sheet: str | None = None) -> None:
        """`sheet` is a name; without one the first with headings that are known. Raises Malformed."""
        self.path = path
        _check_archive(path)
        self.sheet, head = self._found(sheet)
        self.heads = named_apart(head.raw)
        self._head = head.number

    def entries(self) -> Iterator[Entry]:
        """Every row below the heads that holds anything. Raises Malformed where the file cannot be read on."""
        return (entry for entry in self._records(self.sheet) if entry.number > self._head)

    def _found(self, wanted: str | None) -> tuple[str, Entry]:
        """The sheet and its row of headings; sheets that are shown go before hidden ones."""
        sheets = sorted(self._book.worksheets, key=lambda one: one.sheet_state != "visible")
        names = [sheet.title for sheet in sheets]
        if wanted is not None and wanted not in names:
            malformed(self.path, "", f"has no sheet {wanted!r}; there are: {', '.join(names)}")
        found = [
            (name, head)
            for name in ([wanted] if wanted is not None else names)
            if (head := head_of(self.path, self._records(name))) is not None
        ]
        if not found:
            malformed(self.path, "", "holds no row")
        return next((one for one in found if known_headings(one[1].raw)), found[0])

    @cached_property
    def _book(self) -> Any:
        """Opened once, since all its shared texts are read then."""
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        try:
            book = load_workbook(self.path, read_only=True, data_only=True, keep_links=False)
        except (*_BROKEN, InvalidFileException) as error:
            malformed(self.path, "", f"is no Excel workbook, or a damaged one ({type(error).__name__})")
        weakref.finalize(self, book.close)
        return book

    def _records(self, name: str) -> Iterator[Entry]:
        number = 0
        try:
            sheet = self._book[name]
            sheet.reset_dimensions()
            for number, row in enumerate(sheet.iter_rows(), 1):
                cells = [_text(cell) for cell in row]
                while cells and not cells[-1]:
                    cells.pop()
                if any(map(str.strip, cells)):
                    yield Entry(number, cells)
        except _BROKEN as error:
            malformed(self.path, f"row {number + 1}", f"is damaged ({type(error).__name__}: {str(error)[:100]})")


def _check_archive(path: Path) -> None:
    """Raises Malformed for what is no zip archive, or unpacks to more than anybody's contacts need."""
    with path.open("rb") as file:
        start = file.read(32)
    for sign, text in _OTHER_KINDS:
        if start.startswith(sign):
            malformed(path, "", text)
    if not start.startswith(b"PK"):
        malformed(path, "", "is no Excel workbook; a CSV file is read by `onebook import csv`")
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        malformed(path, "", f"is no Excel workbook, or a damaged one: {error}")
    names = {part.filename for part in parts}
    for name, text in _OTHER_PARTS:
        if name in names and "xl/workbook.xml" not in names:
            malformed(path, "", text)
    if any(part.flag_bits & _LOCKED for part in parts):
        malformed(path, "", "is locked with a password: save it without one")
    if sum(part.file_size for part in parts) > LARGEST:
        malformed(path, "", f"unpacks to more than {LARGEST // 2**20} MiB")
    for part in parts:
        steep = part.file_size > _STEEP_FROM and part.file_size > STEEPEST * max(part.compress_size, 1)
        if steep or (part.filename.endswith("sharedStrings.xml") and part.file_size > LARGEST_TEXTS):
            malformed(path, "", f"{part.filename[:60]} in it unpacks to {part.file_size // 2**20} MiB: refused")


def _text(cell: Any) -> str:
    """A cell's value as a CSV would have it; a moment of no hour is a day, a whole number has no point.

    Zeros that its format puts in front, as `00000` does with a postal code, belong to it.
    """
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float) and value == value // 1 and abs(value) < 1e15:
        shown = cell.number_format
        return str(int(value)).zfill(len(shown) if _ZEROS.fullmatch(shown) else 0)
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
        self._called = Path("workbook")  # `path` may be one that is renamed later
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(title)
        self._sheet.freeze_panes = "A2"
        self._rows = 0
        self.write(heads)

    def write(self, cells: Sequence[str]) -> None:
        """One more row. Raises Malformed where a sheet takes no more, or a cell not so much."""
        self._rows += 1
        if self._rows > MOST_ROWS:
            malformed(self._called, f"row {self._rows}", "no sheet takes more rows: write csv instead")
        self._sheet.append([self._cell(text) if text else None for text in cells])

    def _cell(self, text: str) -> Any:
        if len(text) > LONGEST_CELL:
            malformed(
                self._called,
                f"row {self._rows}",
                f"{len(text):,} characters are too many for a cell: write csv instead",
            )
        cell = self._new_cell(self._sheet, value=_NO_XML.sub("\ufffd", defused_typed(text)))
        cell.data_type = "s"
        return cell

    def __enter__(self) -> WorkbookWriter:
        """Written at the end of the `with`, where that has ended well."""
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Write the file, or let go of it."""
        if error is None:
            self.close()
        else:
            self._sheet.close()

    def close(self) -> None:
        """Write the file."""
        self._book.save(self._path)
