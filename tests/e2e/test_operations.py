"""Whoever runs the server can see how it is, stop it gently, and put a proxy or a certificate in front of it."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import signal
import ssl
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw
import httpx
import psycopg
import pytest

from onebook.store.open import sqlite_path
from tests import postgres as pg
from tests.book import opened
from tests.callers import DIALECTS, ORIGIN, World, base, header_of, path_of, prepared, world
from tests.derived import differences
from tests.e2e.server import Server, serving

TLS = Path(__file__).with_name("tls")
TOKEN = "metrics-token"


async def made_world(url: str) -> World:
    """One account and its keys."""
    async with opened(url) as store:
        return await prepared(store, ("Eins",))


@pytest.fixture(params=[("sqlite_url", ()), ("postgres_url", ("--workers", "2"))], ids=["one-sqlite", "two-postgresql"])
def served(request: pytest.FixtureRequest) -> Iterator[tuple[World, Server]]:
    """A server of one process, and one of two, that logs everything and tells its metrics."""
    fixture, options = request.param
    url: str = request.getfixturevalue(fixture)
    made = asyncio.run(made_world(url))
    env = {"ONEBOOK_METRICS_TOKEN": TOKEN, "ONEBOOK_LOG_LEVEL": "debug", "ONEBOOK_STOP_SECONDS": "20"}
    with serving(url, *options, env=env) as server:
        yield made, server


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A plain client."""
    with httpx.Client(timeout=60, trust_env=False) as client:
        yield client


class Caller:
    """Somebody with a key of every dialect."""

    def __init__(self, http: httpx.Client, made: World, server: Server) -> None:
        self._http, self._made, self._server = http, made, server

    def __call__(self, dialect: Any, method: str, path: str, **fields: Any) -> httpx.Response:
        """The answer to one request."""
        headers = {**self._made.logins[0][dialect].headers, **fields.pop("headers", {})}
        return self._http.request(method, base(dialect, self._server.url) + path, headers=headers, **fields)


# How it is


def test_the_server_says_how_it_is_and_what_it_has_answered(served: tuple[World, Server], http: httpx.Client) -> None:
    made, server = served
    call = Caller(http, made, server)
    health = http.get(f"{server.url}/health")
    assert (health.status_code, health.json()["status"]) == (200, "alive")
    assert http.head(f"{server.url}/health").content == b""
    assert http.get(f"{server.url}/ready").json() == {"status": "ready"}
    for _ in range(8):
        assert call("native", "GET", "/contacts/999999").status_code == 404
    assert http.get(f"{server.url}/metrics").status_code == 401
    for wrong in (b"Bearer x", TOKEN.encode(), b"Bearer", f"Bearer {TOKEN}x".encode(), b"Bearer \xff"):
        assert http.get(f"{server.url}/metrics", headers={b"Authorization": wrong}).status_code == 401
    told = http.get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert told.headers["content-type"].startswith("text/plain")
    line = 'onebook_requests_total{method="GET",route="/api/v1/contacts/{id}",status="404"} 8.0'
    assert line in told.text.splitlines(), told.text
    assert "999999" not in told.text


def test_a_stranger_cannot_make_the_metrics_grow(served: tuple[World, Server], http: httpx.Client) -> None:
    _, server = served
    for number in range(50):
        http.request(f"M{number}", f"{server.url}/x{number}/y")
        http.request(f"M{number}", f"{server.url}/api/v1/contacts")
    told = http.get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    assert "M7" not in told
    assert "x7" not in told
    assert len([line for line in told.splitlines() if line.startswith("onebook_requests_total{")]) < 12


def test_without_a_token_there_are_no_metrics(sqlite_url: str, http: httpx.Client) -> None:
    with serving(sqlite_url) as server:
        assert http.get(f"{server.url}/metrics").status_code == 404
        assert http.get(f"{server.url}/metrics", headers={"Authorization": "Bearer None"}).status_code == 404
        assert http.get(f"{server.url}/metrics", headers={"Authorization": "Bearer"}).status_code == 404


def test_a_server_whose_database_is_gone_lives_but_is_not_ready(postgres: pg.Server, http: httpx.Client) -> None:
    url = postgres.create()
    made = asyncio.run(made_world(url))
    with serving(url) as server:
        call = Caller(http, made, server)
        assert http.get(f"{server.url}/ready").status_code == 200
        assert call("native", "GET", "/contacts").status_code == 200
        postgres.drop(url)
        started = time.monotonic()
        refused = http.get(f"{server.url}/ready", timeout=30)
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert http.get(f"{server.url}/health").status_code == 200
        assert time.monotonic() - started < 5
        answer = call("native", "GET", "/contacts")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


# What it logs

NAME, EMAIL, PHONE = "Sensibella", "sensibella@geheim.example", "01577654321"


def test_logs_carry_request_ids_and_nothing_personal(served: tuple[World, Server], http: httpx.Client) -> None:
    made, server = served
    call = Caller(http, made, server)
    body = {"last_name": NAME, "emails": [{"address": EMAIL}], "phones": [{"number": PHONE}]}
    contact = call("native", "POST", "/contacts", json=body, headers={"X-Request-Id": "request-0001"})
    assert contact.headers["x-request-id"] == "request-0001"
    _provoke(call, made)
    http.get(f"{server.url}/{NAME}?{EMAIL}", headers={"Host": f"{NAME}.example", "User-Agent": EMAIL})
    _break_document(made.url, contact.json()["id"])
    bug = call("native", "GET", f"/contacts/{contact.json()['id']}")
    assert bug.status_code == 500
    assert NAME not in bug.text
    assert bug.headers["x-request-id"] in bug.text
    if not made.url.startswith("sqlite"):
        _cut_connections(made.url)
    for _ in range(10):
        call("native", "GET", f"/contacts?q={NAME}")
    server.stop()
    logged = server.said()
    secrets = [login.secret for login in made.logins[0].values()]
    for text in (NAME, NAME.lower(), EMAIL, "geheim", PHONE, PHONE[2:], "Traceback", TOKEN, *secrets):
        assert text not in logged, text
    lines = [json.loads(line) for line in logged.splitlines()]
    assert all({"time", "level", "logger", "event"} <= line.keys() for line in lines)
    assert all(datetime.fromisoformat(line["time"]).tzinfo for line in lines)
    requests = {line["request_id"]: line for line in lines if line["event"] == "request"}
    assert requests["request-0001"]["route"] == "/api/v1/contacts"
    assert requests["request-0001"]["status"] == 201
    assert requests["request-0001"]["account_id"] == 1
    bugs = [line for line in lines if line["event"] == "bug"]
    assert bugs[0]["request_id"] == bug.headers["x-request-id"]
    assert any("store/contacts.py" in frame for frame in bugs[0]["frames"])


def _provoke(call: Caller, made: World) -> None:
    """The same person's data in paths, queries, headers and bodies, right and wrong ones, of every dialect."""
    for dialect, server_of in DIALECTS.items():
        for route in server_of.routes:
            path = path_of(route, made.books[0].account, lambda _: NAME)
            query = {"q": NAME, "email": EMAIL, "phone_number": PHONE, "created_at_from": NAME, "Term": NAME}
            headers = {**header_of(route), "X-Request-Id": f"{NAME} {EMAIL}"}
            call(dialect, route.method, path, params=query, headers=headers)
            if route.body is not None:
                for content in (f'{{"last_name": "{NAME}"', json.dumps({"client": {"email": [EMAIL]}, "name": NAME})):
                    call(dialect, route.method, path, content=content)
        call(dialect, "GET", f"/{NAME}/{EMAIL}")
        call(dialect, NAME, f"/{PHONE}")


def _break_document(url: str, contact_id: int) -> None:
    sql = f'UPDATE contacts SET doc = \'{{"id": "{NAME} {EMAIL}"}}\' WHERE account_id = 1 AND id = {contact_id}'
    if url.startswith("sqlite"):
        connection = apsw.Connection(sqlite_path(url))
        connection.set_busy_timeout(5000)
        connection.execute(sql)
        connection.close()
    else:
        with psycopg.connect(url, autocommit=True) as postgres:
            postgres.execute("SELECT set_config('onebook.account', '1', false)")
            assert postgres.execute(sql.encode()).rowcount == 1


def _cut_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as postgres:
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_request_id_that_is_no_good_is_replaced(sqlite_url: str, http: httpx.Client) -> None:
    with serving(sqlite_url) as server:
        for given in ("short", "x" * 65, "has space here", "new\u00e4id-12345", "semi;colon;12345", ""):
            answer = http.get(f"{server.url}/health", headers={b"X-Request-Id": given.encode("latin-1")})
            assert answer.headers["x-request-id"] != given
            assert len(answer.headers["x-request-id"]) >= 8
        ids = {http.get(f"{server.url}/health").headers["x-request-id"] for _ in range(5)}
        assert len(ids) == 5


# How it stops


async def test_a_graceful_stop_finishes_requests_under_way(database_url: str) -> None:
    made = await made_world(database_url)
    body = json.dumps({"last_name": "Langsam"}).encode()
    head = f"POST /api/v1/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in made.logins[0]["native"].headers.items()) + "\r\n"
    with ExitStack() as stack:
        server = stack.enter_context(serving(database_url, env={"ONEBOOK_STOP_SECONDS": "20"}))
        host, port = server.url.removeprefix("http://").split(":")
        streams = [await asyncio.open_connection(host, int(port)) for _ in range(10)]
        idle = await asyncio.open_connection(host, int(port))
        for _, writer in streams:
            writer.write(head.encode() + body[:5])
            await writer.drain()
        await asyncio.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        with pytest.raises(OSError):  # noqa: PT011 - refused or reset, as the machine likes
            await asyncio.open_connection(host, int(port))
        assert server.process.poll() is None
        for _, writer in streams:
            writer.write(body[5:])
            await writer.drain()
        answers = await asyncio.gather(*(reader.read() for reader, _ in streams))
        assert [answer.split(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 201 Created"] * 10
        status = await asyncio.to_thread(server.stop)
        assert status in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
        for _, writer in [*streams, idle]:
            writer.close()
    async with opened(database_url) as store:
        assert len(await store.reader(1).rows("SELECT id FROM contacts WHERE account_id = 1")) == 10
    assert differences(database_url) == []


async def test_who_never_finishes_does_not_keep_the_server_from_stopping(sqlite_url: str) -> None:
    with serving(sqlite_url, env={"ONEBOOK_STOP_SECONDS": "1"}) as server:
        host, port = server.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /api/v1/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        started = time.monotonic()
        await asyncio.to_thread(server.stop)
        assert time.monotonic() - started < 10
        writer.close()


async def test_a_large_body_is_refused_with_an_answer_however_it_is_sent(sqlite_url: str) -> None:
    made = await made_world(sqlite_url)

    async def slices() -> Any:
        for _ in range(160):
            yield b"x" * 65_536

    with serving(sqlite_url) as server:
        async with httpx.AsyncClient(headers=made.logins[0]["native"].headers, timeout=30) as client:
            for content in (b"x" * 10_485_760, slices()):
                answer = await client.post(f"{server.url}/api/v1/contacts", content=content)
                assert answer.status_code == 413
                assert answer.headers["content-type"] == "application/problem+json"
            assert (await client.get(f"{server.url}/api/v1/contacts")).json()["data"] == []


async def test_what_is_no_http_is_answered_and_hurts_nobody(sqlite_url: str, http: httpx.Client) -> None:
    head = b"POST /api/v1/contacts HTTP/1.1\r\nHost: x\r\n"
    with serving(sqlite_url) as server:
        host, port = server.url.removeprefix("http://").split(":")
        for raw in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01",
            b"GET / HTTP/9.9\r\n\r\n",
            b"\r\n\r\n\r\n",
            b"GET /api/v1/contacts HTTP/1.1\r\n\r\n",
            head + b"Content-Length: -1\r\n\r\n",
            head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"GET /api/v1/contacts?" + b"q=" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /api/v1/contacts HTTP/1.1\r\nHost: x\xff y/z?\r\n\r\n",
        ):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(raw)
            writer.write_eof()
            answer = await asyncio.wait_for(reader.read(), 10)
            assert b" 500 " not in answer.split(b"\r\n")[0]
            writer.close()
        assert (await asyncio.to_thread(http.get, f"{server.url}/ready")).status_code == 200
        assert "Traceback" not in server.said()
        assert '"bug"' not in server.said()


# What stands in front of it


def test_a_book_is_served_over_tls_by_two_options(sqlite_url: str) -> None:
    made = asyncio.run(made_world(sqlite_url))
    certificate = str(TLS / "certificate.pem")
    options = ("--tls-certificate", certificate, "--tls-key", str(TLS / "key.pem"))
    trust = ssl.create_default_context(cafile=certificate)
    with serving(sqlite_url, *options, scheme="https", verify=trust) as server:
        url = f"{base('native', server.url)}/openapi.json"
        document = httpx.get(url, verify=trust).json()
        assert document["servers"] == [{"url": base("native", server.url)}]
        headers = made.logins[0]["native"].headers
        assert httpx.get(f"{base('native', server.url)}/contacts", headers=headers, verify=trust).status_code == 200
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
        with pytest.raises(httpx.TransportError):
            httpx.get(url.replace("https:", "http:"))


FORWARDED: list[tuple[dict[str, str], str]] = [
    ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": "book.example"}, "https://book.example"),
    ({"X-Forwarded-Proto": "https"}, "https://onebook.test"),
    ({"X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "book.example, inner"}, "https://book.example"),
    ({"Forwarded": 'for=1.2.3.4;proto=https;host="book.example:8443"'}, "https://book.example:8443"),
    ({"Forwarded": "proto=https;host=book.example, for=2.2.2.2;proto=http"}, "https://book.example"),
    ({"X-Forwarded-Proto": "javascript"}, ORIGIN),
    ({"X-Forwarded-Host": "a b<script>"}, ORIGIN),
    ({"X-Forwarded-Host": ""}, ORIGIN),
]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_forwarded_headers_count_from_trusted_addresses_only(sqlite_url: str, dialect: Any) -> None:
    trusted = (ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8"))
    async with world(sqlite_url, ("Eins",), trusted_proxies=trusted) as made:
        for address, counts in (("10.1.2.3", True), ("fd00::1", True), ("10.2.0.1", False), ("127.0.0.1", False)):
            assert made.app is not None
            transport = httpx.ASGITransport(made.app, client=(address, 4711))
            async with httpx.AsyncClient(transport=transport, base_url=base(dialect)) as client:
                for headers, origin in FORWARDED:
                    document = (await client.get("/openapi.json", headers=headers)).json()
                    wanted = base(dialect, origin if counts else ORIGIN)
                    assert document["servers"] == [{"url": wanted}], (address, headers)


async def test_links_in_answers_carry_the_outer_scheme_and_host(sqlite_url: str) -> None:
    trusted = (ipaddress.ip_network("127.0.0.1"),)
    outer = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "o.example"}
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(world(sqlite_url, ("Eins",), trusted_proxies=trusted))
        client = await stack.enter_async_context(made.client("easybroker", extra=outer))
        for number in range(3):
            body = {"name": f"N{number}", "email": f"n{number}@example.com", "message": "M", "source": "S"}
            assert (await client.post("/contact_requests", json=body)).status_code == 200
        page = (await client.get("/contact_requests?limit=1")).json()
        assert page["pagination"]["next_page"].startswith("https://o.example/easybroker/v1/contact_requests?")


HOSTS: dict[str, Any] = {f"{dialect}.example": dialect for dialect in DIALECTS}


async def test_a_probe_is_answered_on_every_host_name(sqlite_url: str) -> None:
    async with world(sqlite_url, ("Eins",), hosts=HOSTS) as made:
        assert made.app is not None
        async with httpx.AsyncClient(transport=httpx.ASGITransport(made.app), base_url=ORIGIN) as client:
            for host in (*HOSTS, "other.example"):
                for path in ("/health", "/ready"):
                    answer = await client.get(path, headers={"host": host})
                    assert answer.status_code == 200, (host, path)


async def test_each_dialect_answers_on_its_own_host_at_the_vendor_s_paths(database_url: str) -> None:
    async with world(database_url, ("Eins",), hosts=HOSTS) as made:
        assert made.app is not None
        transport = httpx.ASGITransport(made.app)
        for host, dialect in HOSTS.items():
            server, login = DIALECTS[dialect], made.logins[0][dialect]
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=login.headers) as client:
                for spelled in (host, host.upper(), f"{host}:8080"):
                    client.headers["Host"] = spelled
                    answer = await client.get(f"{server.base}{server.sample}")
                    assert answer.status_code == 200, (spelled, answer.text)
                    document = await client.get(f"{server.base}/openapi.json")
                    assert document.json()["servers"] == [{"url": f"http://{spelled.lower()}{server.base}"}]
                    lost = await client.get(f"{server.base}/nothing")
                    assert (lost.status_code, lost.headers["content-type"].split(";")[0]) == (404, server.error_type)
                client.headers["Host"] = "stranger.example"
                assert (await client.get(f"{server.base}{server.sample}")).status_code == 404
                assert (await client.get(f"{server.prefix}{server.base}{server.sample}")).status_code == 200


def test_host_names_come_from_the_environment(sqlite_url: str, http: httpx.Client) -> None:
    made = asyncio.run(made_world(sqlite_url))
    env = {"ONEBOOK_HOST_PROPSTACK": "api.example, api2.example", "ONEBOOK_TRUSTED_PROXIES": "127.0.0.1"}
    with serving(sqlite_url, env=env) as server:
        headers = made.logins[0]["propstack"].headers
        for more in ({"Host": "api.example"}, {"Host": "API2.example:443"}, {"X-Forwarded-Host": "api.example"}):
            assert http.get(f"{server.url}/v1/contacts", headers={**headers, **more}).json() == []
        assert http.get(f"{server.url}/v1/contacts", headers=headers).status_code == 404
