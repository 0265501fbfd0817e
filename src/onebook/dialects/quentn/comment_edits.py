"""A contact's comments written: added, changed, deleted."""

from __future__ import annotations

from onebook.dialects.quentn.codec import LONGEST_COMMENT
from onebook.dialects.quentn.comments import comment_page, with_comment
from onebook.dialects.quentn.contacts import DONE, path_contact, root_of
from onebook.dialects.quentn.errors import answer
from onebook.dialects.quentn.lookups import DIALECT, shown_id
from onebook.dialects.quentn.values import read_ids, read_number, read_text
from onebook.errors import Invalid, NotFound
from onebook.http.route import Ask, Reply
from onebook.model.activity import Note
from onebook.model.contact import Contact
from onebook.service.records import change_record, create_record, get_record, record_by_key, remove_record
from onebook.service.session import Unit, View


async def read_all(ask: Ask) -> Reply:
    """GET contact/<id>/comments."""
    return await comment_page(ask, await path_contact(ask.session.view, ask))


async def add(ask: Ask) -> Reply:
    """POST contact/<id>/comments."""
    text = _text(root_of(ask).get("comment"))

    async def work(unit: Unit) -> int:
        contact = await path_contact(unit, ask)
        return shown_id(await create_record(unit, Note(body=text, contact_ids=(contact.id,))))

    return answer({**DONE, "comment_id": await ask.session.write(work)})


async def change(ask: Ask) -> Reply:
    """PUT contact/<id>/comments."""
    body = root_of(ask)
    given = body.get("id")
    number = read_number(given, "id") if given is not None else None
    if number is None:
        raise Invalid.at("id", "is required", "required")
    text = _text(body.get("comment"))

    async def work(unit: Unit) -> None:
        note = await _comment(unit, await path_contact(unit, ask), number)
        await change_record(unit, Note, note.id, lambda note: with_comment(note, text))

    await ask.session.write(work)
    return answer(DONE)


async def delete(ask: Ask) -> Reply:
    """DELETE contact/<id>/comments: all of them, or where one is not there none."""
    body = ask.json()
    if not isinstance(body, list):
        raise Invalid.at("", "the body must be a list of ids", "not_a_list")
    ids = read_ids(body, "ids")

    async def work(unit: Unit) -> None:
        contact = await path_contact(unit, ask)
        notes = [await _comment(unit, contact, number) for number in ids]
        for note in notes:
            await remove_record(unit, Note, note.id)

    await ask.session.write(work)
    return answer(DONE)


def _text(given: object) -> str:
    text = read_text("" if given is None else given, "comment", LONGEST_COMMENT)
    if not text.strip():
        raise Invalid.at("comment", "must not be empty", "required")
    return text


async def _comment(view: View, contact: Contact, number: int) -> Note:
    """The contact's comment of this number. Raises NotFound, also for another contact's."""
    try:
        note = await record_by_key(view, Note, f"id:{DIALECT}", str(number))
    except NotFound:
        note = await get_record(view, Note, number)
    if contact.id not in note.contact_ids or shown_id(note) != number:
        raise NotFound(f"the contact has no comment {number}")
    return note
