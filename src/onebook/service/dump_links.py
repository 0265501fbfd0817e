"""Links to the files of dumps that are good for a while and need no key: signed by what only the server knows."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from onebook.errors import NotFound

LIFETIME = timedelta(minutes=10)
"""How long a download may wait before it begins: ours."""
_SECRET = ".secret"  # noqa: S105 - the name of the file it is in


def signed_until(base: Path, path: str, now: datetime) -> tuple[int, str]:
    """Until when a link to `path` below `base` is good, in seconds since 1970, and its signature."""
    expires = int((now + LIFETIME).timestamp())
    return expires, _signature(base, path, expires)


def linked_file(base: Path, path: str, expires: str, signature: str, now: datetime) -> Path:
    """The file that a link is to. Raises NotFound for a link that is no longer good, or never was."""
    until = int(expires) if expires.isascii() and expires.isdigit() and len(expires) < 12 else 0
    good = hmac.compare_digest(_signature(base, path, until).encode(), signature.encode("utf-8", "replace"))
    if not good or until < now.timestamp():
        raise NotFound("the link is no longer good")
    return base / path


def _signature(base: Path, path: str, expires: int) -> str:
    return hmac.new(_secret(base), f"{expires}\n{path}".encode(), hashlib.sha256).hexdigest()


def _secret(base: Path) -> bytes:
    """The same for all processes that serve this folder; made when it is first needed."""
    place = base / _SECRET
    try:
        return place.read_bytes()
    except FileNotFoundError:
        fresh = base / f"{_SECRET}-{secrets.token_hex(8)}"
        base.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            # Whoever comes first wins, and nobody ever reads half a secret.
            os.link(fresh, place)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return place.read_bytes()
