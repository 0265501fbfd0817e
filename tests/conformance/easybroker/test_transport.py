"""How this vendor's API answers, whatever is asked: keys, errors in two languages, pages, odd requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conformance.easybroker.agency import BASE, PARTNERS, PUBLIC_ID, Agency, agency

REQUESTS = "/contact_requests"


@pytest.fixture
async def served(sqlite_url: str) -> AsyncIterator[Agency]:
    async with agency(sqlite_url) as made:
        yield made


@pytest.fixture
async def english(sqlite_url: str) -> AsyncIterator[Agency]:
    async with agency(sqlite_url, language="en") as made:
        yield made


async def error(served: Agency, method: str, path: str, **more: Any) -> tuple[int, str]:
    reply = await served.call(method, path, **more)
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert list(reply.json()) == ["error"]
    return reply.status_code, reply.json()["error"]


async def ask(served: Agency, times: int) -> None:
    await served.add_property()
    for number in range(times):
        body = {"property_id": PUBLIC_ID, "name": f"Ana {number}", "email": f"a{number}@example.com"}
        assert (await served.call("POST", REQUESTS, json=body)).status_code == 200


KEY = "Your API key is invalid."
COUNTRY = "You need to provide a valid country code in which your integration works"


async def test_without_a_good_key_the_answer_is_401(served: Agency) -> None:
    for key in ("", "x", "ob1x" + "0" * 48, served.key + "x"):
        assert await error(served, "GET", REQUESTS, key=key) == (401, KEY)
        assert await error(served, "GET", PARTNERS, key=key, country="MX") == (401, KEY)
    native = (await served.client.get(f"{BASE}{REQUESTS}", headers={"Authorization": f"Bearer {served.key}"})).json()
    assert native == {"error": KEY}


async def test_a_key_that_is_no_partners_is_an_unknown_one_on_a_partners_path(served: Agency) -> None:
    for method, path in (("GET", PARTNERS), ("POST", PARTNERS), ("GET", "/integration_partners/listing_statuses")):
        assert await error(served, method, path, country="MX") == (401, KEY)


async def test_a_partners_key_alone_opens_the_partners_paths_only(served: Agency) -> None:
    alone = await served.new_key("partner")
    beside = await served.new_key("partner", "leads:read", name="both")
    assert (await served.call("GET", PARTNERS, key=alone, country="MX")).status_code == 200
    assert (await error(served, "GET", REQUESTS, key=alone))[0] == 403
    assert (await served.call("GET", REQUESTS, key=beside)).status_code == 200
    assert (await error(served, "GET", "/contacts", key=beside))[0] == 403


@pytest.mark.parametrize("country", [None, "", "XX", "México"])
async def test_a_partner_must_name_a_country(served: Agency, country: str | None) -> None:
    key = await served.new_key("partner")
    headers = {} if country is None else {"Country-Code": country.encode()}
    for method, path in (("GET", PARTNERS), ("POST", PARTNERS), ("GET", "/integration_partners/listing_statuses")):
        assert await error(served, method, path, key=key, headers=headers) == (401, COUNTRY)


@pytest.mark.parametrize("country", ["MX", "mx", "CL", "DE"])
async def test_every_country_will_do(served: Agency, country: str) -> None:
    key = await served.new_key("partner")
    assert (await served.call("GET", PARTNERS, key=key, country=country)).status_code == 200


async def test_scopes_hold(served: Agency) -> None:
    reader = await served.new_key("leads:read")
    assert (await served.call("GET", REQUESTS, key=reader)).status_code == 200
    status, text = await error(served, "POST", REQUESTS, key=reader, json={"name": "Ana", "phone": "55"})
    assert (status, text) == (403, "Tu API key no permite esta acción.")


REFUSED: list[tuple[str, str, Any, int, str, str]] = [
    (
        "POST",
        REQUESTS,
        {"property_id": "EB-XXXX01", "message": "hola"},
        422,
        "Debes especificar un nombre, correo o número telefónico.",
        "You must specify a name, an email or a phone number.",
    ),
    (
        "POST",
        REQUESTS,
        {"property_id": "EB-NOSUCH"},
        404,
        "No se encontró la propiedad especificada.",
        "The specified property was not found.",
    ),
    (
        "POST",
        REQUESTS,
        {"name": "Ana"},
        422,
        "Debes especificar un email o teléfono.",
        "You must specify an email or a phone.",
    ),
    ("POST", REQUESTS, {"email": "a@example.com"}, 422, "Debes especificar: name.", "You must specify: name."),
    (
        "POST",
        REQUESTS,
        {"name": "Ana", "email": "ana@"},
        422,
        "El correo electrónico no es válido.",
        "The email is not valid.",
    ),
    ("POST", REQUESTS, {"name": ["Ana"]}, 422, "El tipo de name no es válido.", "The type of name is not valid."),
    ("POST", REQUESTS, ["Ana"], 422, "El tipo de request no es válido.", "The type of request is not valid."),
    ("GET", "/properties/EB-NOSUCH", None, 404, "No se encontró la propiedad", "The property was not found"),
    ("PATCH", "/properties/EB-NOSUCH", {}, 404, "No se encontró la propiedad", "The property was not found"),
    ("GET", "/contacts/4711", None, 404, "No se encontró el contacto", "The contact was not found"),
    ("PATCH", "/contacts/x", {}, 404, "No se encontró el contacto", "The contact was not found"),
    ("GET", f"{REQUESTS}?page=x", None, 422, "El valor de page no es válido.", "The value of page is not valid."),
    ("GET", f"{REQUESTS}?limit=2.5", None, 422, "El valor de limit no es válido.", "The value of limit is not valid."),
    (
        "GET",
        f"{REQUESTS}?happened_after=ayer",
        None,
        422,
        "El valor de happened_after no es válido.",
        "The value of happened_after is not valid.",
    ),
    (
        "GET",
        "/contacts?search[updated_after]=ayer",
        None,
        422,
        "El valor de search[updated_after] no es válido.",
        "The value of search[updated_after] is not valid.",
    ),
    (
        "POST",
        "/properties",
        {"title": "Casa"},
        422,
        "Debes especificar: property_type, status.",
        "You must specify: property_type, status.",
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "spanish", "_"), REFUSED)
async def test_refusals_are_spanish(
    served: Agency, method: str, path: str, body: Any, status: int, spanish: str, _: str
) -> None:
    await served.add_property()
    more = {} if body is None else {"json": body}
    assert await error(served, method, path, **more) == (status, spanish)
    assert await served.contacts() == []


@pytest.mark.parametrize(("method", "path", "body", "status", "_", "text"), REFUSED)
async def test_refusals_are_english_for_an_account_that_reads_it(
    english: Agency, method: str, path: str, body: Any, status: int, _: str, text: str
) -> None:
    await english.add_property()
    more = {} if body is None else {"json": body}
    assert await error(english, method, path, **more) == (status, text)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b'{"name":"\xff"}', 400),
        (b'{"name":"a\\u0000b","phone":"5"}', 422),
        (b'{"name":"\\ud800","phone":"5"}', 400),
        (b'{"name":"Ana","phone":"5","x":12345678901234567890123}', 422),
        (b'{"name":"Ana","phone":"5","x":' + b"[" * 40 + b"]" * 40 + b"}", 422),
        (b'{"name":"Ana","phone":"' + b"5" * 70_000 + b'"}', 422),
        (b'{"name":"' + b"x" * (1 << 20) + b'"}', 413),
    ],
)
async def test_bad_bodies_are_refused_in_the_vendors_shape_and_write_nothing(
    served: Agency, content: bytes, status: int
) -> None:
    assert (await error(served, "POST", REQUESTS, content=content))[0] == status
    assert await served.contacts() == []


async def test_unknown_paths_and_methods_are_json(served: Agency) -> None:
    for path in ("/nothing", "/properties/EB-XXXX01/images", "/integration_partners", "/integration_partners/agents/1"):
        assert (await error(served, "GET", path))[0] == 404
    reply = await served.call("DELETE", REQUESTS)
    assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_past_20_requests_a_second_the_answer_is_429(served: Agency) -> None:
    key = await served.new_key(rate=20)
    replies = [await served.call("GET", REQUESTS, key=key) for _ in range(60)]
    refused = [reply for reply in replies if reply.status_code == 429]
    assert replies[0].status_code == 200
    assert refused
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].json() == {"error": "Demasiadas solicitudes, intenta más tarde."}


async def test_trailing_slashes_and_ampersands_and_a_content_type_without_a_body_are_taken(served: Agency) -> None:
    await ask(served, 1)
    for path in (f"{REQUESTS}/", f"{REQUESTS}?limit=5&", f"{REQUESTS}/?&page=1&", REQUESTS):
        reply = await served.get(path, headers={"Content-Type": "application/json"})
        assert len(reply["content"]) == 1
    assert (await served.call("POST", f"{REQUESTS}/", json={"name": "A", "phone": "5559090909"})).status_code == 200


async def test_json_is_compact_raw_and_hides_ampersands(served: Agency) -> None:
    await served.call("POST", REQUESTS, json={"name": "Íñigo & Ana", "phone": "5559090909"})
    raw = (await served.call("GET", REQUESTS)).content
    assert b'{"pagination":{"limit":20,"page":1,"total":1,"next_page":null},"content":[{"id":' in raw
    assert '"name":"Íñigo \\u0026 Ana"'.encode() in raw


async def test_pages_follow_one_another(served: Agency) -> None:
    await ask(served, 5)
    address, names, pages = f"{BASE}{REQUESTS}?limit=2", [], []
    while address:
        reply = await served.get(address)
        names += [row["name"] for row in reply["content"]]
        pages.append(reply["pagination"]["page"])
        assert reply["pagination"]["total"] == 5
        address = reply["pagination"]["next_page"]
    assert pages == [1, 2, 3]
    assert names == [f"Ana {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("query", "page", "limit", "rows"),
    [
        ("", 1, 20, 3),
        ("?page=0", 1, 20, 3),
        ("?page=-5", 1, 20, 3),
        ("?page=2&limit=2", 2, 2, 1),
        ("?page=9", 9, 20, 0),
        ("?page=999999999999999999&limit=50", 999999999999999999, 50, 0),
        ("?limit=1000", 1, 50, 3),
        ("?limit=0", 1, 20, 3),
        ("?limit=&page=", 1, 20, 3),
    ],
)
async def test_page_and_limit(served: Agency, query: str, page: int, limit: int, rows: int) -> None:
    await ask(served, 3)
    reply = await served.get(f"{REQUESTS}{query}")
    assert reply["pagination"] == {"limit": limit, "page": page, "total": 3, "next_page": None}
    assert len(reply["content"]) == rows


async def test_the_next_page_is_on_the_host_that_was_asked_and_keeps_what_was_asked(served: Agency) -> None:
    for number in range(21):
        await served.add_property(reference=f"EB-AAAA{number:02}")
    reply = await served.call("GET", "/properties?search[statuses][]=published&search[statuses][]=sold&page=1")
    assert (
        b'"next_page":"http://book.test/easybroker/v1/properties?page=2'
        b"\\u0026search%5Bstatuses%5D%5B%5D=published\\u0026search%5Bstatuses%5D%5B%5D=sold" in reply.content
    )
    reply = await served.get(
        "https://otro.test:8443/easybroker/v1/properties?limit=20&search%5Bupdated_after%5D=2020-01-01"
    )
    assert reply["pagination"]["next_page"] == (
        "https://otro.test:8443/easybroker/v1/properties?limit=20&page=2&search%5Bupdated_after%5D=2020-01-01"
    )
    assert len((await served.get(reply["pagination"]["next_page"]))["content"]) == 1


async def test_a_plus_that_arrived_as_a_space_is_a_plus(served: Agency) -> None:
    await ask(served, 1)
    assert (await served.get(f"{REQUESTS}?happened_after=2020-01-01T00:00:00+02:00"))["pagination"]["total"] == 1
    assert (await served.get(f"{REQUESTS}?happened_before=2020-01-01T00:00:00+02:00"))["pagination"]["total"] == 0
