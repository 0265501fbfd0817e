"""Swedish identity numbers, which are written with the century and without: `19800101-1234`, `800101-1234`."""

from __future__ import annotations

from onebook.model.normal import number_key

CENTURIES = ("19", "20")
_WITH_CENTURY = 12


def spellings(number: str) -> list[str]:
    """The forms in which `number` may be kept, compared as keys are; none for a text without letters and digits."""
    key = number_key(number)
    if not key.isdigit():
        return [key] if key else []
    if len(key) == _WITH_CENTURY and key.startswith(CENTURIES):
        return [key, key[2:]]
    return [key, *(century + key for century in CENTURIES)] if len(key) == _WITH_CENTURY - 2 else [key]


def beginnings(text: str) -> list[str]:
    """The forms in which a number that begins with `text` may begin."""
    key = number_key(text)
    if not key.isdigit():
        return [key] if key else []
    return [key, *(century + key for century in CENTURIES), *([key[2:]] if key.startswith(CENTURIES) else [])]
