"""What lets a page of another origin call a dialect out of a browser (the Fetch standard, *CORS protocol*).

Every origin may: who calls shows a key in a header, and no cookie counts here, so a page can do nothing that its key
does not allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from onebook.http.route import Reply

_FOR_SECONDS = b"7200"
"""So long a browser need not ask again; more than two hours none remembers."""
ANYBODY: tuple[tuple[bytes, bytes], ...] = ((b"Access-Control-Allow-Origin", b"*"),)
"""What an answer to a request with an `Origin` carries."""


def preflight(asked: Mapping[str, str], methods: Iterable[str], headers: str) -> Reply | None:
    """The answer to a browser that asks with OPTIONS what it may send; None where that is not what is asked."""
    if "origin" not in asked or "access-control-request-method" not in asked:
        return None
    told = (
        (b"Access-Control-Allow-Methods", ", ".join(methods).encode()),
        (b"Access-Control-Allow-Headers", headers.encode()),
        (b"Access-Control-Max-Age", _FOR_SECONDS),
    )
    return Reply(204, headers=told)
