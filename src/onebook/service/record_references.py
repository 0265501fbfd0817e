"""Whether what a record points to is there, and whether its external ids are its own.

A reference is looked at when it is written. What is deleted afterwards stays referred to and reads as unknown: so a
record that comes back out of the trash finds everything as it was. A merged contact is found as its survivor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from onebook.errors import Conflict, Invalid, Problem
from onebook.model.account import DIALECTS, NUMBERED_DIALECTS, Record
from onebook.model.deal import Deal, DealPipeline
from onebook.model.references import REFERENCES, STAGES, Reference
from onebook.service.references import is_number
from onebook.service.session import Unit
from onebook.store import records as store
from onebook.store.database import next_id
from onebook.store.resources import BY_RECORD, RESOURCES

R = TypeVar("R", bound=Record)
MOST_IDS = 1000
"""So many ids one list of references takes: ours."""
_LISTED = {resource.name: resource.record for resource in RESOURCES if resource.in_vocabulary}
_IN_VOCABULARY = ("users", "tag_groups", "tags", "sources", "statuses", "reasons")


async def known_ids(unit: Unit, target: str, ids: Sequence[int]) -> dict[int, int]:
    """Those of `ids` that there are of the resource `target`, by themselves; a merged contact's is its survivor's."""
    if target in _IN_VOCABULARY:
        known = getattr(unit.vocabulary, target)
    elif target == STAGES:
        known = {stage.id for one in unit.vocabulary.listed(DealPipeline).values() for stage in one.stages}
    elif target in _LISTED:
        known = unit.vocabulary.listed(_LISTED[target])
    else:
        return await store.existing(unit.tx, target, ids)
    return {number: number for number in ids if number in known}


async def check_references(unit: Unit, before: R | None, after: R) -> R:
    """`after`, pointing to survivors where it named merged contacts.

    Raises Invalid with every new pointer to what is not there.
    """
    problems: list[Problem] = []
    changed: dict[str, Any] = {}
    for reference in REFERENCES.get(type(after), ()):
        ids = reference.ids(after)
        old = reference.ids(before) if before is not None else ()
        new = [number for number in dict.fromkeys(ids) if number not in old]
        if len(ids) > MOST_IDS and new:
            problems.append(Problem(reference.field, "too_many", f"has more than {MOST_IDS} ids"))
        elif new:
            known = await known_ids(unit, reference.target, new)
            problems += [_unknown(reference, number) for number in new if number not in known]
            moved = {number: known[number] for number in new if known.get(number, number) != number}
            if moved:
                changed[reference.field] = moved_ids(after, reference, moved)
    if problems:
        raise Invalid(f"{problems[0].path}: {problems[0].text}", tuple(problems))
    return replace(after, **changed)


async def with_survivors(unit: Unit, record: R) -> R:
    """`record`, pointing to survivors where it points to contacts that were merged; all else stays."""
    changed: dict[str, Any] = {}
    for reference in REFERENCES.get(type(record), ()):
        if reference.target == "contacts" and (ids := reference.ids(record)):
            known = await known_ids(unit, reference.target, ids)
            moved = {number: known[number] for number in ids if known.get(number, number) != number}
            if moved:
                changed[reference.field] = moved_ids(record, reference, moved)
    return replace(record, **changed)


def moved_ids(record: Record, reference: Reference, moved: dict[int, int]) -> Any:
    """What `reference` holds in `record` with ids exchanged; in a list each stays once."""
    value = getattr(record, reference.field)
    if isinstance(value, tuple):
        return tuple(dict.fromkeys(moved.get(number, number) for number in value))
    return moved.get(value, value)


def _unknown(reference: Reference, number: int) -> Problem:
    return Problem(reference.field, "unknown_id", f"there is no {reference.field.removesuffix('s')} {number}")


def with_pipeline(unit: Unit, deal: R) -> R:
    """A deal is in the pipeline that its stage stands in; what is no deal stays. Raises Invalid."""
    if not isinstance(deal, Deal) or deal.stage_id is None:
        return deal
    for pipeline in unit.vocabulary.listed(DealPipeline).values():
        if any(stage.id == deal.stage_id for stage in pipeline.stages):
            if deal.pipeline_id in (None, pipeline.id):
                return replace(deal, pipeline_id=pipeline.id)
            raise Invalid.at("stage_id", f"is no stage of pipeline {deal.pipeline_id}", "unknown_id")
    return deal


async def check_record_ids(unit: Unit, before: Record | None, after: Record) -> None:
    """No two records of a resource answer to one id in one dialect (docs/decisions/0002). Raises Invalid, Conflict."""
    old = before.external_ids if before is not None else {}
    was_there = before is not None and before.deleted_at is None
    for dialect in dict.fromkeys([*old, *after.external_ids]):
        now = after.external_ids.get(dialect)
        if now == old.get(dialect) and was_there:
            continue
        if now == "":
            raise Invalid.at("external_ids", "an external id must not be empty", "required")
        if dialect in NUMBERED_DIALECTS and now is not None and not is_number(now):
            raise Invalid.at(f"external_ids.{dialect}", "must be a whole number", "wrong_type")
        if dialect in DIALECTS:
            await _check_free(unit, after, dialect, now)


async def _check_free(unit: Unit, record: Record, dialect: str, now: str | None) -> None:
    kind, answers_to = type(record), str(record.id) if now is None else now
    others = await store.ids_by_key(unit.tx, kind, f"id:{dialect}", answers_to)
    if now is not None and is_number(now):
        unit.tx.state.top_external_id = max(unit.tx.state.top_external_id, int(now))
        owner = await store.read_record(unit.tx, kind, int(now))
        if owner is not None and dialect not in owner.external_ids:
            others.append(owner.id)
    taken = next((number for number in others if number != record.id), None)
    if taken is not None:
        text = f"{BY_RECORD[kind].name} {taken} answers to {answers_to} already"
        raise Conflict(text, (Problem(f"external_ids.{dialect}", "duplicate", text),))


async def free_id(unit: Unit, record: type[Record]) -> int:
    """The next id that no record of the kind answers to in any dialect."""
    number = await next_id(unit.tx)
    while number <= unit.tx.state.top_external_id and await store.is_external_id(
        unit.tx, BY_RECORD[record].name, str(number)
    ):
        number = await next_id(unit.tx)
    return number
