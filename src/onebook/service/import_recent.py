"""What was written to the book since a worker of an import looked: by the import itself, and by everybody else."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from onebook.matching.strangers import Glance, apart, glance
from onebook.model.blocking import lookup_keys
from onebook.service.import_ready import Ready, key_texts, nearest
from onebook.service.session import Unit
from onebook.store.bulk import read_documents
from onebook.store.changes import records_changed

MOST_OTHERS = 5000
"""Where others have changed more contacts meanwhile, everybody is looked for again."""


class Generation(Struct):
    """The contacts that one transaction has made or changed: under which keys they stand now, and at a glance.

    `last_seq` is the change feed's position behind them.
    """

    under: dict[str, list[int]] = field(default_factory=dict)
    glances: dict[int, Glance] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    last_seq: int = 0

    def add(self, number: int, keys: Sequence[str]) -> None:
        """Somebody stands under `keys` now."""
        for key in keys:
            ids = self.under.get(key)
            if ids is None:
                self.under[key] = [number]
            elif ids[-1] != number:
                ids.append(number)


class Recent:
    """The generations that some batch which is under way has not seen; `seen` is where they end."""

    def __init__(self, seen: int) -> None:
        """Nothing is under way at `seen`."""
        self.seen = seen
        self.generations: list[Generation] = []

    def forget(self, since: int) -> None:
        """Every batch to come has seen the book at `since`."""
        self.generations = [one for one in self.generations if one.last_seq > since]

    def add(self, made: Sequence[Generation]) -> None:
        """A transaction is on disk."""
        self.generations += [one for one in made if one.under or one.touched]
        self.seen = max(self.seen, *(one.last_seq for one in made))


async def others_changes(unit: Unit, seen: int) -> Generation | None:
    """What others have written since `seen`; None where it is too much to keep."""
    found = Generation(last_seq=unit.tx.state.seq)
    if unit.tx.state.seq == seen:
        return found
    ids = await records_changed(unit.tx, "contacts", seen, MOST_OTHERS + 1)
    if len(ids) > MOST_OTHERS:
        return None
    found.touched.update(ids)
    country = unit.account.country
    for number, contact in (await read_documents(unit.tx, ids)).items():
        if contact.deleted_at is None:
            found.add(number, key_texts(lookup_keys(contact, country)))
            found.glances[number] = glance(contact, country)
    return found


def met(one: Ready, generations: Sequence[Generation]) -> list[int]:
    """Those written since whom `one` may be, those first that share most."""
    found: dict[str, list[int]] = {}
    for made in generations:
        for key in one.keys:
            if ids := made.under.get(key):
                found[key] = [*found[key], *ids] if key in found else ids
    if not found:
        return []
    shared = nearest(one.keys, found.get)
    return [number for number, barely in shared if not (barely and _stranger(one, number, generations))]


def _stranger(one: Ready, number: int, generations: Sequence[Generation]) -> bool:
    told = next((made.glances[number] for made in reversed(generations) if number in made.glances), None)
    return told is not None and apart(one.glance, told)
