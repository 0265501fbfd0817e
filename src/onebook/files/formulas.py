"""Values that a spreadsheet would take for formulas, made harmless, and back: `=1+1` is written `'=1+1`.

An apostrophe in front is how spreadsheets mark text. What has one already, before such a sign, gets another, so that
reading takes away exactly what writing put there.
"""

from __future__ import annotations

import re

_DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[\d ()/.\-]+", re.ASCII)


def defused(text: str) -> str:
    """`text` as no spreadsheet computes it."""
    return f"'{text}" if text and _DANGEROUS.match(text) else text


def defused_typed(text: str) -> str:
    """The same for a cell that says of itself that it is text: a phone number may begin with its plus there."""
    return text if _NUMBER.fullmatch(text) else defused(text)


def restored(text: str) -> str:
    """What `defused` and `defused_typed` were given; a spreadsheet's own apostrophe goes as well."""
    return text[1:] if text.startswith("'") and _DEFUSED.match(text) else text
