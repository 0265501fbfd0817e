"""CSV, as spreadsheets of all countries and ages write it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TextIO

from onebook.files.encodings import encoding_of
from onebook.files.entries import Entry, malformed
from onebook.files.formulas import defused, restored

DELIMITERS = ",;\t|"
LARGEST_CELL = 16 * 1024 * 1024
"""Characters: past it a quotation mark was not closed, most likely, and the rest of the file is in one cell."""
_SAMPLE_LINES = 50


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
                sample = "".join(islice(file, _SAMPLE_LINES))
        except UnicodeDecodeError as error:
            malformed(path, "line 1", f"cannot be read as {self.encoding}: {error.reason}")
        sample, announced = _announced(sample)
        self.delimiter = announced or delimiter_of(sample)
        first = next(self._records(), None)
        if first is None:
            malformed(path, "", "holds no row")
        self.heads = [head.strip() for head in first.raw]

    def entries(self) -> Iterator[Entry]:
        """Every row below the heads that holds anything. Raises Malformed where the file cannot be read on."""
        records = self._records()
        next(records, None)
        return records

    def _records(self) -> Iterator[Entry]:
        number = 0
        with self._open() as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            try:
                for number, cells in enumerate(reader, 1):
                    if any(cells) and not (number == 1 and len(cells) <= 2 and cells[0].lower().startswith("sep=")):
                        yield Entry(number, cells)
            except csv.Error as error:
                malformed(self.path, f"row {number + 1} (line {reader.line_num})", _said(error))
            except UnicodeDecodeError as error:
                malformed(self.path, f"row {number + 1} or soon after", f"is not {self.encoding}: {error.reason}")

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, newline="")


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
    """The sign that divides the lines of `sample` most evenly; what stands in quotation marks does not count."""
    counts: dict[str, list[int]] = {sign: [0] for sign in DELIMITERS}
    quoted = False
    for char in sample:
        if char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char == "\n":
            for per_line in counts.values():
                per_line.append(0)
        elif char in counts:
            counts[char][-1] += 1
    return max(DELIMITERS, key=lambda sign: _evenness(counts[sign]))


def _evenness(per_line: list[int]) -> float:
    """How many times the sign stands in the first line, as far as the other lines agree."""
    first = per_line[0]
    others = [count for count in per_line[1:] if count]
    agreeing = sum(count >= first for count in others) / len(others) if others else 1.0
    return first * agreeing if first else sum(per_line) / (100 * len(per_line))


class DelimitedWriter:
    """Writes rows as CSV: UTF-8 with the mark Excel needs, commas, and nothing a spreadsheet would compute."""

    def __init__(self, file: TextIO, heads: Sequence[str], delimiter: str = ",") -> None:
        """`file` is open for writing with newline=''."""
        file.write("\ufeff")
        self._writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
        self._writer.writerow([defused(head) for head in heads])

    def write(self, cells: Sequence[str]) -> None:
        """One more row."""
        self._writer.writerow([defused(cell) if cell else cell for cell in cells])


def cell_text(cell: str) -> str:
    """What a cell says: spaces around it do not count, nor does an apostrophe that keeps it from being computed."""
    return restored(cell.strip())
