"""All contacts of a customer as ids: the list by type, and the list for keeping another system in step."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from onebook.dialects.vitec.answers import LIST, REFERENCE, SYNC
from onebook.dialects.vitec.asked import (
    body,
    customer_problems,
    gather,
    id_problems,
    path_text,
    query,
    refuse,
)
from onebook.dialects.vitec.book import NAME
from onebook.dialects.vitec.codec import taken_customer
from onebook.dialects.vitec.fields import CUSTOMER_ID
from onebook.dialects.vitec.formats import Pieces, answer_list
from onebook.dialects.vitec.moments import show_moment
from onebook.dialects.vitec.sent import places, read_sent
from onebook.dialects.vitec.shapes import Member
from onebook.errors import Invalid
from onebook.http.params import Params
from onebook.http.route import Ask, Reply
from onebook.model.account import Vocabulary
from onebook.model.contact import Contact, Kind
from onebook.model.custom import custom_value
from onebook.model.query import Brief, ContactQuery, Page
from onebook.service.access import session_of_customer
from onebook.service.contacts import contacts_by_shown_ids, find_briefs
from onebook.service.session import View
from onebook.store.keys import custom_texts

CHUNK = 5000
"""Contacts that are looked at together; others get their turn in between."""
FILTERS = (
    "AgentId",
    "CreatedAtFrom",
    "CreatedAtTo",
    "ChangedAtFrom",
    "ChangedAtTo",
    "CustomFieldName",
    "CustomFieldValue",
    "LeadScore",
)
_LIST_KEYS: dict[Kind, str] = {"person": "persons", "company": "companies", "estate": "deceasedEstates"}
_SYNC_KEYS: dict[Kind, str] = {"person": "persons", "company": "companies", "estate": "estates"}


async def all_contacts(ask: Ask) -> Reply:
    """Every contact that the filters ask for, archived ones left out, in one answer (the vendor has no pages)."""
    params = query(ask, *FILTERS)
    problems = customer_problems(path_text(ask, "customerId"))
    gather(problems, lambda: _filters(params, ask.session.view.zone), ContactQuery())
    custom = gather(problems, lambda: _custom(params), _NO_FIELD)
    refuse(problems)
    session = await session_of_customer(ask.session, path_text(ask, "customerId"))
    view = session.view
    wanted = _filters(params, view.zone, _custom_texts(*custom, view.vocabulary))
    pieces = Pieces(ask, LIST, REFERENCE)
    async for briefs in _walk(view, wanted):
        for kind, key in _LIST_KEYS.items():
            pieces.add(key, [_reference(one, view.account.customer_id) for one in briefs if one.kind == kind])
    return pieces.answer()


def _reference(brief: Brief, customer_id: str) -> dict[str, Any]:
    return {"id": _shown(brief), "changedAt": show_moment(brief.updated_at), "customerId": customer_id}


def _shown(brief: Brief | Contact) -> str:
    return brief.external_ids.get(NAME) or str(brief.id)


async def _walk(view: View, wanted: ContactQuery) -> AsyncIterator[list[Brief]]:
    after: tuple[None, int] | None = None
    while True:
        briefs = await find_briefs(view, wanted, Page(limit=CHUNK, after=after))
        yield briefs
        if len(briefs) < CHUNK:
            return
        after = (None, briefs[-1].id)


def _filters(params: Params, zone: ZoneInfo, custom: tuple[str, list[str]] | None = None) -> ContactQuery:
    """The filters of the query. Raises Invalid naming the one whose value is none."""
    agent = params.text("AgentId")
    score = params.integer("LeadScore")
    return ContactQuery(
        owner_ids=_owners(agent.strip()) if agent and agent.strip() else None,
        created_from=params.moment("CreatedAtFrom", zone),
        created_to=params.moment("CreatedAtTo", zone, upper=True),
        updated_from=params.moment("ChangedAtFrom", zone),
        updated_to=params.moment("ChangedAtTo", zone, upper=True),
        lead_scores=None if score is None else (score,),
        custom=tuple((custom[0], text) for text in custom[1]) if custom else (),
        ids=() if custom is not None and not custom[1] else None,
    )


def _owners(agent: str) -> tuple[int, ...]:
    """The user that `agent` is; nobody for what is no id of ours."""
    return (int(agent),) if agent.isascii() and agent.isdigit() and len(agent) < 16 else ()


_NO_FIELD: tuple[str | None, str | None] = (None, None)


def _custom(params: Params) -> tuple[str | None, str | None]:
    return params.text("CustomFieldName"), params.text("CustomFieldValue")


def _custom_texts(name: str | None, value: str | None, vocabulary: Vocabulary) -> tuple[str, list[str]] | None:
    """The field and what its value is found under; nothing for a field or a value that there is not.

    One of the two without the other finds nobody.
    """
    if not name and not value:
        return None
    field = vocabulary.custom_fields.get(name or "")
    try:
        return name or "", custom_texts(custom_value(field, value, "CustomFieldValue")) if field and value else []
    except Invalid:
        return name or "", []


_IDS = Member("ContactId", "string", many=True, sent="contactId")
_SINCE = Member("ChangedDateFrom", "date", sent="changedDateFrom")
SYNC_BODY = places((CUSTOMER_ID, _IDS, _SINCE))


async def sync_list(ask: Ask) -> Reply:
    """Ids and when they changed: of all contacts, or of those that are named; since a moment, or ever."""
    sent = read_sent(body(ask), SYNC_BODY, ask.session.view.zone)
    ids: list[str] | None = sent.values.get(_IDS)
    since: datetime | None = sent.values.get(_SINCE)
    sent.problems += id_problems(ids or (), _IDS.sent)
    customer_id = taken_customer(sent)
    view = (await session_of_customer(ask.session, customer_id)).view
    value: dict[str, Any] = {"customerId": customer_id, "persons": [], "companies": [], "estates": []}
    if ids:
        found = await contacts_by_shown_ids(view, NAME, list(dict.fromkeys(ids)))
        _add(value, list({one.id: one for one in found.values()}.values()), lambda one: _since(one, since))
    else:
        async for briefs in _walk(view, ContactQuery(updated_from=since)):
            _add(value, briefs, lambda one: True)
    return answer_list(ask, SYNC, [(SYNC, value)])


def _since(contact: Brief | Contact, since: datetime | None) -> bool:
    return since is None or (contact.updated_at is not None and contact.updated_at >= since)


def _add(
    value: dict[str, Any], contacts: list[Brief] | list[Contact], wanted: Callable[[Brief | Contact], bool]
) -> None:
    for one in contacts:
        if wanted(one):
            changed = show_moment(one.updated_at)
            value[_SYNC_KEYS[one.kind]].append({"contactId": _shown(one), "dateChanged": changed})
