"""What a PATCH of a contact asks for, as a change of ours. Only the keys that are there change anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args

from msgspec import Struct
from msgspec.structs import replace

from onebook.dialects.easybroker.codec import (
    ADDRESS,
    address_list,
    phone_list,
    shown_emails,
    shown_phone,
    shown_phones,
    shown_source,
    shown_tags,
)
from onebook.dialects.easybroker.fields import (
    Given,
    decode,
    encode,
    extras_of,
    filled,
    objects,
    read_body,
    read_text,
    read_texts,
    remember,
    unknown,
    with_extras,
)
from onebook.dialects.easybroker.people import find_user, user_name, with_full_name
from onebook.errors import Invalid
from onebook.model.account import Vocabulary
from onebook.model.contact import Address, AddressKind, Contact, Email, Phone, PhoneKind, primary_email, primary_phone
from onebook.model.normal import email_key, national_digits

Item = TypeVar("Item", Email, Phone)
PHONE_KINDS: dict[str, PhoneKind] = {kind: kind for kind in get_args(PhoneKind)}
ADDRESS_KINDS: dict[str, AddressKind] = {kind: kind for kind in get_args(AddressKind)}


class ContactPatch(Struct, frozen=True, kw_only=True):
    """A change of a contact: `edit`, and the names of the tags and the source that must be there before."""

    edit: Callable[[Contact, Vocabulary], Contact]
    tags: tuple[str, ...]
    source: str | None


def read_patch(body: Any) -> ContactPatch:
    """What a PATCH asks for. Only the keys that are there change anything; a list replaces the whole list.

    Raises Invalid, also when the edit is made and names an agent that is nobody.
    """
    given = read_body(body)
    checked = {key: CHANGES[key][0](value, key) for key, value in given.items() if key in CHANGES}
    more = unknown(given, (*CHANGES, *READ_ONLY))

    def edit(contact: Contact, words: Vocabulary) -> Contact:
        for key, (_, change) in CHANGES.items():
            if key in checked:
                contact = change(contact, words, checked[key])
        return replace(contact, extras=with_extras(contact.extras, more))

    source = checked.get("source")
    return ContactPatch(edit=edit, tags=checked.get("tags", ()), source=source if filled(source) else None)


def _emails(contact: Contact, _: Vocabulary, addresses: tuple[str, ...]) -> Contact:
    if list(addresses) == [email.address for email in shown_emails(contact)]:
        return contact
    old = {email_key(email.address): email for email in reversed(contact.emails)}
    emails = [replace(old.get(email_key(text), Email(address=text)), address=text) for text in addresses]
    return replace(contact, emails=_first_primary(emails, contact.emails))


def _phones(contact: Contact, _: Vocabulary, given: Any) -> Contact:
    if [member for _, member in given] == phone_list(contact):
        return contact
    pairs = [(member, _phone(contact, member)) for _, member in given]
    shown = [shown_phone(phone) for _, phone in pairs]
    kept = remember((member, after) for (member, _), after in zip(pairs, shown, strict=True))
    if shown != [shown_phone(phone) for phone in shown_phones(contact)]:
        contact = replace(contact, phones=_first_primary([phone for _, phone in pairs], contact.phones))
    return _keeping(contact, "phones", kept)


def _phone(contact: Contact, given: Mapping[str, Any]) -> Phone:
    number = str(given["number"])
    digits = national_digits(number) or number
    word = read_text(given.get("type"), "phones")
    same = [phone for phone in contact.phones if (national_digits(phone.number) or phone.number) == digits]
    same.sort(key=lambda phone: shown_phone(phone)["type"] != word)
    phone = replace(same[0] if same else Phone(number=number), number=number)
    if not word or word == shown_phone(phone)["type"]:
        return phone
    kind = PHONE_KINDS.get(word, "other")
    if kind == "other":
        return replace(phone, kind="other", label=word if word != "other" else None)
    return replace(phone, kind=kind)


def _first_primary(items: list[Item], before: tuple[Item, ...]) -> tuple[Item, ...]:
    """The first of a list is the one that stands in the row, so it takes over a mark that another one bore."""
    marked = any(item.is_primary for item in before)
    return tuple(replace(item, is_primary=marked and index == 0) for index, item in enumerate(items))


def _addresses(contact: Contact, _: Vocabulary, given: Any) -> Contact:
    if [member for _, member in given] == address_list(contact):
        return contact
    pairs = [(member, _address(member, path)) for path, member in given]
    shown = [(member, encode(ADDRESS, address)) for member, address in pairs]
    if [after for _, after in shown] != [encode(ADDRESS, address) for address in contact.addresses]:
        contact = replace(contact, addresses=tuple(address for _, address in pairs))
    return _keeping(contact, "addresses", remember(shown))


def _address(given: Given, path: str) -> Address:
    values = decode(ADDRESS, given, path)
    word = values.pop("kind", None) or "home"
    return Address(kind=ADDRESS_KINDS.get(word, "other"), **values)


def _keeping(contact: Contact, key: str, kept: dict[str, Any]) -> Contact:
    if not kept and key not in extras_of(contact):
        return contact
    return replace(contact, extras=with_extras(contact.extras, {key: kept}))


def _tags(contact: Contact, words: Vocabulary, names: tuple[str, ...]) -> Contact:
    if list(names) == shown_tags(contact, words):
        return contact
    ids = {tag.name.casefold(): tag.id for tag in words.tags.values()}
    return replace(contact, tag_ids=tuple(dict.fromkeys(ids[name.strip().casefold()] for name in names)))


def _email(contact: Contact, words: Vocabulary, address: str | None) -> Contact:
    if address == primary_email(contact):
        return contact
    others = [email.address for email in shown_emails(contact)][1:]
    if address is None or not filled(address):
        return _emails(contact, words, tuple(others))
    kept = (other for other in others if email_key(other) != email_key(address))
    return _emails(contact, words, (address, *kept))


def _number(contact: Contact, _: Vocabulary, number: str | None) -> Contact:
    current = primary_phone(contact)
    if number == current:
        return contact
    old = next((phone for phone in contact.phones if phone.number == current), Phone(number=""))
    others = [phone for phone in contact.phones if phone is not old]
    if number is None or not filled(number):
        return replace(contact, phones=tuple(others))
    others = [phone for phone in others if national_digits(phone.number) != national_digits(number)]
    return replace(contact, phones=(replace(old, number=number), *others))


def _agent(contact: Contact, words: Vocabulary, given: Any) -> Contact:
    if given == user_name(words.users.get(contact.owner_id or 0)):
        return contact
    return replace(contact, owner_id=find_user(words, given))


def _source(contact: Contact, words: Vocabulary, name: str | None) -> Contact:
    if name == shown_source(contact, words):
        return contact
    ids = {source.name.casefold(): source.id for source in words.sources.values()}
    return replace(contact, source_id=ids[name.strip().casefold()] if name is not None and filled(name) else None)


def _full_name(contact: Contact, _: Vocabulary, name: str | None) -> Contact:
    return with_full_name(contact, name)


def _read_phones(value: Any, path: str) -> Any:
    found = objects(value, path)
    for at, member in found:
        read_text(member.get("type"), f"{at}.type")
        if not filled(read_text(member.get("number"), f"{at}.number")):
            raise Invalid.at(f"{at}.number", "must not be empty", "required")
    return found


def _read_addresses(value: Any, path: str) -> Any:
    found = objects(value, path)
    for at, member in found:
        _address(member, at)
    return found


def _as_it_is(value: Any, path: str) -> Any:
    return value


Change = tuple[Callable[[Any, str], Any], Callable[[Contact, Vocabulary, Any], Contact]]
CHANGES: dict[str, Change] = {
    "full_name": (read_text, _full_name),
    "emails": (read_texts, _emails),
    "phones": (_read_phones, _phones),
    "addresses": (_read_addresses, _addresses),
    "tags": (read_texts, _tags),
    "email": (read_text, _email),
    "phone": (read_text, _number),
    "agent": (_as_it_is, _agent),
    "source": (read_text, _source),
}
"""What a PATCH may change, in the order it is done: how the value is read, and what it does to the contact."""

READ_ONLY = ("id", "created_at", "updated_at")
"""Keys of the answer that a caller may send back without effect."""
