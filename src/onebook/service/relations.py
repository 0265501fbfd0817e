"""What stands around contacts: parents, children, owned properties, documents; never read contact by contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from onebook.model.contact import Contact
from onebook.model.document import Document
from onebook.model.property import Property
from onebook.service.contacts import contact_by_shown_id, get_contacts, is_own_id
from onebook.service.records import get_records
from onebook.service.session import View
from onebook.store.contacts import child_counts
from onebook.store.relations import read_belongings, read_contact_alone


@dataclass(frozen=True, slots=True)
class Relations:
    """By the id of the contact they stand around; `parents` by their own."""

    child_counts: Mapping[int, int] = field(default_factory=dict)
    children: Mapping[int, Sequence[Contact]] = field(default_factory=dict)
    properties: Mapping[int, Sequence[Property]] = field(default_factory=dict)
    parents: Mapping[int, Contact] = field(default_factory=dict)
    documents: Mapping[int, Sequence[Document]] = field(default_factory=dict)


async def count_children(view: View, contacts: Sequence[Contact]) -> dict[int, int]:
    """How many children each contact has; those without are left out."""
    return await child_counts(view.reader, [contact.id for contact in contacts])


async def contact_with_relations(view: View, dialect: str, shown: str, most: int) -> tuple[Contact, Relations]:
    """`contact_by_shown_id` and `read_relations`; one query where the contact stands alone. Raises NotFound."""
    if is_own_id(shown):
        own, alone = await read_contact_alone(view.reader, int(shown))
        if own is not None and own.deleted_at is None and dialect not in own.external_ids:
            alone = alone and own.parent_id is None
            return own, Relations() if alone else await read_relations(view, (own,), most)
    contact = await contact_by_shown_id(view, dialect, shown)
    return contact, await read_relations(view, (contact,), most)


async def read_relations(view: View, contacts: Sequence[Contact], most: int) -> Relations:
    """All that stands around `contacts`: one query where there is nothing, a few more where there is.

    Of each contact's children, properties and documents the first `most` are read. Children are counted all, and so
    are theirs.
    """
    found = await read_belongings(view.reader, [contact.id for contact in contacts])
    counts = {parent: len(ids) for parent, ids in found.children.items()}
    wanted = {number for ids in found.children.values() for number in ids[:most]}
    parents = {contact.parent_id for contact in contacts if contact.parent_id is not None}
    people = await get_contacts(view, sorted(wanted | parents)) if wanted or parents else {}
    owned = {number for ids in found.properties.values() for number in ids[:most]}
    properties = await get_records(view, Property, sorted(owned)) if owned else {}
    filed = {number for ids in found.documents.values() for number in ids[:most]}
    documents = await get_records(view, Document, sorted(filed)) if filed else {}
    if wanted:
        counts = {**await child_counts(view.reader, sorted(wanted)), **counts}
    return Relations(
        child_counts=counts,
        children={
            parent: [people[number] for number in ids[:most] if number in people]
            for parent, ids in found.children.items()
        },
        properties={
            owner: [properties[number] for number in ids if number in properties]
            for owner, ids in found.properties.items()
        },
        parents={number: people[number] for number in parents if number in people},
        documents={
            contact_id: [documents[number] for number in ids if number in documents]
            for contact_id, ids in found.documents.items()
        },
    )
