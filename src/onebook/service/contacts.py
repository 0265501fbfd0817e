"""Contacts: read, find, create, change, upsert, remove, restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from onebook.errors import Conflict, Invalid, NotFound, Stale
from onebook.model.account import Vocabulary
from onebook.model.change import HistoryEntry, difference
from onebook.model.contact import BOOK_KEPT, Contact, Email, Phone
from onebook.model.normal import phone_e164
from onebook.model.query import Brief, ContactQuery, Page
from onebook.service.mail_status import remember_statuses
from onebook.service.references import check_external_ids, check_lists, check_parent, check_projects, custom_values
from onebook.service.session import Unit, View
from onebook.store import changes as change_store
from onebook.store import contacts as store
from onebook.store.database import next_id
from onebook.store.keys import ContactKey

MERGED = "merged"
"""The kind of key under which a contact is found by the own ids of those that were merged into it."""
P = TypeVar("P", Email, Phone)
Edit = Callable[[Contact, Vocabulary], Contact]
"""A change as a pure function: the contact as it is, and what the account knows, to the contact as it shall be.

It may raise Invalid; what it does to the fields in `BOOK_KEPT` is undone.
"""


async def get_contact(view: View, contact_id: int) -> Contact:
    """The contact, or the one that it was merged into; raises NotFound where there is none, or it is in the trash."""
    contact = await store.read_contact(view.reader, contact_id) if 0 < contact_id < 2**31 else None
    if contact is not None and contact.deleted_at is not None:
        contact = await _survivor(view, contact_id)
    if contact is None:
        raise NotFound(f"there is no contact {contact_id}")
    return contact


async def _survivor(view: View, contact_id: int) -> Contact | None:
    found = await store.contacts_under_keys(view.reader, [(MERGED, str(contact_id))])
    return next(iter(found.values()), None)


async def get_contacts(view: View, contact_ids: Sequence[int]) -> dict[int, Contact]:
    """Those of the contacts that there are and that are not in the trash, in one query."""
    found = await store.read_contacts(view.reader, [number for number in contact_ids if 0 < number < 2**31])
    return {number: contact for number, contact in found.items() if contact.deleted_at is None}


async def contact_by_shown_id(view: View, dialect: str, shown: str) -> Contact:
    """The contact that answers to `shown` in `dialect`; raises NotFound."""
    own = await store.read_contact(view.reader, int(shown)) if is_own_id(shown) else None
    if own is not None and own.deleted_at is None and dialect not in own.external_ids:
        return own
    found = await contacts_by_shown_ids(view, dialect, [shown])
    if shown not in found:
        raise NotFound(f"there is no contact {shown}")
    return found[shown]


async def contacts_by_shown_ids(view: View, dialect: str, shown: Sequence[str]) -> dict[str, Contact]:
    """Those contacts that answer to one of `shown` in `dialect`, by it.

    One query for those that show their own ids; a second one only where some of `shown` are none of these.
    """
    numbers = {text: int(text) for text in shown if is_own_id(text)}
    own = await store.read_contacts(view.reader, list(numbers.values()))
    named = {text: own[number] for text, number in numbers.items() if number in own}
    named = {text: contact for text, contact in named.items() if dialect not in contact.external_ids}
    found = {text: contact for text, contact in named.items() if contact.deleted_at is None}
    keys = [(f"id:{dialect}", text) for text in shown if text and text not in found]
    keys += [(MERGED, text) for text in named if text not in found]
    if keys:
        under = await store.contacts_under_keys(view.reader, keys)
        found |= {text: contact for (_, text), contact in reversed(under.items())}
    return found


def is_own_id(text: str) -> bool:
    """Whether `text` may be a contact's own id."""
    return text.isascii() and text.isdigit() and len(text) < 11 and str(int(text)) == text and int(text) < 2**31


async def contact_by_key(view: View, kind: str, value: str) -> Contact:
    """The oldest contact found under a key (store/keys.py lists the kinds); raises NotFound."""
    ids = await store.ids_by_keys(view.reader, [(kind, value)]) if value else []
    if not ids:
        raise NotFound(f"there is no contact {value}")
    return await get_contact(view, ids[0])


async def contacts_by_key(view: View, kind: str, value: str) -> list[Contact]:
    """Every contact found under a key, oldest first."""
    return await contacts_under(view, [(kind, value)])


async def contacts_by_key_start(view: View, kind: str, start: str, limit: int) -> list[Contact]:
    """The first `limit` contacts found under keys that begin with `start`."""
    return await store.contacts_by_key_start(view.reader, kind, start, limit) if start else []


async def contacts_under(view: View, keys: Sequence[ContactKey]) -> list[Contact]:
    """Every contact found under any of `keys`, oldest first."""
    found = await store.read_contacts(view.reader, await store.ids_by_keys(view.reader, keys))
    return [found[number] for number in sorted(found)]


async def find_contacts(view: View, query: ContactQuery, page: Page) -> list[Contact]:
    """One page of the contacts that `query` asks for."""
    return await store.find_contacts(view.reader, query, page, view.account.country)


async def find_briefs(view: View, query: ContactQuery, page: Page) -> list[Brief]:
    """`find_contacts`, of each no more than a list of ids shows."""
    return await store.find_briefs(view.reader, query, page, view.account.country)


async def count_contacts(view: View, query: ContactQuery) -> int:
    """How many contacts `query` asks for."""
    return await store.count_contacts(view.reader, query, view.account.country)


async def contact_history(view: View, contact_id: int) -> list[HistoryEntry]:
    """All that happened to the contact, oldest first, also when it is in the trash; raises NotFound."""
    entries = await change_store.read_history(view.reader, "contacts", contact_id) if 0 < contact_id < 2**31 else []
    if not entries:
        raise NotFound(f"there is no contact {contact_id}")
    return entries


async def create_contact(unit: Unit, edit: Edit, *, action: str = "created") -> Contact:
    """A new contact: what `edit` makes of a blank one. Raises Invalid, Conflict."""
    blank = Contact(id=await _free_id(unit))
    contact = await _checked(unit, blank, edit(blank, unit.vocabulary))
    contact = replace(
        contact, version=1, created_at=unit.now, updated_at=unit.now, token=contact.token or unit.new_token()
    )
    await _save(unit, None, contact, action)
    return contact


async def change_contact(
    unit: Unit, contact_id: int, edit: Edit, *, if_version: int | None = None, action: str = "changed"
) -> Contact:
    """The contact as `edit` makes it; where nothing differs, nothing is written.

    Raises NotFound, Invalid, Conflict, and Stale where `if_version` is given and is no longer the contact's.
    """
    before = await get_contact(unit, contact_id)
    if if_version is not None and before.version != if_version:
        raise Stale(f"contact {contact_id} is at version {before.version}, not {if_version}")
    after = await _checked(unit, before, edit(before, unit.vocabulary))
    if not difference(before, after):
        return before
    after = replace(after, version=before.version + 1, updated_at=unit.now)
    await _save(unit, before, after, action)
    return after


async def upsert_contact(unit: Unit, matches: Sequence[ContactKey], edit: Edit) -> tuple[Contact, bool]:
    """Change the contact that the first fitting of `matches` finds, the oldest of several, else create one.

    Answers the contact and whether it is new. Each of `matches` is a key's kind and value.
    """
    for key in matches:
        ids = await store.ids_by_keys(unit.tx, [key])
        if ids:
            return await change_contact(unit, ids[0], edit), False
    return await create_contact(unit, edit), True


async def refuse_duplicate(unit: Unit, matches: Sequence[ContactKey]) -> None:
    """Raises Conflict, naming the oldest contact found under any of `matches`."""
    ids = await store.ids_by_keys(unit.tx, matches)
    if ids:
        raise Conflict(f"contact {ids[0]} is the same", contact_id=ids[0])


async def tell_history(unit: Unit, contact_id: int, action: str) -> Contact:
    """An entry in the contact's history and the change feed for what changes nothing in it. Raises NotFound."""
    before = await get_contact(unit, contact_id)
    after = replace(before, version=before.version + 1, updated_at=unit.now)
    await _save(unit, before, after, action)
    return after


async def remove_contact(unit: Unit, contact_id: int, *, if_version: int | None = None) -> Contact:
    """Put the contact into the trash; raises NotFound, Stale."""
    before = await get_contact(unit, contact_id)
    if if_version is not None and before.version != if_version:
        raise Stale(f"contact {contact_id} is at version {before.version}, not {if_version}")
    after = replace(before, version=before.version + 1, updated_at=unit.now, deleted_at=unit.now)
    await _save(unit, before, after, "deleted")
    return after


async def restore_contact(unit: Unit, contact_id: int) -> Contact:
    """Take the contact out of the trash; one that is not in it stays as it is. Raises NotFound, Conflict."""
    before = await store.read_contact(unit.tx, contact_id) if 0 < contact_id < 2**31 else None
    if before is None:
        raise NotFound(f"there is no contact {contact_id}")
    if before.deleted_at is None:
        return before
    after = replace(before, version=before.version + 1, updated_at=unit.now, deleted_at=None)
    await check_external_ids(unit, before, after)
    await _save(unit, before, after, "restored")
    return after


async def _free_id(unit: Unit) -> int:
    number = await next_id(unit.tx)
    while number <= unit.tx.state.top_external_id and await store.is_external_id(unit.tx, str(number)):
        number = await next_id(unit.tx)
    return number


async def _checked(unit: Unit, before: Contact, after: Contact) -> Contact:
    """`after` with what is derived filled in, and found to hold."""
    after = replace(after, **{name: getattr(before, name) for name in BOOK_KEPT})
    check_lists(unit, before, after)
    if len(after.external_ids) != len(before.external_ids) or after.external_ids != before.external_ids:
        if any(not value for value in after.external_ids.values()):
            raise Invalid.at("external_ids", "an external id must not be empty", "required")
        await check_external_ids(unit, before, after)
    await check_parent(unit, before, after)
    await check_projects(unit, before, after)
    return replace(
        after,
        custom=custom_values(unit.vocabulary.custom_fields, before.custom, after.custom),
        emails=_emails(after.emails),
        phones=_phones(after.phones, unit.account.country),
        tag_ids=tuple(dict.fromkeys(after.tag_ids)),
    )


def _emails(emails: tuple[Email, ...]) -> tuple[Email, ...]:
    return _one_primary(tuple(replace(email, address=email.address.strip()) for email in emails))


def _phones(phones: tuple[Phone, ...], country: str) -> tuple[Phone, ...]:
    return _one_primary(tuple(replace(phone, e164=phone_e164(phone.number, country)) for phone in phones))


def _one_primary(items: tuple[P, ...]) -> tuple[P, ...]:
    chosen = next((index for index, item in enumerate(items) if item.is_primary), None)
    if chosen is None or sum(item.is_primary for item in items) == 1:
        return items
    return tuple(replace(item, is_primary=index == chosen) for index, item in enumerate(items))


async def _save(unit: Unit, before: Contact | None, after: Contact, action: str) -> None:
    await store.save_contact(
        unit.tx, before, after, country=unit.account.country, actor=unit.actor, via=unit.via, action=action
    )
    if before is not None:
        await remember_statuses(unit, before, after)
