"""The one table of fields, for both directions: the model's own structs, and how a value of each type is read.

What a struct of `model/` declares is what the API takes and gives, under the same names. Reading collects every
problem before it refuses, each with the dotted path of its field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from msgspec import NODEFAULT, Struct, inspect

from onebook.errors import Invalid, Problem
from onebook.http.params import parse_moment
from onebook.model.contact import Phone

DERIVED: dict[type[Struct], frozenset[str]] = {Phone: frozenset({"e164"})}
"""What the book works out itself; a caller may send it and it is not looked at."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(slots=True)
class Reading:
    """One body being read: `zone` is what a bare date among moments means; `problems` is all that was wrong."""

    zone: ZoneInfo
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, path: str, code: str, text: str) -> None:
        """Note one more problem."""
        self.problems.append(Problem(path, code, text))

    def finish(self) -> None:
        """Raise Invalid with every problem there was."""
        if self.problems:
            first = self.problems[0]
            raise Invalid(f"{first.path}: {first.text}" if first.path else first.text, tuple(self.problems))


Reader = Callable[[Any, str, Reading], Any]
"""A JSON value at a path, as the model holds it; where it is none, the problem is noted and None answered."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How one field is read. `blank` is what null makes of it; a `required` field takes no null."""

    read: Reader
    blank: Callable[[], Any]
    required: bool

    def __call__(self, value: Any, path: str, reading: Reading) -> Any:
        """`value` as the model holds it."""
        if value is not None:
            return self.read(value, path, reading)
        if self.required:
            reading.refuse(path, "required", "must not be null")
        return self.blank()


@cache
def plans(struct: type[Struct]) -> Mapping[str, FieldPlan]:
    """How each field of `struct` is read, by name, in the order of the struct."""
    return {member.name: _plan(member) for member in members(struct)}


def members(struct: type[Struct]) -> tuple[inspect.Field, ...]:
    """The fields of `struct` with their types."""
    return cast(inspect.StructType, inspect.type_info(struct)).fields


def read_fields(
    struct: type[Struct], body: Any, path: str, reading: Reading, ignored: frozenset[str]
) -> dict[str, Any]:
    """The fields of `struct` that `body` names, read; a name that is none is a problem, one of `ignored` is not."""
    if not isinstance(body, dict):
        reading.refuse(path, "wrong_type", "must be an object")
        return {}
    known = plans(struct)
    values: dict[str, Any] = {}
    for name, value in body.items():
        if name in ignored:
            continue
        where = f"{path}.{name[:100]}" if path else name[:100]
        if name in known:
            values[name] = known[name](value, where, reading)
        else:
            reading.refuse(where, "unknown_field", "there is no such field")
    return values


def missing(struct: type[Struct], values: Mapping[str, Any], path: str, reading: Reading) -> bool:
    """Whether a required field of `struct` is not among `values`; each is a problem."""
    absent = [name for name, plan in plans(struct).items() if plan.required and name not in values]
    for name in absent:
        reading.refuse(f"{path}.{name}" if path else name, "required", "is required")
    return bool(absent)


def _plan(member: inspect.Field) -> FieldPlan:
    kind, nullable = bare(member.type)
    if nullable:
        return FieldPlan(_reader(kind), lambda: None, required=False)
    if member.default_factory is not NODEFAULT:
        return FieldPlan(_reader(kind), member.default_factory, required=False)
    default = member.default
    return FieldPlan(_reader(kind), lambda: None if default is NODEFAULT else default, required=member.required)


def bare(kind: inspect.Type) -> tuple[inspect.Type, bool]:
    """`kind` without its None, and whether it had one."""
    if not isinstance(kind, inspect.UnionType):
        return kind, False
    rest = tuple(one for one in kind.types if not isinstance(one, inspect.NoneType))
    return rest[0] if len(rest) == 1 else inspect.UnionType(rest), len(rest) < len(kind.types)


def _reader(kind: inspect.Type) -> Reader:
    return _READERS[type(kind)](kind)


def _any(_: Any) -> Reader:
    return lambda value, path, reading: value


def _text(_: Any) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        if isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        reading.refuse(path, "wrong_type", "must be a text")
        return None

    return read


def _literal(kind: inspect.LiteralType) -> Reader:
    words = {str(word): word for word in kind.values}

    def read(value: Any, path: str, reading: Reading) -> Any:
        if isinstance(value, str) and value in words:
            return words[value]
        reading.refuse(path, "unknown_value", f"must be one of {', '.join(words)}")
        return None

    return read


def _integer(kind: inspect.IntType) -> Reader:
    lowest, highest = kind.ge, kind.le

    def read(value: Any, path: str, reading: Reading) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            reading.refuse(path, "wrong_type", "must be a whole number")
        elif (lowest is not None and value < lowest) or (highest is not None and value > highest):
            reading.refuse(path, "out_of_range", f"must be from {lowest} to {highest}")
        else:
            return value
        return None

    return read


def _number(_: Any) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        reading.refuse(path, "wrong_type", "must be a number")
        return None

    return read


def _either(kind: inspect.UnionType) -> Reader:
    """One of several types, told apart by what JSON has for them: 3 stays a whole number, 3.5 is none."""
    readers = {_JSON_TYPES[type(one)]: _reader(one) for one in kind.types}
    names = " or ".join(dict.fromkeys(_JSON_NAMES[json] for json in readers))

    def read(value: Any, path: str, reading: Reading) -> Any:
        reader = readers.get(type(value))
        if reader is not None:
            return reader(value, path, reading)
        reading.refuse(path, "wrong_type", f"must be {names}")
        return None

    return read


def _words(kind: inspect.ListType) -> Reader:
    items = _list(inspect.VarTupleType(kind.item_type))
    return lambda value, path, reading: list(items(value, path, reading))


def _flag(_: Any) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        if isinstance(value, bool):
            return value
        reading.refuse(path, "wrong_type", "must be true or false")
        return None

    return read


def _day(_: Any) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        try:
            if isinstance(value, str) and _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        reading.refuse(path, "no_date", "must be a date, for example 2024-02-29")
        return None

    return read


def _moment(_: Any) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        try:
            if isinstance(value, str):
                return parse_moment(path, value, reading.zone)
        except Invalid:
            pass
        reading.refuse(path, "no_date", "must be a moment in ISO 8601, for example 2024-02-29T12:00:00Z")
        return None

    return read


def _list(kind: inspect.VarTupleType) -> Reader:
    item = _reader(kind.item_type)

    def read(value: Any, path: str, reading: Reading) -> Any:
        if not isinstance(value, list):
            reading.refuse(path, "wrong_type", "must be a list")
            return ()
        return tuple(item(member, f"{path}.{index}", reading) for index, member in enumerate(value))

    return read


def _mapping(kind: inspect.DictType) -> Reader:
    """A null stays in it: it says that the key goes (`codec.merged`)."""
    member = _reader(kind.value_type)

    def read(value: Any, path: str, reading: Reading) -> Any:
        if not isinstance(value, dict):
            reading.refuse(path, "wrong_type", "must be an object")
            return {}
        return {name: None if one is None else member(one, f"{path}.{name}", reading) for name, one in value.items()}

    return read


def _struct(kind: inspect.StructType) -> Reader:
    struct = kind.cls
    derived = DERIVED.get(struct, frozenset())

    def read(value: Any, path: str, reading: Reading) -> Any:
        before = len(reading.problems)
        values = read_fields(struct, value, path, reading, derived)
        if isinstance(value, dict):
            missing(struct, value, path, reading)
        return struct(**values) if len(reading.problems) == before else None

    return read


_JSON_TYPES: dict[type[inspect.Type], type] = {
    inspect.BoolType: bool,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.StrType: str,
    inspect.ListType: list,
}
_JSON_NAMES = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list of texts"}
_READERS: dict[type[inspect.Type], Callable[[Any], Reader]] = {
    inspect.AnyType: _any,
    inspect.CustomType: _any,
    inspect.StrType: _text,
    inspect.LiteralType: _literal,
    inspect.IntType: _integer,
    inspect.FloatType: _number,
    inspect.BoolType: _flag,
    inspect.DateType: _day,
    inspect.DateTimeType: _moment,
    inspect.VarTupleType: _list,
    inspect.ListType: _words,
    inspect.UnionType: _either,
    inspect.DictType: _mapping,
    inspect.StructType: _struct,
}
