"""What comes with a contact that is posted: how a duplicate is found and merged, what it is protected against.

`read_options` reads it, `save_posted` does it in one transaction with the write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from onebook.dialects.quentn.codec import Edit, MergeMethod, SentContact, return_fields
from onebook.dialects.quentn.values import read_flag, read_number
from onebook.errors import Forbidden, Invalid
from onebook.model.activity import Note
from onebook.model.contact import Contact
from onebook.model.normal import email_key
from onebook.service.contacts import change_contact, contacts_by_key, create_contact
from onebook.service.duplicates import create_noting, find_same
from onebook.service.flood import check_flood, count_flood
from onebook.service.mail_status import remembered_statuses, with_statuses
from onebook.service.records import create_record
from onebook.service.session import Unit
from onebook.service.spam import IpAddress, ip_address, refuse_spammer
from onebook.store.database import Store

CheckMethod = Literal["auto", "email", "none"]
CHECK_METHODS: tuple[CheckMethod, ...] = get_args(CheckMethod)
MERGE_METHODS: tuple[MergeMethod, ...] = get_args(MergeMethod)


@dataclass(frozen=True, slots=True)
class Options:
    """All that stands beside `contact` or `contacts` in a body, with the vendor's defaults."""

    check: CheckMethod = "auto"
    merge: MergeMethod = "update_add"
    fields: tuple[str, ...] = ()
    address: IpAddress | None = None
    flood_limit: int = 0
    spam_protection: bool = False


def read_options(body: Mapping[str, Any]) -> Options:
    """The options of a body. Raises Invalid for the first that is none."""
    limit = body.get("flood_limit")
    flood_limit = (read_number(limit, "flood_limit") or 0) if limit is not None else 0
    if flood_limit < 0:
        raise Invalid.at("flood_limit", "must be 0 or more", "out_of_range")
    return Options(
        check=cast(CheckMethod, _one_of(body, "duplicate_check_method", CHECK_METHODS)),
        merge=cast(MergeMethod, _one_of(body, "duplicate_merge_method", MERGE_METHODS)),
        fields=return_fields(body.get("return_fields")),
        address=read_address(body),
        flood_limit=flood_limit,
        spam_protection=read_flag(body.get("spam_protection"), "spam_protection"),
    )


def _one_of(body: Mapping[str, Any], name: str, words: tuple[str, ...]) -> str:
    """One of `words`, the first where nothing is said."""
    value = body.get(name)
    if value is None:
        return words[0]
    if value not in words:
        raise Invalid.at(name, f"must be one of {', '.join(words)}", "not_a_choice")
    return str(value)


def read_address(given: Mapping[str, Any]) -> IpAddress | None:
    """The `request_ip`, IPv4 or IPv6; None where there is none. Raises Invalid."""
    value = given.get("request_ip")
    if value is None or value == "":
        return None
    address = ip_address(value) if isinstance(value, str) else None
    if address is None:
        raise Invalid.at("request_ip", "must be an IPv4 or IPv6 address", "not_an_address")
    return address


@dataclass(frozen=True, slots=True)
class Posted:
    """One contact of a request, and the address it was sent from."""

    sent: SentContact
    address: IpAddress | None


async def spammers(store: Store, posted: Iterable[Posted], options: Options) -> dict[IpAddress, Forbidden]:
    """Which of the addresses are on the list, where the request asks for protection; each is looked up once."""
    found: dict[IpAddress, Forbidden] = {}
    addresses = {one.address for one in posted if one.address is not None} if options.spam_protection else set()
    for address in addresses:
        try:
            await refuse_spammer(store, address)
        except Forbidden as error:
            found[address] = error
    return found


async def save_posted(unit: Unit, posted: Posted, options: Options, refused: Mapping[IpAddress, Forbidden]) -> Contact:
    """Make the contact, or merge it into the one that it is, with its comment.

    All that is refused is refused before anything is written: Invalid, Conflict, Forbidden for a spammer, TooMany past
    the flood limit. Every contact with an address counts towards it, merged or not.
    """
    address = posted.address
    if address is not None:
        if address in refused:
            raise refused[address]
        await check_flood(unit, str(address), options.flood_limit)
    posted.sent.check_complete()
    contact = await _create_or_merge(unit, posted.sent, options)
    if posted.sent.comment is not None:
        await create_record(unit, Note(body=posted.sent.comment, contact_ids=(contact.id,)))
    if address is not None:
        await count_flood(unit, str(address))
    return contact


async def _create_or_merge(unit: Unit, sent: SentContact, options: Options) -> Contact:
    creating = await with_kept_statuses(unit, sent, sent.replacing)
    if options.check == "auto":
        same, doubtful = await find_same(unit, creating)
        if same is None:
            return (await create_noting(unit, creating, doubtful)).contact
        return await _merge(unit, same.contact_id, sent, options.merge)
    known = await contacts_by_key(unit, "email", email_key(sent.mail)) if options.check == "email" and sent.mail else []
    if known:
        return await _merge(unit, known[0].id, sent, options.merge)
    return await create_contact(unit, creating)


async def _merge(unit: Unit, contact_id: int, sent: SentContact, method: MergeMethod) -> Contact:
    merging = await with_kept_statuses(unit, sent, sent.merging(method))
    return await change_contact(unit, contact_id, merging)


async def with_kept_statuses(unit: Unit, sent: SentContact, edit: Edit) -> Edit:
    """`edit`, and the kept statuses of the addresses that `sent` names."""
    addresses = [value for field, value in sent.values if field.name in ("mail", "mail2") and value]
    return with_statuses(edit, await remembered_statuses(unit, addresses))
