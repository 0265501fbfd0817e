"""`on_duplicate` and `threshold`: what to do with a contact that may be there already."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from onebook.errors import Conflict, Invalid, Problem
from onebook.http.params import Params
from onebook.http.route import Schema
from onebook.model.contact import Contact
from onebook.service.contacts import Edit, change_contact, create_contact
from onebook.service.duplicates import (
    Twin,
    create_noting,
    find_same,
    find_twin,
    growing,
    twin_by_external_id,
)
from onebook.service.session import Unit

CREATE, REFUSE, MERGE = "create", "refuse", "merge"
ON_DUPLICATE = (CREATE, REFUSE, MERGE)
THRESHOLD: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_NAMES = ("on_duplicate", "threshold")


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """`word` says what to do; the same is who has the external id or address, or from `threshold` on who is alike."""

    word: str = CREATE
    threshold: float | None = None


def asked_rule(params: Params) -> DuplicateRule:
    """What the query says. Raises Invalid."""
    text = params.text("threshold")
    try:
        threshold = float(text) if text else None
    except ValueError:
        threshold = math.nan
    return DuplicateRule(params.choice("on_duplicate", ON_DUPLICATE) or CREATE, _probability(threshold))


def duplicate_rule(body: Any, asked: DuplicateRule) -> tuple[Any, DuplicateRule]:
    """The contact that `body` holds, and what is to be done with a duplicate: the body's word before the query's."""
    if not isinstance(body, dict) or not any(name in body for name in _NAMES):
        return body, asked
    word, threshold = body.get("on_duplicate", asked.word), body.get("threshold", asked.threshold)
    if word not in ON_DUPLICATE:
        raise Invalid.at("on_duplicate", f"must be one of {', '.join(ON_DUPLICATE)}", "unknown_value")
    rest = {name: value for name, value in body.items() if name not in _NAMES}
    return rest, DuplicateRule(str(word), _probability(threshold))


def _probability(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Invalid.at("threshold", "must be a number from 0 to 1", "out_of_range")
    return float(value)


async def write_contact(unit: Unit, edit: Edit, rule: DuplicateRule) -> tuple[int, Contact]:
    """A new contact, or what `rule` says where it is there already; 201 or 200, and the contact.

    Raises Conflict naming the contact that is the same, where `rule` is to refuse it.
    """
    if rule.word == CREATE:
        return 201, await create_contact(unit, edit)
    given = edit(Contact(), unit.vocabulary)
    if rule.threshold is None:
        twin = await find_twin(unit, given)
        return await _settle(unit, edit, rule, twin) if twin else (201, await create_contact(unit, edit))
    twin = await twin_by_external_id(unit, given)
    if twin is not None:
        return await _settle(unit, edit, rule, twin)
    same, doubtful = await find_same(unit, edit, rule.threshold)
    if same is not None:
        return await _settle(unit, growing(edit), rule, Twin(same.contact_id, ""))
    return 201, (await create_noting(unit, edit, doubtful)).contact


async def _settle(unit: Unit, edit: Edit, rule: DuplicateRule, twin: Twin) -> tuple[int, Contact]:
    if rule.word == REFUSE:
        text = f"contact {twin.contact_id} is the same"
        raise Conflict(text, (Problem(twin.path, "duplicate", text),), twin.contact_id)
    return 200, await change_contact(unit, twin.contact_id, edit)
