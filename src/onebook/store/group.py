"""Group commit: writes of one account that arrive while a commit is under way share the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from onebook.errors import OnebookError, Unavailable
from onebook.store.database import State, Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Awaitable[Any]]
LARGEST_GROUP = 256
_YIELD_EVERY = 4
"""How many works run before requests that only read get their turn; measured: p99 of reads under a load of writes."""


class GroupedTransaction(Transaction, Protocol):
    """A transaction that can say whether anything has been written in it since it was last asked."""

    wrote: bool


@dataclass(slots=True)
class _Item:
    work: Work
    answer: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


class _Spoilt(Exception):
    """A work failed after it had written; the group is undone and everybody in it runs alone."""


class GroupCommit:
    """One queue an account. `open_transaction(account)` commits when its block ends well, else rolls back."""

    def __init__(self, open_transaction: Callable[[int], AbstractAsyncContextManager[GroupedTransaction]]) -> None:
        """Nothing runs until the first write."""
        self._open = open_transaction
        self._waiting: dict[int, deque[_Item]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._closed = False

    async def write(self, account_id: int, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """`Store.write`."""
        if self._closed:
            raise Unavailable("the book is being closed")
        item = _Item(work, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(account_id, deque()).append(item)
        if account_id not in self._tasks:
            self._tasks[account_id] = asyncio.create_task(self._drain(account_id))
        result: T = await item.answer
        return result

    async def close(self) -> None:
        """Take no more and finish what was taken."""
        self._closed = True
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _drain(self, account_id: int) -> None:
        waiting = self._waiting[account_id]
        try:
            while waiting:
                await self._run_group(account_id, waiting)
        finally:
            del self._tasks[account_id], self._waiting[account_id]

    async def _run_group(self, account_id: int, waiting: deque[_Item], largest: int = LARGEST_GROUP) -> None:
        taken: list[_Item] = []
        try:
            async with self._open(account_id) as tx:
                while waiting and len(taken) < largest:
                    item = waiting.popleft()
                    if item.answer.cancelled():
                        continue
                    taken.append(item)
                    await _run(item, tx)
                    if len(taken) % _YIELD_EVERY == 0:
                        await asyncio.sleep(0)
        except _Spoilt:
            if len(taken) > 1:
                await self._run_alone(account_id, taken)
                return
        except Exception as error:
            # A statement that was sent ahead was refused at the end. An OnebookError says nothing so sure: the commit
            # may have happened, and nothing is done twice.
            if len(taken) > 1 and not isinstance(error, OnebookError):
                await self._run_alone(account_id, taken)
                return
            # The commit itself failed, or the transaction never began: everybody who waits for it is told.
            told = taken or [*waiting]
            if not taken:
                waiting.clear()
            for item in told:
                _deliver(item, None, error)
            return
        for item in taken:
            _deliver(item, item.result, item.error)

    async def _run_alone(self, account_id: int, items: list[_Item]) -> None:
        queue = deque(items)
        while queue:
            await self._run_group(account_id, queue, 1)


async def _run(item: _Item, tx: GroupedTransaction) -> None:
    before: State = replace(tx.state)
    tx.wrote = False
    item.error = None
    try:
        item.result = await item.work(tx)
    except OnebookError as error:
        item.error = error
        tx.memory.clear()
        tx.state = before
        if tx.wrote or isinstance(error, Unavailable):
            raise _Spoilt from error
    except Exception as error:
        # A bug, or the database's own refusal: its caller's answer, not its neighbours'.
        item.error = error
        raise _Spoilt from error


def _deliver(item: _Item, result: Any, error: Exception | None) -> None:
    if item.answer.done():
        return
    if error is not None:
        item.answer.set_exception(error)
    else:
        item.answer.set_result(result)
