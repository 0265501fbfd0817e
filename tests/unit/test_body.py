"""What passes the reading of a body can be stored on every database, and everything else is refused."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.errors import Invalid, Malformed, OnebookError
from onebook.http.body import MAX_NESTING, MAX_TEXT, read_json

CLEAN = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=50)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e300, 1e300) | CLEAN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(CLEAN, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_any_clean_json_is_read_as_it_stands(value: Any) -> None:
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_refused(raw: bytes) -> None:
    with contextlib.suppress(OnebookError):
        read_json(raw)


@pytest.mark.parametrize("raw", [b"", b"  ", b"\n"])
def test_an_empty_body_is_none(raw: bytes) -> None:
    assert read_json(raw) is None


def test_a_byte_order_mark_is_taken() -> None:
    assert read_json(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"{'a':1}",
        b'{"a":1,}',
        b"nul",
        b"NaN",
        b"[Infinity]",
        b'{"a":"\\ud800"}',
        b'{"a":"\\udc00\\ud800"}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b"\x00",
        b'{"a":1} x',
        b"a=1&b=2",
        b"<xml/>",
        '{"a":"ä"}'.encode("latin-1"),
        '{"a":1}'.encode("utf-16"),
    ],
)
def test_what_is_no_json_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_json(raw)


@pytest.mark.parametrize("character", [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0x85), 0x86, 0x9F])
def test_a_control_character_is_refused_in_values_and_names(character: int) -> None:
    escaped = f"\\u{character:04x}"
    for raw in (f'{{"a":{{"b":["x{escaped}y"]}}}}', f'{{"a":{{"{escaped}":1}}}}'):
        with pytest.raises(Invalid) as caught:
            read_json(raw.encode())
        assert caught.value.problems[0].path.startswith("a")


@pytest.mark.parametrize("text", ["a\tb", "a\nb", "a\r\nb", "a\u0085b", "a\u2028b", "\U0001f600", "\u200d", "\ufffd"])
def test_tabs_line_ends_and_all_that_can_be_seen_are_taken(text: str) -> None:
    assert read_json(json.dumps({"a": text}).encode()) == {"a": text}


@pytest.mark.parametrize("text", ["x" * MAX_TEXT, "ä" * (MAX_TEXT // 2), "\U0001f600" * (MAX_TEXT // 4)])
def test_a_text_may_have_64_kib_and_no_byte_more(text: str) -> None:
    assert read_json(json.dumps([text]).encode()) == [text]
    with pytest.raises(Invalid) as caught:
        read_json(json.dumps({"a": [text + "x"]}).encode())
    assert caught.value.problems[0].path == "a.0"


def test_nesting_has_an_end() -> None:
    assert read_json(b"[" * MAX_NESTING + b"]" * MAX_NESTING) is not None
    for depth in (MAX_NESTING + 1, 1000, 500_000):
        with pytest.raises(Invalid):
            read_json(b"[" * depth + b"]" * depth)
        with pytest.raises(Invalid):
            read_json(b'{"a":' * depth + b"1" + b"}" * depth)


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "1" * 400, "1e400", "-1e999"])
def test_a_number_past_64_bits_is_refused(number: str) -> None:
    with pytest.raises(Invalid):
        read_json(f'{{"a":{number}}}'.encode())


def test_numbers_of_64_bits_are_kept() -> None:
    assert read_json(b"[9223372036854775807,-9223372036854775808,0.1]") == [2**63 - 1, -(2**63), 0.1]
