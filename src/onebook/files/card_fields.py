"""vCards to contacts and back: which property is which field, and how types of telephones and addresses are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from onebook.errors import Invalid
from onebook.files.cards import REASON, Property, divided_at, escaped, folded, properties, unescaped
from onebook.files.cells import READERS, checked, country, day, moment, salutation
from onebook.files.columns import NAMES, OTHERS, TEXTS, column_named
from onebook.files.entries import Given
from onebook.files.people import emails_of, name_of, phone_of
from onebook.files.table import Names, divided, row_of
from onebook.model.contact import Address, AddressKind, Contact, PhoneKind, display_name
from onebook.model.normal import fold

_TEXTS = {"TITLE": "position", "ROLE": "position", "NOTE": "description", "URL": "website", "LANG": "language"}
_TEXTS |= {"X-SKYPE": "skype", "X-SKYPE-USERNAME": "skype", "X-FACEBOOK": "facebook", "X-TWITTER": "twitter"}
_SOCIAL = ("facebook", "twitter", "skype")
_PHONE_KINDS: Mapping[str, PhoneKind] = {
    "fax": "fax",
    "cell": "mobile",
    "work": "work",
    "home": "home",
    "main": "switch",
}
_PHONE_TYPES = {"mobile": "CELL", "home": "HOME", "work": "WORK", "fax": "FAX", "switch": "MAIN", "other": "VOICE"}
_PLACES: Mapping[str, AddressKind] = {"work": "office", "x-billing": "billing", "x-other": "other", "home": "home"}
_PLACE_TYPES = {"home": "HOME", "office": "WORK", "billing": "X-BILLING", "other": "X-OTHER"}
_OWN = "X-ONEBOOK-"
_PART_OF_A_DAY = re.compile(r"--|(?:\d{4}(?:-\d\d)?$)|0000")
"""A birthday without its year, or a year without its day (RFC 6350 4.3.1)."""
_IN_CARD = frozenset(
    "id salutation academic_title first_name last_name company position description website language birth_date kind"
    " tags".split()
)
"""Columns that have a property of their own; all others of a row go into `X-ONEBOOK-…`."""


def given_of(card: list[str], zone: ZoneInfo) -> Given:
    """What a card says of a contact; pictures, sounds and keys are passed over. Raises Invalid saying what is wrong."""
    given = Given()
    labels: dict[str, str] = {}
    try:
        found = list(properties(card))
        for one in found:
            if one.name == "X-ABLABEL" and one.group:
                labels[one.group] = one.text.strip("_$!<>")
        for one in found:
            _take(one, given, labels.get(one.group), zone)
    except ValueError as error:
        raise Invalid(str(error)) from None
    values = given.values
    full = values.pop("FN", "")
    if not any(values.get(name) for name in ("first_name", "last_name", "company")) and full:
        if values.get("kind") == "company":
            values["company"] = full
        else:
            ways = [one.address for one in values.get("emails", ())] + [one.number for one in values.get("phones", ())]
            values.update(name_of(full) if full not in ways else {})
    if values.get("company") and not (values.get("first_name") or values.get("last_name")):
        values.setdefault("kind", "company")
    for name in ("emails", "phones", "addresses"):
        if name in values:
            values[name] = tuple(values[name])
    return given


def _take(one: Property, given: Given, label: str | None, zone: ZoneInfo) -> None:
    take = _TAKEN.get(one.name)
    values = given.values
    if take is not None:
        take(one, values, label)
    elif one.name in _TEXTS:
        if text := checked(one.text.strip()):
            values.setdefault(_TEXTS[one.name], text)
    elif one.name == "CATEGORIES":
        names = [unescaped(part).strip() for part in divided_at(",", one.value)]
        given.names["tag_ids"] = [*given.names.get("tag_ids", ()), *(checked(name) for name in names if name)]
    elif one.name == "REV":
        if (text := one.text.strip()) and text[:1].isdigit():
            values["updated_at"] = moment(text, zone)
    elif one.name.startswith(_OWN) and one.name != REASON:
        _own(one.name.removeprefix(_OWN).replace("-", "_").lower(), one, given, zone)


def _own(name: str, one: Property, given: Given, zone: ZoneInfo) -> None:
    """What `lines_of` has written of the fields that vCards have no property for."""
    text = checked(one.text)
    if name in ("custom", "external_ids"):
        given.values.setdefault(name, {})[one.params.get("X-NAME", [""])[0]] = text
    elif name in NAMES:
        given.names[NAMES[name][0]] = divided(text) if name == "tags" else [text]
    elif name in OTHERS:
        read = partial(moment, zone=zone) if OTHERS[name][0] == "moment" else READERS.get(OTHERS[name][0])
        given.values[name] = read(text) if read else text
    elif name in TEXTS:
        given.values[name] = text


def _name(one: Property, values: dict[str, Any], _: str | None) -> None:
    last, first, more, prefix, suffix = [checked(part.strip()) for part in (_names(one) + [""] * 5)[:5]]
    titles = []
    for word in prefix.split():
        known = salutation(fold(word).rstrip("."))
        if known:
            values["salutation"] = known
        else:
            titles.append(word)
    titles += [suffix] if suffix else []
    filled = {"last_name": last, "first_name": " ".join(part for part in (first, more) if part)}
    values.update({key: value for key, value in (*filled.items(), ("academic_title", " ".join(titles))) if value})


def _names(one: Property) -> list[str]:
    """The parts of a name; of several in one part, which version 4.0 has commas between, a space divides them."""
    return [
        " ".join(filter(None, (unescaped(name).strip() for name in divided_at(",", part))))
        for part in divided_at(";", one.value)
    ]


def _formatted(one: Property, values: dict[str, Any], _: str | None) -> None:
    values["FN"] = checked(one.text.strip())


def _organisation(one: Property, values: dict[str, Any], _: str | None) -> None:
    if company := checked(one.parts()[0].strip()):
        values["company"] = company


def _email(one: Property, values: dict[str, Any], label: str | None) -> None:
    said = one.params.get("X-STATUS", [""])[0]
    status = READERS["email_status"](said) if said else None
    address = checked(one.text.strip().removeprefix("mailto:"))
    values.setdefault("emails", []).extend(emails_of(address, _label(one, label), status, _is_primary(one)))


def _label(one: Property, label: str | None) -> str | None:
    said = one.params.get("X-LABEL")
    return label or (said[0] if said else None)


def _is_primary(one: Property) -> bool:
    return "pref" in one.types or "PREF" in one.params


def _phone(one: Property, values: dict[str, Any], label: str | None) -> None:
    kind = next((kind for word, kind in _PHONE_KINDS.items() if word in one.types), "other")
    number = checked(one.text.strip().removeprefix("tel:"))
    if number:
        values.setdefault("phones", []).append(phone_of(number, kind, _label(one, label), _is_primary(one)))  # type: ignore[arg-type]


def _address(one: Property, values: dict[str, Any], _: str | None) -> None:
    box, extended, street, city, state, code, land = [checked(part.strip()) for part in (one.parts() + [""] * 7)[:7]]
    found = {
        "street": street,
        "house_number": one.params.get("X-HOUSE-NUMBER", [""])[0],
        "street2": ", ".join(part for part in (box, extended) if part),
        "zip": code,
        "city": city,
        "state": state,
        "country": country(land),
    }
    filled: dict[str, Any] = {key: value for key, value in found.items() if value}
    if filled:
        kind = next((kind for word, kind in _PLACES.items() if word in one.types), "home")
        values.setdefault("addresses", []).append(Address(kind=kind, **filled))  # type: ignore[arg-type]


def _birthday(one: Property, values: dict[str, Any], _: str | None) -> None:
    text = checked(one.text.strip())
    if not text:
        return
    if _PART_OF_A_DAY.match(text) or "X-APPLE-OMIT-YEAR" in one.params or one.params.get("VALUE") == ["text"]:
        values.setdefault("extras", {}).setdefault("import", {})["birth_date"] = text
    else:
        values["birth_date"] = day(text[:8] if text[:8].isdigit() else text)


def _gender(one: Property, values: dict[str, Any], _: str | None) -> None:
    known = {"M": "mr", "F": "ms"}.get(one.text[:1].upper())
    if known:
        values.setdefault("salutation", known)


def _kind(one: Property, values: dict[str, Any], _: str | None) -> None:
    word = one.text.strip().lower()
    if word == "group":
        raise ValueError("is a group of contacts and no contact")
    if word in ("org", "company"):
        values["kind"] = "company"


def _identity(one: Property, values: dict[str, Any], _: str | None) -> None:
    if text := checked(one.text.strip()):
        values.setdefault("external_ids", {})["uid"] = text


def _social(one: Property, values: dict[str, Any], _: str | None) -> None:
    place, _, name = one.text.rpartition(":")
    told = next((word for word in _SOCIAL if word in one.types or word in place.lower()), None)
    if told:
        values.setdefault(told, checked((name if one.name == "IMPP" else one.text).strip()))


_TAKEN = {
    "N": _name,
    "FN": _formatted,
    "ORG": _organisation,
    "EMAIL": _email,
    "TEL": _phone,
    "ADR": _address,
    "BDAY": _birthday,
    "GENDER": _gender,
    "KIND": _kind,
    "X-ADDRESSBOOKSERVER-KIND": _kind,
    "X-ABSHOWAS": _kind,
    "UID": _identity,
    "IMPP": _social,
    "X-SOCIALPROFILE": _social,
}


def lines_of(contact: Contact, names: Names) -> Iterator[str]:
    """A contact as the lines of a vCard 3.0, folded; what vCards have no property for is in `X-ONEBOOK-…`."""
    return (folded(line) for line in _lines(contact, names))


def _lines(contact: Contact, names: Names) -> Iterator[str]:
    row = row_of(contact, names)
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    prefix = " ".join(
        part for part in ({"mr": "Herr", "ms": "Frau"}.get(contact.salutation or ""), contact.academic_title) if part
    )
    person = (contact.last_name or "", contact.first_name or "", "", prefix, "")
    yield f"N:{';'.join(escaped(part) for part in person)}"
    yield f"FN:{escaped(display_name(contact) or str(contact.id))}"
    if contact.kind == "company":
        yield "X-ABShowAs:COMPANY"
    for name, value in (("ORG", contact.company), ("TITLE", contact.position), ("NOTE", contact.description)):
        if value:
            yield f"{name}:{escaped(value)}"
    for name, value in (("URL", contact.website), ("LANG", contact.language)):
        if value:
            yield f"{name}:{escaped(value)}"
    if contact.birth_date:
        yield f"BDAY:{contact.birth_date.isoformat()}"
    yield from _ways(contact)
    if contact.tag_ids:
        called = names["tag_ids"]
        yield f"CATEGORIES:{','.join(escaped(called.get(number, str(number))) for number in contact.tag_ids)}"
    for column, text in row.items():
        head, dot, name = column.partition(".")
        if dot:
            yield f'{_OWN}{head.upper().replace("_", "-")};X-NAME="{_param(name)}":{escaped(text)}'
        elif column not in _IN_CARD and (found := column_named(column)) is not None and not found.group:
            yield f"{_OWN}{column.upper().replace('_', '-')}:{escaped(text)}"
    if contact.kind == "estate":
        yield f"{_OWN}KIND:estate"
    yield "END:VCARD"


def _ways(contact: Contact) -> Iterator[str]:
    for email in contact.emails:
        status = f";X-STATUS={email.status}" if email.status else ""
        yield f"EMAIL;TYPE=INTERNET{_marks(email.is_primary, email.label)}{status}:{escaped(email.address)}"
    for phone in contact.phones:
        yield f"TEL;TYPE={_PHONE_TYPES[phone.kind]}{_marks(phone.is_primary, phone.label)}:{escaped(phone.number)}"
    for one in contact.addresses:
        parts = ("", one.street2, one.street, one.city, one.state, one.zip, one.country)
        number = f';X-HOUSE-NUMBER="{_param(one.house_number)}"' if one.house_number else ""
        value = ";".join(escaped(part or "") for part in parts)
        yield f"ADR;TYPE={_PLACE_TYPES[one.kind]}{number}:{value}"


def _marks(is_primary: bool, label: str | None) -> str:
    primary = ";TYPE=PREF" if is_primary else ""
    return f'{primary};X-LABEL="{_param(label)}"' if label else primary


def _param(text: str) -> str:
    """A text as a parameter in quotation marks takes it (RFC 6868)."""
    for sign, spelled in (("^", "^^"), ("\r\n", "^n"), ("\n", "^n"), ("\r", "^n"), ('"', "^'")):
        text = text.replace(sign, spelled)
    return text


def escaped_line(name: str, text: str) -> str:
    """One property of a text, folded."""
    return folded(f"{name}:{escaped(text)}")
