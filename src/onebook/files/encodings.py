"""Which encoding a text file is in: Unicode where it is, else the old one that its letters fit best."""

from __future__ import annotations

import codecs
from functools import partial
from pathlib import Path

from onebook.files.entries import malformed

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_KINDS = (
    (b"PK\x03\x04", "is a workbook or another zip archive and no text: try `onebook import xlsx`"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook (.xls): save it as .xlsx or CSV"),
    (b"%PDF", "is a PDF and no text"),
    (b"\x1f\x8b", "is packed with gzip: unpack it first"),
)
_OLD = ("cp1252", "mac_roman", "cp850")
"""What programs wrote before Unicode in western Europe: Windows, Mac, DOS."""
_LETTERS = frozenset("äöüÄÖÜßåÅéèêáàâíóúñÑ¿¡çôøæØÆëïî€–„“”’§°´")
"""What German, Swedish and Spanish texts have beyond ASCII; a wrong encoding makes other signs of them."""
_CHUNK = 1 << 20
_SAMPLE = 1 << 16


def encoding_of(path: Path) -> str:
    """The encoding of a text file as `open` takes it. Raises Malformed for what is no text, or for damaged UTF-8."""
    return wide_encoding(path) or _narrow(path)


def wide_encoding(path: Path) -> str:
    """UTF-16 and UTF-32, and UTF-8 that says so; empty for any other text. Raises Malformed for what is no text."""
    with path.open("rb") as file:
        head = file.read(_CHUNK)
    for sign, text in _OTHER_KINDS:
        if head.startswith(sign):
            malformed(path, "", text)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    wide = _wide(head)
    if b"\0" in head and not wide:
        malformed(path, f"line {head.count(10, 0, head.index(0)) + 1}", "has a NUL: this is no text file")
    return wide


def _wide(head: bytes) -> str:
    """UTF-16 without its mark: nearly every second byte is a zero; empty for anything else."""
    pairs = len(head) // 2
    if pairs and head[1::2].count(0) > 0.6 * pairs:
        return "utf-16-le"
    return "utf-16-be" if pairs and head[0::2].count(0) > 0.6 * pairs else ""


def _narrow(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    letters, offset = 0, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                letters += _beyond_ascii(bytes(error.object)[: error.start].decode("utf-8", "ignore"))
                if letters >= 3:
                    _damaged(path, offset + error.start)
                return old_encoding(path)
            letters += _beyond_ascii(text)
            offset += len(chunk)
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            if letters >= 3:
                _damaged(path, offset)
            return old_encoding(path)
    return "utf-8"


def _beyond_ascii(text: str) -> int:
    """How many of its characters are not ASCII."""
    return 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))


def _damaged(path: Path, offset: int) -> None:
    with path.open("rb") as file:
        line = file.read(offset).count(b"\n") + 1
    malformed(path, f"line {line}", "the text is in UTF-8 up to here, and this line is not: save it as UTF-8 anew")


def old_encoding(path: Path, *, mixed: bool = False) -> str:
    """The one of the old encodings in which the file's letters are letters; charset-normalizer breaks a tie.

    Raises Malformed where some lines are in an old encoding and others in UTF-8, unless they may be `mixed`.
    """
    sample = _letters_of(path, mixed=mixed)
    known = {name: _share(sample, name) for name in _OLD}
    best = max(known.values())
    tied = [name for name in _OLD if known[name] == best]
    if len(tied) == 1:
        return tied[0]
    from charset_normalizer import from_bytes  # rarely needed, and slow to load

    told = from_bytes(sample, cp_isolation=list(tied)).best()
    return told.encoding if told is not None and told.encoding in tied else tied[0]


def _letters_of(path: Path, *, mixed: bool) -> bytes:
    """Lines with letters beyond ASCII, as many as are needed to tell an encoding by."""
    sample = b""
    with path.open("rb") as file:
        for number, line in enumerate(iter(partial(file.readline, _SAMPLE), b""), 1):
            if line.isascii():
                continue
            try:
                line.decode()
            except UnicodeDecodeError:
                sample += line[:1024] if len(sample) < _SAMPLE else b""
            else:
                if not mixed:
                    malformed(
                        path, f"line {number}", "is in UTF-8, and other lines are not: save the file as UTF-8 anew"
                    )
    return sample


def _share(sample: bytes, encoding: str) -> float:
    try:
        beyond = [char for char in sample.decode(encoding) if char > "\x7f"]
    except UnicodeDecodeError:
        return -1.0
    return sum(char in _LETTERS for char in beyond) / max(len(beyond), 1)
