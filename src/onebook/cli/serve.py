"""`onebook serve`: the server, on a database that is opened and looked at first, so that mistakes are one line."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from onebook.cli.check import BYPASS
from onebook.cli.options import Database, settings, with_store
from onebook.cli.terminal import warn
from onebook.errors import Invalid, Unavailable
from onebook.store.check import bypasses_row_security
from onebook.store.database import Store

_APPLICATION = "onebook.app:from_environment"


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    database: Database = None,
    workers: Annotated[int, typer.Option(min=1, max=256, metavar="N", help="Processes that share the load.")] = 1,
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill an empty book with made-up people; show how to call it.")
    ] = False,
    tls_certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Certificates in PEM: serve HTTPS. Needs --tls-key.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's private key in PEM.")] = None,
) -> None:
    """Serve the book until it is stopped (Ctrl-C, SIGTERM); requests under way are finished first."""
    # Only this command needs the whole server, and loading it takes longer than any other command runs.
    from onebook.cli.demo import Address, how_to_call, prepare_demo
    from onebook.dialects import servers
    from onebook.http.serve import serve as run_server

    _check_files(tls_certificate, tls_key)
    _check_port(host, port)
    certificate = str(tls_certificate) if tls_certificate else None
    address = Address("https" if certificate else "http", host, port, certificate)

    async def prepare(store: Store) -> list[str]:
        if await bypasses_row_security(store):
            warn(BYPASS)
        if not demo:
            return []
        account, keys = await prepare_demo(store, servers(), datetime.now(UTC))
        return [f"The account “{account.name}” has made-up people to try things on.", *how_to_call(address, keys), ""]

    for line in with_store(database, prepare, create=True):
        print(line)
    print(f"Onebook listens at {address.url} (Ctrl-C stops it).", flush=True)
    if database:
        # The server, and its workers, know nothing but their environment.
        os.environ["ONEBOOK_DATABASE_URL"] = database
    run_server(
        _APPLICATION,
        host=host,
        port=port,
        workers=workers,
        stop_seconds=settings().stop_seconds,
        tls_certificate=tls_certificate,
        tls_key=tls_key,
    )


def _check_files(certificate: Path | None, key: Path | None) -> None:
    if (certificate is None) != (key is None):
        raise Invalid("TLS needs both: --tls-certificate FILE and --tls-key FILE")
    for file in (certificate, key):
        if file is not None and not file.is_file():
            raise Invalid(f"there is no file {file}")


def _check_port(host: str, port: int) -> None:
    """Raises Unavailable where the server could not listen there."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable(
            f"cannot listen on {host}, port {port} ({reason}): choose another --host or --port"
        ) from error
