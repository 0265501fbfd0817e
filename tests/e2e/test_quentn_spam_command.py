"""`onebook spam load`, as an operator types it, while the server runs."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import httpx

from tests.book import opened
from tests.callers import base, prepared
from tests.e2e.server import ONEBOOK, serving


def load(database: str, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command run to its end."""
    command = [ONEBOOK, "spam", "load", "--database", database, *words]
    return subprocess.run(command, input=given, capture_output=True, timeout=120, check=False)


def test_a_list_is_replaced_while_the_server_runs_and_a_wrong_one_changes_nothing(
    sqlite_url: str, tmp_path: Path
) -> None:
    async def login() -> dict[str, str]:
        async with opened(sqlite_url) as store:
            return (await prepared(store, ("Eins",))).logins[0]["quentn"].headers

    headers = asyncio.run(login())
    file = tmp_path / "list.txt"
    with serving(sqlite_url, env={"ONEBOOK_LOG_LEVEL": "error"}) as server:

        def post(address: str) -> int:
            contact = {"mail": "a@example.com", "request_ip": address}
            body: dict[str, Any] = {"contact": contact, "spam_protection": True, "duplicate_check_method": "email"}
            url = f"{base('quentn', server.url)}/contact"
            return httpx.post(url, json=body, headers=headers, trust_env=False, timeout=60).status_code

        assert post("203.0.113.7") == 200
        file.write_text("# spammers\n203.0.113.0/24\n2001:db8::/32\n")
        done = load(sqlite_url, str(file))
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"2 addresses and networks" in done.stdout
        assert [post(address) for address in ("203.0.113.7", "2001:db8::1", "203.0.114.7")] == [403, 403, 200]
        wrong = load(sqlite_url, "-", given=b"198.51.100.1\n300.1.1.1\n")
        assert wrong.returncode == 2
        assert b"line 2" in wrong.stderr
        assert [post(address) for address in ("203.0.113.7", "198.51.100.1")] == [403, 200]
        done = load(sqlite_url, "-", "--json", given=b"198.51.100.1\n")
        assert json.loads(done.stdout) == {"entries": 1, "ranges": 1}
        assert [post(address) for address in ("203.0.113.7", "198.51.100.1")] == [200, 403]
        binary, missing = load(sqlite_url, "-", given=b"\xff\xfe"), load(sqlite_url, str(tmp_path / "none"))
        assert (binary.returncode, missing.returncode) == (2, 1)
        assert binary.stderr.count(b"\n") == missing.stderr.count(b"\n") == 1
        assert load(sqlite_url, "-").returncode == 0
        assert post("198.51.100.1") == 200
