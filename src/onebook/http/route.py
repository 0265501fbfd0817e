"""What a dialect's server is made of, free of any framework: questions, replies, routes, and the dialect as a whole."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from onebook.errors import OnebookError
from onebook.http.body import read_json
from onebook.http.params import Params
from onebook.model.account import Dialect
from onebook.service.session import Session

JSON = "application/json"
JSON_UTF8 = "application/json; charset=utf-8"
Schema = Mapping[str, Any]
"""A JSON Schema (2020-12), as OpenAPI 3.1 takes it."""


class Headers(Mapping[str, str]):
    """A request's headers by lower-case name, the last one of each; read only when they are asked for."""

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        """`raw` as ASGI gives them, names in lower case."""
        self._raw = raw

    def __getitem__(self, name: str) -> str:
        """The last value under `name`; raises KeyError."""
        wanted = name.encode("latin-1")
        for key, value in reversed(self._raw):
            if key == wanted:
                return value.decode("latin-1")
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        """The names, each once."""
        return iter({key.decode("latin-1") for key, _ in self._raw})

    def __len__(self) -> int:
        """How many names there are."""
        return len({key for key, _ in self._raw})


@dataclass(slots=True)
class Ask:
    """One request, read. `base` is the absolute address the caller used for this dialect, no slash at its end."""

    method: str
    path: str
    path_params: dict[str, str]
    params: Params
    headers: Mapping[str, str]
    raw: bytes
    base: str
    request_id: str
    _session: Session | None = None
    dump_dir: Path = Path("dumps")
    """Where the server's dumps are."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """Answers the moment in UTC."""

    @property
    def session(self) -> Session:
        """Who asks; there only behind a route that needs a key."""
        if self._session is None:
            raise RuntimeError("this route is open: nobody has said who asks")
        return self._session

    @property
    def admitted(self) -> Session | None:
        """Who asks; None before the key has been found good, and behind an open route."""
        return self._session

    def admit(self, session: Session) -> None:
        """Called once, by the endpoint, when the key has been found good."""
        self._session = session

    def json(self) -> Any:
        """The body as JSON, whatever its Content-Type says; None for an empty one. Raises Malformed, Invalid."""
        return read_json(self.raw)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. Header names are bytes and reach the wire as they are spelled."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    stream: Callable[[], AsyncIterator[bytes]] | None = None
    """What is sent in place of `body`, piece by piece; not called where nobody wants it."""
    length: int | None = None
    """Of a `stream` its bytes, None where that is not known before."""


Handler = Callable[[Ask], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Param:
    """One path, query or header parameter, for the OpenAPI document."""

    name: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    where: str = "query"
    required: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path below the dialect's base. `scope` None: open to all; "" : any key of the dialect.

    `{name}` in the path is one segment. `answers` maps a status to the schema of its body, None for no body;
    the dialect's own error schema is added to the statuses of `errors`.
    """

    method: str
    path: str
    handler: Handler
    scope: str | None
    summary: str
    params: tuple[Param, ...] = ()
    body: Schema | None = None
    body_required: bool = True
    answers: Mapping[int, Schema | None] = field(default_factory=lambda: {200: {}})
    errors: tuple[int, ...] = (401, 429)
    path_schemas: Mapping[str, Schema] = field(default_factory=dict)
    body_limit: int = 1 << 20
    other_bodies: Mapping[str, Schema] = field(default_factory=dict)
    """Media types of the body beside JSON, and what it is in each."""
    answer_types: tuple[str, ...] = ()
    """Media types of the answers, where they are not the dialect's."""
    also: str = ""
    """Another spelling of the path that leads here, which the OpenAPI document does not tell."""


@dataclass(frozen=True, slots=True)
class DialectServer:
    """A dialect as the HTTP edge needs it: all that differs from vendor to vendor, and nothing that does not.

    `prefix` is where it is mounted (`/vendor`), `base` the vendor's own path below it (`/v1`).
    `credential` finds the presented key; `error_reply` gives every error its vendor's status and body.
    `rate_headers`, where the vendor has them, turns (limit, remaining, reset in seconds) into headers.
    """

    name: Dialect
    prefix: str
    base: str
    title: str
    description: str
    routes: tuple[Route, ...]
    credential: Callable[[Ask], str | None]
    error_reply: Callable[[OnebookError, Ask], Reply]
    error_schema: Schema
    security: Mapping[str, Schema]
    """OpenAPI security schemes by name; any one of them is enough."""
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    """Components that routes refer to as #/components/schemas/<name>."""
    rate_headers: Callable[[float, int, int], tuple[tuple[bytes, bytes], ...]] | None = None
    error_type: str = JSON
    """The media type of an error's body."""
    media_types: tuple[str, ...] = (JSON,)
    """Those that answers come in; where there are several, errors come in them too."""
    any_case: bool = False
    """Whether the words of a path count in any case. Then `path_params` come as they were sent, percent-encoded."""
    browser_headers: str = ""
    """The headers that pages of other origins may send from a browser; with none such pages may not call it."""
    sample: str = ""
    """A path below the base, with its query, whose GET shows a newcomer what the dialect answers."""


def dump_json(value: object) -> bytes:
    """For documents that people read: indented JSON, UTF-8."""
    return json.dumps(value, ensure_ascii=False, indent=2).encode()
