"""The real server as a process of its own, on a free port of this machine."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ONEBOOK = str(Path(sys.executable).with_name("onebook"))
LONGEST_START = 60.0
LONGEST_STOP = 30.0


@dataclass(frozen=True)
class Server:
    """A server under way: where it answers, its process, and the file that its standard error goes to."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    out: Path

    def stop(self) -> int:
        """Ask it to stop, and wait until it has; answers its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(LONGEST_STOP)

    def kill(self) -> None:
        """End it and its workers at once, as a power cut would (SIGKILL)."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LONGEST_STOP)

    def said(self) -> str:
        """All that it has written to standard error."""
        return self.log.read_text("utf-8", errors="replace")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    database: str,
    *options: str,
    env: Mapping[str, str] | None = None,
    scheme: str = "http",
    verify: ssl.SSLContext | bool = True,
) -> Iterator[Server]:
    """`onebook serve` for the length of a `with`, started when it answers /health; stopped, if it still runs, after.

    `env` holds further variables. `verify` is the certificate that it shows, where `scheme` is https.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="onebook-serve-") as folder:
        place = Path(folder)  # no .env there
        command = [ONEBOOK, "serve", "--port", str(port), "--database", database, *options]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ONEBOOK_")}
        with (place / "log").open("wb") as log, (place / "out").open("wb") as out:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**environment, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,  # `kill` reaches its workers, and only them
            )
        server = Server(f"{scheme}://127.0.0.1:{port}", process, place / "log", place / "out")
        try:
            _wait(server, verify)
            yield server
        finally:
            if process.poll() is None:
                try:
                    server.stop()
                except subprocess.TimeoutExpired:
                    server.kill()


def _wait(server: Server, verify: ssl.SSLContext | bool) -> None:
    until = time.monotonic() + LONGEST_START
    while time.monotonic() < until:
        if server.process.poll() is not None:
            raise RuntimeError(f"the server ended with {server.process.returncode}: {server.said()[-2000:]}")
        try:
            if httpx.get(f"{server.url}/health", verify=verify, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    server.kill()
    raise RuntimeError(f"the server did not answer within {LONGEST_START} s: {server.said()[-2000:]}")
