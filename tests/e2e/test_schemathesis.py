"""Every dialect's OpenAPI document is valid, and the served book answers as it says, to right and wrong requests."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from onebook.app import build_app
from onebook.http.openapi import openapi
from onebook.http.route import DialectServer
from onebook.settings import Settings
from tests.book import opened
from tests.callers import DIALECTS, World, base, prepared, running, world
from tests.derived import differences
from tests.e2e.server import Server, serving
from tests.e2e.test_hard_input import fill_book, paths

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    allow_header_conformance,
]
REQUESTS = 300
"""So many are sent to each dialect, shared out among its operations."""


async def made_world(url: str) -> World:
    """An account with one of everything in it."""
    async with opened(url) as store:
        made = await prepared(store, ("Eins",))
        await fill_book(made)
        return made


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Server]]:
    """One server for the documents of all dialects."""
    url = f"sqlite:///{tmp_path_factory.mktemp('schemathesis') / 'onebook.db'}"
    made = asyncio.run(made_world(url))
    with serving(url, env={"ONEBOOK_LOG_LEVEL": "error"}) as server:
        yield made, server


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
def test_the_document_is_valid(dialect: DialectServer) -> None:
    document = openapi(dialect, base(dialect.name))
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()
    ids = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids)) == len(dialect.routes)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (path, method)
            assert operation["responses"], (path, method)
    references = set(re.findall(r"#/components/schemas/([^'\"]+)", str(document)))
    assert references <= document["components"]["schemas"].keys()


async def test_every_document_and_its_page_are_open_to_all(sqlite_url: str) -> None:
    async with world(sqlite_url, ("Eins",)) as made:
        assert made.app is not None
        for dialect in DIALECTS.values():
            transport = httpx.ASGITransport(made.app)
            async with httpx.AsyncClient(transport=transport, base_url=base(dialect.name)) as client:
                document = await client.get("/openapi.json")
                assert document.headers["content-type"] == "application/json"
                assert document.json() == openapi(dialect, base(dialect.name))
                page = await client.get("/docs")
                assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
                links = re.findall(r"(?:src|href)=[\"']?([^\"' >]+)", page.text)
                assert all(link.startswith(base(dialect.name)) for link in links), "the page loads from elsewhere"
                for route in dialect.routes:
                    assert route.path.split("/")[1] in page.text


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
def test_answers_are_what_the_document_says(served: tuple[World, Server], dialect: DialectServer) -> None:
    made, server = served
    ids = asyncio.run(_ids(made, dialect))
    schema = schemathesis.openapi.from_url(f"{base(dialect.name, server.url)}/openapi.json")
    found: list[Any] = list(schema.get_all_operations())
    operations = [one.ok() for one in found]
    assert len(operations) == len(dialect.routes)
    failures: list[str] = []
    told: Counter[int] = Counter()
    with requests.Session() as session:
        session.headers.update(made.logins[0][dialect.name].headers)
        for place, operation in enumerate(operations):
            for turn, mode in enumerate((GenerationMode.POSITIVE, GenerationMode.NEGATIVE), place):
                count = max(1, REQUESTS // (2 * len(operations)))
                failures += _try(operation, mode, ids, session, count, turn, told)
    assert not failures, "\n\n".join([*failures, server.said()])
    assert min(told[2], told[4]) > 20, told
    assert differences(made.url) == []


async def _ids(made: World, dialect: DialectServer) -> dict[str, str]:
    app = build_app(Settings(database_url=made.url))
    async with running(app):
        return await paths(replace(made, app=app), dialect)


def _try(
    operation: Any,
    mode: GenerationMode,
    ids: dict[str, str],
    session: requests.Session,
    count: int,
    turn: int,
    told: Counter[int],
) -> list[str]:
    """Send requests of the operation's own schema, or of what it is not; answers what went wrong.

    At every odd `turn` they are about what is there, at the others about anything.
    """
    try:
        strategy = operation.as_strategy(generation_mode=mode)
    except Exception as error:  # nothing can be negated in an operation without parameters
        if mode is GenerationMode.NEGATIVE:
            return []
        return [f"{operation.label}: {error}"]
    turns = itertools.count(turn)

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def one(case: Any) -> None:
        if next(turns) % 2 and case.path_parameters:
            known = ids.get(case.path.split("/")[1], "1")
            case.path_parameters = {name: "M1" if name == "customerId" else known for name in case.path_parameters}
        case.headers.pop("Idempotency-Key", None)
        response = case.call(session=session)
        told[response.status_code // 100] += 1
        case.validate_response(response, checks=CHECKS)

    try:
        one()
    except Exception as error:
        return [f"{operation.label}: {error}"]
    return []
