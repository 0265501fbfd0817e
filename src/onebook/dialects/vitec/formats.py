"""Answers in the format that the caller likes best: JSON unless `Accept` says XML (the vendor's page)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from onebook.dialects.vitec.shapes import Shape
from onebook.dialects.vitec.xml_writer import item_writer, object_writer, write_frame, write_list, write_string
from onebook.http.negotiation import best_offer
from onebook.http.route import Ask, Reply

MEDIA_TYPES = ("application/json", "text/json", "application/xml", "text/xml")
Item = tuple[Shape, Mapping[str, Any]]
"""An object's own shape and its value as JSON holds it."""
encode = msgspec.json.Encoder().encode


def media_type(ask: Ask) -> str:
    """The one of `MEDIA_TYPES` to answer in."""
    return best_offer(ask.headers.get("accept", ""), MEDIA_TYPES)


def is_xml(media: str) -> bool:
    """Whether it is one of the two of XML."""
    return media.endswith("xml")


def answer(media: str, body: bytes | str, status: int = 200) -> Reply:
    """The reply with this body."""
    return Reply(status, body.encode() if isinstance(body, str) else body, f"{media}; charset=utf-8")


def answer_object(ask: Ask, declared: Shape, item: Item) -> Reply:
    """One object; `declared` is the type that the call promises."""
    media = media_type(ask)
    actual, value = item
    return answer(media, object_writer(declared, actual)(value) if is_xml(media) else encode(value))


def answer_list(ask: Ask, declared: Shape, items: Sequence[Item]) -> Reply:
    """A list of objects, each of the declared type or one derived from it."""
    media = media_type(ask)
    if is_xml(media):
        return answer(media, write_list(declared, [item_writer(declared, actual)(value) for actual, value in items]))
    return answer(media, encode([value for _, value in items]))


def answer_string(ask: Ask, text: str) -> Reply:
    """A bare text."""
    media = media_type(ask)
    return answer(media, write_string(text) if is_xml(media) else encode(text))


class Pieces:
    """An object of lists that is too large to be held as values: written piece by piece."""

    def __init__(self, ask: Ask, shape: Shape, item: Shape) -> None:
        """`shape` has nothing but lists of `item`."""
        self._shape = shape
        self._item = item
        self._media = media_type(ask)
        self._xml: dict[str, list[str]] = {member.key: [] for member in shape.members}
        self._json: dict[str, list[bytes]] = {member.key: [] for member in shape.members}

    def add(self, key: str, values: Sequence[Mapping[str, Any]]) -> None:
        """Some more values of the list under `key`."""
        if not values:
            return
        if is_xml(self._media):
            write = item_writer(self._item, self._item)
            self._xml[key].append("".join([write(value) for value in values]))
        else:
            self._json[key].append(encode(values)[1:-1])

    def answer(self) -> Reply:
        """The whole."""
        if is_xml(self._media):
            return answer(
                self._media, write_frame(self._shape, {key: "".join(all_) for key, all_ in self._xml.items()})
            )
        members = [encode(key) + b":[" + b",".join(all_) + b"]" for key, all_ in self._json.items()]
        return answer(self._media, b"{" + b",".join(members) + b"}")
