"""Every way to find a contact, derived from it.

Kinds: `email`, `phone` (E.164), `digits` (a number's national digits), `token`, `id:<dialect>` (an id the contact
answers to there), `merged` (the own id of one merged into it), `social_security_number`, `corporate_number`, `tag`,
`project`, `country`, `lead_score`, `custom` (`<field>=<value>`), and the kinds of `model/blocking.py`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice
from operator import attrgetter

from onebook.model.blocking import blocking_keys
from onebook.model.contact import Contact
from onebook.model.normal import email_key, fold_plain, national_digits, number_key, phone_e164, phone_keys, plain

ContactKey = tuple[str, str]
_LONGEST = 200
_LONGEST_WORD = 64
_MOST_WORDS = 500
_MOST_NUMBERS = 100
_WORD = re.compile(r"[^\W_]+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
"""The same in plain text without other letters, in half the time."""
_NAMES = attrgetter("academic_title", "first_name", "last_name", "birth_name", "company")
_PLACE = attrgetter("street", "house_number", "street2", "zip", "city", "state", "country")


def key_value(value: str) -> str:
    """`value` as a key holds it: long ones are cut and told apart by a hash, for an index takes no more."""
    if len(value) <= _LONGEST:
        return value
    return value[:_LONGEST] + "#" + hashlib.sha256(value.encode()).hexdigest()


def contact_keys(contact: Contact, country: str) -> frozenset[ContactKey]:
    """All keys of `contact`; none for one in the trash. `country` reads phone numbers that name none."""
    if contact.deleted_at is not None:
        return frozenset()
    return frozenset(
        (kind, value if len(value) <= _LONGEST else key_value(value))
        for kind, value in _keys(contact, country)
        if value
    )


def _keys(contact: Contact, country: str) -> Iterator[ContactKey]:
    for email in contact.emails:
        yield "email", email_key(email.address)
    for phone in contact.phones:
        for key in phone_keys(phone.number, country):
            yield ("phone" if key.startswith("+") else "digits"), key
    for tag_id in contact.tag_ids:
        yield "tag", str(tag_id)
    for project_id in contact.project_ids:
        yield "project", str(project_id)
    for address in contact.addresses:
        yield "country", (address.country or "").casefold()
    yield from _ids(contact)
    if contact.lead_score is not None:
        yield "lead_score", str(contact.lead_score)
    yield "token", contact.token or ""
    if contact.social_security_number:
        yield "social_security_number", number_key(contact.social_security_number)
    if contact.corporate_number:
        yield "corporate_number", number_key(contact.corporate_number)
    for name, value in contact.custom.items():
        for text in custom_texts(value):
            yield "custom", custom_key(name, text)
    yield from blocking_keys(contact)


def _ids(contact: Contact) -> Iterator[ContactKey]:
    for dialect, external in contact.external_ids.items():
        yield f"id:{dialect}", external
    for dialect, former in contact.former_ids.items():
        for external in former:
            yield f"id:{dialect}", external
    for number in contact.merged_ids:
        yield "merged", str(number)


def custom_texts(value: object) -> list[str]:
    """A custom field's value as it is filtered by: each member of a list, true and false, numbers without a tail."""
    if isinstance(value, list):
        return [text for member in value for text in custom_texts(member)]
    if value is None or isinstance(value, dict):
        return []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, float) and value.is_integer():
        return [str(int(value))]
    return [plain(str(value))]


def custom_key(name: str, text: str) -> str:
    """The key's value for one filter value of the custom field `name`."""
    return key_value(f"{name}={text}")


def phone_lookup(number: str, country: str) -> list[ContactKey]:
    """The keys any spelling of `number` is looked for under."""
    keys: list[ContactKey] = [("digits", national_digits(number))] if national_digits(number) else []
    e164 = phone_e164(number, country)
    if e164 is not None:
        keys += [("phone" if key.startswith("+") else "digits", key) for key in phone_keys(e164, country)]
    return list(dict.fromkeys(keys))


class Words(tuple[tuple[str, ...], tuple[str, ...]]):
    """What free search looks in: the words of a contact, and the digits of its phone numbers."""

    __slots__ = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Words of names, company, e-mails and addresses: plain, and folded where that differs."""
        return self[0]

    @property
    def phones(self) -> tuple[str, ...]:
        """Each number's digits in E.164, or as they stand where it is no number."""
        return self[1]


def split_words(text: str) -> list[str]:
    """The words of `text`, plain, each cut to 64 characters."""
    text = plain(text)
    found = _ASCII_WORD.findall(text) if text.isascii() else _WORD.findall(text)
    return [word[:_LONGEST_WORD] for word in found] if len(text) > _LONGEST_WORD else found


def _forms(text: str) -> dict[str, None]:
    words = split_words(text)
    together = " ".join(words)
    folded = fold_plain(together).split() if together.isascii() else map(fold_plain, words)
    return dict.fromkeys(chain.from_iterable(zip(words, folded, strict=True)))


_kept_forms = lru_cache(maxsize=32768)(_forms)


def _forms_again(text: str) -> dict[str, None]:
    """The same: short texts are names and towns for the most part, and come again."""
    return _kept_forms(text) if len(text) < _LONGEST_WORD else _forms(text)


def contact_texts(contact: Contact) -> tuple[str, ...]:
    """The words of names, company, e-mails and addresses, plain and folded, 500 at most.

    A body of 1 MiB may hold 100,000 words. Nobody is called so, and indexing their pieces takes half a minute.
    """
    words: dict[str, None] = {}
    for text in filter(None, _NAMES(contact)):
        words.update(_forms_again(text))
    for email in contact.emails:
        words.update(_forms(email.address))
    for text in filter(None, chain.from_iterable(map(_PLACE, contact.addresses))):
        words.update(_forms_again(text))
    return tuple(islice(words, _MOST_WORDS))


def contact_words(contact: Contact, country: str) -> Words:
    """The words of `contact` and 100 numbers at most; none for one in the trash."""
    if contact.deleted_at is not None:
        return Words(((), ()))
    numbers = (phone_e164(phone.number, country) or national_digits(phone.number) for phone in contact.phones)
    phones = dict.fromkeys(number.lstrip("+")[:_LONGEST_WORD] for number in numbers if number)
    return Words((contact_texts(contact), tuple(islice(phones, _MOST_NUMBERS))))
