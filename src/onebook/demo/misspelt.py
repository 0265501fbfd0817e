"""How the same name, number or address is written differently, on purpose and by mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

_DIGRAPHS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa"}
)
_BARE = str.maketrans("äöüåÄÖÜÅáéíóúñÁÉÍÓÚÑşğıŞ", "aouaAOUAaeiounAEIOUNsgiS", "")
_KEYS = ("qwertzuiop", "asdfghjkl", "yxcvbnm")
_ALIKE = (
    ("ei", "ai"),
    ("ey", "ei"),
    ("ph", "f"),
    ("th", "t"),
    ("ck", "k"),
    ("tz", "z"),
    ("ss", "s"),
    ("nn", "n"),
    ("ll", "l"),
    ("mm", "m"),
    ("dt", "t"),
    ("z", "s"),
    ("c", "k"),
    ("v", "w"),
    ("qu", "kv"),
    ("y", "i"),
    ("h", ""),
)


def typing_error(random: Random, text: str) -> str:
    """One letter left out, doubled, swapped with the next or replaced by its neighbour on the keyboard."""
    places = [index for index, char in enumerate(text) if char.isalnum()]
    if len(places) < 3:
        return text
    index = places[1 + int(random.random() * (len(places) - 1))]
    kind = int(random.random() * 4)
    if kind == 0:
        return text[:index] + text[index + 1 :]
    if kind == 1:
        return text[:index] + text[index] + text[index:]
    if kind == 2 and index + 1 < len(text):
        return text[:index] + text[index + 1] + text[index] + text[index + 2 :]
    return text[:index] + _neighbour(random, text[index]) + text[index + 1 :]


def _neighbour(random: Random, char: str) -> str:
    if char.isdigit():
        return str((int(char) + 1 + int(random.random() * 8)) % 10)
    for row in _KEYS:
        at = row.find(char.lower())
        if at >= 0:
            return row[at - 1] if at and random.random() < 0.5 else row[min(at + 1, len(row) - 1)]
    return "e"


def misheard(random: Random, text: str) -> str:
    """Written as it sounds: `Meyer` → `Meier`, `Schmidt` → `Schmit`."""
    fitting = [(old, new) for old, new in _ALIKE if old in text[1:]]
    if not fitting:
        return typing_error(random, text)
    old, new = fitting[int(random.random() * len(fitting))]
    return text[0] + text[1:].replace(old, new, 1)


def without_umlauts(random: Random, text: str) -> str:
    """`Müller` → `Mueller` or `Muller`."""
    return text.translate(_DIGRAPHS if random.random() < 0.5 else _BARE)


def another_case(random: Random, text: str) -> str:
    """All in capitals, or none."""
    return text.upper() if random.random() < 0.5 else text.lower()


def phone_spelling(random: Random, number: str, calling_code: str) -> str:
    """`number` is national digits without the leading zero; one of six ways to write it."""
    head, tail = number[:3], number[3:]
    zero = "" if calling_code == "52" else "0"
    spellings: Sequence[Callable[[], str]] = (
        lambda: f"+{calling_code} {head} {tail}",
        lambda: f"+{calling_code}{number}",
        lambda: f"00{calling_code}{number}",
        lambda: f"{zero}{head} {tail}",
        lambda: f"{zero}{head}/{tail[:3]} {tail[3:]}",
        lambda: f"{zero}{head}-{tail[:2]}-{tail[2:]}",
    )
    return spellings[int(random.random() * len(spellings))]()


_STREETS = (
    (r"straße$", ("str.", "strasse", "straße", " Str.")),
    (r"str\.$", ("str.", "straße", "strasse")),
    (r"gatan$", ("gatan", "gatan", "g.")),
    (r"vägen$", ("vägen", "vägen", "v.")),
    (r"^Av\. ", ("Av. ", "Avenida ", "Av ")),
    (r"^Calle ", ("Calle ", "C. ", "")),
    (r"^Blvd\. ", ("Blvd. ", "Boulevard ")),
)


def street_spelling(random: Random, street: str) -> str:
    """The street with its kind written out, abbreviated or left out, as custom has it."""
    for pattern, spellings in _STREETS:
        if re.search(pattern, street):
            return re.sub(pattern, spellings[int(random.random() * len(spellings))], street)
    return street
