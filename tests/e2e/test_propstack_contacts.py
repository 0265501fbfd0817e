"""Propstack's contacts, written and read one by one over HTTP, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from onebook.model.account import CustomField, Option, Source, Status, Tag, TagGroup, User
from onebook.model.contact import Email
from onebook.model.property import Property
from onebook.service.contacts import contact_history
from tests.book import emails
from tests.conformance.propstack.served import Served, served


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Served]:
    async with served(database_url) as it:
        yield it


# Create or update


async def test_a_second_post_with_the_same_email_changes_the_given_keys_of_the_same_contact(book: Served) -> None:
    first = await book.post(email="john@doe.de", first_name="John", company="Doe AG")

    assert await book.post(email="JOHN@doe.de", first_name="Jonny") == first
    found = await book.get(first)
    assert (found["first_name"], found["company"], found["emails"]) == ("Jonny", "Doe AG", ["JOHN@doe.de"])


async def test_an_upsert_finds_a_contact_by_any_of_its_addresses_and_loses_none(book: Served) -> None:
    first = await book.post(emails=["a@doe.de", "b@doe.de"])

    assert await book.post(email="b@doe.de", last_name="Doe") == first
    assert sorted((await book.get(first))["emails"]) == ["a@doe.de", "b@doe.de"]


async def test_an_upsert_finds_archived_contacts_and_not_those_in_the_trash(book: Served) -> None:
    archived = await book.post(email="a@doe.de", archived=True)
    trashed = await book.post(email="b@doe.de")
    await book.http.delete(f"/contacts/{trashed}")

    assert await book.post(email="a@doe.de") == archived
    assert await book.post(email="b@doe.de") != trashed


async def test_of_several_with_one_address_the_oldest_is_updated(book: Served) -> None:
    oldest, younger = await book.post(last_name="A"), await book.post(last_name="B")
    await book.put(younger, email="same@doe.de")
    await book.put(oldest, email="same@doe.de")

    assert await book.post(email="same@doe.de") == oldest


async def test_old_crm_id_finds_a_contact_and_decides_where_the_email_names_another(book: Served) -> None:
    by_id = await book.post(old_crm_id=4711, last_name="A")
    by_email = await book.post(email="b@doe.de", last_name="B")

    assert await book.post(old_crm_id="4711", email="b@doe.de") == by_id
    assert (await book.get(by_id))["email"] == "b@doe.de"
    assert (await book.get(by_email))["email"] == "b@doe.de"
    assert (await book.get("4711", identifier="old_crm_id"))["id"] == by_id


async def test_an_old_crm_id_that_nobody_has_is_given_to_the_one_whom_the_email_names(book: Served) -> None:
    first = await book.post(email="a@doe.de")

    assert await book.post(email="a@doe.de", old_crm_id="X-1") == first
    assert (await book.get(first))["old_crm_id"] == "X-1"


async def test_fifty_posts_of_one_email_at_the_same_moment_make_one_contact(book: Served) -> None:
    ids = await asyncio.gather(*(book.post(email="a@doe.de", last_name=f"Doe {number}") for number in range(50)))

    assert len(set(ids)) == 1
    assert await book.ids() == [ids[0]]


async def test_a_post_without_email_and_old_crm_id_always_creates(book: Served) -> None:
    assert await book.post(last_name="Doe", email="") != await book.post(last_name="Doe", email="")


# Change


async def test_a_put_of_one_key_changes_one_key_and_leaves_what_this_dialect_cannot_say(book: Served) -> None:
    made = await book.book.create(
        last_name="Doe",
        skype="doe",
        lead_score=7,
        emails=(Email(address="a@doe.de", label="alt", status="double_opt_in"), *emails("b@doe.de")),
        extras={"quentn": {"x": 1}},
    )

    await book.put(made.id, position="Chef")

    view = await book.book.view()
    entry = (await contact_history(view, made.id))[-1]
    assert (entry.changes, entry.via) == ({"position": (None, "Chef")}, "propstack")


async def test_the_whole_contact_sent_back_as_it_was_read_only_says_what_was_unknown(book: Served) -> None:
    group = await book.add(Tag(name="Käufer"))
    broker = await book.add(User(first_name="Eva", email="eva@agentur.de"))
    field = CustomField(name="farbe", type="multiple_choice", options=(Option(name="Rot"), Option(name="Grün")))
    await book.add(field)
    parent = await book.post(company="Doe AG", is_company=True)
    contact_id = await book.post(
        salutation="Familie",
        emails=["a@doe.de", "b@doe.de"],
        home_cell="0157 1",
        office_city="Bonn",
        group_ids=[group.id],
        broker_id=broker.id,
        parent_id=parent,
        dob="1980-01-31",
        last_contact_at="2024-01-01",
        custom_fields={"farbe": "Rot,2"},
    )
    before = await book.get(contact_id)

    after = await book.put(contact_id, **before)
    moved = {"updated_at", "updated_at_formatted"}
    assert {key for key in before if before[key] != after[key]} <= moved
    said = (await contact_history(await book.book.view(), contact_id))[-1]
    # The answer shows these as false and 0 where nobody has said anything; the echo says it.
    assert said.changes == {
        "accept_contact": (None, False),
        "newsletter_unsubscribed": (None, False),
        "rating": (None, 0),
    }
    assert await book.put(contact_id, **after) == after


async def test_fifty_changes_of_one_contact_at_once_are_all_there(book: Served) -> None:
    contact_id = await book.post(last_name="Doe")

    await asyncio.gather(*(book.put(contact_id, **{f"key_{number}": number}) for number in range(50)))

    entries = await contact_history(await book.book.view(), contact_id)
    assert [entry.version for entry in entries] == list(range(1, 52))
    extras = (await book.book.change(contact_id)).extras["propstack"]
    assert extras == {f"key_{number}": number for number in range(50)}


async def test_absent_null_and_empty_are_three_different_things(book: Served) -> None:
    contact_id = await book.post(first_name="A", last_name="B", company="C")

    found = await book.put(contact_id, last_name=None, company="")
    assert (found["first_name"], found["last_name"], found["company"]) == ("A", None, "")


async def test_unknown_attributes_are_kept(book: Served) -> None:
    contact_id = await book.post(last_name="Doe", street="Weg 1", source={"utm": ["x"]})

    contact = (await book.book.find(), await book.book.change(contact_id))[1]
    assert contact.extras == {"propstack": {"street": "Weg 1", "source": {"utm": ["x"]}}}


async def test_a_put_and_a_delete_take_another_identifier_in_the_query_or_beside_the_client(book: Served) -> None:
    contact_id = await book.post(last_name="Doe", email="a@doe.de", old_crm_id="7")
    token = (await book.get(contact_id))["token"]

    answer = await book.http.put(f"/contacts/{token}?identifier=token", json={"client": {"company": "X"}})
    assert answer.json()["company"] == "X"
    answer = await book.http.put(f"/contacts/{token}", json={"identifier": "token", "client": {"company": "Y"}})
    assert answer.json()["company"] == "Y"
    answer = await book.http.put("/contacts/A@doe.de?identifier=email", json={"client": {"company": "Z"}})
    assert answer.json()["company"] == "Z"
    answer = await book.http.delete("/contacts/7?identifier=old_crm_id")
    assert answer.json() == {"ok": True, "id": contact_id}


async def test_a_put_may_set_an_address_that_another_contact_has(book: Served) -> None:
    await book.post(email="a@doe.de")
    other = await book.post(last_name="Doe")

    assert (await book.put(other, email="a@doe.de"))["email"] == "a@doe.de"


async def test_an_imported_contact_answers_to_the_vendor_s_id_and_not_to_its_own(book: Served) -> None:
    made = await book.book.create(last_name="Doe", external_ids={"propstack": "90001"})

    assert (await book.get(90001))["id"] == 90001
    assert await book.ids() == [90001]
    assert (await book.put(90001, company="X"))["item_id"] == 90001
    assert (await book.refused("GET", f"/contacts/{made.id}"))[0] == 404
    assert (await book.http.delete("/contacts/90001")).json() == {"ok": True, "id": 90001}


# Parents, children, owned properties


async def test_parent_and_children_show_and_take_the_vendor_s_ids(book: Served) -> None:
    await book.book.create(company="Doe AG", kind="company", external_ids={"propstack": "90001"})
    child = await book.post(last_name="Doe", parent_id="90001")

    assert (await book.get(child))["parent_id"] == 90001
    found = await book.get(90001)
    assert found["children_size"] == 1
    assert [(row["id"], row["last_name"]) for row in found["children"]] == [(child, "Doe")]
    assert await book.refused("PUT", f"/contacts/{child}", json={"client": {"parent_id": child + 1000}}) == (
        422,
        ["parent_id existiert nicht"],
    )
    assert (await book.refused("PUT", "/contacts/90001", json={"client": {"parent_id": child}}))[0] == 422
    assert (await book.put(child, parent_id=None))["parent_id"] is None


async def test_a_parent_in_the_trash_stays_where_it_is_sent_back(book: Served) -> None:
    parent = await book.post(company="Doe AG")
    child = await book.post(last_name="Doe", parent_id=parent)
    await book.http.delete(f"/contacts/{parent}")

    assert (await book.put(child, parent_id=parent, company="X"))["parent_id"] == parent


async def test_owned_properties_are_listed(book: Served) -> None:
    contact_id = await book.post(last_name="Doe")
    await book.add(Property(title="Villa", reference="V-1", city="Bonn", owner_contact_ids=(contact_id,)))

    (owned,) = (await book.get(contact_id))["owned_properties"]
    assert (owned["title"], owned["unit_id"], owned["city"]) == ("Villa", "V-1", "Bonn")


async def test_include_adds_relationships_and_ignores_what_it_does_not_know(book: Served) -> None:
    contact_id = await book.post(last_name="Doe")

    plain = await book.get(contact_id)
    assert await book.get(contact_id, include="children,nonsense,broker") == plain
    assert await book.get(contact_id, include="relationships") == {**plain, "relationships": []}


# What contacts point to


async def test_the_lists_that_a_contact_points_to_are_filled_in(book: Served) -> None:
    broker = await book.add(User(first_name="Eva", last_name="Klein", email="eva@agentur.de"))
    source = await book.add(Source(name="Facebook Ads"))
    status = await book.add(Status(name="Kunde", color="#ff0000", position=1))
    above = await book.add(TagGroup(name="Rolle"))
    group = await book.add(Tag(name="Käufer", group_id=above.id))

    contact_id = await book.post(
        broker_id=str(broker.id),
        second_broker_id=broker.id,
        client_source_id=source.id,
        client_status_id=status.id,
        add_group_ids=[str(group.id)],
    )

    found = await book.get(contact_id)
    assert found["broker"] == found["second_broker"]
    assert found["broker"]["name"] == "Eva Klein"
    assert found["client_source"] == {"id": source.id, "name": "Facebook Ads"}
    assert found["status"] == {"id": status.id, "label": "Kunde", "name": "Kunde", "color": "#ff0000"}
    assert found["groups"] == [{"id": group.id, "name": "Käufer", "super_group_id": above.id}]


async def test_custom_fields_take_ids_and_labels_and_read_back_with_both(book: Served) -> None:
    options = (Option(name="Rot"), Option(name="Grün"))
    await book.add(CustomField(name="farbe", type="choice", options=options))
    await book.add(CustomField(name="farben", type="multiple_choice", options=options))
    await book.add(CustomField(name="vip", type="checkbox"))
    await book.add(CustomField(name="notiz"))

    contact_id = await book.post(custom_fields={"farbe": "grün", "farben": "1,2", "vip": "1", "fremd": 5})
    expected = {
        "farbe": {"value": 2, "pretty_value": "Grün"},
        "farben": {"value": "1,2", "pretty_value": "Rot, Grün"},
        "vip": {"value": True, "pretty_value": "Ja"},
        "notiz": {"value": None, "pretty_value": None},
    }
    assert (await book.get(contact_id))["custom_fields"] == expected

    merged = await book.put(contact_id, partial_custom_fields={"farbe": 1, "vip": None})
    assert merged["custom_fields"] == {
        **expected,
        "farbe": {"value": 1, "pretty_value": "Rot"},
        "vip": {"value": None, "pretty_value": None},
    }
    replaced = await book.put(contact_id, custom_fields={"notiz": "x"})
    assert {name for name, value in replaced["custom_fields"].items() if value["value"] is not None} == {"notiz"}
    assert await book.refused("PUT", f"/contacts/{contact_id}", json={"client": {"custom_fields": {"farbe": 3}}}) == (
        422,
        ["custom_fields.farbe ist keine der Optionen"],
    )
