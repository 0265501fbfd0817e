"""The composition root: settings in, one ASGI application out. The only file that knows everyone."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from datetime import time as time_of_day
from functools import partial
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute, Mount, Router
from starlette.routing import Route as PathRoute

from onebook.dialects import servers
from onebook.http.asgi import Application
from onebook.http.edge import Edge
from onebook.http.endpoint import Endpoint, Gate, NoPath
from onebook.http.limits import RateLimiter
from onebook.http.logs import set_up_logs
from onebook.http.metrics import Metrics
from onebook.http.openapi import DOCUMENT, PAGE, openapi, openapi_reply
from onebook.http.openapi_page import openapi_page
from onebook.http.operations import operations
from onebook.http.route import Ask, DialectServer, Reply, Route
from onebook.jobs.dumps import DumpPlan, dump_account
from onebook.jobs.schedule import Job, scheduled
from onebook.model.account import Account
from onebook.service.dumps import dump_folder, is_behind
from onebook.service.search_index import merge_search_index
from onebook.service.trash import empty_trash
from onebook.settings import Settings, read_settings
from onebook.store.body_files import bodies_in
from onebook.store.database import Store
from onebook.store.open import open_store

PURGE_AT = time_of_day(4)
"""When in an account's own day its trash is emptied."""
TIDY_AT = time_of_day(4, 30)
"""And when the search index is put in order, which is the whole book's."""


def build_app(
    settings: Settings, *, workers: int = 1, now: Callable[[], datetime] | None = None, jobs: bool = False
) -> Application:
    """The whole server. The database is opened when it starts and closed when it has stopped.

    `workers` processes share the load, so each takes its share of every key's rate. `now` answers the moment in UTC.
    `jobs`: what is due at a time of day is done then.
    """
    opened: list[Store] = []
    dumps = dump_folder(settings.database_url, settings.dump_dir).resolve()

    def store() -> Store:
        return opened[0]

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        bodies = bodies_in(settings.documents_dir, settings.document_mib)
        opened.append(await open_store(settings.database_url, settings.pool_size, bodies))
        try:
            async with _jobs(settings, store(), dumps) if jobs else contextlib.nullcontext():
                yield
        finally:
            await opened.pop().close()

    metrics = Metrics(on=settings.metrics_token is not None)
    gate = Gate(store, RateLimiter(time.monotonic, workers), now or (lambda: datetime.now(UTC)), dumps)
    dialects = servers()
    routes: list[BaseRoute] = [Mount(f"{one.prefix}{one.base}", _router(one, gate)) for one in dialects]
    routes += [PathRoute(path, app) for path, app in operations(store, metrics, settings.metrics_token).items()]
    inner = Router(routes, redirect_slashes=False, default=NoPath(dialects), lifespan=lifespan)
    return Edge(inner, {one.name: one for one in dialects}, settings.hosts, settings.trusted_proxies, metrics)


def from_environment() -> Application:
    """`build_app` for a worker process, which knows nothing but its environment."""
    settings = read_settings(os.environ)
    set_up_logs(settings.log_level)
    return build_app(settings, workers=int(os.environ.get("ONEBOOK_WORKERS", "1")), jobs=True)


@contextlib.asynccontextmanager
async def _jobs(settings: Settings, store: Store, dumps: Path) -> AsyncIterator[None]:
    async def purge(account: Account) -> None:
        await empty_trash(store, account, now=datetime.now(UTC), actor="trash")

    async def tidy(_: Account) -> None:
        await merge_search_index(store)

    daily = [Job("purge", PURGE_AT, purge), Job("search index", TIDY_AT, tidy)]
    if settings.dump_at is not None:
        plan = DumpPlan(
            settings.database_url, dumps, settings.dump_formats, settings.dump_keep, settings.dump_documents
        )
        daily.append(Job("dump", settings.dump_at, partial(dump_account, plan), partial(is_behind, dumps)))
    async with scheduled(store, dumps, daily):
        yield


def _router(dialect: DialectServer, gate: Gate) -> Router:
    by_path: dict[str, dict[str, Route]] = {}
    for route in (*dialect.routes, *_documents(dialect)):
        for path in filter(None, (route.path, route.also)):
            by_path.setdefault(path, {})[route.method] = route
    endpoints = [PathRoute(path, Endpoint(dialect, path, routes, gate)) for path, routes in by_path.items()]
    return Router(endpoints, redirect_slashes=False, default=NoPath((dialect,)))


def _documents(dialect: DialectServer) -> Sequence[Route]:
    async def document(ask: Ask) -> Reply:
        return openapi_reply(dialect, ask.base)

    async def page(ask: Ask) -> Reply:
        html = openapi_page(openapi(dialect, ask.base), f"{ask.base}{DOCUMENT}")
        return Reply(200, html, "text/html; charset=utf-8")

    return (
        Route("GET", DOCUMENT, document, None, "This dialect's OpenAPI document"),
        Route("GET", PAGE, page, None, "The same as a page"),
    )
