"""The part of an import that needs no database: entries read, checked, and all that is derived of them worked out.

It is nine tenths of the work, so it is spread over the machine's processors.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from itertools import islice
from multiprocessing.connection import wait
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from onebook.errors import Invalid, Unavailable
from onebook.files.card_fields import given_of
from onebook.files.entries import Entry, Given
from onebook.files.mapping import TableMapping
from onebook.matching.features import features
from onebook.model.account import Vocabulary
from onebook.model.blocking import BlockingKey, mailbox_keys
from onebook.model.contact import Contact
from onebook.model.imports import OnDuplicate
from onebook.service.import_batch import Ready, Refused
from onebook.service.import_rows import Unknown, known_names, new_contact, resolved
from onebook.service.session import random_token
from onebook.store.bulk import derive

BATCH = 1000
"""Entries a transaction."""
ALONE = 3 * BATCH
"""Up to so many entries one process does it all: others take a second to begin."""
MOST_NEW_NAMES = 10_000
"""So many names one import adds to the account's lists; more are no names, and the mapping is wrong."""


class Job(Struct, frozen=True):
    """What the workers need to know. `kind` is `table` or `cards`; `heads` and `columns` are a table's.

    `version` grows when the account's lists do.
    """

    kind: str
    heads: tuple[str, ...]
    columns: tuple[str | None, ...]
    rule: OnDuplicate
    vocabulary: Vocabulary
    now: datetime
    version: int = 0
    extra_names: dict[str, tuple[str, ...]] = {}
    """In a dry run: names that would be added to the lists."""


class JobSource(Struct):
    """The job as it is now."""

    job: Job


class Prepared(Struct):
    """A batch: what each entry comes to, and names that the lists do not have yet, which must be added first."""

    entries: list[Ready | Refused]
    unknown: dict[str, list[str]]


class _Reader:
    """A job, made ready once in each process."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.zone = ZoneInfo(job.vocabulary.account.timezone)
        self.country = job.vocabulary.account.country
        self.names = {field: dict(ids) for field, ids in known_names(job.vocabulary).items()}
        for name, texts in job.extra_names.items():
            self.names[name].update({text: -number for number, text in enumerate(texts, 1)})
        self.mapping = TableMapping(job.heads, job.columns, self.zone) if job.kind == "table" else None

    def given(self, raw: list[str]) -> Given:
        """What an entry says. Raises Invalid."""
        return self.mapping.read(raw) if self.mapping is not None else given_of(raw, self.zone)

    def read(self, entry: Entry) -> Ready | Refused:
        """The entry, ready to be settled. Raises Unknown."""
        try:
            given = self.given(entry.raw)
            values = resolved(given.values, given.names, self.names, self.job.vocabulary)
        except Invalid as error:
            return Refused(entry.number, error.message)
        if not values:
            return Refused(entry.number, "says nothing that could be imported")
        contact = new_contact(values, self.country)
        whole = replace(
            contact,
            version=1,
            created_at=contact.created_at or self.job.now,
            updated_at=contact.updated_at or self.job.now,
            token=random_token(),
        )
        derived = derive(whole, self.country)
        if self.job.rule == "create":
            return Ready(entry.number, derived, tuple(values), contact.external_ids)
        keys = compared_keys(contact, derived.keys)
        return Ready(entry.number, derived, tuple(values), contact.external_ids, keys, features(contact, self.country))


_COMPARED = frozenset("email digits social_security_number corporate_number name birth company home mailbox".split())
"""The kinds of a contact's keys under which somebody is looked for who is the same (model/blocking.py)."""


def compared_keys(contact: Contact, keys: Sequence[BlockingKey]) -> tuple[BlockingKey, ...]:
    """`lookup_keys` of a contact whose `keys` are known already."""
    found = [key for key in keys if key[0] in _COMPARED]
    return tuple(dict.fromkeys((*found, *mailbox_keys(contact))))


def prepare(job: Job, entries: Sequence[Entry]) -> Prepared:
    """A batch worked out. What is broken in one entry is that entry's reason."""
    reader = _Reader(job)
    found: list[Ready | Refused] = []
    unknown: dict[str, dict[str, None]] = {}
    for entry in entries:
        try:
            found.append(reader.read(entry))
        except Unknown as error:
            for name, texts in error.names.items():
                unknown.setdefault(name, {}).update(dict.fromkeys(texts))
    return Prepared(found, {name: list(texts) for name, texts in unknown.items()})


def _packed(job: Job, entries: Sequence[Entry]) -> bytes:
    """What `prepare` says, in a form that crosses processes at a fifth of what pickling costs."""
    return _pack(prepare(job, entries))


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Prepared).decode


def _begin_worker() -> None:
    """A worker leaves interrupts to the process that it works for, and ends with it, however that ends."""
    gc.disable()  # nothing here is ever in a circle, and to look for circles takes a tenth of the time
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


class Workers:
    """Processes that prepare batches; none where the file is small."""

    def __init__(self, total: int) -> None:
        """`total` is how many entries there are."""
        self._count = 0 if total <= ALONE else max(1, min(os.cpu_count() or 1, 8))
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        """Start them."""
        if self._count:
            # A fork would share the database's connections.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._count, mp_context=context, initializer=_begin_worker)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop them."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    async def prepare(self, job: Job, entries: list[Entry]) -> Prepared:
        """One batch. Raises Unavailable where a worker was killed."""
        if self._pool is None:
            return prepare(job, entries)
        try:
            packed = await asyncio.get_running_loop().run_in_executor(self._pool, _packed, job, entries)
        except BrokenProcessPool:
            raise Unavailable("a worker of the import was stopped: start the same command again") from None
        return _unpack(packed)

    async def ahead(self, jobs: JobSource, entries: Iterator[Entry]) -> AsyncIterator[tuple[list[Entry], Prepared]]:
        """Batches in their order, some of them worked out ahead."""
        waiting: deque[tuple[list[Entry], asyncio.Task[Prepared]]] = deque()
        try:
            while True:
                while len(waiting) <= 2 * self._count:
                    batch = list(islice(entries, BATCH))
                    if not batch:
                        break
                    waiting.append((batch, asyncio.ensure_future(self.prepare(jobs.job, batch))))
                if not waiting:
                    return
                batch, task = waiting.popleft()
                yield batch, await task
        finally:
            for _, task in waiting:
                task.cancel()
