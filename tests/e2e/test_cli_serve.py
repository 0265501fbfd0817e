"""`onebook serve`: what it prints works as printed, and it stops when it is told to."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from onebook.dialects import servers

ONEBOOK = Path(sys.executable).with_name("onebook")
PATIENCE = 60
FILES = shlex.split("-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem")


@dataclass
class Server:
    """A server under way: its process, and what it has printed so far."""

    process: subprocess.Popen[str]
    printed: str
    url: str


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def environment() -> dict[str, str]:
    """Nothing of Onebook's in it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ONEBOOK_")}


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[Server]:
    """`onebook serve` in `folder`, until the `with` ends."""
    port = free_port()
    with (folder / "stderr").open("a") as log:
        process = subprocess.Popen(
            [ONEBOOK, "serve", "--port", str(port), *words],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    try:
        printed = ""
        while "listens at" not in printed:
            line = process.stdout.readline()
            assert line, (folder / "stderr").read_text()
            printed += line
        found = re.search(r"listens at (\S+)", printed)
        assert found
        wait_for(found[1])
        yield Server(process, printed, found[1])
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        process.stdout.close()


def wait_for(url: str) -> None:
    """Until the server answers."""
    host, port = url.split("//")[1].rsplit(":", 1)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{url} does not answer")


def curl_lines(printed: str) -> list[str]:
    """The lines that are to be typed."""
    return [line.strip() for line in printed.splitlines() if line.strip().startswith("curl ")]


def run_curl(line: str) -> str:
    """What the line prints; read as curl would where there is no curl."""
    if shutil.which("curl"):
        return subprocess.run(line, shell=True, capture_output=True, check=True, text=True).stdout
    words = shlex.split(line)
    headers = [words[index + 1].split(": ", 1) for index, word in enumerate(words) if word == "-H"]
    return httpx.get(words[-1], headers=dict(headers)).text


def test_every_line_that_the_demo_prints_works_as_printed(tmp_path: Path, database_url: str) -> None:
    with serving(tmp_path, "--demo", "--database", database_url) as server:
        bases = dict(re.findall(r"^(\w+): (http\S+)$", server.printed, re.MULTILINE))
        assert bases == {one.name: f"{server.url}{one.prefix}{one.base}" for one in servers()}
        lines = curl_lines(server.printed)
        assert len(lines) == len(servers())
        for line, base in zip(lines, bases.values(), strict=True):
            assert base in line
            answer = run_curl(line)
            assert '"id"' in answer, answer
        keys = re.findall(r"key: (\S+)", server.printed)
        head = {"Authorization": f"Bearer {keys[0]}"}
        listed = httpx.get(f"{server.url}/api/v1/contacts", params={"total": "true"}, headers=head).json()
        assert listed["total"] == 500


def test_a_second_start_makes_no_second_demo_and_prints_fresh_keys(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo") as first:
        pass
    with serving(tmp_path, "--demo") as second:
        old, new = curl_lines(first.printed)[0], curl_lines(second.printed)[0]
        secret = re.search(r"Bearer (\w+)", old)
        assert secret
        assert secret[1] not in new
        refused = httpx.get(f"{second.url}/api/v1/contacts", headers={"Authorization": f"Bearer {secret[1]}"})
        assert refused.status_code == 401
        assert run_curl(new)
    accounts = subprocess.run(
        [ONEBOOK, "account", "list", "--json"], cwd=tmp_path, env=environment(), capture_output=True, check=True
    )
    assert accounts.stdout.count(b"account_id") == 1


def test_the_demo_keeps_out_of_a_book_that_is_somebodys(tmp_path: Path) -> None:
    run(tmp_path, "account", "create", "Immobilien Nord")
    refused = run(tmp_path, "serve", "--demo", "--port", str(free_port()))
    assert refused.returncode == 1
    assert re.fullmatch(r"onebook: [^\n]*Immobilien Nord[^\n]*\n", refused.stderr)
    assert refused.stdout == ""


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = run(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert refused.returncode == 1
    assert re.fullmatch(r"onebook: [^\n]*--port[^\n]*\n", refused.stderr)


@pytest.mark.parametrize(("number", "statuses"), [(signal.SIGINT, (0, 130)), (signal.SIGTERM, (0, 143, -15))])
def test_the_server_stops_when_it_is_told_to(tmp_path: Path, number: int, statuses: tuple[int, ...]) -> None:
    with serving(tmp_path) as server:
        assert httpx.get(f"{server.url}/health").status_code == 200
        server.process.send_signal(number)
        assert server.process.wait(PATIENCE) in statuses
    assert "Traceback" not in (tmp_path / "stderr").read_text()


def test_several_workers_share_the_demo_book(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo", "--workers", "2") as server:
        (line, *_) = curl_lines(server.printed)
        assert run_curl(line)


def test_a_key_revoked_on_the_command_line_is_refused_by_the_running_server(tmp_path: Path, database_url: str) -> None:
    with serving(tmp_path, "--demo", "--database", database_url) as server:
        (secret, *_) = re.findall(r"key: (\S+)", server.printed)
        head = {"Authorization": f"Bearer {secret}"}
        assert httpx.get(f"{server.url}/api/v1/contacts", headers=head).status_code == 200
        assert run(tmp_path, "key", "revoke", "demo native", "--database", database_url).returncode == 0
        end = time.monotonic() + 2
        while (status := httpx.get(f"{server.url}/api/v1/contacts", headers=head).status_code) != 401:
            assert time.monotonic() < end, status
            time.sleep(0.01)


def test_a_book_is_served_over_tls_and_the_printed_line_trusts_its_certificate(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    subprocess.run(
        [openssl, *shlex.split("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"), *FILES],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    with serving(
        tmp_path, "--demo", "--tls-certificate", f"{tmp_path}/cert.pem", "--tls-key", f"{tmp_path}/key.pem"
    ) as server:
        assert server.url.startswith("https://")
        trust = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        assert httpx.get(f"{server.url}/health", verify=trust).status_code == 200
        for line in curl_lines(server.printed):
            assert "--cacert" in line
            if shutil.which("curl"):
                assert run_curl(line)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command in `folder`, to its end."""
    return subprocess.run(
        [ONEBOOK, *words], cwd=folder, env=environment(), capture_output=True, text=True, check=False, timeout=PATIENCE
    )
