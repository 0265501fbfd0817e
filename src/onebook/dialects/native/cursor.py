"""Cursors: where a list was left off, as opaque text. They hold no data but the sort value of one record."""

from __future__ import annotations

import base64
import binascii

import msgspec
from msgspec import Struct

from onebook.errors import Invalid
from onebook.http.body import check_text
from onebook.service.walk import Place

_MOST = 2**63
_LONGEST = 4096


class _Written(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a cursor says, in this order."""

    sort: str
    value: int | str
    id: int
    seq: int


_decoder = msgspec.json.Decoder(_Written)


def write_cursor(place: Place | None, sort: str) -> str | None:
    """The cursor of `place` in a list sorted by `sort` (with its minus); None for none."""
    if place is None:
        return None
    written = msgspec.json.encode(_Written(sort, place.value, place.id, place.seq))
    return base64.urlsafe_b64encode(written).decode().rstrip("=")


def read_cursor(text: str | None, sort: str, *, textual: bool) -> Place | None:
    """The place that `text` tells; `textual` where the sort value is a text. None for none.

    Raises Invalid for what is no cursor, and for one of a list that is sorted otherwise.
    """
    if not text:
        return None
    try:
        if len(text) > _LONGEST or not text.isascii():
            raise ValueError
        said = _decoder.decode(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if isinstance(said.value, str):
            check_text(said.value, "cursor")
        elif not -_MOST <= said.value < _MOST:
            raise ValueError
        if not (0 <= said.id < _MOST and 0 <= said.seq < _MOST):
            raise ValueError
    except (ValueError, binascii.Error, msgspec.DecodeError, Invalid):
        raise Invalid.at("cursor", "is none of ours", "invalid") from None
    if said.sort != sort or isinstance(said.value, str) != textual:
        raise Invalid.at("cursor", f"belongs to a list that is not sorted by {sort}", "other_sort")
    return Place(said.value, said.id, said.seq)
