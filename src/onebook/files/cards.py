"""vCards of versions 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350), read line by line as all the address books write them."""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

from onebook.files.encodings import old_encoding, wide_encoding
from onebook.files.entries import Entry, malformed

LARGEST_CARD = 16 * 1024 * 1024
"""Characters, pictures included."""
REASON = "X-ONEBOOK-REJECTED"
"""The property that says why a card was not taken; reading passes over it."""
_NAME = re.compile(r"(?:(?P<group>[\w-]+)\.)?(?P<name>[\w-]+)(?P<rest>[;:].*)", re.DOTALL | re.ASCII)
_PARAM = re.compile(r';\s*(?:([\w-]+)\s*=\s*)?((?:"[^"]*"|[^";:,])*(?:,(?:"[^"]*"|[^";:,])*)*)')
_PARAM_VALUE = re.compile(r'\s*"[^"]*"|[^",]+')
_CARET = re.compile(r"\^([n'^])")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MARK = re.compile(r"\s*(BEGIN|END)\s*:\s*VCARD\s*", re.IGNORECASE)
_FOLD = re.compile(rb"\n[ \t]")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}\s*")
_PICTURES = frozenset(("PHOTO", "LOGO", "SOUND", "KEY"))
_HEAD = 300
"""Characters in which a line says how its value is coded."""
_BARE = {"QUOTED-PRINTABLE": "ENCODING", "BASE64": "ENCODING", "8BIT": "ENCODING", "7BIT": "ENCODING", "B": "ENCODING"}


class Property(NamedTuple):
    """One line of a card: its name in capitals, its group, its parameters in capitals, and its value, escaped still."""

    name: str
    group: str
    params: dict[str, list[str]]
    value: str

    @property
    def types(self) -> frozenset[str]:
        """What its TYPE parameters say, in small letters."""
        return frozenset(word.lower() for word in self.params.get("TYPE", ()))

    @property
    def text(self) -> str:
        """The value as a text."""
        return unescaped(self.value)

    def parts(self) -> list[str]:
        """A structured value, taken apart at its semicolons."""
        return [unescaped(part) for part in divided_at(";", self.value)]


class CardsFile:
    """A file of vCards; cards are streamed."""

    noun = "card"

    def __init__(self, path: Path) -> None:
        """Raises Malformed for what is no vCard file."""
        self.path = path
        if not path.stat().st_size:
            malformed(path, "", "is empty")
        self._wide = wide_encoding(path)
        if next(self.entries(), None) is None:
            malformed(path, "", "holds no card")

    def entries(self) -> Iterator[Entry]:
        """Every card, as its lines. Raises Malformed for lines outside of cards, and where a card does not end."""
        card: list[str] = []
        number = depth = size = 0
        # Cards of several encodings may stand in one file: Latin-1 keeps all bytes until a card is whole.
        with self.path.open(encoding=self._wide or "latin-1") as file:
            try:
                for at, line in enumerate(iter(partial(file.readline, LARGEST_CARD), ""), 1):
                    text = line.rstrip("\n")
                    mark = _MARK.fullmatch(text)
                    begins = mark is not None and mark[1][0] in "Bb"
                    depth += 0 if mark is None else 1 if begins else -1
                    if not card and depth != 1 and text.strip():
                        malformed(self.path, f"line {at}", "is outside of a card: BEGIN:VCARD is missing")
                    if depth > 1 and begins and not _is_agent(card):
                        malformed(self.path, f"card {number + 1}", f"does not end before the next one (line {at})")
                    size += len(text)
                    if size > LARGEST_CARD:
                        malformed(self.path, f"card {number + 1}", "is larger than 16 MiB: does it not end?")
                    if card or text.strip():
                        card.append(text)
                    if card and depth == 0:
                        number += 1
                        yield Entry(number, self._decoded(number, card))
                        card, size = [], 0
            except UnicodeDecodeError as error:
                malformed(self.path, f"card {number + 1}", f"is not {self._wide}: {error.reason}")
        if card:
            malformed(self.path, f"card {number + 1}", "does not end: END:VCARD is missing")

    def _decoded(self, number: int, card: list[str]) -> list[str]:
        """The lines in their own encoding: UTF-8, if need be with letters that folding broke; else an old one."""
        whole = "\n".join(card)
        if self._wide or whole.isascii():
            return card
        raw = whole.encode("latin-1")
        for data in (raw, _FOLD.sub(b"", raw)):
            with suppress(UnicodeDecodeError):
                return data.decode().split("\n")
        try:
            return raw.decode(self._old).split("\n")
        except UnicodeDecodeError:
            malformed(self.path, f"card {number}", "is in no encoding that is known: save it as UTF-8")

    @cached_property
    def _old(self) -> str:
        return old_encoding(self.path, mixed=True)


def _is_agent(card: list[str]) -> bool:
    """Version 2.1 has a person's agent as a card inside the card."""
    return bool(card) and card[-1].strip().upper().startswith("AGENT")


def properties(card: list[str]) -> Iterator[Property]:
    """The properties of a card, unfolded and decoded; those of a card inside it are left out. Raises ValueError."""
    depth = 0
    for line in _unfolded(card):
        found = _NAME.match(line)
        if found is None:
            raise ValueError(f"{line[:40]!r} is no property")
        name, rest = found["name"].upper(), found["rest"]
        params, value = _params(rest)
        if name in ("BEGIN", "END"):
            depth += 1 if name == "BEGIN" else -1
        elif depth == 1:
            yield Property(name, found["group"] or "", params, _decoded(name, params, value))


def _unfolded(card: list[str]) -> Iterator[str]:
    whole = ""
    for line in card:
        if whole.endswith("=") and "QUOTED-PRINTABLE" in _head(whole):
            whole = whole[:-1] + line
        elif whole and line[:1] in (" ", "\t"):
            whole += line[1:]
        elif whole and _BASE64.fullmatch(line) and _is_base64(_head(whole)):
            whole += line  # version 2.1 does not indent them
        else:
            if whole.strip():
                yield whole
            whole = line
    if whole.strip():
        yield whole


def _head(line: str) -> str:
    return line[:_HEAD].partition(":")[0].upper()


def _is_base64(head: str) -> bool:
    return "BASE64" in head or "ENCODING=B" in head


def _params(rest: str) -> tuple[dict[str, list[str]], str]:
    params: dict[str, list[str]] = {}
    at = 0
    while rest[at : at + 1] == ";":
        found = _PARAM.match(rest, at)
        if found is None or found.end() == at:
            break
        values = [_param_value(value) for value in _PARAM_VALUE.findall(found[2])] or [""]
        name = found[1].upper() if found[1] else _BARE.get(values[0].upper(), "TYPE")
        if name == "TYPE":  # version 4.0 has several in one pair of quotation marks
            values = [word.strip() for value in values for word in value.split(",")]
        params.setdefault(name, []).extend(values)
        at = found.end()
    if rest[at : at + 1] != ":":
        raise ValueError(f"{rest[:40]!r} has no value")
    return params, rest[at + 1 :]


def _param_value(text: str) -> str:
    """A parameter's value without its quotation marks; in them `^n` is a line end and `^'` a mark (RFC 6868)."""
    text = text.strip()
    if not text.startswith('"'):
        return text
    return _CARET.sub(lambda found: {"n": "\n", "'": '"', "^": "^"}[found[1]], text.strip('"'))


def _decoded(name: str, params: dict[str, list[str]], value: str) -> str:
    encoding = params.get("ENCODING", [""])[0].upper()
    if encoding in ("B", "BASE64") and name not in _PICTURES:
        raw = _unpacked(value)
    elif encoding == "QUOTED-PRINTABLE":
        raw = quopri.decodestring(value.encode("utf-8"))
    else:
        return value
    for charset in (*params.get("CHARSET", ()), "utf-8", "cp1252"):
        try:
            return raw.decode(charset).replace("\r\n", "\n")
        except (UnicodeDecodeError, LookupError):
            continue
    raise ValueError(f"{name} is in no encoding that is known")


def _unpacked(value: str) -> bytes:
    try:
        return binascii.a2b_base64(value)
    except binascii.Error:
        return value.encode()


def unescaped(text: str) -> str:
    r"""A text without its escapes: `\n` is a line end, `\,` a comma."""
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], text) if "\\" in text else text


def escaped(text: str) -> str:
    """A text as a value of version 3.0 has it."""
    for sign in "\\,;":
        text = text.replace(sign, "\\" + sign)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def divided_at(sign: str, text: str) -> list[str]:
    """`text` taken apart at every `sign` that is not escaped; the escapes stay."""
    if "\\" not in text:
        return text.split(sign)
    parts, part, escaping = [], "", False
    for char in text:
        if char == sign and not escaping:
            parts.append(part)
            part = ""
        else:
            part += char
        escaping = char == "\\" and not escaping
    return [*parts, part]


def folded(line: str) -> str:
    """A line of at most 75 bytes, and what is longer on lines that begin with a space (RFC 2426 2.6)."""
    if len(line) < 25 or len(line.encode()) <= 75:
        return line
    lines, part, size = [], "", 0
    for char in line:
        width = len(char.encode())
        if size + width > 74:
            lines.append(part)
            part, size = "", 0
        part, size = part + char, size + width
    return "\r\n ".join([*lines, part])
