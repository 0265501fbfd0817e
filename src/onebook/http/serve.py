"""The server itself: one process, or several behind one port; stopped gracefully, TLS by two files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import uvicorn

from onebook.errors import Invalid
from onebook.http.wire import JoiningProtocol


def serve(
    factory: str,
    *,
    host: str,
    port: int,
    workers: int,
    stop_seconds: int,
    tls_certificate: Path | None = None,
    tls_key: Path | None = None,
) -> None:
    """Serve the application that `factory` (`module:function`) makes until a signal comes.

    Then requests under way get `stop_seconds` to finish.
    Raises Invalid where only one of the two TLS files is given, or one is missing.
    """
    if (tls_certificate is None) != (tls_key is None):
        raise Invalid("TLS needs both: --tls-certificate FILE and --tls-key FILE")
    for file in (tls_certificate, tls_key):
        if file is not None and not file.is_file():
            raise Invalid(f"there is no file {file}")
    os.environ["ONEBOOK_WORKERS"] = str(workers)
    with tempfile.TemporaryDirectory(prefix="onebook-metrics-") as folder:
        if workers > 1 and os.environ.get("ONEBOOK_METRICS_TOKEN"):
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        uvicorn.run(
            factory,
            factory=True,
            host=host,
            port=port,
            workers=workers,
            loop="uvloop",
            http=JoiningProtocol,
            lifespan="on",
            access_log=False,
            log_config=None,
            proxy_headers=False,  # http/edge.py reads them, from trusted addresses only
            server_header=False,
            date_header=True,
            timeout_graceful_shutdown=stop_seconds,
            timeout_keep_alive=65,
            ssl_certfile=tls_certificate,
            ssl_keyfile=str(tls_key) if tls_key else None,
        )
