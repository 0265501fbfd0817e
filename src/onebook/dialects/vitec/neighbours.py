"""What stands around contacts: the account's categories, and who belongs to whom."""

from __future__ import annotations

from onebook.dialects.vitec.answers import CATEGORY_LIST, RELATIONS
from onebook.dialects.vitec.asked import customer_and, customer_problems, query, refuse
from onebook.dialects.vitec.book import NAME, Book, category
from onebook.dialects.vitec.formats import answer_object
from onebook.dialects.vitec.homes import show_id
from onebook.http.route import Ask, Reply
from onebook.model.query import ContactQuery, Page
from onebook.service.access import session_of_customer
from onebook.service.contacts import contact_by_shown_id, find_contacts, get_contacts

PARENT = "Parent"
"""The one kind of relation that the book has; its name is ours."""
_MOST = Page(limit=1000)


async def categories(ask: Ask) -> Reply:
    """Every tag, for companies and persons alike: the book's tags are for both (ours)."""
    customer_id = query(ask, "customerId").text("customerId") or ""
    refuse(customer_problems(customer_id))
    session = await session_of_customer(ask.session, customer_id)
    tags = session.view.vocabulary.tags.values()
    both = [category(tag) for tag in sorted(tags, key=lambda tag: (tag.name.casefold(), tag.id))]
    return answer_object(ask, CATEGORY_LIST, (CATEGORY_LIST, {"companyCategories": both, "personCategories": both}))


async def relations(ask: Ask) -> Reply:
    """The contact's parent as its relation, its children as the reverse ones."""
    customer_id, contact_id = customer_and(ask, "contactId")
    view = (await session_of_customer(ask.session, customer_id)).view
    contact = await contact_by_shown_id(view, NAME, contact_id)
    book = Book(view.vocabulary)
    parents = await get_contacts(view, [contact.parent_id]) if contact.parent_id is not None else {}
    children = await find_contacts(view, ContactQuery(parent_id=contact.id, archived=None), _MOST)
    value = {
        "relations": [{"relation": PARENT, "contactId": show_id(one, book)} for one in parents.values()],
        "reverseRelations": [{"relation": PARENT, "contactId": show_id(one, book)} for one in children],
    }
    return answer_object(ask, RELATIONS, (RELATIONS, value))
