"""Finding people: free search, identity number, phone number."""

from __future__ import annotations

from typing import Any

from onebook.dialects.vitec.answers import MATCHES, SOCIAL_MATCHES, WITH_PHONE
from onebook.dialects.vitec.asked import (
    customer_problems,
    gather,
    length_between,
    path_text,
    query,
    refuse,
)
from onebook.dialects.vitec.book import Book
from onebook.dialects.vitec.codec import show_members
from onebook.dialects.vitec.fields import BASE, TYPE_OF
from onebook.dialects.vitec.formats import answer_list, answer_object
from onebook.dialects.vitec.homes import show_id
from onebook.dialects.vitec.identity import beginnings, spellings
from onebook.dialects.vitec.sent import SENTENCE
from onebook.errors import Problem
from onebook.http.params import Params
from onebook.http.route import Ask, Reply
from onebook.model.contact import Contact
from onebook.model.normal import fold
from onebook.model.query import ContactQuery, Page
from onebook.service.access import session_of_customer
from onebook.service.contacts import contacts_by_key, contacts_by_key_start, find_contacts
from onebook.service.session import View
from onebook.store.keys import contact_words, split_words

USUAL_SIZE, HIGHEST_SIZE = 50, 1000
"""Matches of a search: without `MaxSize`, and at most."""
IDENTITY = ("social_security_number", "corporate_number")
_REFERENCE = tuple(member for name in ("Id", "ChangedAt", "CustomerId") for member in BASE.own if member.name == name)


async def search(ask: Ask) -> Reply:
    """Free words in names, e-mails, phones and addresses, and the beginning of identity numbers; best first."""
    params = query(ask, "Term", "MaxSize")
    problems = customer_problems(path_text(ask, "customerId"))
    term = gather(problems, lambda: length_between(params.text("Term"), "Term", 5, None), "")
    size = gather(problems, lambda: _size(params), 0)
    refuse(problems)
    session = await session_of_customer(ask.session, path_text(ask, "customerId"))
    view = session.view
    found = {contact.id: contact for contact in await _by_identity(view, beginnings(term), size)}
    by_identity = set(found)
    for contact in await find_contacts(view, ContactQuery(text=term), Page(limit=size)):
        found.setdefault(contact.id, contact)
    scored = [(1.0 if one.id in by_identity else score(one, term, view), one) for one in found.values()]
    scored.sort(key=lambda pair: (-pair[0], pair[1].id))
    book = Book(view.vocabulary)
    matches = [
        {**show_members(contact, book, _REFERENCE), "type": TYPE_OF[contact.kind], "score": value}
        for value, contact in scored[:size]
    ]
    return answer_object(ask, MATCHES, (MATCHES, {"matches": matches}))


def score(contact: Contact, term: str, view: View) -> float:
    """How well the words of `term` fit, 0 to 1: a whole word counts 1, its beginning 0.75, a piece or a phone 0.5."""
    words = set(contact_words(contact, view.account.country).texts)
    asked = [fold(word) for word in split_words(term)]
    return round(sum(_fit(word, words) for word in asked) / len(asked), 3) if asked else 0.5


def _fit(word: str, words: set[str]) -> float:
    if word in words:
        return 1.0
    return 0.75 if any(one.startswith(word) for one in words) else 0.5


async def _by_identity(view: View, starts: list[str], size: int) -> list[Contact]:
    found: dict[int, Contact] = {}
    for kind in IDENTITY:
        for start in starts:
            for contact in await contacts_by_key_start(view, kind, start, size):
                found.setdefault(contact.id, contact)
    return [contact for contact in found.values() if not contact.is_archived]


def _size(params: Params) -> int:
    size = params.integer("MaxSize")
    if size is not None and not 1 <= size <= HIGHEST_SIZE:
        refuse([Problem("MaxSize", SENTENCE, f"MaxSize måste vara mellan 1 och {HIGHEST_SIZE}")])
    return USUAL_SIZE if size is None else size


async def by_social_number(ask: Ask) -> Reply:
    """Who has this identity number, with or without century and hyphen; archived contacts too."""
    params = query(ask, "SocialNumber", "MaxSize")
    problems = customer_problems(path_text(ask, "customerId"))
    number = gather(problems, lambda: length_between(params.text("SocialNumber"), "SocialNumber", 10, 13), "")
    size = gather(problems, lambda: _size(params), 0)
    refuse(problems)
    session = await session_of_customer(ask.session, path_text(ask, "customerId"))
    found: dict[int, Contact] = {}
    for spelling in spellings(number):
        for contact in await contacts_by_key(session.view, IDENTITY[0], spelling):
            found[contact.id] = contact
    book = Book(session.view.vocabulary)
    matches = [
        {**show_members(found[key], book, _REFERENCE), "contactClassTypes": [TYPE_OF[found[key].kind]]}
        for key in sorted(found)[:size]
    ]
    return answer_object(ask, SOCIAL_MATCHES, (SOCIAL_MATCHES, {"matches": matches}))


async def with_phone_number(ask: Ask) -> Reply:
    """Who has this phone number, in any spelling; archived contacts too, for they may call."""
    params = query(ask, "phoneNumber", "customerId")
    customer_id = params.text("customerId") or ""
    number = params.text("phoneNumber") or ""
    problems = customer_problems(customer_id)
    if not number.strip():
        problems.append(Problem("phoneNumber", SENTENCE, "Telefonnummer krävs"))
    refuse(problems)
    session = await session_of_customer(ask.session, customer_id)
    everybody = ContactQuery(phone=number, archived=None)
    contacts = await find_contacts(session.view, everybody, Page(limit=HIGHEST_SIZE))
    book = Book(session.view.vocabulary)
    value: dict[str, Any] = {"customerId": customer_id, "contactIds": [show_id(one, book) for one in contacts]}
    return answer_list(ask, WITH_PHONE, [(WITH_PHONE, value)])
