"""Form-encoded bodies as the objects they stand for: `email.emailAddress=…`, `email[emailAddress]=…`, `ids=1&ids=2`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from onebook.errors import Invalid, Malformed
from onebook.http.body import check_value

MOST_FIELDS = 2000
_DEEPEST = 8
_STEP = re.compile(r"[.\[\]]+")


def read_form(raw: bytes) -> dict[str, Any]:
    """The form as nested objects of texts; a name that comes twice, or as `name[0]`, is a list.

    Raises Malformed for what is no form, Invalid for text that no field may hold.
    """
    try:
        pairs = parse_qsl(
            raw.decode().lstrip("\ufeff"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise Malformed.at("", f"the body is no form: {error}", "malformed") from None
    form: dict[str, Any] = {}
    for name, value in pairs:
        steps = [step for step in _STEP.split(name) if step]
        listed = name.endswith("[]") or (len(steps) > 1 and steps[-1].isdigit())
        steps = steps[:-1] if listed and steps[-1].isdigit() else steps
        if not steps or len(steps) > _DEEPEST:
            steps = [name]
        _put(form, steps, value, listed=listed)
    check_value(form)
    return form


def _put(form: dict[str, Any], steps: list[str], value: str, *, listed: bool) -> None:
    *outer, last = steps
    for step in outer:
        inner = form.setdefault(step, {})
        if not isinstance(inner, dict):
            raise Invalid.at(step, "is both a value and an object", "not_an_object")
        form = inner
    before = form.get(last)
    if isinstance(before, dict):
        raise Invalid.at(last, "is both a value and an object", "not_an_object")
    if isinstance(before, list):
        before.append(value)
    elif before is not None or listed:
        form[last] = [value] if before is None else [before, value]
    else:
        form[last] = value
