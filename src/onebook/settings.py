"""ONEBOOK_* from the environment and from `.env`, once, into one frozen record."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
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


def _number(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000):
        raise Invalid.at(name, f"must be a whole number from 1 to 9999, not {text}")
    return int(text)
