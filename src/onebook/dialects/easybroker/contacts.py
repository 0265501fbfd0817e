"""The calls on contacts."""

from __future__ import annotations

from onebook.dialects.easybroker.codec import contact_detail, contact_row
from onebook.dialects.easybroker.contact_patch import read_patch
from onebook.dialects.easybroker.fields import NAME
from onebook.dialects.easybroker.wire import Paging, answer, updated_span
from onebook.errors import NotFound, Problem
from onebook.http.route import Ask, Reply
from onebook.model.account import Source, Tag, Vocabulary
from onebook.model.contact import Contact
from onebook.model.query import ContactQuery
from onebook.service.contacts import change_contact, contact_by_shown_id, count_contacts, find_contacts
from onebook.service.records import named_record
from onebook.service.session import Unit, View

CONTACTS = "/contacts"


async def _contact(view: View, shown: str) -> Contact:
    try:
        return await contact_by_shown_id(view, NAME, shown)
    except NotFound as error:
        raise NotFound(error.message, (Problem("contact_id", "no_contact", "is unknown"),)) from None


async def list_contacts(ask: Ask) -> Reply:
    """`GET /contacts`: archived ones too, in the order of their ids (ours)."""
    view, paging = ask.session.view, Paging(ask.params)
    updated_from, updated_to = updated_span(ask)
    query = ContactQuery(updated_from=updated_from, updated_to=updated_to, archived=None)
    found = await find_contacts(view, query, paging.page)
    total = await count_contacts(view, query)
    rows = [contact_row(contact, view.vocabulary, view.zone) for contact in found]
    return paging.envelope(ask, CONTACTS, total, rows)


async def read_one_contact(ask: Ask) -> Reply:
    """`GET /contacts/{contact_id}`."""
    view = ask.session.view
    contact = await _contact(view, ask.path_params["contact_id"])
    return answer(contact_detail(contact, view.vocabulary, view.zone))


async def change_one_contact(ask: Ask) -> Reply:
    """`PATCH /contacts/{contact_id}`: tags and a source that are not there yet are made."""
    patch = read_patch(ask.json())

    async def work(unit: Unit) -> tuple[Contact, Vocabulary]:
        contact = await _contact(unit, ask.path_params["contact_id"])
        for name in patch.tags:
            await named_record(unit, Tag, name)
        if patch.source is not None:
            await named_record(unit, Source, patch.source)
        return await change_contact(unit, contact.id, patch.edit), unit.vocabulary

    contact, words = await ask.session.write(work)
    return answer(contact_detail(contact, words, ask.session.view.zone))
