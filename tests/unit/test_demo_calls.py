"""What `serve --demo` prints for each dialect: an address and a line for the shell, whatever the key is shown in."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from onebook.cli.demo import Address, curl_line, how_to_call
from onebook.dialects import servers
from onebook.http.route import Schema
from onebook.model.account import Key
from onebook.service.access import NewKey
from tests.book import START

KEY = Key(
    key_id=7,
    account_id=1,
    dialect="native",
    name="demo native",
    hash="",
    scopes=frozenset(),
    rate=0,
    account_ids=(1,),
    created_at=START,
)
MADE = NewKey(key=KEY, secret="s3cret", username="somebody")
HERE = Address("http", "127.0.0.1", 8080)
SCHEMES: list[tuple[Schema, list[str]]] = [
    ({"type": "http", "scheme": "bearer"}, ["-H", "Authorization: Bearer s3cret", "http://x/y?limit=2"]),
    ({"type": "http", "scheme": "basic"}, ["-u", "somebody:s3cret", "http://x/y?limit=2"]),
    ({"type": "apiKey", "in": "header", "name": "X-Key"}, ["-H", "X-Key: s3cret", "http://x/y?limit=2"]),
    ({"type": "apiKey", "in": "query", "name": "key"}, ["http://x/y?limit=2&key=s3cret"]),
]


@pytest.mark.parametrize(("scheme", "words"), SCHEMES)
def test_the_key_is_shown_as_the_dialect_wants_it(scheme: Schema, words: list[str]) -> None:
    server = replace(servers()[0], security={"key": scheme}, sample="/y?limit=2")
    assert shlex.split(curl_line(HERE, server, "http://x", MADE)) == ["curl", "-sS", *words]


def test_a_dialect_without_a_sample_shows_its_first_list() -> None:
    server = replace(servers()[0], sample="")
    assert "{" not in curl_line(HERE, server, "http://x", MADE)


def test_a_login_is_told_with_its_user_name() -> None:
    server = replace(servers()[0], security={"login": {"type": "http", "scheme": "basic"}})
    assert "  user name: somebody, password: s3cret" in list(how_to_call(HERE, [(server, MADE)]))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "https://127.0.0.1:443"),
        ("0.0.0.0", "https://127.0.0.1:443"),
        ("::", "https://[::1]:443"),
        ("fe80::1", "https://[fe80::1]:443"),
        ("book.example.com", "https://book.example.com:443"),
    ],
)
def test_the_address_is_one_that_a_caller_can_use(host: str, url: str) -> None:
    assert Address("https", host, 443).url == url


def test_with_tls_the_line_trusts_the_certificate() -> None:
    line = curl_line(Address("https", "127.0.0.1", 443, "my cert.pem"), servers()[0], "https://x", MADE)
    assert shlex.split(line)[2:4] == ["--cacert", "my cert.pem"]
