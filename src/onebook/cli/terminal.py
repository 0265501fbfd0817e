"""What the commands print: JSON, tables, one line, and progress on whatever takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

_SHOWN_AFTER = 1.0
_LINE_EVERY = 10.0


def print_json(value: object) -> None:
    """One line of JSON on standard output."""
    print(msgspec.json.encode(value).decode())


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table without lines; into a file or a pipe it is as wide as it needs to be."""
    table = Table(*heads, box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else 1000, highlight=False, markup=False).print(table)


def warn(text: str) -> None:
    """One line on standard error."""
    print(f"onebook: {' '.join(text.split())}", file=sys.stderr)


class Steps:
    """How far a long work has come, on standard error: a bar in a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        """Nothing is shown in the first second."""
        self._started = self._last = time.monotonic()
        self._bar: Progress | None = None
        self._done: dict[str, int] = {}

    def more(self, step: str, more: int, total: int | None = None) -> None:
        """`more` of `step` are done, of `total` where that is known."""
        done = self._done[step] = self._done.get(step, 0) + more
        now = time.monotonic()
        if now - self._started < _SHOWN_AFTER:
            return
        if not sys.stderr.isatty():
            if now - self._last > _LINE_EVERY:
                self._last = now
                print(f"{step}: {_how_far(done, total, now - self._started)}", file=sys.stderr, flush=True)
            return
        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
        task = next((task for task in self._bar.tasks if task.description == step), None)
        task_id = task.id if task else self._bar.add_task(step, total=total)
        self._bar.update(task_id, completed=done, total=total)

    def line(self, text: str) -> None:
        """One line on standard output, above the bar."""
        if self._bar is not None and sys.stdout.isatty():
            self._bar.console.print(text, highlight=False, markup=False, soft_wrap=True)
        else:
            print(text)

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


def _bar() -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)


class _Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        """Empty until there is something to divide by."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


def _how_far(done: int, total: int | None, seconds: float) -> str:
    """`2,000 of 10,000, 500/s, 16 s left`."""
    rate = done / seconds
    left = f", {(total - done) / rate:,.0f} s left" if total and rate else ""
    return f"{done:,}" + (f" of {total:,}" if total else "") + f", {rate:,.0f}/s{left}"


@contextmanager
def steps() -> Iterator[Steps]:
    """Steps that are gone when the `with` ends, however it ends."""
    shown = Steps()
    try:
        yield shown
    finally:
        shown.stop()
