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
    texts = (text[:_LONGEST] if text else "" for text in (address.street, address.house_number, address.zip))
    return _place(*texts)


@lru_cache(maxsize=65536)
def _place(street: str, house_number: str, zip_code: str) -> Place | None:
    text = _FLAT.sub("", fold(street))
    given = _NUMBER.search(fold(house_number))
    if given is None:
        numbers = list(_NUMBER.finditer(text))
        given = numbers[-1] if numbers else None
        if given is not None:
            text = text[: given.start()] + " " + text[given.end() :]
    number = f"{given[1].lstrip('0')}{given[2] or ''}" if given else ""
    code = "".join(char for char in zip_code if char.isdigit())
    letters = street_letters(text)
    return Place(letters, number, code) if letters or code else None


def street_letters(text: str) -> str:
    """The street's letters and figures in one piece: `Haupt-Straße`, `Hauptstr.` → `hauptstr`."""
    found = _WORD.findall(text)
    named = [word for word in found if word not in _GENERIC] or found
    letters = "".join(named)
    return _ENDING.sub(lambda ending: _ENDINGS[ending[0]] if ending.start() else ending[0], letters)
