"""Telephone numbers of the plainest forms, read as phonenumbers reads them at a tenth of what that takes.

The library looks for extensions, letters, second numbers and old carriers' codes in every number. Where a text has
nothing but digits and what divides them, and its country's plan is simple or the country's code is said, only two of
its steps are left: to take off the zero before a national number, and to look whether so many digits are possible.
"""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, region_code_for_country_code

_PLAIN = re.compile(r"\(?(\+)?\d[\d ()/.\-]{0,40}", re.ASCII)
_NO_DIGITS = str.maketrans("", "", "+ ()/.-")
_LONGEST_CODE = 3


class _Plan(Struct, frozen=True):
    """How the numbers of one country are written; `trunk` is the zero before them, empty where there is none.

    `trunk` is None where it is more than that, `prefix` all that the library takes off before a national number.
    """

    code: str
    trunk: str | None
    prefix: re.Pattern[str] | None
    lengths: frozenset[int]
    national: re.Pattern[str]


@cache
def _plan(country: str) -> _Plan | None:
    """The country's plan; None for no country, and for one that shares its code and is not the first that has it."""
    found = PhoneMetadata.metadata_for_region(country, None) if country.isupper() else None
    if found is None or found.general_desc is None or found.country_code is None:
        return None
    if region_code_for_country_code(found.country_code) != country:
        return None
    prefix = found.national_prefix_for_parsing or ""
    is_simple = prefix in ("", "0") and found.international_prefix == "00" and not found.national_prefix_transform_rule
    return _Plan(
        str(found.country_code),
        prefix if is_simple else None,
        re.compile(prefix) if prefix else None,
        frozenset(found.general_desc.possible_length),
        re.compile(found.general_desc.national_number_pattern or ""),
    )


@cache
def _plan_of_code(code: str) -> _Plan | None:
    return _plan(region_code_for_country_code(int(code)))


def read_plain(text: str, country: str) -> tuple[str, str] | None:
    """`text` in E.164 and its national digits; None where the library must be asked."""
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    digits = text.translate(_NO_DIGITS)
    if match[1]:
        code = next((digits[:n] for n in range(1, _LONGEST_CODE + 1) if digits[:n] in _CODES), "")
        plan = _plan_of_code(code) if code else None
        national = digits[len(code) :]
        if plan is None or (plan.prefix is not None and plan.prefix.match(national)):
            return None
    else:
        plan, national = _plan(country), digits
        if plan is None or plan.trunk is None or digits.startswith(plan.code):
            return None
        if plan.trunk and digits.startswith(plan.trunk):
            national = digits[1:]
            # The library leaves the zero where only with it the number is one of the country's.
            if plan.national.fullmatch(digits) and not plan.national.fullmatch(national):
                return None
    if len(national) not in plan.lengths or national.startswith("0"):
        return None
    return f"+{plan.code}{national}", national


_CODES = frozenset(str(code) for code in COUNTRY_CODE_TO_REGION_CODE)
