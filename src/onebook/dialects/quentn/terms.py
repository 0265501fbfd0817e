"""Terms, which are the book's tags, and the terms of a contact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from onebook.dialects.quentn.contacts import DONE, path_contact, path_text, root_of
from onebook.dialects.quentn.errors import answer
from onebook.dialects.quentn.fields import own_term_ids
from onebook.dialects.quentn.lookups import record_shown, shown_id
from onebook.dialects.quentn.values import MOST_ENTRIES, read_ids, read_text
from onebook.errors import Forbidden, Invalid, NotFound
from onebook.http.route import Ask, Handler, Reply
from onebook.model.account import Tag, Vocabulary
from onebook.model.contact import Contact
from onebook.service.contacts import change_contact, is_own_id
from onebook.service.records import change_record, create_record, remove_record
from onebook.service.session import Unit

MOST = 500
"""Terms of one answer (the vendor's client asks for no more)."""
LONGEST_NAME = 255
LONGEST_DESCRIPTION = 10_000
CHANGED: Mapping[str, Any] = {"success": True}
"""Terms answer a boolean: ours."""


def encode_term(tag: Tag) -> dict[str, Any]:
    """A term as a contact has it."""
    return {"id": shown_id(tag), "name": tag.name, "description": tag.description or ""}


def encode_listed_term(tag: Tag) -> dict[str, Any]:
    """A term in the list of terms."""
    return {**encode_term(tag), "deletion_blocked": tag.is_locked}


async def read_all(ask: Ask) -> Reply:
    """GET terms."""
    offset = max(ask.params.integer("offset") or 0, 0)
    asked = ask.params.integer("limit")
    limit = MOST if asked is None else min(max(asked, 1), MOST)
    tags = list(ask.session.view.vocabulary.tags.values())
    return answer([encode_listed_term(tag) for tag in tags[offset : offset + limit]])


def term_named(words: Vocabulary, named: str) -> Tag:
    """The term of this id or name, whatever its case; digits are an id first. Raises NotFound."""
    tags = words.tags.values()
    found = record_shown(tags, int(named)) if is_own_id(named) else None
    if found is None:
        folded = named.strip().casefold()
        found = next((tag for tag in tags if tag.name.strip().casefold() == folded), None)
    if found is None:
        raise NotFound(f"there is no term {named[:LONGEST_NAME]}")
    return found


async def read_one(ask: Ask) -> Reply:
    """GET terms/<id or name>."""
    return answer(encode_listed_term(term_named(ask.session.view.vocabulary, path_text(ask, "term"))))


def _read_term(body: Mapping[str, Any], *, is_new: bool) -> dict[str, Any]:
    """The name and the description that a body gives. Raises Invalid."""
    given: dict[str, Any] = {}
    if body.get("name") is not None or is_new:
        given["name"] = read_text(body.get("name") or "", "name", LONGEST_NAME).strip()
        if not given["name"]:
            raise Invalid.at("name", "must not be empty", "required")
    if "description" in body:
        told = body["description"]
        given["description"] = None if told is None else read_text(told, "description", LONGEST_DESCRIPTION)
    return given


async def create(ask: Ask) -> Reply:
    """POST terms: a name that is there already, whatever its case, answers that term's id and changes nothing."""
    given = _read_term(root_of(ask), is_new=True)

    async def work(unit: Unit) -> int:
        folded = given["name"].casefold()
        known = (tag for tag in unit.vocabulary.tags.values() if tag.name.strip().casefold() == folded)
        tag = next(known, None)
        return shown_id(tag if tag is not None else await create_record(unit, Tag(**given)))

    return answer({"id": await ask.session.write(work)})


async def change(ask: Ask) -> Reply:
    """PUT terms/<id>."""
    given = _read_term(root_of(ask), is_new=False)

    async def work(unit: Unit) -> None:
        tag = term_named(unit.vocabulary, path_text(ask, "term"))
        await change_record(unit, Tag, tag.id, lambda tag: replace(tag, **given))

    await ask.session.write(work)
    return answer(CHANGED)


async def delete(ask: Ask) -> Reply:
    """DELETE terms/<id>. Raises Forbidden for one that is locked."""

    async def work(unit: Unit) -> None:
        tag = term_named(unit.vocabulary, path_text(ask, "term"))
        if tag.is_locked:
            raise Forbidden(f"the deletion of the term {tag.name} is blocked")
        await remove_record(unit, Tag, tag.id)

    await ask.session.write(work)
    return answer(CHANGED)


async def of_contact(ask: Ask) -> Reply:
    """GET contact/<id>/terms."""
    view = ask.session.view
    contact = await path_contact(view, ask)
    tags = view.vocabulary.tags
    return answer([encode_term(tags[number]) for number in contact.tag_ids if number in tags])


Combine = Callable[[tuple[int, ...], tuple[int, ...]], tuple[int, ...]]
"""The tags that a contact has and those that are sent, to those that it shall have."""


def _ids_sent(ask: Ask) -> tuple[int, ...]:
    """A body `[1,2]`, or `?ids=1|2`; an empty body is an empty list."""
    body = ask.json()
    if isinstance(body, dict):
        raise Invalid.at("", "the body must be a list of ids", "not_a_list")
    asked = ask.params.text("ids")
    if body is None and asked:
        body = [part.strip() for part in asked.replace(",", "|").split("|")[: MOST_ENTRIES + 1]]
    return read_ids(body, "ids")


def writing(combine: Combine) -> Handler:
    """A handler that gives the contact in the path other terms."""

    async def write(ask: Ask) -> Reply:
        ids = _ids_sent(ask)

        def edit(contact: Contact, words: Vocabulary) -> Contact:
            return replace(contact, tag_ids=combine(contact.tag_ids, own_term_ids(ids, contact, words)))

        async def work(unit: Unit) -> None:
            await change_contact(unit, (await path_contact(unit, ask)).id, edit)

        await ask.session.write(work)
        return answer(DONE)

    return write


set_terms = writing(lambda has, sent: sent)
add_terms = writing(lambda has, sent: tuple(dict.fromkeys((*has, *sent))))
remove_terms = writing(lambda has, sent: tuple(number for number in has if number not in sent))
