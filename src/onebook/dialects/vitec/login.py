"""HTTP Basic, the scheme in any case: the vendor's samples write `basic`."""

from __future__ import annotations

import base64
import binascii

from onebook.http.route import Ask
from onebook.service.access import login_secret


def credential(ask: Ask) -> str | None:
    """The secret of the login in `Authorization`; None where there is none that can be read."""
    scheme, _, given = ask.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    username, colon, password = text.partition(":")
    return login_secret(username, password) if colon else None
