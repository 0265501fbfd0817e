"""Rows of JSON: one array of objects, or one object a line; streamed, however the file is broken into lines."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import math
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import msgspec

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from onebook.files.entries import malformed

Row = dict[str, Any]
_CHUNK = 1 << 20
LARGEST_ROW = 16 * 1024 * 1024
"""Characters of one object."""
_decode = msgspec.json.Decoder().decode


def _finite(text: str) -> float:
    if not math.isfinite(found := float(text)):
        raise json.JSONDecodeError(f"{text} is no number", text, 0)
    return found


_scan = json.JSONDecoder(parse_float=_finite, parse_constant=_finite).raw_decode


def json_rows(path: Path) -> Iterator[Row]:
    """The objects of the file, in order. Raises Malformed, naming the row, where it is cut or no such file.

    A file that ends in `.gz` or `.zst` is unpacked on the way.
    """
    try:
        with _opened(path) as file:
            first = file.readline(_CHUNK).strip().removeprefix(codecs.BOM_UTF8)
            if not first and not file.readline(_CHUNK) and ".jsonl" not in path.name:
                malformed(path, "row 1", "the file is empty")
            if first == b"[":
                first = file.readline(_CHUNK).strip().removesuffix(b",")
            lines = first in (b"[]", b"]", b"") or (first.startswith(b"{") and first.endswith(b"}"))
        yield from _by_line(path) if lines else _by_object(path)
    except (EOFError, zlib.error, gzip.BadGzipFile, zstd.ZstdError) as error:
        malformed(path, "", f"cannot be unpacked: {error}")


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(path))
    return cast(IO[bytes], zstd.open(path)) if path.suffix == ".zst" else path.open("rb")


def _by_line(path: Path) -> Iterator[Row]:
    """One object a line, with or without brackets and commas around them, as our dumps are."""
    number, opened, closed = 0, False, False
    with _opened(path) as file:
        for line in file:
            text = line.strip().removeprefix(codecs.BOM_UTF8).removesuffix(b",")
            if not text:
                continue
            if closed:
                malformed(path, f"row {number + 1}", "stands behind the end of the array")
            if not number and text in (b"[", b"[]"):
                opened, closed = True, text == b"[]"
            elif opened and text == b"]":
                closed = True
            else:
                number += 1
                yield _object(path, number, text)
    if opened and not closed:
        malformed(path, f"row {number + 1}", "the file ends in the middle of the array")


def _object(path: Path, number: int, text: bytes) -> Row:
    try:
        found = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        malformed(path, f"row {number}", f"is no JSON: {error}")
    if not isinstance(found, dict):
        malformed(path, f"row {number}", "is no object")
    return found


def _by_object(path: Path) -> Iterator[Row]:
    """Objects of an array, wherever its lines end."""
    number, at, text, done = 0, 0, "", False
    with io.TextIOWrapper(_opened(path), encoding="utf-8-sig") as file:
        try:
            text = file.read(_CHUNK).lstrip()
            if not text.startswith("["):
                malformed(path, "row 1", "is no array of objects, nor one object a line")
            at = 1
            while True:
                while at < len(text) and text[at] in " \t\r\n,":
                    at += 1
                if text[at : at + 1] == "]":
                    return
                try:
                    found, at = _scan(text, at) if at < len(text) else (None, at)
                except (json.JSONDecodeError, RecursionError):
                    found = None
                if found is None:
                    more = "" if done else file.read(_CHUNK)
                    if not more or len(text) - at > LARGEST_ROW:
                        malformed(path, f"row {number + 1}", "is no JSON, or the file ends in the middle of it")
                    text, at, done = text[at:] + more, 0, len(more) < _CHUNK
                    continue
                number += 1
                if not isinstance(found, dict):
                    malformed(path, f"row {number}", "is no object")
                yield found
        except UnicodeDecodeError as error:
            malformed(path, f"row {number + 1}", f"is not UTF-8: {error.reason}")
