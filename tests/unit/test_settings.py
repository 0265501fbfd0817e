"""Settings come from the environment and a file, once, and a wrong one is named."""

from __future__ import annotations

import dataclasses
import inspect
import ipaddress
import re
from pathlib import Path

import pytest

from onebook.errors import Invalid
from onebook.model.account import DIALECTS
from onebook.settings import Settings, read_settings


def test_nothing_set_is_the_defaults() -> None:
    assert read_settings({}, None) == Settings()


def test_everything_can_be_set_by_the_environment() -> None:
    found = read_settings(
        {
            "ONEBOOK_DATABASE_URL": "postgresql://db/book",
            "ONEBOOK_HOST_PROPSTACK": "Api.Example, api2.example",
            "ONEBOOK_HOST_EASYBROKER": "eb.example",
            "ONEBOOK_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "ONEBOOK_METRICS_TOKEN": "secret",
            "ONEBOOK_LOG_LEVEL": "WARNING",
            "ONEBOOK_STOP_SECONDS": "5",
            "ONEBOOK_POOL_SIZE": "3",
            "ONEBOOK_DUMP_DOCUMENTS": "on",
            "ONEBOOK_DOCUMENTS_DIR": "/var/documents",
            "ONEBOOK_DOCUMENT_MIB": "4",
            "PATH": "/bin",
        },
        None,
    )
    assert found == Settings(
        database_url="postgresql://db/book",
        hosts={"api.example": "propstack", "api2.example": "propstack", "eb.example": "easybroker"},
        trusted_proxies=(ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128")),
        metrics_token="secret",
        log_level="warning",
        stop_seconds=5,
        pool_size=3,
        dump_documents=True,
        documents_dir=Path("/var/documents"),
        document_mib=4,
    )


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("ONEBOOK_LOG_LEVEL=debug\nONEBOOK_STOP_SECONDS=7\n")
    found = read_settings({"ONEBOOK_LOG_LEVEL": "error"}, file)
    assert (found.log_level, found.stop_seconds) == ("error", 7)


def test_a_file_that_is_not_there_is_no_matter(tmp_path: Path) -> None:
    assert read_settings({}, tmp_path / ".env") == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONEBOOK_LOG_LEVEL", "loud"),
        ("ONEBOOK_STOP_SECONDS", "soon"),
        ("ONEBOOK_STOP_SECONDS", "-1"),
        ("ONEBOOK_POOL_SIZE", "0"),
        ("ONEBOOK_POOL_SIZE", "10000"),
        ("ONEBOOK_DUMP_DOCUMENTS", "yes"),
        ("ONEBOOK_TRUSTED_PROXIES", "everyone"),
        ("ONEBOOK_TRUSTED_PROXIES", "10.0.0.0/33"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(Invalid, match=name):
        read_settings({name: value}, None)


def test_one_host_name_cannot_mean_two_dialects() -> None:
    with pytest.raises(Invalid, match="ONEBOOK_HOST_EASYBROKER"):
        read_settings({"ONEBOOK_HOST_PROPSTACK": "a.example", "ONEBOOK_HOST_EASYBROKER": "A.example"}, None)


def test_the_table_of_settings_says_what_the_record_says() -> None:
    table = (Path(__file__).parents[2] / "docs" / "reference" / "settings.md").read_text("utf-8")
    told = re.findall(r"ONEBOOK_[A-Z_]+(?:<DIALECT>)?", inspect.getsource(Settings))
    assert len(told) == len(dataclasses.fields(Settings))
    names = {name.replace("<DIALECT>", dialect.upper()) for name in told for dialect in DIALECTS}
    assert names == set(re.findall(r"`(ONEBOOK_[A-Z_]+)", table))
    for default in (Settings().database_url, Settings().log_level, Settings().stop_seconds, Settings().pool_size):
        assert f"`{default}`" in table
