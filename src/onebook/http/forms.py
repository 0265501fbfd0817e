"""Forms with files (multipart/form-data, RFC 7578), as browsers and `curl -F` send them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from onebook.errors import Invalid, Malformed
from onebook.http.body import check_text

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FORM = "multipart/form-data"
MOST_PARTS = 100
"""So many parts one form has: ours."""


@dataclass(slots=True)
class Part:
    """One part of a form. `file_name` is None for a plain field; `content_type` empty where nothing is said."""

    name: str = ""
    file_name: str | None = None
    content_type: str = ""
    data: bytearray = field(default_factory=bytearray)

    @property
    def text(self) -> str:
        """What the field says. Raises Invalid where that is no text as fields may have it."""
        try:
            text = self.data.decode()
        except UnicodeDecodeError:
            raise Invalid.at(self.name, "must be a text in UTF-8", "wrong_type") from None
        check_text(text, self.name)
        return text


def is_form(content_type: str) -> bool:
    """Whether a body of this content type is such a form."""
    return content_type.partition(";")[0].strip().lower() == FORM


def read_form(raw: bytes, content_type: str) -> Sequence[Part]:
    """The parts in the order sent. Raises Malformed for what is no such form, Invalid for too many parts."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _malformed("its content type names no boundary")
    reading = _Reading()
    try:
        parser = MultipartParser(boundary, reading.callbacks())
        parser.write(raw)
        parser.finalize()
    except FormParserError as error:
        raise _malformed(str(error)) from None
    if not reading.ended:
        raise _malformed("it is cut off")
    return reading.parts


def _malformed(text: str) -> Invalid:
    return Malformed.at("", f"the body is no form: {text}", "malformed")


@dataclass(slots=True)
class _Reading:
    """What the parser has told so far."""

    parts: list[Part] = field(default_factory=list)
    ended: bool = False
    _name: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)

    def callbacks(self) -> MultipartCallbacks:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_begin": self._begin_header,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self.parts[-1].data.extend(data[start:end]),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) == MOST_PARTS:
            raise Invalid.at("", f"the form has more than {MOST_PARTS} parts", "too_many")
        self.parts.append(Part())

    def _begin_header(self) -> None:
        self._name.clear()
        self._value.clear()

    def _end_header(self) -> None:
        name, value = self._name.decode("latin-1").strip().lower(), self._value.decode("latin-1").strip()
        part = self.parts[-1]
        if name == "content-type":
            part.content_type = value.partition(";")[0].strip().lower()
        elif name == "content-disposition":
            _, options = parse_options_header(value)
            part.name = _decoded(options.get(b"name", b""))
            if b"filename" in options:
                part.file_name = _decoded(options[b"filename"]).replace("\\", "/").rpartition("/")[2]

    def _end(self) -> None:
        self.ended = True


def _decoded(value: bytes) -> str:
    """UTF-8, as today's clients write names, with `%22` for a quotation mark (the HTML standard); else Latin-1."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
