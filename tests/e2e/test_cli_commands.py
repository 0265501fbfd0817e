"""The command line as other tools rely on it: exact JSON, one line for a mistake, the right exit status."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest

from onebook import __version__
from onebook.cli import run
from onebook.cli.keys import read_rate
from onebook.errors import Invalid


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> object:
        """Standard output, which is one line of JSON and nothing else."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)


Command = Callable[..., Result]


@pytest.fixture
def onebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> Result:
        capfd.readouterr()
        status = run(words)
        out, err = capfd.readouterr()
        return Result(status, out, err)

    return command


@pytest.fixture
def book(onebook: Command, database_url: str) -> Command:
    """Runs a command on a database with one account, on both engines."""

    def command(*words: str) -> Result:
        return onebook(*words, "--database", database_url)

    assert command("account", "create", "Immobilien Nord").status == 0
    return command


def one_line(result: Result, status: int, *words: str) -> None:
    """The command failed with this status, and said these words in one line on standard error."""
    assert result.status == status, result
    assert result.out == ""
    assert re.fullmatch(r"onebook: [^\n]+\n", result.err), result.err
    for word in words:
        assert word in result.err


def test_account_create_prints_the_fixed_json(onebook: Command, database_url: str) -> None:
    options = ("--database", database_url, "--json")
    first = onebook("account", "create", "Immobilien Nord", *options)
    assert first.out == '{"account_id":1,"name":"Immobilien Nord","customer_id":"M1"}\n'
    assert first.err == ""
    second = onebook("account", "create", "Süd", "--customer-id", "M30011", "--country", "SE", *options)
    assert second.json == {"account_id": 2, "name": "Süd", "customer_id": "M30011"}
    listed = onebook("account", "list", *options).json
    assert isinstance(listed, list)
    assert [(one["account_id"], one["country"], one["timezone"]) for one in listed] == [
        (1, "DE", "Europe/Berlin"),
        (2, "SE", "Europe/Berlin"),
    ]


def test_key_create_prints_the_fixed_json(book: Command) -> None:
    made = book("key", "create", "--account", "Immobilien Nord", "--dialect", "propstack", "--json").json
    assert isinstance(made, dict)
    assert list(made) == ["key"]
    assert len(made["key"]) >= 32
    login = book("key", "create", "--account", "Immobilien Nord", "--dialect", "vitec", "--json").json
    assert isinstance(login, dict)
    assert list(login) == ["username", "password", "customer_id"]
    assert login["customer_id"] == "M1"


def test_a_key_takes_scopes_a_rate_and_a_name(book: Command) -> None:
    words = ("--scope", "contacts:read", "--scope", "partner", "--rate", "20/s", "--name", "Portal")
    assert book("key", "create", "--account", "M1", "--dialect", "easybroker", *words).status == 0
    listed = book("key", "list", "--json").json
    assert isinstance(listed, list)
    (key,) = listed
    assert (key["name"], key["dialect"], key["rate"]) == ("Portal", "easybroker", 20.0)
    assert key["scopes"] == ["contacts:read", "partner"]
    assert key["revoked_at"] is None
    assert not {"hash", "secret", "key"} & set(key)


def test_a_secret_is_shown_once_and_never_listed(book: Command) -> None:
    shown = book("key", "create", "--account", "Immobilien Nord", "--dialect", "native")
    secret = shown.out.splitlines()[-1]
    assert re.fullmatch(r"ob1x[0-9a-f]{48}", secret)
    assert secret not in book("key", "list").out + book("key", "list", "--json").out


def test_a_vitec_login_may_open_several_accounts_and_no_other_dialect_may(book: Command) -> None:
    assert book("account", "create", "Süd").status == 0
    both = ("--account", "Immobilien Nord", "--account", "Süd")
    assert book("key", "create", *both, "--dialect", "vitec").status == 0
    listed = book("key", "list", "--account", "Süd", "--json").json
    assert listed == []
    listed = book("key", "list", "--account", "Immobilien Nord", "--json").json
    assert isinstance(listed, list)
    assert listed[0]["account_ids"] == [1, 2]
    one_line(book("key", "create", *both, "--dialect", "native"), 2, "one account only")


def test_a_key_is_revoked_by_name_or_number_once(book: Command) -> None:
    for _ in range(2):
        book("key", "create", "--account", "Immobilien Nord", "--dialect", "native", "--name", "website")
    one_line(book("key", "revoke", "website"), 2, "number")
    listed = book("key", "list", "--json").json
    assert isinstance(listed, list)
    number = str(listed[0]["key_id"])
    assert book("key", "revoke", number).status == 0
    one_line(book("key", "revoke", number), 1, "key list")
    assert book("key", "revoke", "website", "--json").status == 0
    revoked = book("key", "list", "--json").json
    assert isinstance(revoked, list)
    assert all(key["revoked_at"] for key in revoked)
    assert "revoked" in book("key", "list").out


def test_a_user_is_made_once(book: Command) -> None:
    words = ("user", "create", "--email", "eva@example.com", "--first-name", "Eva", "--role", "admin")
    made = book(*words, "--json").json
    assert isinstance(made, dict)
    assert (made["account_id"], made["email"], made["role"]) == (1, "eva@example.com", "admin")
    assert made["user_id"] > 0
    one_line(book(*words), 1, "email")
    one_line(book("user", "create", "--email", "eva"), 2, "e-mail")


def test_the_thresholds_for_duplicates_are_shown_and_set(book: Command) -> None:
    made = book("account", "thresholds", "--merge", "0.9", "--json").json
    assert made == book("account", "thresholds", "--json").json
    assert isinstance(made, dict)
    assert (made["auto_merge_threshold"], made["review_threshold"]) == (0.9, 0.3)
    assert "merges from 0.9 and reviews from 0.5 on" in book("account", "thresholds", "--review", "0.5").out
    assert book("account", "thresholds", "--merge", "1.5").status == 2


def test_where_there_are_two_accounts_one_must_be_named(book: Command) -> None:
    book("account", "create", "Süd")
    one_line(book("user", "create", "--email", "eva@example.com"), 2, "--account")
    assert book("user", "create", "--email", "eva@example.com", "--account", "Süd").status == 0


def test_check_finds_nothing_in_a_new_book(book: Command) -> None:
    book("user", "create", "--email", "eva@example.com")
    checked = book("check")
    assert (checked.status, checked.out) == (0, "No differences.\n")
    assert book("check", "--repair", "--account", "Immobilien Nord").status == 0
    one_line(book("check", "--account", "Nord"), 1, "Immobilien Nord")


def test_distributing_says_in_one_line_what_it_needs(onebook: Command, book: Command, database_url: str) -> None:
    result = book("database", "distribute")
    one_line(result, 1, "PostgreSQL" if database_url.startswith("sqlite") else "Citus")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("frobnicate",), "frobnicate"),
        (("key",), "onebook key --help"),
        (("key", "create"), "--account"),
        (("key", "create", "--account", "x", "--dialect", "klingon"), "klingon"),
        (("key", "create", "--account", "x", "--dialect", "native", "--rate", "fast"), "20/s"),
        (("key", "create", "--account", "x", "--dialect", "native", "--rate", "-1"), "20/s"),
        (("account", "create"), "onebook account create --help"),
        (("account", "create", ""), "name"),
        (("account", "create", "A", "--country", "Germany"), "DE"),
        (("account", "create", "A", "--language", "1"), "de"),
        (("account", "create", "A", "--timezone", "Mars/North"), "Europe/Berlin"),
        (("account", "create", "A", "--timezone", "/etc/passwd"), "Europe/Berlin"),
        (("user", "create", "--email", "a@example.com", "--role", "god"), "god"),
        (("serve", "--port", "eighty"), "--port"),
        (("serve", "--port", "70000"), "--port"),
        (("serve", "--workers", "0"), "--workers"),
        (("serve", "--tls-key", "key.pem"), "--tls-certificate"),
        (("serve", "--tls-key", "key.pem", "--tls-certificate", "none.pem"), "none.pem"),
        (("check", "--database", "mysql://user:secret@host/book"), "postgresql://"),
        (("check", "--database", "sqlite://"), "sqlite:///"),
        (("check", "--no-such-option"), "--no-such-option"),
    ],
)
def test_what_is_typed_wrongly_is_one_line_and_status_2(onebook: Command, words: tuple[str, ...], said: str) -> None:
    result = onebook(*words)
    one_line(result, 2, said)
    assert "secret" not in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check",), "account create"),
        (("account", "list", "--database", "sqlite:///none.db"), "none.db"),
        (("account", "create", "A", "--database", "sqlite:////nowhere/at/all.db"), "directory"),
        (("account", "list", "--database", "postgresql://127.0.0.1:1/onebook"), "cannot reach"),
        (("account", "list", "--database", "postgresql://u:secret@127.0.0.1:1/onebook"), "cannot reach"),
        (("serve", "--host", "192.0.2.1"), "--host"),
        (("serve", "--host", "no.such.host.example"), "--host"),
        (("serve", "--database", "sqlite:////nowhere/at/all.db"), "directory"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_1(onebook: Command, words: tuple[str, ...], said: str) -> None:
    result = onebook(*words)
    one_line(result, 1, said)
    assert "secret" not in result.err


def test_a_file_that_is_no_database_is_one_line(onebook: Command, tmp_path: Path) -> None:
    (tmp_path / "onebook.db").write_text("a shopping list" * 1000)
    one_line(onebook("account", "list"), 1, "onebook.db")


def test_an_unknown_account_is_told_with_those_there_are(book: Command) -> None:
    one_line(book("key", "create", "--account", "Sud", "--dialect", "native"), 1, "Immobilien Nord")
    one_line(book("key", "list", "--account", "Sud"), 1, "Immobilien Nord")
    one_line(book("account", "create", "Immobilien Nord"), 1, "another name")


def test_the_database_comes_from_the_option_or_the_environment_or_the_directory(
    onebook: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    onebook("account", "create", "A")
    assert (tmp_path / "onebook.db").is_file()
    monkeypatch.setenv("ONEBOOK_DATABASE_URL", "sqlite:///environment.db")
    onebook("account", "create", "A")
    assert (tmp_path / "environment.db").is_file()
    onebook("account", "create", "A", "--database", f"sqlite:///{tmp_path}/option.db")
    assert (tmp_path / "option.db").is_file()
    monkeypatch.delenv("ONEBOOK_DATABASE_URL")
    (tmp_path / ".env").write_text("ONEBOOK_DATABASE_URL=sqlite:///dotenv.db\n")
    onebook("account", "create", "A")
    assert (tmp_path / "dotenv.db").is_file()


def test_a_wrong_setting_is_named_in_one_line(onebook: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEBOOK_POOL_SIZE", "many")
    one_line(onebook("account", "create", "A"), 2, "ONEBOOK_POOL_SIZE")


@pytest.mark.parametrize(
    "words",
    [
        (),
        *((name,) for name in ("serve", "check", "account", "key", "user", "database")),
        *(("account", name) for name in ("create", "list")),
        *(("key", name) for name in ("create", "list", "revoke")),
        ("user", "create"),
        ("database", "distribute"),
    ],
    ids=" ".join,
)
def test_every_command_explains_itself_with_an_example(onebook: Command, words: tuple[str, ...]) -> None:
    result = onebook(*words, "--help")
    assert result.status == 0
    assert f"Usage: {' '.join(('onebook', *words))}" in result.out
    if len(words) == 2 or words in (("serve",), ("check",)):
        assert f"onebook {' '.join(words)} " in " ".join(result.out.split("Example")[-1].split())


def test_without_a_command_the_help_is_shown(onebook: Command) -> None:
    assert "Commands" in onebook().out
    assert onebook("--version").out == f"onebook {__version__}\n"


@pytest.mark.parametrize(("text", "rate"), [("20/s", 20), ("20", 20), ("0", 0), ("0.5/s", 0.5), (" 7 ", 7)])
def test_a_rate_is_requests_a_second(text: str, rate: float) -> None:
    assert read_rate(text) == rate


@pytest.mark.parametrize("text", ["", "/s", "20/m", "-1", "1e3", "nan", "inf", "20 /s", "²"])
def test_anything_else_is_no_rate(text: str) -> None:
    with pytest.raises(Invalid):
        read_rate(text)


def test_the_installed_program_prints_one_line_and_no_traceback(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("onebook")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ONEBOOK_")}
    result = subprocess.run(
        [program, "key", "list", "--database", "postgresql://127.0.0.1:1/none"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    one_line(Result(result.returncode, result.stdout, result.stderr), 1, "cannot reach")


@pytest.mark.parametrize("name", ["a\0b", "a\nb", "\udcff", "\x7f"])
def test_what_is_no_text_is_refused(onebook: Command, tmp_path: Path, name: str) -> None:
    one_line(onebook("account", "create", name), 2, "argument 3")
    assert not (tmp_path / "onebook.db").exists()


def test_what_nobody_has_thought_of_is_one_line_too(onebook: Command, tmp_path: Path) -> None:
    onebook("account", "create", "A")
    connection = apsw.Connection(str(tmp_path / "onebook.db"))
    connection.execute("UPDATE accounts SET doc = 'no JSON'")
    connection.close()
    one_line(onebook("account", "list"), 1, "report it", "DecodeError")
