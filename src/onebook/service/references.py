"""Whether what a contact says holds: what it points to exists, its addresses are addresses, its ids are its own."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from onebook.errors import Conflict, Invalid, Problem
from onebook.model.account import DIALECTS, NUMBERED_DIALECTS, CustomField
from onebook.model.contact import Contact
from onebook.model.custom import custom_value
from onebook.model.normal import email_key, email_problem
from onebook.model.organisation import Department
from onebook.service.session import Unit
from onebook.store.contacts import ids_by_keys, read_contact
from onebook.store.records import existing

MOST_PROJECTS = 1000
"""So many projects a contact is put into at once: ours."""


def custom_values(
    fields: Mapping[str, CustomField], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """The custom values of `after` as they are kept; only what differs from `before` is looked at. Raises Invalid."""
    kept: dict[str, Any] = {}
    for name, value in after.items():
        path = f"custom.{name}"
        if name in before and before[name] == value:
            kept[name] = value
            continue
        field = fields.get(name)
        if field is None:
            raise Invalid.at(path, "there is no such custom field", "unknown_field")
        read = custom_value(field, value, path)
        if read is not None:
            kept[name] = read
        elif field.required:
            raise Invalid.at(path, "is required", "required")
    return kept


def check_lists(unit: Unit, before: Contact, after: Contact) -> None:
    """Every id that `after` points to, and `before` did not, is one of the account's. Raises Invalid with them all."""
    problems = list(_unknown(unit, before, after)) + list(_bad_emails(before, after))
    if problems:
        raise Invalid(f"{problems[0].path}: {problems[0].text}", tuple(problems))


def _unknown(unit: Unit, before: Contact, after: Contact) -> Iterator[Problem]:
    words = unit.vocabulary
    pointers: tuple[tuple[str, Container[int]], ...] = (
        ("owner_id", words.users),
        ("second_owner_id", words.users),
        ("source_id", words.sources),
        ("status_id", words.statuses),
        ("reason_id", words.reasons),
    )
    for name, known in pointers:
        value = getattr(after, name)
        if value is not None and value != getattr(before, name) and value not in known:
            yield Problem(name, "unknown_id", f"there is no {name} {value}")
    lists: tuple[tuple[str, Container[int]], ...] = (
        ("tag_ids", words.tags),
        ("department_ids", words.listed(Department)),
    )
    for name, known in lists:
        for number in getattr(after, name):
            if number not in getattr(before, name) and number not in known:
                yield Problem(name, "unknown_id", f"there is no {name.removesuffix('_ids')} {number}")


def _bad_emails(before: Contact, after: Contact) -> Iterator[Problem]:
    known = {email_key(email.address) for email in before.emails}
    for index, email in enumerate(after.emails):
        if email.address and email.status != "invalid" and email_key(email.address) not in known:
            problem = email_problem(email.address.strip())
            if problem is not None:
                yield Problem(f"emails.{index}.address", "invalid_email", f"is no e-mail address: {problem}")


async def check_projects(unit: Unit, before: Contact, after: Contact) -> None:
    """Every project that `after` names, and `before` did not, is there. Raises Invalid with them all."""
    new = [number for number in dict.fromkeys(after.project_ids) if number not in before.project_ids]
    if len(new) > MOST_PROJECTS:
        raise Invalid.at("project_ids", f"has more than {MOST_PROJECTS} ids", "too_many")
    known = await existing(unit.tx, "projects", new)
    problems = [
        Problem("project_ids", "unknown_id", f"there is no project {number}") for number in new if number not in known
    ]
    if problems:
        raise Invalid(f"{problems[0].path}: {problems[0].text}", tuple(problems))


async def check_parent(unit: Unit, before: Contact, after: Contact) -> None:
    """A new parent is there, and is not the contact itself or below it."""
    if after.parent_id is None or after.parent_id == before.parent_id:
        return
    seen = {after.id}
    ancestor: int | None = after.parent_id
    while ancestor is not None:
        if ancestor in seen:
            raise Invalid.at("parent_id", "would be its own parent", "unknown_id")
        seen.add(ancestor)
        parent = await read_contact(unit.tx, ancestor)
        if ancestor == after.parent_id and (parent is None or parent.deleted_at is not None):
            raise Invalid.at("parent_id", f"there is no contact {after.parent_id}", "unknown_id")
        ancestor = parent.parent_id if parent is not None else None


async def check_external_ids(unit: Unit, before: Contact, after: Contact) -> None:
    """No two contacts answer to one id in one dialect (docs/decisions/0002). Raises Conflict naming the other."""
    for dialect in {*before.external_ids, *after.external_ids}:
        now = after.external_ids.get(dialect)
        if now == before.external_ids.get(dialect) and before.deleted_at == after.deleted_at:
            continue
        if dialect in NUMBERED_DIALECTS and now is not None and not is_number(now):
            raise Invalid.at(f"external_ids.{dialect}", "must be a whole number", "wrong_type")
        # Only in a dialect does a contact without an external id answer to its own.
        spoken = dialect in DIALECTS
        answers_to = now if now is not None else str(after.id) if spoken else ""
        others = [other for other in await ids_by_keys(unit.tx, [(f"id:{dialect}", answers_to)]) if other != after.id]
        if not others and spoken and now is not None and now.isascii() and now.isdigit() and int(now) < 2**63:
            unit.tx.state.top_external_id = max(unit.tx.state.top_external_id, int(now))
            owner = await read_contact(unit.tx, int(now)) if int(now) != after.id and str(int(now)) == now else None
            if owner is not None and dialect not in owner.external_ids:
                others = [owner.id]
        if others:
            text = f"contact {others[0]} answers to {answers_to} already"
            problem = Problem(f"external_ids.{dialect}", "duplicate", text)
            raise Conflict(text, (problem,), others[0])


def is_number(text: str) -> bool:
    """Whether an external id is a whole number as a dialect shows one, of at most 18 digits."""
    return text.isascii() and text.isdigit() and len(text) < 19 and str(int(text)) == text
