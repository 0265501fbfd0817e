"""`onebook key`: what programs present to open a book."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

import typer

from onebook.cli.options import AsJson, Database, OneAccount, with_store
from onebook.cli.terminal import print_json, print_table
from onebook.errors import Invalid
from onebook.model.account import Account, Dialect, Key
from onebook.service.access import NewKey, account_named, accounts, create_key, keys_of, revoke_key
from onebook.store.database import Store

commands = typer.Typer(help="What programs present to open a book; a key belongs to an account and a dialect.")
_RATE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(?:/s)?")


@commands.command(
    "create",
    epilog="Examples:\n\nonebook key create --account 'Immobilien Nord' --dialect propstack --name website"
    "\n\nonebook key create --account demo --dialect native --scope contacts:read --scope tags:read --rate 20/s",
)
def create(
    account: Annotated[list[str], typer.Option(metavar="NAME", help="Several times for a Vitec login to several.")],
    dialect: Annotated[Dialect, typer.Option(help="Which API it opens.")],
    name: Annotated[str | None, typer.Option(help="What it is called in lists, histories and logs.")] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="S",
            help="RESOURCE:read or RESOURCE:write, or partner; repeat it. (default: all that the dialect offers)",
        ),
    ] = None,
    rate: Annotated[
        str | None, typer.Option(metavar="N/s", help="Requests a second, 0 for no limit. (default: the dialect's)")
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is shown this once and kept by nobody: the book has its hash only."""
    limit = read_rate(rate) if rate is not None else None

    async def work(store: Store) -> tuple[NewKey, list[Account]]:
        owners = [await account_named(store, one) for one in account]
        numbers = [owner.account_id for owner in owners]
        made = await create_key(
            store, numbers, dialect, now=datetime.now(UTC), name=name, scopes=scope or (), rate=limit
        )
        return made, owners

    made, owners = with_store(database, work)
    is_login = made.key.dialect == "vitec"
    if as_json and is_login:
        print_json({"username": made.username, "password": made.secret, "customer_id": owners[0].customer_id})
    elif as_json:
        print_json({"key": made.secret})
    else:
        print(f"Key {made.key.key_id} “{made.key.name}” opens {', '.join(one.name for one in owners)} in {dialect}.")
        print("It is shown this once:")
        if is_login:
            print(f"username {made.username}\npassword {made.secret}")
            print(f"customer id {', '.join(one.customer_id for one in owners)}")
        else:
            print(made.secret)


def read_rate(text: str) -> float:
    """`20/s` or `20` as a number; raises Invalid."""
    found = _RATE.fullmatch(text.strip())
    if not found:
        raise Invalid.at("--rate", f"must be requests a second, for example 20/s, and 0 for no limit, not {text}")
    return float(found[1])


@commands.command("list", epilog="Example: onebook key list --account demo")
def show(account: OneAccount = None, database: Database = None, as_json: AsJson = False) -> None:
    """Show the keys of one account, or of all, without their secrets."""

    async def work(store: Store) -> list[tuple[Account, Key]]:
        owners = await accounts(store) if account is None else [await account_named(store, account)]
        return [(owner, key) for owner in owners for key in await keys_of(store, owner)]

    found = with_store(database, work)
    if as_json:
        print_json([_told(owner, key) for owner, key in found])
        return
    heads = ("number", "name", "account", "dialect", "scopes", "rate", "since", "revoked")
    print_table(heads, [_row(owner, key) for owner, key in found])


def _told(owner: Account, key: Key) -> dict[str, object]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "account": owner.name,
        "account_ids": key.account_ids,
        "dialect": key.dialect,
        "scopes": sorted(key.scopes),
        "rate": key.rate,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


def _row(owner: Account, key: Key) -> tuple[object, ...]:
    scopes = sorted(key.scopes)
    shown = f"{len(scopes)} scopes" if len(scopes) > 4 else " ".join(scopes)
    rate = f"{key.rate:g}/s" if key.rate else "no limit"
    revoked = f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else None
    return key.key_id, key.name, owner.name, key.dialect, shown, rate, f"{key.created_at:%Y-%m-%d}", revoked


@commands.command("revoke", epilog="Example: onebook key revoke website --account 'Immobilien Nord'")
def revoke(
    key: Annotated[str, typer.Argument(help="Its name, or its number where several are called the same.")],
    account: OneAccount = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Refuse a key from this moment on, on every running server."""

    async def work(store: Store) -> tuple[Account, Key]:
        owner = await account_named(store, account)
        return owner, await revoke_key(store, owner, key, now=datetime.now(UTC))

    owner, revoked = with_store(database, work)
    if as_json:
        print_json(_told(owner, revoked))
    else:
        print(f"Key {revoked.key_id} “{revoked.name}” is refused from now on.")
