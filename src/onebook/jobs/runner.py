"""One job run: what it raises is logged, and the next one comes at its time."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Awaitable, Callable

from onebook.errors import OnebookError

log = logging.getLogger("onebook.jobs")


async def run_job(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` and log how it went. Messages of unexpected errors are left out: they may hold somebody's data."""
    started = time.monotonic()
    fields: dict[str, object] = {"job": name}
    try:
        await work()
    except OnebookError as error:
        log.warning("job failed", extra={"fields": {**fields, "error": error.message}})
    except Exception as error:
        frames = [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(error.__traceback__)]
        log.error("job failed", extra={"fields": {**fields, "error": type(error).__name__, "frames": frames}})
    else:
        log.info("job done", extra={"fields": {**fields, "seconds": round(time.monotonic() - started, 1)}})
