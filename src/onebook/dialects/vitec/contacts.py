"""Contacts by their ids: the list of up to twenty, the single object, and both for each type."""

from __future__ import annotations

from onebook.dialects.vitec.asked import (
    customer_problems,
    gather,
    id_lists,
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
from onebook.service.contacts import contacts_by_shown_ids
from onebook.service.session import View

IDS = "contactIds"
SINGLE_SETTING = "vitec.single"
"""The account's setting that makes an object the answer for one id, in place of a list of one."""


async def by_ids(ask: Ask) -> Reply:
    """One id or several. A comma makes a list, and so does one id unless `single` or the account's setting says no."""
    problems = customer_problems(path_text(ask, "customerId"))
    single = gather(problems, lambda: query(ask, "single").flag("single"), None)
    lists = _checked_lists(ask, problems)
    view = (await session_of_customer(ask.session, path_text(ask, "customerId"))).view
    if single is None:
        single = view.account.settings.get(SINGLE_SETTING) == "true"
    return await _answer(ask, view, lists, None, single=single)


def by_type_and_ids(kind: Kind) -> Handler:
    """`…/Person/{ids}`: one id answers an object, a comma a list; other types are left out."""

    async def handle(ask: Ask) -> Reply:
        lists = _checked_lists(ask, customer_problems(path_text(ask, "customerId")))
        view = (await session_of_customer(ask.session, path_text(ask, "customerId"))).view
        return await _answer(ask, view, lists, kind, single=True)

    return handle


def by_type(kind: Kind) -> Handler:
    """`…/Person?contactIds=a,b`: always a list."""

    async def handle(ask: Ask) -> Reply:
        ids = list(dict.fromkeys(query(ask, IDS).texts(IDS) or ()))
        refuse(customer_problems(path_text(ask, "customerId")) + list_problems(ids, IDS))
        view = (await session_of_customer(ask.session, path_text(ask, "customerId"))).view
        _, contacts = await _found(view, [ids], kind)
        return _list(ask, view, contacts, kind)

    return handle


def _checked_lists(ask: Ask, problems: list[Problem]) -> list[list[str]]:
    """The ways to read the ids that make sense. Raises Invalid where none does."""
    lists = id_lists(ask.path_params[IDS])
    found = [list_problems(ids, IDS) for ids in lists]
    good = [ids for ids, wrong in zip(lists, found, strict=True) if not wrong]
    refuse(problems + ([] if good else found[-1]))
    return good


async def _answer(ask: Ask, view: View, lists: list[list[str]], kind: Kind | None, *, single: bool) -> Reply:
    """The object where one id was sent and `single` is asked for, else the list."""
    ids, contacts = await _found(view, lists, kind)
    if not single or "," in ask.path_params[IDS] or len(ids) > 1:
        return _list(ask, view, contacts, kind)
    if not contacts:
        raise NotFound("there is no such contact")
    shape = SHAPE_OF[contacts[0].kind]
    value = show_contact(contacts[0], Book(view.vocabulary))
    return answer_object(ask, BASE if kind is None else shape, (shape, value))


def _list(ask: Ask, view: View, contacts: list[Contact], kind: Kind | None) -> Reply:
    book = Book(view.vocabulary)
    items = [(SHAPE_OF[contact.kind], show_contact(contact, book)) for contact in contacts]
    return answer_list(ask, BASE if kind is None else SHAPE_OF[kind], items)


async def _found(view: View, lists: list[list[str]], kind: Kind | None) -> tuple[list[str], list[Contact]]:
    """The first list of ids that finds any contacts, else the last, and these in its order.

    Unknown ids and other types are left out (ours).
    """
    for ids in lists:
        found = await contacts_by_shown_ids(view, NAME, ids)
        once = {found[one].id: found[one] for one in ids if one in found}
        contacts = [contact for contact in once.values() if kind in (None, contact.kind)]
        if contacts:
            return ids, contacts
    return lists[-1], []
