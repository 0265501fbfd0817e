"""Contact requests, properties and contacts as an account's own programs call them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from onebook.model.contact import Address, Email, Phone
from onebook.model.lead import Lead
from onebook.model.property import Operation
from onebook.model.query import Page
from onebook.service.contacts import contact_history
from onebook.service.records import find_records, remove_record
from tests.conformance.easybroker.agency import PARTNERS, PUBLIC_ID, Agency, agency

REQUESTS = "/contact_requests"
ROW = {
    *("agent", "public_id", "title", "title_image_full", "title_image_thumb", "location", "operations", "bedrooms"),
    *("bathrooms", "parking_spaces", "property_type", "lot_size", "construction_size", "updated_at", "show_prices"),
    "share_commission",
}
RECORDED_DETAIL = {
    *("public_id", "title", "description", "bedrooms", "bathrooms", "half_bathrooms", "parking_spaces", "lot_size"),
    *("construction_size", "lot_length", "lot_width", "floors", "floor", "age", "internal_id", "expenses", "location"),
    *("property_type", "created_at", "updated_at", "published_at", "operations", "property_files", "videos"),
    *("virtual_tour", "collaboration_notes", "public_url", "tags", "show_prices", "share_commission", "features"),
    *("property_images", "images", "agent"),
}
RECORDED_LOCATION = {
    *("name", "latitude", "longitude", "street", "postal_code", "show_exact_location", "hide_exact_location"),
    *("exterior_number", "interior_number"),
}


@pytest.fixture
async def served(sqlite_url: str) -> AsyncIterator[Agency]:
    async with agency(sqlite_url) as made:
        yield made


async def post(served: Agency, path: str, body: Any) -> Any:
    reply = await served.call("POST", path, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def patch(served: Agency, path: str, body: Any) -> Any:
    reply = await served.call("PATCH", path, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_a_request_is_listed_with_the_contact_it_was_attached_to(served: Agency) -> None:
    await served.add_property()
    said = {
        "name": "Ana López",
        "phone": "5559090909",
        "email": "ana@example.com",
        "property_id": PUBLIC_ID,
        "message": "¿Sigue disponible?",
        "source": "misitio.mx",
    }
    assert await post(served, REQUESTS, said) == {"status": "successful"}
    (row,) = (await served.get(REQUESTS))["content"]
    (contact,) = await served.contacts()
    assert list(row) == [
        *("id", "name", "phone", "email", "contact_id", "property_id", "message", "source", "happened_at")
    ]
    assert {key: row[key] for key in said} == said
    assert row["contact_id"] == contact.id
    assert row["happened_at"].endswith("-06:00")
    assert len(row["happened_at"]) == len("2023-08-02T20:02:05-06:00")


async def test_a_request_without_a_property_needs_a_name_and_a_way_to_reach(served: Agency) -> None:
    assert await post(served, REQUESTS, {"name": "Ana", "phone": 5559090909}) == {"status": "successful"}
    (row,) = (await served.get(REQUESTS))["content"]
    assert (row["phone"], row["property_id"], row["email"], row["source"]) == ("5559090909", None, None, None)


async def test_every_post_is_a_request_of_its_own_by_one_person(served: Agency) -> None:
    for _ in range(3):
        await post(served, REQUESTS, {"name": "Ana", "email": "ana@example.com"})
    rows = (await served.get(REQUESTS))["content"]
    assert len(rows) == 3
    assert len({row["id"] for row in rows}) == 3
    assert len({row["contact_id"] for row in rows}) == 1


async def test_a_request_changes_nothing_in_the_contact_it_finds(served: Agency) -> None:
    known = await served.add_contact(last_name="López", emails=(Email(address="ana@example.com"),))
    await post(served, REQUESTS, {"name": "Otra", "email": "ANA@example.com", "phone": "5511112222", "source": "web"})
    assert await served.contacts() == [known]
    assert len(await contact_history(await served.book.view(), known.id)) == 1


async def test_the_accounts_list_has_the_partners_requests_too_and_no_partner_sees_anothers(served: Agency) -> None:
    await served.add_property()
    one, two = await served.new_key("partner", name="Uno"), await served.new_key("partner", name="Dos")
    said = {"property_id": PUBLIC_ID, "email": "ana@example.com", "message": "hola", "remote_id": "a-1"}
    for key in (one, one, two):
        await served.call("POST", PARTNERS, key=key, country="MX", json=said)
    await post(served, REQUESTS, {"name": "Ana", "phone": "5559090909"})
    rows = (await served.get(REQUESTS))["content"]
    assert [row["source"] for row in rows] == [None, "Dos", "Uno"]
    for key in (one, two):
        (row,) = (await served.get(PARTNERS, key=key, country="MX"))["content"]
        assert list(row) == ["name", "phone", "email", "property_id", "message", "happened_at", "remote_id", "status"]
        assert (row["remote_id"], row["status"]) == ("a-1", "processed")


async def test_a_partners_unknown_property_is_the_accounts_404(served: Agency) -> None:
    key = await served.new_key("partner")
    reply = await served.call("POST", PARTNERS, key=key, country="MX", json={"property_id": "EB-NOSUCH"})
    assert (reply.status_code, reply.json()) == (404, {"error": "No se encontró la propiedad especificada."})


async def test_a_request_of_a_property_that_is_gone_still_names_it(served: Agency) -> None:
    prop = await served.add_property()
    await post(served, REQUESTS, {"property_id": PUBLIC_ID, "name": "Ana"})
    await served.write(lambda unit: remove_record(unit, type(prop), prop.id))
    (row,) = (await served.get(REQUESTS))["content"]
    assert row["property_id"] == PUBLIC_ID
    reply = await served.call("POST", REQUESTS, json={"property_id": PUBLIC_ID, "name": "Ana"})
    assert reply.status_code == 404


async def test_what_a_caller_says_beside_the_known_keys_is_kept_with_the_request(served: Agency) -> None:
    await post(served, REQUESTS, {"name": "Ana", "phone": "5559090909", "utm_source": "anuncio"})
    (lead,) = await find_records(await served.book.view(), Lead, Page(limit=5))
    assert lead.extras == {"easybroker": {"utm_source": "anuncio"}}


async def test_a_list_of_properties_has_the_vendors_keys(served: Agency) -> None:
    eva = await served.add_user(first_name="Eva", last_name="Ruiz", email="eva@example.com", phone="5512123132")
    await served.add_property(agent_id=eva.id, city="Corregidora", region="Querétaro")
    (row,) = (await served.get("/properties"))["content"]
    assert set(row) == ROW
    assert (row["agent"], row["location"]) == ("Eva Ruiz", "Corregidora, Querétaro")
    detail = await served.get(f"/properties/{PUBLIC_ID}")
    assert set(detail) >= ROW | RECORDED_DETAIL
    assert set(detail["location"]) >= RECORDED_LOCATION
    assert detail["agent"] == {
        "id": eva.id,
        "name": "Eva Ruiz",
        "full_name": "Eva Ruiz",
        "mobile_phone": "5512123132",
        "profile_image_url": None,
        "email": "eva@example.com",
    }


NEW: dict[str, Any] = {
    "title": "Casa en venta",
    "property_type": "Casa",
    "status": "not_published",
    "description": "Bonita & amplia",
    "bedrooms": 3,
    "bathrooms": 2,
    "half_bathrooms": 1,
    "parking_spaces": 1,
    "lot_size": 113.14,
    "construction_size": 123.0,
    "show_prices": True,
    "share_commission": True,
    "operations": [
        {
            "type": "sale",
            "amount": 1500000,
            "currency": "MXN",
            "unit": "total",
            "active": True,
            "commission": {"type": "percentage", "value": "3.0"},
        }
    ],
    "location": {
        "name": "San Isidro, Querétaro, Querétaro",
        "street": "Hidalgo",
        "exterior_number": "12",
        "postal_code": 76100,
        "latitude": 20.59,
        "longitude": -100.39,
    },
    "show_exact_location": False,
    "images": [{"url": "https://img.example.com/1.jpg"}, {"url": "https://img.example.com/2.jpg", "title": "Sala"}],
    "internal_id": "C-1",
    "tags": ["jardín"],
}


async def test_a_new_property_is_given_its_public_id_and_answers_to_it(served: Agency) -> None:
    made = await post(served, "/properties", NEW)
    assert len(made["public_id"]) == 9
    assert made["public_id"].startswith("EB-")
    assert await served.get(f"/properties/{made['public_id']}") == made
    assert made["operations"] == [{**NEW["operations"][0], "amount": 1500000.0, "formatted_amount": "$1,500,000"}]
    assert made["location"] == {
        **NEW["location"],
        "postal_code": "76100",
        "interior_number": None,
        "cross_street": None,
        "show_exact_location": False,
        "hide_exact_location": True,
    }
    assert made["images"] == [{"title": None, "url": "https://img.example.com/1.jpg"}, NEW["images"][1]]
    assert made["title_image_full"] == "https://img.example.com/1.jpg"
    assert made["published_at"] is None
    same = set(NEW) - {"operations", "location", "images", "show_exact_location"}
    assert {key: made[key] for key in same} == {key: NEW[key] for key in same}


async def test_a_property_may_be_entered_under_a_public_id_that_is_free(served: Agency) -> None:
    assert (await post(served, "/properties", {**NEW, "public_id": PUBLIC_ID}))["public_id"] == PUBLIC_ID
    again = await served.call("POST", "/properties", json={**NEW, "public_id": PUBLIC_ID})
    assert (again.status_code, again.json()) == (409, {"error": "El valor de public_id ya está en uso."})
    wrong = await served.call("POST", "/properties", json={**NEW, "public_id": "EB-x"})
    assert wrong.status_code == 422


async def test_a_patch_changes_what_it_names_and_nothing_else(served: Agency) -> None:
    made = await post(served, "/properties", NEW)
    path = f"/properties/{made['public_id']}"
    changed = await patch(served, path, {"status": "published", "location": {"city_area": "Centro", "street": None}})
    assert changed.pop("published_at") is not None
    assert changed.pop("updated_at") != made["updated_at"]
    expected = {**made, "status": "published", "location": {**made["location"], "street": None, "city_area": "Centro"}}
    assert changed == {key: expected[key] for key in changed}
    assert await patch(served, path, await served.get(path)) == await served.get(path)


async def test_properties_are_found_by_status_and_by_when_they_changed(served: Agency) -> None:
    first = await served.add_property(status="sold", reference="EB-AAAA01")
    await served.add_property(status="published", reference="EB-AAAA02")
    await served.add_property(status="rented", reference="EB-AAAA03")
    assert first.updated_at is not None

    async def found(query: str) -> list[str]:
        return [row["public_id"][-1] for row in (await served.get(f"/properties?{query}"))["content"]]

    assert await found("search[statuses][]=published") == ["2"]
    assert await found("search[statuses][]=published&search[statuses][]=sold") == ["1", "2"]
    assert await found("search[statuses][]=reserved") == []
    assert await found("search[statuses][]=") == ["1", "2", "3"]
    assert await found("search[updated_after]=") == ["1", "2", "3"]
    assert await found("search[updated_after]=2030-01-01") == []
    later = first.updated_at.isoformat().replace(".678901", ".678902")
    assert await found(f"search[updated_after]={later}") == ["2", "3"]
    assert await found(f"search[updated_before]={first.updated_at.isoformat()}") == ["1"]


async def test_listing_statuses_tell_partners_what_there_is(served: Agency) -> None:
    for number, status in enumerate(("published", "not_published", "sold")):
        await served.add_property(reference=f"EB-AAAA0{number}", status=status)
    key = await served.new_key("partner")
    path = "/integration_partners/listing_statuses"
    reply = await served.get(path, key=key, country="MX")
    assert reply["pagination"]["limit"] == 100
    assert [(row["property_id"], row["status"]) for row in reply["content"]] == [
        ("EB-AAAA00", "published"),
        ("EB-AAAA01", "not_published"),
        ("EB-AAAA02", "sold"),
    ]
    assert (await served.get(f"{path}?limit=500", key=key, country="MX"))["pagination"]["limit"] == 100
    only = await served.get(f"{path}?search[published]=true&limit=1", key=key, country="MX")
    assert [row["public_id"] for row in only["content"]] == ["EB-AAAA00"]
    others = await served.get(f"{path}?search[published]=false&limit=1", key=key, country="MX")
    assert others["pagination"]["total"] == 2
    assert others["pagination"]["next_page"].endswith(f"{path}?limit=1&page=2&search%5Bpublished%5D=false")
    assert (await served.get("/listing_statuses"))["pagination"]["total"] == 3


async def test_contacts_are_listed_and_read(served: Agency) -> None:
    eva = await served.add_user(first_name="Eva", last_name="Ruiz")
    made = await served.add_contact(
        first_name="Ana",
        last_name="López",
        owner_id=eva.id,
        emails=(Email(address="ana@example.com"),),
        phones=(Phone(number="55 1111 2222", kind="fax"), Phone(number="5559090909", kind="mobile")),
        addresses=(Address(street="Madero", house_number="1", city="CDMX", country="MX"),),
        is_archived=True,
    )
    (row,) = (await served.get("/contacts"))["content"]
    assert row == {
        "id": made.id,
        "full_name": "Ana López",
        "email": "ana@example.com",
        "phone": "5559090909",
        "agent": "Eva Ruiz",
        "source": None,
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
    detail = await served.get(f"/contacts/{made.id}")
    assert {key: detail[key] for key in row} == row
    assert set(detail) == set(row) | {"emails", "phones", "addresses", "tags"}
    assert detail["phones"] == [{"type": "fax", "number": "55 1111 2222"}, {"type": "mobile", "number": "5559090909"}]
    assert detail["addresses"][0]["exterior_number"] == "1"


async def test_contacts_are_found_by_when_they_changed(served: Agency) -> None:
    first = await served.add_contact(last_name="Uno")
    second = await served.add_contact(last_name="Dos")
    assert second.updated_at is not None
    for query, found in (
        (f"search[updated_after]={second.updated_at.isoformat()}", [second.id]),
        ("search[updated_after]=2020-01-01", [first.id, second.id]),
        ("search[updated_after]=2030-01-01", []),
        ("search[updated_before]=2026-01-01", [first.id, second.id]),
        ("search[updated_before]=2025-12-31", []),
    ):
        rows = (await served.get(f"/contacts?{query}"))["content"]
        assert [row["id"] for row in rows] == found, query


async def test_a_patch_of_a_contact_replaces_whole_lists_and_makes_tags(served: Agency) -> None:
    made = await served.add_contact(
        first_name="Ana", emails=(Email(address="ana@example.com"),), description="no change here"
    )
    path = f"/contacts/{made.id}"
    sent = {
        "emails": ["nueva@example.com", "ana@example.com"],
        "phones": [{"type": "mobile", "number": "5559090909"}, {"type": "oficina", "number": "5511112222"}],
        "addresses": [{"street": "Reforma 1", "city": "CDMX", "colonia": "Juárez"}],
        "tags": ["VIP", "Comprador"],
    }
    changed = await patch(served, path, sent)
    assert {key: changed[key] for key in sent} == sent
    assert (changed["email"], changed["phone"], changed["full_name"]) == ("nueva@example.com", "5559090909", "Ana")
    assert (await patch(served, path, {"tags": ["vip"]}))["tags"] == ["VIP"]
    assert (await patch(served, path, {"full_name": "Ana Paz"}))["emails"] == sent["emails"]
    (contact,) = await served.contacts()
    assert (contact.first_name, contact.last_name, contact.description) == ("Ana", "Paz", "no change here")
    version = contact.version
    await patch(served, path, await served.get(path))
    assert (await served.contacts())[0].version == version


async def test_a_refused_patch_writes_nothing_not_even_its_tags(served: Agency) -> None:
    made = await served.add_contact(first_name="Ana")
    for body in (
        {"tags": ["Nueva"], "emails": ["no es un correo"]},
        {"tags": ["Nueva"], "source": "Nueva", "agent": "nadie@example.com"},
    ):
        reply = await served.call("PATCH", f"/contacts/{made.id}", json=body)
        assert reply.status_code == 422
    words = (await served.book.view()).vocabulary
    assert (words.tags, words.sources) == ({}, {})
    assert await served.contacts() == [made]


async def test_a_contact_answers_to_the_vendors_id_and_no_longer_to_its_own(served: Agency) -> None:
    made = await served.add_contact(
        last_name="López", emails=(Email(address="a@example.com"),), external_ids={"easybroker": "20152441"}
    )
    await post(served, REQUESTS, {"name": "Ana", "email": "a@example.com"})
    assert (await served.get(REQUESTS))["content"][0]["contact_id"] == 20152441
    assert (await served.get("/contacts"))["content"][0]["id"] == 20152441
    assert (await served.get("/contacts/20152441"))["full_name"] == "López"
    assert (await served.call("GET", f"/contacts/{made.id}")).status_code == 404
    assert (await patch(served, "/contacts/20152441", {"full_name": "Ana López"}))["id"] == 20152441


async def test_a_request_whose_contact_is_in_the_trash_names_none(served: Agency) -> None:
    await post(served, REQUESTS, {"name": "Ana", "email": "a@example.com"})
    (contact,) = await served.contacts()
    await served.book.remove(contact.id)
    assert (await served.get(REQUESTS))["content"][0]["contact_id"] is None


async def test_properties_are_found_by_offer_price_rooms_size_and_type(served: Agency) -> None:
    sale, rent = Operation(type="sale", amount=2_000_000, currency="MXN"), Operation(type="rental", amount=9_000)
    await served.add_property(reference="EB-AAAA01", operations=(sale, rent), bedrooms=3, property_type="Casa")
    await served.add_property(reference="EB-AAAA02", operations=(rent,), bathrooms=2, construction_size=80.5)
    await served.add_property(reference="EB-AAAA03", property_type="Departamento", parking_spaces=1, lot_size=120)

    async def found(query: str) -> list[str]:
        page = await served.get(f"/properties?{query}")
        assert page["pagination"]["total"] >= len(page["content"])
        return [row["public_id"][-1] for row in page["content"]]

    for query, expected in (
        ("search[operation_type]=sale", "1"),
        ("search[operation_type]=rental", "12"),
        ("search[operation_type]=", "123"),
        ("search[operation_type]=sale&search[max_price]=10000", ""),
        ("search[max_price]=10000", "12"),
        ("search[min_price]=2000000.0&search[max_price]=2000000", "1"),
        ("search[min_price]=", "123"),
        ("search[min_bedrooms]=3", "1"),
        ("search[max_bedrooms]=2", ""),
        ("search[min_bathrooms]=1&search[max_bathrooms]=2", "2"),
        ("search[min_construction_size]=80&search[max_construction_size]=81", "2"),
        ("search[min_parking_spaces]=1&search[min_lot_size]=100", "3"),
        ("search[property_types][]=casa&search[property_types][]=Departamento", "13"),
        ("search[property_types][]=Casa&search[statuses][]=sold", ""),
        ("search[property_types][0]=Casa&search[updated_after]=2030-01-01", ""),
    ):
        assert await found(query) == list(expected), query
    page = await served.get("/properties?search[operation_type]=rental&limit=1&page=2")
    assert [row["public_id"] for row in page["content"]] == ["EB-AAAA02"]
    assert (page["pagination"]["total"], page["pagination"]["next_page"]) == (2, None)
    for query in ("search[min_price]=x", "search[max_lot_size]=nan", "search[operation_type]=gift"):
        assert (await served.call("GET", f"/properties?{query}")).status_code == 422, query
