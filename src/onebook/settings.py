"""ONEBOOK_* from the environment and from `.env`, once, into one frozen record."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

from dotenv import dotenv_values

from onebook.errors import Invalid
from onebook.model.account import DIALECTS, Dialect

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set; docs/reference/settings.md says the same in a table, and a test compares the two."""

    database_url: str = "sqlite:///onebook.db"
    """ONEBOOK_DATABASE_URL: `sqlite:///PATH` or `postgresql://…`."""
    hosts: Mapping[str, Dialect] = field(default_factory=dict)
    """ONEBOOK_HOST_<DIALECT>: host names, separated by commas, on which that dialect answers at its vendor's paths."""
    trusted_proxies: tuple[Network, ...] = ()
    """ONEBOOK_TRUSTED_PROXIES: addresses and networks whose forwarded headers count."""
    metrics_token: str | None = None
    """ONEBOOK_METRICS_TOKEN: who shows it as a bearer token may read /metrics; without it there is none."""
    log_level: str = "info"
    """ONEBOOK_LOG_LEVEL: debug, info, warning or error."""
    stop_seconds: int = 30
    """ONEBOOK_STOP_SECONDS: how long requests under way may take to finish when the server is stopped."""
    pool_size: int = 8
    """ONEBOOK_POOL_SIZE: connections to PostgreSQL, per worker."""
    dump_dir: Path | None = None
    """ONEBOOK_DUMP_DIR: where dumps are; None: `dumps` beside the SQLite file, else in the working directory."""
    dump_at: time | None = time(3, 30)
    """ONEBOOK_DUMP_AT: when in an account's own day the server dumps it, `HH:MM` or `HH:MM:SS`; None: `off`."""
    dump_formats: tuple[str, ...] = ("json",)
    """ONEBOOK_DUMP_FORMATS: those of the server's dumps, separated by commas; json is always among them."""
    dump_keep: int = 7
    """ONEBOOK_DUMP_KEEP: how many dumps of an account are kept."""
    dump_documents: bool = False
    """ONEBOOK_DUMP_DOCUMENTS: `on`: the server's dumps have the files of documents, too; `off`."""
    documents_dir: Path | None = None
    """ONEBOOK_DOCUMENTS_DIR: the directory where the bodies of documents are kept; None: in the database."""
    document_mib: int = 16
    """ONEBOOK_DOCUMENT_MIB: how large a document may be, in MiB, 16 at most."""


def read_settings(environment: Mapping[str, str], dotenv: Path | None = Path(".env")) -> Settings:
    """Settings out of `environment`, which goes before the file. Raises Invalid naming the variable that is wrong."""
    values = {key: value for key, value in dotenv_values(dotenv).items() if value} if dotenv else {}
    values.update({key: value for key, value in environment.items() if key.startswith("ONEBOOK_")})
    default = Settings()
    return Settings(
        database_url=values.get("ONEBOOK_DATABASE_URL") or default.database_url,
        hosts=_hosts(values),
        trusted_proxies=_networks(values.get("ONEBOOK_TRUSTED_PROXIES") or ""),
        metrics_token=values.get("ONEBOOK_METRICS_TOKEN") or None,
        log_level=_choice(values, "ONEBOOK_LOG_LEVEL", default.log_level, ("debug", "info", "warning", "error")),
        stop_seconds=_number(values, "ONEBOOK_STOP_SECONDS", default.stop_seconds),
        pool_size=_number(values, "ONEBOOK_POOL_SIZE", default.pool_size),
        dump_dir=Path(values["ONEBOOK_DUMP_DIR"]) if values.get("ONEBOOK_DUMP_DIR") else None,
        dump_at=_time_of_day(values, "ONEBOOK_DUMP_AT", default.dump_at),
        dump_formats=_dump_formats(values),
        dump_keep=_number(values, "ONEBOOK_DUMP_KEEP", default.dump_keep),
        dump_documents=_choice(values, "ONEBOOK_DUMP_DOCUMENTS", "off", ("on", "off")) == "on",
        documents_dir=Path(values["ONEBOOK_DOCUMENTS_DIR"]) if values.get("ONEBOOK_DOCUMENTS_DIR") else None,
        document_mib=_number(values, "ONEBOOK_DOCUMENT_MIB", default.document_mib, most=16),
    )


def _hosts(values: Mapping[str, str]) -> dict[str, Dialect]:
    hosts: dict[str, Dialect] = {}
    for dialect in DIALECTS:
        variable = f"ONEBOOK_HOST_{dialect.upper()}"
        for host in (values.get(variable) or "").split(","):
            name = host.strip().lower()
            if name in hosts:
                raise Invalid.at(variable, f"{name} is the host of {hosts[name]} already")
            if name:
                hosts[name] = dialect
    return hosts


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise Invalid.at("ONEBOOK_TRUSTED_PROXIES", str(error)) from None


def _choice(values: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    value = (values.get(name) or default).lower()
    if value not in choices:
        raise Invalid.at(name, f"must be one of {', '.join(choices)}")
    return value


def _time_of_day(values: Mapping[str, str], name: str, default: time | None) -> time | None:
    text = values.get(name, "").strip().lower()
    if text in ("", "off"):
        return None if text else default
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None or ":" not in text:
        raise Invalid.at(name, f"must be a time of day like 03:30, or off, not {text}")
    return found.replace(microsecond=0)


def _dump_formats(values: Mapping[str, str]) -> tuple[str, ...]:
    name, known = "ONEBOOK_DUMP_FORMATS", ("json", "jsonl", "parquet")
    given = [part.strip().lower() for part in values.get(name, "").split(",") if part.strip()]
    for part in given:
        if part not in known:
            raise Invalid.at(name, f"must be among {', '.join(known)}, not {part}")
    return tuple(dict.fromkeys(("json", *given)))


def _number(values: Mapping[str, str], name: str, default: int, most: int = 9999) -> int:
    text = values.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= most):
        raise Invalid.at(name, f"must be a whole number from 1 to {most}, not {text}")
    return int(text)
