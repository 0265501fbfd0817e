"""The nightly dump of an account, made by a process of its own: the server goes on answering meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from onebook.errors import Unavailable
from onebook.model.account import Account

STOP_SECONDS = 5
"""How long a dump that is called off may take to end; what it leaves behind the next one removes."""


@dataclass(frozen=True, slots=True)
class DumpPlan:
    """Where the server's dumps go, in which formats, how many of an account are kept, and whether with documents."""

    url: str
    folder: Path
    formats: Sequence[str]
    keep: int
    documents: bool = False


async def dump_account(plan: DumpPlan, account: Account) -> None:
    """Run `onebook dump` for the account and wait for it. Raises Unavailable with what it said where it failed."""
    command = [sys.executable, "-m", "onebook.cli", "dump", f"--account={account.name}", f"--to={plan.folder}"]
    command += ["--gently", f"--keep={plan.keep}", *(f"--format={one}" for one in plan.formats)]
    command += ["--documents"] if plan.documents else []
    # The URL may hold a password: everybody may see a command, nobody the environment of another's process.
    environment = {**os.environ, "ONEBOOK_DATABASE_URL": plan.url}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        await _stop(process)
        raise
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or [f"it ended with {process.returncode}"]
        raise Unavailable(f"the dump of account {account.account_id} failed: {lines[-1]}")


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
