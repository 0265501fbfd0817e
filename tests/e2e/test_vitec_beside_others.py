"""The same people through several dialects: what one cannot say is not lost to the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest

from onebook.service.access import create_key
from tests.book import START
from tests.conformance.vitec.agency import CUSTOMER, Agency, agency

PATH = f"/CRM/Contact/{CUSTOMER}"


@pytest.fixture
async def nord(database_url: str) -> AsyncIterator[Agency]:
    async with agency(database_url) as served:
        yield served


async def propstack(nord: Agency) -> httpx.AsyncClient:
    """A client of Propstack's dialect on the same account."""
    key = await create_key(nord.store, [nord.accounts[CUSTOMER].account_id], "propstack", now=START, rate=0)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(cast(Any, nord.app)),
        base_url="http://book.test/propstack/v1",
        headers={"X-API-KEY": key.secret},
    )


async def test_people_and_companies_of_propstack_are_persons_and_companies(nord: Agency) -> None:
    async with await propstack(nord) as caller:
        client = {"first_name": "Åsa", "last_name": "Öst", "email": "asa@x.se", "home_cell": "070-123 45 67"}
        person = (await caller.post("/contacts", json={"client": client})).json()["id"]
        firm = {"is_company": True, "company": "Bygg AB", "email": "info@bygg.se"}
        company = (await caller.post("/contacts", json={"client": firm})).json()["id"]
    shown = await nord.get(f"{PATH}/{person},{company}")
    assert [(one["type"], one.get("name") or one["lastName"]) for one in shown] == [
        ("Person", "Öst"),
        ("Company", "Bygg AB"),
    ]
    assert shown[0]["telephone"]["cell"] == "070-123 45 67"
    assert shown[1]["email"]["emailAddress"] == "info@bygg.se"
    assert await nord.person(firstName="Åsa", lastName="Öst", email={"emailAddress": "ASA@x.se"}) == str(person)


async def test_a_change_here_changes_nothing_else_there(nord: Agency) -> None:
    async with await propstack(nord) as caller:
        client = {
            "salutation": "ms",
            "first_name": "Åsa",
            "last_name": "Öst",
            "email": "asa@x.se",
            "home_street": "Storgatan",
            "home_house_number": "12",
            "home_zip_code": "11122",
            "office_phone": "08-1",
            "home_phone": "08-2",
            "home_fax": "08-3",
            "rating": 2,
            "shoe_size": 43,
        }
        made = (await caller.post("/contacts", json={"client": client})).json()["id"]
        before = (await caller.get(f"/contacts/{made}")).json()
        shown = await nord.get(f"{PATH}/Person/{made}")
        assert shown["address"]["streetAddress"] == "Storgatan 12"
        body = {
            "address": {**shown["address"], "zipCode": "222 33"},
            "telePhone": "08-4",
            "lastName": shown["lastName"],
        }
        assert await nord.person(contactId=str(made), **body) == str(made)
        after = (await caller.get(f"/contacts/{made}")).json()
    changed = {key for key in before if before[key] != after[key]}
    told = {"home_zip_code", "home_phone", "home_address", "updated_at", "updated_at_formatted"}
    assert {"home_zip_code", "home_phone"} <= changed <= told
    assert (after["home_street"], after["home_house_number"], after["home_zip_code"]) == ("Storgatan", "12", "222 33")
