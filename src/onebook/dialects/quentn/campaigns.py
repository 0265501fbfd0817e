"""`cb/<id>`: a campaign set off for a contact, which is found or made first."""

from __future__ import annotations

from onebook.dialects.quentn.codec import SentContact, read_contact
from onebook.dialects.quentn.contacts import may_set_status, path_text, root_of
from onebook.dialects.quentn.errors import answer
from onebook.dialects.quentn.lookups import DIALECT, shown_id
from onebook.dialects.quentn.posting import Options, Posted, read_address, save_posted, with_kept_statuses
from onebook.dialects.quentn.values import read_number
from onebook.errors import NotFound
from onebook.http.route import Ask, Reply
from onebook.model.campaign import Campaign
from onebook.model.contact import Contact
from onebook.service.contacts import change_contact, contact_by_shown_id, is_own_id, tell_history
from onebook.service.records import get_record
from onebook.service.session import Unit


async def trigger(ask: Ask) -> Reply:
    """POST cb/<id>: the contact of the `id` that is given, else whom `auto` finds; given fields overwrite.

    It stands in the contact's history as `campaign <id>`.
    """
    session, body = ask.session, root_of(ask)
    given = body.get("id")
    number = read_number(given, "id") if given is not None else None
    sent = read_contact(body, may_set_status=may_set_status(session), path="")
    posted = Posted(sent, read_address(body))

    async def work(unit: Unit) -> Contact:
        campaign = await _campaign(unit, ask)
        if number is None:
            contact = await save_posted(unit, posted, Options(), {})
        else:
            contact = await _overwritten(unit, str(number), sent)
        return await tell_history(unit, contact.id, f"campaign {campaign.id}")

    return answer({"id": shown_id(await session.write(work))})


async def _campaign(unit: Unit, ask: Ask) -> Campaign:
    named = path_text(ask, "campaign")
    if not is_own_id(named):
        raise NotFound(f"there is no campaign {named[:40]}")
    return await get_record(unit, Campaign, int(named))


async def _overwritten(unit: Unit, named: str, sent: SentContact) -> Contact:
    contact = await contact_by_shown_id(unit, DIALECT, named)
    edit = await with_kept_statuses(unit, sent, sent.merging("update_add"))
    return await change_contact(unit, contact.id, edit)
