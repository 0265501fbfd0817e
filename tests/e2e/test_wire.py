"""Answers leave in one piece, and none is kept back, whatever their kind."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from tests.e2e.server import serving


def test_head_and_body_of_an_answer_come_in_one_piece(sqlite_url: str) -> None:
    with serving(sqlite_url) as server, socket.create_connection(place(server.url), timeout=10) as connection:
        for request, end in ((b"GET /health", b"}"), (b"HEAD /health", b"\r\n\r\n"), (b"GET /nowhere", b"}")):
            connection.sendall(request + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
            piece = connection.recv(65536)
            assert piece.startswith(b"HTTP/1.1 ")
            assert piece.endswith(end), piece


def test_a_client_that_wants_the_connection_closed_gets_its_whole_answer(sqlite_url: str) -> None:
    with serving(sqlite_url) as server, socket.create_connection(place(server.url), timeout=10) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        whole = b"".join(iter(lambda: connection.recv(65536), b""))
        assert whole.endswith(b"}")
        assert b"connection: close" in whole.lower()


def place(url: str) -> tuple[str, int]:
    """Where a server listens."""
    parts = urlsplit(url)
    return str(parts.hostname), parts.port or 0
