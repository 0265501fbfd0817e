"""Bad input, whatever it is and wherever it goes: the vendor's own error, nothing written, never a 500."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onebook.http.body import MAX_NESTING
from onebook.http.route import DialectServer, Route
from onebook.model.account import CustomField, Tag, TagGroup, User
from onebook.model.activity import Appointment, Note
from onebook.model.deal import Deal, DealPipeline, DealStage
from onebook.model.document import Document
from onebook.model.lead import Lead
from onebook.model.organisation import Team
from onebook.model.project import Project
from onebook.model.property import Property
from onebook.model.saved_query import SavedQuery
from onebook.model.webhook import Webhook
from onebook.service.records import create_record
from tests.book import emails, phones
from tests.callers import CUSTOMER, DIALECTS, World, header_of, path_of, world
from tests.derived import differences, feed

MEGABYTE = 2**20
DEEP = MAX_NESTING + 1
REFUSED = {
    "broken": b"{",
    "two values": b"{} {}",
    "single quotes": b"{'a': 1}",
    "not a number": b'{"a": NaN}',
    "half a text": b'{"a": "b',
    "no utf-8": b'{"a": "\xff\xfe"}',
    "latin-1": '{"a": "ä"}'.encode("latin-1"),
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "a form": b"a=1&b=2",
    "xml": b"<?xml version='1.0'?><a/>",
    "nul bytes": b"\x00" * 100,
    "a lone surrogate": b'{"a": "\\ud800"}',
    "surrogates the wrong way round": b'{"a": "\\udc00\\ud800"}',
    "surrogate bytes": b'{"a": "\xed\xa0\x80"}',
    "a nul": b'{"a": "x\\u0000y"}',
    "a nul in a name": b'{"x\\u0000y": 1}',
    "a nul far inside": b'{"client": {"a": [{"b": "\\u0000"}]}}',
    "a control character": b'{"a": "\\u0007"}',
    "past 64 bits": b'{"a": 9223372036854775808}',
    "far past 64 bits": b'{"a": ' + b"9" * 4000 + b"}",
    "below 64 bits": b'{"a": -9223372036854775809}',
    "past all floats": b'{"a": 1e999}',
    "a long text": b'{"a": "' + b"x" * 65_537 + b'"}',
    "a long name": b'{"' + b"x" * 65_537 + b'": 1}',
    "deep lists": b'{"a": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"a": ' * DEEP + b"1" + b"}" * DEEP,
    "very deep": b"[" * 300_000,
    "ten megabytes": b'{"a": "' + b"x" * (10 * MEGABYTE) + b'"}',
    "ten megabytes of nothing": b" " * (10 * MEGABYTE),
    "ten megabytes that are no text": b"\xff" * (10 * MEGABYTE),
}
"""Bodies that no route takes, whatever it is for."""
LARGE = 17 * MEGABYTE
WRONG: list[Any] = [
    True,
    0,
    -1,
    1.5,
    2**31,
    2**63 - 1,
    -(2**63),
    1e300,
    "",
    " ",
    "x",
    "1" * 60_000,
    "äöü" * 10_000,
    "\u2028\u202e\ufffe\U0010ffff",
    "2024-02-30",
    "0001-01-01",
    "9999-12-31T23:59:59-23:59",
    "-1-01-01",
    "1e5",
    "NaN",
    [],
    [[]],
    [None],
    [1, "a", {}],
    ["x"] * 2000,
    {},
    {"a": 1},
    {"": ""},
    {"id": 10**18},
]
QUERIES = [
    "x",
    "",
    "-1",
    "0",
    "1.5",
    "9" * 30,
    "1,2,,a",
    "[]",
    "2024-02-30",
    "0001-01-01",
    "9999-12-31",
    "\x00",
    "\x07",
]
QUERIES += [
    "null",
    "true",
    "'",
    '"',
    "%",
    "_",
    "*",
    "\ud7ff",
    "x" * 5000,
    ",".join(["1"] * 2000),
    "a " * 500,
    "+49",
    " 49",
]


@pytest.fixture
async def made(database_url: str) -> AsyncIterator[World]:
    async with world(database_url, ("Eins",)) as found:
        await fill_book(found)
        yield found


async def fill_book(found: World) -> None:
    """One of everything, so that paths and pointers have something to find."""
    book = found.books[0]
    session = await book.session()
    field = CustomField(name="feld", type="number")
    records: list[Any] = [
        TagGroup(name="G"),
        Tag(name="T"),
        User(last_name="U"),
        Property(title="P", reference="EB-1"),
        field,
        Team(name="T"),
        Project(name="H"),
        DealPipeline(name="K", stages=(DealStage(name="S"),)),
        SavedQuery(note="Q"),
        Deal(title="D"),
        Note(title="N"),
        Appointment(title="A"),
        Document(title="F", url="https://files.example/f.pdf"),
        Webhook(event="client_created", url="https://hooks.example", dialect="propstack"),
    ]
    for record in [*records, Lead(message="L")]:
        await session.write(lambda unit, r=record: create_record(unit, r))  # type: ignore[misc]
    await book.create(last_name="A", emails=emails("a@example.com"), phones=phones("0157 1234567"))


async def paths(found: World, dialect: DialectServer) -> dict[str, str]:
    """For the first part of a path the id of something that is there."""
    known: dict[str, str] = {}
    async with found.client(dialect.name) as client:
        for route in dialect.routes:
            if route.method == "GET" and "{" not in route.path.replace(CUSTOMER, ""):
                path = path_of(route, found.books[0].account)
                text = (await client.get(path, headers=header_of(route))).text
                match = re.search(r'"(?:public_id|id)": ?"?([\w-]+)', text)
                if match:
                    known[route.path.split("/")[1]] = match[1]
    known.setdefault("tasks", known.get("notes", "1"))  # which one vendor shows, but does not list as such
    return known


async def send(client: httpx.AsyncClient, route: Route, found: World, known: Mapping[str, str], raw: bytes) -> Any:
    """The answer to a body, sent to the route with an id in its path that is there."""
    path = path_of(route, found.books[0].account, lambda _: known.get(route.path.split("/")[1], "1"))
    return await client.request(route.method, path, content=raw, headers=header_of(route))


class Judge:
    """Whether answers are what the dialect may answer."""

    def __init__(self, dialect: DialectServer) -> None:
        components = {"schemas": {**dialect.schemas, "Error": dialect.error_schema}}
        self._schema = jsonschema_rs.Draft202012Validator(
            {"components": components, "$ref": "#/components/schemas/Error"}
        )
        self._type = dialect.error_type

    def check(self, answer: httpx.Response, what: object) -> bool:
        """Whether the answer is an error; one that is wrong fails the test."""
        assert answer.status_code < 500, (what, answer.status_code, answer.text[:500])
        assert answer.headers["x-request-id"]
        if answer.status_code < 400:
            return False
        assert answer.headers["content-type"].split(";")[0] == self._type, what
        self._schema.validate(answer.json())
        return True


def with_bodies(dialect: DialectServer) -> list[Route]:
    """The dialect's routes that take a body."""
    return [route for route in dialect.routes if route.body is not None]


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
async def test_a_body_that_no_route_takes_is_refused_by_every_route(made: World, dialect: DialectServer) -> None:
    known, judge, before = await paths(made, dialect), Judge(dialect), feed(made.url, 1)
    async with made.client(dialect.name) as client:
        for route in with_bodies(dialect):
            for name, body in REFUSED.items():
                if len(body) > MEGABYTE and route.body_limit > len(body):
                    body = body * 2
                answer = await send(client, route, made, known, body)
                assert judge.check(answer, (route, name)), (route.method, route.path, name, answer.text[:200])
                allowed = {413} if len(body) > route.body_limit else {400, 413, 422}
                assert answer.status_code in allowed, (route.method, route.path, name, answer.text[:200])
    assert feed(made.url, 1) == before
    assert differences(made.url) == []


def names_of(schema: Any, components: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, ...]]:
    """The paths of the properties that a body's schema knows, two levels of them."""
    if not isinstance(schema, Mapping) or depth > 2:
        return
    if "$ref" in schema:
        yield from names_of(components.get(schema["$ref"].rpartition("/")[2]), components, depth)
    for part in ("allOf", "anyOf", "oneOf"):
        for member in schema.get(part, ()):
            yield from names_of(member, components, depth)
    for name, member in schema.get("properties", {}).items():
        yield (name,)
        for below in names_of(member, components, depth + 1):
            yield (name, *below)


def schema_of(route: Route, dialect: DialectServer) -> Mapping[str, Any]:
    """The schema of the route's body, or of the component that it names."""
    body = route.body or {}
    return dialect.schemas[body["$ref"].rpartition("/")[2]] if "$ref" in body else body


def nested(path: tuple[str, ...], value: Any) -> Any:
    """`value` at `path`."""
    for name in reversed(path):
        value = {name: value}
    return value


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
async def test_any_field_may_hold_anything_and_nothing_breaks(made: World, dialect: DialectServer) -> None:
    known, judge = await paths(made, dialect), Judge(dialect)
    position = len(feed(made.url, 1))
    every = sum(len(set(names_of(route.body, dialect.schemas))) for route in with_bodies(dialect))
    # Every place gets some of the values, and all of them together get every value many times: the fewer the more.
    least = 3 if made.url.startswith("sqlite") else 14
    step = max(least, min(every * least // 360, len(WRONG)))
    async with made.client(dialect.name) as client:
        for route in with_bodies(dialect):
            places = sorted(set(names_of(route.body, dialect.schemas)))
            is_list = schema_of(route, dialect).get("type") == "array"
            assert places or is_list, f"the schema of {route.path} names no property"
            for number, place in enumerate(places):
                for value in WRONG[number % step :: step]:
                    body = nested(place, value)
                    answer = await send(client, route, made, known, json.dumps(body).encode())
                    refused = judge.check(answer, (route.method, route.path, body))
                    now = await _position(made)
                    assert not refused or now == position, (route.method, route.path, place, value)
                    position = now
            for whole in (*WRONG[:20], None, [{}], [[]], ["a", 1, None]):
                answer = await send(client, route, made, known, json.dumps(whole).encode())
                judge.check(answer, (route.method, route.path, whole))
            position = await _position(made)
    assert differences(made.url) == []


async def _position(found: World) -> int:
    rows = await found.books[0].store.reader(1).rows("SELECT seq FROM account_state WHERE account_id = $1", 1)
    return int(rows[0][0])


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
async def test_any_parameter_may_hold_anything_and_nothing_breaks(made: World, dialect: DialectServer) -> None:
    known, judge, before = await paths(made, dialect), Judge(dialect), feed(made.url, 1)
    async with made.client(dialect.name) as client:
        for route in dialect.routes:
            if route.method != "GET":
                continue
            path = path_of(route, made.books[0].account, lambda _, r=route: known.get(r.path.split("/")[1], "1"))  # type: ignore[misc]
            client.headers.update(header_of(route))
            for number, param in enumerate(param for param in route.params if param.where == "query"):
                step = 2 if made.url.startswith("sqlite") else 5
                for value in QUERIES[number % step :: step]:
                    for name in (param.name, f"{param.name}[]"):
                        answer = await client.get(f"{path}?{quote(name)}={quote(value)}")
                        judge.check(answer, (path, name, value))
            for query in ("&".join(["a=1"] * 3000), "%ff=%ff", "%00=%00", "=&=&&", "a[b][c]=1", "%", "page=1&page=x"):
                judge.check(await client.get(f"{path}?{query}"), (path, query[:50]))
    assert feed(made.url, 1) == before


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
XML = {
    "broken": b"<a>",
    "two roots": b"<a/><b/>",
    "a bomb": f'<!DOCTYPE a [<!ENTITY l0 "lol">{BOMB}]><a>&l9;</a>'.encode(),
    "a file": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "a document elsewhere": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "a nul": b"<a>&#0;</a>",
    "a control character": b"<a>&#7;</a>",
    "a surrogate": b"<a>&#xD800;</a>",
    "no utf-8": b"<a>\xff</a>",
    "an encoding that is none": b'<?xml version="1.0" encoding="klingon"?><a/>',
    "deep": b"<a>" * 100_000 + b"</a>" * 100_000,
    "json": b'{"a": 1}',
    "large": b"<a>" + b"x" * (10 * MEGABYTE) + b"</a>",
}


@pytest.mark.parametrize("kind", ["application/xml", "text/xml; charset=utf-16"])
@pytest.mark.parametrize("name", [one.name for one in DIALECTS.values() if "application/xml" in one.media_types])
async def test_xml_that_no_route_takes_is_refused_by_every_route(made: World, name: Any, kind: str) -> None:
    dialect = DIALECTS[name]
    known, judge, before = await paths(made, dialect), Judge(dialect), feed(made.url, 1)
    async with made.client(name, extra={"content-type": kind}) as client:
        for route in with_bodies(dialect):
            for what, body in XML.items():
                answer = await send(client, route, made, known, body)
                assert judge.check(answer, (route, what)), (route.path, what, answer.text[:200])
    assert feed(made.url, 1) == before


NUMBERS = [
    "0",
    "-1",
    "1.5",
    "99999999999999999999",
    str(2**31),
    str(2**63),
    "x",
    "%00",
    "%ff",
    "%F0%9F%98%80",
    "%2e%2e",
    "a%2Fb",
]
NUMBERS += [
    "null",
    "1%0a",
    " 1",
    "1 ",
    "+1",
    "1e3",
    "0x1",
    "١",
    "x" * 5000,
    "'%20OR%201=1",
    "%ED%A0%80",
    "1;2",
    "[]",
    "{}",
]


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
async def test_an_id_that_is_none_is_not_found(made: World, dialect: DialectServer) -> None:
    judge, before = Judge(dialect), feed(made.url, 1)
    async with made.client(dialect.name) as client:
        for route in dialect.routes:
            for number, name in itertools.product(NUMBERS, re.findall(r"\{\w+\}", route.path)):
                path = path_of(replace(route, path=route.path.replace(name, number)), made.books[0].account)
                answer = await client.request(route.method, path, content=b"{}" if route.body is not None else None)
                judge.check(answer, (route.method, path))
                refused = answer.status_code in (400, 403, 404, 405, 422)
                assert refused or answer.text == "[]", (route.method, path, answer.text[:200])
    assert feed(made.url, 1) == before


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
async def test_a_method_or_path_that_is_none_is_refused_in_the_dialect_s_words(
    made: World, dialect: DialectServer
) -> None:
    judge = Judge(dialect)
    by_path: dict[str, set[str]] = {}
    for route in dialect.routes:
        by_path.setdefault(route.path, set()).add(route.method)
    async with made.client(dialect.name) as client:
        for path, methods in by_path.items():
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
                if method not in methods:
                    answer = await client.request(method, re.sub(r"\{\w+\}", "1", path), content=b"{}")
                    assert judge.check(answer, (method, path))
                    assert answer.status_code == 405, (method, path)
                    assert set(answer.headers["allow"].split(", ")) >= methods
        for path in ("/nothing", "/contacts/1/2/3/4", "/contacts//1", "/%00", "/" + "x" * 5000, "/Contacts"):
            answer = await client.get(path)
            assert judge.check(answer, path)
            assert answer.status_code == 404, path


REFUSED_KEYS = (401, 403)
"""A missing key is 401 everywhere; one that is wrong is 403 where the vendor says so."""
KEYS = ["", "x", "Bearer", "Bearer ", "Bearer \xff", "Basic Og==", "Basic \xff", "ob1x", "\u00e4" * 5000, ","]


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
async def test_a_key_that_is_none_is_refused_whatever_it_is(made: World, dialect: DialectServer) -> None:
    judge, login = Judge(dialect), made.logins[0][dialect.name]
    route = next(one for one in dialect.routes if one.scope and one.method == "GET")
    async with made.client(dialect.name) as client:
        for name in login.headers:
            for value in (
                "",
                "x",
                "Bearer",
                "Bearer ",
                "Bearer \xff",
                "Basic Og==",
                "Basic \xff",
                "ob1x",
                "\u00e4" * 5000,
                ",",
            ):
                answer = await client.get(
                    re.sub(r"\{\w+\}", "1", route.path), headers=[(name.encode(), value.encode("latin-1"))]
                )
                assert judge.check(answer, value)
                assert answer.status_code in REFUSED_KEYS, value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(WRONG),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def bodies(route: Route, dialect: DialectServer) -> st.SearchStrategy[Any]:
    """Bodies that name the route's own properties and hold anything."""
    top: dict[str, list[str]] = {}
    for path in sorted(set(names_of(route.body, dialect.schemas))):
        top.setdefault(path[0], [])
        if len(path) == 2:
            top[path[0]].append(path[1])
    members = {
        name: JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(below, JSON)) if below else JSON
        for name, below in top.items()
    }
    return st.fixed_dictionaries({}, optional=members) | JSON


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
def test_any_json_at_all_is_answered(database_url: str, dialect: DialectServer) -> None:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        found = runner.run(stack.enter_async_context(world(database_url, ("Eins",))))
        try:
            runner.run(fill_book(found))
            known, judge = runner.run(paths(found, dialect)), Judge(dialect)
            client = runner.run(stack.enter_async_context(found.client(dialect.name)))

            @settings(max_examples=150)
            @given(st.sampled_from(with_bodies(dialect)).flatmap(lambda r: st.tuples(st.just(r), bodies(r, dialect))))
            def any_body(drawn: tuple[Route, Any]) -> None:
                route, body = drawn
                raw = json.dumps(body).encode()
                before = runner.run(_position(found))
                answer = runner.run(send(client, route, found, known, raw))
                refused = judge.check(answer, (route.method, route.path, body))
                assert not refused or runner.run(_position(found)) == before

            any_body()
        finally:
            runner.run(stack.aclose())
    assert differences(database_url) == []
