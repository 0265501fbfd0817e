"""What every single object shares: ETags and the conditions on them, ids in paths, POSTs that are done once."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Struct

from onebook.dialects.native.codec import encode, shown, whole
from onebook.errors import NotFound, Stale
from onebook.http.route import JSON, Ask, Reply
from onebook.service.idempotency import Answer, attempt, once
from onebook.service.session import Unit

_ETAG = re.compile(r'(?:W/)?"(\d{1,18})"')


class _Named(Struct):
    """What of an answer's body its headers are made of."""

    id: int = 0
    version: int = 0


_named = msgspec.json.Decoder(_Named)


def path_id(ask: Ask, what: str) -> int:
    """The id in the path; raises NotFound for what cannot be one."""
    text = ask.path_params["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 11):
        raise NotFound(f"there is no {what} {text[:40]}")
    return int(text)


def etag(version: int) -> tuple[bytes, bytes]:
    """The header that names a version."""
    return b"ETag", f'"{version}"'.encode()


def object_reply(record: Any, fields: tuple[str, ...] | None = None) -> Reply:
    """One record, with its ETag."""
    return Reply(200, encode(shown(record, fields)), JSON, (etag(record.version),))


def read_reply(ask: Ask, record: Any, fields: tuple[str, ...] | None) -> Reply:
    """The same for a GET: 304 where If-None-Match names the version (RFC 9110, weak comparison)."""
    header = ask.headers.get("if-none-match")
    if header is not None and (header.strip() == "*" or str(record.version) in _ETAG.findall(header)):
        return Reply(304, b"", "", (etag(record.version),))
    return object_reply(record, fields)


def check_match(ask: Ask, version: int) -> None:
    """Raise Stale where there is an If-Match and it does not name `version` (RFC 9110, strong comparison)."""
    header = ask.headers.get("if-match")
    if header is None or header.strip() == "*":
        return
    if f'"{version}"' not in [part.strip() for part in header.split(",")]:
        raise Stale(f"it is at version {version}, and If-Match names {header[:100]}")


def answer_with(status: int, record: Struct) -> Answer:
    """One record, whole."""
    return Answer(status=status, body=encode(whole(record)))


async def post(ask: Ask, work: Callable[[Unit], Awaitable[Answer]], collection: str = "") -> Reply:
    """Do `work` in one transaction; with an Idempotency-Key, once.

    A new object's answer has its address below `collection`, and every object's its ETag.
    """
    header = ask.headers.get("idempotency-key")
    if header is None:
        answer = await ask.session.write(work)
    else:
        query = repr(ask.params.pairs).encode()
        key_id = ask.session.key.key_id if ask.session.key else 0
        tried = attempt(key_id, header, ask.method.encode(), ask.path.encode(), query, ask.raw)
        answer = await ask.session.write(lambda unit: once(unit, tried, work))
    headers = [(b"Idempotency-Replayed", b"true")] if answer.replayed else []
    made = _named.decode(answer.body)
    if made.version:
        headers.append(etag(made.version))
    if answer.status == 201:
        headers.append((b"Location", f"{ask.base}/{collection}/{made.id}".encode()))
    return Reply(answer.status, answer.body, JSON, tuple(headers))
