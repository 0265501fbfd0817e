"""Filters of every table but the contacts' by any field under its name, by custom fields and words: no keys, but tests.

A text is compared whatever its case and accents, a whole number with several, a list by whether it has the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from msgspec import inspect

from onebook.dialects.native.collections import Collection
from onebook.dialects.native.fields import bare, members
from onebook.dialects.native.filters import FLAG, INTEGER, PLAIN, below, few, list_of
from onebook.errors import Invalid
from onebook.http.params import Params
from onebook.http.route import Param, Schema
from onebook.model.account import Record
from onebook.model.custom import custom_value
from onebook.model.normal import fold, plain
from onebook.service.record_checks import ENTITIES
from onebook.service.record_walk import Test
from onebook.service.session import View

_KEPT = frozenset({"id", "version", "created_at", "updated_at", "deleted_at"})
_NO_WORDS = frozenset(
    {"status", "language", "country", "currency", "color", "content_type", "sha256", "timezone", "price_interval"}
)
"""Texts that are codes: `q` does not look into them, filters of their own do."""
_Read = Callable[[Params, str], Any]
_NUMBER: Schema = {"type": "number", "minimum": -1e308, "maximum": 1e308}
_DAY: Schema = {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True)
class FieldFilter:
    """A parameter called like a field: how it is read, None for absent, and whether the field is a list."""

    name: str
    read: _Read
    schema: Schema
    is_list: bool = False


def _text(params: Params, name: str) -> str | None:
    text = params.text(name)
    return plain(text) if text else None


def _integers(params: Params, name: str) -> tuple[int, ...] | None:
    return few(name, params.integers(name))


def _number(params: Params, name: str) -> float | None:
    text = params.text(name)
    try:
        return float(text) if text else None
    except ValueError:
        raise Invalid.at(name, "must be a number", "wrong_type") from None


def _flag(params: Params, name: str) -> bool | None:
    return params.flag(name)


def _day(params: Params, name: str) -> date | None:
    text = params.text(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid.at(name, "must be a date, for example 2024-02-29", "no_date") from None


_READERS: Mapping[type[inspect.Type], tuple[_Read, Schema]] = {
    inspect.StrType: (_text, PLAIN),
    inspect.LiteralType: (_text, PLAIN),
    inspect.IntType: (_integers, list_of(INTEGER)),
    inspect.FloatType: (_number, _NUMBER),
    inspect.UnionType: (_number, _NUMBER),
    inspect.BoolType: (_flag, FLAG),
    inspect.DateType: (_day, _DAY),
}


def field_filters(collection: Collection) -> Iterator[FieldFilter]:
    """A filter for each field of the collection's records that holds one value or a list, and that no key answers."""
    taken = {one.name for one in collection.filters} | _KEPT
    for member in members(collection.record):
        kind, _ = bare(member.type)
        is_list = isinstance(kind, inspect.VarTupleType)
        inner = kind.item_type if isinstance(kind, inspect.VarTupleType) else kind
        if member.name not in taken and type(inner) in _READERS:
            yield FieldFilter(member.name, *_READERS[type(inner)], is_list)


def filter_params(collection: Collection) -> tuple[Param, ...]:
    """The same as parameters of the list, and `q`."""
    found = [Param(one.name, one.schema, text="has this") for one in field_filters(collection)]
    return (*found, Param("q", PLAIN, text="every word stands in some text of it, whatever case and accents"))


def record_tests(collection: Collection, params: Params, view: View) -> list[Test]:
    """What the parameters ask of each record. Raises Invalid naming one whose value is none."""
    tests: list[Test] = []
    for one in field_filters(collection):
        wanted = one.read(params, one.name)
        if wanted is not None:
            tests.append(_has(one, wanted))
    words = [fold(word) for word in plain(params.text("q") or "").split()]
    if words:
        names = [
            member.name
            for member in members(collection.record)
            if _is_text(member.type) and member.name not in _NO_WORDS
        ]
        tests.append(_says(names, words))
    return [*tests, *_custom_tests(collection.record, params, view)]


def _has(one: FieldFilter, wanted: Any) -> Test:
    def same(value: Any) -> bool:
        if isinstance(wanted, tuple):
            return value in wanted
        return bool((plain(value) if isinstance(value, str) else value) == wanted)

    if one.is_list:
        return lambda record: any(same(value) for value in getattr(record, one.name))
    return lambda record: same(getattr(record, one.name))


def _is_text(kind: inspect.Type) -> bool:
    inner, _ = bare(kind)
    return isinstance(inner.item_type if isinstance(inner, inspect.VarTupleType) else inner, inspect.StrType)


def _says(names: list[str], words: list[str]) -> Test:
    def test(record: Any) -> bool:
        said: list[str] = []
        for name in names:
            value = getattr(record, name)
            said += [fold(text) for text in (value if isinstance(value, tuple) else (value,)) if text]
        return all(any(word in text for text in said) for word in words)

    return test


def _custom_tests(record: type[Record], params: Params, view: View) -> Iterator[Test]:
    entity = next((entity for kind, entity in ENTITIES if issubclass(record, kind)), None)
    fields = view.vocabulary.fields_of(entity) if entity is not None else {}
    for name, text in below("custom.", params) if entity is not None else ():
        path = f"custom.{name}"
        if name not in fields:
            raise Invalid.at(path, "there is no such custom field", "unknown_field")
        wanted = custom_value(fields[name], text, path)
        if wanted in (None, [], ""):
            raise Invalid.at(path, "must not be empty", "required")
        yield _of_custom(name, wanted)


def _of_custom(name: str, wanted: Any) -> Test:
    def test(record: Any) -> bool:
        value = record.custom.get(name)
        return set(wanted) <= set(value or ()) if isinstance(wanted, list) else bool(value == wanted)

    return test
