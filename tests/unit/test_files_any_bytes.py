"""Whatever bytes a file holds, it is read, or refused in one line that names it."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.errors import Invalid, Malformed
from onebook.files.card_fields import given_of
from onebook.files.cards import CardsFile
from onebook.files.delimited import DelimitedFile
from onebook.files.entries import Given
from onebook.files.json_rows import json_rows
from onebook.files.mapping import TableMapping, guess
from onebook.files.workbook import WorkbookFile

BERLIN = ZoneInfo("Europe/Berlin")
HEADS = "Vorname,Name,E-Mail,Telefon,PLZ/Ort,Geburtstag,Newsletter,Erstellt am,Tags,Breitengrad".split(",")
MAPPING = TableMapping(HEADS, guess(HEADS, {}), BERLIN)
PIECES = st.sampled_from(
    (
        *(b"BEGIN:VCARD\r\n", b"END:VCARD\n", b"N:a;b", b"TEL;CELL:", b"\n", b"=\n", b"BDAY:"),
        *(b";ENCODING=QUOTED-PRINTABLE:=C3", b'"', b";", b",", b"\xff\xfe", b"\0", b"\xef\xbb\xbf"),
        *(b"[", b'{"id":1}', b"]", b"PK\x03\x04", b"\xfc", b"sep=;\n"),
    )
)
BYTES = st.lists(PIECES | st.binary(max_size=6), max_size=20).map(b"".join)


def _table(path: Path) -> Any:
    return [entry.raw for entry in DelimitedFile(path).entries()]


def _workbook(path: Path) -> Any:
    return [entry.raw for entry in WorkbookFile(path).entries()]


def _cards(path: Path) -> Any:
    for entry in CardsFile(path).entries():
        with contextlib.suppress(Invalid):
            given_of(entry.raw, BERLIN)


def _rows(path: Path) -> Any:
    return list(json_rows(path))


@pytest.mark.parametrize("read", [_table, _workbook, _cards, _rows])
@given(data=BYTES)
def test_any_bytes_are_read_or_refused_in_one_line(read: Callable[[Path], Any], data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kaputt.txt"
        path.write_bytes(data)
        said = ""
        try:
            read(path)
        except Malformed as error:
            said = error.message
        assert not said or re.fullmatch("kaputt.txt[^\n]+", said), said


ODD = ("1.1.1", "'=1", "ja", "9999-12-31 23:59", "0001-01-01", "1e999")
CELLS = st.lists(st.text(max_size=12) | st.sampled_from(ODD))


@given(CELLS)
def test_any_cells_are_a_contact_or_a_reason(cells: list[str]) -> None:
    try:
        found: Given | str = MAPPING.read(cells)
    except Invalid as error:
        found = error.message
    assert found
