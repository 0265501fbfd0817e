"""The contacts' calls: read by id or by mail, create one or many, update, delete."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from onebook.dialects.quentn.codec import encode_contact, field_names, read_contact, return_fields
from onebook.dialects.quentn.comments import asks_for_comments, comment_page
from onebook.dialects.quentn.errors import answer, message_of
from onebook.dialects.quentn.lookups import DIALECT, shown_id
from onebook.dialects.quentn.posting import (
    Options,
    Posted,
    read_address,
    read_options,
    save_posted,
    spammers,
    with_kept_statuses,
)
from onebook.errors import Conflict, Forbidden, Invalid, NoSuchPath, NotFound, OnebookError, TooLarge, TooMany
from onebook.http.body import check_value, parse_json
from onebook.http.route import Ask, Reply
from onebook.model.activity import Note
from onebook.model.contact import Contact, primary_email
from onebook.model.normal import email_key
from onebook.service.access import allowed
from onebook.service.contacts import change_contact, contact_by_shown_id, contacts_by_key, remove_contact
from onebook.service.records import create_record
from onebook.service.session import Session, Unit, View

DONE: Mapping[str, Any] = {"success": "true"}
"""The page prints it as a text for contacts, their terms and their comments."""
MOST_ITEMS = 1000
BODY_LIMIT = 16 << 20
_YIELD_EVERY = 8


def path_text(ask: Ask, name: str) -> str:
    """A part of the path as it was meant; a plus is a plus. Raises NotFound for what nobody could be called."""
    text = unquote(ask.path_params[name], errors="replace")
    if "\0" in text or "\ufffd" in text:
        raise NotFound(f"there is no {name} {text[:40]!r}")
    return text


async def path_contact(view: View, ask: Ask) -> Contact:
    """The contact whose id stands in the path; raises NotFound."""
    return await contact_by_shown_id(view, DIALECT, path_text(ask, "contact"))


def may_set_status(session: Session) -> bool:
    """Whether the key may write `mail_status`; where it may not, the key in the body is ignored."""
    return _may(session, "mail_status:write")


def _may(session: Session, scope: str) -> bool:
    return session.key is not None and allowed(session.key, scope)


async def read(ask: Ask) -> Reply:
    """GET contact/<id>, GET contact/<mail>, and the page's spelling of the contact's comments."""
    view, named = ask.session.view, path_text(ask, "contact")
    names = field_names(ask.params.texts("fields"))
    if "@" in named:
        found = await contacts_by_key(view, "email", email_key(named))
        if not found:
            raise NotFound(f"there is no contact with the mail {named[:255]}")
        return answer([encode_contact(contact, names, view.vocabulary) for contact in found])
    contact = await contact_by_shown_id(view, DIALECT, named)
    if asks_for_comments(ask.params):
        if not _may(ask.session, "notes:read"):
            raise Forbidden("the key does not allow notes:read")
        return await comment_page(ask, contact)
    return answer(encode_contact(contact, names, view.vocabulary))


def root_of(ask: Ask) -> Mapping[str, Any]:
    """The body, which is an object; unknown keys in it are ignored. Raises Invalid."""
    body = ask.json()
    if not isinstance(body, dict):
        raise Invalid.at("", "the body must be a JSON object", "not_an_object")
    return body


async def create(ask: Ask) -> Reply:
    """POST contact."""
    session, body = ask.session, root_of(ask)
    options = read_options(body)
    given = body.get("contact")
    posted = _posted(given, options, session)
    refused = await spammers(session.store, [posted], options)

    async def work(unit: Unit) -> dict[str, Any]:
        contact = await save_posted(unit, posted, options, refused)
        return encode_contact(contact, options.fields, unit.vocabulary)

    return answer(await session.write(work))


def _posted(given: Any, options: Options, session: Session) -> Posted:
    sent = read_contact(given, may_set_status=may_set_status(session))
    return Posted(sent, read_address(given) or options.address)


async def create_many(ask: Ask) -> Reply:
    """POST contacts: each for itself, in the order they came; what is wrong with one stands in its place."""
    session, body = ask.session, parse_json(ask.raw)
    if not isinstance(body, dict):
        check_value(body)
        raise Invalid.at("", "the body must be a JSON object", "not_an_object")
    given = _items(body)
    check_value({name: value for name, value in body.items() if name != "contacts" and not name.isdecimal()})
    options = read_options(body)
    posted = [_posted_or_error(one, options, session) for one in given]
    refused = await spammers(session.store, [one for one in posted if isinstance(one, Posted)], options)

    async def work(unit: Unit) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for item, one in zip(given, posted, strict=True):
            try:
                if isinstance(one, OnebookError):
                    raise one
                contact = await save_posted(unit, one, options, refused)
                rows.append(_row(contact, options, unit))
            except (Invalid, Conflict, NotFound, Forbidden, TooMany) as error:
                rows.append({"email": _mail_given(item), "error": True, "message": message_of(error, ask)[1]})
            if len(rows) % _YIELD_EVERY == 0:
                await asyncio.sleep(0)  # whoever only reads gets a turn
        return rows

    return answer(await session.write(work))


def _items(body: Mapping[str, Any]) -> list[Any]:
    """The contacts: a list, or an object whose keys number them, as PHP makes of a list with gaps."""
    found = body.get("contacts")
    items = list(found.values()) if isinstance(found, dict) else found
    if not isinstance(items, list) or not items:
        raise Invalid.at("contacts", "must be a list with at least one contact", "required")
    if len(items) > MOST_ITEMS:
        raise TooLarge.at("contacts", f"has more than {MOST_ITEMS} contacts", "too_many")
    return items


def _posted_or_error(item: Any, options: Options, session: Session) -> Posted | OnebookError:
    try:
        check_value(item)
        return _posted(item, options, session)
    except Invalid as error:
        return error


def _row(contact: Contact, options: Options, unit: Unit) -> dict[str, Any]:
    shown = encode_contact(contact, options.fields, unit.vocabulary)
    return {**shown, "id": shown_id(contact), "email": primary_email(contact)}


def _mail_given(item: Any) -> str | None:
    mail = item.get("mail") if isinstance(item, dict) else None
    return mail if isinstance(mail, str) else None


async def change(ask: Ask) -> Reply:
    """PUT contact/<id>: what is named is replaced or emptied, the rest stays."""
    session, body = ask.session, root_of(ask)
    names = return_fields(body.get("return_fields"))
    sent = read_contact(body, may_set_status=may_set_status(session), path="")

    async def work(unit: Unit) -> dict[str, Any]:
        known = await path_contact(unit, ask)
        contact = await change_contact(unit, known.id, await with_kept_statuses(unit, sent, sent.replacing))
        if sent.comment is not None:
            await create_record(unit, Note(body=sent.comment, contact_ids=(contact.id,)))
        return {**encode_contact(contact, names, unit.vocabulary), **DONE}

    return answer(await session.write(work))


async def delete(ask: Ask) -> Reply:
    """DELETE contact/<id>: into the trash."""

    async def work(unit: Unit) -> None:
        await remove_contact(unit, (await path_contact(unit, ask)).id)

    await ask.session.write(work)
    return answer(DONE)


async def no_list(ask: Ask) -> Reply:
    """GET contacts: there is no such call, and many guess it."""
    raise NoSuchPath
