"""Several processes, and one that is killed: what was counted from an address is still counted."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.book import opened
from tests.callers import World, base, prepared
from tests.derived import differences
from tests.e2e.server import Server, serving

LIMIT = 5
OPTIONS = {"sqlite_url": (), "postgres_url": ("--workers", "2")}


async def post_at_once(world: World, server: Server, count: int, **sent: Any) -> list[int]:
    """So many contacts from one address at the same moment; answers the statuses."""
    headers = world.logins[0]["quentn"].headers
    url = base("quentn", server.url)
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False) as client:

        async def one(number: int) -> int:
            contact = {"mail": f"p{number}@example.com", "request_ip": "192.0.2.1"}
            body = {"contact": contact, "flood_limit": LIMIT, "duplicate_check_method": "none", **sent}
            return (await client.post("/contact", json=body)).status_code

        return await asyncio.gather(*(one(number) for number in range(count)))


@pytest.mark.parametrize("fixture", OPTIONS)
def test_a_flood_is_stopped_by_all_processes_together_and_after_a_kill(
    request: pytest.FixtureRequest, fixture: str
) -> None:
    url: str = request.getfixturevalue(fixture)

    async def made() -> World:
        async with opened(url) as store:
            return await prepared(store, ("Eins",))

    world = asyncio.run(made())
    with serving(url, *OPTIONS[fixture], env={"ONEBOOK_LOG_LEVEL": "error"}) as server:
        statuses = asyncio.run(post_at_once(world, server, 4 * LIMIT))
        assert sorted(statuses) == [200] * LIMIT + [429] * 3 * LIMIT
        server.kill()
    with serving(url, *OPTIONS[fixture], env={"ONEBOOK_LOG_LEVEL": "error"}) as server:
        assert asyncio.run(post_at_once(world, server, 2)) == [429, 429]
        assert asyncio.run(post_at_once(world, server, 2, flood_limit=0)) == [200, 200]
    assert differences(url) == []
