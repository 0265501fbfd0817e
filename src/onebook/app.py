"""The composition root: settings in, one ASGI application out. The only file that knows everyone."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import asgi

from onebook.dialects import SERVERS
from onebook.errors import Malformed, NoSuchPath, OnebookError
from onebook.http.asgi import Application, Receive, Scope, Send
from onebook.http.edge import Edge
from onebook.http.endpoint import Endpoint, Gate, ask_of, log_bug
from onebook.http.limits import RateLimiter
from onebook.http.logs import set_up_logs
from onebook.http.metrics import Metrics
from onebook.http.openapi import openapi, openapi_reply
from onebook.http.openapi_page import openapi_page
from onebook.http.operations import operations
from onebook.http.route import Ask, DialectServer, Reply, Route
from onebook.settings import Settings, read_settings
from onebook.store.database import Store
from onebook.store.open import open_store


def build_app(settings: Settings, *, workers: int = 1, now: Callable[[], datetime] | None = None) -> Application:
    """The whole server. The database is opened when it starts and closed when it has stopped.

    `workers` processes share the load, so each takes its share of every key's rate. `now` answers the moment in UTC.
    """
    opened: list[Store] = []

    def store() -> Store:
        return opened[0]

    @contextlib.asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        opened.append(await open_store(settings.database_url, settings.pool_size))
        try:
            yield
        finally:
            await opened.pop().close()

    metrics = Metrics(on=settings.metrics_token is not None)
    gate = Gate(store, RateLimiter(time.monotonic, workers), now or (lambda: datetime.now(UTC)))
    handlers = [_handler(path, app) for path, app in operations(store, metrics, settings.metrics_token).items()]
    for dialect in SERVERS:
        handlers += _mount(dialect, gate)
    inner = Litestar(
        handlers,
        lifespan=[lifespan],
        openapi_config=None,
        exception_handlers={HTTPException: _not_ours, Exception: _not_ours},
        logging_config=None,
    )
    return Edge(
        cast(Application, inner),
        {dialect.name: dialect for dialect in SERVERS},
        settings.hosts,
        settings.trusted_proxies,
        metrics,
    )


def from_environment() -> Application:
    """`build_app` for a worker process, which knows nothing but its environment."""
    settings = read_settings(os.environ)
    set_up_logs(settings.log_level)
    return build_app(settings, workers=int(os.environ.get("ONEBOOK_WORKERS", "1")))


def _mount(dialect: DialectServer, gate: Gate) -> list[asgi]:
    by_path: dict[str, dict[str, Route]] = {}
    for route in (*dialect.routes, *_documents(dialect)):
        by_path.setdefault(route.path, {})[route.method] = route
    return [
        _handler(f"{dialect.prefix}{dialect.base}{path}", Endpoint(dialect, routes, gate))
        for path, routes in by_path.items()
    ]


def _documents(dialect: DialectServer) -> Sequence[Route]:
    async def document(ask: Ask) -> Reply:
        return openapi_reply(dialect, ask.base)

    async def page(ask: Ask) -> Reply:
        html = openapi_page(openapi(dialect, ask.base), f"{ask.base}/openapi.json")
        return Reply(200, html, "text/html; charset=utf-8")

    return (
        Route("GET", "/openapi.json", document, None, "This dialect's OpenAPI document"),
        Route("GET", "/docs", page, None, "The same as a page"),
    )


def _handler(path: str, app: Application) -> asgi:
    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)

    return asgi(path.replace("}", ":str}"), copy_scope=False)(run)


def _not_ours(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """What no route was found for, answered in the words of the dialect below whose prefix it is."""
    dialect = next((one for one in SERVERS if f"{request.scope['path']}/".startswith(f"{one.prefix}/")), SERVERS[0])
    ask = ask_of(cast(Scope, request.scope), b"", dialect)
    told: OnebookError
    if isinstance(error, HTTPException):
        told = NoSuchPath(f"there is no path {ask.path[:200]}") if error.status_code == 404 else Malformed(error.detail)
    else:
        log_bug(error, ask.request_id)
        told = OnebookError(f"internal error, request {ask.request_id}")
    reply = dialect.error_reply(told, ask)
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    return Response(reply.body, status_code=reply.status, media_type=reply.content_type, headers=headers)
