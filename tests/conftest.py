"""What every test may ask for: databases of both kinds, and an environment that says nothing of Onebook's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

from tests import postgres as pg

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("here", deadline=None)


def pytest_configure() -> None:
    """Nothing in the developer's environment reaches the tests, except what is meant for them."""
    settings.load_profile("ci" if os.environ.get("CI") else "here")
    for name in list(os.environ):
        if name.startswith("ONEBOOK_") and not name.startswith("ONEBOOK_TEST_"):
            del os.environ[name]


def pytest_report_header() -> str:
    """Say which PostgreSQL the tests use."""
    if "ONEBOOK_TEST_POSTGRES_URL" in os.environ:
        return "postgresql: the one in ONEBOOK_TEST_POSTGRES_URL"
    try:
        return f"postgresql: {pg.find_binaries()}"
    except pg.NoPostgres as error:
        return f"postgresql: {error}"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pg.Server]:
    """The PostgreSQL that all tests of the run share; it forgets what it has not written when the machine fails."""
    yield from _running(tmp_path_factory, durable=False)


@pytest.fixture(scope="session")
def durable_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pg.Server]:
    """A PostgreSQL that syncs to the disk as in production."""
    yield from _running(tmp_path_factory, durable=True)


@pytest.fixture
def postgres_url(postgres: pg.Server) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, this test's own."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def durable_postgres_url(durable_postgres: pg.Server) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that syncs to the disk, this test's own."""
    with durable_postgres.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite database that is not there yet, this test's own."""
    return f"sqlite:///{tmp_path / 'onebook.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database; the test runs once for each engine."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


def _running(factory: pytest.TempPathFactory, *, durable: bool) -> Iterator[pg.Server]:
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # the workers of one run share the parent
    try:
        with pg.running(shared, durable=durable) as server:
            yield server
    except pg.NoPostgres as error:
        _unavailable(str(error))


def _unavailable(reason: str) -> NoReturn:
    """In CI these tests never pass over in silence."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
