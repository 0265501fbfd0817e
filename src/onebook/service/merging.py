"""Several contacts made into one: nothing that any of them knew is lost, and every id goes on finding the one."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from onebook.errors import Invalid, NotFound
from onebook.model.account import Record
from onebook.model.contact import BOOK_KEPT, Contact, Email
from onebook.model.duplicate import DuplicatePair
from onebook.model.normal import email_key, national_digits
from onebook.model.query import ContactQuery, Page
from onebook.model.references import REFERENCES
from onebook.model.relationship import Relationship
from onebook.service.contacts import Edit, change_contact, find_contacts, get_contact, get_contacts
from onebook.service.record_references import moved_ids
from onebook.service.records import change_record, get_record, remove_record
from onebook.service.session import Unit
from onebook.store.contacts import save_contact
from onebook.store.records import pointing_to
from onebook.store.resources import BY_RECORD, RESOURCES

T = TypeVar("T")
_ALL = Page(limit=1_000_000)
_APART = BOOK_KEPT | {"kind", "is_archived", "is_locked", "external_ids", "parent_id"}
"""What the survivor has of its own, whatever the others have."""
_NESTED = frozenset({"custom", "extras"})
_NOTHING = {"consent_status": "none"}
"""What else than None and empty text is no value."""


async def merge_contacts(unit: Unit, target_id: int, other_ids: Sequence[int]) -> Contact:
    """The target, with all that it lacked and the others had, the first of them first; the others go to the trash.

    Lists are united, what has no value is filled, what has one stays. Children of the others become the target's, and
    every record that points to them points to it. Raises NotFound where one of them is not there, Invalid where the
    target is among the others.
    """
    before = await get_contact(unit, target_id)
    found = await get_contacts(unit, other_ids)
    for number in other_ids:
        if number not in found:
            raise NotFound(f"there is no contact {number}")
    if before.id in found:
        raise Invalid.at("id", "a contact cannot be merged into itself", "itself")
    after = before
    for number in dict.fromkeys(other_ids):
        after = united(after, found[number])
        await _bury(unit, found[number])
    if not found:
        return before
    parent_id = None if before.parent_id in found else before.parent_id
    after = replace(after, version=before.version + 1, updated_at=unit.now, parent_id=parent_id)
    await _save(unit, before, after)
    above = await _ancestors(unit, after)
    for number in found:
        await _move_children(unit, number, before.id, above)
        await _move_belongings(unit, number, before.id)
    return after


async def move_pointers(unit: Unit, old: int, new: int) -> None:
    """Let everything that points to the contact `old`, which need not be there, point to `new`, which is."""
    await _move_children(unit, old, new, await _ancestors(unit, await get_contact(unit, new)))
    await _move_belongings(unit, old, new)


def united(survivor: Contact, other: Contact) -> Contact:
    """`survivor` with what `other` knows and it does not, and with the other's ids."""
    filled: dict[str, Any] = {}
    for name in Contact.__struct_fields__:
        if name in _APART:
            continue
        mine, theirs = getattr(survivor, name), getattr(other, name)
        if name in _UNITED:
            theirs = tuple(replace(one, is_primary=False) for one in theirs) if mine and name in _MARKED else theirs
            filled[name] = _union((*mine, *theirs), _UNITED[name])
            if name == "emails":
                filled[name] = _with_statuses(filled[name], theirs)
        elif name in _NESTED:
            filled[name] = _filled(mine, theirs, deeper=name == "extras")
        elif mine is None or mine == _NOTHING.get(name, ""):
            filled[name] = theirs if theirs is not None else mine
    former = {name: tuple(ids) for name, ids in survivor.former_ids.items()}
    for dialect, ids in (*((key, (value,)) for key, value in other.external_ids.items()), *other.former_ids.items()):
        former[dialect] = _union((*former.get(dialect, ()), *ids), str)
    merged = _union((*survivor.merged_ids, other.id, *other.merged_ids), int)
    return replace(survivor, **filled, merged_ids=merged, former_ids=former)


def united_lists(before: Contact, after: Contact) -> Contact:
    """`after`, with all that `before` had in its lists, and that first."""
    lists = {name: _union((*getattr(before, name), *getattr(after, name)), same) for name, same in _UNITED.items()}
    return replace(after, **lists)


def _phone_key(phone: Any) -> str:
    return phone.e164 or national_digits(phone.number) or phone.number


_UNITED: dict[str, Callable[[Any], object]] = {
    "emails": lambda email: email_key(email.address),
    "phones": _phone_key,
    "addresses": lambda address: address,
    "tag_ids": int,
    "project_ids": int,
    "department_ids": int,
}
"""The lists, and by what two members of each are the same."""
_MARKED = frozenset({"emails", "phones"})
"""Those of which one is primary: the survivor's."""


def _union(members: Iterable[T], same: Callable[[T], object]) -> tuple[T, ...]:
    first: dict[object, T] = {}
    for member in members:
        first.setdefault(same(member), member)
    return tuple(first.values())


def _with_statuses(emails: Iterable[Email], others: Iterable[Email]) -> tuple[Email, ...]:
    """The addresses, each of which nothing is said with the status that one of `others` has for it."""
    said = {email_key(other.address): other.status for other in others if other.status is not None}
    return tuple(
        email if email.status is not None else replace(email, status=said.get(email_key(email.address)))
        for email in emails
    )


def _filled(mine: dict[str, Any], theirs: dict[str, Any], *, deeper: bool) -> dict[str, Any]:
    result = dict(mine)
    for key, value in theirs.items():
        if deeper and isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _filled(result[key], value, deeper=False)
        elif result.get(key) in (None, ""):
            result[key] = value
    return result


async def _bury(unit: Unit, contact: Contact) -> None:
    gone = replace(contact, version=contact.version + 1, updated_at=unit.now, deleted_at=unit.now)
    await _save(unit, contact, gone)


async def _save(unit: Unit, before: Contact, after: Contact) -> None:
    await save_contact(
        unit.tx, before, after, country=unit.account.country, actor=unit.actor, via=unit.via, action="merged"
    )


async def _ancestors(unit: Unit, contact: Contact) -> set[int]:
    above: set[int] = set()
    while contact.parent_id is not None and contact.parent_id not in above:
        above.add(contact.parent_id)
        parent = await get_contacts(unit, [contact.parent_id])
        contact = parent.get(contact.parent_id, Contact())
    return above


async def _move_children(unit: Unit, old: int, new: int, above: Container[int]) -> None:
    """Children of `old` become those of `new`; one that stands above `new` stands on its own."""
    for child in await find_contacts(unit, ContactQuery(parent_id=old, archived=None), _ALL):
        await change_contact(unit, child.id, _below(None if child.id in above else new))


def _below(parent_id: int | None) -> Edit:
    return lambda contact, _: replace(contact, parent_id=parent_id)


async def _move_belongings(unit: Unit, old: int, new: int) -> None:
    """Every record that points to `old` points to `new`; one that would lead from `new` to itself goes to the trash."""
    found = await pointing_to(unit.tx, list(_POINTERS), str(old))
    # Relationships first: the owners whom properties name follow them.
    for name, number in sorted(found, key=lambda one: one[0] != "relationships"):
        kind = _RECORDS[name]
        edit = _pointing(kind, {old: new})
        moved = edit(await get_record(unit, kind, number))
        if isinstance(moved, Relationship) and moved.related_contact_id == moved.contact_id:
            await remove_record(unit, kind, number)
        else:
            await change_record(unit, kind, number, edit)


def _pointing(kind: type[Record], moved: dict[int, int]) -> Callable[[Record], Record]:
    pointers = [reference for reference in REFERENCES[kind] if reference.target == "contacts"]

    def edit(record: Record) -> Record:
        return replace(record, **{one.field: moved_ids(record, one, moved) for one in pointers})

    return edit


_RECORDS = {resource.name: resource.record for resource in RESOURCES}
_POINTERS = {
    (BY_RECORD[kind].name, reference.key): None
    for kind, references in REFERENCES.items()
    for reference in references
    # A pair that somebody is to look at stays what it was.
    if reference.target == "contacts" and reference.key is not None and kind is not DuplicatePair
}
"""The resources and kinds of keys under which records are found by a contact that they point to."""
