"""How much memory a process and those that it begins hold together, watched from outside."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

_EVERY = 0.05
"""Seconds between two looks."""


class Watched:
    """The peak, for the length of a `with`; Linux only, 0 elsewhere."""

    def __init__(self, pid: int, *, mapped: bool = True) -> None:
        """`pid` is the first process's. Without `mapped` pages of files do not count: the system may drop them."""
        self._pid, self._over = pid, threading.Event()
        self._line = "Pss:" if mapped else "Pss_Anon:"
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak = 0.0
        """MiB; a page that several of them share counts once (the sum of their Pss)."""

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_EVERY):
            self.peak = max(self.peak, sum(_kib(pid, self._line) for pid in _family(self._pid)) / 1024)


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))
    except OSError:
        return


def _kib(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
