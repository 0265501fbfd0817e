"""ASGI as this house types it: plain mappings, so that nothing but `app.py` knows the framework."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Plain:
    """A function as an ASGI application that routing does not take for one of its own kind."""

    def __init__(self, application: Application) -> None:
        """`application` is what answers."""
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        scope["onebook"]["route"] = scope["path"]
        await self._application(scope, receive, send)
