"""The README's commands, run as a newcomer types them, answer what the README says."""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"```sh\n(curl .*)\n```\n```json\n(.*)\n```", README)
KEY = re.compile(r"^(\w+): \S+\n  key: (\S+)$", re.MULTILINE)
LOGIN = re.compile(r"^(\w+): \S+\n  user name: (\S+), password: (\S+)$", re.MULTILINE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, dict[str, str]]]:
    port = free_port()
    database = tmp_path_factory.mktemp("readme") / "onebook.db"
    environment = {**os.environ, "ONEBOOK_DATABASE_URL": f"sqlite:///{database}"}
    process = subprocess.Popen(
        ["make", "run", f"ARGS=--port {port}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    impatience = threading.Timer(120, lambda: os.killpg(process.pid, signal.SIGKILL))
    impatience.start()
    try:
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if "listens at" in line:
                break
        wait_for(port)
        logins = {name: f"{user}:{password}" for name, user, password in LOGIN.findall(printed)}
        yield port, {**dict(KEY.findall(printed)), **logins}
    finally:
        impatience.cancel()
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=40)


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}/health").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not answer")


def run(command: str, environment: dict[str, str]) -> str:
    """What the curl line prints; on a machine without curl the same request is sent from here."""
    if shutil.which("curl"):
        result = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True, timeout=30)
        assert result.returncode == 0, result.stderr
        return result.stdout
    words = shlex.split(re.sub(r"\$(\w+)", lambda name: environment[name[1]], command))
    options = dict(itertools.pairwise(words))
    headers = dict(option.split(": ", 1) for flag, option in itertools.pairwise(words) if flag == "-H")
    login = httpx.BasicAuth(*options["-u"].split(":", 1)) if "-u" in options else None
    url = next(word for word in words if word.startswith("http"))
    method = "POST" if "-d" in options else "GET"
    return httpx.request(method, url, headers=headers, auth=login, content=options.get("-d")).text


def test_the_readme_has_a_curl_for_each_dialect_in_its_table(demo: tuple[int, dict[str, str]]) -> None:
    _, keys = demo
    used = {name.lower() for command, _ in EXAMPLES for name in re.findall(r"\$([A-Z]+)_(?:KEY|LOGIN)", command)}
    assert used == set(keys)


def test_each_curl_of_the_readme_answers_what_stands_below_it(demo: tuple[int, dict[str, str]]) -> None:
    port, keys = demo
    for command, answer in EXAMPLES:
        named = {f"{name.upper()}_{kind}": key for name, key in keys.items() for kind in ("KEY", "LOGIN")}
        environment = {**os.environ, **named}
        here = command.replace(":8080", f":{port}")
        result = subprocess.run(
            here, shell=True, env=environment, capture_output=True, text=True, timeout=30, check=True
        )
        assert json.loads(result.stdout) == json.loads(answer), command


def test_the_commands_for_a_book_of_your_own_work(tmp_path: Path) -> None:
    block = next(part for part in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "account create" in part)
    environment = {**os.environ, "ONEBOOK_DATABASE_URL": f"sqlite:///{tmp_path}/own.db"}
    for command in block.strip().splitlines()[:-1]:
        subprocess.run(command, shell=True, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=True)


def test_every_make_target_the_readme_names_is_there() -> None:
    for target in set(re.findall(r"\bmake (\w+)", README)):
        subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=True)


def test_every_link_of_the_readme_and_the_documents_leads_to_a_file() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("src/**/README.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"
