"""A file as an answer: with ETag and Range (RFC 9110), packed as the client's `Accept-Encoding` asks, in pieces."""

from __future__ import annotations

import asyncio
import re
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from onebook.errors import NotFound
from onebook.http.route import Ask, Reply

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE = 256 * 1024
"""Bytes read and packed at a time."""
_ZSTD_LEVEL = 3
_GZIP_LEVEL = 6
_GZIP_FRAME = 31
"""What zlib calls the largest window in a gzip frame."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_WEIGHT = re.compile(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)")


class _Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


_PACKERS: dict[str, Callable[[], _Packer]] = {
    "zstd": lambda: zstd.ZstdCompressor(level=_ZSTD_LEVEL),
    "gzip": lambda: zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_FRAME),
}
"""By their name in `Content-Encoding`, the one that is liked better first."""


def file_reply(
    ask: Ask, place: Path, etag: str, content_type: str, *, pack: bool, headers: Sequence[tuple[bytes, bytes]] = ()
) -> Reply:
    """The file at `place`: all of it, the part that is asked for, or 304 where the client has it already.

    `etag` names these bytes and no others. `pack`: whether packing makes it smaller. A part is never packed, and of
    several parts asked for at once the whole is the answer. Raises NotFound where the file is not there.
    """
    try:
        size = place.stat().st_size
    except FileNotFoundError:
        raise NotFound(f"there is no file {place.name}") from None
    packing = packed_as(ask.headers.get("accept-encoding", "")) if pack and not _part(ask, etag, size) else None
    if packing is None:
        more = [*headers, (b"Vary", b"Accept-Encoding")] if pack else headers
        return pieces_reply(ask, lambda first, end: _pieces(place, first, end), size, etag, content_type, headers=more)
    tag = f'"{etag}-{packing}"'
    told = [(b"ETag", tag.encode()), (b"Accept-Ranges", b"bytes"), (b"Vary", b"Accept-Encoding"), *headers]
    if _known(ask.headers.get("if-none-match", ""), tag):
        return Reply(304, content_type="", headers=tuple(told))
    told.append((b"Content-Encoding", packing.encode()))
    return Reply(200, b"", content_type, tuple(told), lambda: _packed(place, _PACKERS[packing]()))


Pieces = Callable[[int, int], AsyncIterator[bytes]]
"""The bytes from the first to before the last, piece by piece."""


def pieces_reply(
    ask: Ask, pieces: Pieces, size: int, etag: str, content_type: str, *, headers: Sequence[tuple[bytes, bytes]] = ()
) -> Reply:
    """`size` bytes, wherever they lie: all, the part that is asked for, 304, or 416 where there is no such part."""
    told = [(b"ETag", f'"{etag}"'.encode()), (b"Accept-Ranges", b"bytes"), *headers]
    if _known(ask.headers.get("if-none-match", ""), f'"{etag}"'):
        return Reply(304, content_type="", headers=tuple(told))
    part = _part(ask, etag, size)
    if part is None:
        return Reply(200, b"", content_type, tuple(told), lambda: pieces(0, size), size)
    first, end = part
    if first >= end:
        told.append((b"Content-Range", f"bytes */{size}".encode()))
        return Reply(416, b"", "", tuple(told))
    told.append((b"Content-Range", f"bytes {first}-{end - 1}/{size}".encode()))
    return Reply(206, b"", content_type, tuple(told), lambda: pieces(first, end), end - first)


def attachment(name: str) -> tuple[bytes, bytes]:
    """The header that lets a browser keep the answer as a file of this name (RFC 6266), in whatever letters."""
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\%' else "_" for one in name)
    return b"Content-Disposition", f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}".encode()


def packed_as(accepted: str) -> str | None:
    """The packing that the header `Accept-Encoding` likes best; None for none."""
    weights: dict[str, float] = {}
    for one in accepted[:1000].lower().split(","):
        name, _, weight = (part.strip() for part in one.partition(";"))
        found = _WEIGHT.fullmatch(weight.replace(" ", "")) if weight else None
        if name and (found or not weight):
            weights[name] = float(found[1]) if found else 1.0
    liked = {name: weights.get(name, weights.get("*", 0.0)) for name in _PACKERS}
    best = max(liked, key=liked.__getitem__)
    return best if liked[best] > 0 and liked[best] >= weights.get("identity", 0.0) else None


def _part(ask: Ask, etag: str, size: int) -> tuple[int, int] | None:
    """The first byte that is asked for and the one behind the last; equal where there are none such; None for all."""
    asked = _RANGE.fullmatch(ask.headers.get("range", "").replace(" ", ""))
    if asked is None or ask.headers.get("if-range", f'"{etag}"').strip() != f'"{etag}"':
        return None
    first, last = asked.groups()
    if not first:
        return (max(0, size - int(last)), size) if last else None
    if last and int(last) < int(first):
        return None
    end = min(size, int(last) + 1) if last else size
    return min(int(first), end), end


def _known(sent: str, tag: str) -> bool:
    return sent.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in sent.split(","))


async def _pieces(place: Path, first: int, end: int) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(place.open, "rb")
    try:
        file.seek(first)
        while first < end and (piece := await asyncio.to_thread(file.read, min(PIECE, end - first))):
            first += len(piece)
            yield piece
    finally:
        file.close()


async def _packed(place: Path, packer: _Packer) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(place.open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, PIECE):
            if packed := await asyncio.to_thread(packer.compress, piece):
                yield packed
        yield await asyncio.to_thread(packer.flush)
    finally:
        file.close()
