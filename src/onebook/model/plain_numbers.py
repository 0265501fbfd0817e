"""Telephone numbers of the plainest forms, read as phonenumbers reads them at a tenth of what that takes.

The library looks for extensions, letters, second numbers and old carriers' codes in every number. Where a text has
nothing but digits and what divides them, and its country's plan is simple, only two of its steps are left: to take off
the zero before a national number, and to look whether so many digits are possible.
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
    """How the numbers of one country are written; `trunk` is the zero before them, empty where there is none."""

    code: str
    trunk: str
    lengths: frozenset[int]
    national: re.Pattern[str]


@cache
def _plan(country: str) -> _Plan | None:
    """The country's plan, where it is a simple one."""
    found = PhoneMetadata.metadata_for_region(country, None) if country.isupper() else None
    if found is None or found.general_desc is None or found.country_code is None:
        return None
    if region_code_for_country_code(found.country_code) != country:
        return None
    trunk = found.national_prefix_for_parsing or ""
    if trunk not in ("", "0") or found.international_prefix != "00" or found.national_prefix_transform_rule:
        return None
    lengths = frozenset(found.general_desc.possible_length)
    return _Plan(str(found.country_code), trunk, lengths, re.compile(found.general_desc.national_number_pattern or ""))


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
    else:
        plan, national = _plan(country), digits
        if plan is None or digits.startswith(plan.code):
            return None
        if plan.trunk and digits.startswith(plan.trunk):
            national = digits[1:]
            if not plan.national.fullmatch(national):
                return None
    if plan is None or len(national) not in plan.lengths or national.startswith("0"):
        return None
    return f"+{plan.code}{national}", national


_CODES = frozenset(str(code) for code in COUNTRY_CODE_TO_REGION_CODE)
