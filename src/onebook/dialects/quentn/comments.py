"""Comments of a contact: the book's notes on it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from onebook.dialects.quentn.errors import answer
from onebook.dialects.quentn.lookups import shown_id
from onebook.errors import Invalid
from onebook.http.params import Params
from onebook.http.route import Ask, Reply
from onebook.model.account import Vocabulary
from onebook.model.activity import Note
from onebook.model.contact import Contact
from onebook.model.query import Page
from onebook.service.records import count_records, find_records

MOST = 50
SORTS = ("asc", "desc")
NOBODY = 0
"""The `uid` of a comment that no user wrote: ours."""
PAGING = ("range", "limit", "sort")


def asks_for_comments(params: Params) -> bool:
    """Whether `contact/<id>?…` means its comments: one of the three is given, and `fields` is not."""
    names = {name for name, _ in params.pairs}
    return "fields" not in names and not names.isdisjoint(PAGING)


def paging(params: Params, most: int) -> tuple[int, int, str]:
    """The range (from 0), the limit (`most` at most, and where nothing is said) and the order. Raises Invalid."""
    number, limit = params.integer("range") or 0, params.integer("limit")
    if number < 0:
        raise Invalid.at("range", "must be 0 or more", "out_of_range")
    if limit is not None and limit < 1:
        raise Invalid.at("limit", "must be 1 or more", "out_of_range")
    return number, min(limit or most, most), params.choice("sort", SORTS) or SORTS[0]


def ranges(count: int, limit: int) -> int:
    """How many ranges there are in all."""
    return -(-count // limit)


async def comment_page(ask: Ask, contact: Contact) -> Reply:
    """One range of the contact's comments, by id."""
    view = ask.session.view
    number, limit, sort = paging(ask.params, MOST)
    keys = [("contact", [str(contact.id)])]
    count = await count_records(view, Note, keys=keys)
    found: list[Note] = []
    if number * limit < count:
        page = Page(limit=limit, offset=number * limit)
        found = await find_records(view, Note, page, keys=keys, descending=sort == "desc")
    return answer(
        {
            "range": number,
            "limit": limit,
            "sort": sort,
            "number_comments": count,
            "number_ranges": ranges(count, limit),
            "comments": [encode_comment(note, contact, view.vocabulary) for note in found],
        }
    )


def encode_comment(note: Note, contact: Contact, words: Vocabulary) -> dict[str, Any]:
    """A note as a comment on one of the contacts it is about; moments in unix seconds."""
    user = words.users.get(note.user_id or 0)
    return {
        "id": shown_id(note),
        "contact_id": shown_id(contact),
        "uid": shown_id(user) if user else NOBODY,
        "created": int(note.created_at.timestamp()) if note.created_at else 0,
        "changed": int(note.updated_at.timestamp()) if note.updated_at else 0,
        "comment": "\n".join(text for text in (note.title, note.body) if text),
    }


def with_comment(note: Note, text: str) -> Note:
    """The note with another text; a title, which comments do not have, is part of the text that was shown."""
    return replace(note, title=None, body=text)
