"""The writing calls, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from onebook.model.contact import Address, Contact, Email, Phone
from onebook.service.contacts import contact_history
from tests.conformance.vitec.agency import CUSTOMER, FOREIGN, OTHER, Agency, agency, parsed, texts

PATH = f"/CRM/Contact/{CUSTOMER}"
PERSON = "/Contacts/UpdatePerson"


@pytest.fixture
async def nord(database_url: str) -> AsyncIterator[Agency]:
    async with agency(database_url) as served:
        yield served


async def count(nord: Agency) -> int:
    """How many contacts there are."""
    return len(await nord.book().find())


async def test_a_person_is_made_with_all_that_can_be_sent(nord: Agency) -> None:
    user, tag = await nord.user("Ek"), await nord.tag("Köpare")
    made = await nord.person(
        firstName="Åsa",
        lastName="Öst",
        socialSecurityNumber="19800101-1234",
        telePhone="08-123 45 67",
        workPhone="08-2",
        cellPhone="070-123 45 67",
        otherPhone="08-3",
        email={"emailAddress": "asa@x.se", "emailAddress2": "a@y.se"},
        address={
            "streetAddress": "Storgatan 1",
            "zipCode": "111 22",
            "city": "Umeå",
            "countryCode": "SE",
            "coordinate": {"longitud": 20.26, "latitud": 63.83},
        },
        wishAdvertising=True,
        userId=str(user.id),
        categoryIds=[str(tag.id)],
        note="Hej",
        gdprApprovalDate="2024-05-01T12:00:00+02:00",
        approval=True,
        obtainThrough="Webb",
    )
    shown = await nord.get(f"{PATH}/Person/{made}")
    assert made == shown["id"]
    assert shown["telephone"] == {"home": "08-123 45 67", "work": "08-2", "cell": "070-123 45 67", "other": "08-3"}
    assert shown["email"] == {"emailAddress": "asa@x.se", "emailAddress2": "a@y.se"}
    assert shown["address"]["wgs84Coordinate"] == {"longitude": 20.26, "latitude": 63.83}
    assert shown["categories"] == [{"id": str(tag.id), "name": "Köpare", "readOnly": False}]
    assert (shown["agentId"], shown["note"], shown["advertisingEnabled"]) == (str(user.id), "Hej", True)
    assert shown["gdprApprovalDate"] == "2024-05-01T12:00:00+02:00"
    stored = await nord.stored(made)
    assert (stored.consent_status, stored.consent_obtained_through) == ("agreed", "Webb")
    assert stored.phones[2].e164 == "+46701234567"


async def test_a_company_is_made_and_found_again(nord: Agency) -> None:
    made = await nord.company(
        companyName="Bygg AB", corporateNumber="556677-8899", homePage="https://bygg.se", switchPhone="08-1"
    )
    shown = await nord.get(f"{PATH}/Company/{made}")
    assert (shown["name"], shown["corporateNumber"], shown["homePage"]) == (
        "Bygg AB",
        "556677-8899",
        "https://bygg.se",
    )
    assert shown["telephone"] == {"switch": "08-1", "other": None}
    assert await nord.company(corporateNumber="5566778899", companyName="Nya Bygg AB") == made
    assert await nord.company(companyName="nya  bygg ab", switchPhone="08 1") == made
    assert await nord.company(companyName="Nya Bygg AB", switchPhone="08-2") != made
    assert await nord.company(companyName="x" * 101, status=400) == {
        "message": "The request is invalid.",
        "modelState": {"companyName": ["Företagsnamn måste vara mellan 0 och 100 tecken"]},
    }


async def test_the_answer_is_a_bare_string_in_either_format(nord: Agency) -> None:
    body = {"customerId": CUSTOMER, "firstName": "A", "telePhone": "08-1"}
    answer = await nord.client.post(PERSON, json=body)
    assert answer.content == f'"{answer.json()}"'.encode()
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    xml = await nord.client.post(PERSON, json=body, headers={"Accept": "text/xml"})
    assert texts(parsed(xml.content), "/s:string")[0].isdigit()


async def test_the_duplicate_rule_goes_by_id_then_number_then_name_and_reach(nord: Agency) -> None:
    by_number = await nord.contact(first_name="A", last_name="B", social_security_number="800101-1234")
    by_name = await nord.contact(
        first_name="Åsa", last_name="Öst", emails=(Email(address="asa@x.se"),), phones=(Phone(number="070-1234567"),)
    )
    first, second = str(by_number.id), str(by_name.id)
    assert await nord.person(contactId=second, socialSecurityNumber="19800101-1234", note="1") == second
    assert await nord.person(contactId=second, socialSecurityNumber="", note="1") == second
    assert (
        await nord.person(
            socialSecurityNumber="19800101-1234", firstName="Åsa", lastName="Öst", cellPhone="070-1234567"
        )
        == first
    )
    await nord.person(contactId=first, firstName="A", lastName="B", cellPhone=None)
    reaches: tuple[dict[str, Any], ...] = (
        {"email": {"emailAddress": "ASA@x.se"}},
        {"cellPhone": "+46701234567"},
        {"telePhone": "0701234567"},
    )
    for reach in reaches:
        assert await nord.person(firstName="åsa", lastName=" öst", **reach) == second
    others: tuple[dict[str, Any], ...] = (
        {"firstName": "Asa", "lastName": "Öst", "email": {"emailAddress": "asa@x.se"}},
        {"firstName": "Åsa", "email": {"emailAddress": "asa@x.se"}},
        {"firstName": "Åsa", "lastName": "Öst", "telePhone": "08-99"},
        {"firstName": "Åsa", "lastName": "Öst", "workPhone": "070-1234567"},
    )
    for other in others:
        assert await nord.person(**other) not in (first, second)


async def test_of_several_the_oldest_is_meant_and_companies_are_no_persons(nord: Agency) -> None:
    await nord.contact(kind="company", company="AB", social_security_number="8001011234")
    oldest = await nord.contact(first_name="A", social_security_number="19800101-1234", is_archived=True)
    await nord.contact(first_name="B", social_security_number="800101-1234")
    assert await nord.person(socialSecurityNumber="8001011234", note="x") == str(oldest.id)


async def test_a_new_person_needs_a_mailbox_or_a_phone(nord: Agency) -> None:
    text = "Epostadress, telefonnummer (bostad eller arbete) eller mobilnummer måste anges."
    bodies: tuple[dict[str, Any], ...] = (
        {"firstName": "A"},
        {"firstName": "A", "otherPhone": "1"},
        {"telePhone": " ", "email": None},
    )
    for body in bodies:
        assert (await nord.person(status=400, **body))["modelState"] == {"email": [text]}
    assert await count(nord) == 0
    made = await nord.person(email={"emailAddress2": "a@x.se"})
    assert await nord.person(contactId=made, firstName="A") == made


async def test_blank_names_do_not_overwrite_and_other_nulls_do(nord: Agency) -> None:
    made = await nord.person(firstName="Åsa", lastName="Öst", cellPhone="070-1", note="x")
    await nord.person(contactId=made, firstName=" ", lastName=None, note=None, cellPhone="")
    stored = await nord.stored(made)
    assert (stored.first_name, stored.last_name, stored.description, stored.phones) == ("Åsa", "Öst", None, ())


async def test_twenty_at_once_for_one_person_make_one_person(nord: Agency) -> None:
    body: dict[str, Any] = {"firstName": "Åsa", "lastName": "Öst", "cellPhone": "070-123 45 67"}
    made = await asyncio.gather(*(nord.person(**body, note=str(number)) for number in range(20)))
    assert len(set(made)) == 1
    assert await count(nord) == 1
    history = await contact_history(await nord.book().view(), int(made[0]))
    assert [entry.version for entry in history] == list(range(1, 21))
    assert {(entry.actor, entry.via) for entry in history} == {("portal", "vitec")}


async def test_a_form_is_taken_too(nord: Agency) -> None:
    tag = await nord.tag("Köpare")
    form: dict[str, Any] = {
        "CustomerId": CUSTOMER,
        "firstName": "Åsa",
        "email.emailAddress": "asa@x.se",
        "address[city]": "Umeå",
        "categoryIds": [str(tag.id)],
        "wishAdvertising": "True",
    }
    answer = await nord.client.post(PERSON, data=form)
    shown = await nord.get(f"{PATH}/Person/{answer.json()}")
    assert (shown["firstName"], shown["email"]["emailAddress"], shown["address"]["city"]) == ("Åsa", "asa@x.se", "Umeå")
    assert (shown["categories"][0]["name"], shown["advertisingEnabled"]) == ("Köpare", True)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"email": {"emailAddress": "no mailbox"}}, {"email.emailAddress"}),
        ({"userId": "4711"}, {"userId"}),
        ({"userId": "nobody"}, {"userId"}),
        ({"categoryIds": ["4711"]}, {"categoryIds"}),
        ({"categoryIds": ["99999999999999999999"]}, {"categoryIds"}),
        ({"firstName": "Å" * 31, "lastName": "Ö" * 31}, {"firstName", "lastName"}),
        ({"note": "x" * 70_000}, {"note"}),
        ({"note": "a\x00b"}, {"note"}),
        ({"customerId": ""}, {"customerId"}),
        ({"gdprApprovalDate": "2024-02-30"}, {"gdprApprovalDate"}),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_written(
    nord: Agency, body: dict[str, Any], names: set[str]
) -> None:
    refused = await nord.person(status=400, **{"cellPhone": "070-1", **body})
    assert refused["modelState"].keys() == names
    assert await count(nord) == 0


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[]", b"3", b'{"a":' * 50, b'"text"', b'{"note":"\\ud800"}'])
async def test_a_body_that_is_no_object_is_refused(nord: Agency, raw: bytes) -> None:
    answer = await nord.client.post(PERSON, content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["message"] == "The request is invalid."
    assert answer.json()["modelState"]


async def test_a_body_past_a_megabyte_is_too_large(nord: Agency) -> None:
    answer = await nord.client.post(PERSON, content=b" " * (1 << 20) + b"{}")
    assert answer.status_code == 413
    assert answer.json() == {"message": "Begäran är för stor"}


async def test_unknown_and_foreign_ids_are_404_and_foreign_customers_403(nord: Agency) -> None:
    theirs = await nord.contact(FOREIGN, first_name="X", phones=(Phone(number="1"),))
    company = await nord.contact(kind="company", company="AB")
    for unknown in ("4711", str(theirs.id), str(company.id), "K-1"):
        await nord.person(status=404, contactId=unknown, cellPhone="070-1")
    await nord.company(status=404, contactId=str(theirs.id))
    await nord.person(status=403, customerId=FOREIGN, contactId=str(theirs.id))
    assert (await nord.stored(theirs.id, FOREIGN)).version == 1
    made = await nord.person(customerId=OTHER, cellPhone="070-1")
    assert (await nord.stored(made, OTHER)).phones[0].number == "070-1"


async def test_an_address_that_another_person_has_may_be_set(nord: Agency) -> None:
    first = await nord.person(firstName="A", email={"emailAddress": "a@x.se"})
    second = await nord.person(firstName="B", email={"emailAddress": "a@x.se"})
    assert first != second


async def test_opting_out_ends_advertising(nord: Agency) -> None:
    made = await nord.person(cellPhone="070-1", wishAdvertising=True)
    answer = await nord.client.put(f"{PATH}/{made}/optout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await nord.stored(made)).advertising_enabled is False
    for path, status in ((f"{PATH}/4711/OptOut", 404), (f"/CRM/Contact/{FOREIGN}/{made}/OptOut", 403)):
        assert (await nord.client.put(path)).status_code == status


async def test_a_category_is_taken_off(nord: Agency) -> None:
    keep, off = await nord.tag("A"), await nord.tag("B")
    made = await nord.person(cellPhone="070-1", categoryIds=[keep.id, off.id])
    path = f"{PATH}/{made}/Category"
    assert (await nord.client.delete(f"{path}/{off.id}")).status_code == 204
    assert (await nord.stored(made)).tag_ids == (keep.id,)
    assert (await nord.client.delete(f"{path}/{off.id}")).status_code == 204
    assert (await nord.client.delete(f"{path}/4711")).status_code == 404
    assert (await nord.client.delete(f"{PATH}/4711/Category/{off.id}")).status_code == 404


async def test_categories_that_are_sent_take_the_place_of_those_that_were(nord: Agency) -> None:
    first, second = await nord.tag("A"), await nord.tag("B")
    made = await nord.person(cellPhone="070-1", categoryIds=[first.id])
    await nord.person(contactId=made, note="x")
    assert (await nord.stored(made)).tag_ids == (first.id,)
    await nord.person(contactId=made, categoryIds=[second.id])
    assert (await nord.stored(made)).tag_ids == (second.id,)
    await nord.person(contactId=made, categoryIds=[])
    assert (await nord.stored(made)).tag_ids == ()


async def test_a_new_address_takes_the_place_of_the_shown_one(nord: Agency) -> None:
    home = Address(street="Gamla", house_number="1", zip="1", latitude=1.0, longitude=2.0)
    office = Address(kind="office", street="Kontor")
    contact = await nord.contact(first_name="A", addresses=(office, home))
    answer = await nord.client.post(
        f"{PATH}/{contact.id}/NewAddress", json={"streetAddress": "Nya 2", "City": "Umeå", "countryCode": "SE"}
    )
    assert answer.json() == str(contact.id)
    new = Address(street="Nya 2", city="Umeå", country="SE")
    assert (await nord.stored(contact.id)).addresses == (office, new)
    for body, name in (({}, "streetAddress"), ({"zipCode": "1" * 16}, "zipCode"), ({"city": [1]}, "city")):
        refused = await nord.client.post(f"{PATH}/{contact.id}/NewAddress", json=body)
        assert refused.status_code == 400
        assert list(refused.json()["modelState"]) == [name]
    assert (await nord.client.post(f"{PATH}/4711/NewAddress", json={"city": "Umeå"})).status_code == 404


async def merged(nord: Agency, target: object, ids: str) -> Any:
    return await nord.client.post(f"/crm/mergecontact/{CUSTOMER}/{target}/merge/{ids}")


async def test_contacts_are_merged_and_every_old_id_finds_the_one(nord: Agency) -> None:
    target = await nord.contact(first_name="Åsa", external_ids={"vitec": "T1"})
    own = await nord.contact(last_name="Öst", emails=(Email(address="asa@x.se"),))
    await nord.contact(phones=(Phone(number="070-1"),), external_ids={"vitec": "X/1"})
    answer = await merged(nord, "T1", f"{own.id},X%2F1")
    assert (answer.status_code, answer.json()) == (200, "T1")
    for shown in ("T1", str(own.id), "X%2F1"):
        found = await nord.get(f"{PATH}/Person/{shown}")
        assert (found["id"], found["firstName"], found["lastName"]) == ("T1", "Åsa", "Öst")
    assert len(await nord.get(f"{PATH}/T1,{own.id},X%2F1")) == 1
    assert found["email"]["emailAddress"] == "asa@x.se"
    assert await count(nord) == 1
    assert await nord.person(contactId=str(own.id), note="still there") == "T1"
    assert (await nord.stored(target.id)).description == "still there"
    assert await nord.get(f"{PATH}/{target.id}") == []


async def test_what_cannot_be_merged_is_refused_and_nothing_is_written(nord: Agency) -> None:
    first, second = await nord.contact(first_name="A"), await nord.contact(first_name="B")
    theirs = await nord.contact(FOREIGN, first_name="C")
    for target, ids, status in (
        (first.id, f"{second.id},4711", 404),
        (first.id, f"{theirs.id}", 404),
        (4711, f"{second.id}", 404),
        (first.id, f"{first.id}", 400),
        (first.id, ",".join(map(str, range(1, 22))), 400),
        ("x" * 41, f"{second.id}", 400),
    ):
        assert (await merged(nord, target, ids)).status_code == status
    untouched: list[Contact] = [await nord.stored(one.id) for one in (first, second)]
    assert untouched == [first, second]
