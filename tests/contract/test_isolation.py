"""In every dialect, what belongs to another account is not there: not to be read, found, changed or pointed to."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from onebook.http.route import DialectServer, Route
from onebook.model.account import CustomField, Reason, Source, Status, Tag, TagGroup, User
from onebook.model.lead import Lead
from onebook.model.property import Property
from onebook.service.records import create_record
from tests.book import emails, fill, phones
from tests.callers import CUSTOMER, DIALECTS, World, header_of, path_of, world
from tests.derived import feed

SECRET = "Xaverius"
RECORDS: tuple[Any, ...] = (
    Tag(name=f"{SECRET} tag"),
    TagGroup(name=f"{SECRET} group"),
    Source(name=f"{SECRET} source"),
    Status(name=f"{SECRET} status"),
    Reason(name=f"{SECRET} reason"),
    CustomField(name=f"{SECRET}_field", label=SECRET),
    User(last_name=SECRET, email="x@example.com"),
    Property(title=SECRET, reference="EB-ZZ0001"),
    Lead(name=SECRET, message=SECRET),
)


@pytest.fixture
async def two(database_url: str) -> AsyncIterator[tuple[World, list[str]]]:
    """Two accounts, the first with one of everything; and every id that stands for something in it."""
    async with world(database_url) as made:
        book = made.books[0]
        contact = await book.create(
            last_name=SECRET,
            emails=emails("xaverius@example.com"),
            phones=phones("0157 123 456 78"),
            external_ids={"propstack": "4711", "easybroker": "4711", "old_crm": "4711"},
        )
        session = await book.session()
        records = [await session.write(lambda unit, r=record: create_record(unit, r)) for record in RECORDS]  # type: ignore[misc]
        ids = [str(contact.id), "4711", str(contact.token), "EB-ZZ0001", *(str(record.id) for record in records)]
        yield made, ids


def body_for(route: Route) -> Any:
    """A body that the route would take, as far as its schema says what it takes."""
    return None if route.body is None else {}


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
async def test_another_account_s_ids_are_not_there(two: tuple[World, list[str]], dialect: DialectServer) -> None:
    made, ids = two
    before = feed(made.url, 1)
    async with made.client(dialect.name, 1) as stranger:
        for route in dialect.routes:
            if "{" not in route.path.replace(CUSTOMER, ""):
                continue
            for number, account in itertools.product(ids, (0, 1) if CUSTOMER in route.path else (1,)):
                path = path_of(route, made.books[account].account, lambda _, n=number: n)  # type: ignore[misc]
                named = any(param.name == "identifier" for param in route.params)
                for query in ("", "?identifier=token", "?identifier=old_crm_id") if named else ("",):
                    answer = await stranger.request(route.method, path + query, json=body_for(route))
                    refused = answer.status_code in (400, 403, 404, 422)
                    assert refused or answer.text == "[]", (route.method, path, answer.text)
                    assert SECRET not in answer.text
    assert feed(made.url, 1) == before
    assert feed(made.url, 2) == []


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
async def test_another_account_s_rows_are_in_no_list(two: tuple[World, list[str]], dialect: DialectServer) -> None:
    made, ids = two
    queries = ["", "?q=xaverius", "?q=0157", "?phone_number=015712345678", "?email=xaverius@example.com"]
    queries += [f"?ids={ids[0]}", f"?contactIds={ids[0]}", "?Term=xaverius", "?phoneNumber=015712345678&customerId=M1"]
    async with made.client(dialect.name, 1) as stranger, made.client(dialect.name, 0) as owner:
        seen = 0
        for route in dialect.routes:
            if route.method != "GET" or "{" in route.path.replace(CUSTOMER, ""):
                continue
            for query, account in itertools.product(queries, (0, 1)):
                path = path_of(route, made.books[account].account) + query
                answer = await stranger.get(path, headers=header_of(route))
                assert SECRET not in answer.text, path
                assert answer.status_code < 500
                seen += SECRET in (await owner.get(path, headers=header_of(route))).text
        assert seen, "the owner sees none of it either: this test shows nothing"


POINTERS: dict[str, list[tuple[str, str, str]]] = {
    "native": [
        ("POST", "/contacts", '{"last_name": "N", "%s": %s}' % (name, value))  # noqa: UP031
        for name, value in (
            ("owner_id", "{user}"),
            ("tag_ids", "[{tag}]"),
            ("parent_id", "{contact}"),
            ("source_id", "{source}"),
            ("status_id", "{status}"),
            ("reason_id", "{reason}"),
            ("custom", '{"Xaverius_field": "x"}'),
        )
    ]
    + [
        ("POST", "/tags", '{"name": "N", "group_id": {group}}'),
        ("POST", "/leads", '{"contact_id": {contact}}'),
        ("POST", "/leads", '{"property_id": {property}}'),
        ("POST", "/properties", '{"agent_id": {user}}'),
    ],
    "propstack": [
        ("POST", "/contacts", '{"client": {"last_name": "N", "%s": %s}}' % (name, value))  # noqa: UP031
        for name, value in (
            ("broker_id", "{user}"),
            ("group_ids", "[{tag}]"),
            ("parent_id", "{shown}"),
            ("client_source_id", "{source}"),
            ("client_status_id", "{status}"),
        )
    ],
    "quentn": [
        ("POST", "/contact", '{"contact": {"mail": "n@example.com", "%s": %s}}' % (name, value))  # noqa: UP031
        for name, value in (("uid", "{user}"), ("owner", "{user}"), ("terms", "[{tag}]"))
    ],
    "easybroker": [("POST", "/contact_requests", '{"name": "N", "phone": "1", "property_id": "EB-ZZ0001"}')],
}


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if name in POINTERS])
async def test_another_account_s_ids_cannot_be_pointed_to(two: tuple[World, list[str]], dialect: Any) -> None:
    made, ids = two
    names = (
        "contact",
        "shown",
        "",
        "",
        "tag",
        "group",
        "source",
        "status",
        "reason",
        "field",
        "user",
        "property",
        "lead",
    )
    known = dict(zip(names, ids, strict=True))
    async with made.client(dialect, 1) as stranger, made.client(dialect, 0) as owner:
        for method, path, template in POINTERS[dialect]:
            body = template
            for name, number in known.items():
                body = body.replace(f"{{{name}}}", number) if name else body
            refused = await stranger.request(method, path, content=body)
            assert refused.status_code in (400, 404, 422), (body, refused.text)
            assert feed(made.url, 2) == []
            taken = await owner.request(method, path, content=body)
            assert taken.status_code in (200, 201), (body, taken.text)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_key_opens_no_other_dialect_and_no_other_account(two: tuple[World, list[str]], dialect: Any) -> None:
    made, _ = two
    async with made.client(dialect) as client:
        path = DIALECTS[dialect].sample
        assert (await client.get(path)).status_code == 200
        for other, login in made.logins[0].items():
            if other != dialect:
                stolen = type(login)(dialect, login.username, login.secret)
                assert (await client.get(path, headers=stolen.headers)).status_code in (401, 403), other
        # A secret says whose it is; another account's number in front of it opens nothing.
        login = made.logins[0][dialect]
        moved = type(login)(dialect, login.username, login.secret.replace("ob1x", "ob2x"))
        assert (await client.get(path, headers=moved.headers)).status_code in (401, 403)
    async with made.client(dialect, 1) as stranger:
        await made.books[1].create(fill(last_name="Zweite"))
        assert (await stranger.get(path.replace("M1", "M2"))).status_code == 200


async def test_the_same_external_id_may_stand_in_two_accounts(two: tuple[World, list[str]]) -> None:
    made, _ = two
    await made.books[1].create(last_name="Zweite", external_ids={"propstack": "4711"})
    async with made.client("propstack", 0) as first, made.client("propstack", 1) as second:
        for client, name in ((first, SECRET), (second, "Zweite")):
            answer = await client.get("/contacts/4711")
            assert msgspec.json.decode(answer.content)["last_name"] == name
