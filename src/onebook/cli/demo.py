"""`onebook serve --demo`: the demo book filled, and for each dialect what to type to see it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from onebook.cli.terminal import steps
from onebook.demo.book import DEMO, fill_demo
from onebook.errors import Conflict
from onebook.http.route import DialectServer, Schema
from onebook.model.account import Account
from onebook.service.access import NewKey, accounts, create_key, keys_of, revoke_key
from onebook.store.database import Store

CONTACTS = 500
_SEED = 1


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server will answer, as its callers write it. `certificate` is what they trust, with TLS."""

    scheme: str
    host: str
    port: int
    certificate: str | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:8080`; a server that listens everywhere is called by its own name for itself."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)  # noqa: S104
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"


async def prepare_demo(
    store: Store, servers: Sequence[DialectServer], now: datetime
) -> tuple[Account, list[tuple[DialectServer, NewKey]]]:
    """The demo account, filled where it is new, and a fresh key of it for each of `servers`.

    Keys of earlier starts are revoked: nobody could read them any more. Raises Conflict where the book has other
    accounts and no demo.
    """
    known = await accounts(store)
    account = next((one for one in known if one.name == DEMO), None)
    if account is None and known:
        names = ", ".join(one.name for one in known)
        raise Conflict(
            f"--demo fills an empty book only, and this one has the account {names}:"
            " leave --demo out, or give another --database"
        )
    if account is None:
        with steps() as shown:
            account = await fill_demo(
                store,
                now=now,
                random=Random(_SEED),  # noqa: S311 - made-up people, no secrets
                count=CONTACTS,
                told=lambda more: shown.more("made-up contacts", more, CONTACTS),
            )
    return account, [(server, await _fresh_key(store, account, server, now)) for server in servers]


async def _fresh_key(store: Store, account: Account, server: DialectServer, now: datetime) -> NewKey:
    name = f"{DEMO} {server.name}"
    for key in await keys_of(store, account):
        if key.name == name and key.revoked_at is None:
            await revoke_key(store, account, str(key.key_id), now=now)
    return await create_key(store, [account.account_id], server.name, now=now, name=name)


def how_to_call(address: Address, keys: Sequence[tuple[DialectServer, NewKey]]) -> Iterator[str]:
    """Three lines for each dialect: its base URL, a key, and a curl line that works as it stands."""
    for server, made in keys:
        base = f"{address.url}{server.prefix}{server.base}"
        yield ""
        yield f"{server.name}: {base}"
        login = _scheme(server).get("scheme") == "basic"
        yield f"  user name: {made.username}, password: {made.secret}" if login else f"  key: {made.secret}"
        yield f"  {curl_line(address, server, base, made)}"


def curl_line(address: Address, server: DialectServer, base: str, made: NewKey) -> str:
    """A curl line that reads something from `server`; how the key is shown stands in its OpenAPI description."""
    path = server.sample or next(
        route.path for route in server.routes if route.method == "GET" and "{" not in route.path and route.scope
    )
    words = ["curl", "-sS"]
    if address.certificate:
        words += ["--cacert", address.certificate]
    scheme = _scheme(server)
    if scheme["type"] == "apiKey" and scheme["in"] == "query":
        path += f"{'&' if '?' in path else '?'}{scheme['name']}={made.secret}"
    elif scheme["type"] == "apiKey":
        words += ["-H", f"{scheme['name']}: {made.secret}"]
    elif scheme["scheme"] == "basic":
        words += ["-u", f"{made.username}:{made.secret}"]
    else:
        words += ["-H", f"Authorization: Bearer {made.secret}"]
    return shlex.join([*words, base + path])


def _scheme(server: DialectServer) -> Schema:
    return next(iter(server.security.values()))
