"""`onebook user`: the people of an agency."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from onebook.cli.options import AsJson, Database, OneAccount, with_store
from onebook.cli.terminal import print_json
from onebook.model.account import Role, User
from onebook.service.access import account_named, open_session
from onebook.service.records import create_record
from onebook.store.database import Store

commands = typer.Typer(help="The people of an agency: who looks after contacts and writes in the book.")


@commands.callback()
def users() -> None:
    """The people of an agency: who looks after contacts and writes in the book."""


@commands.command(
    "create",
    epilog="Example: onebook user create --email eva@example.com --first-name Eva --last-name Berg --role admin",
)
def create(
    email: Annotated[str, typer.Option(metavar="E", help="No other user of the account may have it.")],
    first_name: Annotated[str | None, typer.Option(metavar="F")] = None,
    last_name: Annotated[str | None, typer.Option(metavar="L")] = None,
    role: Annotated[Role, typer.Option(help="What the user may do.")] = "editor",
    account: OneAccount = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make a user of the account."""

    async def work(store: Store) -> tuple[int, User]:
        owner = await account_named(store, account)
        session = await open_session(store, owner, now=datetime.now(UTC), actor="cli", via="cli")
        user = User(email=email.strip(), first_name=first_name, last_name=last_name, role=role)
        return owner.account_id, await session.write(lambda unit: create_record(unit, user))

    account_id, user = with_store(database, work)
    if as_json:
        print_json({"user_id": user.id, "account_id": account_id, "email": user.email, "role": user.role})
    else:
        print(f"User {user.id} {user.email} is there, role {user.role}.")
