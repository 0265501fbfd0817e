"""Forms with files: what a client packs comes out as it was, and any other bytes are refused in one line."""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.errors import Invalid, Malformed
from onebook.http.files import attachment
from onebook.http.forms import MOST_PARTS, is_form, read_form

NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters='"\\/%'), min_size=1, max_size=40)
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=200)


def packed(request: httpx.Request) -> tuple[bytes, str]:
    """A form's body and content type as a client sends them."""
    return request.read(), request.headers["content-type"]


@given(NAMES, TEXTS, NAMES, st.binary(max_size=3000))
def test_what_is_packed_comes_out(name: str, text: str, file_name: str, body: bytes) -> None:
    request = httpx.Request("POST", "http://a.example", data={name: text}, files={"file": (file_name, body)})
    field, file = read_form(*packed(request))
    assert (field.name, field.text, field.file_name) == (name, text, None)
    assert (file.name, file.file_name, bytes(file.data)) == ("file", file_name, body)


@given(st.binary(max_size=500), st.sampled_from(["x", "--", "a b", "é"]))
def test_any_bytes_are_read_or_refused(body: bytes, boundary: str) -> None:
    for sent in (
        body,
        b"--x\r\n" + body,
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + body + b"\r\n--x--",
    ):
        with suppress(Invalid):
            assert len(read_form(sent, f'multipart/form-data; boundary="{boundary}"')) <= MOST_PARTS


def test_a_form_that_is_cut_anywhere_is_refused() -> None:
    request = httpx.Request("POST", "http://a.example", data={"a": "b"}, files={"file": ("c", b"d" * 50)})
    body, content_type = packed(request)
    assert len(read_form(body, content_type)) == 2
    for end in range(len(body) - 4):
        with pytest.raises(Malformed):
            read_form(body[:end], content_type)


def test_a_form_of_too_many_parts_and_one_that_is_no_text_are_refused() -> None:
    many = httpx.Request("POST", "http://a.example", files=[("a", (None, b"x"))] * (MOST_PARTS + 1))
    with pytest.raises(Invalid, match="more than"):
        read_form(*packed(many))
    (part,) = read_form(*packed(httpx.Request("POST", "http://a.example", files={"a": (None, b"\xff")})))
    with pytest.raises(Invalid, match="UTF-8"):
        _ = part.text


@pytest.mark.parametrize(
    ("content_type", "said"),
    [
        ("multipart/form-data; boundary=x", True),
        ("Multipart/Form-Data", True),
        ("application/json", False),
        ("", False),
    ],
)
def test_a_form_is_told_by_its_content_type(content_type: str, said: bool) -> None:
    assert is_form(content_type) == said


@given(st.text(max_size=60))
def test_the_name_of_an_attachment_is_one_header_line(name: str) -> None:
    try:
        _, value = attachment(name)
    except UnicodeEncodeError:
        assert any("\ud800" <= one <= "\udfff" for one in name)
        return
    assert value.isascii()
    assert b"\r" not in value
    assert b"\n" not in value
    assert value.count(b'"') == 2
