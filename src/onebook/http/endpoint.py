"""What happens to every request of every dialect: read, admitted, handled, answered; errors become the vendor's."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any

from onebook.errors import Forbidden, NoSuchMethod, NoSuchPath, OnebookError, TooLarge, TooMany
from onebook.http.asgi import Receive, Scope, Send
from onebook.http.browsers import ANYBODY, preflight
from onebook.http.limits import Allowance, RateLimiter
from onebook.http.params import Params
from onebook.http.route import Ask, DialectServer, Headers, Reply, Route
from onebook.model.account import DEFAULT_RATES, Key
from onebook.service.access import allowed, authenticate, session_for
from onebook.store.database import Store

log = logging.getLogger("onebook.http")
DRAINED = 32 << 20
"""So many bytes of a body that is too large are read all the same, so that the client hears why."""

FROM_ANYBODY = 64 << 10
"""So many bytes are read before the key is looked at. Larger bodies of people without one would fill the memory."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What every endpoint needs to let somebody in. `now` answers the moment in UTC."""

    store: Callable[[], Store]
    limiter: RateLimiter
    now: Callable[[], datetime]
    dump_dir: Path


def ask_of(scope: Scope, raw: bytes, dialect: DialectServer, gate: Gate | None = None) -> Ask:
    """The request as handlers see it; `onebook` in the scope's state was put there by the edge."""
    outer: Mapping[str, Any] = scope["onebook"]
    ask = Ask(
        method=scope["method"],
        path=scope["path"],
        path_params=scope.get("path_params", {}),
        params=Params(scope["query_string"].decode("latin-1")),
        headers=Headers(scope["headers"]),
        raw=raw,
        base=f"{outer['origin']}{'' if outer['own_host'] else dialect.prefix}{dialect.base}",
        request_id=outer["request_id"],
    )
    if gate is not None:
        ask.dump_dir, ask.now = gate.dump_dir, gate.now
    return ask


class Endpoint:
    """One path of one dialect, all its methods; an ASGI application."""

    def __init__(self, dialect: DialectServer, path: str, routes: Mapping[str, Route], gate: Gate) -> None:
        """`path` is the template below the dialect's base, `routes` are by method; HEAD is answered where GET is."""
        self._dialect = dialect
        self._template = f"{dialect.prefix}{dialect.base}{path}"
        self._routes = dict(routes)
        if "GET" in routes:
            self._routes.setdefault("HEAD", routes["GET"])
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing is raised."""
        scope["onebook"]["route"] = self._template
        ask = ask_of(scope, b"", self._dialect, self._gate)
        try:
            if "\0" in ask.path:
                raise NoSuchPath("a path has no NUL")
            route = self._routes.get(ask.method)
            if route is None:
                reply = self._refused(ask)
            else:
                if ask.method not in ("GET", "HEAD") or _has_body(scope):
                    if route.scope is not None and _is_large(ask):
                        await self._key(ask)
                    ask.raw = await read_body(receive, route.body_limit)
                await self._admit(ask, route, scope)
                reply = await route.handler(ask)
        except OnebookError as error:
            reply = self._dialect.error_reply(error, ask)
        except Exception as error:
            log_bug(error, ask.request_id)
            reply = self._dialect.error_reply(OnebookError(f"internal error, request {ask.request_id}"), ask)
        await send_reply(reply, outer_headers(self._dialect, scope), send, receive, head=ask.method == "HEAD")

    def _refused(self, ask: Ask) -> Reply:
        """Of a method that the path does not know: what a browser asks is answered. Raises NoSuchMethod."""
        methods, headers = tuple(sorted(self._routes)), self._dialect.browser_headers
        reply = preflight(ask.headers, methods, headers) if ask.method == "OPTIONS" and headers else None
        if reply is None:
            raise NoSuchMethod(methods)
        return reply

    async def _key(self, ask: Ask) -> tuple[Key, int]:
        """The key that is shown, and the account's stamp. Raises Unauthenticated."""
        return await authenticate(self._gate.store(), self._dialect.name, self._dialect.credential(ask))

    async def _admit(self, ask: Ask, route: Route, scope: Scope) -> None:
        if route.scope is None:
            return
        key, stamp = await self._key(ask)
        scope["onebook"]["key"] = key
        try:
            scope["onebook"]["allowance"] = self._gate.limiter.take(key.account_id, key.key_id, key.rate)
        except TooMany as error:
            scope["onebook"]["allowance"] = Allowance(key.rate, 0, ceil(error.retry_after))
            raise
        ask.admit(await session_for(self._gate.store(), key, key.account_id, clock=self._gate.now, stamp=stamp))
        if not allowed(key, route.scope):
            raise Forbidden(f"the key does not allow {route.scope or 'this'}")


def outer_headers(dialect: DialectServer, scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
    """What every answer of the dialect carries: what is left to the caller, and whether a browser may show it."""
    limits = limit_headers(dialect, scope)
    if dialect.browser_headers and any(name == b"origin" for name, _ in scope["headers"]):
        return (*limits, *ANYBODY)
    return limits


def limit_headers(dialect: DialectServer, scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
    """What the dialect tells in every answer of what is left to the caller; to nobody in particular all of it."""
    if dialect.rate_headers is None:
        return ()
    rate = DEFAULT_RATES[dialect.name]
    allowance: Allowance = scope["onebook"].get("allowance") or Allowance(rate, int(rate), 0)
    return dialect.rate_headers(allowance.limit, allowance.remaining, allowance.reset)


def _is_large(ask: Ask) -> bool:
    """Whether the body is, or may be, larger than what is read from anybody."""
    length = ask.headers.get("content-length", "")
    return not (length.isascii() and length.isdigit() and len(length) < 10) or int(length) > FROM_ANYBODY


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") and value != b"0" for name, value in scope["headers"])


class NoPath:
    """Where no route leads: the 404 of the dialect whose prefix it is, else of the first one."""

    def __init__(self, dialects: Sequence[DialectServer]) -> None:
        """`dialects`: those that are asked whether the path is theirs."""
        self._dialects = dialects

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = f"{scope['path']}/"
        dialect = next((one for one in self._dialects if path.startswith(f"{one.prefix}/")), self._dialects[0])
        ask = ask_of(scope, b"", dialect)
        reply = dialect.error_reply(NoSuchPath(f"there is no path {ask.path[:200]}"), ask)
        await send_reply(reply, outer_headers(dialect, scope), send, receive, head=ask.method == "HEAD")


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body; raises TooLarge past `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        part: bytes = message.get("body", b"")
        size += len(part)
        more = bool(message.get("more_body", False))
        if size <= limit:
            parts.append(part)
        elif size > DRAINED:
            break
    if size > limit:
        raise TooLarge(f"the body is larger than {limit} bytes")
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def send_reply(
    reply: Reply, extra: tuple[tuple[bytes, bytes], ...], send: Send, receive: Receive, *, head: bool = False
) -> None:
    """Put `reply` on the wire; of a HEAD all but the body. A stream ends when the client has gone."""
    length = len(reply.body) if reply.stream is None else reply.length
    headers = [] if length is None or reply.status in (204, 304) else [(b"content-length", str(length).encode())]
    headers += [*extra, *reply.headers]
    if reply.content_type and reply.status != 204:
        headers.append((b"content-type", reply.content_type.encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.stream is not None and not head:
        gone = asyncio.ensure_future(_gone(receive))
        try:
            async for piece in reply.stream():
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        finally:
            gone.cancel()
    await send({"type": "http.response.body", "body": b"" if head else reply.body, "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def log_bug(error: BaseException, request_id: str) -> None:
    """Log where an unexpected error came from. Its message is left out: it may hold somebody's data."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("bug", extra={"fields": {"error": type(error).__name__, "request_id": request_id, "frames": frames}})
