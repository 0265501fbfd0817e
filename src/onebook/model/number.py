"""Numbers that may be whole or not and stay what they were: 127 does not become 127.0 on the way through."""

from __future__ import annotations

Number = int | float
