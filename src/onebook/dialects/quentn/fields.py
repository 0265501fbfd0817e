"""The one field table: every key of the vendor's contact, in the order of its page, with its home in the book.

Both directions, the schemas and the names in errors are made out of it. A key with no `write` is the book's own: it is
shown, and ignored where a client that sends back what it has read sends it too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from msgspec.structs import replace

from onebook.dialects.quentn.lookups import DIALECT, record_shown, shown_id, user_named
from onebook.dialects.quentn.slots import FAXES, MAILS, PHONES, REMOVED, Places
from onebook.dialects.quentn.values import (
    COUNTRY,
    DATE,
    MAIL,
    OWNER,
    TERMS,
    USER,
    Kind,
    choice,
    numbered,
    text,
)
from onebook.errors import Invalid
from onebook.model.account import Vocabulary
from onebook.model.contact import Address, Contact, EmailStatus, PhoneKind, address_of

Show = Callable[[Contact, Vocabulary], Any]
Write = Callable[[Contact, Any, Vocabulary], Contact]

MAIL_STATUSES: tuple[EmailStatus, ...] = (
    *("unknown", "double_opt_in", "single_opt_in", "confirmed_by_hand", "confirmed_by_import"),
    *("unsubscribed", "spam", "blocked", "temporarily_blocked"),
)
"""`mail_status` 0 to 8; the vendor's numbers are not public, these are ours."""
_SHOWN_STATUS: Mapping[EmailStatus | None, int] = {
    None: 0,
    "invalid": MAIL_STATUSES.index("blocked"),
    **{status: number for number, status in enumerate(MAIL_STATUSES)},
}
_PHONE_KINDS: Mapping[str, PhoneKind] = {"work": "work", "home": "home", "mobile": "mobile", "other": "other"}
_TITLES = {"dr": "Dr.", "prof": "Prof."}
_SALUTATIONS: Mapping[str, str] = {"m": "mr", "f": "ms"}
LONGEST_TITLE = 4


@dataclass(frozen=True, slots=True)
class Field:
    """One key. `homes` are the first parts of its paths in `model/contact.py`.

    `kind` reads a client's value, `write` puts it into the contact and `grow` does so in a merge; both None where the
    key is not written. What is read of a value is what `show` shows of it.
    """

    name: str
    home: str
    kind: Kind
    show: Show
    write: Write | None = None
    grow: Write | None = None


def _kept(name: str, home: str, longest: int = 255) -> Field:
    """A text attribute of the contact."""
    return Field(
        name,
        home,
        text(longest),
        lambda contact, words: getattr(contact, home),
        lambda contact, value, words: replace(contact, **{home: value}),
    )


def _placed(name: str, home: str, places: Places[Any], place: int, kind: Kind) -> Field:
    """A place for an e-mail address or a phone."""
    return Field(
        name,
        home,
        kind,
        lambda contact, words: places.shown(getattr(contact, home), place),
        lambda contact, value, words: replace(contact, **{home: places.put(getattr(contact, home), place, value)}),
        lambda contact, value, words: replace(contact, **{home: places.grow(getattr(contact, home), place, value)}),
    )


def _phone_type(name: str, place: int) -> Field:
    def show(contact: Contact, words: Vocabulary) -> str | None:
        phone = PHONES.at(contact.phones, place)
        if phone is None or (phone.label == REMOVED and phone.kind == "other"):
            return None
        return phone.kind if phone.kind in _PHONE_KINDS else "other"

    def write(contact: Contact, value: str | None, words: Vocabulary) -> Contact:
        if value is None and PHONES.at(contact.phones, place) is None:
            return contact
        kind = _PHONE_KINDS[value or "other"]
        return replace(
            contact, phones=PHONES.with_member(contact.phones, place, lambda phone: replace(phone, kind=kind))
        )

    return Field(name, "phones", choice(*_PHONE_KINDS), show, write)


_BILLING = Address(kind="billing")


def _with_billing(contact: Contact, **parts: Any) -> Contact:
    """The contact with parts of its first billing address changed; one with nothing in it is dropped."""
    before = address_of(contact, "billing")
    after = replace(before or _BILLING, **parts)
    if before is None:
        return contact if after == _BILLING else replace(contact, addresses=(*contact.addresses, after))
    index = contact.addresses.index(before)
    changed = () if after == _BILLING else (after,)
    return replace(contact, addresses=(*contact.addresses[:index], *changed, *contact.addresses[index + 1 :]))


def _billing(name: str, part: str, kind: Kind) -> Field:
    def show(contact: Contact, words: Vocabulary) -> Any:
        return getattr(address_of(contact, "billing"), part, None)

    return Field(name, "addresses", kind, show, lambda contact, value, words: _with_billing(contact, **{part: value}))


def _show_street(contact: Contact, words: Vocabulary) -> str | None:
    address = address_of(contact, "billing")
    if address is None or not address.house_number:
        return address.street if address else None
    return f"{address.street or ''} {address.house_number}".strip()


def _write_street(contact: Contact, value: str | None, words: Vocabulary) -> Contact:
    return _with_billing(contact, street=value, house_number=None)


def _show_salutation(contact: Contact, words: Vocabulary) -> str | None:
    return next((letter for letter, word in _SALUTATIONS.items() if word == contact.salutation), None)


def _write_salutation(contact: Contact, value: str | None, words: Vocabulary) -> Contact:
    return replace(contact, salutation=_SALUTATIONS[value] if value else None)


def _show_title(contact: Contact, words: Vocabulary) -> str | None:
    title = contact.academic_title
    if title is None:
        return None
    known = next((word for word in reversed(_TITLES) if title.strip().lower().startswith(word)), None)
    return known or (title if len(title) <= LONGEST_TITLE else None)


def _read_title(value: Any, name: str) -> str:
    title: str = _TITLE_TEXT.read(value, name)
    known = title.strip().lower().removesuffix(".")
    return known if known in _TITLES else title


_TITLE_TEXT = text(LONGEST_TITLE)
_TITLE = Kind(_read_title, _TITLE_TEXT.takes, _TITLE_TEXT.shows)


def _write_title(contact: Contact, value: str | None, words: Vocabulary) -> Contact:
    return replace(contact, academic_title=_TITLES.get(value, value) if value is not None else None)


def _show_status(contact: Contact, words: Vocabulary) -> int:
    email = MAILS.at(contact.emails, 0)
    return _SHOWN_STATUS[email.status if email else None]


def _write_status(contact: Contact, value: int | None, words: Vocabulary) -> Contact:
    if MAILS.at(contact.emails, 0) is None:
        return contact
    status = None if value is None else MAIL_STATUSES[value]
    return replace(contact, emails=MAILS.with_member(contact.emails, 0, lambda email: replace(email, status=status)))


def _show_birth(contact: Contact, words: Vocabulary) -> str | None:
    if contact.birth_date is None:
        return None
    day = contact.birth_date.isoformat()
    given = extras_of(contact).get("date_of_birth")
    return given if isinstance(given, str) and given.startswith(f"{day}T") else f"{day}T00:00:00+00:00"


def _write_birth(contact: Contact, value: str | None, words: Vocabulary) -> Contact:
    """The day is the book's; the time behind it, which only this vendor has, is kept beside."""
    day = date.fromisoformat(value[:10]) if value else None
    kept = value if value and not value.endswith("T00:00:00+00:00") else None
    return with_extra(replace(contact, birth_date=day), "date_of_birth", kept)


def extras_of(contact: Contact) -> Mapping[str, Any]:
    """What this dialect keeps among a contact's extras."""
    return contact.extras.get(DIALECT, {})


def with_extra(contact: Contact, name: str, value: Any, *, drop: Any = None) -> Contact:
    """The contact with an attribute that no field holds; `drop` takes it away."""
    own = {key: kept for key, kept in extras_of(contact).items() if key != name}
    if value is not drop:
        own[name] = value
    others = {dialect: kept for dialect, kept in contact.extras.items() if dialect != DIALECT}
    after = {**others, DIALECT: own} if own else others
    return contact if after == contact.extras else replace(contact, extras=after)


def own_term_ids(ids: tuple[int, ...], contact: Contact, words: Vocabulary) -> tuple[int, ...]:
    """The tags that these ids mean. Raises Invalid naming the first that is none."""
    found = []
    for number in ids:
        tag = record_shown(words.tags.values(), number)
        if tag is None and number not in contact.tag_ids:
            raise Invalid.at("terms", f"there is no term {number}", "unknown_id")
        found.append(tag.id if tag else number)
    return tuple(dict.fromkeys(found))


def _show_terms(contact: Contact, words: Vocabulary) -> list[int]:
    return [shown_id(words.tags[number]) for number in contact.tag_ids if number in words.tags]


def _write_terms(contact: Contact, value: tuple[int, ...] | None, words: Vocabulary) -> Contact:
    return replace(contact, tag_ids=own_term_ids(value or (), contact, words))


def _unite_terms(contact: Contact, value: tuple[int, ...], words: Vocabulary) -> Contact:
    ids = own_term_ids(value, contact, words)
    return replace(contact, tag_ids=tuple(dict.fromkeys((*contact.tag_ids, *ids))))


def _show_uid(contact: Contact, words: Vocabulary) -> int | None:
    user = words.users.get(contact.owner_id or 0)
    return shown_id(user) if user else None


def _show_owner(contact: Contact, words: Vocabulary) -> dict[str, Any] | None:
    user = words.users.get(contact.owner_id or 0)
    return {"uid": shown_id(user), "mail": user.email} if user else None


def _owner(name: str) -> Write:
    def write(contact: Contact, value: int | str | None, words: Vocabulary) -> Contact:
        if value is None:
            return replace(contact, owner_id=None)
        user = user_named(words.users.values(), value)
        if user is None:
            raise Invalid.at(name, f"there is no user {value}", "unknown_id")
        return replace(contact, owner_id=user.id)

    return write


def _show_created(contact: Contact, words: Vocabulary) -> int | None:
    return int(contact.created_at.timestamp()) if contact.created_at else None


_NUMBER = Kind(lambda value, name: value, {}, {"type": ["integer", "null"]})

FIELDS: tuple[Field, ...] = (
    Field("title", "salutation", choice(*_SALUTATIONS), _show_salutation, _write_salutation),
    Field("title2", "academic_title", _TITLE, _show_title, _write_title),
    _kept("first_name", "first_name"),
    _kept("family_name", "last_name"),
    _kept("company", "company"),
    _kept("job_title", "position"),
    _placed("mail", "emails", MAILS, 0, MAIL),
    Field("mail_status", "emails", numbered(len(MAIL_STATUSES)), _show_status, _write_status),
    _placed("mail2", "emails", MAILS, 1, MAIL),
    _phone_type("phone_type", 0),
    _placed("phone", "phones", PHONES, 0, text(255)),
    _phone_type("phone2_type", 1),
    _placed("phone2", "phones", PHONES, 1, text(255)),
    _placed("fax", "phones", FAXES, 0, text(255)),
    _kept("skype", "skype"),
    _kept("fb", "facebook"),
    _kept("twitter", "twitter"),
    Field("ba_street", "addresses", text(255), _show_street, _write_street),
    _billing("ba_street2", "street2", text(255)),
    _billing("ba_city", "city", text(255)),
    _billing("ba_postal_code", "zip", text(20)),
    _billing("ba_state", "state", text(20)),
    _billing("ba_country", "country", COUNTRY),
    Field("date_of_birth", "birth_date", DATE, _show_birth, _write_birth),
    Field("terms", "tag_ids", TERMS, _show_terms, _write_terms, _unite_terms),
    Field("created", "created_at", _NUMBER, _show_created),
    Field("uid", "owner_id", USER, _show_uid, _owner("uid")),
    Field("owner", "owner_id", OWNER, _show_owner, _owner("owner")),
)
BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
_WRITTEN_FIRST = ("mail", "mail2", "phone", "phone2")
ORDER: Mapping[str, int] = {
    name: place for place, name in enumerate(dict.fromkeys((*_WRITTEN_FIRST, *(field.name for field in FIELDS))))
}
"""In which order keys are written, whatever the order they come in: first what a status or a type belongs to."""
DEFAULT_FIELDS = ("first_name", "family_name", "mail")
"""Shown, beside the id, where nobody says which."""
IGNORED = frozenset({"id", "qntn", "created", "request_ip", "return_fields"})
"""Keys of a contact in a request that say nothing of it; unlike unknown ones they are not kept."""

VENDOR_NAMES: Mapping[str, str] = {
    **{field.home: field.name for field in reversed(FIELDS) if field.write},
    "emails": "mail",
    "phones": "phone",
    "addresses": "ba_street",
    "owner_id": "owner",
    "tag_ids": "terms",
    "name": "name",
}
"""The first part of a canonical path → the vendor's key, for errors."""
