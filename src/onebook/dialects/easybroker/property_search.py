"""What lists of properties are filtered by beside keys: kinds of offer, prices, rooms, sizes and types.

Each property is looked at on the way. The parameters are those that programs in use send.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_args

from onebook.errors import Invalid
from onebook.http.params import Params
from onebook.http.route import Param
from onebook.model.number import Number
from onebook.model.property import Operation, OperationType, Property
from onebook.service.record_walk import Test

OPERATIONS: tuple[str, ...] = get_args(OperationType)
ROOMS: Mapping[str, Callable[[Property], Number | None]] = {
    "bedrooms": lambda prop: prop.bedrooms,
    "bathrooms": lambda prop: prop.bathrooms,
    "parking_spaces": lambda prop: prop.parking_spaces,
    "construction_size": lambda prop: prop.construction_size,
    "lot_size": lambda prop: prop.lot_size,
}
Bounds = tuple[float | None, float | None]
_ANY: Bounds = (None, None)
_TYPES, _OPERATION = "search[property_types]", "search[operation_type]"


def property_tests(params: Params) -> list[Test]:
    """What the parameters ask of each property. Raises Invalid naming the one whose value is none."""
    tests: list[Test] = []
    types = {text.casefold() for text in params.texts(_TYPES) or ()}
    if types:
        tests.append(lambda prop: (prop.property_type or "").casefold() in types)
    wanted = params.choice(_OPERATION, OPERATIONS)
    prices = _bounds(params, "price")
    if wanted or prices != _ANY:
        tests.append(lambda prop: any(_offers(one, wanted, prices) for one in prop.operations))
    for name, read in ROOMS.items():
        bounds = _bounds(params, name)
        if bounds != _ANY:
            tests.append(_between(read, bounds))
    return tests


def _offers(one: Operation, wanted: str | None, prices: Bounds) -> bool:
    """Whether this way to have it is the wanted one, at a price between the bounds; one without a price has none."""
    return (not wanted or one.type == wanted) and _is_between(one.amount, prices)


def _between(read: Callable[[Property], Number | None], bounds: Bounds) -> Test:
    return lambda prop: _is_between(read(prop), bounds)


def _is_between(value: Number | None, bounds: Bounds) -> bool:
    low, high = bounds
    if value is None:
        return bounds == _ANY
    return (low is None or value >= low) and (high is None or value <= high)


def _bounds(params: Params, name: str) -> Bounds:
    """`search[min_…]` and `search[max_…]`, both inclusive."""
    return _number(params, f"search[min_{name}]"), _number(params, f"search[max_{name}]")


def _number(params: Params, name: str) -> float | None:
    text = (params.text(name) or "").strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise Invalid.at(name, "must be a number") from None
    if not abs(number) < float("inf"):
        raise Invalid.at(name, "must be a number")
    return number


_NUMBER = {"anyOf": [{"type": "number"}, {"const": ""}]}
SEARCH: tuple[Param, ...] = (
    Param(f"{_TYPES}[]", {"type": "array", "items": {"type": "string"}}, text="Any of these"),
    Param(_OPERATION, {"enum": [*OPERATIONS, ""]}),
    *(Param(f"search[{end}_{name}]", _NUMBER) for name in ("price", *ROOMS) for end in ("min", "max")),
)
