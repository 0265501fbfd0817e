"""The dialect's README says what is served, and no more."""

from __future__ import annotations

import re
from pathlib import Path

from onebook.dialects import propstack
from onebook.dialects.propstack.server import SERVER

README = Path(propstack.__path__[0], "README.md").read_text(encoding="utf-8")

_SCOPES: dict[str | None, str] = {"": "any", None: "none"}


def test_the_coverage_table_is_the_route_table() -> None:
    rows = re.findall(r"^\| `([A-Z]+ /[^`]*)` \| ([a-z_]+:[a-z]+|any|none) \| served", README, re.MULTILINE)
    assert sorted(rows) == sorted(
        (f"{route.method} {route.path}", _SCOPES.get(route.scope, route.scope)) for route in SERVER.routes
    )


def test_every_module_is_told_of() -> None:
    modules = {path.name for path in Path(propstack.__path__[0]).glob("*.py")} - {"__init__.py"}
    assert modules == set(re.findall(r"`(\w+\.py)`", README))
