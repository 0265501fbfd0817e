"""The conditions of comparison levels, read as Splink writes them and run here, a pair of records at a time.

What is read is the part of SQL that levels are written in: `=`, `>=`, `<=`, `IS [NOT] NULL`, AND, OR, parentheses,
and the functions of `_FUNCTIONS`. A column is called as in Splink, `first_name_l` of the one record and `first_name_r`
of the other. A comparison with nothing does not hold. The functions answer what DuckDB's of the same names do, which
looks at text byte by byte; empty text is nothing (docs/decisions/0011).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler, Levenshtein

from onebook.errors import Invalid

Condition = Callable[[Any, Any], Any]
"""Asked of two records; only an answer that is true counts."""
_TOKEN = re.compile(r"\s*(?:([A-Za-z_]\w*)|(\d+(?:\.\d+)?)|'([^']*)'|(>=|<=|=|\(|\)|,))")
_COLUMN = re.compile(r"(\w+)_([lr])", re.IGNORECASE)
_SIGNS = {"=": operator.eq, ">=": operator.ge, "<=": operator.le}


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
    condition = _either(tokens)
    if tokens.kind:
        raise tokens.trouble()
    return condition


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


def _either(tokens: _Tokens) -> Condition:
    found = _both(tokens)
    while tokens.is_word("OR"):
        found = _or(found, _both(tokens))
    return found


def _or(first: Condition, second: Condition) -> Condition:
    return lambda one, other: first(one, other) or second(one, other)


def _both(tokens: _Tokens) -> Condition:
    found = _single(tokens)
    while tokens.is_word("AND"):
        found = _and(found, _single(tokens))
    return found


def _and(first: Condition, second: Condition) -> Condition:
    return lambda one, other: first(one, other) and second(one, other)


def _single(tokens: _Tokens) -> Condition:
    if tokens.is_word("("):
        inner = _either(tokens)
        tokens.expect(")")
        return inner
    if tokens.kind == "name" and tokens.text.lower() in _PREDICATES:
        return _value(tokens)
    left = _value(tokens)
    if tokens.is_word("IS"):
        wanted = not tokens.is_word("NOT")
        tokens.expect("NULL")
        return lambda one, other: (left(one, other) is None) is wanted
    if tokens.kind != "sign" or tokens.text not in _SIGNS:
        raise tokens.trouble()
    return _compared(left, _SIGNS[tokens.take()], _value(tokens))


def _compared(left: Condition, holds: Callable[[Any, Any], bool], right: Condition) -> Condition:
    def compared(one: Any, other: Any) -> bool:
        first = left(one, other)
        if first is None:
            return False
        second = right(one, other)
        return second is not None and holds(first, second)

    return compared


def _value(tokens: _Tokens) -> Condition:
    kind, text = tokens.kind, tokens.take()
    if kind in ("number", "text"):
        constant = float(text) if kind == "number" else text
        return lambda one, other: constant
    if kind == "name" and tokens.is_word("("):
        return _called(text, tokens)
    column = _COLUMN.fullmatch(text) if kind == "name" else None
    if column is None:
        raise tokens.trouble()
    read = operator.attrgetter(column[1].lower())
    return (lambda one, other: read(one)) if column[2].lower() == "l" else (lambda one, other: read(other))


def _called(name: str, tokens: _Tokens) -> Condition:
    function = _FUNCTIONS.get(name.lower())
    if function is None:
        raise tokens.trouble()
    left = _value(tokens)
    tokens.expect(",")
    right = _value(tokens)
    tokens.expect(")")

    def called(one: Any, other: Any) -> Any:
        first = left(one, other)
        if first is None:
            return None
        second = right(one, other)
        return None if second is None else function(first, second)

    return called
