"""What programs in use do on any path: `.json` at its end, and the parameters of a GET as JSON in its body.

The vendor's pages name neither; programs that are in use against the vendor do both.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from onebook.http.body import read_json
from onebook.http.params import Params
from onebook.http.route import JSON, Ask, Reply, Route

SUFFIX = ".json"


def lenient(route: Route) -> Route:
    """The same route, which takes both; one without a key (a file, whose name may end so) stays as it is."""
    if route.scope is None:
        return route
    handler, last = route.handler, route.path.rpartition("/")[2]
    name = last[1:-1] if last.startswith("{") else ""

    def handle(ask: Ask) -> Awaitable[Reply]:
        if ask.raw and route.method == "GET":
            ask.params = _with_body(ask)
        if name and ask.path_params[name].endswith(SUFFIX):
            ask.path_params = {**ask.path_params, name: ask.path_params[name].removesuffix(SUFFIX)}
        return handler(ask)

    return replace(route, handler=handle, also=route.also if name else f"{route.path}{SUFFIX}")


def _with_body(ask: Ask) -> Params:
    """The query's parameters and behind them those of a JSON object in the body. Raises Malformed, Invalid."""
    is_json = ask.headers.get("content-type", "").partition(";")[0].strip().lower() == JSON
    given = read_json(ask.raw) if is_json else None
    if not isinstance(given, dict) or not given:
        return ask.params
    return Params(urlencode([*ask.params.pairs, *_pairs(given)]))


def _pairs(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        several = value if isinstance(value, list) else [value]
        for one in several:
            if isinstance(one, bool):
                yield name, "true" if one else "false"
            elif isinstance(one, str | int | float):
                yield name if one is value else f"{name}[]", str(one)
