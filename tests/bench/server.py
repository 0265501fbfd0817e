"""The server that is measured: one process of `onebook serve`, started as anybody starts it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

START_SECONDS = 120
STOP_SECONDS = 60
COMMAND = (str(Path(sys.executable).with_name("onebook")), "serve")


class NoServer(Exception):
    """The server does not start; the text says what it said."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its port on 127.0.0.1 and its process."""

    port: int
    pid: int

    def peak_mib(self) -> float | None:
        """The most memory the process has held since `forget_peak`, in MiB; None where the system does not say."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return None
        found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(found[0]) / 1024 if found else None

    def cpu_seconds(self) -> float | None:
        """The processor time the process has used so far; None where the system does not say."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def forget_peak(self) -> None:
        """Let `peak_mib` count from now."""
        with contextlib.suppress(OSError):
            Path(f"/proc/{self.pid}/clear_refs").write_text("5")


@contextlib.contextmanager
def serving(database: str) -> Iterator[Server]:
    """`onebook serve` on a free port for the length of a `with`; raises NoServer."""
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ONEBOOK_")}
    command = [*COMMAND, "--port", str(port), "--database", database]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            _wait(port, process)
            yield Server(port, process.pid)
        except NoServer as error:
            process.kill()
            process.wait()
            said.seek(0)
            raise NoServer(f"{error}: {said.read()[-2000:].decode(errors='replace')}") from None
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise NoServer(f"the server ended with status {process.returncode}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5).close()
            return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise NoServer("the server is not ready in time")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
