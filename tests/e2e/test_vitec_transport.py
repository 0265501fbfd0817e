"""Logins, formats, paths in any case, errors, and the document that describes it all."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from onebook.app import build_app
from onebook.dialects.vitec.server import SERVER
from onebook.http.openapi import openapi
from onebook.service.access import revoke_key
from onebook.settings import Settings
from tests.book import START
from tests.conformance.vitec.agency import CUSTOMER, FOREIGN, OTHER, Agency, agency, parsed, texts
from tests.e2e.server import serving
from tests.native import running

PATH = f"/CRM/Contact/{CUSTOMER}"


@pytest.fixture
async def nord(sqlite_url: str) -> AsyncIterator[Agency]:
    async with agency(sqlite_url) as served:
        yield served


def basic(nord: Agency, scheme: str = "Basic", colon: str = ":") -> dict[str, str]:
    """The header of the agency's login."""
    text = f"{nord.login.username}{colon}{nord.login.secret}"
    return {"Authorization": f"{scheme} {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize("scheme", ["basic", "Basic", "BASIC"])
async def test_the_scheme_counts_in_any_case(nord: Agency, scheme: str) -> None:
    async with nord.caller(None) as caller:
        assert (await caller.get(PATH, headers=basic(nord, scheme))).status_code == 200


async def test_a_missing_or_wrong_login_is_401_and_says_how_to_log_in(nord: Agency) -> None:
    wrong = base64.b64encode(f"{nord.login.username}:ob1xno".encode()).decode()
    async with nord.caller(None) as caller:
        for header, message in (
            ({}, "Authorization headern är inte korrekt"),
            ({"Authorization": "Bearer x"}, "Authorization headern är inte korrekt"),
            ({"Authorization": "Basic !"}, "Authorization headern är inte korrekt"),
            ({"Authorization": "Basic 4pyT/w=="}, "Authorization headern är inte korrekt"),
            (basic(nord, colon=""), "Authorization headern är inte korrekt"),
            ({"Authorization": f"Basic {wrong}"}, "Användarnamnet eller lösenordet är felaktigt"),
        ):
            answer = await caller.get(PATH, headers=header)
            assert (answer.status_code, answer.json()) == (401, {"message": message})
            assert answer.headers["www-authenticate"].startswith("Basic ")


async def test_the_password_opens_nothing_under_another_name(nord: Agency) -> None:
    other = await nord.key()
    async with nord.caller(None) as caller:
        mixed = base64.b64encode(f"{other.username}:{nord.login.secret}".encode()).decode()
        assert (await caller.get(PATH, headers={"Authorization": f"Basic {mixed}"})).status_code == 401


async def test_a_login_opens_its_customers_and_no_others(nord: Agency) -> None:
    for customer, status in ((CUSTOMER, 200), (OTHER, 200), (FOREIGN, 403), ("M999", 403)):
        answer = await nord.client.get(f"/CRM/Contact/{quoted(customer)}")
        assert answer.status_code == status
    async with nord.caller(await nord.key(customer=FOREIGN)) as foreign:
        assert (await foreign.get(f"/CRM/Contact/{FOREIGN}")).status_code == 200
        assert (await foreign.get(PATH)).status_code == 403


def quoted(text: str) -> str:
    """Percent-encoded, slashes and commas too."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


async def test_a_login_does_what_its_scopes_say(nord: Agency) -> None:
    async with nord.caller(await nord.key("contacts:read")) as reader:
        assert (await reader.get(PATH)).status_code == 200
        assert (await reader.post("/Contacts/UpdatePerson", json={})).status_code == 403
        assert (await reader.get(f"/Category/GetCategories?customerId={CUSTOMER}")).status_code == 403
        assert (await reader.post("/Contacts/GetContactsSyncList", json={"customerId": CUSTOMER})).status_code == 200


async def test_a_revoked_login_is_refused_at_once(nord: Agency) -> None:
    made = await nord.key()
    async with nord.caller(made) as caller:
        assert (await caller.get(PATH)).status_code == 200
        await revoke_key(nord.store, nord.accounts[CUSTOMER], str(made.key.key_id), now=START)
        assert (await caller.get(PATH)).status_code == 401


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/json", "application/json"),
        ("text/json", "text/json"),
        ("application/xml", "application/xml"),
        ("text/xml", "text/xml"),
        ("text/html", "application/json"),
        ("", "application/json"),
        ("application/json;q=0.2, text/xml;q=0.9", "text/xml"),
    ],
)
async def test_answers_and_errors_come_in_the_format_that_is_liked_best(
    nord: Agency, accept: str, content_type: str
) -> None:
    for path, status in ((PATH, 200), ("/CRM/Contact/%20", 400), (f"/CRM/Contact/{FOREIGN}", 403), ("/nowhere", 404)):
        answer = await nord.client.get(path, headers={"Accept": accept})
        assert answer.status_code == status
        assert answer.headers["content-type"] == f"{content_type}; charset=utf-8"
        assert parsed(answer.content) is not None if "xml" in content_type else answer.json()


async def test_paths_and_query_names_count_in_any_case_and_ids_do_not(nord: Agency) -> None:
    contact = await nord.contact(first_name="A", external_ids={"vitec": "aB/c"})
    for path in (
        f"/crm/contact/{CUSTOMER}/aB%2Fc?SINGLE=TRUE",
        f"/CRM/CONTACT/{CUSTOMER}/PERSON/aB%2fc",
        f"/Crm/Contact/{CUSTOMER}/aB%2Fc/?criteria.Single=true",
    ):
        assert (await nord.get(path))["id"] == "aB/c"
    assert await nord.get(f"{PATH}/AB%2FC") == []
    assert contact.first_name == "A"
    answer = await nord.client.get(httpx.URL(f"http://book.test/VITEC/crm/contact/{CUSTOMER}"))
    assert answer.status_code == 200


async def test_unknown_paths_and_methods_are_told_in_the_vendors_shape(nord: Agency) -> None:
    assert await nord.get("/nowhere", status=404) == {"message": "Sökvägen finns inte"}
    answer = await nord.client.put(PATH)
    assert (answer.status_code, answer.json()) == (405, {"message": "Metoden stöds inte"})
    assert answer.headers["allow"] == "GET, HEAD"
    document = parsed((await nord.client.get("/nowhere", headers={"Accept": "text/xml"})).content)
    assert texts(document, "/Error/Message") == ["Sökvägen finns inte"]


async def test_the_dialect_answers_on_a_host_name_of_its_own(sqlite_url: str) -> None:
    async with agency(sqlite_url) as nord:
        contact = await nord.contact(first_name="A", external_ids={"vitec": "a/b"})
        app = build_app(Settings(database_url=sqlite_url, hosts={"connect.example": "vitec"}))
        transport = httpx.ASGITransport(cast(Any, app))
        async with running(app), httpx.AsyncClient(transport=transport, base_url="http://connect.example") as caller:
            answer = await caller.get(f"/crm/contact/{CUSTOMER}/a%2Fb", headers=basic(nord))
            assert [one["id"] for one in answer.json()] == ["a/b"]
            document = (await caller.get("/OPENAPI.json")).json()
            assert document["servers"] == [{"url": "http://connect.example"}]
    assert contact.external_ids == {"vitec": "a/b"}


async def test_an_encoded_slash_survives_the_way_through_a_real_server(sqlite_url: str) -> None:
    async with agency(sqlite_url) as nord:
        await nord.contact(first_name="A", external_ids={"vitec": "a/b,c"})
        headers = "".join(f"{name}: {value}\r\n" for name, value in basic(nord).items())
        path = f"/vitec/crm/CONTACT/{CUSTOMER}/person/a%2fb%2Cc"
        request = f"GET {path} HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\nAccept: text/xml\r\n{headers}\r\n"
        with serving(sqlite_url) as server:
            host, port = server.url.removeprefix("http://").split(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(request.encode())
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            writer.close()
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert texts(parsed(body), "/c:CrmPersonContact/c:Id") == ["a/b,c"]


def test_the_openapi_document_is_valid_and_has_every_format() -> None:
    document = openapi(SERVER, "http://book.test/vitec")
    OpenAPIV31SpecValidator(document).validate()
    read = document["paths"]["/CRM/Contact/{customerId}/{contactIds}"]["get"]
    assert set(read["responses"]["200"]["content"]) == {"application/json", "text/json", "application/xml", "text/xml"}
    assert set(read["responses"]["400"]["content"]) == set(read["responses"]["200"]["content"])
    update = document["paths"]["/Contacts/UpdatePerson"]["post"]
    assert set(update["requestBody"]["content"]) == {"application/json", "application/x-www-form-urlencoded"}
    contact = document["components"]["schemas"]["CrmContact"]
    assert contact["discriminator"]["propertyName"] == "type"
    assert set(contact["discriminator"]["mapping"]) == {"Person", "Company", "DeceasedEstate"}
