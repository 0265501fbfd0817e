"""Large bodies fill no memory for those who have no key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from onebook.http.route import Route
from onebook.model.account import Dialect
from tests.callers import DIALECTS, base, header_of, path_of, world

PIECE = b"x" * 65_536


class Body:
    """A body that says how often it was read."""

    def __init__(self) -> None:
        self.read = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        for _ in range(4):
            self.read += 1
            yield PIECE


def a_write(dialect: Dialect) -> Route:
    """One route of the dialect that takes a body."""
    return next(one for one in DIALECTS[dialect].routes if one.method in ("POST", "PUT", "PATCH") and one.scope)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_large_body_is_read_from_somebody_with_a_key_only(dialect: Dialect, sqlite_url: str) -> None:
    async with world(sqlite_url) as made:
        assert made.app is not None
        route, login = a_write(dialect), made.logins[0][dialect]
        url = base(dialect) + path_of(route, made.books[0].account)
        told = {"Content-Length": str(4 * len(PIECE))}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(made.app)) as client:

            async def send(headers: Mapping[str, str]) -> tuple[int, int]:
                body = Body()
                answer = await client.request(
                    route.method, url, content=body.pieces(), headers={**header_of(route), **headers}
                )
                return answer.status_code, body.read

            for length in (told, {}):
                wrong = {name: f"{value[:-4]}AAAA" for name, value in login.headers.items()}
                for headers in ({}, wrong):
                    status, read = await send({**length, **headers})
                    assert (status in (401, 403), read) == (True, 0)
                status, read = await send({**length, **login.headers})
                assert (status in (400, 404), read) == (True, 4)
