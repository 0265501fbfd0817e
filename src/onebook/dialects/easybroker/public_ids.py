"""The public numbers of properties: `EB-` and six characters of A-Z and 0-9."""

from __future__ import annotations

import string

from onebook.model.property import Property

_DIGITS = string.digits + string.ascii_uppercase
_PREFIX = "EB-"
_WIDTH = 6


def public_id(prop: Property) -> str:
    """The property's public number; one that was given none shows its id, in base 36."""
    if prop.reference:
        return prop.reference
    number, text = prop.id, ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return _PREFIX + text.rjust(_WIDTH, "0")


def own_number(public: str) -> int | None:
    """The id that `public_id` shows so; None for what shows no id."""
    digits = public.removeprefix(_PREFIX)
    if len(public) != len(_PREFIX) + _WIDTH or len(digits) != _WIDTH or any(digit not in _DIGITS for digit in digits):
        return None
    return int(digits, 36)


def new_public_id(token: str) -> str:
    """`EB-` and six characters of A-Z and 0-9 out of a random text that has as many of them."""
    return _PREFIX + "".join(char for char in token.upper() if char in _DIGITS)[:_WIDTH]
