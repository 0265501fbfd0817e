"""The native API as a server: its routes, how a key is presented, how errors are told."""

from __future__ import annotations

from dataclasses import replace

from onebook.dialects.native import contacts
from onebook.dialects.native.batch import BODY_LIMIT, batch
from onebook.dialects.native.contacts import MOST, ON_DUPLICATE
from onebook.dialects.native.filters import FLAG, PARAMS, PLAIN
from onebook.dialects.native.problems import PROBLEM_JSON, PROBLEM_SCHEMA, error_reply
from onebook.dialects.native.records import COLLECTIONS, Collection, handlers, list_params
from onebook.dialects.native.schemas import components, ref
from onebook.http.route import Ask, DialectServer, Param, Route
from onebook.service.idempotency import LONGEST_NAME

_READ = (401, 403, 422, 429)
_READ_ONE = (401, 403, 404, 422, 429)
_WRITE = (400, 401, 403, 409, 413, 422, 429)
_WRITE_ONE = (400, 401, 403, 404, 409, 412, 413, 422, 429)
_ID = {"id": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}}
_FIELDS = Param("fields", PLAIN, text="of each object only these fields, comma-separated; the id always")
_LIST = (
    Param("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": contacts.DEFAULT_LIMIT}),
    Param("cursor", PLAIN, text="`next_cursor` of the page before"),
    _FIELDS,
    Param("total", FLAG, text="also tell how many there are in all"),
)
_ONCE = Param(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "pattern": "^[!-~]+$"},
    "header",
    text="a name of your own for this request: sent again within a day, it is answered as before and does nothing",
)
_IF_MATCH = Param("If-Match", {"type": "string", "pattern": '^"[0-9]+"$'}, "header", text="the ETag that was read")
_IF_NONE_MATCH = Param("If-None-Match", {"type": "string", "pattern": '^"[0-9]+"$'}, "header", text="the known ETag")
_RULE = Param("on_duplicate", {"enum": list(ON_DUPLICATE)}, text="what to do where the contact is there already")


def credential(ask: Ask) -> str | None:
    """The key out of `Authorization: Bearer …`, whatever the case of the scheme (RFC 6750)."""
    scheme, _, secret = ask.headers.get("authorization", "").strip().partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the routes of one collection differ in: the path, the scope's resource, the noun, the schemas' name."""

    path: str
    resource: str
    noun: str
    schema: str
    made: tuple[int, ...]
    """The statuses that a POST answers with: a contact may be there already."""

    def read(self, path: str, handler: Handler, summary: str, **more: Any) -> Route:
        """A GET."""
        return Route("GET", f"{self.path}{path}", handler, f"{self.resource}:read", summary, **more)

    def write(self, method: str, path: str, handler: Handler, summary: str, **more: Any) -> Route:
        """What changes something."""
        return Route(method, f"{self.path}{path}", handler, f"{self.resource}:write", summary, **more)


def _routes_of(kind: _Kind, params: tuple[Param, ...], do: Mapping[str, Handler]) -> tuple[Route, ...]:
    one, many = ref(kind.schema), ref(f"{kind.schema}List")
    part = {**one, "description": "with `fields`: only these"}
    new = params_of_post(kind)
    at_id: dict[str, Any] = {"path_schemas": _ID}
    return (
        kind.read("", do["list"], f"List: {kind.noun}", params=(*_LIST, *params), answers={200: many}, errors=_READ),
        kind.write(
            "POST",
            "",
            do["create"],
            f"Make: {kind.noun}",
            params=new,
            body=ref(f"{kind.schema}Input"),
            answers=dict.fromkeys(kind.made, one),
            errors=_WRITE,
        ),
        kind.read(
            "/{id}",
            do["read"],
            f"Read: {kind.noun}",
            params=(_FIELDS, _IF_NONE_MATCH),
            answers={200: part, 304: None},
            errors=_READ_ONE,
            **at_id,
        ),
        kind.write(
            "PATCH",
            "/{id}",
            do["change"],
            f"Change what is named, null clears: {kind.noun}",
            params=(_IF_MATCH,),
            body=ref(f"{kind.schema}Change"),
            answers={200: one},
            errors=_WRITE_ONE,
            **at_id,
        ),
        kind.write(
            "DELETE",
            "/{id}",
            do["remove"],
            f"Put into the trash: {kind.noun}",
            params=(_IF_MATCH,),
            answers={204: None},
            errors=_WRITE_ONE,
            **at_id,
        ),
        kind.write(
            "POST",
            "/{id}/restore",
            do["restore"],
            f"Take out of the trash: {kind.noun}",
            params=(_ONCE,),
            answers={200: one},
            errors=_WRITE_ONE,
            **at_id,
        ),
        kind.read(
            "/{id}/history",
            do["history"],
            f"All that happened, oldest first: {kind.noun}",
            answers={200: ref("History")},
            errors=_READ_ONE,
            **at_id,
        ),
    )
