"""Which row of a table holds its headings: the first, or one below a title; and headings that stand there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from onebook.files.columns import column_for
from onebook.files.entries import Entry, malformed

_LONGEST = 80
"""Characters of a heading that could be known."""
_LOOKED_AT = 20
"""Rows at the top among which the headings are looked for."""
MOST_COLUMNS = 16_384
"""As many as Excel has."""


def head_of(path: Path, entries: Iterator[Entry]) -> Entry | None:
    """The row of headings, None where there is no row at all. Raises Malformed where it is too wide.

    It is the first row, unless that is a title: no heading of it is known, or it is one cell, and one of the next
    rows has at least two headings that are known, and these are half of it.
    """
    found = list(islice(entries, _LOOKED_AT))
    if not found:
        return None
    head, *others = found
    if not known_headings(head.raw) or _filled(head.raw) == 1:
        better = (one for one in others if known_headings(one.raw) > 1)
        head = next((one for one in better if 2 * known_headings(one.raw) >= _filled(one.raw)), head)
    if len(head.raw) > MOST_COLUMNS:
        malformed(path, f"row {head.number}", f"has {len(head.raw):,} columns; at most {MOST_COLUMNS:,} are read")
    return head


def known_headings(cells: Sequence[str]) -> int:
    """How many of the cells are headings that mean something."""
    return sum(0 < len(cell) < _LONGEST and column_for(cell) is not None for cell in cells[:MOST_COLUMNS])


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def named_apart(heads: Sequence[str]) -> list[str]:
    """The headings without spaces around them, a second `E-Mail` being called `E-Mail (2)`; empty ones stay empty."""
    stripped = [head.strip() for head in heads]
    told, taken = Counter[str](), set(stripped)
    named = []
    for head in stripped:
        told[head] += 1
        name = head
        while head and told[head] > 1 and name in taken:
            name = f"{head} ({told[head]})"
            told[head] += name in taken
        taken.add(name)
        named.append(name)
    return named
