"""Logs: one JSON object a line on standard error, with a request's id and nobody's data."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import msgspec


class JsonLines(logging.Formatter):
    """`time`, `level`, `logger`, `event`, and whatever `extra={"fields": {…}}` gave."""

    def format(self, record: logging.LogRecord) -> str:
        """One line. Of an exception its type only: messages quote what people typed."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        return msgspec.json.encode(line).decode()


def set_up_logs(level: str) -> None:
    """Let everything that logs write JSON lines to standard error, from `level` up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("psycopg", "psycopg.pool", "uvicorn.error", "asyncio", "apscheduler"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
