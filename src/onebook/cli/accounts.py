"""`onebook account`: whose books are in the database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from onebook.cli.options import AsJson, Database, OneAccount, with_store
from onebook.cli.terminal import print_json, print_table
from onebook.errors import Invalid
from onebook.model.account import SETTINGS, Account
from onebook.service.access import account_named, accounts, change_settings, change_thresholds, create_account
from onebook.store.database import Store

commands = typer.Typer(help="Whose books are in the database: one account is one agency's book.")


@commands.command(
    "create",
    epilog='Example: onebook account create "Immobilien Nord" --country DE --language de --timezone Europe/Berlin',
)
def create(
    name: Annotated[str, typer.Argument(help="What the account is called; no other one may be called so.")],
    country: Annotated[str, typer.Option(help="ISO 3166-1: in whose way phone numbers are read.")] = "DE",
    language: Annotated[str, typer.Option(help="ISO 639-1: the language of messages.")] = "de",
    timezone: Annotated[str, typer.Option(help="What a date without a time zone means.")] = "Europe/Berlin",
    customer_id: Annotated[
        str | None, typer.Option(help="The account's id in Vitec's dialect. (default: M and its number)")
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make a new, empty account. The database is made too where there is none."""
    account = with_store(
        database,
        lambda store: create_account(
            store,
            name,
            now=datetime.now(UTC),
            country=country,
            language=language,
            timezone=timezone,
            customer_id=customer_id,
        ),
        create=True,
    )
    if as_json:
        print_json(_identity(account))
    else:
        print(f"Account {account.account_id} “{account.name}” is there, customer id {account.customer_id}.")
        print(f"Next: onebook key create --account '{account.name}' --dialect native")


@commands.command("list", epilog="Example: onebook account list --json")
def show(database: Database = None, as_json: AsJson = False) -> None:
    """Show every account."""
    known = with_store(database, accounts)
    if as_json:
        print_json([_identity(account) | _settings(account) for account in known])
    else:
        heads = ("number", "name", "customer id", "country", "language", "time zone", "since")
        rows = [(*_identity(one).values(), *_settings(one).values()) for one in known]
        print_table(heads, [(*row[:-1], str(row[-1])[:10]) for row in rows])


@commands.command("set", epilog="Example: onebook account set vitec.single=true --account 'Mäklare Nord'")
def change(
    chosen: Annotated[
        list[str], typer.Argument(metavar="SETTING=VALUE...", help=f"There are: {', '.join(sorted(SETTINGS))}.")
    ],
    account: OneAccount = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Change what a dialect does for an account; the dialect's README says what there is to choose."""
    wanted = dict(_pair(one) for one in chosen)

    async def work(store: Store) -> Account:
        return await change_settings(store, await account_named(store, account), wanted)

    changed = with_store(database, work)
    if as_json:
        print_json(_identity(changed) | {"settings": changed.settings})
    else:
        said = ", ".join(f"{name}={value}" for name, value in sorted(changed.settings.items()))
        print(f"Account {changed.account_id} “{changed.name}” has {said}.")


@commands.command("thresholds", epilog="Example: onebook account thresholds --merge 0.8 --account 'Nord'")
def thresholds(
    merge: Annotated[
        float | None, typer.Option(help="From so probable a duplicate on, `auto` merges unseen.", min=0, max=1)
    ] = None,
    review: Annotated[
        float | None, typer.Option(help="And from so probable on, the pair is noted for review.", min=0, max=1)
    ] = None,
    account: OneAccount = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show from which probability on duplicates are merged or put up for review, or change it."""

    async def work(store: Store) -> Account:
        chosen = await account_named(store, account)
        if merge is None and review is None:
            return chosen
        return await change_thresholds(store, chosen, auto_merge=merge, review=review)

    found = with_store(database, work)
    limits = {"auto_merge_threshold": found.auto_merge_threshold, "review_threshold": found.review_threshold}
    if as_json:
        print_json(_identity(found) | limits)
    else:
        said = f"merges from {found.auto_merge_threshold:g} and reviews from {found.review_threshold:g} on"
        print(f"Account {found.account_id} “{found.name}” {said}.")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise Invalid(f"{text} is no setting with a value: write it as SETTING=VALUE")
    return name.strip(), value.strip()


def _identity(account: Account) -> dict[str, object]:
    return {"account_id": account.account_id, "name": account.name, "customer_id": account.customer_id}


def _settings(account: Account) -> dict[str, object]:
    return {
        "country": account.country,
        "language": account.language,
        "timezone": account.timezone,
        "created_at": account.created_at,
    }
