"""The part of an import that writes nothing: entries read, checked, all that is derived of them, and who they may be.

It is most of the work, so it is spread over the machine's processors (service/import_workers.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from onebook.errors import Invalid
from onebook.files.card_fields import given_of
from onebook.files.entries import Entry, Given
from onebook.files.mapping import TableMapping
from onebook.matching.strangers import glance
from onebook.model.account import Vocabulary
from onebook.model.contact import Contact
from onebook.model.imports import OnDuplicate
from onebook.service.import_ready import Prepared, Ready, Refused, compared_keys
from onebook.service.import_rows import Unknown, known_names, new_contact, resolved
from onebook.service.import_search import look_up
from onebook.service.session import random_token
from onebook.store.bulk_rows import Derived, derive, rows_of
from onebook.store.database import Engine, Store


class Job(Struct, frozen=True):
    """What the workers need to know. `kind` is `table` or `cards`; `heads` and `columns` are a table's.

    `version` grows when the account's lists do.
    """

    kind: str
    heads: tuple[str, ...]
    columns: tuple[str | None, ...]
    rule: OnDuplicate
    vocabulary: Vocabulary
    engine: Engine
    now: datetime
    version: int = 0
    extra_names: dict[str, tuple[str, ...]] = {}
    """In a dry run: names that would be added to the lists."""


class JobSource(Struct):
    """The job as it is now, and the position in the change feed that whoever begins to work now has seen."""

    job: Job
    seen: Callable[[], int]


class EntryReader:
    """A job, made ready once in each process."""

    def __init__(self, job: Job) -> None:
        """Reads entries as `job` says. Raises Invalid where its columns are none."""
        self.job = job
        self.zone = ZoneInfo(job.vocabulary.account.timezone)
        self.country = job.vocabulary.account.country
        self.names = {field: dict(ids) for field, ids in known_names(job.vocabulary).items()}
        for name, texts in job.extra_names.items():
            self.names[name].update({text: -number for number, text in enumerate(texts, 1)})
        self.mapping = TableMapping(job.heads, job.columns, self.zone, self.country) if job.kind == "table" else None

    def given(self, raw: list[str]) -> Given:
        """What an entry says. Raises Invalid."""
        return self.mapping.read(raw) if self.mapping is not None else given_of(raw, self.zone)

    def read(self, entry: Entry) -> tuple[Contact, Sequence[str]]:
        """The contact that the entry makes, and the fields that it speaks of. Raises Unknown, Invalid."""
        given = self.given(entry.raw)
        values = resolved(given.values, given.names, self.names, self.job.vocabulary)
        if not values:
            raise Invalid("says nothing that could be imported")
        return new_contact(values, self.country, self.job.now, random_token()), tuple(values)


def prepare(reader: EntryReader, entries: Sequence[Entry]) -> tuple[Prepared, list[Contact]]:
    """A batch worked out, and the contacts that it makes. What is broken in one entry is that entry's reason."""
    found: list[Ready | Refused] = []
    unknown: dict[str, dict[str, None]] = {}
    contacts: list[Contact] = []
    rows: list[Derived] = []
    for entry in entries:
        try:
            contact, filled = reader.read(entry)
        except Invalid as error:
            found.append(Refused(entry.number, error.message))
        except Unknown as error:
            for name, texts in error.names.items():
                unknown.setdefault(name, {}).update(dict.fromkeys(texts))
        else:
            derived = derive(contact, reader.country)
            ready = Ready(entry.number, len(rows), " ".join(filled), contact.external_ids)
            if reader.job.rule != "create":
                ready.keys, ready.glance = compared_keys(contact, derived.keys), glance(contact, reader.country)
            found.append(ready)
            rows.append(derived)
            contacts.append(contact)
    names = {name: list(texts) for name, texts in unknown.items()}
    return Prepared(found, rows_of(rows, reader.job.engine), names), contacts


async def worked_out(store: Store, reader: EntryReader, entries: Sequence[Entry]) -> Prepared:
    """`prepare`, and of each entry who it may be in the book as it is now."""
    prepared, contacts = prepare(reader, entries)
    if reader.job.rule != "create" and not prepared.unknown:
        account = reader.job.vocabulary.account
        taken = [one for one in prepared.entries if isinstance(one, Ready)]
        await look_up(store.reader(account.account_id), account, taken, contacts)
    return prepared
