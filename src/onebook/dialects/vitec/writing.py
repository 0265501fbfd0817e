"""The writing calls."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from onebook.dialects.vitec.asked import (
    body,
    customer_and,
    id_lists,
    list_problems,
    path_text,
    refuse,
)
from onebook.dialects.vitec.book import NAME, Book
from onebook.dialects.vitec.codec import read_update
from onebook.dialects.vitec.formats import answer_string
from onebook.dialects.vitec.homes import show_id
from onebook.dialects.vitec.parts import ADDRESS, address_parts
from onebook.dialects.vitec.sent import SENTENCE, places, read_sent
from onebook.dialects.vitec.slots import keep_address
from onebook.dialects.vitec.upserts import save_update
from onebook.errors import NotFound, Problem
from onebook.http.route import Ask, Handler, Reply
from onebook.model.account import Vocabulary
from onebook.model.contact import Contact, Kind
from onebook.service.access import session_of_customer
from onebook.service.contacts import Edit, change_contact, contact_by_shown_id, contacts_by_shown_ids
from onebook.service.merging import merge_contacts
from onebook.service.session import Session, Unit

DONE = Reply(204, b"", "")


def update(kind: Kind) -> Handler:
    """UpdatePerson and UpdateCompany: answers the id of the contact that was changed or made."""

    async def handle(ask: Ask) -> Reply:
        given = read_update(body(ask), kind, ask.session.view.zone)
        session = await session_of_customer(ask.session, given.customer_id)
        contact = await session.write(lambda unit: save_update(unit, given))
        return _shown(ask, session, contact)

    return handle


async def opt_out(ask: Ask) -> Reply:
    """No advertising from now on."""
    await _change(ask, lambda contact, _: replace(contact, advertising_enabled=False))
    return DONE


async def remove_category(ask: Ask) -> Reply:
    """Take a tag off the contact; one that it has not is off already. 404 for a tag that there is not."""
    wanted = path_text(ask, "categoryId")

    def edit(contact: Contact, vocabulary: Vocabulary) -> Contact:
        gone = next((number for number in vocabulary.tags if str(number) == wanted), None)
        if gone is None:
            raise NotFound("there is no such category")
        return replace(contact, tag_ids=tuple(number for number in contact.tag_ids if number != gone))

    await _change(ask, edit)
    return DONE


NEW_ADDRESS = places(ADDRESS.members)


async def new_address(ask: Ask) -> Reply:
    """The contact has moved: the address takes the place of the one that is shown, whole. Answers the contact's id."""
    sent = read_sent(body(ask), NEW_ADDRESS, ask.session.view.zone)
    value: dict[str, Any] = {member.key: given for member, given in sent.values.items()}
    if not sent.problems and not any(isinstance(part, str) and part.strip() for part in value.values()):
        sent.problems.append(Problem("streetAddress", SENTENCE, "Gatuadress, postnummer eller ort måste anges"))
    refuse(sent.problems)

    def edit(contact: Contact, vocabulary: Vocabulary) -> Contact:
        return keep_address(contact, address_parts(value), whole=True)

    session, contact = await _change(ask, edit)
    return _shown(ask, session, contact)


async def merge(ask: Ask) -> Reply:
    """Several contacts made into the target one, whose id is the answer; their own ids go on finding it."""
    customer_id, target = customer_and(ask, "targetContactId")
    lists = id_lists(ask.path_params["contactIds"])
    refuse(list_problems(lists[-1], "contactIds"))
    session = await session_of_customer(ask.session, customer_id)

    async def work(unit: Unit) -> Contact:
        survivor = await contact_by_shown_id(unit, NAME, target)
        for ids in lists:
            found = await contacts_by_shown_ids(unit, NAME, ids)
            if len(found) == len(ids):
                return await merge_contacts(unit, survivor.id, [found[one].id for one in ids])
        raise NotFound("one of the contacts is not there")

    return _shown(ask, session, await session.write(work))


async def _change(ask: Ask, edit: Edit) -> tuple[Session, Contact]:
    customer_id, contact_id = customer_and(ask, "contactId")
    session = await session_of_customer(ask.session, customer_id)

    async def work(unit: Unit) -> Contact:
        contact = await contact_by_shown_id(unit, NAME, contact_id)
        return await change_contact(unit, contact.id, edit)

    return session, await session.write(work)


def _shown(ask: Ask, session: Session, contact: Contact) -> Reply:
    return answer_string(ask, show_id(contact, Book(session.view.vocabulary)))
