"""Reading contacts by id, in JSON and XML, on both databases."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from lxml import etree

from onebook.cli import run
from onebook.model.contact import Address, Contact, Email, Phone
from onebook.service.contacts import contacts_by_shown_ids
from onebook.store.database import Reader, Row, Value
from tests.conformance.vitec.agency import CRM, CUSTOMER, FOREIGN, INSTANCE, OTHER, Agency, agency, texts

PATH = f"/CRM/Contact/{CUSTOMER}"


@pytest.fixture
async def nord(database_url: str) -> AsyncIterator[Agency]:
    async with agency(database_url) as served:
        yield served


async def three(nord: Agency) -> tuple[Contact, Contact, Contact]:
    """A person, a company and an estate."""
    person = await nord.contact(first_name="Åsa", last_name="Öst", emails=(Email(address="asa@x.se"),))
    company = await nord.contact(kind="company", company="Bygg & Co AB", phones=(Phone(number="08-1", kind="switch"),))
    estate = await nord.contact(kind="estate", last_name="Dödsboet efter Öst", social_security_number="19300101-1234")
    return person, company, estate


async def test_several_ids_answer_a_list_in_their_order_each_of_its_own_type(nord: Agency) -> None:
    person, company, estate = await three(nord)
    found = await nord.get(f"{PATH}/{estate.id},{person.id},999999,{company.id},{person.id}")
    assert [(one["type"], one["id"]) for one in found] == [
        ("DeceasedEstate", str(estate.id)),
        ("Person", str(person.id)),
        ("Company", str(company.id)),
    ]
    assert found[0]["name"] == "Dödsboet efter Öst"
    assert found[0]["isForeignIdSocialSecurityNumber"] is False
    assert "leadScore" not in found[0]
    assert found[1]["email"] == {"emailAddress": "asa@x.se", "emailAddress2": None}
    assert found[2]["telephone"] == {"switch": "08-1", "other": None}


async def test_the_same_list_in_xml(nord: Agency) -> None:
    person, company, estate = await three(nord)
    document = await nord.get_xml(f"{PATH}/{person.id},{company.id},{estate.id}")
    assert document.tag == f"{{{CRM}}}ArrayOfCrmContact"
    types = ["CrmPersonContact", "CrmCompanyContact", "CrmDeceasedEstateContact"]
    assert [one.get(f"{{{INSTANCE}}}type") for one in document] == types
    assert texts(document, "c:CrmContact/c:Id") == [str(one.id) for one in (person, company, estate)]
    assert texts(document, "c:CrmContact[2]/c:Name") == ["Bygg & Co AB"]
    assert texts(document, "c:CrmContact[1]/c:Email/m:EmailAddress") == ["asa@x.se"]


async def test_one_id_answers_a_list_of_one_unless_single_is_asked_for(nord: Agency) -> None:
    person = await nord.contact(first_name="Åsa")
    assert [one["id"] for one in await nord.get(f"{PATH}/{person.id}")] == [str(person.id)]
    assert (await nord.get(f"{PATH}/{person.id}?single=true"))["firstName"] == "Åsa"
    assert [one["id"] for one in await nord.get(f"{PATH}/{person.id},?single=true")] == [str(person.id)]
    document = await nord.get_xml(f"{PATH}/{person.id}?SINGLE=true")
    assert (document.tag, document.get(f"{{{INSTANCE}}}type")) == (f"{{{CRM}}}CrmContact", "CrmPersonContact")


async def test_a_setting_of_the_account_makes_the_object_the_rule(nord: Agency) -> None:
    person = await nord.contact(first_name="Åsa")
    assert isinstance(await nord.get(f"{PATH}/{person.id}"), list)
    await nord.settings(single="true")
    for _ in range(500):  # the server hears of it within milliseconds of the commit
        if isinstance(await nord.get(f"{PATH}/{person.id}"), dict):
            break
        await asyncio.sleep(0.01)
    assert (await nord.get(f"{PATH}/{person.id}"))["id"] == str(person.id)
    assert isinstance(await nord.get(f"{PATH}/{person.id}?single=false"), list)
    await nord.get(f"{PATH}/999", status=404)


def test_the_setting_is_made_on_the_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    database = ["--database", f"sqlite:///{tmp_path / 'onebook.db'}"]
    assert run(["account", "create", "Nord", *database]) == 0
    capfd.readouterr()
    assert run(["account", "set", "vitec.single=true", "--json", *database]) == 0
    said = json.loads(capfd.readouterr().out)
    assert said == {"account_id": 1, "name": "Nord", "customer_id": "M1", "settings": {"vitec.single": "true"}}
    assert run(["account", "set", "vitec.single=false", *database]) == 0
    assert "vitec.single=false" in capfd.readouterr().out
    for wrong in ("vitec.single", "vitec.single=maybe", "vitec.pages=true"):
        assert run(["account", "set", wrong, *database]) == 2
        said = capfd.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)


async def test_unknown_ids_are_an_empty_list_or_404(nord: Agency) -> None:
    assert await nord.get(f"{PATH}/999") == []
    assert len(await nord.get_xml(f"{PATH}/999")) == 0
    for path in ("999?single=true", "Person/999", "Company/999", "DeceasedEstate/999", "999/ContactRelations"):
        assert await nord.get(f"{PATH}/{path}", status=404) == {"message": "Begärt data finns inte"}


async def test_typed_paths_answer_one_object_or_a_list_and_no_other_type(nord: Agency) -> None:
    person, company, estate = await three(nord)
    ids = f"{person.id},{company.id},{estate.id}"
    for word, contact in (("Person", person), ("Company", company), ("DeceasedEstate", estate)):
        assert (await nord.get(f"{PATH}/{word}/{contact.id}"))["type"] == word
        assert [one["type"] for one in await nord.get(f"{PATH}/{word}/{ids}")] == [word]
        assert [one["type"] for one in await nord.get(f"{PATH}/{word.lower()}?criteria.contactids={ids}")] == [word]
        assert [one["id"] for one in await nord.get(f"{PATH}/{word}?contactIds={contact.id}")] == [str(contact.id)]
        listed = await nord.get_xml(f"{PATH}/{word}/{ids}")
        assert etree.QName(listed).localname == f"ArrayOfCrm{word}Contact"
        assert [etree.QName(one).localname for one in listed] == [f"Crm{word}Contact"]
        alone = await nord.get_xml(f"{PATH}/{word}/{contact.id}")
        assert (etree.QName(alone).localname, alone.get(f"{{{INSTANCE}}}type")) == (f"Crm{word}Contact", None)
    await nord.get(f"{PATH}/Company/{person.id}", status=404)


async def test_twenty_ids_are_taken_and_twenty_one_are_refused(nord: Agency) -> None:
    person = await nord.contact(first_name="Åsa")
    twenty = ",".join([str(person.id), *map(str, range(9001, 9020))])
    assert len(await nord.get(f"{PATH}/{twenty}")) == 1
    refused = await nord.get(f"{PATH}/{twenty},9021", status=400)
    assert refused["message"] == "The request is invalid."
    assert list(refused["modelState"]) == ["contactIds"]
    document = await nord.get_xml(f"{PATH}/{twenty},9021", status=400)
    assert texts(document, "/Error/Message") == ["The request is invalid."]
    assert texts(document, "/Error/ModelState/contactIds") == refused["modelState"]["contactIds"]
    for path in (f"{PATH}/Person/{twenty},9021", f"{PATH}/Person?contactIds={twenty},9021", f"{PATH}/Person"):
        assert "contactIds" in (await nord.get(path, status=400))["modelState"]


async def test_validation_comes_before_access_and_access_before_existence(nord: Agency) -> None:
    long = "x" * 41
    assert (await nord.get(f"/CRM/Contact/{long}/1", status=400))["modelState"] == {
        "customerId": ["Kund-id måste vara mellan 0 och 40 tecken"]
    }
    assert (await nord.get(f"/CRM/Contact/%20/{long}", status=400))["modelState"] == {
        "customerId": ["Kund-id krävs"],
        "contactIds": ["Kontaktid måste vara mellan 0 och 40 tecken"],
    }
    assert (await nord.get(f"/CRM/Contact/{FOREIGN}/{long}", status=400))["modelState"].keys() == {"contactIds"}
    denied = {"message": "Begärt data som det saknas åtkomst till"}
    for path in ("1", "Person/1", "Person?contactIds=1", "", "Search?Term=abcde", "1/ContactRelations"):
        assert await nord.get(f"/CRM/Contact/{FOREIGN}/{path}", status=403) == denied
    assert await nord.get(f"/CRM/Contact/{CUSTOMER.lower()}/1", status=403) == denied
    assert await nord.get(f"/Category/GetCategories?customerId={FOREIGN}", status=403) == denied


async def test_anothers_contacts_are_unknown(nord: Agency) -> None:
    theirs = await nord.contact(FOREIGN, first_name="X")
    beside = await nord.contact(OTHER, first_name="Y")
    assert await nord.get(f"{PATH}/{theirs.id},{beside.id}") == []
    await nord.get(f"{PATH}/{beside.id}?single=true", status=404)
    assert (await nord.get(f"/CRM/Contact/{quote(OTHER, safe='')}/{beside.id}"))[0]["customerId"] == OTHER


@pytest.mark.parametrize(
    "shown", ["A-1", "å/ö%2C 50%", "a,b", "Person", "..", "?#&=+", "x" * 40, "\U0001f600", "007", "12345678901"]
)
async def test_an_id_may_be_any_printable_text(sqlite_url: str, shown: str) -> None:
    async with agency(sqlite_url) as nord:
        contact = await nord.contact(external_ids={"vitec": shown})
        other = await nord.contact(first_name="Y")
        sent = "%2E%2E" if shown == ".." else quote(shown, safe="")
        for path in (f"Person/{sent}", f"{sent}?single=true"):
            if path != "Person?single=true":
                assert (await nord.get(f"{PATH}/{path}"))["id"] == shown
        assert [one["id"] for one in await nord.get(f"{PATH}/{other.id},{sent}")] == [str(other.id), shown]
        assert await nord.get(f"{PATH}/{contact.id}") == []
        assert (await nord.client.put(f"{PATH}/{sent}/OptOut")).status_code == 204


async def test_a_list_of_which_every_comma_is_encoded_is_a_list_all_the_same(nord: Agency) -> None:
    first, second = await nord.contact(first_name="A"), await nord.contact(first_name="B")
    found = await nord.get(f"{PATH}/{second.id}%2C{first.id}")
    assert [one["firstName"] for one in found] == ["B", "A"]
    found = await nord.get(f"{PATH}/Person/{second.id}%2C{first.id}")
    assert [one["firstName"] for one in found] == ["B", "A"]
    assert [one["id"] for one in await nord.get(f"{PATH}/Person/{second.id}%2C999")] == [str(second.id)]
    assert await nord.get(f"{PATH}/Person/998%2C999") == []
    twenty = "%2C".join(str(number) for number in range(100_000_000, 100_000_020))
    assert await nord.get(f"{PATH}/{twenty}") == []
    assert "contactIds" in (await nord.get(f"{PATH}/{twenty}%2C1", status=400))["modelState"]


class Counting:
    """A reader that counts what it is asked."""

    def __init__(self, inner: Reader) -> None:
        self.inner, self.engine, self.account_id, self.asked = inner, inner.engine, inner.account_id, 0

    async def rows(self, sql: str, *args: Value) -> list[Row]:
        self.asked += 1
        return await self.inner.rows(sql, *args)

    async def scan(self, sql: str, *args: Value) -> list[Row]:
        self.asked += 1
        return await self.inner.scan(sql, *args)


async def test_twenty_contacts_are_one_query(nord: Agency) -> None:
    own = [str((await nord.contact(first_name="A")).id) for _ in range(18)]
    foreign = [(await nord.contact(external_ids={"vitec": name})).external_ids["vitec"] for name in ("X", "Y")]
    for ids, queries in ((own, 1), (foreign, 1), (own + foreign, 2)):
        view = await nord.book().view()
        view.reader = counting = Counting(view.reader)
        assert len(await contacts_by_shown_ids(view, "vitec", ids)) == len(ids)
        assert counting.asked == queries


@pytest.mark.parametrize("sent", ["a%00b", "%07", "a%7Fb"])
async def test_an_id_with_control_characters_is_refused(nord: Agency, sent: str) -> None:
    for path in (f"{PATH}/{sent}", f"{PATH}/Person/{sent}", f"{PATH}/Person?contactIds={sent}"):
        assert (await nord.get(path, status=400))["modelState"].keys() == {"contactIds"}


async def test_an_external_number_takes_the_place_of_the_own_one(nord: Agency) -> None:
    foreign = await nord.contact(first_name="A", external_ids={"vitec": "500000"})
    own = await nord.contact(first_name="B")
    found = await nord.get(f"{PATH}/{own.id},500000,{foreign.id}")
    assert [(one["id"], one["firstName"]) for one in found] == [(str(own.id), "B"), ("500000", "A")]


async def test_people_written_elsewhere_are_read_here(nord: Agency) -> None:
    user, tag = await nord.user("Ek"), await nord.tag("Köpare", is_locked=True)
    contact = await nord.contact(
        first_name="Å" * 40,
        phones=(Phone(number="+49 157 12345678", kind="mobile"), Phone(number="1", kind="fax")),
        addresses=(Address(kind="office", street="Weg", house_number="1", country="Deutschland"),),
        owner_id=user.id,
        tag_ids=(tag.id,),
        lead_score=3,
    )
    shown = await nord.get(f"{PATH}/Person/{contact.id}")
    assert shown["firstName"] == "Å" * 30
    assert shown["telephone"] == {"home": None, "work": None, "cell": "+49 157 12345678", "other": None}
    assert shown["address"]["streetAddress"] == "Weg 1"
    assert shown["address"]["countryCode"] == "De"
    assert shown["agentId"] == str(user.id)
    assert shown["categories"] == [{"id": str(tag.id), "name": "Köpare", "readOnly": True}]
    assert shown["leadScore"] == 3
    assert (await nord.stored(contact.id)).first_name == "Å" * 40


async def test_what_is_in_the_trash_is_unknown(nord: Agency) -> None:
    contact = await nord.contact(first_name="A", external_ids={"vitec": "X"})
    await nord.book().remove(contact.id)
    assert await nord.get(f"{PATH}/X,{contact.id}") == []


async def test_relations_are_parent_and_children(nord: Agency) -> None:
    company = await nord.contact(kind="company", company="AB", external_ids={"vitec": "F1"})
    person = await nord.contact(first_name="A", parent_id=company.id)
    assert await nord.get(f"{PATH}/{person.id}/contactrelations") == {
        "relations": [{"relation": "Parent", "contactId": "F1"}],
        "reverseRelations": [],
    }
    document = await nord.get_xml(f"{PATH}/F1/ContactRelations")
    assert texts(document, "c:ReverseRelations/c:CrmContactRelation/c:ContactId") == [str(person.id)]
    assert (await nord.get(f"{PATH}/Person/{person.id}"))["isCompanyPerson"] is True


async def test_categories_are_the_tags(nord: Agency) -> None:
    beta, alpha = await nord.tag("Beta"), await nord.tag("alpha")
    both = [{"id": str(tag.id), "name": tag.name, "readOnly": False} for tag in (alpha, beta)]
    found: Any = await nord.get(f"/category/getcategories?CustomerId={CUSTOMER}")
    assert found == {"companyCategories": both, "personCategories": both}
    document = await nord.get_xml(f"/Category/GetCategories?customerId={CUSTOMER}")
    assert texts(document, "k:PersonCategories/k:Category/k:Name") == ["alpha", "Beta"]
