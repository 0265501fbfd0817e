"""vCards of versions 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350), read line by line as all the address books write them."""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from onebook.files.encodings import encoding_of
from onebook.files.entries import Entry, malformed

LARGEST_CARD = 16 * 1024 * 1024
"""Characters, pictures included."""
REASON = "X-ONEBOOK-REJECTED"
"""The property that says why a card was not taken; reading passes over it."""
_NAME = re.compile(r"(?:(?P<group>[\w-]+)\.)?(?P<name>[\w-]+)(?P<rest>[;:].*)", re.DOTALL | re.ASCII)
_PARAM = re.compile(r';\s*(?:([\w-]+)\s*=\s*)?((?:"[^"]*"|[^";:,])*(?:,(?:"[^"]*"|[^";:,])*)*)')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
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
        self.encoding = encoding_of(path)
        if next(self.entries(), None) is None:
            malformed(path, "", "holds no card")

    def entries(self) -> Iterator[Entry]:
        """Every card, as its lines. Raises Malformed for lines outside of cards, and where a card does not end."""
        card: list[str] = []
        number = depth = size = 0
        with self.path.open(encoding=self.encoding) as file:
            try:
                for at, line in enumerate(file, 1):
                    text = line.rstrip("\n")
                    said = text.strip().upper()
                    depth += (said == "BEGIN:VCARD") - (said == "END:VCARD")
                    if not card and depth != 1 and said:
                        malformed(self.path, f"line {at}", "is outside of a card: BEGIN:VCARD is missing")
                    if depth > 1 and said == "BEGIN:VCARD" and not _is_agent(card):
                        malformed(self.path, f"card {number + 1}", f"does not end before the next one (line {at})")
                    size += len(text)
                    if size > LARGEST_CARD:
                        malformed(self.path, f"card {number + 1}", "is larger than 16 MiB: does it not end?")
                    if said or card:
                        card.append(text)
                    if card and depth == 0:
                        number += 1
                        yield Entry(number, card)
                        card, size = [], 0
            except UnicodeDecodeError as error:
                malformed(self.path, f"card {number + 1}", f"is not {self.encoding}: {error.reason}")
        if card:
            malformed(self.path, f"card {number + 1}", "does not end: END:VCARD is missing")


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
        if whole and line[:1] in (" ", "\t"):
            whole += line[1:]
        elif whole.endswith("=") and "QUOTED-PRINTABLE" in whole.partition(":")[0].upper():
            whole = whole[:-1] + line
        else:
            if whole.strip():
                yield whole
            whole = line
    if whole.strip():
        yield whole


def _params(rest: str) -> tuple[dict[str, list[str]], str]:
    params: dict[str, list[str]] = {}
    at = 0
    while rest[at : at + 1] == ";":
        found = _PARAM.match(rest, at)
        if found is None or found.end() == at:
            break
        values = [value.strip().strip('"') for value in found[2].split(",")]
        name = found[1].upper() if found[1] else _BARE.get(values[0].upper(), "TYPE")
        params.setdefault(name, []).extend(values)
        at = found.end()
    if rest[at : at + 1] != ":":
        raise ValueError(f"{rest[:40]!r} has no value")
    return params, rest[at + 1 :]


def _decoded(name: str, params: dict[str, list[str]], value: str) -> str:
    encoding = params.get("ENCODING", [""])[0].upper()
    if encoding != "QUOTED-PRINTABLE":
        return value
    try:
        raw = quopri.decodestring(value.encode("utf-8"))
    except (binascii.Error, ValueError):
        raise ValueError(f"{name} is no quoted-printable text") from None
    for charset in (*params.get("CHARSET", ()), "utf-8", "cp1252"):
        try:
            return raw.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
    raise ValueError(f"{name} is in no encoding that is known")


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
