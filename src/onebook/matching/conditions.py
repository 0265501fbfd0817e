"""The conditions of comparison levels, read as Splink writes them and made into Python's, a pair of records at a time.

What is read is the part of SQL that levels are written in: `=`, `>=`, `<=`, `IS [NOT] NULL`, AND, OR, parentheses,
and the functions of `_FUNCTIONS` on columns and constants. A column is called as in Splink, `first_name_l` of the one
record and `first_name_r` of the other. A comparison with nothing does not hold. The functions answer what DuckDB's of
the same names do, which looks at text byte by byte; empty text is nothing (docs/decisions/0018).
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler, Levenshtein

from onebook.errors import Invalid

Condition = Callable[[Any, Any], Any]
"""Asked of two records; only an answer that is true counts."""
_TOKEN = re.compile(r"\s*(?:([A-Za-z_]\w*)|(\d+(?:\.\d+)?)|'([^']*)'|(>=|<=|=|\(|\)|,))")
_COLUMN = re.compile(r"(\w+)_([lr])", re.IGNORECASE)
_SIGNS = {"=": "==", ">=": ">=", "<=": "<="}


def _measured(measure: Callable[[Any, Any], float]) -> Callable[[str, str], float]:
    """DuckDB measures bytes; where all is ASCII, those are the characters."""

    def function(one: str, other: str) -> float:
        if one.isascii() and other.isascii():
            return measure(one, other)
        return measure(one.encode(), other.encode())

    return function


def _has_any(one: Sequence[str], other: Sequence[str]) -> bool:
    for member in one:  # noqa: SIM110 - any() with a generator takes three times as long
        if member in other:
            return True
    return False


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "jaro_winkler_similarity": _measured(JaroWinkler.similarity),
    "levenshtein": _measured(Levenshtein.distance),
    "damerau_levenshtein": _measured(DamerauLevenshtein.distance),
    "list_has_any": _has_any,
}
_PREDICATES = frozenset({"list_has_any"})
"""The functions whose answer is a condition by itself."""


def compile_condition(sql: str) -> Condition:
    """The condition that `sql` says; `ELSE` always holds. Raises Invalid for what is not understood."""
    if sql.strip().upper() == "ELSE":
        return lambda one, other: True
    tokens = _Tokens(sql)
    written = _either(tokens)
    if tokens.kind:
        raise tokens.trouble()
    # A closure for each sign and column takes three times as long, and all a new contact's candidates go through here.
    made = eval(f"lambda l, r: {written}", dict(_FUNCTIONS))  # noqa: S307 - made of columns, constants and _FUNCTIONS only
    return cast(Condition, made)


class _Value(NamedTuple):
    """A value as Python says it, and what must hold for there to be one."""

    written: str
    known: tuple[str, ...]


class _Tokens:
    """The text, a word at a time: `kind` is what the next one is, empty at the end, and `text` how it is written."""

    def __init__(self, sql: str) -> None:
        self._sql, self._at = sql.rstrip(), 0
        self.kind = self.text = ""
        self.take()

    def take(self) -> str:
        """The word, and on to the next."""
        taken = self.text
        if self._at == len(self._sql):
            self.kind = self.text = ""
            return taken
        match = _TOKEN.match(self._sql, self._at)
        if match is None:
            raise self.trouble()
        self.kind = ("name", "number", "text", "sign")[(match.lastindex or 1) - 1]
        self.text = match[match.lastindex or 1]
        self._at = match.end()
        return taken

    def is_word(self, word: str) -> bool:
        """Whether this word comes next; then it is taken."""
        found = self.kind in ("name", "sign") and self.text.upper() == word
        if found:
            self.take()
        return found

    def expect(self, word: str) -> None:
        """This word must come next."""
        if not self.is_word(word):
            raise self.trouble()

    def trouble(self) -> Invalid:
        """What to say where the text makes no sense."""
        return Invalid.at("sql_condition", f"is not understood at character {self._at}: {self._sql}")


def _either(tokens: _Tokens) -> str:
    found = [_both(tokens)]
    while tokens.is_word("OR"):
        found.append(_both(tokens))
    return f"({' or '.join(found)})"


def _both(tokens: _Tokens) -> str:
    found = [_single(tokens)]
    while tokens.is_word("AND"):
        found.append(_single(tokens))
    return " and ".join(found)


def _single(tokens: _Tokens) -> str:
    if tokens.is_word("("):
        inner = _either(tokens)
        tokens.expect(")")
        return inner
    if tokens.kind == "name" and tokens.text.lower() in _PREDICATES:
        return _all(_value(tokens))
    left = _value(tokens)
    if tokens.is_word("IS"):
        known = " and ".join(left.known) or "True"
        if tokens.is_word("NOT"):
            tokens.expect("NULL")
            return f"({known})"
        tokens.expect("NULL")
        return f"not ({known})"
    if tokens.kind != "sign" or tokens.text not in _SIGNS:
        raise tokens.trouble()
    sign = _SIGNS[tokens.take()]
    right = _value(tokens)
    return _all(_Value(f"{left.written} {sign} {right.written}", (*left.known, *right.known)))


def _all(value: _Value) -> str:
    return f"({' and '.join(dict.fromkeys((*value.known, value.written)))})"


def _value(tokens: _Tokens) -> _Value:
    kind, text = tokens.kind, tokens.take()
    if kind == "name" and tokens.is_word("("):
        return _called(text.lower(), tokens)
    if kind in ("number", "text"):
        return _Value(repr(float(text) if kind == "number" else text), ())
    column = _COLUMN.fullmatch(text) if kind == "name" else None
    if column is None or keyword.iskeyword(column[1].lower()) or column[1].startswith("_"):
        raise tokens.trouble()
    read = f"{column[2].lower()}.{column[1].lower()}"
    return _Value(read, (f"{read} is not None",))


def _called(name: str, tokens: _Tokens) -> _Value:
    if name not in _FUNCTIONS:
        raise tokens.trouble()
    left = _value(tokens)
    tokens.expect(",")
    right = _value(tokens)
    tokens.expect(")")
    return _Value(f"{name}({left.written}, {right.written})", (*left.known, *right.known))
