"""Every property with what else the book says of it: its ownerships and its texts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from onebook.model.property import Property
from onebook.model.property_text import PropertyText
from onebook.model.relationship import Relationship
from onebook.store.check_documents import decode_document
from onebook.store.database import Where
from onebook.store.resources import BY_RECORD
from onebook.store.snapshot import BATCH, Snapshot, one_row

_PROPERTIES = BY_RECORD[Property].name
_LIVING = "account_id = $1 AND resource = $2 AND deleted_at = 0"


@dataclass(slots=True)
class House:
    """A property, its ownerships and its texts, ascending by id; none of them is in the trash."""

    property: Property
    ownerships: list[Relationship] = field(default_factory=list)
    texts: list[PropertyText] = field(default_factory=list)


async def count_houses(snapshot: Snapshot) -> int:
    """How many properties the account has."""
    sql = f"SELECT count(*) FROM records WHERE {_LIVING}"
    (count,) = await one_row(snapshot, sql, snapshot.account_id, _PROPERTIES)
    return int(count)


async def houses(snapshot: Snapshot) -> AsyncIterator[list[House]]:
    """The account's properties in the order of their ids, some hundred at a time.

    One of which some document cannot be read is left out: nobody knows what that says.
    """
    last, sql = 0, f"SELECT id, doc FROM records WHERE {_LIVING} AND id > $3 ORDER BY id LIMIT {BATCH}"
    while True:
        ids: list[int] = []
        found: dict[int, House] = {}
        async for rows in snapshot.stream(sql, snapshot.account_id, _PROPERTIES, last):
            for number, doc in rows:
                ids.append(number)
                if (house := decode_document(_PROPERTIES, number, doc)) is not None:
                    found[number] = House(house)
        if not ids:
            return
        last = ids[-1]
        for record in (Relationship, PropertyText):
            for number, one in await _around(snapshot, record, ids):
                if one is None:
                    found.pop(number, None)
                elif number in found and one.deleted_at is None:
                    _put(found[number], one)
        yield list(found.values())


async def _around(
    snapshot: Snapshot, record: type[Relationship | PropertyText], ids: Sequence[int]
) -> list[tuple[int, Relationship | PropertyText | None]]:
    """Whatever of a kind points to a property among `ids`, ascending, with that one's id; None: it cannot be read."""
    where, name = Where(snapshot.account_id), BY_RECORD[record].name
    resource = where.put(name)
    keys = (
        f"SELECT record_id, value FROM record_keys WHERE account_id = $1 AND resource = {resource}"
        f" AND kind = 'property' AND {where.one_of('value', [str(number) for number in ids])}"
    )
    pointing: dict[int, str] = {}
    async for rows in snapshot.stream(keys, *where.args):
        pointing.update((number, value) for number, value in rows)
    found: list[tuple[int, Relationship | PropertyText | None]] = []
    numbers = sorted(pointing)
    # Asked for by their ids: joined to the keys, a planner without statistics reads all there are, batch by batch.
    for at in range(0, len(numbers), BATCH):
        where = Where(snapshot.account_id)
        resource = where.put(name)
        some = where.one_of("id", numbers[at : at + BATCH])
        sql = f"SELECT id, doc FROM records WHERE account_id = $1 AND resource = {resource} AND {some} ORDER BY id"
        async for rows in snapshot.stream(sql, *where.args):
            found += [(int(pointing[number]), decode_document(name, number, doc)) for number, doc in rows]
    return found


def _put(house: House, one: Relationship | PropertyText) -> None:
    if isinstance(one, PropertyText):
        house.texts.append(one)
    elif one.kind == "ownership":
        house.ownerships.append(one)
