"""The OpenAPI document of the native API says what is served."""

from __future__ import annotations

import re
from typing import Any

from openapi_spec_validator import validate

from onebook.dialects.native.collections import COLLECTIONS
from onebook.dialects.native.routes import ROUTES
from onebook.dialects.native.server import SERVER
from onebook.service.access import SCOPES
from tests.native import served

ANYBODY = {"Authorization": ""}


async def test_the_document_is_valid_and_open_to_all(sqlite_url: str) -> None:
    async with served(sqlite_url) as book:
        answer = await book.client.get("/openapi.json", headers=ANYBODY)
        assert answer.status_code == 200
        document: dict[str, Any] = answer.json()
        assert document["openapi"].startswith("3.1")
        assert document["servers"] == [{"url": "http://onebook.test/api/v1"}]
        validate(document)
        page = await book.client.get("/docs", headers=ANYBODY)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert document["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
        for path in ("/contacts", "/contacts/{id}", "/contacts/{id}/restore", "/contacts/{id}/history", "/leads/{id}"):
            assert path in document["paths"]


OPERATIONS = {
    ("GET", ""),
    ("POST", ""),
    ("GET", "/{id}"),
    ("PATCH", "/{id}"),
    ("DELETE", "/{id}"),
    ("POST", "/{id}/restore"),
    ("GET", "/{id}/history"),
}


def test_every_route_has_a_summary_and_a_scope() -> None:
    for route in ROUTES:
        assert route.summary
        assert route.scope in SCOPES, route.path
        assert (route.method == "POST") == any(param.name == "Idempotency-Key" for param in route.params), route.path
    paths = {(route.method, route.path) for route in ROUTES}
    assert len(paths) == len(ROUTES)
    for one in COLLECTIONS:
        below = {(method, path.removeprefix(one.path)) for method, path in paths if path.startswith(one.path)}
        assert below >= OPERATIONS, one.path
        assert one.path.strip("/").replace("-", "_") == one.resource


def test_every_schema_that_is_referred_to_is_there() -> None:
    known = {f"#/components/schemas/{name}" for name in SERVER.schemas}
    said = re.findall(r"#/components/schemas/\w+", repr((SERVER.schemas, [(one.body, one.answers) for one in ROUTES])))
    assert set(said) <= known
    assert SERVER.schemas["Contact"]["required"][:3] == ["id", "kind", "salutation"]
    assert SERVER.schemas["TagInput"]["required"] == ["name"]
    assert "required" not in SERVER.schemas["TagChange"]
