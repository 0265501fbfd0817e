"""How a word sounds, as letters: one rough spelling that German, Swedish and Spanish ways of writing it share."""

from __future__ import annotations

import re
from functools import lru_cache

_LONGEST = 8
_CLUSTERS: tuple[tuple[str, str], ...] = (
    ("chr", "kr"),
    ("tsch|sch|skj|stj|sj|sh|tz|ts|cz|dz|z", "s"),
    ("c(?=[eiy])", "s"),
    ("qu", "kv"),
    ("ck|q|ch|c", "k"),
    (r"\Ax|g(?=[eiy])", "j"),
    ("x", "ks"),
    ("ph|pf", "f"),
    ("th|dt", "t"),
)
_CLUSTER = re.compile("|".join(f"({letters})" for letters, _ in _CLUSTERS))
_CLASSES = str.maketrans("bfvwdgqy", "pppptkkj")
_UNHEARD = str.maketrans("", "", "aeiouhj")
_NO_LETTER = re.compile(r"[^a-z]")
_DOUBLED = re.compile(r"(.)\1+")


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """The sound of one folded word, at most 8 letters; empty for a word without letters a to z.

    A vowel at the beginning is `a`, whichever it is, and one further on is not heard: `meyer`, `maier` and `mayr`
    sound the same, and so do `schmidt` and `schmitt`, `carlsson` and `karlson`, `hernandez` and `ernandes`.
    """
    letters = _NO_LETTER.sub("", word)
    if not letters:
        return ""
    heard = _CLUSTER.sub(_told, letters).translate(_CLASSES)
    first = "a" if heard[0] in "aeiouh" else heard[0]
    return _DOUBLED.sub(r"\1", first + heard[1:].translate(_UNHEARD))[:_LONGEST]


def _told(match: re.Match[str]) -> str:
    return _CLUSTERS[(match.lastindex or 1) - 1][1]
