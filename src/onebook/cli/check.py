"""`onebook check`: the whole book looked through, and mended where it can be."""

from __future__ import annotations

from typing import Annotated

import typer

from onebook.cli.options import Database, OneAccount, with_store
from onebook.cli.terminal import steps, warn
from onebook.service.access import account_named, accounts
from onebook.service.check import check_book
from onebook.store.check import bypasses_row_security
from onebook.store.database import Store

BYPASS = (
    "warning: the database role may look past row-level security (superuser or BYPASSRLS);"
    " let Onebook connect as a role that owns the database and is neither"
)


def check(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what differs.")] = False,
    account: OneAccount = None,
    database: Database = None,
) -> None:
    """Derive everything that is derived from the documents anew, and report each difference in one line.

    Exit status 1 when something differs and is not mended. It may run while the server does.
    """

    async def work(store: Store) -> tuple[int, int]:
        if await bypasses_row_security(store):
            warn(BYPASS)
        chosen = await accounts(store) if account is None else [await account_named(store, account)]
        names = {one.account_id: one.name for one in await accounts(store)}
        found = left = 0
        with steps() as shown:
            async for difference in check_book(store, chosen, repair=repair, told=shown.more):
                found += 1
                left += not difference.mended
                where = f"{names.get(difference.account_id, difference.account_id)}: " if difference.account_id else ""
                shown.line(f"{where}{difference.text}{' (mended)' if difference.mended else ''}")
        return found, left

    found, left = with_store(database, work)
    if not found:
        print("No differences.")
    elif not left:
        print(f"{found} differences found, all mended.")
    elif repair:
        print(f"{found} differences found, {left} of them cannot be mended: restore those from a backup.")
    else:
        print(f"{found} differences found: `onebook check --repair` mends what can be mended.")
    if left:
        raise typer.Exit(1)
