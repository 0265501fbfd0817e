"""The tests' own PostgreSQL works, wherever it comes from."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests import postgres as pg


def test_a_test_is_given_an_empty_database_that_its_role_owns(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE words (word text)")
        connection.execute("INSERT INTO words VALUES ('Grüße')")
        assert connection.execute("SELECT word FROM words").fetchall() == [("Grüße",)]
        role = connection.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()
        assert role == (False, False)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)


def test_the_next_test_does_not_see_what_the_last_one_wrote(postgres: pg.Server) -> None:
    with postgres.database() as first, psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE words (word text)")
    with postgres.database() as second, psycopg.connect(second) as connection:
        assert connection.execute("SELECT to_regclass('words')").fetchone() == (None,)


def test_a_database_is_dropped_under_a_connection_that_was_left_open(postgres: pg.Server) -> None:
    with postgres.database() as url:
        left_open = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    left_open.close()


@pytest.mark.skipif("ONEBOOK_TEST_POSTGRES_URL" in os.environ, reason="somebody else's server keeps its settings")
def test_the_durable_one_syncs_to_the_disk(durable_postgres_url: str, postgres_url: str) -> None:
    synced = {}
    for url in (durable_postgres_url, postgres_url):
        with psycopg.connect(url) as connection:
            synced[url] = connection.execute("SHOW fsync").fetchone()
    assert synced == {durable_postgres_url: ("on",), postgres_url: ("off",)}


@pytest.mark.parametrize("source", [pg.system_binaries, pg.package_binaries], ids=["machine", "package"])
def test_either_source_of_programs_gives_a_server_that_is_gone_afterwards(source: Callable[[], list[Path]]) -> None:
    binaries = source()
    if not binaries:
        pytest.skip("it is not installed here")
    with pg.running(binaries=binaries[0]) as server, server.database() as url:
        folder = Path(parse_qs(urlsplit(url).query)["host"][0])
        with psycopg.connect(url) as connection:
            assert connection.info.server_version // 10000 == pg.version(binaries[0])
    assert _becomes_true(lambda: not folder.exists())


@pytest.mark.usefixtures("postgres")
def test_everyone_who_names_the_same_folder_shares_one_cluster(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(pg.running(tmp_path))
        with pg.running(tmp_path) as second:
            assert second == first
        with first.database() as url, psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_does_not_answer_is_no_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ONEBOOK_TEST_POSTGRES_URL", f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(pg.NoPostgres, match="does not answer"), pg.running():
        pass


def _becomes_true(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()
