"""EasyBroker's callers all at once, on a host of their own, and with any body at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from tests.conformance.easybroker.agency import DOCUMENT, HOST, PARTNERS, PUBLIC_ID, Agency, agency

REQUESTS = "/contact_requests"
SAID = {"property_id": PUBLIC_ID, "name": "Ana López", "email": "ana@example.com", "phone": "5559090909"}


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[Agency]:
    async with agency(database_url) as made:
        await made.add_property()
        yield made


async def test_fifty_callers_with_one_email_make_one_contact(served: Agency) -> None:
    replies = await asyncio.gather(*(served.call("POST", REQUESTS, json=SAID) for _ in range(50)))
    assert {reply.status_code for reply in replies} == {200}
    assert len(await served.contacts()) == 1
    listed = await served.get(f"{REQUESTS}?limit=50")
    assert listed["pagination"]["total"] == 50
    assert len({row["id"] for row in listed["content"]}) == 50


async def test_fifty_sendings_of_one_remote_id_make_one_request(served: Agency) -> None:
    key = await served.new_key("partner")
    said = SAID | {"message": "hola", "remote_id": 1516}
    replies = await asyncio.gather(
        *(served.call("POST", PARTNERS, key=key, country="MX", json=said) for _ in range(50))
    )
    assert {(reply.status_code, reply.content) for reply in replies} == {(200, b'{"status":"successful"}')}
    assert (await served.get(PARTNERS, key=key, country="MX"))["pagination"]["total"] == 1
    assert len(await served.contacts()) == 1


async def test_fifty_new_properties_have_fifty_public_ids(served: Agency) -> None:
    new = {"title": "Casa", "property_type": "Casa", "status": "published"}
    replies = await asyncio.gather(*(served.call("POST", "/properties", json=new) for _ in range(50)))
    assert len({reply.json()["public_id"] for reply in replies}) == 50


async def test_another_accounts_things_are_not_there(served: Agency) -> None:
    async with agency_beside(served) as other:
        await served.call("POST", REQUESTS, json=SAID)
        (contact,) = await served.contacts()
        assert (await other.call("GET", f"/contacts/{contact.id}")).status_code == 404
        assert (await other.call("PATCH", f"/contacts/{contact.id}", json={"tags": ["x"]})).status_code == 404
        assert (await other.call("GET", f"/properties/{PUBLIC_ID}")).status_code == 404
        assert (await other.call("POST", REQUESTS, json=SAID)).status_code == 404
        for path in (REQUESTS, "/contacts", "/properties"):
            assert (await other.get(path))["pagination"]["total"] == 0


def agency_beside(served: Agency) -> Any:
    """A second agency in the same database."""
    return agency(served.store.url, name="Otra inmobiliaria")


async def test_on_a_host_of_its_own_the_paths_are_the_vendors(sqlite_url: str) -> None:
    async with agency(sqlite_url, hosts={"api.easybroker.test": "easybroker"}) as served:
        for number in range(2):
            await served.add_property(reference=f"EB-AAAA0{number}")
        reply = await served.call("GET", "https://api.easybroker.test/v1/properties?limit=1")
        assert reply.json()["pagination"]["next_page"] == "https://api.easybroker.test/v1/properties?limit=1&page=2"
        reply = await served.call("GET", f"{HOST}/v1/properties")
        assert reply.status_code == 404


def test_the_openapi_document_is_valid() -> None:
    validate(DOCUMENT)


texts = st.text(max_size=10)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
keys = st.sampled_from(
    [
        *("property_id", "name", "email", "phone", "message", "source", "remote_id", "emails", "phones", "addresses"),
        *("tags", "full_name", "agent", "title", "property_type", "status", "operations", "location", "images"),
    ]
)
bodies = values | st.dictionaries(keys, values, max_size=6)


async def test_any_body_at_all_is_answered_as_the_document_says(sqlite_url: str) -> None:
    async with agency(sqlite_url) as served:
        await served.add_property()
        contact = await served.add_contact(last_name="López")
        partner = await served.new_key("partner")
        loop = asyncio.get_running_loop()

        async def send(body: Any) -> None:
            for method, path, key in (
                ("POST", REQUESTS, None),
                ("POST", PARTNERS, partner),
                ("POST", "/properties", None),
                ("PATCH", f"/properties/{PUBLIC_ID}", None),
                ("PATCH", f"/contacts/{contact.id}", None),
            ):
                reply = await served.call(method, path, key=key, country="MX", json=body)
                assert reply.status_code in (200, 400, 404, 422), reply.text
            await served.get(f"/contacts/{contact.id}")
            await served.get(f"/properties/{PUBLIC_ID}")

        @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(bodies)
        def run(body: Any) -> None:
            asyncio.run_coroutine_threadsafe(send(body), loop).result(30)

        await asyncio.to_thread(run)
        for path in (REQUESTS, "/contacts", "/properties"):
            await served.get(path)
