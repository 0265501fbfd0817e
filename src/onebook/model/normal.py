"""Text, phone numbers and e-mail addresses in the form they are compared in. Nothing here is ever shown."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import email_validator
import phonenumbers
from email_validator import EmailNotValidError, validate_email

from onebook.model.plain_numbers import read_plain

_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"})
_DIGRAPHS = re.compile("ae|oe|ue|aa")
_CALLING_CODES = frozenset(str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
_NO_DIGIT = re.compile(r"\D+")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,58}[a-zA-Z0-9])?"
_PLAIN_EMAIL = re.compile(
    rf"(?=.{{1,64}}@)[a-zA-Z0-9_+]+(?:[.-][a-zA-Z0-9_+]+){{0,8}}@(?:{_LABEL}\.){{1,8}}[a-zA-Z]{{2,20}}"
)
# Names like .local or .test are no less syntax for being used inside only.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
_PHONE_TEXT = re.compile(r"[\s\d+()/.\-\u2010-\u2015]+")


def plain(text: str) -> str:
    """Lower case, accents off, single spaces: `Åsa  Strøm` → `asa strom`. `Mueller` stays `mueller`."""
    if text.isascii():
        return " ".join(text.lower().split())
    lowered = text.casefold().translate(_LETTERS)
    stripped = "".join(char for char in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(char))
    return " ".join(stripped.lower().split())


def fold(text: str) -> str:
    """`plain`, and the two-letter spellings of umlauts too: `Müller`, `Mueller` and `Muller` are all `muller`."""
    return _DIGRAPHS.sub(lambda match: match[0][0], plain(text))


def fold_plain(word: str) -> str:
    """`fold` of a word that is plain already."""
    return _DIGRAPHS.sub(lambda match: match[0][0], word) if word.isascii() else fold(word)


def searchable(texts: list[str]) -> str:
    """All of `texts` as they are searched: each word plain and, where that differs, folded; no word twice."""
    words: dict[str, None] = {}
    for text in texts:
        for word in plain(text).split():
            words[word] = None
            words[_DIGRAPHS.sub(lambda match: match[0][0], word)] = None
    return " ".join(words)


def email_key(address: str) -> str:
    """The form two spellings of one address share; empty for an empty one."""
    return unicodedata.normalize("NFC", address).strip().casefold()


def email_problem(address: str) -> str | None:
    """What is wrong with the syntax of `address`; None when nothing is. Never asks the network.

    Nearly every address is of the plainest form, which the library takes 90 µs to agree to; only others reach it.
    """
    if _PLAIN_EMAIL.fullmatch(address) and "--" not in address and len(address) <= 254:
        return None
    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        return str(error)
    return None


def phone_e164(number: str, country: str) -> str | None:
    """`number` in E.164, read as somebody in `country` (ISO 3166-1 alpha-2) writes it; None when it is none.

    A leading space is a plus sign that an URL lost. Extensions are not part of the number.
    """
    parsed = _parsed(number, country)
    return parsed[0] if parsed else None


@lru_cache(maxsize=65536)
def _parsed(number: str, country: str) -> tuple[str, str] | None:
    """`number` in E.164, and its national digits without zeros in front."""
    text = "+" + number.strip() if number.startswith(" ") and number.strip()[:1] not in ("+", "0", "") else number
    if (found := read_plain(text, country)) is not None:
        return found
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return e164, phonenumbers.national_significant_number(parsed).lstrip("0")


def digits_of_e164(e164: str) -> str:
    """The national digits of a number in E.164: those of `phone_keys`, at a fiftieth of what parsing costs."""
    for length in (3, 4, 2):
        if e164[1:length] in _CALLING_CODES:
            return e164[length:].lstrip("0")
    return e164[1:]


def national_digits(number: str) -> str:
    """The digits of `number` with no leading zeros: what is left when nobody knows the country."""
    return _NO_DIGIT.sub("", number).lstrip("0")


def phone_keys(number: str, country: str) -> tuple[str, ...]:
    """Every key that `number` is found under: E.164, and national digits; none for a text without digits."""
    parsed = _parsed(number, country)
    if parsed is not None:
        return parsed if parsed[1] else parsed[:1]
    digits = national_digits(number)
    return (digits,) if digits else ()


def looks_like_phone(text: str) -> bool:
    """Whether `text` is nothing but what phone numbers are written with, with three digits at least."""
    return bool(_PHONE_TEXT.fullmatch(text)) and sum(char.isdigit() for char in text) >= 3


def phone_piece(text: str) -> str:
    """The digits to look for when `text` is part of a number in any spelling: no `00`, `+`, `(0)`, no signs."""
    digits = _NO_DIGIT.sub("", _TRUNK_ZERO.sub("", text))
    return digits[2:] if digits.startswith("00") and len(digits) > 4 else digits


def number_key(text: str) -> str:
    """An identity or company number as it is compared: letters and digits only, upper case."""
    return "".join(char for char in text.upper() if char.isalnum())
