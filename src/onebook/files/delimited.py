"""CSV, as spreadsheets of all countries and ages write it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from onebook.files.encodings import encoding_of
from onebook.files.entries import Entry, malformed
from onebook.files.formulas import defused, restored
from onebook.files.heads import head_of, named_apart

DELIMITERS = ",;\t|"
LARGEST_CELL = 16 * 1024 * 1024
"""Characters: past it a quotation mark was not closed, most likely, and the rest of the file is in one cell."""
LONGEST_LINE = 4 * LARGEST_CELL
_SAMPLE_LINES = 50
_SAMPLE = 1 << 20
_DOS_END = "\x1a"
"""What DOS put behind the last line."""
_OTHER_TEXTS = (
    ("BEGIN:VCARD", "is a file of vCards: try `onebook import vcard`"),
    ("{\\rtf", "is a text of a word processor: save it as CSV"),
    ("[{", "is JSON and no table"),
    ('{"', "is JSON and no table"),
    ("<", "is a web page or XML and no table: open it in a spreadsheet and save it as CSV"),
)


class DelimitedFile:
    """A CSV file: its encoding, delimiter and heads are found out once, its rows are streamed."""

    noun = "row"

    def __init__(self, path: Path) -> None:
        """Raises Malformed for what is no CSV file, or is empty."""
        self.path = path
        if not path.stat().st_size:
            malformed(path, "", "is empty")
        self.encoding = encoding_of(path)
        csv.field_size_limit(LARGEST_CELL)
        try:
            with self._open() as file:
                sample = "".join(file.read(_SAMPLE).splitlines(keepends=True)[:_SAMPLE_LINES])
        except UnicodeDecodeError as error:
            malformed(path, "line 1", f"cannot be read as {self.encoding}: {error.reason}")
        for sign, text in _OTHER_TEXTS:
            if sample.lstrip()[: len(sign)].upper() == sign.upper():
                malformed(path, "", text)
        sample, announced = _announced(sample)
        self.delimiter = announced or delimiter_of(sample)
        self._spaced = _is_spaced(sample, self.delimiter)
        head = head_of(path, self._records())
        if head is None:
            malformed(path, "", "holds no row")
        self.heads = named_apart(head.raw)
        self._head = head.number

    def entries(self) -> Iterator[Entry]:
        """Every row below the heads that holds anything. Raises Malformed where the file cannot be read on."""
        return (entry for entry in self._records() if entry.number > self._head)

    def _records(self) -> Iterator[Entry]:
        number = 0
        with self._open() as file:
            reader = csv.reader(self._lines(file), delimiter=self.delimiter, strict=True, skipinitialspace=self._spaced)
            try:
                for number, cells in enumerate(reader, 1):
                    if any(map(str.strip, cells)) and not _is_none(number, cells):
                        yield Entry(number, cells)
            except csv.Error as error:
                malformed(self.path, f"row {number + 1} (line {reader.line_num})", _said(error))
            except UnicodeDecodeError as error:
                malformed(self.path, f"row {number + 1} or soon after", f"is not {self.encoding}: {error.reason}")

    def _lines(self, file: TextIO) -> Iterator[str]:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                malformed(self.path, f"line {number}", f"is longer than {LONGEST_LINE >> 20} million characters")
            yield line

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, newline="")


def _is_none(number: int, cells: Sequence[str]) -> bool:
    """Whether a row is nobody's: the first one that says the delimiter, or what DOS put at the end."""
    if number == 1 and len(cells) <= 2 and cells[0].lower().startswith("sep="):
        return True
    return cells[0] == _DOS_END and len(cells) == 1


def _is_spaced(sample: str, delimiter: str) -> bool:
    """Whether a space follows every delimiter of the first line, so that none of them belongs to a cell."""
    _, *others = sample.partition("\n")[0].split(delimiter)
    return bool(others) and all(other.startswith(" ") for other in others)


def _said(error: csv.Error) -> str:
    text = str(error)
    if "field limit" in text:
        return "a cell is larger than 16 MiB: is a quotation mark not closed?"
    if "unexpected end of data" in text:
        return "a quotation mark is opened and never closed"
    if "expected after" in text:
        return "a quotation mark inside a quoted cell is not doubled"
    return text


def _announced(sample: str) -> tuple[str, str]:
    """Excel's own way to say the delimiter: a first line `sep=;`."""
    first, _, rest = sample.partition("\n")
    head = first.strip().strip('"')
    return (rest, head[4]) if len(head) == 5 and head[:4].lower() == "sep=" else (sample, "")


def delimiter_of(sample: str) -> str:
    """The sign that divides the lines of `sample` most evenly; what stands in quotation marks does not count.

    It is judged by the first line with which others agree: those above it are a title.
    """
    lines = _counted(sample)
    for at, first in enumerate(lines):
        worth = {sign: first[sign] * _agreeing(sign, first[sign], lines[at + 1 :]) for sign in DELIMITERS}
        if any(worth.values()):
            return max(DELIMITERS, key=worth.__getitem__)
    return max(DELIMITERS, key=lambda sign: sum(line[sign] for line in lines))


def _counted(sample: str) -> list[Counter[str]]:
    """How often each delimiter stands in each line that has any."""
    lines = [Counter[str]()]
    quoted = False
    for char in sample:
        if char == '"':
            quoted = not quoted
        elif not quoted and char == "\n":
            lines.append(Counter())
        elif not quoted and char in DELIMITERS:
            lines[-1][char] += 1
    return [line for line in lines if line]


def _agreeing(sign: str, count: int, others: Sequence[Counter[str]]) -> float:
    """The share of lines, among those with `sign`, that have it as often; 1 where there are no other lines."""
    have = [line[sign] for line in others if line[sign]]
    return sum(one >= count for one in have) / len(have) if have else float(not others)


class DelimitedWriter:
    """Writes rows as CSV, and nothing a spreadsheet would compute."""

    def __init__(self, file: TextIO, heads: Sequence[str], delimiter: str = ",", *, mark: bool = True) -> None:
        """`file` is open for writing with newline=''; `mark` is what Excel needs to see that it is UTF-8."""
        file.write("\ufeff" if mark else "")
        self._writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
        self._writer.writerow([defused(head) for head in heads])

    def write(self, cells: Sequence[str]) -> None:
        """One more row."""
        self._writer.writerow([defused(cell) if cell else cell for cell in cells])


def cell_text(cell: str) -> str:
    """What a cell says: spaces around it do not count, nor does an apostrophe that keeps it from being computed."""
    return restored(cell.strip())
