"""XML as .NET's DataContract serializer writes it, by writers that are compiled once for each shape.

A writer takes the plain value that JSON would be made of. Members stand in the order `Shape.in_xml_order` says, null is
`<X i:nil="true"/>`, and what belongs to another namespace has the prefix that .NET would give it, `d3p1` for what
stands on the third level (the vendor's sample). Characters that XML 1.0 forbids are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from onebook.dialects.vitec.shapes import ARRAYS, Member, Shape

INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
STRINGS = "http://schemas.microsoft.com/2003/10/Serialization/"
Write = Callable[[Any], str]

_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}


def escape(text: str) -> str:
    """`text` as the content of an element."""
    if text.isalnum() or not _SPECIAL.search(text):
        return text
    return _SPECIAL.sub(lambda match: _ENTITIES.get(match[0], ""), text)


def write_string(text: str) -> str:
    """A bare text as a document."""
    return f'<string xmlns="{STRINGS}">{escape(text)}</string>'


@cache
def object_writer(declared: Shape, actual: Shape) -> Write:
    """A document of one object. `declared` is the type that the answer promises, `actual` the object's own."""
    content = _content(actual, 2, "")
    opening = f"<{declared.name}{_root(declared)}{_type(declared, actual)}>"
    return lambda value: f"{opening}{content(value)}</{declared.name}>"


@cache
def item_writer(declared: Shape, actual: Shape) -> Write:
    """One object in a document that is a list."""
    content = _content(actual, 3, "")
    opening = f"<{declared.name}{_type(declared, actual)}>"
    return lambda value: f"{opening}{content(value)}</{declared.name}>"


def write_list(declared: Shape, items: Sequence[str]) -> str:
    """A document that is a list of what `item_writer` has written."""
    name = f"ArrayOf{declared.name}"
    if not items:
        return f"<{name}{_root(declared)}/>"
    return f"<{name}{_root(declared)}>{''.join(items)}</{name}>"


def _root(shape: Shape) -> str:
    return f' xmlns:i="{INSTANCE}" xmlns="{shape.namespace}"'


def _type(declared: Shape, actual: Shape) -> str:
    return "" if declared is actual else f' i:type="{actual.name}"'


def _content(shape: Shape, depth: int, prefix: str) -> Write:
    """Writes the members of an object, which stand on level `depth` of the document, below its element."""
    writers = [(member.key, _element(member, shape, depth, prefix)) for member in shape.in_xml_order]

    def write(value: Mapping[str, Any]) -> str:
        return "".join([element(value[key]) for key, element in writers])

    return write


def _element(member: Member, owner: Shape, depth: int, prefix: str) -> Write:
    """Writes one member with its element."""
    tag = f"{prefix}{member.name}"
    if isinstance(member.type, Shape):
        foreign = member.type.namespace != owner.namespace
        within = f"d{depth}p1:" if foreign else prefix
        declaration = f' xmlns:d{depth}p1="{member.type.namespace}"' if foreign else ""
        inner = _listed(member.type, depth, within) if member.many else _content(member.type, depth + 1, within)
        return _wrapped(tag, inner, declaration)
    if member.many:
        return _wrapped(tag, _texts(f"d{depth}p1:string"), f' xmlns:d{depth}p1="{ARRAYS}"')
    if member.type == "boolean":
        flags = {True: f"<{tag}>true</{tag}>", False: f"<{tag}>false</{tag}>", None: f'<{tag} i:nil="true"/>'}
        return flags.__getitem__
    return _wrapped(tag, repr if member.type in ("integer", "number") else escape, "")


def _wrapped(tag: str, inner: Write, declaration: str) -> Write:
    nil, empty = f'<{tag} i:nil="true"/>', f"<{tag}{declaration}/>"
    opening, closing = f"<{tag}{declaration}>", f"</{tag}>"

    def write(value: Any) -> str:
        if value is None:
            return nil
        content = inner(value)
        return f"{opening}{content}{closing}" if content else empty

    return write


def _listed(shape: Shape, depth: int, prefix: str) -> Write:
    """Writes a list of objects, which stand below level `depth`."""
    tag, content = f"{prefix}{shape.name}", _content(shape, depth + 2, prefix)
    return lambda values: "".join([f"<{tag}>{content(value)}</{tag}>" for value in values])


def _texts(tag: str) -> Write:
    """Writes a list of texts."""
    return lambda values: "".join([f"<{tag}>{escape(value)}</{tag}>" for value in values])
