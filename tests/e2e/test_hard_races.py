"""Many clients at the same moment, several processes, and a server that is killed: nothing is lost, nothing is half."""

from __future__ import annotations

import asyncio
import itertools
import resource
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from onebook.store.open import sqlite_path
from tests import postgres as pg
from tests.book import opened
from tests.callers import World, base, prepared
from tests.derived import differences, feed
from tests.e2e.server import ONEBOOK, Server, serving

CLIENTS = 50


@asynccontextmanager
async def caller(world: World, server: Server, dialect: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the served dialect, with as many connections as it likes."""
    headers = world.logins[0][dialect].headers
    limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async with httpx.AsyncClient(
        base_url=base(dialect, server.url), headers=headers, limits=limits, timeout=60, trust_env=False
    ) as client:
        yield client


async def made_world(url: str, name: str = "Eins") -> World:
    """One account and its keys."""
    async with opened(url) as store:
        return await prepared(store, (name,))


async def onebook(*words: str) -> tuple[int, bytes]:
    """A command of the command line, to its end: its exit status, and what it printed."""
    process = await asyncio.create_subprocess_exec(ONEBOOK, *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    printed, _ = await process.communicate()
    return process.returncode or 0, printed


TOPOLOGIES = {"one process": (1, ()), "two workers": (1, ("--workers", "2")), "two servers": (2, ())}


@pytest.fixture(scope="module", params=itertools.product(("sqlite", "postgresql"), TOPOLOGIES), ids="-".join)
def servers(
    request: pytest.FixtureRequest, postgres: pg.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, list[Server]]]:
    """A database that one process serves, or two with one port, or two with a port each; and its URL."""
    engine, topology = request.param
    count, options = TOPOLOGIES[topology]
    with ExitStack() as stack:
        file = tmp_path_factory.mktemp("served") / "onebook.db"
        url = f"sqlite:///{file}" if engine == "sqlite" else stack.enter_context(postgres.database())
        yield url, [stack.enter_context(serving(url, *options)) for _ in range(count)]


@pytest.fixture
def served(request: pytest.FixtureRequest, servers: tuple[str, list[Server]]) -> tuple[World, list[Server]]:
    """An account of its own for each test, made while the servers run."""
    url, started = servers
    return asyncio.run(made_world(url, request.node.name[:150])), started


async def test_fifty_clients_who_post_one_address_make_one_contact(served: tuple[World, list[Server]]) -> None:
    world, servers = served
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(caller(world, server, "propstack")) for server in servers]
        requesters = [await stack.enter_async_context(caller(world, server, "easybroker")) for server in servers]
        answers = await asyncio.gather(
            *(
                clients[number % len(clients)].post(
                    "/contacts", json={"client": {"email": f"{'S' if number % 2 else 's'}ame@example.com", "rating": 1}}
                )
                for number in range(CLIENTS)
            )
        )
        assert {answer.status_code for answer in answers} == {200}, answers[0].text
        assert len({answer.json()["id"] for answer in answers}) == 1
        body = {"name": "Eva", "email": "eva@example.com", "phone": "0157 1234567", "message": "M", "source": "portal"}
        answers = await asyncio.gather(
            *(requesters[number % len(requesters)].post("/contact_requests", json=body) for number in range(CLIENTS))
        )
        assert {answer.status_code for answer in answers} == {200}, answers[0].text
        people = (await clients[0].get("/contacts?per=100")).json()
        assert len(people) == 2
    assert differences(world.url) == []


async def test_fifty_changes_of_one_contact_at_once_are_all_kept(served: tuple[World, list[Server]]) -> None:
    world, servers = served
    async with AsyncExitStack() as stack:
        natives = [await stack.enter_async_context(caller(world, server, "native")) for server in servers]
        propstacks = [await stack.enter_async_context(caller(world, server, "propstack")) for server in servers]
        made = (await natives[0].post("/contacts", json={"last_name": "A"})).json()
        path = f"/contacts/{made['id']}"

        def change(number: int) -> Any:
            if number % 2:
                return natives[number % len(natives)].patch(path, json={"lead_score": number})
            body = {"client": {"old_crm_id": f"crm-{number}"}}
            return propstacks[number // 2 % len(propstacks)].put(path, json=body)

        answers = await asyncio.gather(*(change(number) for number in range(CLIENTS)))
        assert {answer.status_code for answer in answers} == {200}
        history = (await natives[0].get(f"{path}/history")).json()["data"]
        assert [entry["version"] for entry in history] == list(range(1, CLIENTS + 2))
        assert [entry["seq"] for entry in history] == sorted(entry["seq"] for entry in history)
        told = [value[1] for entry in history[1:] for value in entry["changes"].values()]
        assert {value for value in told if isinstance(value, int)} == set(range(1, CLIENTS, 2))
        assert {f"crm-{number}" for number in range(0, CLIENTS, 2)} <= {str(value) for value in told}
        moments = [entry["at"] for entry in history]
        assert moments == sorted(moments)
    assert differences(world.url) == []


async def test_what_one_process_answered_every_process_knows(served: tuple[World, list[Server]]) -> None:
    world, servers = served
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(caller(world, server, "native")) for server in servers]
        turns = itertools.cycle(clients)
        ids: list[int] = []
        for number in range(20):
            tag = await next(turns).post("/tags", json={"name": f"T{number}"})
            assert tag.status_code == 201, tag.text
            body = {
                "last_name": f"N{number}",
                "tag_ids": [tag.json()["id"]],
                "emails": [{"address": f"n{number}@x.de"}],
            }
            contact = await next(turns).post("/contacts", json=body)
            assert contact.status_code == 201, contact.text
            ids.append(contact.json()["id"])
            for client in clients * 2:
                found = await client.get(f"/contacts/{ids[-1]}")
                assert found.json()["tag_ids"] == [tag.json()["id"]]
                listed = await client.get(f"/contacts?tag_ids={tag.json()['id']}")
                assert [row["id"] for row in listed.json()["data"]] == [ids[-1]]
        assert ids == sorted(ids)


async def test_a_key_that_is_revoked_elsewhere_is_refused(served: tuple[World, list[Server]]) -> None:
    world, servers = served
    place = ("--account", world.books[0].account.name, "--database", world.url)
    status, made = await onebook("key", "create", *place, "--dialect", "native", "--name", "K", "--json")
    assert status == 0
    secret = httpx.Response(200, content=made).json()["key"]
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {secret}"}, trust_env=False) as client:
        urls = [f"{base('native', server.url)}/contacts" for server in servers for _ in range(10)]
        assert {(await client.get(url)).status_code for url in urls} == {200}
        assert (await onebook("key", "revoke", "K", *place))[0] == 0
        assert {(await client.get(url)).status_code for url in urls} == {401}


@pytest.mark.parametrize(("fixture", "options"), [("sqlite_url", ()), ("durable_postgres_url", ("--workers", "2"))])
async def test_every_answered_write_outlives_a_killed_server(
    request: pytest.FixtureRequest, fixture: str, options: tuple[str, ...]
) -> None:
    durable_url: str = request.getfixturevalue(fixture)
    world = await made_world(durable_url)
    answered: dict[int, dict[str, Any]] = {}
    versions: dict[int, int] = {}
    with serving(durable_url, *options) as server:
        async with caller(world, server, "native") as native, caller(world, server, "propstack") as propstack:
            first = [(await native.post("/contacts", json={"last_name": f"F{n}"})).json() for n in range(5)]
            tasks = [
                asyncio.ensure_future(_load(native, propstack, number, first, answered, versions))
                for number in range(20)
            ]
            # On a busy machine it takes longer until every kind of write has been answered.
            for _ in range(40):
                await asyncio.sleep(1.5)
                if len(answered) > 20 and len(versions) == 5:
                    break
            server.kill()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    assert len(answered) > 20
    assert len(versions) == 5
    assert differences(durable_url) == []
    status, printed = await onebook("check", "--database", durable_url)
    assert status == 0, printed
    with serving(durable_url) as server:
        async with caller(world, server, "native") as native:
            for number, body in answered.items():
                found = (await native.get(f"/contacts/{number}")).json()
                assert found["last_name"] == body["last_name"]
                assert [email["address"] for email in found["emails"]] == [body["email"]]
            for number, version in versions.items():
                history = (await native.get(f"/contacts/{number}/history")).json()["data"]
                assert history[-1]["version"] >= version
            assert (await native.post("/contacts", json={"last_name": "after"})).status_code == 201
    assert [row[1] for row in feed(durable_url, 1)] == list(range(1, len(feed(durable_url, 1)) + 1))


async def test_a_server_whose_disk_is_full_says_so_and_goes_on_when_it_is_not(sqlite_url: str) -> None:
    world = await made_world(sqlite_url)
    with serving(sqlite_url) as server:
        async with caller(world, server, "native") as native, caller(world, server, "propstack") as propstack:
            body = {"last_name": "voll", "description": "x" * 60_000}
            assert (await native.post("/contacts", json=body)).status_code == 201
            largest = max(file.stat().st_size for file in Path(sqlite_path(sqlite_url)).parent.glob("onebook.db*"))
            limits = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (largest + 1_000_000, -1))
            answers = await asyncio.gather(*(native.post("/contacts", json=body) for _ in range(60)))
            kept = [answer.json()["id"] for answer in answers if answer.status_code == 201]
            refused = [answer for answer in answers if answer.status_code != 201]
            assert {answer.status_code for answer in refused} == {503}, refused[0].text
            assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}
            told = await propstack.post("/contacts", json={"client": body})
            assert (told.status_code, list(told.json())) == (503, ["errors"])
            rows = (await native.get("/contacts?limit=500&fields=id")).json()["data"]
            assert {row["id"] for row in rows} >= set(kept)
            assert len(rows) == len(kept) + 1
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
            assert (await native.post("/contacts", json=body)).status_code == 201
            assert '"bug"' not in server.said()
    assert differences(sqlite_url) == []


async def _load(
    native: httpx.AsyncClient,
    propstack: httpx.AsyncClient,
    client: int,
    first: list[dict[str, Any]],
    answered: dict[int, dict[str, Any]],
    versions: dict[int, int],
) -> None:
    for number in itertools.count():
        name, email = f"N{client}x{number}", f"n{client}x{number}@example.com"
        try:
            if client % 4 == 0:
                answer = await propstack.post("/contacts", json={"client": {"last_name": name, "email": email}})
            elif client % 4 == 1:
                number_of = first[number % 5]["id"]
                answer = await native.patch(f"/contacts/{number_of}", json={"description": name})
                versions[number_of] = max(versions.get(number_of, 0), answer.json()["version"])
                continue
            else:
                body = {"last_name": name, "emails": [{"address": email}], "phones": [{"number": f"0157 {number:07}"}]}
                answer = await native.post("/contacts", json=body)
        except httpx.TransportError:
            return
        assert answer.status_code in (200, 201), answer.text
        answered[answer.json()["id"]] = {"last_name": name, "email": email}
