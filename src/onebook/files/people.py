"""Parts of contacts as files of any kind spell them: names, e-mail addresses, telephones, places."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from onebook.files.cells import checked, salutation
from onebook.model.contact import Address, AddressKind, Email, EmailStatus, Phone, PhoneKind
from onebook.model.normal import email_problem, fold

_SEVERAL = re.compile(r"[;,\s]+|:::")
_BETWEEN_PHONES = re.compile(r"[;,\n]|:::|\s(?:oder|und|eller|och|or|and|o|y)\s")
_IN_BRACKETS = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
_SHORTEST_PHONE = 5
"""Digits; a piece with fewer is no number of its own, but an extension or a remark."""
_ADDRESS_KINDS = ("home", "office", "billing", "other")
_ADDRESSED = frozenset(
    "herr herrn mr mister hr sr senor frau fr ms mrs miss sra senora srta senorita fru froken".split()
)
"""Words that may stand before a name; single letters are initials there."""
_TITLES = frozenset(
    "dr prof dipl mag lic ing med jur phil rer nat pol oec habil hc h c mult arch kfm msc mba phd bsc llm".split()
)
_WITHOUT_POINT = frozenset("dr prof dipl msc mba phd bsc llm".split())
"""The others are first names, too: Phil, Nat."""
_HOUSEHOLDS = frozenset("familie fam eheleute ehepaar familj familjen familia family matrimonio".split())
_AND = frozenset(("und", "u.", "&", "+", "och", "y", "and"))
_PARTICLES = frozenset("von van vom zu zum zur der den de del la las los af av di da dos du le ter ten".split())
_FIRM = re.compile(
    r"(?:\b|(?<=\s))((?i:gmbh|mbh|kgaa|ohg|gbr|aktiebolag|ltd|inc|llc|e\.\s?[vgk]\.|s\.\s?a\.|s\.\s?l\.)"
    r"|AG|KG|SE|UG|AB|HB|SA|SL|SLU|eG|e\.?V|eK|S\.?A\.? de C\.?V)\.?(?:\s?\(haftungsbeschränkt\))?$"
)
_PLACE = re.compile(
    r"(?P<street>[^,;\n]+)[,;\n]\s*(?:[A-Z]{1,2}[- ])?(?P<zip>\d[\d ]{2,5}\d)\s+(?P<city>[^,;\n]+)"
    r"(?:[,;\n]\s*(?P<country>[^,;\n]+))?"
)


def name_of(text: str, *, last_first: bool = False) -> dict[str, Any]:
    """The fields of a name in one piece: `Frau Dr. Anna Maria von Berg`, `Berg, Anna`, `Familie Berg`, `Berg GmbH`.

    `last_first`: the last name comes first even where no comma says so. Couples and households keep their words.
    """
    text = checked(" ".join(text.split()))
    if _FIRM.search(text):
        return {"company": text}
    found: dict[str, Any] = {}
    words = text.split(" ")
    if fold(words[0]).rstrip(".") in _HOUSEHOLDS or (_AND & set(words[1:3]) and fold(words[0]) in _ADDRESSED):
        return {"last_name": text}
    if len(words) > 1 and fold(words[0]).rstrip(".") in _ADDRESSED:
        found["salutation"] = salutation(words.pop(0))
    titles = [words.pop(0) for _ in words[:-1] if is_title(words[0])]
    if titles:
        found["academic_title"] = " ".join(titles)
    rest = " ".join(words)
    if "," in rest:
        last, _, first = (part.strip() for part in rest.partition(","))
    elif last_first:
        last, _, first = rest.partition(" ")
    else:
        at = len(words) - 1
        while at > 1 and words[at - 1] in _PARTICLES:
            at -= 1
        first, last = " ".join(words[:at]), " ".join(words[at:])
    return found | {name: part for name, part in (("first_name", first), ("last_name", last)) if part}


def is_title(word: str) -> bool:
    """Whether a word is an academic title, such as `Dr.`, `Dipl.-Ing.` and `h.c.`, or part of one."""
    parts = [part for part in re.split(r"[.-]", fold(word)) if part]
    known = bool(parts) and all(part in _TITLES for part in parts)
    return known and (fold(word) in _WITHOUT_POINT or ("." in word and len(word) > 2))


def salutation_of(text: str) -> tuple[str, str] | None:
    """`mr` or `ms` and the titles behind it, as in `Herr Prof. Dr.`; None for another word."""
    known = salutation(text)
    if known is not None:
        return known, ""
    head, _, titles = text.partition(" ")
    known = salutation(head)
    return (known, titles.strip()) if known and titles and all(map(is_title, titles.split())) else None


def emails_of(
    address: str = "", label: str | None = None, status: EmailStatus | None = None, is_primary: bool = False
) -> list[Email]:
    """The address, or each of several in one text; one that is none is kept, and marked so."""
    texts = _IN_BRACKETS.findall(address)
    if not texts and address.count("@") > 1:
        texts = [part for part in _SEVERAL.split(address) if part]
    elif not texts:
        texts = [address.strip().removeprefix("mailto:")]
    return [
        Email(
            address=text,
            label=label,
            status=status or ("invalid" if email_problem(text) else None),
            is_primary=is_primary,
        )
        for text in texts
        if text
    ]


def phone_numbers(text: str) -> Sequence[str]:
    """The number, or each of several in one text: `030 12345; 0171 23456`."""
    if not _BETWEEN_PHONES.search(text):
        return (text,)
    parts = [part.strip() for part in _BETWEEN_PHONES.split(text)]
    enough = all(sum(char.isdigit() for char in part) >= _SHORTEST_PHONE for part in parts)
    return parts if enough and len(parts) > 1 else (text,)


def phone_of(number: str, kind: PhoneKind = "other", label: str | None = None, is_primary: bool = False) -> Phone:
    """The number as it stands."""
    return Phone(number=number, kind=kind, label=label, is_primary=is_primary)


def address_of(place: str | None, parts: Mapping[str, Any]) -> Address:
    """An address; its kind is what is said of it, else the column's, else home."""
    said = parts.get("kind")
    kind: AddressKind = said if said in _ADDRESS_KINDS else place if place in _ADDRESS_KINDS else "home"  # type: ignore[assignment]
    return Address(**{**parts, "kind": kind})


def place_of(text: str) -> dict[str, str]:
    """Street, ZIP code, city and country out of `Hauptstr. 5, 10115 Berlin`; any other text is a street."""
    found = _PLACE.fullmatch(text)
    return {name: part.strip() for name, part in found.groupdict().items() if part} if found else {"street": text}
