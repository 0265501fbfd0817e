"""The command line. A mistake is one line that says what to do: status 2 for how it was typed, 1 for all others."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from onebook import __version__
from onebook.cli import accounts, databases, imports, keys, spam, users
from onebook.cli.check import check
from onebook.cli.dump import dump
from onebook.cli.exports import export
from onebook.cli.import_dump import import_dump
from onebook.cli.serve import serve
from onebook.cli.stopping import heed_sigterm
from onebook.cli.terminal import warn
from onebook.errors import Invalid, OnebookError

STOPPED = 130
"""The exit status after Ctrl-C."""
app = typer.Typer(
    name="onebook",
    help="One contact book for estate agencies, in the words of the APIs their tools already speak.",
    epilog="First look: onebook serve --demo\n\nSettings: ONEBOOK_* in the environment or in .env",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve", epilog="Examples:\n\nonebook serve --demo\n\nonebook serve --host 0.0.0.0 --port 443 --workers 2")(
    serve
)
app.add_typer(accounts.commands, name="account")
app.add_typer(keys.commands, name="key")
app.add_typer(users.commands, name="user")
app.add_typer(spam.commands, name="spam")
app.command("check", epilog="Examples:\n\nonebook check\n\nonebook check --repair --account demo")(check)
app.command("dump", epilog="Examples:\n\nonebook dump --to /backup\n\nonebook dump --account demo --format parquet")(
    dump
)
imports.commands.command("propstack-dump", epilog="Example: onebook import propstack-dump dumps/demo/latest")(
    import_dump
)
app.add_typer(imports.commands, name="import")
app.command("export", epilog="Examples:\n\nonebook export csv --to all.csv\n\nonebook export vcard --filter tag_ids=4")(
    export
)
app.add_typer(databases.commands, name="database")


@app.callback(invoke_without_command=True)
def onebook(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """One contact book for estate agencies, in the words of the APIs their tools already speak."""
    if version:
        print(f"onebook {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def main() -> None:
    """Run the command that was typed, and end the process with its status."""
    if sys.argv[1:2] != ["serve"]:  # its server ends by itself, with the signal's own status
        heed_sigterm()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; answers its exit status. Nothing it raises gets past here."""
    try:
        _check_text(arguments)
        status = int(app(list(arguments), prog_name="onebook", standalone_mode=False) or 0)
        if status == STOPPED and arguments[:1] != ["serve"]:  # Typer has caught the interrupt itself
            warn("stopped: the same command goes on where it was" if arguments[:1] == ["import"] else "stopped")
        return status
    except OnebookError as error:
        warn(error.message)
        return 2 if isinstance(error, Invalid) else 1
    except typer.TyperException as error:
        warn(_usage(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        warn("stopped")
        return STOPPED
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        logging.getLogger("onebook.cli").debug("a bug", exc_info=True)
        warn(f"this should not happen, please report it: {type(error).__name__}: {error}")
        return 1


def _check_text(arguments: Sequence[str]) -> None:
    """Raises Invalid for what is no UTF-8, and for control characters: nothing in a book may have them."""
    for number, word in enumerate(arguments, 1):
        if any(char < " " or char == "\x7f" or "\ud800" <= char <= "\udfff" for char in word):
            raise Invalid(f"argument {number} has a control character, or is no UTF-8")


def _usage(error: typer.TyperException) -> str:
    """What was typed wrongly, and where it is told how to type it."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "onebook"
    said = error.format_message().replace("Value error, ", "").rstrip(".")
    return f"{said}. See `{command} --help`."
