"""All that can be written into the book comes out of a dump and in again: every field of every kind of record."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec.structs import replace

from onebook.demo.book import fill_demo
from onebook.model.account import CustomField, Record
from onebook.model.contact import Contact, Phone
from onebook.model.deal import Deal, DealPipeline
from onebook.model.document import Document
from onebook.model.property import Operation
from onebook.model.query import ContactQuery
from onebook.model.references import REFERENCES, STAGES
from onebook.model.relationship import Relationship
from onebook.service.contacts import contact_by_shown_id, create_contact, find_contacts
from onebook.service.merging import merge_contacts
from onebook.service.records import create_record, find_records
from onebook.service.session import Unit
from onebook.store.resources import BY_RECORD, RESOURCES
from tests.book import ALL, START, Book, clock, new_account, opened
from tests.derived import differences
from tests.undumped import dumped, same, undumped

_NEW = frozenset({"id", "version", "created_at", "updated_at", "token"})
"""What is anew in another book, or is compared by the dump itself."""
_KEPT_APART = frozenset({"merged_ids", "former_ids", "deleted_at", "extras", "external_ids", "custom"})


class Values:
    """A value for every type that a field may have, another one each time."""

    def __init__(self, seed: int) -> None:
        """The same values for the same seed."""
        self.random = Random(seed)

    def text(self) -> str:
        """A few letters, some of which JSON must escape."""
        return "".join(self.random.choices(string.ascii_letters + "äß\"\\'=;\n", k=8)).strip() + "x"

    def of(self, kind: Any) -> Any:
        """A value of a type."""
        origin, parts = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self.of(parts[0]) if parts[0] is not int else self.random.randint(1, 3)
        if origin in (Union, UnionType):
            return self.of(next(part for part in parts if part is not NoneType))
        if origin is Literal:
            return self.random.choice(parts)
        if origin is tuple:
            return tuple(self.of(parts[0]) for _ in range(2))
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return kind(**{name: self.of(hint) for name, hint in get_type_hints(kind, include_extras=True).items()})
        return self._plain(kind)

    def _plain(self, kind: Any) -> Any:
        if kind is bool:
            return self.random.random() < 0.5
        if kind is int:
            return self.random.randint(0, 9)
        if kind is float:
            return self.random.randint(0, 800) / 16
        if kind is datetime:
            return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=self.random.random() * 1e7)
        if kind is date:
            return date(2024, 1, 1) + timedelta(days=self.random.randint(0, 900))
        return self.text()


def special(record: type[Record], values: Values) -> dict[str, Any]:
    """Fields whose values are of a form that their types do not say."""
    found: dict[str, Any] = {"extras": {"vitec": {"a": {"b": [1, None]}}, "propstack": {"unbekannt": "x"}}}
    names = record.__struct_fields__
    if "features" in names:
        found["features"] = {"ramp": False, "pool_depth": 1.5, "gastronomy_type": "BAR", "views": ["a", "b"]}
    if "operations" in names:
        found["operations"] = (Operation(type="temporary_rental", amount=9.5, currency="EUR", unit="day"),)
        found |= {"operation": "temporary_rental", "price": None, "base_rent": None}
    if record is CustomField:
        found |= {"type": "text", "options": (), "entity": "deals", "default": "x", "required": False}
    if record is Document:
        found |= {"sha256": None, "size": None, "content_type": None, "file_name": "a.pdf"}
    if "url" in names:
        found["url"] = f"https://example.com/{values.random.random()}"
    if "email" in names:
        found["email"] = f"u{values.random.random()}@example.com"
    return found


async def filled(unit: Unit, record: type[Record], values: Values) -> Record:
    """A record of a kind with a value in every field, pointing to what there is."""
    fields: dict[str, Any] = {}
    for name, hint in get_type_hints(record, include_extras=True).items():
        if name not in _NEW | _KEPT_APART:
            fields[name] = values.of(hint)
    fields |= special(record, values)
    for reference in REFERENCES.get(record, ()):
        ids = await some_ids(unit, reference.target)
        wanted = tuple(values.random.sample(ids, 2))
        several = isinstance(fields[reference.field], tuple)
        fields[reference.field] = wanted if several else wanted[0]
    if record is DealPipeline:
        fields["stages"] = tuple(replace(stage, id=0) for stage in fields["stages"])
    if record is Deal:
        fields["pipeline_id"] = None
    if record is Relationship:
        fields |= {"contact_id": (await some_ids(unit, "contacts"))[0], "kind": "partnership"}
        fields["related_contact_id"] = (await some_ids(unit, "contacts"))[1]
    return await create_record(unit, record(**fields))


async def some_ids(unit: Unit, target: str) -> list[int]:
    """Ids of a resource that there are."""
    if target == "contacts":
        return [one.id for one in await find_contacts(unit, ContactQuery(), ALL)]
    if target == STAGES:
        return [stage.id for one in unit.vocabulary.listed(DealPipeline).values() for stage in one.stages]
    record = next(resource.record for resource in RESOURCES if resource.name == target)
    return [one.id for one in await find_records(unit, record, ALL)]


async def full_contact(unit: Unit, values: Values) -> Contact:
    """A contact with a value in every field."""
    fields: dict[str, Any] = {}
    for name, hint in get_type_hints(Contact, include_extras=True).items():
        if name not in _NEW | _KEPT_APART:
            fields[name] = values.of(hint)
    fields["emails"] = tuple(
        replace(one, address=f"a{number}{values.random.random()}@example.com", is_primary=number == 1)
        for number, one in enumerate(fields["emails"])
    )
    numbers = ("0171 2345678", "030 / 12 34 56", "unbekannt")
    kinds: tuple[Any, ...] = ("mobile", "mobile", "switch")
    fields["phones"] = tuple(Phone(number=one, kind=kind, label="x") for one, kind in zip(numbers, kinds, strict=True))
    for reference in REFERENCES[Contact]:
        ids = values.random.sample(await some_ids(unit, reference.target), 2)
        fields[reference.field] = tuple(ids) if reference.field.endswith("_ids") else ids[0]
    fields |= {"creator_id": fields["owner_id"], "updater_id": fields["owner_id"]}
    fields["extras"] = {"quentn": {"a": None, "b": []}, "propstack": {"neu": [1], "online": False, "commercial": True}}
    fields["external_ids"] = {"vitec": values.text(), "quentn": str(values.random.randint(10**6, 10**7))}
    return await create_contact(unit, lambda blank, _: replace(blank, **fields))


async def whole(book: Book) -> Iterator[tuple[str, Any]]:
    """Every record of a book as the native API shows it, ids told by what is behind them."""
    view = await book.view()
    contacts = await find_contacts(view, ContactQuery(archived=None), ALL)
    records = {resource.name: await find_records(view, resource.record, ALL) for resource in RESOURCES}
    known = {("contacts", one.id): label(one) for one in contacts}
    known |= {(name, one.id): label(one) for name, some in records.items() for one in some}
    found = [("contacts", plain(one, known)) for one in contacts]
    found += [(name, plain(one, known)) for name, some in records.items() for one in some]
    return iter(sorted(found, key=repr))


def label(one: Any) -> str:
    """What a record is told by in both books."""
    return str(one.external_ids.get("propstack", one.id))


def plain(one: Any, known: dict[tuple[str, int], str]) -> dict[str, Any]:
    """A record's fields, ids in them as labels."""
    values = {name: value for name, value in msgspec.structs.asdict(one).items() if name not in {"version", "token"}}
    values["id"] = label(one)
    for reference in REFERENCES.get(type(one), ()):
        if reference.target != STAGES:
            value = values[reference.field]
            several = isinstance(value, tuple)
            ids = [known.get((reference.target, number)) for number in (value if several else [value])]
            values[reference.field] = ids
    values["external_ids"] = {name: text for name, text in one.external_ids.items() if name != "propstack"}
    for name in ("creator_id", "updater_id"):
        if isinstance(one, Contact):
            values[name] = known.get(("users", getattr(one, name) or 0))
    return values


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_field_of_every_record_comes_back(database_url: str, tmp_path: Path, seed: int) -> None:
    async with opened(database_url) as store:
        demo = await fill_demo(store, now=START, random=Random(seed), count=30)
        book, values, now = Book(store, demo), Values(seed), clock()
        for resource in RESOURCES:
            for _ in range(2):
                session = await book.session()
                session.clock = now
                await session.write(partial(filled, record=resource.record, values=values))
        for _ in range(3):
            session = await book.session()
            await session.write(lambda unit: full_contact(unit, values))
        first = await dumped(store, demo, tmp_path / "first")
        empty = await new_account(store, "Umzug")
        run, rejects = await undumped(store, empty, first)
        assert [(name, one.reason) for name, one in rejects] == []
        assert run.missing == 0
        for mine, theirs in zip(await whole(book), await whole(Book(store, empty)), strict=True):
            assert mine == theirs
        same(first, await dumped(store, empty, tmp_path / "second"))
        assert differences(database_url) == []
        assert set(BY_RECORD) == {resource.record for resource in RESOURCES}


async def test_who_was_merged_is_found_under_every_id_in_the_other_book_too(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as store:
        book = Book(store, await new_account(store))
        known, other, plain_one = [
            await book.create(last_name=name, external_ids=ids)
            for name, ids in (("A", {"propstack": "900"}), ("B", {"propstack": "70", "vitec": "v"}), ("C", {}))
        ]
        session = await book.session()
        await session.write(lambda unit: merge_contacts(unit, known.id, [other.id, plain_one.id]))
        first = await dumped(store, book.account, tmp_path / "first")
        empty = Book(store, await new_account(store, "Umzug"))
        for created in (3, 0):
            run, rejects = await undumped(store, empty.account, first)
            assert (run.created, rejects) == (created, [])
            view = await empty.view()
            for shown in ("900", "70", str(plain_one.id)):
                assert (await contact_by_shown_id(view, "propstack", shown)).last_name == "A"
            assert (await contact_by_shown_id(view, "vitec", "v")).last_name == "A"
        same(first, await dumped(store, empty.account, tmp_path / "second"))
        assert differences(database_url) == []
