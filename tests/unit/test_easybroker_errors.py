"""Every error there is has the vendor's shape, a status and a text in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from onebook.dialects.easybroker.errors import TEXTS, error_reply, error_text
from onebook.errors import Forbidden, Invalid, NoSuchMethod, NotFound, OnebookError, Problem, TooLarge, TooMany
from onebook.http.params import Params
from onebook.http.route import JSON_UTF8, Ask

KEY = "Your API key is invalid."


def asked(path: str = "/easybroker/v1/contacts") -> Ask:
    return Ask("GET", path, {}, Params(""), {}, b"", "http://book.test/easybroker/v1", "req12345")


def family(parent: type[OnebookError] = OnebookError) -> Iterator[type[OnebookError]]:
    yield parent
    for child in parent.__subclasses__():
        yield from family(child)


@pytest.mark.parametrize("kind", list(dict.fromkeys(family())))
def test_every_error_has_a_status_and_a_text(kind: type[OnebookError]) -> None:
    reply = error_reply(kind(), asked())
    assert 400 <= reply.status < 600
    assert reply.content_type == JSON_UTF8
    assert msgspec.json.decode(reply.body, type=dict[str, str]).keys() == {"error"}
    assert kind.code in TEXTS
    for english in (False, True):
        assert error_text(kind(), asked(), english=english)


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_text_is_there_in_both_languages(code: str) -> None:
    error = Invalid("", (Problem("emails", code, ""),))
    spanish, english = (error_text(error, asked(), english=english) for english in (False, True))
    assert spanish
    assert english
    assert "{" not in spanish + english
    assert ("emails" in spanish) == ("emails" in english)


@pytest.mark.parametrize(
    ("path", "said"),
    [("", "request"), ("owner_id", "agent"), ("tag_ids", "tags"), ("operations.0.type", "operations.0.type")],
)
def test_fields_have_the_dialects_names(path: str, said: str) -> None:
    assert error_text(Invalid.at(path, "x"), asked(), english=True) == f"The value of {said} is not valid."


def test_a_long_name_is_not_repeated_whole() -> None:
    assert len(error_text(Invalid.at("x" * 10_000, "y"), asked(), english=True)) < 200


def test_a_key_that_is_not_allowed_is_unknown_to_partners_and_refused_to_others() -> None:
    partner = error_reply(Forbidden(), asked("/easybroker/v1/integration_partners/contact_requests"))
    assert (partner.status, msgspec.json.decode(partner.body)) == (401, {"error": KEY})
    assert error_reply(Forbidden(), asked()).status == 403


def test_a_value_that_is_too_large_is_told_apart_from_a_request_that_is() -> None:
    number = error_text(Invalid.at("phone", "is past 64 bits", "too_large"), asked(), english=True)
    assert number == "The value of phone is not valid."
    assert error_text(TooLarge(), asked(), english=True) == "The request is too large."


def test_headers_say_when_to_come_back_and_what_is_allowed() -> None:
    assert error_reply(TooMany(retry_after=0.05), asked()).headers == ((b"Retry-After", b"1"),)
    assert error_reply(TooMany(retry_after=2.5), asked()).headers == ((b"Retry-After", b"3"),)
    assert error_reply(NoSuchMethod(("GET", "HEAD")), asked()).headers == ((b"Allow", b"GET, HEAD"),)


def test_an_internal_error_names_the_request_and_nothing_else() -> None:
    reply = error_reply(OnebookError("secret"), asked())
    assert reply.status == 500
    assert msgspec.json.decode(reply.body) == {"error": "Ocurrió un error interno (req12345)."}


def test_what_is_not_found_is_told_by_what_it_is() -> None:
    found = NotFound("", (Problem("property_id", "unknown_property", ""),))
    assert error_text(found, asked(), english=False) == "No se encontró la propiedad especificada."
