"""What every kind of record has in common here: found by its id, listed by pages, made, changed, put into the trash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from onebook.dialects.propstack.custom_fields import custom_fields_shown
from onebook.dialects.propstack.draft import DIALECT
from onebook.dialects.propstack.filters import ORDERS, page_of
from onebook.dialects.propstack.ids import own_ids, read_beside
from onebook.dialects.propstack.replies import unknown_attribute
from onebook.dialects.propstack.tables.column import Table
from onebook.dialects.propstack.tables.written import CUSTOM, Written, read_written, unwrapped
from onebook.errors import Invalid, NotFound
from onebook.http.params import Params
from onebook.http.route import Ask
from onebook.model.account import CustomEntity, Record, Vocabulary
from onebook.service.records import (
    change_record,
    count_records,
    create_record,
    find_records,
    get_records,
    record_by_shown_id,
    remove_record,
)
from onebook.service.session import Unit, View
from onebook.store.records import RecordSort
from onebook.store.resources import BY_RECORD

R = TypeVar("R", bound=Record)
Keys = list[tuple[str, tuple[str, ...]]]
Finish = Callable[[Unit, "R | None", R], Awaitable[R]]
Belong = Callable[[Unit, R, Sequence[int]], Awaitable[None]]
Act = Callable[[Unit, R], Awaitable[None]]
Reword = Callable[[Mapping[str, Any]], Mapping[str, Any]]
SORTS: Mapping[str, RecordSort] = {"id": "id", "created_at": "created_at", "updated_at": "updated_at"}


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """One kind of record: its table, what its body is wrapped in, what a new one is made of.

    `entity`: its custom fields. `strict`: an unknown attribute is refused, with the vendor's name for such records;
    None: kept. `finish` fills in what follows from the rest, given how the record was (None: it is new); `belong` lets
    the records of these own ids, and no others, belong to the record. `bare`: the wrapper may be left out.
    `reword` says in the table's words what clients say in others. `nested` are keys that write other records: what
    reads the value answers what is to be done once the record is there.
    """

    table: Table[R]
    wrapper: str
    blank: R
    entity: CustomEntity | None = None
    strict: str | None = None
    finish: Finish[R] | None = None
    belong: Belong[R] | None = None
    bare: bool = False
    reword: Reword | None = None
    nested: Mapping[str, Callable[[Any, ZoneInfo], Act[R]]] = field(default_factory=dict)

    @property
    def resource(self) -> str:
        """The name that scopes have for it."""
        return BY_RECORD[self.table.record].name


@dataclass(frozen=True, slots=True)
class Filter:
    """A parameter that asks for one of some keys: `to` is the resource whose shown ids it takes.

    `words` are the texts it takes in place of ids, each with the value as a key.
    """

    name: str
    key: str
    to: str = ""
    words: Mapping[str, str] | None = None


async def found(view: View, kind: Kind[R], shown: str) -> R:
    """The record that answers to `shown`; raises NotFound."""
    if "\0" in shown:
        raise NotFound
    return await record_by_shown_id(view, kind.table.record, DIALECT, shown)


async def rows(view: View, kind: Kind[R], records: Sequence[R]) -> list[dict[str, Any]]:
    """The records as rows."""
    beside = await read_beside(view, [kind.table], records)
    made = [kind.table.row(record, beside) for record in records]
    if kind.entity is not None:
        fields = view.vocabulary.fields_of(kind.entity)
        for row, record in zip(made, records, strict=True):
            row[CUSTOM] = custom_fields_shown(getattr(record, "custom", {}), fields, view.zone)
    return made


async def row_of(view: View, kind: Kind[R], record: R) -> dict[str, Any]:
    """The record as a row."""
    (row,) = await rows(view, kind, [record])
    return row


async def read(ask: Ask, kind: Kind[R]) -> dict[str, Any]:
    """The row of the record that the path names."""
    view = ask.session.view
    return await row_of(view, kind, await found(view, kind, ask.path_params["id"]))


async def make(ask: Ask, kind: Kind[R], given: Mapping[str, Any] | None = None) -> R:
    """A new record out of the body, or out of `given`."""
    written, acts = _read_body(ask, kind, given, new=True)

    async def work(unit: Unit) -> tuple[R, Vocabulary]:
        made = await create_record(unit, await edited(unit, kind, written, None))
        await _belong(unit, kind, written, made)
        return await _acted(unit, kind, acts, made), unit.vocabulary

    made, ask.session.view.vocabulary = await ask.session.write(work)
    return made


async def change(ask: Ask, kind: Kind[R], given: Mapping[str, Any] | None = None) -> R:
    """The record that the path names, changed as the body says."""
    written, acts = _read_body(ask, kind, given, new=False)

    async def work(unit: Unit) -> tuple[R, Vocabulary]:
        before = await found(unit, kind, ask.path_params["id"])
        after = await edited(unit, kind, written, before)
        changed = await change_record(unit, kind.table.record, before.id, lambda _: after)
        await _belong(unit, kind, written, changed)
        return await _acted(unit, kind, acts, changed), unit.vocabulary

    changed, ask.session.view.vocabulary = await ask.session.write(work)
    return changed


async def _belong(unit: Unit, kind: Kind[R], written: Written[R], record: R) -> None:
    members = written.member_ids(await own_ids(unit, written.points()))
    if kind.belong is not None and members is not None:
        await kind.belong(unit, record, members)


async def _acted(unit: Unit, kind: Kind[R], acts: Sequence[Act[R]], record: R) -> R:
    """Do what the body's nested keys ask for; answers the record as it is then."""
    for act in acts:
        await act(unit, record)
    return (await get_records(unit, kind.table.record, [record.id]))[record.id] if acts else record


async def remove(ask: Ask, kind: Kind[R]) -> int:
    """Put the record that the path names into the trash; answers the id as it is shown."""

    async def work(unit: Unit) -> None:
        record = await found(unit, kind, ask.path_params["id"])
        await remove_record(unit, kind.table.record, record.id)

    await ask.session.write(work)
    return int(ask.path_params["id"])


def _read_body(
    ask: Ask, kind: Kind[R], given: Mapping[str, Any] | None, *, new: bool
) -> tuple[Written[R], list[Act[R]]]:
    if given is None:
        given = unwrapped(ask.json(), kind.wrapper, bare=kind.bare)
    if not given:
        raise Invalid.at(kind.wrapper, "must not be empty", "empty")
    zone = ask.session.view.zone
    acts = [read_nested(given[name], zone) for name, read_nested in kind.nested.items() if name in given]
    said = given if kind.reword is None else kind.reword(given)
    plain = {name: value for name, value in said.items() if name not in kind.nested}
    written = read_written(kind.table, plain, zone, new=new, custom=kind.entity is not None)
    if kind.strict is not None:
        for name in written.unknown:
            raise unknown_attribute(name, kind.strict)
    return written, acts


async def edited(unit: Unit, kind: Kind[R], written: Written[R], before: R | None) -> R:
    """The record as a request makes it, `before` None: a new one. Raises Invalid naming the key."""
    beside = None if before is None else await read_beside(unit, [kind.table], [before])
    owns = await own_ids(unit, written.points())
    fields = unit.vocabulary.fields_of(kind.entity) if kind.entity is not None else {}
    after = written.edit(beside, owns, fields)(kind.blank if before is None else before)
    return after if kind.finish is None else await kind.finish(unit, before, after)


async def keys_of(view: View, params: Params, filters: Iterable[Filter]) -> Keys:
    """The keys that the parameters ask for; an id that there is not finds nothing. Raises Invalid for a bad value."""
    keys: Keys = []
    for one in filters:
        if one.words is not None:
            texts = params.texts(one.name) or ()
            if any(text not in one.words for text in texts):
                raise Invalid.at(one.name, f"must be one of {', '.join(one.words)}", "not_a_choice")
            values = tuple(one.words[text] for text in texts)
        else:
            numbers = params.integers(one.name) or ()
            owns = await own_ids(view, [(one.to, number) for number in numbers])
            values = tuple(str(owns.get((one.to, number), 0)) for number in numbers)
        if values:
            keys.append((one.key, values))
    return keys


def sorting(params: Params, sorts: Mapping[str, RecordSort] = SORTS) -> tuple[RecordSort, bool]:
    """By what a list is sorted and whether downwards: by id upwards unless `sort_by` says so."""
    sort = params.choice("sort_by", tuple(sorts))
    order = (params.text("order") or "").strip().lower()
    if order and order not in ORDERS:
        raise Invalid.at("order", f"must be one of {', '.join(ORDERS)}", "not_a_choice")
    return sorts[sort or "id"], order == "desc" or (not order and sort is not None)


@dataclass(frozen=True, slots=True)
class Listed(Generic[R]):
    """One page of records, and how to count them all."""

    records: list[R]
    total: Callable[[], Awaitable[int]]


async def list_page(
    ask: Ask,
    kind: Kind[R],
    keys: Keys,
    *,
    sort: tuple[RecordSort, bool] | None = None,
    happened: str = "",
) -> Listed[R]:
    """The page that the parameters ask for. `happened`: the parameters that bound the records' own moment begin so."""
    view, params = ask.session.view, ask.params
    order, descending = sorting(params) if sort is None else sort
    spans = spans_of(ask, happened)
    record = kind.table.record
    page = page_of(params)
    records = await find_records(view, record, page, keys=keys, order=order, descending=descending, **spans)

    async def total() -> int:
        return await count_records(view, record, keys=keys, **spans)

    return Listed(records, total)


def spans_of(ask: Ask, happened: str = "") -> dict[str, Any]:
    """The bounds of when records were made and changed, and of their own moment, whose parameters begin so."""
    params, zone = ask.params, ask.session.view.zone
    spans = {name: span(params, f"{name}_at", zone) for name in ("created", "updated")}
    return {**spans, "happened": span(params, happened, zone)} if happened else spans


def span(params: Params, name: str, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """From `…_from` or `…_after` to `…_to` or `…_before`. Raises Invalid for what is no moment."""
    moment = params.moment
    first = moment(f"{name}_from", zone) or moment(f"{name}_after", zone)
    return first, moment(f"{name}_to", zone, upper=True) or moment(f"{name}_before", zone, upper=True)
