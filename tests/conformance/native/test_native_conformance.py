"""The fixed names of the native API: requests, and the answers to them, word for word.

`requests.json` is sent in its order to a fresh book whose clock stands still; `answers.json` is what comes back.
What is random is left open, as `*`. An answer may have further keys; those on file stay, in their order.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.book import START
from tests.native import served

HERE = Path(__file__).parent
OPEN = frozenset({"token"})


def left_open(value: Any) -> Any:
    """`value` with `*` for all that is random."""
    if isinstance(value, dict):
        return {
            name: "*"
            if name in OPEN and isinstance(one, str)
            else ["*" for _ in one]
            if name in OPEN and one
            else left_open(one)
            for name, one in value.items()
        }
    return [left_open(one) for one in value] if isinstance(value, list) else value


def cut(value: Any, expected: Any) -> Any:
    """`value` without the keys that `expected` does not have."""
    if isinstance(value, dict) and isinstance(expected, dict):
        return {name: cut(one, expected[name]) for name, one in value.items() if name in expected}
    if isinstance(value, list) and isinstance(expected, list) and len(value) == len(expected):
        return [cut(one, other) for one, other in zip(value, expected, strict=True)]
    return value


async def test_every_request_has_the_answer_on_file(database_url: str) -> None:
    requests = json.loads((HERE / "requests.json").read_text())
    answers = json.loads((HERE / "answers.json").read_text())
    assert [one["name"] for one in requests] == [one["name"] for one in answers]
    async with served(database_url, now=lambda: START) as book:
        for request, expected in zip(requests, answers, strict=True):
            answer = await book.client.request(
                request["method"], request["path"], json=request.get("body"), headers=request.get("headers", {})
            )
            assert answer.status_code == expected["status"], (request["name"], answer.text)
            for name, value in expected["headers"].items():
                assert answer.headers[name] == value, request["name"]
            body = left_open(answer.json()) if answer.content else None
            assert json.dumps(cut(body, expected["body"])) == json.dumps(expected["body"]), request["name"]
