"""Lists of ids and finding people, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from onebook.dialects.vitec import lists
from onebook.model.account import CustomField, Option
from onebook.model.contact import Address, Email, Phone
from onebook.service.records import create_record
from tests.book import START
from tests.conformance.vitec.agency import CUSTOMER, FOREIGN, Agency, agency, texts

PATH = f"/CRM/Contact/{CUSTOMER}"


@pytest.fixture
async def nord(database_url: str) -> AsyncIterator[Agency]:
    async with agency(database_url) as served:
        yield served


async def persons(nord: Agency, query: str = "") -> list[str]:
    """The ids of the persons in the list."""
    return [one["id"] for one in (await nord.get(f"{PATH}?{query}"))["persons"]]


async def matched(nord: Agency, path: str) -> list[str]:
    """The ids of the matches."""
    return [one["id"] for one in (await nord.get(f"{PATH}/{path}"))["matches"]]


async def test_the_list_has_everybody_by_type(nord: Agency) -> None:
    person = await nord.contact(first_name="A", external_ids={"vitec": "P1"})
    company = await nord.contact(kind="company", company="B")
    estate = await nord.contact(kind="estate", last_name="C")
    await nord.contact(first_name="archived", is_archived=True)
    await nord.book().remove((await nord.contact(first_name="gone")).id)
    found = await nord.get(PATH)
    assert list(found) == ["persons", "companies", "deceasedEstates"]
    assert [list(one) for one in found["persons"]] == [["id", "changedAt", "customerId"]]
    assert found["persons"][0]["id"] == "P1"
    assert datetime.fromisoformat(found["persons"][0]["changedAt"]) == person.updated_at
    assert [one["id"] for one in found["companies"]] == [str(company.id)]
    assert found["deceasedEstates"][0] == {
        "id": str(estate.id),
        "changedAt": found["deceasedEstates"][0]["changedAt"],
        "customerId": CUSTOMER,
    }
    document = await nord.get_xml(PATH)
    assert texts(document, "c:Persons/c:CrmContactReference/c:Id") == ["P1"]
    assert texts(document, "c:Companies/*/c:CustomerId|c:DeceasedEstates/*/c:CustomerId") == [CUSTOMER, CUSTOMER]


async def test_the_list_has_no_pages(nord: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "CHUNK", 2)
    made = [str((await nord.contact(first_name="A")).id) for _ in range(5)]
    assert await persons(nord) == made
    assert texts(await nord.get_xml(PATH), "c:Persons/*/c:Id") == made


async def test_every_filter_of_the_list(nord: Agency) -> None:
    user = await nord.user("Ek")
    field = CustomField(name="Etage", type="choice", options=(Option(name="Högst upp"), Option(name="Nere")))
    await nord.write(lambda unit: create_record(unit, field))
    mine = await nord.contact(first_name="A", owner_id=user.id, lead_score=4, custom={"Etage": "Högst upp"})
    await nord.contact(first_name="B", lead_score=1, custom={"Etage": 2})
    only = [str(mine.id)]
    assert mine.created_at is not None
    first = (mine.created_at + timedelta(microseconds=1)).isoformat().replace("+", "%2B")
    for query in (
        f"AgentId={user.id}",
        "leadscore=4",
        "criteria.LeadScore=4",
        "CustomFieldName=Etage&CustomFieldValue=h%C3%B6gst%20upp",
        "customfieldname=Etage&customfieldvalue=1",
    ):
        assert await persons(nord, query) == only, query
    for query in ("AgentId=nobody", "AgentId=99999999999999999999", "LeadScore=5", "ChangedAtTo=2001-01-01"):
        assert await persons(nord, query) == [], query
    for query in ("CustomFieldName=Nix&CustomFieldValue=1", "CustomFieldName=Etage&CustomFieldValue=Mitten"):
        assert await persons(nord, query) == [], query
    for query in ("CustomFieldName=Etage", "CustomFieldValue=1"):
        assert await persons(nord, query) == [], query
    for query in ("CreatedAtFrom=2001-01-01", "ChangedAtFrom=2001-01-01T00:00:00+01:00", "CreatedAtTo=2099-01-01"):
        assert len(await persons(nord, query)) == 2, query
    assert len(await persons(nord, f"CreatedAtTo={START.date()}&CreatedAtFrom={START.date()}")) == 2
    assert await persons(nord, f"CreatedAtFrom={first}&ChangedAtTo=2099-01-01") != only


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("CreatedAtFrom=soon", "CreatedAtFrom"),
        ("changedatto=2024-13-01", "ChangedAtTo"),
        ("LeadScore=high", "LeadScore"),
        ("AgentId=%00", "AgentId"),
    ],
)
async def test_a_filter_that_cannot_be_read_is_named(nord: Agency, query: str, name: str) -> None:
    assert list((await nord.get(f"{PATH}?{query}", status=400))["modelState"]) == [name]


async def test_search_finds_names_mailboxes_phones_addresses_and_identity_numbers(nord: Agency) -> None:
    contact = await nord.contact(
        first_name="Åsa",
        last_name="Österberg",
        emails=(Email(address="asa.o@example.se"),),
        phones=(Phone(number="070-123 45 67"),),
        addresses=(Address(street="Kungsgatan", house_number="3", city="Umeå"),),
        social_security_number="19800101-1234",
    )
    company = await nord.contact(kind="company", company="Bygg", corporate_number="556677-8899")
    for term in (
        "Österberg",
        "osterb",
        "example.se",
        "0701234567",
        "%2B46701234",
        "kungsg 3",
        "800101-1234",
        "8001011234",
    ):
        assert await matched(nord, f"Search?Term={term}") == [str(contact.id)], term
    assert await matched(nord, "search?criteria.term=19800101-1") == [str(contact.id)]
    found = (await nord.get(f"{PATH}/Search?Term=556677-8899"))["matches"]
    assert [(one["id"], one["type"], one["customerId"]) for one in found] == [(str(company.id), "Company", CUSTOMER)]
    assert list(found[0]) == ["id", "changedAt", "customerId", "type", "score"]
    assert await matched(nord, "Search?Term=nobody") == []


async def test_search_puts_the_best_first_and_takes_at_most_max_size(nord: Agency) -> None:
    piece = await nord.contact(last_name="Grosslinden")
    start = await nord.contact(last_name="Lindenberg")
    whole = await nord.contact(last_name="Linden")
    found = (await nord.get(f"{PATH}/Search?Term=linden"))["matches"]
    assert [(one["id"], one["score"]) for one in found] == [
        (str(whole.id), 1.0),
        (str(start.id), 0.75),
        (str(piece.id), 0.5),
    ]
    assert len(await matched(nord, "Search?Term=linden&maxsize=2")) == 2
    assert texts(await nord.get_xml(f"{PATH}/Search?Term=linden"), "c:Matches/c:CrmContactMatch/c:Score")[0] == "1.0"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Search", "Term"),
        ("Search?Term=abcd", "Term"),
        ("Search?Term=++abcd", "Term"),
        ("Search?Term=abcde&MaxSize=0", "MaxSize"),
        ("Search?Term=abcde&MaxSize=1001", "MaxSize"),
        ("Search?Term=abcde&MaxSize=many", "MaxSize"),
        ("search/SocialNumber", "SocialNumber"),
        ("search/SocialNumber?SocialNumber=123456789", "SocialNumber"),
        ("search/SocialNumber?SocialNumber=12345678901234", "SocialNumber"),
    ],
)
async def test_a_search_that_is_too_short_or_too_large_is_refused(nord: Agency, query: str, name: str) -> None:
    assert list((await nord.get(f"{PATH}/{query}", status=400))["modelState"]) == [name]


async def test_a_social_number_is_found_with_and_without_century_and_hyphen(nord: Agency) -> None:
    person = await nord.contact(first_name="A", social_security_number="19800101-1234", is_archived=True)
    estate = await nord.contact(kind="estate", last_name="B", social_security_number="3001011234")
    for number in ("19800101-1234", "198001011234", "800101-1234", "8001011234"):
        found = (await nord.get(f"{PATH}/search/SocialNumber?SocialNumber={number}"))["matches"]
        assert [(one["id"], one["contactClassTypes"]) for one in found] == [(str(person.id), ["Person"])]
    document = await nord.get_xml(f"{PATH}/SEARCH/socialnumber?socialnumber=19300101-1234")
    assert texts(document, "c:Matches/*/c:Id") == [str(estate.id)]
    assert texts(document, "c:Matches/*/c:ContactClassTypes/a:string") == ["DeceasedEstate"]


async def test_a_phone_number_finds_its_contacts_in_any_spelling(nord: Agency) -> None:
    contact = await nord.contact(first_name="A", phones=(Phone(number="070-123 45 67"),), is_archived=True)
    path = f"/Contacts/GetContactsWithPhonenumber?customerId={CUSTOMER}&phoneNumber="
    for number in ("0701234567", "+46701234567", "%2B46 70 123 45 67", "0046701234567"):
        assert await nord.get(path + number) == [{"customerId": CUSTOMER, "contactIds": [str(contact.id)]}]
    assert await nord.get(path + "0800000") == [{"customerId": CUSTOMER, "contactIds": []}]
    document = await nord.get_xml(path + "0701234567")
    assert texts(document, "c:ContactsWithPhonenumber/c:ContactIds/a:string") == [str(contact.id)]
    wrong = await nord.get("/Contacts/GetContactsWithPhonenumber", status=400)
    assert wrong["modelState"] == {"customerId": ["Kund-id krävs"], "phoneNumber": ["Telefonnummer krävs"]}


async def synced(nord: Agency, status: int = 200, **body: Any) -> Any:
    answer = await nord.client.post("/Contacts/GetContactsSyncList", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_the_sync_list_tells_who_has_changed_since(nord: Agency) -> None:
    person = await nord.contact(first_name="A", external_ids={"vitec": "P1"})
    company = await nord.contact(kind="company", company="B")
    estate = await nord.contact(kind="estate", last_name="C")
    every = (await synced(nord, customerId=CUSTOMER))[0]
    assert every["customerId"] == CUSTOMER
    assert datetime.fromisoformat(every["persons"][0].pop("dateChanged")) == person.updated_at
    assert every["persons"] == [{"contactId": "P1"}]
    assert [one["contactId"] for one in every["companies"] + every["estates"]] == [str(company.id), str(estate.id)]
    few = (await synced(nord, customerId=CUSTOMER, contactId=["P1", company.id, "nix", "P1"]))[0]
    assert (len(few["persons"]), len(few["companies"]), len(few["estates"])) == (1, 1, 0)
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    none = {"customerId": CUSTOMER, "persons": [], "companies": [], "estates": []}
    assert await synced(nord, customerId=CUSTOMER, changedDateFrom=later) == [none]
    assert await synced(nord, customerId=CUSTOMER, contactId=["P1"], changedDateFrom=later) == [none]
    answer = await nord.client.post("/contacts/getcontactssynclist", data={"CustomerId": CUSTOMER, "contactId": "P1,x"})
    assert len(answer.json()[0]["persons"]) == 1


async def test_a_sync_list_that_cannot_be_read_is_refused(nord: Agency) -> None:
    assert (await synced(nord, 400))["modelState"] == {"customerId": ["Kund-id krävs"]}
    wrong = await synced(nord, 400, customerId=CUSTOMER, contactId=["x" * 41], changedDateFrom="soon")
    assert wrong["modelState"].keys() == {"contactId", "changedDateFrom"}
    await synced(nord, 403, customerId=FOREIGN)
