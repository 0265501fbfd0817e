"""Postal addresses in the form they are compared in: one spelling for every way to write a street."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from onebook.model.contact import Address
from onebook.model.normal import fold

_LONGEST = 200
"""Of a longer text the beginning is compared."""
_WORD = re.compile(r"[a-z]+|\d+")
_NUMBER = re.compile(r"(\d+)\s*([a-z]\b)?")
_FLAT = re.compile(
    r"\b(?:lgh|int|interior|depto|departamento|piso|og|eg|whg|wohnung|apt|app|tr|unit|flat|c/o|hinterhaus)\b.*"
)
_GENERIC = frozenset(
    "calle c av avda avenida ave calz calzada blvd boulevard priv privada cda cerrada prol no num nr".split()
)
"""Words before a Spanish street's name that are as often left out, and the number's own."""
_ENDINGS = {"strasse": "str", "street": "str", "gatan": "g", "gata": "g", "vagen": "v", "vag": "v", "platz": "pl"}
_ENDING = re.compile(f"({'|'.join(_ENDINGS)})$")


class Place(NamedTuple):
    """One address: the street's letters, the number of the house, its letter with it, and the postal code's digits."""

    street: str
    number: str
    zip: str


def place(address: Address) -> Place | None:
    """The compared form of `address`; None where neither a street nor a postal code is given."""
    street, house_number, zip_code = address.street or "", address.house_number or "", address.zip or ""
    number = _house(house_number[:_LONGEST]) if house_number else None
    letters, last = _street(street[:_LONGEST], number is None)
    code = zip_code[:_LONGEST]
    code = code if code.isdigit() else "".join(char for char in code if char.isdigit())
    return Place(letters, last if number is None else number, code) if letters or code else None


@lru_cache(maxsize=65536)
def _street(text: str, with_number: bool) -> tuple[str, str]:
    """A street's letters and the number of the house; the last number in `text` is it where `with_number` says so."""
    text = _FLAT.sub("", fold(text))
    numbers = list(_NUMBER.finditer(text)) if with_number else []
    if not numbers:
        return street_letters(text), ""
    return street_letters(f"{text[: numbers[-1].start()]} {text[numbers[-1].end() :]}"), _written(numbers[-1])


@lru_cache(maxsize=65536)
def _house(text: str) -> str | None:
    """The number of a house that stands by itself; None where there is none in `text`."""
    found = _NUMBER.search(fold(text))
    return _written(found) if found else None


def _written(number: re.Match[str]) -> str:
    return f"{number[1].lstrip('0')}{number[2] or ''}"


def street_letters(text: str) -> str:
    """The street's letters and figures in one piece: `Haupt-Straße`, `Hauptstr.` → `hauptstr`."""
    found = _WORD.findall(text)
    named = [word for word in found if word not in _GENERIC] or found
    letters = "".join(named)
    return _ENDING.sub(lambda ending: _ENDINGS[ending[0]] if ending.start() else ending[0], letters)
