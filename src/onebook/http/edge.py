"""The outermost layer: who the client is, which name it called, which dialect that name means; and the access log."""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from onebook.http.asgi import Application, Message, Receive, Scope, Send
from onebook.http.metrics import Metrics
from onebook.http.openapi import DOCUMENT, PAGE
from onebook.http.operations import OPERATIONS
from onebook.http.route import DialectServer
from onebook.http.spelling import Spelling
from onebook.model.account import Dialect, Key

log = logging.getLogger("onebook.access")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_GOOD_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_GOOD_HOST = re.compile(r"(?:[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?")


class Edge:
    """Wraps the application; what it finds out stands in `scope["onebook"]`."""

    def __init__(
        self,
        inner: Application,
        dialects: Mapping[Dialect, DialectServer],
        hosts: Mapping[str, Dialect],
        trusted: Sequence[Network],
        metrics: Metrics,
    ) -> None:
        """`hosts`: the names that mean one dialect; `trusted`: whose forwarded headers count."""
        self._inner = inner
        self._hosts = {host: dialects[name] for host, name in hosts.items() if name in dialects}
        self._spellings = [(one, _spelling(one)) for one in dialects.values() if one.any_case]
        self._trusted = tuple(trusted)
        self._metrics = metrics
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        started = time.perf_counter()
        outer = self._look(scope)
        status = 500

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", outer["request_id"].encode())]
            await send(message)

        try:
            await self._inner(scope, receive, tell)
        finally:
            self._write_log(scope, outer, status, time.perf_counter() - started)

    def _look(self, scope: Scope) -> dict[str, Any]:
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        scheme, host = scope["scheme"], headers.get(b"host", b"").decode("latin-1").lower()
        if self._trusted and self._is_trusted(scope["client"]):
            scheme, host = _forwarded(headers, scheme, host)
        if not _GOOD_HOST.fullmatch(host):
            server = scope.get("server") or ("localhost", None)
            host = f"{server[0]}:{server[1]}" if server[1] else str(server[0])
        own = self._hosts.get(host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host)
        if scope["path"] in OPERATIONS:
            own = None
        if own is not None:
            scope["path"] = own.prefix + scope["path"]
        # A slash at the end never means anything else.
        scope["path"] = scope["path"].rstrip("/") or "/"
        self._respell(scope, own)
        outer = {
            "origin": f"{scheme}://{host}",
            "own_host": own is not None,
            "request_id": given.decode() if _GOOD_ID.fullmatch(given) else secrets.token_hex(8),
            "key": None,
            "route": "unknown",
        }
        scope["onebook"] = outer
        return outer

    def _respell(self, scope: Scope, own: DialectServer | None) -> None:
        """Spell the path as the dialect's route does, where the dialect takes it in any case."""
        for dialect, spelling in self._spellings:
            sent = scope["raw_path"].decode("utf-8", "replace")
            if own is None and sent.lower().startswith(f"{dialect.prefix}/"):
                sent = sent[len(dialect.prefix) :]
            elif own is not dialect:
                continue
            sent = sent.rstrip("/")
            scope["path"] = dialect.prefix + (spelling.spelled(scope["method"], sent) or sent)

    def _is_trusted(self, client: tuple[str, int] | None) -> bool:
        try:
            address = ipaddress.ip_address(client[0]) if client else None
        except ValueError:
            return False
        return address is not None and any(address in network for network in self._trusted)

    def _write_log(self, scope: Scope, outer: Mapping[str, Any], status: int, seconds: float) -> None:
        # The route's template, never the path itself: paths carry addresses, numbers and tokens.
        route = str(outer["route"])
        method = str(scope.get("method", ""))
        self._metrics.count(method, route, status, seconds)
        if log.isEnabledFor(logging.INFO):
            key: Key | None = outer["key"]
            fields = {
                "request_id": outer["request_id"],
                "method": method,
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 2),
                "account_id": key.account_id if key else None,
                "key_id": key.key_id if key else None,
            }
            log.info("request", extra={"fields": fields})


def _spelling(dialect: DialectServer) -> Spelling:
    routes = [(route.method, route.path) for route in dialect.routes] + [("GET", DOCUMENT), ("GET", PAGE)]
    return Spelling((method, dialect.base + path) for method, path in routes)


def _forwarded(headers: Mapping[bytes, bytes], scheme: str, host: str) -> tuple[str, str]:
    """What the proxy says of the outer scheme and host: `Forwarded` (RFC 7239) before the X- headers."""
    said = headers.get(b"forwarded", b"").decode("latin-1").split(",")[0]
    pairs: list[tuple[str, str]] = []
    for part in said.split(";"):
        name, sign, value = part.strip().partition("=")
        if sign:
            pairs.append((name.lower(), value.strip('"')))
    forwarded = dict(pairs)
    proto = forwarded.get("proto") or headers.get(b"x-forwarded-proto", b"").decode("latin-1").split(",")[0].strip()
    outer = forwarded.get("host") or headers.get(b"x-forwarded-host", b"").decode("latin-1").split(",")[0].strip()
    return (proto.lower() if proto.lower() in ("http", "https") else scheme), (outer.lower() or host)
