"""The commands of docs/howto/report.md, run as they stand there, draw a picture."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from onebook.demo.book import fill_demo
from tests.book import opened

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "howto" / "report.md").read_text("utf-8")
COMMANDS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
LEAST_COLOURS = 5
"""As many as the demo has sources."""


@pytest.fixture
async def folder(sqlite_url: str, tmp_path: Path) -> Path:
    """Where the page's reader is: beside a book with made-up people."""
    async with opened(sqlite_url) as store:
        await fill_demo(store, now=datetime(2026, 6, 1, tzinfo=UTC), random=Random(1), count=60, told=lambda _: None)
    return tmp_path


def test_the_page_s_commands_print_a_table_and_draw_a_picture(folder: Path, sqlite_url: str) -> None:
    from PIL import Image

    install, *others = COMMANDS
    assert install == "pip install 'onebook[bulk]' matplotlib\n"  # the tests have it all
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "ONEBOOK_DATABASE_URL": sqlite_url, "MPLCONFIGDIR": str(folder / "mpl")}
    printed = ""
    for command in others:
        done = subprocess.run(
            ["sh", "-e"], input=command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        printed += done.stdout

    assert "month" in printed
    assert "Immobilienportal" in printed
    with Image.open(folder / "leads.png") as picture:
        assert picture.size == (1200, 600)
        drawn = picture.convert("RGB").getcolors(1 << 20) or []
    large = [colour for count, colour in drawn if count > 500]
    assert len(large) > LEAST_COLOURS
