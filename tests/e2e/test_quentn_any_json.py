"""Whatever hypothesis sends to a contact that is there is answered, and what is refused has written nothing."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from onebook.dialects.quentn.fields import FIELDS
from onebook.dialects.quentn.server import SERVER
from onebook.model.account import CustomField, Option, Tag, User
from onebook.model.activity import Note
from onebook.model.campaign import Campaign
from tests.conformance.quentn.served import Served, served
from tests.derived import differences, feed
from tests.e2e.test_hard_input import JSON

NUMBERS: st.SearchStrategy[Any] = st.integers(0, 30) | st.integers(0, 30).map(str)
ANY: st.SearchStrategy[Any] = JSON | NUMBERS | st.lists(NUMBERS, max_size=3)
MAILS = st.sampled_from(["a@example.com", "A@example.com", "b@example.com", "", None])
CUSTOM = ("field_text", "field_wahl", "field_mehrere", "field_zahl", "field_datum", "field_ok", "field_fremd")
CONTACTS = st.fixed_dictionaries(
    {}, optional={**{field.name: ANY for field in FIELDS}, **dict.fromkeys(CUSTOM, ANY), "comment": ANY, "mail": MAILS}
)
OPTIONS = {
    "duplicate_check_method": st.sampled_from(["auto", "email", "none"]) | ANY,
    "duplicate_merge_method": st.sampled_from(["update_add", "update", "add"]) | ANY,
    "return_fields": st.lists(st.sampled_from([*(field.name for field in FIELDS), *CUSTOM]), max_size=9) | ANY,
    "request_ip": st.ip_addresses().map(str) | ANY,
    "flood_limit": NUMBERS | ANY,
    "spam_protection": st.booleans() | ANY,
}
NAMES = ("label", "description", "field_type", "max_length", "required", "multiple_selection", "options", "name", "id")
BODIES: tuple[tuple[str, str, st.SearchStrategy[Any]], ...] = (
    ("PUT", "/contact/{contact}", CONTACTS),
    ("POST", "/contact", st.fixed_dictionaries({"contact": CONTACTS}, optional=OPTIONS)),
    ("POST", "/contacts", st.fixed_dictionaries({"contacts": st.lists(CONTACTS, max_size=4)}, optional=OPTIONS)),
    ("POST", "/cb/{campaign}", CONTACTS),
    ("PUT", "/contact/{contact}/terms", ANY),
    ("POST", "/contact/{contact}/terms", ANY),
    ("DELETE", "/contact/{contact}/terms", ANY),
    ("PUT", "/contact/{contact}/comments", st.fixed_dictionaries({}, optional={"id": ANY, "comment": ANY})),
    ("DELETE", "/contact/{contact}/comments", ANY),
    ("PUT", "/terms/{term}", st.fixed_dictionaries({}, optional={"name": ANY, "description": ANY})),
    ("PUT", "/custom-fields/field_wahl", st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, ANY))),
    (
        "POST",
        "/custom-fields",
        st.fixed_dictionaries(
            {"label": st.text(min_size=1), "field_type": st.sampled_from(["text", "selection", "date"])},
            optional=dict.fromkeys((*NAMES[1:2], *NAMES[3:7], "default_value", "field_name", "settings"), ANY),
        ),
    ),
)


async def filled(book: Served) -> dict[str, int]:
    """One of everything, so that requests have something to meet."""
    options = (Option(name="a"), Option(name="b"))
    for field in (
        CustomField(name="field_text", type="text", max_length=8),
        CustomField(name="field_wahl", type="choice", options=options),
        CustomField(name="mehrere", type="multiple_choice", options=options),
        CustomField(name="field_zahl", type="number", extras={"quentn": {"field_type": "integer"}}),
        CustomField(name="datum", type="date"),
        CustomField(name="field_ok", type="consent", required=True),
    ):
        await book.record(field)
    term, campaign = await book.record(Tag(name="T")), await book.record(Campaign(name="C"))
    await book.record(User(last_name="U", email="u@example.com"))
    contact = await book.post(mail="a@example.com", first_name="A", family_name="B")
    await book.record(Note(body="N", contact_ids=(contact,)))
    return {"contact": contact, "term": term.id, "campaign": campaign.id}


def test_any_json_at_all_is_answered(database_url: str) -> None:
    statuses: set[tuple[str, str, bool]] = set()
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        book = runner.run(stack.enter_async_context(served(database_url)))
        try:
            known = runner.run(filled(book))

            @settings(max_examples=150)
            @given(st.sampled_from(BODIES).flatmap(lambda one: st.tuples(st.just(one[:2]), one[2])))
            def any_body(drawn: tuple[tuple[str, str], Any]) -> None:
                (method, path), body = drawn
                before = feed(database_url, 1)
                answer = runner.run(book.http.request(method, path.format(**known), content=json.dumps(body).encode()))
                assert answer.status_code in (200, 400, 404, 409, 429), (method, path, body, answer.text)
                found = answer.json()
                refused = answer.status_code != 200
                assert (isinstance(found, dict) and "error" in found) == refused
                assert not refused or feed(database_url, 1) == before
                statuses.add((method, path, refused))

            any_body()
            shown = runner.run(book.get(known["contact"], *(field.name for field in FIELDS), *CUSTOM))
            assert shown["id"] == known["contact"]
        finally:
            runner.run(stack.aclose())
    assert {(method, path) for method, path, refused in statuses if not refused} >= {("PUT", "/contact/{contact}")}
    assert differences(database_url) == []


def test_every_call_with_a_body_is_among_them() -> None:
    tried = {(method, path.replace("field_wahl", "{field}")) for method, path, _ in BODIES}
    plain = {("POST", "/contact/{contact}/comments"), ("POST", "/terms")}
    assert tried | plain == {(route.method, route.path) for route in SERVER.routes if route.body is not None}
