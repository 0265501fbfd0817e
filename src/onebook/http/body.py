"""A request's body, read once and strictly: what passes here can be stored on every database."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from onebook.errors import Invalid, Malformed

MAX_NESTING = 32
MAX_TEXT = 64 * 1024
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_decoder = msgspec.json.Decoder()


def read_json(raw: bytes) -> Any:
    """JSON as plain values; None for an empty body.

    Raises Malformed for what is no JSON (a byte order mark is taken), and Invalid, naming the path, for text with a
    NUL, a lone surrogate or a control character, text over 64 KiB, numbers past 64 bits and nesting past 32.
    """
    value = parse_json(raw)
    check_value(value)
    return value


def parse_json(raw: bytes) -> Any:
    """`read_json` for who looks at the values himself, part by part, with `check_value`."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if not raw.strip():
        return None
    try:
        value = _decoder.decode(raw)
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise Malformed.at("", f"the body is not valid JSON: {error}", "malformed") from None
    return value


def check_value(value: Any, path: str = "", depth: int = 1) -> None:
    """Raise Invalid for the first text or number in `value` that no field may hold; dict keys count as text."""
    if depth > MAX_NESTING and isinstance(value, dict | list):
        raise _too_deep()
    if isinstance(value, str):
        check_text(value, path)
    elif isinstance(value, dict):
        for key, member in value.items():
            check_text(key, path)
            check_value(member, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            check_value(member, f"{path}.{index}" if path else str(index), depth + 1)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise Invalid.at(path, "is a number past 64 bits", "too_large")
    elif isinstance(value, float) and not -1e308 < value < 1e308:
        raise Invalid.at(path, "is no finite number", "too_large")


def _too_deep() -> Invalid:
    return Invalid.at("", f"the body is nested more than {MAX_NESTING} deep", "too_deep")


def check_text(text: str, path: str) -> None:
    """Raise Invalid where `text` is over 64 KiB of UTF-8 or has a character that no text may have."""
    if _FORBIDDEN.search(text):
        raise Invalid.at(path, "has a control character, a NUL or half a surrogate pair", "bad_text")
    if len(text) > MAX_TEXT or (len(text) * 4 > MAX_TEXT and len(text.encode()) > MAX_TEXT):
        raise Invalid.at(path, f"is longer than {MAX_TEXT} bytes", "too_long")
