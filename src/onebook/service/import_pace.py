"""How many batches of an import share a transaction.

Many, since keys are spread over the whole index and each transaction writes its pages again; few, since whoever else
writes to the book waits meanwhile.
"""

from __future__ import annotations

from onebook.service.import_batch import MOST_TOGETHER
from onebook.store.bulk import others_mark
from onebook.store.database import Engine, Store

AT_FIRST = 5
"""So many batches share the first transaction."""
LONGEST = 0.8
"""Seconds that a transaction may take while others write to the book."""
LONGEST_ALONE: dict[Engine, float] = {"sqlite": 3.0, "postgresql": LONGEST}
"""And while nobody does. Those who wait for an account on PostgreSQL cannot be seen, so there it is no longer."""
_FEWEST: dict[Engine, int] = {"sqlite": 4, "postgresql": 1}
"""And so many batches it has however long it takes: in small ones SQLite's search index takes most of the time."""


class Pace:
    """How an import goes on."""

    def __init__(self, store: Store) -> None:
        """Nothing is written yet."""
        self._store = store
        self._fewest = _FEWEST[store.engine]
        self._mark = others_mark(store)
        self._longest = LONGEST_ALONE[store.engine]
        self.most = AT_FIRST
        """Batches that the next transaction waits for."""

    def now(self) -> int:
        """Batches that it takes, at most: fewer than `most` where others have written since the last one."""
        mark = others_mark(self._store)
        alone, self._mark = mark == self._mark, mark
        self._longest = LONGEST_ALONE[self._store.engine] if alone else LONGEST
        return self.most if alone else min(self.most, self._fewest)

    def took(self, batches: int, seconds: float) -> None:
        """So long that transaction was; twice as many batches are tried next, where they fit."""
        fitting = int(batches * self._longest / max(seconds, 0.001))
        self.most = max(min(fitting, 2 * batches, MOST_TOGETHER), self._fewest)
