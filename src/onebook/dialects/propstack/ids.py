"""Ids of many records at a time, both ways: what rows show of others, and what requests point to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from onebook.dialects.propstack.draft import DIALECT
from onebook.dialects.propstack.shown import RECORDS, listed, members_in, own_in, shown_id
from onebook.dialects.propstack.tables.column import Beside, Column, NameColumn, Owns, Table
from onebook.dialects.propstack.values import time_text
from onebook.model.account import Record
from onebook.model.deal import DealPipeline
from onebook.service.contacts import contacts_by_shown_ids
from onebook.service.records import get_records, records_by_shown_ids
from onebook.service.session import View
from onebook.store.contacts import read_contacts

CONTACTS, STAGES, SELF = "contacts", "deal_stages", "self"


async def read_beside(view: View, tables: Iterable[Table[Any]], records: Sequence[Record]) -> Beside:
    """What the rows of `records` show of others: one query for each table outside the vocabulary that they point to."""
    pointed: dict[str, set[int]] = {}
    names: dict[str, Mapping[int, str]] = {}
    for table in tables:
        mine = [record for record in records if isinstance(record, table.record)]
        for column in table.columns:
            if isinstance(column, NameColumn):
                names[column.to] = {key: one.name for key, one in (listed(view.vocabulary, column.to) or {}).items()}
            elif isinstance(column, Column) and column.to and column.to not in (SELF, STAGES):
                pointed.setdefault(column.to, set()).update(_ids(column, mine))
    shown = {resource: await _differing(view, resource, ids) for resource, ids in pointed.items()}
    shown[SELF] = {record.id: shown_id(record) for record in records if DIALECT in record.external_ids}
    return Beside(lambda moment: time_text(moment, view.zone), shown, names, members_in(view.vocabulary))


def _ids(column: Column, records: Iterable[Record]) -> Iterable[int]:
    head, _, member = column.home.partition(".")
    for record in records:
        value = getattr(record, head)
        if member:
            value = value.get(DIALECT, {}).get(member)
        for one in value if isinstance(value, tuple | list) else (value,):
            if type(one) is int:
                yield one


async def _differing(view: View, resource: str, ids: Iterable[int]) -> dict[int, int]:
    wanted = sorted(number for number in ids if 0 < number < 2**31)
    known: Mapping[int, Any] | None = listed(view.vocabulary, resource)
    if known is None and wanted:
        record = RECORDS.get(resource)
        known = await read_contacts(view.reader, wanted) if record is None else await get_records(view, record, wanted)
    found = {number: shown_id(known[number]) for number in wanted if known and number in known}
    return {own: shown for own, shown in found.items() if own != shown}


async def own_ids(view: View, points: Iterable[tuple[str, int]]) -> Owns:
    """The own id of each (resource, shown id) that there is and that is not in the trash."""
    asked: dict[str, list[str]] = {}
    for resource, shown in dict.fromkeys(points):
        asked.setdefault(resource, []).append(str(shown))
    owns: dict[tuple[str, int], int] = {}
    for resource, texts in asked.items():
        for text, own in (await _owns(view, resource, texts)).items():
            owns[resource, int(text)] = own
    return owns


async def _owns(view: View, resource: str, texts: Sequence[str]) -> dict[str, int]:
    if resource == CONTACTS:
        return {text: one.id for text, one in (await contacts_by_shown_ids(view, DIALECT, texts)).items()}
    if resource == STAGES:
        pipelines = view.vocabulary.listed(DealPipeline).values()
        stages = {str(stage.id): stage.id for pipeline in pipelines for stage in pipeline.stages}
        return {text: stages[text] for text in texts if text in stages}
    known = listed(view.vocabulary, resource)
    if known is not None:
        owns = {text: own_in(known, int(text)) for text in texts}
        return {text: own for text, own in owns.items() if own is not None}
    found = await records_by_shown_ids(view, RECORDS[resource], DIALECT, texts)
    return {text: one.id for text, one in found.items()}
