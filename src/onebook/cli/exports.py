"""`onebook export`: contacts into files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer

from onebook.cli.options import AsJson, Database, OneAccount, with_store
from onebook.cli.terminal import print_json, steps
from onebook.errors import Invalid
from onebook.http.params import Params
from onebook.model.query import ContactQuery
from onebook.service.access import account_named, open_session
from onebook.service.contacts import count_contacts
from onebook.service.exports import ENDINGS, EXPORT_FORMATS, ExportFormat, export_contacts
from onebook.service.session import View
from onebook.service.whole_file import check_place, is_file_place
from onebook.store.database import Store

_BELOW = ("custom.", "external_id.")


def export(
    form: Annotated[str, typer.Argument(metavar="|".join(EXPORT_FORMATS), show_default=False)],
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="- is standard output. (default: contacts.EXT, here)", show_default=False),
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="NAME=VALUE",
            help="Only some contacts, as the list of the native API has it: tag_ids=4, q=müller, sort=last_name,"
            " is_archived=any. May be given several times.",
            show_default=False,
        ),
    ] = None,
    account: OneAccount = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Write contacts as a table (csv, xlsx), as vCards 3.0, or whole as JSON Lines.

    In tables nothing begins like a formula; what was defused comes in again as it was.
    """
    chosen = _format(form)
    path = to or Path(f"contacts.{ENDINGS[chosen]}")
    check_place(path, "--to")
    replaced = path.is_file() and is_file_place(path)

    async def work(store: Store) -> int:
        own = await account_named(store, account)
        session = await open_session(store, own, now=datetime.now(UTC), actor="cli", via="export")
        query = _query(filters or [], session.view)
        twice = 2 if chosen in ("csv", "xlsx") else 1
        total = twice * await count_contacts(session.view, query)
        with steps() as shown:
            return await export_contacts(
                session.view, query, chosen, path, lambda more: shown.more("contacts", more, total)
            )

    count = with_store(database, work)
    if not is_file_place(path):
        return
    if as_json:
        print_json({"file": str(path), "contacts": count})
    else:
        print(f"{path}: {count:,} contacts" + (", in place of the file that was there" if replaced else ""))


def _format(text: str) -> ExportFormat:
    for one in EXPORT_FORMATS:
        if one == text:
            return one
    raise Invalid(f"export writes {', '.join(EXPORT_FORMATS)}, not {text}")


def _query(filters: list[str], view: View) -> ContactQuery:
    """What the filters ask for, read as the native API reads them; here a name that is none is a mistake."""
    # Only this command needs to know a dialect.
    from onebook.dialects.native.filters import FILTERS, contact_query

    names = {name for one in FILTERS for name in one.names} | {"is_archived", "sort"}
    pairs = []
    for one in filters:
        name, sign, value = one.partition("=")
        if not sign or (name not in names and not name.startswith(_BELOW)):
            known = ", ".join(sorted(names))
            raise Invalid(f"--filter {one[:60]}: must be NAME=VALUE, with a name of {known}, custom.… or external_id.…")
        pairs.append((name, value))
    return contact_query(Params(urlencode(pairs)), view)
