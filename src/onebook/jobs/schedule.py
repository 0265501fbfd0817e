"""When what happens: jobs at a time of each account's own day, in one process of those that share a folder."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from onebook.errors import OnebookError
from onebook.jobs.runner import log, run_job
from onebook.model.account import Account
from onebook.service.access import accounts
from onebook.store.database import Store

LOOK_EVERY = 60
"""Seconds between two looks at which accounts there are."""
LATE = 3600
"""Seconds after its time that a job is still begun, for example on a machine that slept."""
Daily = Callable[[Account], Awaitable[None]]


class DailyTrigger(BaseTrigger):  # type: ignore[misc]
    """Once every day at a time of a zone: at the first of two such times, an hour later where there is none.

    A cron trigger of APScheduler fires twice in the night in which clocks are put back, and never on a day on which
    they skip the time.
    """

    def __init__(self, at: time, zone: ZoneInfo) -> None:
        """`at` has no zone of its own."""
        self._at, self._zone = at, zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first moment from `now` on that is later than the previous one."""
        today = now.astimezone(self._zone).date()
        moments = (self._on(today + timedelta(days=days)) for days in (-1, 0, 1, 2))
        return next(one for one in moments if one >= now and (previous_fire_time is None or one > previous_fire_time))

    def last_before(self, now: datetime) -> datetime:
        """The last moment that is over."""
        today = now.astimezone(self._zone).date()
        return max(one for days in (-2, -1, 0) if (one := self._on(today + timedelta(days=days))) < now)

    def _on(self, day: date) -> datetime:
        return datetime.combine(day, self._at, self._zone).astimezone(UTC)


def daily_at(account: Account, at: time) -> DailyTrigger:
    """Every day at that time where the account is."""
    return DailyTrigger(at, ZoneInfo(account.timezone))


@dataclass(frozen=True, slots=True)
class Job:
    """What is done for each account every day at that time of its own."""

    name: str
    at: time
    work: Daily
    missed: Callable[[Account, datetime], bool] = lambda _account, _due: False
    """Whether what was due at a moment was not done and is to be made up for, when a server begins."""


@contextlib.asynccontextmanager
async def scheduled(store: Store, folder: Path, jobs: Sequence[Job]) -> AsyncIterator[None]:
    """`jobs` are done for every account, one account after the other, for the length of a `with`.

    Of all processes that are given the same `folder` one does it; another takes over when that one has ended.
    """
    # In UTC, so that it asks nobody for the machine's own zone; every job names its account's.
    scheduler = AsyncIOScheduler(timezone=ZoneInfo("UTC"))
    one_of_many = _Turn(folder)
    planned: dict[int, Account] = {}
    turns = {job.name: asyncio.Lock() for job in jobs}

    async def look() -> None:
        if not one_of_many.taken():
            return
        try:
            known = {account.account_id: account for account in await accounts(store)}
        except OnebookError as error:
            log.warning("accounts cannot be read", extra={"fields": {"error": error.message}})
            return
        for number, account in known.items():
            if number not in planned or planned[number].timezone != account.timezone:
                for job in jobs:
                    _plan(scheduler, account, job, turns[job.name])
        for number in planned.keys() - known.keys():
            for job in jobs:
                scheduler.remove_job(_name(job, number))
        planned.clear()
        planned.update(known)

    scheduler.start()
    scheduler.add_job(look, "interval", seconds=LOOK_EVERY, id="accounts", coalesce=True, max_instances=1)
    try:
        await look()
        yield
    finally:
        scheduler.shutdown(wait=False)
        one_of_many.release()


def _plan(scheduler: Any, account: Account, job: Job, turn: asyncio.Lock) -> None:
    name = _name(job, account.account_id)

    async def in_turn() -> None:
        # Thousands of accounts may have the same night.
        async with turn:
            await run_job(name, partial(job.work, account))

    trigger, now = daily_at(account, job.at), datetime.now(UTC)
    late = job.missed(account, trigger.last_before(now))
    scheduler.add_job(
        in_turn,
        trigger,
        id=name,
        replace_existing=True,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=LATE,
        next_run_time=now if late else trigger.get_next_fire_time(None, now),
    )


def _name(job: Job, account_id: int) -> str:
    return f"{job.name}-{account_id}"


class _Turn:
    """A lock on a folder that one process holds until it ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handle: int | None = None

    def taken(self) -> bool:
        """Whether it is held, now or from now on."""
        if self._handle is not None:
            return True
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._folder / ".scheduler", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            log.warning("no dumps here", extra={"fields": {"folder": str(self._folder), "error": error.strerror}})
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Let another one have it."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
