"""The vendor's own page: its example request and answer, sent to and got from the served book."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count

import msgspec
import pytest

from tests.conformance.easybroker.agency import PARTNERS, Agency, agency, case

THEN = datetime(2020, 3, 1, 23, 26, 53, 402000, UTC)
"""When the page's example happened."""


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[Agency]:
    async with agency(database_url, now=lambda: THEN) as made:
        yield made


async def test_the_pages_request_is_taken(served: Agency) -> None:
    await served.add_property()
    key = await served.new_key("partner", name="Portal")
    headers = {"accept": "application/json", "content-type": "application/json"}
    reply = await served.call(
        "POST", PARTNERS, key=key, country="MX", content=case("partner_request.json"), headers=headers
    )
    assert reply.status_code == 200
    assert reply.content == b'{"status":"successful"}'
    assert reply.headers["content-type"] == "application/json; charset=utf-8"


async def test_the_pages_list_is_answered(served: Agency) -> None:
    await served.add_property()
    key = await served.new_key("partner", name="Portal")
    sent = msgspec.json.decode(case("partner_request.json")) | {"remote_id": 117589189}
    await served.call("POST", PARTNERS, key=key, country="MX", json=sent)
    reply = await served.call("GET", PARTNERS, key=key, country="MX")
    assert reply.content == msgspec.json.format(case("partner_list.json"), indent=-1)


async def test_every_filter_of_the_page_narrows_the_list(served: Agency) -> None:
    await served.add_property()
    await served.add_property(reference="EB-XXXX02")
    key = await served.new_key("partner")
    sent = msgspec.json.decode(case("partner_request.json"))
    for remote_id, number in zip(count(1), ("EB-XXXX01", "EB-XXXX02"), strict=False):
        await served.call(
            "POST", PARTNERS, key=key, country="MX", json=sent | {"remote_id": remote_id, "property_id": number}
        )
    for query, found in (
        ("property_id=EB-XXXX02", ["2"]),
        ("property_id=EB-NOSUCH", []),
        ("happened_after=2020-03-01T23:26:53.402Z", ["2", "1"]),
        ("happened_after=2020-03-01T23:26:53.403Z", []),
        ("happened_after=2020-03-01T17:26:53-06:00&happened_before=2020-03-01", ["2", "1"]),
        ("happened_before=2020-03-02T00:00:00+00:40", []),
        ("happened_before=2020-03-02T00:00:00%2B00:00", ["2", "1"]),
    ):
        reply = await served.get(f"{PARTNERS}?{query}", key=key, country="MX")
        assert [row["remote_id"] for row in reply["content"]] == found, query


@pytest.mark.parametrize("name", ["property_id", "email", "message", "remote_id"])
async def test_what_the_page_calls_needed_is_named_where_it_is_missing(served: Agency, name: str) -> None:
    await served.add_property()
    key = await served.new_key("partner")
    sent = msgspec.json.decode(case("partner_request.json"))
    sent.pop(name)
    sent.pop("phone")
    reply = await served.call("POST", PARTNERS, key=key, country="MX", json=sent)
    assert reply.status_code == 422
    assert reply.json() == {"error": f"Debes especificar: {name}."}
