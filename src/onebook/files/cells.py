"""What a cell says: dates, numbers, yes and no in four languages. A reader raises ValueError saying what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from onebook.model.contact import ConsentStatus, EmailStatus, Matching, PhoneKind
from onebook.model.normal import fold

LONGEST = 64 * 1024
"""Bytes of one value, as everywhere in the book."""
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})")
_ISO_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_CLOCK = re.compile(r"(.*?)[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])\.?[Mm]\.?)?")
_SERIAL = re.compile(r"[1-9]\d{4}(?:[.,]\d+)?", re.ASCII)
_FIRST_DAY = date(1899, 12, 30)
"""Day 0 of spreadsheets; day 10,000 is in 1927."""
_NAMED_DAY = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[.,]?[ -]?(?:de )?(?P<month>[a-z]{3,10})\.?,?[ -]?(?:de )?(?P<year>\d{4}|\d{2})"
)
_NAMED_MONTH = re.compile(r"(?P<month>[a-z]{3,10})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})")
_MONTHS = {
    word: number
    for number, words in enumerate(
        "jan ene,feb,mar mrz,apr abr,mai may maj,jun,jul,aug ago,sep,okt oct,nov,dez dec dic".split(","), 1
    )
    for word in words.split()
}
"""By how their names begin in German, Swedish, Spanish and English, folded."""
_SPREADSHEET_NUMBER = re.compile(r"\d[.,]\d+E\+?\d+", re.IGNORECASE)
YES = frozenset(fold("1 true yes y ja j si s x wahr sant verdadero vrai on \u2713 \u2714").split())
NO = frozenset(fold("0 false no n nein nej falsch falskt falso off -").split())
SALUTATIONS = {
    **dict.fromkeys("herr herrn mr mister m hr sr senor don male mannlich man hombre masculino mann".split(), "mr"),
    **dict.fromkeys(
        "frau fr ms mrs miss sra senora srta senorita dona fru froken female weiblich w f kvinna mujer"
        " femenino".split(),
        "ms",
    ),
}
KINDS = {
    **dict.fromkeys("person privat privatperson persona fisica individual natural".split(), "person"),
    **dict.fromkeys(
        "company firma unternehmen organisation foretag bolag empresa sociedad business org".split(), "company"
    ),
    **dict.fromkeys("estate nachlass erbengemeinschaft dodsbo herencia sucesion".split(), "estate"),
}
_COUNTRIES = {
    "DE": "deutschland germany tyskland alemania allemagne d brd",
    "AT": "osterreich austria osterrike a",
    "CH": "schweiz switzerland suiza suisse svizzera",
    "LI": "liechtenstein",
    "LU": "luxemburg luxembourg luxemburgo",
    "SE": "schweden sweden sverige suecia",
    "NO": "norwegen norway norge noruega",
    "DK": "danemark denmark danmark dinamarca",
    "FI": "finnland finland finlandia suomi",
    "ES": "spanien spain espana",
    "MX": "mexiko mexico",
    "PT": "portugal",
    "FR": "frankreich france frankrike francia",
    "IT": "italien italy italia",
    "NL": "niederlande netherlands nederlanderna nederland paisesbajos holland",
    "BE": "belgien belgium belgica",
    "PL": "polen poland polonia",
    "CZ": "tschechien czechia tjeckien chequia",
    "GB": "grossbritannien vereinigteskonigreich unitedkingdom storbritannien reinounido england uk",
    "US": "usa vereinigtestaaten unitedstates estadosunidos",
}
_BY_COUNTRY = {fold(name): code for code, names in _COUNTRIES.items() for name in names.split()}
_TWO_DIGITS = 100
_NEXT_CENTURY = 30
"""Two digits of a year up to this one are of this century."""


def is_harmless(text: str) -> bool:
    """Whether no part of `text` is refused by `checked`."""
    return len(text) * 4 <= LONGEST and not _FORBIDDEN.search(text)


def checked(text: str) -> str:
    """`text`, where a value may be it."""
    if _FORBIDDEN.search(text):
        raise ValueError("has a control character, a NUL or half a surrogate pair")
    if len(text) * 4 > LONGEST and len(text.encode()) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} bytes")
    return text


def integer(text: str) -> int:
    """A whole number of at most 18 digits; a spreadsheet's `3.0` and `3,0` are ones."""
    match = re.fullmatch(r"([+-]?\d{1,18})(?:[.,]0+)?", text, re.ASCII)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no whole number")
    return int(match[1])


def number(text: str) -> float:
    """A number with a decimal point or comma."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no number") from None
    if not -1e308 < value < 1e308:
        raise ValueError(f"{text[:40]!r} is no finite number")
    return value


def flag(text: str) -> bool:
    """Yes or no."""
    word = fold(text)
    if word in YES or word in NO:
        return word in YES
    raise ValueError(f"{text[:40]!r} is neither yes nor no")


def day(text: str, *, month_first: bool = False) -> date:
    """A date: ISO 8601; day, month, year, or with the month's name; or a spreadsheet's count of days.

    Of `1/2/2024` the month is first where `month_first` says so, else where the second number can be no month.
    """
    iso = _ISO_DAY.match(text)
    other = None if iso else _DAY.match(text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if other:
            first, second, year = int(other[1]), int(other[2]), _year(other[3])
            turned = month_first and "/" in text and first <= 12
            return date(year, first, second) if turned or second > 12 >= first else date(year, second, first)
        if re.fullmatch(r"\d{8}", text, re.ASCII):
            return date.fromisoformat(text)
        if _SERIAL.fullmatch(text):
            return _FIRST_DAY + timedelta(days=int(text[:5]))
        named = _NAMED_DAY.fullmatch(fold(text)) or _NAMED_MONTH.fullmatch(fold(text))
        if named and (month := _MONTHS.get(named["month"][:3])):
            return date(_year(named["year"]), month, int(named["day"]))
    except ValueError:
        pass
    raise ValueError(f"{text[:40]!r} is no date")


def _year(text: str) -> int:
    year = int(text)
    return year + (2000 if year <= _NEXT_CENTURY else 1900) if year < _TWO_DIGITS else year


def moment(text: str, zone: ZoneInfo, *, month_first: bool = False) -> datetime:
    """A moment in UTC: ISO 8601, or a date as `day` reads it with a time of day; without a zone it means `zone`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = _loose_moment(text, month_first=month_first)
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text[:40]!r} is no moment") from None


def _loose_moment(text: str, *, month_first: bool) -> datetime:
    if _SERIAL.fullmatch(text) and len(text) > 5:
        seconds = round(float(text.replace(",", ".")) % 1 * 86_400)
        return datetime.combine(day(text), time()) + timedelta(seconds=seconds)
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return datetime.combine(day(text, month_first=month_first), time())
    found, hour = day(clock[1], month_first=month_first), int(clock[2])
    if clock[5]:
        hour = hour % 12 + (12 if clock[5] in "pP" else 0)
    return datetime.combine(found, time(hour, int(clock[3]), int(clock[4] or 0)))


def phone_text(text: str) -> str:
    """A telephone number as it stands, without an apostrophe before its digits; one that was rounded is none."""
    if "E" in text.upper() and _SPREADSHEET_NUMBER.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is a number that a spreadsheet has rounded: make it text there")
    return digits_text(text)


def digits_text(text: str) -> str:
    """A text without the apostrophe that kept a spreadsheet from taking its digits for a number."""
    return checked(text[1:] if text[0] == "'" and text[1:2].isdigit() else text)


def country(text: str) -> str:
    """ISO 3166-1 alpha-2 where the country is known, else the text."""
    if len(text) == 2 and text.isascii() and text.isalpha():
        return text.upper()
    return _BY_COUNTRY.get("".join(fold(text).split()), text)


def salutation(text: str) -> str | None:
    """`mr` or `ms`; None for another word."""
    return SALUTATIONS.get(fold(text).rstrip("."))


def kind(text: str) -> str:
    """Person, company or estate."""
    found = KINDS.get(fold(text))
    if found is None:
        raise ValueError(f"{text[:40]!r} is none of person, company, estate")
    return found


def one_of(literal: Any) -> Callable[[str], str]:
    """A reader for one of a literal type's words."""
    words = get_args(literal)

    def read(text: str) -> str:
        if text in words:
            return text
        raise ValueError(f"{text[:40]!r} is none of {', '.join(words)}")

    return read


def rating(text: str) -> int:
    """Nothing to three stars."""
    value = integer(text)
    if not 0 <= value <= 3:
        raise ValueError(f"{value} is not from 0 to 3")
    return value


READERS: Mapping[str, Callable[[str], Any]] = {
    "kind": kind,
    "rating": rating,
    "integer": integer,
    "number": number,
    "flag": flag,
    "day": day,
    "consent": one_of(ConsentStatus),
    "matching": one_of(Matching),
    "email_status": one_of(EmailStatus),
    "phone_kind": one_of(PhoneKind),
    "country": country,
    "digits": digits_text,
    "phone": phone_text,
}
"""How cells are read that need no more than their text."""
