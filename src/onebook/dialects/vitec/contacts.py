"""Contacts by their ids: the list of up to twenty, the single object, and both for each type."""

from __future__ import annotations

from collections.abc import Sequence

from onebook.dialects.vitec.asked import (
    customer_and,
    customer_of,
    customer_problems,
    gather,
    id_lists,
    id_problems,
    list_problems,
    path_text,
    query,
    refuse,
)
from onebook.dialects.vitec.book import NAME, Book
from onebook.dialects.vitec.codec import show_contact
from onebook.dialects.vitec.fields import BASE, SHAPE_OF
from onebook.dialects.vitec.formats import answer_list, answer_object
from onebook.errors import NotFound, Problem
from onebook.http.route import Ask, Handler, Reply
from onebook.model.contact import Contact, Kind
from onebook.service.access import session_of_customer
from onebook.service.contacts import contact_by_shown_id, contacts_by_shown_ids
from onebook.service.session import View

IDS = "contactIds"
SINGLE_SETTING = "vitec.single"
"""The account's setting that makes an object the answer for one id, in place of a list of one."""


async def by_ids(ask: Ask) -> Reply:
    """One id or several. A comma makes a list, and so does one id unless `single` or the account's setting says no."""
    problems = customer_problems(path_text(ask, "customerId"))
    single = gather(problems, lambda: query(ask, "single").flag("single"), None)
    lists = _checked_lists(ask, problems)
    session = await session_of_customer(ask.session, path_text(ask, "customerId"))
    if "," not in ask.path_params[IDS]:
        if single is None:
            single = session.view.account.settings.get(SINGLE_SETTING) == "true"
        if single:
            return await _object(ask, session.view, path_text(ask, IDS), None)
    return await _list(ask, session.view, lists, None)


def by_type_and_ids(kind: Kind) -> Handler:
    """`…/Person/{ids}`: one id answers an object, a comma a list; other types are left out."""

    async def handle(ask: Ask) -> Reply:
        if "," not in ask.path_params[IDS]:
            customer_id, contact_id = customer_and(ask, IDS)
            session = await session_of_customer(ask.session, customer_id)
            return await _object(ask, session.view, contact_id, kind)
        lists = _checked_lists(ask, customer_problems(path_text(ask, "customerId")))
        session = await session_of_customer(ask.session, path_text(ask, "customerId"))
        return await _list(ask, session.view, lists, kind)

    return handle


def by_type(kind: Kind) -> Handler:
    """`…/Person?contactIds=a,b`: always a list."""

    async def handle(ask: Ask) -> Reply:
        ids = list(dict.fromkeys(query(ask, IDS).texts(IDS) or ()))
        refuse(customer_problems(path_text(ask, "customerId")) + list_problems(ids, IDS))
        session = await session_of_customer(ask.session, customer_of(ask))
        return await _list(ask, session.view, [ids], kind)

    return handle


def _checked_lists(ask: Ask, problems: list[Problem]) -> list[list[str]]:
    lists = id_lists(ask.path_params[IDS])
    found = [list_problems(ids, IDS) for ids in lists]
    good = [ids for ids, wrong in zip(lists, found, strict=True) if not wrong]
    refuse(problems + ([] if good else found[-1]))
    return good


async def _object(ask: Ask, view: View, contact_id: str, kind: Kind | None) -> Reply:
    refuse(id_problems([contact_id], IDS))
    contact = await contact_by_shown_id(view, NAME, contact_id)
    if kind is not None and contact.kind != kind:
        raise NotFound(f"contact {contact_id} is of another type")
    shape = SHAPE_OF[contact.kind]
    return answer_object(ask, BASE if kind is None else shape, (shape, show_contact(contact, Book(view.vocabulary))))


async def _list(ask: Ask, view: View, lists: Sequence[Sequence[str]], kind: Kind | None) -> Reply:
    """The contacts in the order asked for; unknown ids and other types are left out (ours)."""
    contacts: list[Contact] = []
    for ids in lists:
        found = await contacts_by_shown_ids(view, NAME, ids)
        once = {found[one].id: found[one] for one in ids if one in found}
        contacts = [contact for contact in once.values() if kind in (None, contact.kind)]
        if contacts:
            break
    book = Book(view.vocabulary)
    items = [(SHAPE_OF[contact.kind], show_contact(contact, book)) for contact in contacts]
    return answer_list(ask, BASE if kind is None else SHAPE_OF[kind], items)
