"""The calls on contact requests: the account's own, and the integration partners'."""

from __future__ import annotations

from msgspec.structs import replace

from onebook.dialects.easybroker.codec import (
    check_partner_request,
    check_request,
    partner_row,
    read_request,
    request_row,
    shown_id,
)
from onebook.dialects.easybroker.countries import require_country
from onebook.dialects.easybroker.fields import filled
from onebook.dialects.easybroker.properties import property_by_public_id
from onebook.dialects.easybroker.public_ids import public_id
from onebook.dialects.easybroker.wire import Paging, answer
from onebook.errors import NotFound, Problem
from onebook.http.route import Ask, Reply
from onebook.model.lead import Lead
from onebook.model.property import Property
from onebook.service.contacts import get_contacts
from onebook.service.leads import request
from onebook.service.records import Keys, Span, count_records, find_records, get_records
from onebook.service.session import Unit, View

REQUESTS = "/contact_requests"
PARTNER_REQUESTS = "/integration_partners/contact_requests"
TAKEN = {"status": "successful"}


async def create_request(ask: Ask) -> Reply:
    """`POST /contact_requests`: each is a request of its own, whoever asks."""
    property_id, lead = read_request(ask.json())
    prop = await _asked_for(ask.session.view, property_id)
    check_request(lead, for_property=prop is not None)
    await _take(ask, lead, prop)
    return answer(TAKEN)


async def create_partner_request(ask: Ask) -> Reply:
    """`POST /integration_partners/contact_requests`: once for each of the partner's own ids."""
    require_country(ask)
    property_id, lead = read_request(ask.json(), partner=ask.session.actor)
    prop = await _asked_for(ask.session.view, property_id)
    check_partner_request(property_id, lead)
    await _take(ask, lead, prop)
    return answer(TAKEN)


async def _asked_for(view: View, property_id: str | None) -> Property | None:
    if property_id is None:
        return None
    prop = await property_by_public_id(view, property_id)
    if prop is None:
        raise NotFound("there is no such property", (Problem("property_id", "unknown_property", "is unknown"),))
    return prop


async def _take(ask: Ask, lead: Lead, prop: Property | None) -> None:
    whole = replace(lead, property_id=prop.id if prop is not None else None)

    async def work(unit: Unit) -> Lead:
        return await request(unit, whole)

    await ask.session.write(work)


async def list_requests(ask: Ask) -> Reply:
    """`GET /contact_requests`: all of the account's, those of partners too, the newest first (ours)."""
    view, paging = ask.session.view, Paging(ask.params)
    leads, total, properties = await _page(ask, paging, [])
    contacts = await get_contacts(view, [lead.contact_id for lead in leads if lead.contact_id is not None])
    shown = {number: shown_id(contact) for number, contact in contacts.items()}
    rows = [
        request_row(lead, shown.get(lead.contact_id or 0), properties.get(lead.property_id or 0), view.zone)
        for lead in leads
    ]
    return paging.envelope(ask, REQUESTS, total, rows)


async def list_partner_requests(ask: Ask) -> Reply:
    """`GET /integration_partners/contact_requests`: those that this partner has sent, the newest first (ours)."""
    require_country(ask)
    paging = Paging(ask.params)
    leads, total, properties = await _page(ask, paging, [("partner", [ask.session.actor])])
    rows = [partner_row(lead, properties.get(lead.property_id or 0)) for lead in leads]
    return paging.envelope(ask, PARTNER_REQUESTS, total, rows)


async def _page(ask: Ask, paging: Paging, keys: Keys) -> tuple[list[Lead], int, dict[int, str]]:
    """The leads of the page, how many there are, and the public numbers of their properties by id."""
    view = ask.session.view
    happened: Span = (
        ask.params.moment("happened_after", view.zone),
        ask.params.moment("happened_before", view.zone, upper=True),
    )
    asked = ask.params.text("property_id")
    if asked is not None and filled(asked):
        prop = await property_by_public_id(view, asked.strip())
        keys = [*keys, ("property", [str(prop.id)] if prop is not None else [])]
    leads = await find_records(view, Lead, paging.page, keys=keys, happened=happened, descending=True)
    total = await count_records(view, Lead, keys=keys, happened=happened)
    properties = await get_records(view, Property, [lead.property_id for lead in leads if lead.property_id is not None])
    return leads, total, {number: public_id(prop) for number, prop in properties.items()}
