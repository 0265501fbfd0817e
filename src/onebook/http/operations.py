"""For whoever runs the server: `/health` (it lives), `/ready` (its database answers), `/metrics` (Prometheus)."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from onebook import __version__
from onebook.errors import OnebookError
from onebook.http.asgi import Application, Plain, Receive, Scope, Send
from onebook.http.endpoint import send_reply
from onebook.http.metrics import CONTENT_TYPE, Metrics
from onebook.http.route import Reply
from onebook.store.database import Store

_ALIVE = Reply(200, b'{"status":"alive","version":"' + __version__.encode() + b'"}')
_NOT_FOUND = Reply(404, b'{"status":"not found"}')
HEALTH, READY, METRICS = OPERATIONS = ("/health", "/ready", "/metrics")
"""The paths of the server itself, on whatever host name it is asked: no vendor has them."""


def operations(store: Callable[[], Store], metrics: Metrics, token: str | None) -> dict[str, Application]:
    """The applications by path. `token` opens /metrics; without one there is no such path."""

    async def health(scope: Scope, receive: Receive, send: Send) -> None:
        await send_reply(_ALIVE, (), send, receive, head=scope.get("method") == "HEAD")

    async def ready(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await store().ping()
            reply = Reply(200, b'{"status":"ready"}')
        except OnebookError:
            reply = Reply(503, b'{"status":"the database does not answer"}', headers=((b"retry-after", b"1"),))
        await send_reply(reply, (), send, receive, head=scope.get("method") == "HEAD")

    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope["headers"]).get(b"authorization", b"")
        if token is None or not hmac.compare_digest(given, b"Bearer " + token.encode()):
            reply = _NOT_FOUND if token is None else Reply(401, b"", headers=((b"www-authenticate", b"Bearer"),))
        else:
            reply = Reply(200, metrics.text(), CONTENT_TYPE)
        await send_reply(reply, (), send, receive, head=scope.get("method") == "HEAD")

    return {HEALTH: Plain(health), READY: Plain(ready), METRICS: Plain(tell)}
