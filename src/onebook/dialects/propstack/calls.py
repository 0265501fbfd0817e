"""Reading, making, changing and removing one record of a kind, as routes; only what differs is said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from onebook.dialects.propstack import kinds
from onebook.dialects.propstack.kinds import Kind
from onebook.dialects.propstack.replies import answer
from onebook.dialects.propstack.schemas import ref
from onebook.dialects.propstack.shown import shown_id
from onebook.http.route import Ask, Reply, Route
from onebook.model.account import Record
from onebook.service.session import View

R = TypeVar("R", bound=Record)
Show = Callable[[View, R], Awaitable[dict[str, Any]]]
READ_ERRORS = (401, 404, 422, 429)
WRITE_ERRORS = (400, 401, 404, 413, 422, 429)
LIST_ERRORS = (401, 422, 429)


@dataclass(frozen=True, slots=True)
class Calls(Generic[R]):
    """`schema` is the component of a row, with `New…Body` and `…Body` beside it; `noun` is German.

    `show` makes the row. `stub`: a POST answers `{"ok":true,"id":…}` in place of the row. `status` of a POST.
    """

    path: str
    kind: Kind[R]
    schema: str
    noun: str
    show: Show[R] | None = None
    stub: bool = False
    status: int = 200

    def routes(self) -> tuple[Route, ...]:
        """GET, PUT and DELETE of one, and POST."""
        return (self.creating(), self.reading(), self.changing(), self.removing())

    def reading(self) -> Route:
        """GET of one."""

        async def read(ask: Ask) -> Reply:
            view = ask.session.view
            return answer(await self.row(view, await kinds.found(view, self.kind, ask.path_params["id"])))

        return self._one("GET", read, f"{self.noun} lesen", errors=READ_ERRORS)

    def creating(self) -> Route:
        """POST."""

        async def create(ask: Ask) -> Reply:
            made = await kinds.make(ask, self.kind)
            stub = {"ok": True, "id": shown_id(made)}
            return answer(stub if self.stub else await self.row(ask.session.view, made), self.status)

        return Route(
            "POST",
            self.path,
            create,
            f"{self.kind.resource}:write",
            f"{self.noun} erstellen",
            body=ref(f"New{self.schema}Body"),
            answers={self.status: ref("Done" if self.stub else self.schema)},
            errors=(400, 401, 413, 422, 429),
        )

    def changing(self) -> Route:
        """PUT of one: what is given is written."""

        async def change(ask: Ask) -> Reply:
            return answer(await self.row(ask.session.view, await kinds.change(ask, self.kind)))

        summary = f"{self.noun} aktualisieren: nur was angegeben ist"
        return self._one("PUT", change, summary, errors=WRITE_ERRORS, body=f"{self.schema}Body")

    def removing(self) -> Route:
        """DELETE of one."""

        async def remove(ask: Ask) -> Reply:
            return answer({"ok": True, "id": await kinds.remove(ask, self.kind)})

        summary = f"{self.noun} löschen: kommt in den Papierkorb"
        return self._one("DELETE", remove, summary, errors=READ_ERRORS, schema="Done")

    async def row(self, view: View, record: R) -> dict[str, Any]:
        """The record as it is answered."""
        return await (self.show(view, record) if self.show is not None else kinds.row_of(view, self.kind, record))

    def _one(
        self,
        method: str,
        handler: Callable[[Ask], Awaitable[Reply]],
        summary: str,
        *,
        errors: tuple[int, ...],
        body: str | None = None,
        schema: str | None = None,
    ) -> Route:
        verb = "read" if method == "GET" else "write"
        return Route(
            method,
            f"{self.path}/{{id}}",
            handler,
            f"{self.kind.resource}:{verb}",
            summary,
            body=ref(body) if body is not None else None,
            answers={200: ref(schema or self.schema)},
            errors=errors,
        )
